#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Each pane, small and large, UTF-8 and ASCII: what it shows is what the other commands say about the same recording.
load ../lib/tui_setup

STATES="ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING"

# Both locales: no byte beyond ASCII where the locale is C, lines and blocks where it is not.
each_locale() { # COMMAND ARG...
	local locale
	for locale in C.UTF-8 C; do
		"$@" LC_ALL=$locale || return
		if [[ $locale == C ]]; then
			! LC_ALL=C grep -q '[^ -~]' <(screen) || fail "not ASCII"$'\n'"$(screen)" || return
		else
			LC_ALL=C grep -q '[^ -~]' <(screen) || fail "no UTF-8"$'\n'"$(screen)" || return
		fi
		tui_quit || return
	done
}

grouped() { sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<< "$1"; }	# 1234 -> 1,234

# The last line of `count` over the same recording, as NAME=NUMBER lines.
last_counts() {
	"$TWTRACE" -q -r "$REC" count -j 0.05 | jq -sr 'last(.[] | select(.event == "count")) | .counts | to_entries[] | "\(.key)=\(.value)"'
}

check_header() { # SIZE VAR
	replayed "$@" || return
	local state
	while IFS='=' read -r state want; do
		assert_eq "$(header_count "$state")" "$want" "$state in the header" || return
	done < <(last_counts)
	shows "up 00:0[0-9]:[0-9][0-9] .*every 1s" && shows ' lost 0( |$)' && shows '1 States  *2 Processes  *3 Connections  *4 Destinations'
}

@test "header: all states as count says, 80x24" { each_locale check_header 80x24; }
@test "header: all states as count says, 160x50" { each_locale check_header 160x50; }

check_states_table() {
	replayed "$@" --pane states || return
	local state
	shows '^STATE +NOW +MIN +MAX +IN/s +OUT/s LAST MINUTE' || return
	for state in $STATES; do
		shows "^$state +[0-9,]+ +[0-9,]+ +[0-9,]+ +[0-9.k]+ +[0-9.k]+ " || return
	done
	check_ends
}

# How TIME_WAITs ended: the sums of closers. (The summary counts FIN_WAIT2 minisocks too.)
check_ends() {
	local end n all=
	while read -r end n; do
		all+=" $end"
		((n == 0)) || shows "$end +[0-9.]+/s +$(grouped "$n")( |\$)" || return
	done < <(final_closers | jq -sr '
		last(.[] | select(.event == "closers_total")) | .tw_ends | to_entries[] | "\(.key) \(.value)"')
	assert_eq "$all" " expired reused reopened reset purged killed unknown overflow" "the ends"
}

@test "states: a table at 80x24" { each_locale check_states_table 80x24; }

check_diagram() {
	replayed "$@" --pane states || return
	local state
	for state in LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSING TIME_WAIT CLOSE_WAIT LAST_ACK CLOSED; do
		[[ $(screen | sed 1,7d | grep -c "$state") -ge 1 ]] || fail "no $state"$'\n'"$(screen)" || return
	done
	shows 'connect\(\) [0-9.]+/s' && shows 'SYN\+ACK [0-9.]+/s' && shows 'SYN \(simultaneous open\) 0/s' &&
		shows 'TIME_WAIT ends by' && check_ends || return
	# The number in the box below the name.
	local n
	n=$(header_count TIME_WAIT)
	[[ $(screen | grep -A1 'FIN_WAIT2.*TIME_WAIT.*LAST_ACK' | tail -n 1) == *" $n "* ]] || fail "no $n in the box"$'\n'"$(screen)"
}

@test "states: the diagram at 100x30" { each_locale check_diagram 100x30; }
@test "states: the diagram and the table at 160x50" {
	each_locale check_diagram 160x50
	replayed 160x50 --pane states
	shows '^ESTABLISHED +[0-9,]+ '
	shows 'CLOSED'
}

# One report at the end, nothing before.
final_closers() { "$TWTRACE" -q -r "$REC" closers -j --stuck 10 "$@" 10000; }

# Rows of closers, most TIME_WAITs first, as "PID COMM CLOSED TIME_WAIT STUCK".
closers_rows() {
	final_closers | jq -sr '
		.[] | select(.event == "closers") | "\(.pid) \(.comm) \(.closed) \(.time_wait) \(.stuck)"'
}

check_processes() {
	replayed "$@" --pane processes || return
	shows '^ +PID COMM +OPEN +CLOSED' || return
	local pid comm closed tw stuck n=0
	while read -r pid comm closed tw stuck; do
		shows "^ +$pid $comm +[0-9]+ +$(grouped "$closed") .* $tw +[0-9<.]+ .*$stuck( |\$)" || return
		n=$((n + 1))
	done < <(closers_rows)
	assert_eq "$n" 8 "processes"
}

@test "processes: as closers says, 80x24" { each_locale check_processes 80x24; }
@test "processes: as closers says, 160x50" { each_locale check_processes 160x50; }

live_connections() {
	last_counts | awk -F= '{ n += $2 } END { print n }'
}

check_connections() {
	replayed "$@" --pane connections || return
	shows '^STATE +FOR' && shows "1 of $(live_connections)\$" || return
	keys End
	shows "$(live_connections) of $(live_connections)\$" && shows '^LISTEN +>1m49s .*[0-9]+ (nginx|java|postgre|redis-s).*\[::\]:(80|5432|6379|8080) +\[::\]:\* '
}

@test "connections: as many as count says, listeners last, 80x24" { each_locale check_connections 80x24; }
@test "connections: as many as count says, listeners last, 160x50" { each_locale check_connections 160x50; }

check_destinations() {
	replayed "$@" --pane destinations || return
	local addr port closed tw n=0
	while read -r addr port closed tw; do
		[[ $addr != *:* || $port == null ]] || addr="\\[$addr\\]"
		[[ $port == null ]] || addr+=:$port
		shows "^$addr +[0-9]+ +$(grouped "$closed") .* $tw " || return
		n=$((n + 1))
	done < <(final_closers --by raddr:rport | jq -sr '
		.[] | select(.event == "closers") | "\(.raddr) \(.rport) \(.closed) \(.time_wait)"')
	((n > 5)) || fail "only $n destinations"
}

@test "destinations: as closers says, 80x24" { each_locale check_destinations 80x24; }
@test "destinations: as closers says, 160x50" { each_locale check_destinations 160x50; }

# The table's lines are those of hist.
check_latency() { # LINES SIZE [NAME=VALUE]
	local rows=$1 line n=0
	replayed "${@:2}" --pane latency || return
	while read -r line; do
		[[ $(screen) == *"$line"* ]] || break
		n=$((n + 1))
	done < <("$TWTRACE" -q --ascii -r "$REC" hist all | sed -n '2,12p')
	((n >= rows)) || fail "only $n lines as in hist"$'\n'"$(screen)" || return
	shows '^connect: SYN_SENT to ESTABLISHED' && shows '(us|ms|s) +[0-9]+ [|:]'
}

@test "latency: as hist says, with a picture, 80x24" { each_locale check_latency 6 80x24; }
@test "latency: as hist says, with a picture, 160x50" { each_locale check_latency 11 160x50; }

# The last lines of stream, as "TIME COMM OLD NEW".
check_events() {
	replayed "$@" --pane events || return
	local time comm old new n=0
	while read -r time comm old new; do
		[[ $old != ESTABLISHED ]] || old=ESTAB
		[[ $new != ESTABLISHED ]] || new=ESTAB
		shows "^${time:0:12}[0-9]* .*${comm:0:7}.* $old(→|>)$new " || return
		n=$((n + 1))
	done < <("$TWTRACE" -q -r "$REC" stream -j | jq -sr '.[-10:][] | select(.event == "transition")
		| "\(.time[11:23]) \(.comm // "-") \(.oldstate // "-") \(.newstate)"')
	((n >= 9)) || fail "only $n events"
}

@test "events: the last ones of stream, 80x24" { each_locale check_events 80x24; }
@test "events: the last ones of stream, 160x50" { each_locale check_events 160x50; }

@test "--pane opens each pane; Tab and numbers go through them" {
	local pane i
	replayed 80x24
	for i in 1 2 3 4 5; do
		keys Tab
		case $i in
		1) shows '^ +PID COMM' ;;
		2) shows '^STATE +FOR' ;;
		3) shows '^REMOTE' ;;
		4) shows '^PHASE +COUNT' ;;
		5) shows '^TIME +COMM' ;;
		esac
	done
	keys Tab
	shows '^STATE +NOW'
	keys BTab
	shows '^TIME +COMM'
	for pane in 5:PHASE 4:REMOTE 3:'STATE +FOR' 2:' +PID' 1:'STATE +NOW'; do
		keys "${pane%%:*}"
		shows "^${pane#*:}"
	done
	tui_quit
}
