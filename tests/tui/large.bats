#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A million connections, and an hour of churn.
load ../lib/tui_setup

setup_file() {
	export REC=/dev/null
}

# CPU time that the program used so far, in ms; a jiffy of user space is 10 ms.
cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$(tui_pid)/stat"; }
rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$(tui_pid)/status"; }
rows_shown() { screen | grep -oE ' of [0-9,]+$' | tr -d 'of '; }

# The recording of tests/tools/crowd, as it is made: nothing of it is kept.
crowd() { # ARG...
	mkfifo "$T/pipe"
	"$TOOLS/crowd" "$@" > "$T/pipe" 3>&- &
}

@test "large: 1,000,000 connections scroll, sort and filter while 400 come and go each second" {
	crowd 1000000 3600 400
	tui_start 160x50 -r "$T/pipe" --speed 1 --pane connections top
	TUI_SECONDS=60 shows '1 of 1,0[0-9]{2},[0-9]{3}$'
	local before used i all
	before=$(cpu_ms)
	for ((i = 0; i < 200; i++)); do
		keys NPage
	done
	shows '^. help.* 8,[0-9]{3} of 1,0'
	keys Space
	shows PAUSED
	all=$(rows_shown)
	assert_eq "$(header_count ESTABLISHED | grep -cE '^(59|60)[0-9]{4}$')" 1 "ESTABLISHED about 600,000"
	keys End
	shows " $all of $all\$"
	keys PPage PPage Home
	shows " 1 of $all\$"
	used=$(($(cpu_ms) - before))
	# 204 keys: a sort of a million rows for each would be 100 s. Refreshes are in it too, 70 ms each second.
	((used < 4000)) || fail "204 keys took $used ms of CPU"
	keys s End Enter
	shows '^STATE +FOR +LIFE'
	keys /
	typed 'raddr=10.1.7.0/24 state=close-wait'
	keys Enter
	shows ' of 50$'
	(($(rss_kb) < 300 * 1024)) || fail "$(rss_kb) KiB for a million connections"
	tui_quit
}

# 1,800,000 connections of 20,000 clients, 13.5 million events. SPEED=50 takes 72 s; at 300 the same happens in 12.
@test "large: an hour of churn on the screen: memory is flat" {
	local flat end title
	crowd 20000 3600 500
	tui_start 100x30 -r "$T/pipe" --speed "${SPEED:-300}" top
	# TIME_WAITs are as many as will be after a minute; each pane has what it needs once it was shown.
	TUI_SECONDS=60 shows 'up 00:(0[2-9]|1[0-9]):'
	for title in 2:' +PID COMM' 3:'STATE +FOR' 4:'REMOTE' 5:PHASE 6:TIME 1:' +.─*LISTEN'; do
		keys "${title%%:*}"
		shows "^${title#*:}"
	done
	flat=$(rss_kb)
	shows 'up 00:[0-4][0-9]:'
	TUI_SECONDS=120 shows 'end of replay'
	shows 'up 01:00:00'
	shows ' lost 0( |$)'
	end=$(rss_kb)
	((end < flat + 1024)) || fail "$flat KiB after minutes, $end KiB after an hour"
	((end < 64 * 1024)) || fail "$end KiB"
	tui_quit
}
