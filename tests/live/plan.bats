#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a run's views do not need is left out in the kernel, and no number changes by it.
load ../lib/live

# Outputs of both commands that leave something out, of a recording.
numbers_of() { # FILE
	local c
	for c in "count -j 0.1" "count 1" "count -j --by lport 0.1" "count -j -4 1"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" -q -r "$1" $c | events_aside
	done
}

# How many events there were is the one thing that must differ.
events_aside() { sed 's/"events":[0-9]*,//'; }

hists_of() { # FILE
	local c
	for c in "hist all" "hist -j all 0.1" "hist -j --by lport all" "hist -j --by raddr all" "hist -j --by closekind all" "hist -j --by end all"; do
		# shellcheck disable=SC2086
		"$TWTRACE" -q -r "$1" $c | events_aside
	done
}

@test "plan: counts and histograms of a full recording are those of one without names" {
	mapfile -t args < <(each_family "$COUNT" client-first server-first linger0 refused unread data-after-close half-close)
	trace rec -w "$T/full" count -j
	work load "${args[@]}"
	work_end load
	trace_stop rec
	gzip -dc "$T/full" > "$T/plain"
	"$TOOLS/strip" < "$T/plain" > "$T/nameless"
	"$TOOLS/strip" --halfopen < "$T/plain" > "$T/bare"
	[[ $(stat -c %s "$T/nameless") -lt $(stat -c %s "$T/plain") ]] || fail "nothing was stripped"
	numbers_of "$T/plain" > "$T/counts"
	numbers_of "$T/nameless" > "$T/counts.nameless"
	cmp "$T/counts" "$T/counts.nameless"
	hists_of "$T/plain" > "$T/hists"
	hists_of "$T/bare" > "$T/hists.bare"
	cmp "$T/hists" "$T/hists.bare"
	grep -q TIME_WAIT "$T/counts"
	[[ -s $T/hists ]]
}

# The totals of what was seen live, side by side: one run that needs nothing, one that takes everything.
@test "plan: a run that leaves names out sees what a full one sees" {
	mapfile -t args < <(each_family "$COUNT" client-first server-first linger0 refused unread data-after-close half-close)
	trace few count -j 0.1
	trace all -w "$T/rec" count -j 0.1
	work load "${args[@]}"
	next_lines few
	next_lines all
	assert_counts_as_ss few "without names"
	assert_counts_as_ss all "with names"
	work_end load
	trace_stop few
	trace_stop all
	assert_no_loss few
	assert_no_loss all
	assert_json_eq "$(summary_of few | jq -c '{connections_opened, connections_closed, transitions, time_wait, proof, lost}')" \
		"$(summary_of all | jq -c '{connections_opened, connections_closed, transitions, time_wait, proof, lost}')" "totals"
	# It took no task part at all: its events are short. The full one has them.
	"$TWTRACE" -q -r "$T/rec" stream -j > "$T/lines"
	assert_jq "$T/lines" 'map(select(.actor_pid)) | length > 0' "names in the full run"
}

# Each leaves half-open sockets out, and what the wire did where it is not shown.
others_of() { # FILE
	local c
	for c in "closers -j 0.1" "closers --by lport 1" "stream -j" "stream --wide" "conn -j" "conn" "ports -j 0.1" "ports --by comm 1" "listeners -j 0.1"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" -q -r "$1" $c | events_aside
	done
}

wireless_of() { # FILE
	local c
	for c in "closers 1" "stream -j" "conn" "ports -j 0.1" "listeners 1"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" -q -r "$1" $c | events_aside
	done
}

@test "plan: closers, stream, conn, ports and listeners of a full recording are those of a reduced one" {
	mapfile -t args < <(each_family "$COUNT" client-first server-first linger0 refused unread data-after-close half-close)
	trace rec -w "$T/full" listeners -j 0.1
	work load "${args[@]}" -4 syn-recv 17
	next_lines rec
	work_end load
	trace_stop rec
	gzip -dc "$T/full" > "$T/plain"
	"$TOOLS/strip" --only-halfopen < "$T/plain" > "$T/reduced"
	[[ $(stat -c %s "$T/reduced") -lt $(stat -c %s "$T/plain") ]] || fail "nothing was stripped"
	others_of "$T/plain" > "$T/lines"
	others_of "$T/reduced" > "$T/lines.reduced"
	cmp "$T/lines" "$T/lines.reduced"
	"$TOOLS/strip" --wire < "$T/plain" > "$T/wireless"
	wireless_of "$T/plain" > "$T/lines.plain"
	wireless_of "$T/wireless" > "$T/lines.wireless"
	cmp "$T/lines.plain" "$T/lines.wireless"
	grep -q '"event":"listener' "$T/lines" && grep -q '"event":"closers' "$T/lines" && grep -q '"event":"conn' "$T/lines"
}

# What does not depend on when, or on how much was looked at, of each line of an event in FILE.
steady() { # EVENT FILE
	jq -Sc --arg event "$1" 'select(.event == $event) | if .event == "conn" then .states |= keys else . end
		| walk(if type == "object" then with_entries(select((.key | test("(_ns|_us|_ms|_s|time|ratio|seconds|share|wire_connections)$|^(retrans|segs)") | not)
			and (.value | type != "string" or (test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T") | not)))) else . end)' "$2" | sort
}

@test "plan: runs that leave half-open sockets out see what full ones see" {
	mapfile -t args < <(each_family "$COUNT" client-first server-first linger0 refused unread data-after-close half-close)
	local c
	for c in closers conn stream ports; do
		case $c in closers | ports) set -- -j "$c" 0.1 ;; *) set -- -j "$c" ;; esac
		trace "few_$c" "$@"
		trace "all_$c" -w "$T/rec_$c" "$@"
	done
	work load "${args[@]}"
	work_end load
	for c in few_closers all_closers few_ports all_ports; do next_lines "$c" 20; done
	local held
	held=$(ss -tanH -N "$NS" state time-wait | wc -l)
	for c in closers conn stream ports; do
		trace_stop "few_$c"
		trace_stop "all_$c"
		assert_json_eq "$(summary_of "few_$c" | jq -c '{connections_opened, connections_closed, transitions, time_wait, proof, lost}')" \
			"$(summary_of "all_$c" | jq -c '{connections_opened, connections_closed, transitions, time_wait, proof, lost}')" "totals of $c"
	done
	# The last report of each, and every line of those that tell what happened.
	for c in few all; do
		tac "$T/${c}_closers.out" | awk '/"event":"closers_total"/ && n++ { exit } /"event":"closers/' > "$T/$c.report"
		tac "$T/${c}_ports.out" | awk '/"event":"ports_total"/ && n++ { exit } /"event":"ports/' > "$T/$c.ports"
		steady closers "$T/$c.report" > "$T/$c.closers"
		steady ports "$T/$c.ports" > "$T/$c.destinations"
		steady conn "$T/${c}_conn.out" > "$T/$c.conn"
		steady transition "$T/${c}_stream.out" > "$T/$c.stream"
		[[ $(jq -s 'map(select(.event == "closers_total") | .time_wait) | .[0]' "$T/$c.report") == "$held" ]] ||
			fail "$c: TIME_WAITs are not those of ss, $held: $(head -c 1000 "$T/$c.report")"
	done
	for c in closers destinations conn stream; do
		[[ -s $T/few.$c ]] || fail "$c: nothing was told"
		diff "$T/few.$c" "$T/all.$c" || fail "$c: a run that leaves something out tells something else"
	done
}

@test "plan: features --for says what a command leaves out" {
	run -0 "$TWTRACE" features --for count
	[[ $output == *"left out: count does not need it"* && $output == *"left out  who asked"* && $output == *"taken     half-open"* ]] ||
		fail "count: $output"
	run -0 "$TWTRACE" features --for hist
	[[ $output == *"left out  half-open"* ]] || fail "hist: $output"
	run -0 "$TWTRACE" features --for closers
	[[ $output == *"taken     who asked"* && $output == *"left out  half-open"* ]] || fail "closers: $output"
	run -0 "$TWTRACE" features --for record
	[[ $output == *"taken     who asked"* && $output == *"taken     half-open"* ]] || fail "record: $output"
	"$TWTRACE" features -j --for count --label host=a > "$T/features"
	jq -se 'all(.host == "a") and any(.event == "hook" and .hook == "tp_btf/inet_sock_set_state" and .loads and .needed and .without == null)
		and any(.event == "hook" and .program == "touch" and (.needed | not))
		and any(.event == "part" and .command == "count" and .needed)' "$T/features" || fail "$(cat "$T/features")"
	run -64 "$TWTRACE" features --for nothing
}

@test "plan: a group or a filter by process brings the names back" {
	trace by count -j --by comm 0.1
	trace pid hist -j -p "$$" all 0.2
	work load -4 client-first "$COUNT"
	next_lines by
	work_end load
	trace_stop by
	trace_stop pid
	grep -q '"tcpwork"' "$T/by.out" || fail "the driver's name is missing: $(tail -n 3 "$T/by.out")"
}
