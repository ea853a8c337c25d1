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

@test "large: 1,000,000 connections scroll, sort and filter" {
	"$TOOLS/crowd" 1000000 3600 2000 | gzip -1 > "$T/crowd.twr"
	tui_start 160x50 -r "$T/crowd.twr" --speed 1 --pane connections top
	TUI_SECONDS=60 shows '1 of 1,000,000'
	assert_eq "$(header_count ESTABLISHED)" 600,000 "ESTABLISHED" || header_count ESTABLISHED | grep -q '^600000$'
	local before used i
	before=$(cpu_ms)
	for ((i = 0; i < 200; i++)); do
		keys NPage
	done
	shows '8,[0-9]+ of 1,000,000'
	keys End
	shows '1,000,000 of 1,000,000'
	keys PPage PPage Home
	shows ' 1 of 1,000,000'
	used=$(($(cpu_ms) - before))
	# 204 keys: a sort of a million rows for each would be 100 s. Refreshes are in it too, 60 ms each second.
	((used < 6000)) || fail "204 keys took $used ms of CPU"
	keys s End Enter
	shows 'REMOTE'
	keys /
	typed 'raddr=10.1.7.0/24 state=close-wait'
	keys Enter
	shows 'of 50$'
	(($(rss_kb) < 700 * 1024)) || fail "$(rss_kb) KiB for a million connections"
	tui_quit
}

# As much churn in an hour as CHURN (500) connections a second make, 50 times as fast: 72 s.
@test "large: an hour of churn at 50 times its speed: memory is flat" {
	local flat end
	mkfifo "$T/pipe"
	"$TOOLS/crowd" 20000 3600 "${CHURN:-500}" > "$T/pipe" &
	tui_start 100x30 -r "$T/pipe" --speed 50 top
	TUI_SECONDS=60 shows 'up 00:0[5-9]:'
	keys 2 3 4 5 6
	flat=$(rss_kb)
	TUI_SECONDS=120 shows 'end of replay'
	shows 'up 01:00:00'
	end=$(rss_kb)
	wait
	# History, histograms and the like are full after minutes; then nothing grows.
	((end < flat + 8 * 1024)) || fail "$flat KiB after minutes, $end KiB after an hour"
	((end < 100 * 1024)) || fail "$end KiB"
	tui_quit
}
