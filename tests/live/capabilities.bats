#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Works for a user who is not root, with CAP_BPF and CAP_PERFMON alone.
load ../lib/live

# as_user ARG...: twtrace as nobody with these two capabilities, in the test's namespace. The program comes through a
# descriptor, because the build folder may be closed to others.
as_user() {
	exec nsenter --net="/run/netns/$NS" -- setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon --bounding-set=-all,+bpf,+perfmon \
		/proc/self/fd/9 "$@" 9< "$TWTRACE"
}

@test "capabilities: CAP_BPF and CAP_PERFMON are enough to stream and count" {
	job stream as_user -N self stream -j
	job count as_user -N self count -j 0.1
	job_wait_line stream err '^Tracing'
	job_wait_line count err '^Tracing'
	work load -4 client-first "$COUNT" hold-established "$COUNT" -6 hold-close-wait "$COUNT" -m linger0 "$COUNT"
	assert_counts_as_ss count "as nobody"
	trace_stop count
	trace_stop stream
	assert_jq "$T/stream.out" 'map(select(.newstate == "TIME_WAIT")) | length == $n' "TIME_WAITs"
	assert_jq "$T/stream.out" 'map(select(.newstate == "FIN_WAIT1")) | length == 2 * $n' "active closes"
	work_end load
}

@test "capabilities: existing sockets of the own namespace are there" {
	work load -4 hold-established "$COUNT" -6 hold-time-wait "$COUNT"
	job count as_user -N self count -j 0.1
	job_wait_line count err '^Tracing'
	next_lines count 0
	assert_json_eq "$(head -n 1 "$T/count.out" | jq -c .counts)" "$(ss_counts)" "first line"
	trace_stop count
	work_end load
}

cap_eff() { # NAME
	local eff
	eff=$(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/${JOB_PID[$1]}/status")
	echo $((16#$eff))
}

@test "capabilities: root keeps these two alone where it traces its own namespace" {
	job run nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N self stream -j
	job_wait_line run err '^Tracing'
	assert_eq "$(cap_eff run)" $((1 << 39 | 1 << 38)) "effective capabilities, CAP_BPF and CAP_PERFMON"
	grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/${JOB_PID[run]}/status" || fail "no_new_privs is not set"
	trace_stop run
}

@test "capabilities: root keeps what entering other namespaces needs, and no more" {
	trace run stream -j
	assert_eq "$(cap_eff run)" $((1 << 39 | 1 << 38 | 1 << 21 | 1 << 19)) "with CAP_SYS_ADMIN and CAP_SYS_PTRACE"
	trace_stop run
}
