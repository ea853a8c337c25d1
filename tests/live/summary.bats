#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The closing summary: our totals equal the kernel's counters of the window, which the test reads for itself.
load ../lib/live

# proof_holds NAME BEFORE: the summary of NAME against the kernel's counters, from BEFORE (an object) to now.
proof_holds() {
	local delta
	delta=$(counters_delta "$2" "$(kernel_counters)")
	jq -e --argjson delta "$delta" '
		(.proof | map({key: .name, value: .}) | from_entries) as $p
		| ["TW", "TWRecycled", "ActiveOpens", "PassiveOpens", "EstabResets", "sockstat.tw"]
		| all(.[]; . as $n | ($p[$n] // error("no line for \($n)"))
			| .ours == .kernel and (.kernel == $delta[$n] or ($n == "TW" and .kernel == $delta.TW + $delta.TWKilled)))' \
		<<< "$(summary_of "$1")" > /dev/null || fail "$(jq -c .proof <<< "$(summary_of "$1")") kernel: $delta"
}

@test "summary: totals equal the kernel's counters, 1,000 mixed connections" {
	local before
	before=$(kernel_counters)
	trace stream stream -j
	mapfile -t args < <(each_family 56 client-first server-first half-close linger0 unread refused
		each_family 7 half-close-hold hold-established hold-close-wait hold-fin-wait2 hold-unaccepted)
	work load "${args[@]}"
	trace_stop stream
	proof_holds stream "$before"
	# It is the last line, and people get it too.
	[[ $(tail -n 1 "$T/stream.out") == *'"event":"summary"'* ]] || fail "the last line is no summary"
	grep -q 'ActiveOpens' "$T/stream.err" || fail "no proof of coverage on stderr"
	work_end load
}

@test "summary: ports taken over, simultaneous closes, resets into TIME_WAIT" {
	local before
	before=$(kernel_counters)
	trace stream stream -j
	mapfile -t args < <(each_family "$COUNT" reuse-bound simultaneous simultaneous-close tw-reset fw2-reset disconnect \
		data-after-close cancelled)
	work load "${args[@]}"
	trace_stop stream
	proof_holds stream "$before"
	jq -e '.proof[] | select(.name == "TWRecycled") | .ours == 69' <<< "$(summary_of stream)" > /dev/null ||
		fail "TWRecycled: $(summary_of stream)"
	work_end load
}

@test "summary: no free port, table of TIME_WAITs full" {
	local before
	before=$(kernel_counters)
	ns_sysctl net.ipv4.ip_local_port_range="40000 40001" net.ipv4.tcp_max_tw_buckets=5
	trace stream stream -j
	work load --port 7001 -4 no-port "$COUNT"
	work_end load
	ns_sysctl net.ipv4.ip_local_port_range="32768 60999"
	work full -4 client-first "$COUNT"
	work_end full
	trace_stop stream
	proof_holds stream "$before"
	assert_eq "$(kernel_counters | jq '.["sockstat.tw"]')" 5 "TIME_WAITs that found room"
}

@test "summary: a tracer that starts in the middle accounts for its own window" {
	local before
	mapfile -t args < <(each_family "$COUNT" client-first server-first half-close linger0 hold-close-wait)
	work early "${args[@]}"
	work_start load --pause "${args[@]}"
	work_phase load 1
	before=$(kernel_counters)
	trace stream stream -j
	job_line load
	job_wait_line load out '"done":true' 60
	trace_stop stream
	proof_holds stream "$before"
	work_end load
	work_end early
}
