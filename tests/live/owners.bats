#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Whose a connection is, who opened and who closed it: forked, passed on, exited and killed processes, threads, shared listeners.
load ../lib/live

N=$((COUNT / 2 - 1))	# connections per case and family

# Run ownwork, whose own record of the truth is the measure, with the tracers NAME... watching.
own_work() { # FILE ARG...
	local out=$1
	shift
	in_ns "${UNDISTURBED[@]}" "$TOOLS/ownwork" "$@" | grep '"case"' > "$out"
}

@test "owners: opener, owner and closer of every case, as the processes themselves say" {
	trace conn conn -j --at close
	trace stream stream -j
	trace closers closers -j -i 600
	own_work "$T/v4" -4 $N
	own_work "$T/v6" -6 $N
	local all
	all=$(cat "$T"/v[46] | wc -l)
	((all > 50 * N)) || fail "only $all ends"
	wait_matches conn '"event":"conn"' "$all"
	trace_stop conn
	trace_stop stream
	trace_stop closers

	# Each end by its ports: one line, and the three processes by pid and name.
	run -0 jq -rn --slurpfile truth <(cat "$T"/v[46]) '
		[inputs | select(.event == "conn")] | INDEX("\(.family) \(.lport) \(.rport)") as $got
		| $truth[] | . as $t | $got["\(.family) \(.lport) \(.rport)"] as $g
		| ("opener", "owner", "closer") as $who
		| select($g == null or $g["\($who)_pid"] != $t[$who] or $g["\($who)_comm"] != $t["\($who)_comm"])
		| "\($t.case), \($t.end): \($who) is \($g["\($who)_pid"]) \($g["\($who)_comm"]), expected \($t[$who]) \($t["\($who)_comm"])"' \
		"$T/conn.out"
	assert_eq "$(sort <<< "$output" | uniq -c | head -n 20)" "$(echo | uniq -c)" "wrong ones"
	assert_eq "$(grep -c '"event":"conn"' "$T/conn.out")" "$all" "one line for each end"

	# Packets are handled on top of anybody: nobody else may be named, ever.
	run -0 jq -rn '[inputs | select(.event == "transition") | .comm, .actor_comm, .tw_ender_comm | select(. != null)] | unique[]' \
		"$T/stream.out"
	assert_eq "$(tr '\n' ' ' <<< "$output")" "own-A own-B own-C own-D " "processes that are named"

	# Per process: closed by another one than the owner.
	jq -en --slurpfile truth <(cat "$T"/v[46]) '
		([$truth[] | select(.owner and .closer and .owner != .closer)] | length) as $want
		| [inputs | select(.event == "closers")] | length > 0 and (map(.closed_by_others.closed) | add) == $want
		and all(.[]; .closed_by_others.closed == ([.closed_by_others.who[].closed] | add // 0))' "$T/closers.out" > /dev/null ||
		fail "closed_by_others"
}

@test "owners: a server that closes first is named 60 times of 60" {
	trace conn conn -j --at close
	own_work "$T/truth" -4 60 server-first
	wait_matches conn '"event":"conn"' 120
	trace_stop conn
	jq -en --slurpfile truth "$T/truth" '
		([$truth[] | select(.end == "server") | "\(.lport) \(.rport) \(.owner) \(.closer)"] | sort) as $want
		| [inputs | select(.event == "conn" and .role == "server" and .close == "active")
			| "\(.lport) \(.rport) \(.owner_pid) \(.closer_pid)"] | sort == $want and length == 60' "$T/conn.out" > /dev/null ||
		fail "not 60 of 60"
}
