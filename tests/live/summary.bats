#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The closing summary: our totals equal the kernel's counters of the window, which the test reads for itself.
load ../lib/live

# proof_holds NAME BEFORE: the summary of NAME against the kernel's counters, from BEFORE (an object) to now. sockstat.tw is
# no counter but how many there are: it is compared as it stands.
proof_holds() {
	local all
	all=$(jq -nc --argjson before "$2" --argjson now "$(kernel_counters)" --argjson summary "$(summary_of "$1")" '
		def told(f): $summary.proof | map({key: .name, value: f}) | from_entries;
		($now | with_entries(.value -= $before[.key])
			| {"TW+TWKilled": (.TW + .TWKilled), TWRecycled, TCPTimeWaitOverflow, ActiveOpens, PassiveOpens, EstabResets,
			   "sockstat.tw": $now["sockstat.tw"]}) as $want
		| {ours: told(.ours), kernel: told(.kernel)}, {ours: $want, kernel: $want}')
	assert_json_eq "${all%%$'\n'*}" "${all#*$'\n'}" "$1: its own totals, and what it read from the kernel"
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
	[[ $(summary_of stream) == *"\"name\":\"TWRecycled\",\"ours\":$((3 * COUNT)),"* ]] || fail "TWRecycled: $(summary_of stream)"
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
	assert_eq "$(time_waits_alive)" 5 "TIME_WAITs that found room"
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
	job_wait_line load out '"done":true'
	trace_stop stream
	proof_holds stream "$before"
	work_end load
	work_end early
}
