#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# --calls: bind(), listen() and connect() that fail are events of their own; explain --watch says why.
load ../lib/live

fail_calls() { # N [port-0]: N calls of each kind, the blockers held until the test is over
	job load nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$TOOLS/failcalls" "$@"
	job_wait_line load out '^done'
}

of() { # JOB ERRNO CALL: how many lines
	jq -s --arg e "$2" --arg c "$3" 'map(select(.event == "call" and .errno == $e and .call == $c)) | length' "$T/$1.out"
}

all_seen() { # JOB
	assert_eq "$(of "$1" EADDRINUSE bind)" "$COUNT" "bind() to a listener's port, $1"
	assert_eq "$(of "$1" EADDRNOTAVAIL bind)" "$COUNT" "bind() to nobody's address, $1"
	assert_eq "$(of "$1" EADDRINUSE listen)" "$COUNT" "listen() beside a listener, $1"
	assert_eq "$(of "$1" ECONNREFUSED connect)" "$COUNT" "connect(), $1"
	assert_eq "$(grep -c '"event":"call"' "$T/$1.out")" $((4 * COUNT)) "calls at all, $1"
}

@test "calls: each that fails is one event, with its process and its address; others are none" {
	trace stream stream --calls -j
	trace conn conn --calls -j
	fail_calls "$COUNT"
	trace_stop stream
	trace_stop conn
	all_seen stream
	all_seen conn
	jq -es --argjson pid "${JOB_PID[load]}" --argjson ns "$(ns_inode)" 'map(select(.event == "call")) | all(.pid == $pid and .comm == "failcalls" and
		.netns == $ns and .uid == 0) and (map(select(.call == "bind" and .err == 98)) | all(.laddr == "127.0.0.1" and .lport == 7001 and .reuseaddr))
		and (map(select(.call == "connect")) | all(.raddr == "127.0.0.1" and .rport == 1))' "$T/stream.out" > /dev/null ||
		fail "$(grep '"event":"call"' "$T/stream.out" | head -n 3)"
	job_line load
	job_wait load
}

@test "calls: without --calls there are none, and nothing is attached for them" {
	trace stream stream -j
	fail_calls 1
	trace_stop stream
	assert_eq "$(grep -c '"event":"call"' "$T/stream.out" || true)" 0 "calls"
	"$TWTRACE" features > "$T/features"
	grep -q 'tp_btf/sys_exit .*--calls' "$T/features"
	job_line load
	job_wait load
}

@test "calls: a recording has them, and closers counts them by process" {
	trace rec --calls record "$T/rec"
	trace closers closers --calls -j 0.2
	fail_calls "$COUNT"
	next_lines closers 2
	trace_stop closers
	trace_stop rec
	"$TWTRACE" -r "$T/rec" stream -j > "$T/replay.out" 2> /dev/null
	all_seen replay
	for f in closers replayed; do
		[[ $f == closers ]] || "$TWTRACE" -r "$T/rec" closers -j 0.2 > "$T/replayed.out" 2> /dev/null
		assert_eq "$(jq -s --argjson pid "${JOB_PID[load]}" 'map(select(.event == "closers" and .pid == $pid) | .failed_calls) | max' "$T/$f.out")" \
			$((4 * COUNT)) "failed_calls, $f"
	done
	"$TWTRACE" -r "$T/rec" stream -j --comm nobody > "$T/none.out" 2> /dev/null
	assert_eq "$(grep -c '"event":"call"' "$T/none.out" || true)" 0 "calls of others"
	job_line load
	job_wait load
}

@test "calls: ports counts bind() to port 0 that finds none" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40007"
	trace ports ports --calls -j 0.2
	fail_calls "$COUNT" port-0
	next_lines ports 1
	trace_stop ports
	assert_eq "$(jq -s 'map(select(.event == "ports" and .raddr == null and .laddr == "127.0.0.5") | .failed) | max' "$T/ports.out")" "$COUNT" "failed"
	job_line load
	job_wait load
}

@test "calls: explain --watch says who was in the way, as it happens" {
	trace watch explain --watch -j
	fail_calls 1
	wait_matches watch '"event":"explain"' 3
	trace_stop watch
	jq -es --argjson pid "${JOB_PID[load]}" 'map(select(.event == "explain")) | (map(select(.call == "bind" and .port == 7001 and .would == "EADDRINUSE")) |
		length == 1 and all(.blockers[0] | .state == "LISTEN" and .pid == $pid and .comm == "failcalls"))
		and (map(select(.addr == "10.1.2.3")) | length == 1 and all(.would == "EADDRNOTAVAIL" and (.says | test("none of this namespace"))))
		and (map(select(.call == "listen")) | length == 1)' "$T/watch.out" > /dev/null || fail "$(cat "$T/watch.out")"
	job_line load
	job_wait load
}

@test "calls: bad input gets one sentence" {
	local rc=0
	"$TWTRACE" count --calls 2> "$T/err" || rc=$?
	assert_eq "$rc" 64 "count --calls"
	rc=0
	"$TWTRACE" explain --watch bind :80 2>> "$T/err" || rc=$?
	assert_eq "$rc" 64 "explain --watch with a call"
	rc=0
	"$TWTRACE" -r "$T/none" explain --watch 2>> "$T/err" || rc=$?
	assert_eq "$rc" 64 "explain --watch of a recording"
	assert_eq "$(wc -l < "$T/err")" 3 "lines on stderr"
}
