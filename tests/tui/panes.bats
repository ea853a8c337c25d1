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
	shows "up 00:0[0-9]:[0-9][0-9] .*every 1s" && shows ' lost 0( |$)' || return
	# What has no room is shorter, and the order of the rows is still said.
	case $1 in
	80x*) shows '^ 1 States 2 Procs 3 Conns 4 Dests 5 Latency 6 Events .* Listen 9 Find' ;;
	*) shows '^ 1 States  2 Processes  3 Connections  4 Destinations  5 Latency  6 Events .* Listeners  9 Findings' ;;
	esac
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

DOORS=$(realpath "$LIB/../golden/live/listeners.twr")

check_listeners() {
	REC=$DOORS replayed "$@" --pane listeners || return
	shows '^LISTENER +QUEUE +PEAK +LIMIT ' || return
	local laddr lport queue peak limit drops comm pid more n=0
	while read -r laddr lport queue peak limit drops comm pid more; do
		shows "^$laddr:$lport +$queue +$peak +$limit .* $drops $comm" || return
		n=$((n + 1))
		[[ $1 == 80x* ]] || shows "^$laddr:$lport +$queue .* $comm $pid\+$more " || return
	done < <("$TWTRACE" -q -r "$DOORS" listeners -j 10000 | jq -r 'select(.event == "listener")
		| "\(.laddr) \(.lport) \(.accept_queue) \(.accept_queue_peak) \(.accept_queue_max) \(.drops) \(.owners[0].comm) \(.owners[0].pid) \(.owners | length - 1)"')
	assert_eq "$n" 3 "listeners"
}

@test "listeners: as the command says, 80x24" { each_locale check_listeners 80x24; }
@test "listeners: as the command says, 160x50" { each_locale check_listeners 160x50; }

@test "listeners: order, filter, and the page of one" {
	REC=$DOORS replayed 100x30 --pane listeners
	keys s End Enter
	shows 'by port'
	tui_until first_row '127.0.0.1:7001 ' || fail "the lowest port first"$'\n'"$(screen)"
	keys Enter
	shows '^127.0.0.1:7001, network namespace [0-9]+, cookie [0-9a-f]+'
	shows '^  queue: +4 wait for accept\(\), 9 at most; room for 9'
	shows '^  drops: +15 since it exists, 15 of them since the start, 15 overflows'
	shows '^  owners: +doorwork [0-9]+, doorwork [0-9]+, doorwork [0-9]+'
	shows '^The accept queue \(room for 9\) was full'
	keys Escape
	keys r
	tui_until first_row '127.0.0.1:7002 ' || fail "reversed"$'\n'"$(screen)"
	keys /
	typed 'lport=7001'
	keys Enter
	shows '1 of 1'
	lacks '^127.0.0.1:7002' "what the filter leaves out"
	tui_quit
}

first_row() { [[ $(screen | grep -m1 '^127.0.0.1:') == "$1"* ]]; }

@test "listeners: a recording without looks says so" {
	replayed 80x24 --pane listeners
	shows '^\[::\]:80 +- +- +- '
	shows 'nobody looked at queues for this recording: twtrace -w FILE listeners does'
}

PORTS=$(realpath "$LIB/../golden/live/ports-used.twr")

check_ports() {
	REC=$PORTS replayed "$@" --pane ports || return
	# 150 and 185 connections to two destinations, of 200 ports; nearest to its end first.
	shows '^127.0.0.1:7002 .* 200 +185 +0 .* 15 +92.5% ' || return
	shows '^127.0.0.1:7001 .* 200 +150 +0 .* 50 +75.0% ' || return
	tui_until first_row '127.0.0.1:7002 ' || fail "order"$'\n'"$(screen)" || return
	lacks '^127.0.0.1:4' "ports of clients are no destinations" || return
	[[ $1 == 80x* ]] || shows '^127.0.0.1:7001 +127.0.0.1 .* doorwork\([0-9]+\) 150 ' || return
}

@test "ports: of each destination, 80x24" { each_locale check_ports 80x24; }
@test "ports: of each destination, 160x50" { each_locale check_ports 160x50; }

row_looks() { # REGEX SGR: a cell of the row's
	tui_tmux capture-pane -pe | grep -E "$1" | grep -qE $'\e\\[[0-9;]*'"$2"'[0-9;]*m[^\e]*[0-9.]+%'
}

@test "ports: yellow from 70 % on, red from 90 %, selected or not; order, filter, page" {
	REC=$PORTS replayed 100x30 TERM=tmux-256color --color=always --pane ports
	shows '92.5%'
	tui_until row_looks '127.0.0.1:7002' '48;5;160' || fail "not red"$'\n'"$(tui_tmux capture-pane -pe)"
	tui_until row_looks '127.0.0.1:7001' '38;5;221' || fail "not yellow"$'\n'"$(tui_tmux capture-pane -pe)"
	keys Down
	tui_until row_looks '127.0.0.1:7001' '38;5;221' || fail "not yellow"$'\n'"$(tui_tmux capture-pane -pe)"
	keys s End Enter
	shows 'by destination'
	tui_until first_row '127.0.0.1:7001 ' || fail "by destination"$'\n'"$(screen)"
	keys Home Enter
	shows '^127.0.0.1 -> 127.0.0.1:7001, network namespace [0-9a-z]+'
	shows '^  range: +40000 to 40199; 200 of these are usable'
	shows '^  free: +50, used 75.0%'
	shows '^  sockets: +ESTABLISHED 150$'
	shows '^  held by: +doorwork \(pid [0-9]+\): 150'
	keys Escape
	keys /
	typed 'rport=7002'
	keys Enter
	shows '1 of 1'
	shows '^127.0.0.1:7002 '
	lacks '^127.0.0.1:7001' "what the filter leaves out"
	tui_quit
}

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
	for i in 1 2 3 4 5 6 7 8; do
		keys Tab
		case $i in
		1) shows '^ +PID COMM' ;;
		2) shows '^STATE +FOR' ;;
		3) shows '^REMOTE' ;;
		4) shows '^PHASE +COUNT' ;;
		5) shows '^TIME +COMM' ;;
		6) shows '^DESTINATION +USABLE' ;;
		7) shows '^LISTENER +QUEUE' ;;
		8) shows '^ +SEVERITY' ;;
		esac
	done
	keys Tab
	shows '^STATE +NOW'
	keys BTab
	shows '^ +SEVERITY'
	for pane in 9:' +SEVERITY' 7:DESTINATION 8:LISTENER 6:'TIME +COMM' 5:PHASE 4:REMOTE 3:'STATE +FOR' 2:' +PID' 1:'STATE +NOW'; do
		keys "${pane%%:*}"
		shows "^${pane#*:}"
	done
	tui_quit
}

DESTS=$(realpath "$LIB/../golden/live/dests.twr")

# A cell of the row in the colour of warnings.
cell_warns() { # ROW-REGEX CELL
	tui_tmux capture-pane -pe | grep -E "$1" | grep -qE $'\e\\[[0-9;]*38;5;221[0-9;]*m +'"$2"
}

@test "destinations: what is sent again and round trips, as closers says; what stands out is marked and said" {
	local port share rtt
	REC=$DESTS replayed 100x30 TERM=tmux-256color --color=always --pane destinations
	shows '^REMOTE .* STUCK +RTX% +RTT'
	while read -r port share rtt; do
		shows "^127.0.0.1:$port .* +$share +${rtt%??}[0-9.]*ms( |\$)"
	done < <(REC=$DESTS final_closers --by raddr:rport | jq -r 'select(.event == "closers" and .rport)
		| "\(.rport) \(.retrans_share * 100 | round) \(.rtt_p50_us / 1000)"')
	tui_until cell_warns '127.0.0.1:7004' '40[.0-9]+ms' || fail "not marked"$'\n'"$(tui_tmux capture-pane -pe)"
	tui_until cell_warns '127.0.0.1:7005' 21 || fail "not marked"$'\n'"$(tui_tmux capture-pane -pe)"
	keys s End Enter
	shows 'by round trip'
	keys Home Enter
	shows '^127.0.0.1:7004$'
	shows '^  wire: +12 connections: 0.0% of 60 segments sent again, median round trip 40.96ms'
	shows '^127.0.0.1:7004 stands out: its median round trip is 40.96ms, 2.[0-9]+ms at the others'
	keys Escape
	tui_quit
}

@test "a connection's page says where its time went" {
	REC=$(realpath "$LIB/../golden/live/lost-syn.twr") replayed 100x30 --pane events
	keys /
	typed retrans
	keys Enter
	shows 'TIME_WAIT'
	keys End Enter
	shows '^  round trip +[0-9.]+.s, at least '
	shows '^  segments +[0-9]+ sent, 1 of them again, [0-9]+ received; [0-9]+ bytes in a full one'
	shows '^  its time +of 1\.[0-9]+s, 1\.[0-9]+s for the handshake, whose SYN had to be sent again once'
	keys Escape
	tui_quit
}

@test "a connection's page shows the code that opened it and closed it" {
	REC=$(realpath "$LIB/../golden/live/stacks.twr") replayed 120x60 --pane events
	shows 'TIME_WAIT'
	keys End Enter
	shows '^  LISTENS BY'
	shows '^  open_door stackwork\.c:[0-9]+ \(stackwork\)'
	keys Escape
	keys Up Enter
	shows '^  (OPENED|ACCEPTED) BY'
	shows '^  (take_and_forget|take_one|open_one) stackwork\.c:[0-9]+ \(stackwork\)'
	shows '^  CLOSED BY'
	keys Escape
	tui_quit
}

FOUND=$(realpath "$LIB/../golden/doctor")

# Each finding of the command's is a row, as urgent, and warnings are counted in the header.
check_findings() { # RECORDING SIZE VAR
	local severity id n=0 warnings=0
	REC=$FOUND/$1.twr replayed "${@:2}" --pane findings || return
	shows '^ +SEVERITY. +FINDING +NUMBER +SINCE +WHOM' || return
	while read -r severity id; do
		shows "^\\* $severity +$id +[0-9]" || return
		n=$((n + 1))
		[[ $severity == info ]] || warnings=$((warnings + 1))
	done < <("$TWTRACE" -q -r "$FOUND/$1.twr" doctor -j | jq -r 'select(.event == "finding") | "\(.severity) \(.id)"')
	((warnings > 0)) || warnings=' *'
	shows "1 of $n" && shows " 9 Find(ings)? $warnings( |\$)"
}

check_all_findings() { # SIZE VAR
	local rec
	for rec in closewait unreachable nat bindold; do
		check_findings "$rec" "$@" || return
	done
}

@test "findings: as doctor says, 80x24" { each_locale check_all_findings 80x24; }
@test "findings: as doctor says, 160x50" {
	each_locale check_all_findings 160x50
	check_findings crossed 160x50
	shows ' 9 Findings +by'
}

@test "findings: the page of one, and the connections concerned" {
	REC=$FOUND/closewait.twr replayed 100x30 --pane findings
	shows '^\* warning +close-wait-leak +7 '
	keys Enter
	shows '^FINDING'
	shows '^warning: close-wait-leak: .*tcpwork'
	shows '^  evidence +sockets 7, new 0, oldest '
	shows '^  do not +no sysctl ends a CLOSE_WAIT'
	shows '^  Enter +the connections concerned: netns=[0-9]+ pid=[0-9]+ state=CLOSE_WAIT'
	keys Enter
	shows '1 of 7'
	shows '^only those of close-wait-leak: netns=[0-9]+ pid=[0-9]+ state=CLOSE_WAIT; Esc: all'
	[[ $(screen | grep -c '^CLOSE_WAIT ') == 7 ]] || fail "$(screen)"
	lacks '^FIN_WAIT2 ' "what the finding is not about"
	keys Escape
	shows '1 of 15'
	lacks '^only those' "all again"
	keys 9
	shows '^\* warning +close-wait-leak +7 '	# nothing was counted anew
	keys /
	typed 'state=established'
	keys Enter
	shows 'nothing is wrong'
	shows ' 9 Find( +by|$)'
}

@test "findings: none, and their orders" {
	replayed 80x24 --pane findings
	shows ' 9 Find'
	keys s End Enter
	shows 'by whom|SEVERITY +FINDING'
	REC=$FOUND/unreachable.twr replayed 100x30 --pane findings
	shows '1 of 5'
	keys End
	shows '5 of 5'
	keys s Home Down Enter
	shows 'by newest first'
}
