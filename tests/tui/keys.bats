#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What each key does.
load ../lib/tui_setup

# The number behind "of" in the bottom line: rows of the list.
rows_shown() { screen | grep -oE ' of [0-9,]+$' | tr -d 'of ,'; }

# How many connections exist at the end, by a filter of the command line.
count_of() { # OPTION...
	"$TWTRACE" -q -r "$REC" count -j 0.05 "$@" | jq -s '[.[] | select(.event == "count")] | last.counts | add'
}

filter() { # EXPRESSION
	keys /
	shows '^filter:'
	keys C-u
	typed "$1"
	keys Enter
}

@test "keys: a filter means what it means on the command line" {
	local rows
	replayed 80x24 --pane connections
	filter "lport=80,8080 state=close-wait"
	shows 'filter: lport=80,8080 state=close-w…'
	shows_not '^ESTABLISHED +[0-9]+m'
	rows=$(rows_shown)
	assert_eq "$rows" "$(count_of -L 80,8080 --state close-wait)" "connections"
	assert_eq "$(header_count CLOSE_WAIT)" "$rows" "CLOSE_WAIT in the header"
	assert_eq "$(header_count ESTABLISHED)" 0 "ESTABLISHED in the header"
	filter "comm=ngin? ipv6"
	shows 'filter: comm=ngin\? ipv6'
	assert_eq "$(rows_shown)" "$(count_of --comm 'ngin?' -6)" "connections of nginx"
	filter ""
	shows_not 'filter:'
	assert_eq "$(rows_shown)" "$(count_of)" "connections without a filter"
	tui_quit
}

@test "keys: a filter beside those of the command line" {
	replayed 80x24 --pane connections -L 80,8080
	shows 'filter: options'
	filter "state=close-wait"
	shows 'filter: state=close-wait \+ options'
	assert_eq "$(rows_shown)" "$(count_of -L 80,8080 --state close-wait)" "connections"
}

@test "keys: a filter that is wrong says what would be right; Escape leaves it as it was" {
	replayed 80x24 --pane connections
	local rows
	rows=$(rows_shown)
	keys /
	typed 'lport=http'
	keys Enter
	shows '"http" is not a port: give a number'
	keys BSpace BSpace BSpace BSpace
	typed '80 nonsense'
	keys Enter
	shows '"nonsense": KEY=VALUE'
	keys Escape
	shows_not '^filter:'
	assert_eq "$(rows_shown)" "$rows" "connections"
}

@test "keys: what is kept of events is chosen from by a filter" {
	replayed 80x24 --pane events
	filter "state=time-wait comm=wrk"
	shows_not ' SYN_SENT→'
	shows ' wrk .*→TIME_WAIT'
	local n
	n=$(rows_shown)
	((n > 5 && n < 8192)) || fail "$n events"
	filter ""
	shows '8,192 of 8,192'
}

@test "keys: sort by a menu, reverse, in the connections" {
	replayed 80x24 --pane connections
	keys s
	shows 'sort by'
	shows '^ stuck first'
	keys Down Down Down Down
	keys Enter
	shows '^STATE +FOR +PID▼'
	keys Home
	shows '^[A-Z_0-9]+ +>?[0-9a-z.]+ +812 nginx'
	keys r
	shows 'PID▲'
	shows '^[A-Z_0-9]+ +>?[0-9a-z.]+ +2115 php-fpm'
	keys s Down Escape
	shows_not 'sort by'
	shows 'PID▲'
	# Those that are stuck come first.
	keys r s Home Down Enter
	shows '^CLOSE_WAIT +1m'
	[[ $(screen | sed -n 9,22p | grep -vc '^CLOSE_WAIT') -eq 0 ]] || fail "others first"$'\n'"$(screen)"
}

@test "keys: sort by a menu, in the processes" {
	replayed 80x24 --pane processes
	keys s End Up Up
	shows '^ name'
	keys Enter
	shows 'COMM▼'
	assert_eq "$(screen | sed -n 9,16p | awk '{ print $2 }' | tr '\n' ' ')" \
		"curl java nginx php-fpm postgres python3 redis-server wrk " "names"
	keys r
	shows 'COMM▲'
	assert_eq "$(screen | sed -n 9p | awk '{ print $2 }')" wrk "the first one"
	keys 1 s
	shows 'one order only'
}

@test "keys: through a list by lines, pages and to its ends" {
	replayed 80x24 --pane connections
	local n
	n=$(rows_shown)
	shows "1 of $n\$"
	keys Down j j
	shows "4 of $n\$"
	keys k Up
	shows "2 of $n\$"
	keys NPage
	shows "17 of $n\$"
	keys PPage
	shows "2 of $n\$"
	keys G
	shows "$n of $n\$"
	keys Down
	keys g
	shows "1 of $n\$"
	keys End Home Up
	shows "1 of $n\$"
}

@test "keys: the page of a process is what closers -p says" {
	replayed 160x50 --pane processes
	keys s End Up Up Enter
	shows 'COMM▼'
	keys Down Down Enter
	shows '^PROCESS'
	shows '^nginx \(pid 812\)'
	local line
	while read -r line; do
		[[ $(screen) == *"${line% in this interval*}"* ]] || fail "not on the page: $line"$'\n'"$(screen)" || return
	done < <("$TWTRACE" -q -r "$REC" closers -p 812 --stuck 10 10000 | grep -E '^  (closed|aborts|ended|destinations):' | cut -c 17-100)
	shows 'open now: +[0-9]+ connections'
	keys Escape
	shows '^ +PID COMM'
	tui_quit
}

@test "keys: the page of a connection has its timeline" {
	replayed 80x24 --pane connections
	filter "state=close-wait lport=80"
	shows 'filter: state'
	keys Enter
	shows '^CONNECTION'
	shows ':80 → .*server$'
	shows 'owner +nginx \(pid 812\)'
	shows 'verdict +passive'
	shows 'SYN_RECV +00:0[01]:[0-9.]+ +[0-9.]+us'
	shows 'ESTABLISHED +00:0[01]:[0-9.]+ +[0-9.]+[mu]?s'
	shows 'CLOSE_WAIT +00:0[01]:[0-9.]+ +.*and counting'
	keys q
	shows '^STATE +FOR'
}

@test "keys: the page of an event's connection" {
	replayed 80x24 --pane events
	keys Home Enter
	shows '^CONNECTION'
	shows 'owner +[a-z]'
	keys Escape
	shows '^TIME +COMM'
	shows '1 of 8,192'
	keys End
	shows '8,192 of 8,192'
}

@test "keys: the page of a phase, of a destination" {
	replayed 80x24 --pane latency
	keys Down Down Enter
	shows '^PHASE'
	shows '^established: ESTABLISHED until'
	keys Escape 4 Enter
	shows '^DESTINATION'
	shows ' closed: +[0-9,]+ connections'
}

@test "keys: pause holds a replay, and lets it go on" {
	tui_start 80x24 -r "$REC" --speed 20 top
	shows 'replay 20x'
	keys Space
	shows 'PAUSED 20x'
	local up
	up=$(screen | grep -oE 'up [0-9:]+')
	keys 2 3 1		# looks at other panes take their time
	shows '^STATE +NOW'
	assert_eq "$(screen | grep -oE 'up [0-9:]+')" "$up" "time of the replay"
	keys p
	shows 'goes on'
	shows_not "$up "
	shows 'replay 20x'
	tui_quit
}

@test "keys: a replay's speed" {
	tui_start 80x24 -r "$REC" --speed 1 top
	shows 'replay 1x'
	keys ']' ']' ']'
	shows 'replay 8x'
	keys '['
	shows 'replay 4x'
	for _ in 1 2 3 4 5 6 7 8 9 10 11; do
		keys ']'
	done
	TUI_SECONDS=20 shows 'end of replay'
	shows 'up 00:01:49'
}

@test "keys: a replay takes its time, a faster one less" {
	tui_start 80x24 -r "$REC" --speed 10 -d 20 top	# 20 s of events in 2 s
	local start=$EPOCHREALTIME took
	tui_ends 0
	took=$((${EPOCHREALTIME/./} - ${start/./}))
	((took > 1500000)) || fail "20 s of events at 10 times their speed took $took us"
	grep -q '^time: *20' "$T/tui.err" || fail "$(< "$T/tui.err")"
}

@test "keys: the interval" {
	tui_start 80x24 -r "$REC" --speed 1 -i 2 top
	shows 'every 2s'
	keys +
	shows 'every 5s'
	keys - - -
	shows 'every 0.5s'
}

@test "keys: c counts anew" {
	replayed 80x24 --pane processes
	shows ' nginx +[0-9]+ +[1-9]'
	keys c
	shows 'counting anew'
	shows ' nginx +[0-9]+ +0 +- +- '		# what is open stays
	keys 5
	shows '^connect +0 '
	keys 6
	shows 'nothing yet'
}

@test "keys: record from the middle of a replay; the recording has what existed" {
	tui_start 80x24 -r "$REC" --speed 20 top
	shows 'up 00:00:[0-9][1-9]'
	keys Space
	shows PAUSED
	local state want=()
	for state in ESTABLISHED TIME_WAIT CLOSE_WAIT LISTEN; do
		want+=("$(header_count $state)")
	done
	keys w
	shows '^record to: twtrace-20260101-0000[0-9]+.twr'
	keys C-u
	typed part.twr
	keys Enter
	shows 'REC PAUSED'
	keys w
	shows 'recorded to part.twr'
	tui_quit
	run -0 "$TWTRACE" -q -r "$T/part.twr" count -j 0.05
	local got
	got=$(jq -sc '[.[] | select(.event == "count")] | first.counts | [.ESTABLISHED, .TIME_WAIT, .CLOSE_WAIT, .LISTEN]' <<< "$output")
	assert_eq "$got" "[$(IFS=,; echo "${want[*]}")]" "what existed when it began"
}

# The numbers of all states in the header.
all_counts() { screen | sed -n 3,6p | grep -oE '[A-Z_0-9]+ +[0-9,]+' | tr -s ' \n' ' '; }

@test "keys: a recording goes on until the end, and replays; a name that exists is refused" {
	echo mine > "$T/there.twr"
	tui_start 80x24 -r "$REC" --speed 1 top
	shows 'replay 1x'
	keys w C-u
	typed there.twr
	keys Enter
	shows 'there.twr exists already: choose another name'
	keys C-u
	typed nowhere/x.twr
	keys Enter
	shows 'cannot write nowhere/x.twr: No such file'
	keys C-u
	typed rest.twr
	keys Enter
	shows 'REC replay'
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		keys ']'
	done
	TUI_SECONDS=20 shows 'end of replay'
	local want
	want=$(all_counts)
	tui_quit
	assert_eq "$(< "$T/there.twr")" mine "the file that was there"
	# It ends as the recording ends that it was made from. (count would not tell: its intervals begin elsewhere.)
	tui_start 80x24 -r "$T/rest.twr" --speed max top
	shows 'end of replay'
	assert_eq "$(all_counts)" "$want" "counts at the end"
	[[ $want == *' 100 '* ]] || fail "nothing in the counts: $want"
}

@test "keys: -w records from the start, and w says so" {
	tui_start 80x24 -r "$REC" --speed max -w "$T/all.twr" top
	shows 'end of replay'
	keys w
	shows 'recorded to .*all.twr since the start'
	tui_quit
	cmp <(zcat "$REC") <(zcat "$T/all.twr")
}

@test "keys: help, and away again" {
	replayed 80x24
	keys '?'
	shows '^HELP'
	shows 'pid=812 comm=nginx\*'
	keys Escape
	shows_not '^HELP'
	keys h
	shows '^HELP'
	keys q
	shows_not '^HELP'
	shows '^STATE +NOW'
	tui_quit
	grep -q '^connections: ' "$T/tui.err" || fail "no summary: $(< "$T/tui.err")"
}

@test "keys: gaps in the header say whether they were healed, and the help page what they are" {
	"$TOOLS/crowd" 100 2 0 0 3 > "$T/gaps.twr"
	tui_start 80x24 -r "$T/gaps.twr" --speed max top
	shows 'gaps 3 \(\?\)'
	lacks 'healed' "nothing was looked at since"
	tui_quit
	"$TOOLS/crowd" 100 2 0 0 5 1 > "$T/healed.twr"
	tui_start 80x40 -r "$T/healed.twr" --speed max top
	shows 'gaps 5 healed \(\?\)'
	keys '?'
	shows 'gaps: events that did not fit what came'
	shows 'the table is right again'
	keys Escape
	shows_not 'gaps: events'
	tui_quit
}

@test "keys: top --help names no option that a screen refuses" {
	run -0 "$TWTRACE" top --help
	[[ $output != *'-j, --json'* ]] || fail "top --help lists -j"
	run -0 "$TWTRACE" stream --help
	[[ $output == *'-j, --json'* ]] || fail "stream --help does not list -j"
	local options
	options=$("$TWTRACE" top --help | sed -nE 's/^ +(-[a-zA-Z0-9], )?--([a-z-]+).*/\2/p')
	[[ $options != *$'\n'json* ]] || fail "$options"
}
