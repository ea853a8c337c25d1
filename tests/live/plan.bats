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
