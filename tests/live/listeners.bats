#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Who waits at the door: listeners against ss, nstat and a server that says itself what it did (tools/doorwork).
load ../lib/live

door() { # NAME ARG...: a server that waits at its first step
	local name=$1
	shift
	job "$name" nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$TOOLS/doorwork" "$@"
	job_wait_line "$name" out '"step":"listen"'
}

step() { # NAME STEP: let it go on, until that is done
	job_line "$1"
	job_wait_line "$1" out "\"step\":\"$2\""
}

said() { jq -r "select(.step == \"$2\") | $3" "$T/$1.out"; }	# NAME STEP JQ

ss_drops() { # PORT: sk_drops of its sockets, as ss shows them
	in_ns ss -tlnmH "sport = :$1" | grep -o ',d[0-9]*' | tr -d ,d | sort -n
}

nstat_of() { in_ns nstat -azsj | jq ".kernel.$1"; }

# Wait until a line of NAME is as the jq filter says, at most some hundred reports.
wait_jq() { # NAME FILTER WHAT
	local i
	for ((i = 0; i < 300; i++)); do
		! grep -v '^$' "$T/$1.out" | tail -n 60 | jq -en "[inputs] | any(.[]; $2)" > /dev/null 2>&1 || return 0
		next_lines "$1" || return 1
	done
	fail "$3: no line is so: $2"
}

@test "listeners: a backlog of 8 that overflows is named with the process, its drops are those of ss and nstat" {
	trace ls listeners -j 0.2
	door server --backlog 8 --connect 30 --accept 4
	step server connect
	local pid=${JOB_PID[server]} away drops
	assert_eq "$(said server connect .established)" 9 "a backlog of 8 has room for"
	away=$(said server connect .turned_away)
	drops=$(ss_drops 7777)
	assert_eq "$drops" "$away" "drops as ss shows them"
	assert_eq "$(nstat_of TcpExtListenDrops)" "$away" "ListenDrops"
	assert_eq "$(nstat_of TcpExtListenOverflows)" "$away" "ListenOverflows"

	wait_jq ls '.event == "listener" and .drops == '"$drops"' and .overflows == '"$drops"' and .accept_queue == 9' "the full queue"
	step server accept
	wait_jq ls '.event == "listener" and .accepted == 4 and .accept_queue == 5' "four are let in"
	trace_stop ls
	job_line server
	job_wait server

	jq -es --argjson pid "$pid" --argjson drops "$drops" '
		[.[] | select(.event == "listener" and .accept_queue == 9)][-1]
		| .lport == 7777 and .laddr == "127.0.0.1" and .family == 4 and (.owners | map({pid, comm})) == [{pid: $pid, comm: "doorwork"}]
		and .accept_queue_peak == 9 and .accept_queue_max == 8 and .drops == $drops and .drops_seen == $drops
		and .full_looks > 0 and .oldest_wait_ns > 0 and (.says | startswith("The accept queue is full, 9 of 9"))
		and (.says | contains("Its limit 8 is what the program asked for"))' "$T/ls.out" > /dev/null || fail "the full queue's line"
	jq -es --argjson drops "$drops" '[.[] | select(.event == "listen_counters")][-1]
		| .listen_overflows == $drops and .listen_drops == $drops and .syncookies_sent == 0' "$T/ls.out" > /dev/null ||
		fail "the namespace's counters"
}

@test "listeners: in the order that --sort asks for" {
	local sort first
	door few --port 7101 --backlog 50 --connect 2
	door many --port 7102 --backlog 50 --connect 9
	door full --port 7103 --backlog 3 --connect 9
	for name in few many full; do step $name connect; done
	for sort in trouble:7103 queue:7102 peak:7102 drops:7103 port:7101 half-open:7101; do
		first=$("$TWTRACE" -q -N "$NS" -L 7101-7103 listeners -j --sort "${sort%:*}" 0.2 1 | jq -s 'map(select(.event == "listener"))[0].lport')
		[[ $sort == half-open:* ]] || assert_eq "$first" "${sort#*:}" "the first by ${sort%:*}"
	done
	run -64 "$TWTRACE" listeners --sort size
	[[ $output == *"listeners can be sorted by one of trouble,queue,"* ]] || fail "$output"
}

@test "listeners: whose, in text" {
	trace ls listeners 0.2
	door server --backlog 3 --connect 10
	step server connect
	job_wait_line ls out "^127.0.0.1:7777 doorwork \(pid ${JOB_PID[server]}\): The accept queue is full, 4 of 4: in [0-9,]* of"
	job_wait_line ls out '^network namespace [0-9]*: ListenOverflows 6, ListenDrops 6$'
	trace_stop ls
}

@test "listeners: somaxconn, where it is the limit" {
	ns_sysctl net.core.somaxconn=5
	trace ls listeners -j 0.2
	door server --backlog 1000 --connect 12
	step server connect
	wait_jq ls '.accept_queue == 6 and .accept_queue_max == 5 and .somaxconn == 5 and .drops == 6
		and (.says // "" | contains("Its limit is net.core.somaxconn (5)"))' "limit and sentence"
	trace_stop ls
}

@test "listeners: half-open connections are the socket's, and what was dropped without SYN cookies; cookies the namespace's" {
	local cookies pid
	# Answers go to a device that nobody reads.
	in_ns ip tuntap add dev flood mode tun
	in_ns ip addr add 10.0.0.1/32 dev lo
	in_ns ip link set flood up
	in_ns ip route add 10.64.0.0/10 dev flood
	trace ls listeners -j 0.2
	for cookies in 0 1; do
		ns_sysctl net.ipv4.tcp_syncookies=$cookies
		job flood$cookies nsenter --net="/run/netns/$NS" -- "$TOOLS/synflood" 10.0.0.1 10 40 40
		pid=${JOB_PID[flood$cookies]}
		job_wait_line flood$cookies out '"event":"ready"'
		job_line flood$cookies
		job_wait_line flood$cookies out '"event":"done"'
		# One more than the limit fits in; those of the others are dropped, or answered with a cookie.
		wait_jq ls '.laddr == "10.0.0.1" and .half_open == 11 and .accept_queue == 0 and .drops == '$((cookies ? 0 : 29))'
			and .owners[0].pid == '"$pid"' and (.says | contains("Half-open connections reached their limit"))' "its queue"
		wait_jq ls '.event == "listen_counters" and .req_q_full_drops == 29 and .listen_overflows == 0 and .syncookies_sent == '\
$((cookies ? 29 : 0))' and .req_q_full_cookies == .syncookies_sent' "the namespace's counters"
		job_line flood$cookies
		job_wait flood$cookies
	done
	trace_stop ls
}

@test "listeners: every process of a prefork group is an owner, those that came before the tracer and after it" {
	door before --port 7001 --children 4
	trace ls listeners -j 0.2
	door after --port 7002 --children 3
	local b a
	b=$(said before listen '.pids | sort | tojson')
	a=$(said after listen '.pids | sort | tojson')
	wait_jq ls '.lport == 7001 and ([.owners[].pid] | sort) == '"$b" "owners of the one that was there"
	wait_jq ls '.lport == 7002 and ([.owners[].pid] | sort) == '"$a" "owners of the one that came"
	job_stop before TERM || true
	wait_jq ls '.event == "listen_counters"' "a report"
	trace_stop ls
	# The filter finds it by any of them.
	"$TWTRACE" -q -N "$NS" listeners -j -p "$(jq '.[-1]' <<< "$a")" 0.2 1 > "$T/one.out"
	jq -es '[.[] | select(.event == "listener")] | length == 1 and .[0].lport == 7002' "$T/one.out" > /dev/null || fail "-p of a child"
}

@test "listeners: sockets of one address (SO_REUSEPORT): queues of each, what was accepted of all" {
	trace ls listeners -j 0.2
	door server --sockets 3 --backlog 20 --connect 30 --accept 12
	step server connect
	wait_jq ls '.event == "listener_group" and .group_sockets == 3 and .accept_queue == 30' "the group's queues"
	step server accept
	wait_jq ls '.event == "listener_group" and .accept_queue == 18 and .accepted == 12 and .accept_wait_ns.count == 12' "the group"
	trace_stop ls
	local waited
	waited=$(said server accept .waited_ns)
	jq -es --argjson waited "$waited" '
		([.[] | select(.event == "listener_group")][-1]) as $g
		| ([.[] | select(.event == "listener")][-3:]) as $each
		| ($each | map(.accept_queue) | add) == 18 and ($each | map(.cookie) | unique | length) == 3
		and all($each[]; .accepted == null and .accepted_per_s == null and .accept_wait_ns == null and .group_sockets == 3)
		and $g.accept_wait_ns.max >= $waited and $g.accept_wait_ns.p99 <= $g.accept_wait_ns.max * 1.01' "$T/ls.out" > /dev/null ||
		fail "each and all"
}

@test "listeners: v6, v4-mapped and the wildcard" {
	trace ls listeners -j 0.2
	door six -6 --port 7006 --connect 3
	door any -6 --any --port 7007 --connect 4 --accept 4
	door mapped -m --port 7008 --connect 5
	step six connect
	step any connect
	step mapped connect
	wait_jq ls '.lport == 7006 and .laddr == "::1" and .family == 6 and .accept_queue == 3' "::1"
	wait_jq ls '.lport == 7007 and .laddr == "::" and .family == 6 and .accept_queue == 4' "::"
	wait_jq ls '.lport == 7008 and .laddr == "::ffff:127.0.0.1" and .family == 6 and .accept_queue == 5' "v4-mapped"
	step any accept
	wait_jq ls '.lport == 7007 and .accept_queue == 0 and .accepted == 4 and .accept_wait_ns.count == 4' "accepted through ::"
	trace_stop ls
}

@test "listeners: a recording says the same; one without looks says so" {
	trace ls -w "$T/rec.twr" listeners -j 0.2
	door server --connect 20 --accept 5
	step server connect
	step server accept
	wait_jq ls '.event == "listener" and .accepted == 5' "five are let in"
	trace_stop ls
	"$TWTRACE" -q -r "$T/rec.twr" listeners -j 0.2 > "$T/again.out"
	cmp <(grep -v '"event":"summary"' "$T/ls.out") <(grep -v '"event":"summary"' "$T/again.out")

	"$TWTRACE" -q -N "$NS" -w "$T/plain.twr" count 0.2 2 > /dev/null
	run -0 --separate-stderr "$TWTRACE" -q -r "$T/plain.twr" listeners 0.2
	# shellcheck disable=SC2154 # bats sets it
	[[ $stderr == *"nobody looked at queues for this recording"*"twtrace -w FILE listeners"* ]]
	[[ $output == *"127.0.0.1:7777"* ]]
}

@test "listeners: who does not ask is not looked for" {
	door server --connect 3
	step server connect
	"$TWTRACE" -q -N "$NS" -w "$T/plain.twr" count 0.3 3 > /dev/null
	zcat "$T/plain.twr" > "$T/plain"
	"$TWTRACE" -q -r "$T/plain.twr" listeners -j 0.3 2> /dev/null > "$T/none.out"
	jq -es 'any(.[]; .event == "listener") and all(.[] | select(.event == "listener"); .accept_queue == null and .looks == 0)' \
		"$T/none.out" > /dev/null || fail "there were looks"
}
