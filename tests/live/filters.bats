#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Which connections are shown. A known recording, filtered on replay; and what the kernel side filters, live.
load ../lib/live

# Two processes: "tcpwork" on ports 7001 (IPv4), 7002 (IPv6), 7003 (v4-mapped), "other" on 7101 (IPv4). 23 connections each,
# closed by the client first. Every client end has one FIN_WAIT1, every server end one LAST_ACK.
record_known() {
	trace rec record "$T/rec"
	cp "$TOOLS/tcpwork" "$T/other"
	work a --port 7001 -4 client-first 23 -6 client-first 23 -m client-first 23
	job b nsenter --net="/run/netns/$NS" -- "$T/other" --hold --port 7101 client-first 23
	job_wait_line b out '"done":true'
	PID_A=${JOB_PID[a]} PID_B=${JOB_PID[b]}
	work_end a
	work_end b
	trace_stop rec
}

# shown CLIENTS SERVERS OPTION...: how many client and server ends a filter leaves.
shown() {
	local want="$1 clients, $2 servers"
	shift 2
	"$TWTRACE" -r "$T/rec" "$@" stream -j > "$T/shown"
	assert_eq "$(grep -c '"newstate":"FIN_WAIT1"' "$T/shown" || true) clients, $(grep -c '"newstate":"LAST_ACK"' "$T/shown" || true) servers" \
		"$want" "$*"
}

@test "filters: by process, port, address, family, name, namespace" {
	record_known
	shown 92 92
	shown 69 69 -p "$PID_A"
	shown 23 23 -p "$PID_B"
	shown 92 92 -p "$PID_A,$PID_B"
	shown 69 69 --comm tcpwork
	shown 23 23 --comm 'oth*'
	shown 0 0 --comm nobody
	shown 0 23 -L 7001
	shown 23 0 -D 7001
	shown 23 23 -P 7001
	shown 69 69 -P 7001-7003
	shown 46 46 -P 7001,7101
	shown 46 46 -4
	shown 46 46 -6
	shown 69 69 --laddr 127.0.0.0/8
	shown 23 23 --laddr ::1
	shown 69 69 --raddr 127.0.0.1
	shown 23 23 --raddr ::1/128
	shown 0 0 --raddr 10.0.0.0/8
	shown 92 92 -N "$NS"
	shown 92 92 -N "$(ns_inode)"
	shown 0 0 -N self
}

@test "filters: conditions combine, all must hold" {
	record_known
	shown 23 23 -p "$PID_A" -4
	shown 23 23 -p "$PID_A" --laddr ::1 -6
	shown 23 0 -4 -D 7101 --comm other
	shown 0 0 -p "$PID_B" -6
	shown 46 46 --laddr 127.0.0.1 --laddr ::1 -P 7002,7003
}

@test "filters: by state, in the spellings of ss and the kernel" {
	record_known
	local s
	for s in time-wait TIME_WAIT Time-Wait; do
		"$TWTRACE" -r "$T/rec" --state "$s" stream -j > "$T/shown"
		assert_jq "$T/shown" 'map(select(.event == "transition")) |
			length == 92 and all(.[]; .oldstate == "TIME_WAIT" or .newstate == "TIME_WAIT")' "--state $s"
	done
	shown 0 92 --state last-ack
	shown 92 0 --state fin-wait-1
	"$TWTRACE" -r "$T/rec" --state bucket stream -j > "$T/shown"
	assert_jq "$T/shown" 'map(select(.event == "transition")) | length >= 92 and
		all(.[]; [.oldstate, .newstate] | any(. == "TIME_WAIT" or . == "SYN_RECV"))' "--state bucket"
	"$TWTRACE" -r "$T/rec" --state time-wait count -j > "$T/shown"
	assert_jq "$T/shown" 'map(select(.event == "count")) | all(.[]; .counts | del(.TIME_WAIT) | add == 0)' "count --state"
}

@test "filters: a namespace by name, path, inode, pid:N and self, live" {
	local form want other=$NS
	work there -4 hold-established 3
	ns_new		# the one that is traced
	work load -4 hold-established 23 -6 hold-close-wait 23
	want=$(ss_counts)
	for form in "$NS" "/run/netns/$NS" "$(ns_inode)" "pid:${JOB_PID[load]}"; do
		run -0 "$TWTRACE" -N "$form" -q count -j 0.1 1
		assert_json_eq "$(jq -c 'select(.event == "count") | .counts' <<< "$output")" "$want" "-N $form"
	done
	run -0 in_ns "$TWTRACE" -N self -q count -j 0.1 1
	assert_json_eq "$(jq -c 'select(.event == "count") | .counts' <<< "$output")" "$want" "-N self"
	run -0 "$TWTRACE" -N "$NS" -N "$other" -q count -j --by netns 0.1 1
	jq -se 'map(select(.event == "count") | .counts.ESTABLISHED) | sort == [6, 46]' <<< "$output" || fail "two namespaces: $output"
}

@test "filters: -4 and -6 live" {
	trace four -4 stream -j
	trace six -6 stream -j
	work load -4 client-first 23 -6 client-first 23 -m client-first 23
	work_end load
	trace_stop four
	trace_stop six
	assert_jq "$T/four.out" 'map(select(.newstate == "FIN_WAIT1") | .family) == [range(23) | 4]' "-4"
	assert_jq "$T/six.out" 'map(select(.newstate == "FIN_WAIT1") | .family) == [range(46) | 6]' "-6"
}

@test "filters: -p live, of a process that exists" {
	work_start a --pause -4 client-first 23
	work_start b --pause -4 client-first 23
	work_phase a 1
	work_phase b 1
	trace stream -p "${JOB_PID[a]}" stream -j
	job_line a
	job_line b
	job_wait_line a out '"done":true'
	job_wait_line b out '"done":true'
	trace_stop stream
	# shellcheck disable=SC2016
	assert_jq "$T/stream.out" 'map(select(.newstate == "FIN_WAIT1") | .pid) == [range(23) | $pid]' "-p" --argjson pid "${JOB_PID[a]}"
}
