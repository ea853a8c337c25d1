#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Sockets that exist when the tracer comes: there from the start, with owners, and followed to their end.
load ../lib/live

@test "seeding: the first line has every state, each socket under its owner" {
	work load -4 listen-only 2 hold-established 3 hold-close-wait 5 hold-fin-wait2 7 hold-time-wait 11 syn-sent 13 \
		syn-recv 17 hold-fin-wait1 19 hold-last-ack 23 hold-closing 29
	local got want
	# Where a SYN-ACK is sent again while its port is looked at, the port is looked at once more, after the first line: that SYN_RECV may be missing there, and nothing
	# else. Then from anew.
	for _ in 1 2 3 4 5; do
		run -0 "$TWTRACE" -N "$NS" -q count -j 0.1 1
		got=$(jq -c 'select(.event == "count") | .counts' <<< "$output")
		want=$(ss_counts)
		assert_json_eq "$(jq -c 'del(.SYN_RECV)' <<< "$got")" "$(jq -c 'del(.SYN_RECV)' <<< "$want")" "all but SYN_RECV"
		[[ $got != "$want" ]] || break
	done
	assert_json_eq "$got" "$want" "all"
	# Whatever has a descriptor is the driver's. Minisocks have none: 11 TIME_WAITs, 5 + 23 FIN_WAIT2s of closed ones.
	run -0 "$TWTRACE" -N "$NS" -q count -j -p "${JOB_PID[load]}" 0.1 1
	jq -se --argjson all "$(ss_counts)" 'map(select(.event == "count"))[0].counts
		| .LISTEN == $all.LISTEN and .ESTABLISHED == $all.ESTABLISHED and .CLOSE_WAIT == $all.CLOSE_WAIT
		and .SYN_SENT == $all.SYN_SENT and .FIN_WAIT1 == $all.FIN_WAIT1 and .FIN_WAIT2 == 7 and .CLOSING == $all.CLOSING
		and .TIME_WAIT == 0' <<< "$output" || fail "of pid ${JOB_PID[load]}: $output"
	work_end load
}

@test "seeding: existing connections go on from the state they are in" {
	local result
	mapfile -t args < <(each_family "$COUNT" client-first server-first linger0)
	work_start load --pause "${args[@]}"
	work_phase load 1
	trace stream stream -j
	job_line load
	job_wait_line load out '"done":true'
	trace_stop stream
	# From ESTABLISHED on, in the right order, with tuple and owner although nothing was seen of the start. Who owns what is
	# looked up while events come in already: a first line may still lack it, no line has another.
	result=$(jq -rn --slurpfile ev "$T/stream.out" --slurpfile work "$T/load.out" '
		($ev | map(select(.event == "transition")) | group_by(.cookie)
			| map({key: (.[0].cookie | tostring), value: .}) | from_entries) as $by
		| [$work[] | select(.event == "conn") as $c | ("c", "s") as $e | $c[$e] as $here
			| {first: ($c.kind == "client-first" and $e == "c" or $c.kind == "server-first" and $e == "s"),
			   kind: $c.kind, t: ($by[$here.cookie | tostring] // []), here: $here, pid: $c.pid}
			| (if .kind == "linger0" then "ESTABLISHED CLOSE"
			   elif .first then "ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT"
			   else "ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE" end) as $want
			| ([.t[0].oldstate] + (.t | map(.newstate)) | map(. // "nothing") | join(" ")) as $got
			| .here as $x | .pid as $pid
			| select($got != $want or .t[-1].pid != $pid
				or (.t | any(.laddr != $x.laddr or .lport != $x.lport or .rport != $x.rport
					or (.pid != $pid and .pid != null))))
			| {kind, $got, $want, t: .t[-1], $x}] as $bad
		| if $bad == [] then "ok" else ($bad | length), $bad[:3][] end')
	assert_eq "$result" ok "transitions of existing connections"
	work_end load
}

@test "seeding: a connection of before has no time in its first state" {
	work_start load --pause -4 client-first "$COUNT"
	work_phase load 1
	trace stream stream -j
	job_line load
	job_wait_line load out '"done":true'
	trace_stop stream
	assert_jq "$T/stream.out" 'map(select(.oldstate == "ESTABLISHED")) | length == 2 * $n and all(.[]; .in_state_ns == null)' \
		"entered before we looked: null"
	assert_jq "$T/stream.out" 'map(select(.oldstate == "FIN_WAIT1")) | length == $n and all(.[]; .in_state_ns > 0)' \
		"entered under our eyes: known"
	work_end load
}

@test "seeding: owners of sockets in several processes, one inherited" {
	local name
	for name in one two; do
		cp "$TOOLS/tcpwork" "$T/work_$name"
		job "$name" nsenter --net="/run/netns/$NS" -- "$T/work_$name" --hold hold-established "$COUNT"
		job_wait_line "$name" out '"done":true'
	done
	run -0 "$TWTRACE" -N "$NS" -q count -j --by comm 0.1 1
	jq -se --argjson held $((2 * COUNT)) 'map(select(.event == "count") | {key, established: .counts.ESTABLISHED, listen: .counts.LISTEN}) | sort_by(.key) ==
		[{"key":"work_one","established":$held,"listen":1},{"key":"work_two","established":$held,"listen":1}]' <<< "$output" ||
		fail "by comm: $output"
}
