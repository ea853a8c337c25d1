#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A recording replays to the byte what was seen live, as often as one likes.
load ../lib/live

some_of_all() {
	each_family 23 client-first server-first half-close half-close-hold linger0 unread refused hold-close-wait
	echo -4
	printf '%s\n' simultaneous 23 syn-recv 23 fw2-reset 23 tw-reset 23 reuse-bound 23
}

@test "replay: stream -j equals what was seen live, twice" {
	mapfile -t args < <(some_of_all)
	work before -4 hold-established 5 hold-time-wait 5
	trace live -w "$T/rec" stream -j
	work load "${args[@]}"
	work_end load
	work_end before
	trace_stop live
	"$TWTRACE" -r "$T/rec" stream -j > "$T/replay1"
	"$TWTRACE" -r "$T/rec" stream -j > "$T/replay2"
	(($(wc -l < "$T/live.out") > 3000)) || fail "only $(wc -l < "$T/live.out") lines live"
	cmp "$T/replay1" "$T/replay2"
	diff "$T/live.out" "$T/replay1" | head -n 20 || true
	cmp "$T/live.out" "$T/replay1"
}

@test "replay: count -j equals what was seen live, twice" {
	mapfile -t args < <(some_of_all)
	trace live -w "$T/rec" count -j -i 0.05
	work load "${args[@]}"
	next_lines live 3
	work_end load
	next_lines live 3
	trace_stop live
	"$TWTRACE" -r "$T/rec" count -j -i 0.05 > "$T/replay1"
	"$TWTRACE" -r "$T/rec" count -j -i 0.05 > "$T/replay2"
	cmp "$T/replay1" "$T/replay2"
	diff "$T/live.out" "$T/replay1" | head -n 20 || true
	cmp "$T/live.out" "$T/replay1"
}

@test "replay: record to standard output, replay from standard input" {
	job rec "$TWTRACE" -N "$NS" record -
	job_wait_line rec err '^Tracing'
	work load -4 client-first "$COUNT"
	work_end load
	job_stop rec
	assert_eq "${JOB_STATUS[rec]}" 0 "exit status"
	"$TWTRACE" -r - stream -j < "$T/rec.out" > "$T/replay.out"
	assert_eq "$(grep -c '"newstate":"FIN_WAIT1"' "$T/replay.out")" "$COUNT" "active closes"
}

@test "replay: a second recording made from a recording replays the same" {
	trace live -w "$T/rec" stream -j
	work load -4 client-first "$COUNT" linger0 "$COUNT"
	work_end load
	trace_stop live
	"$TWTRACE" -r "$T/rec" record "$T/copy"
	"$TWTRACE" -r "$T/copy" stream -j > "$T/replay.out"
	cmp "$T/live.out" "$T/replay.out"
}
