#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Counts by state are those of ss in the same namespace, at any quiet moment, whenever the tracer came.
load ../lib/live

# 1,008 connections of the kinds that end, and some of those that stay.
mixed() { each_family 56 client-first server-first half-close linger0 unread refused; }
staying() { each_family 7 half-close-hold hold-established hold-close-wait hold-fin-wait2 hold-unaccepted listen-only; }

@test "count: 1,000 mixed connections equal ss before, during and after" {
	trace count count -j -i 0.1
	assert_counts_as_ss count "empty namespace"
	mapfile -t args < <(mixed; staying)
	work_start load --pause "${args[@]}"
	work_phase load 1
	assert_counts_as_ss count "all open"
	job_line load
	job_wait_line load out '"done":true'
	assert_counts_as_ss count "all closed but those that stay"
	work_end load
	assert_counts_as_ss count "the process is gone"
	trace_stop count
}

@test "count: a tracer that starts in the middle equals ss from its first line" {
	mapfile -t args < <(mixed; staying)
	work before "${args[@]}"	# closed ones, TIME_WAITs with and without cookies
	work_start during --pause --no-cookie "${args[@]}"
	work_phase during 1
	trace count count -j -i 0.1
	next_lines count 0
	local first
	first=$(head -n 1 "$T/count.out")
	assert_json_eq "$(jq -c .counts <<< "$first")" "$(ss_counts)" "first line"
	job_line during
	job_wait_line during out '"done":true'
	assert_counts_as_ss count "closed under the tracer's eyes"
	work_end before
	work_end during
	assert_counts_as_ss count "both processes are gone"
	trace_stop count
}

@test "count: all eleven states held at once equal ss" {
	# The ends of a held connection: its own state, and the other side's.
	local held=(listen-only 2 hold-established 3 hold-close-wait 5 hold-fin-wait2 7 hold-time-wait 11
		syn-sent 13 syn-recv 17 hold-fin-wait1 19 hold-last-ack 23 hold-closing 29)
	trace early count -j -i 0.1
	work load -4 "${held[@]}"
	assert_counts_as_ss early "held"
	trace late count -j -i 0.1
	next_lines late 0
	assert_json_eq "$(head -n 1 "$T/late.out" | jq -c .counts)" "$(ss_counts)" "first line of a late tracer"
	local got
	got=$(count_last early)
	assert_eq "$(counter "$got" SYN_RECV)" 17 "half-open connections"
	assert_eq "$(counter "$got" SYN_SENT)" $((13 + 17)) "connections under way"
	assert_eq "$(counter "$got" FIN_WAIT1)" 19 "FIN on its way"
	assert_eq "$(counter "$got" LAST_ACK)" 23 "last FIN on its way"
	assert_eq "$(counter "$got" CLOSING)" 58 "both ends of a simultaneous close"
	assert_eq "$(counter "$got" TIME_WAIT)" 11 "TIME_WAIT"
	trace_stop early
	trace_stop late
}

@test "count: --by lport, comm, pid and netns add up to the whole" {
	mapfile -t args < <(staying)
	work load --port 5000 "${args[@]}"
	local by
	for by in netns lport comm pid; do
		run -0 "$TWTRACE" -N "$NS" -q count -j --by "$by" 0.1 1
		jq -se --arg by "$by" --argjson all "$(ss_counts)" '
			map(select(.event == "count")) | (length > 0) and all(.[]; .by == $by)
			and (map(.counts | to_entries[]) | group_by(.key)
				| map({key: .[0].key, value: (map(.value) | add)}) | from_entries) == $all' <<< "$output" ||
			fail "--by $by does not add up to $(ss_counts): $output"
	done
	run -0 "$TWTRACE" -N "$NS" -q count -j --by lport 0.1 1
	jq -se 'map(select(.key == 5000 or .key == "5000"))[0].counts
		| .LISTEN == 1 and .ESTABLISHED == 14 and .CLOSE_WAIT == 14' <<< "$output" || fail "port 5000: $output"
}

@test "count: table on a terminal's terms: all eleven states, zeros too" {
	run -0 "$TWTRACE" -N "$NS" -q count 0.1 2
	local s
	for s in ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING; do
		[[ $output =~ (^|[[:space:]])"$s"([[:space:]]|$) ]] || fail "no $s in: $output"
	done
}
