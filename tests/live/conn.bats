#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# How connections ended and why: each way is provoked COUNT times for IPv4, IPv6 and v4-mapped, and every one is judged right.
load ../lib/live

# kind -> verdict of the connecting (c) and the accepting end (s): close, close_reason.
EXPECTED='{
	"client-first":       {"c": ["active", null], "s": ["passive", null]},
	"server-first":       {"c": ["passive", null], "s": ["active", null]},
	"half-close":         {"c": ["active", null], "s": ["passive", null]},
	"linger0":            {"c": ["abort", "linger"], "s": ["reset", null]},
	"server-linger0":     {"c": ["reset", null], "s": ["abort", "linger"]},
	"unread":             {"c": ["abort", "unread"], "s": ["reset", null]},
	"disconnect":         {"c": ["abort", "disconnect"], "s": ["reset", null]},
	"data-after-close":   {"c": ["abort", "data-after-close"], "s": ["reset", null]},
	"simultaneous":       {"c": ["simultaneous", null], "s": ["simultaneous", null]},
	"simultaneous-close": {"c": ["simultaneous", null], "s": ["simultaneous", null]},
	"refused":            {"c": ["refused", null]},
	"cancelled":          {"c": ["connect-cancelled", null]},
	"connect-timeout":    {"c": ["connect-timeout", null]},
	"keepalive":          {"c": ["abort", "keepalive"], "s": ["abort", "linger"]},
	"user-timeout":       {"c": ["abort", "user-timeout"], "s": ["abort", "linger"]},
	"orphan":             {"c": ["orphan-timeout", null], "s": ["abort", "linger"]}
}'

# Every end that the driver told of, against its line of `conn -j`. Closers: the driver, or nobody where a packet or timer did it.
CHECK='
($ev | map(select(.event == "conn")) | group_by(.cookie) | map({key: (.[0].cookie | tostring), value: .}) | from_entries) as $by
| [ $work[] | select(.event == "conn") as $c | ("c", "s") as $e | select($c[$e]) | $c[$e] as $here
  | ($by[$here.cookie | tostring] // []) as $lines | $exp[$c.kind][$e] as $want | $lines[0] as $x
  | (($want[0] | IN("active", "passive", "simultaneous", "connect-cancelled"))
	or ($want[0] == "abort" and ($want[1] | IN("linger", "unread", "disconnect")))) as $by_us
  | {kind: $c.kind, family: $c.family, end: $e, lines: ($lines | length), got: [$x.close, $x.close_reason], $want,
     role: $x.role, owner: $x.owner_pid, opener: $x.opener_pid, closer: $x.closer_pid, pid: $c.pid, $by_us,
     tuple: [$x.laddr, $x.lport, $x.raddr, $x.rport] , right: [$here.laddr, $here.lport, $here.raddr, $here.rport]}
  | select(.lines != 1 or .got != .want or .role != (if $e == "c" then "client" else "server" end)
	or .owner != .pid or (.opener != .pid and $e == "c") or .tuple != .right
	or (.by_us and .closer != .pid) or (.closer != null and .closer != .pid)) ] as $bad
| ([$work[] | select(.event == "conn") | .c, .s | select(.)] | length) as $n
| if $bad == [] and $n > 0 then "ok" else "\($bad | length) of \($n) ends are judged wrong, for example", $bad[:3][] end'

# What a segment did to a minisock, as END says; "unknown" where this kernel has no hook for segments (twtrace features).
by_segment() { # END
	tells_segments && echo "$1" || echo unknown
}

# judge NAME: the lines of tracer NAME against what the workload "load" did.
judge() {
	local result
	result=$(jq -rn --slurpfile ev "$T/$1.out" --slurpfile work "$T/load.out" --argjson exp "$EXPECTED" "$CHECK")
	[[ $result == ok ]] || fail "$result"
}

# Provoke COUNT of each kind in each family, wait for LINES lines where something must time out first, and judge.
verdicts() { # [-w LINES] KIND...
	local lines=0
	[[ $1 != -w ]] || { lines=$2; shift 2; }
	trace conn conn -j --at close
	mapfile -t args < <(each_family "$COUNT" "$@")
	work load "${args[@]}"
	((lines == 0)) || wait_matches conn '"event":"conn"' "$lines" 30
	trace_stop conn
	judge conn
	work_end load
}

@test "conn: who closed first" { verdicts client-first server-first half-close; }
@test "conn: both at once" { verdicts simultaneous simultaneous-close; }
@test "conn: resets by SO_LINGER 0, unread data, disconnect" { verdicts linger0 server-linger0 unread disconnect; }
@test "conn: refused, given up" { verdicts refused cancelled; }

@test "conn: data for a socket that was closed" {
	# Known only once the peer's data came: not at the moment of close. Without a hook for segments, that it was closed here first is all that is known.
	local close=abort
	tells_segments || close=active
	[[ $close == abort ]] || EXPECTED=$(jq -c '."data-after-close".c = ["active", null]' <<< "$EXPECTED")
	trace conn conn -j
	mapfile -t args < <(each_family "$COUNT" data-after-close)
	work load "${args[@]}"
	wait_matches conn "\"close\":\"$close\"" $((3 * COUNT))
	trace_stop conn
	judge conn
	work_end load
}

@test "conn: no route to the host" {
	in_ns ip link add v0 type veth peer name v1
	in_ns ip addr add 192.0.2.1/24 dev v0
	in_ns ip addr add 2001:db8::1/64 dev v0 nodad
	in_ns ip link set v0 up
	in_ns ip link set v1 up
	ns_sysctl net.ipv4.neigh.v0.retrans_time_ms=50 net.ipv6.neigh.v0.retrans_time_ms=50	# for an address that nobody has
	trace conn conn -j
	# shellcheck disable=SC2016 # the other bash expands it
	in_ns bash -c 'n=$1; shift; for host; do
			for ((i = 0; i < n; i++)); do (exec 3<> "/dev/tcp/$host/80") 2> /dev/null & done
		done
		wait' bash "$COUNT" 192.0.2.2 2001:db8::2 ::ffff:192.0.2.3
	trace_stop conn
	assert_jq "$T/conn.out" 'map(select(.event == "conn")) | length == 3 * $n
		and all(.[]; .close == "unreachable" and .role == "client" and .opener_comm == "bash" and .closer_pid == null)
		and (group_by(.raddr) | map(length)) == [$n, $n, $n]' "connections"
}

@test "conn: connect() that nobody answers" {
	ns_sysctl net.ipv4.tcp_syn_retries=1
	verdicts connect-timeout
}

@test "conn: dead by keepalive" { verdicts keepalive; }
@test "conn: dead by TCP_USER_TIMEOUT" { verdicts user-timeout; }

@test "conn: orphans that nobody acknowledges" {
	ns_sysctl net.ipv4.tcp_orphan_retries=1
	verdicts -w $((6 * COUNT)) orphan
}

@test "conn: no free port" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40001"
	trace conn conn -j
	work load --port 7001 -4 no-port "$COUNT" -6 no-port "$COUNT"
	trace_stop conn
	assert_jq "$T/conn.out" 'map(select(.close == "no-port")) | length == 2 * $n
		and all(.[]; .lport == 0 and .role == "client" and .rport > 7000 and .opener_pid == $pid and .closer_pid == null)' \
		"connections without a port" --argjson pid "${JOB_PID[load]}"
	work_end load
}

# tw_ends END NUMBER: how the TIME_WAITs of `conn -j` ended.
tw_ends() {
	local got
	got=$(grep '"event":"conn"' "$T/conn.out" | grep -c "\"tw_end\":\"$1\"" || true)
	[[ $got == "$2" ]] || fail "TIME_WAITs that ended as $1: $got, expected $2; all: $(
		jq -sc 'map(.tw_end) | group_by(.) | map({(.[0] | tostring): length}) | add' "$T/conn.out")"
}

@test "conn: TIME_WAIT taken over by connect() with its port bound" {
	trace conn conn -j
	mapfile -t args < <(each_family "$COUNT" reuse-bound)
	work load "${args[@]}"
	trace_stop conn
	tw_ends reused $((3 * COUNT))
	assert_jq "$T/conn.out" 'map(select(.tw_end == "reused")) | all(.[]; .close == "active" and .role == "client" and .tw_ns > 0)' \
		"what they were"
	work_end load
}

@test "conn: TIME_WAIT taken over by connect() with tcp_tw_reuse" {
	# As many ports as connections: each of the second round must take one that is in TIME_WAIT. An even number, since
	# connect() looks at ports in pairs.
	ns_sysctl net.ipv4.tcp_tw_reuse=1 net.ipv4.ip_local_port_range="40000 40023"
	trace conn conn -j
	work load --port 7001 -4 reuse-tw 24 -6 reuse-tw 24
	trace_stop conn
	tw_ends reused 48
	work_end load
}

@test "conn: TIME_WAIT opened again by the peer's SYN" {
	trace conn conn -j
	mapfile -t args < <(each_family "$COUNT" reopened)
	work load "${args[@]}"
	trace_stop conn
	tw_ends reopened $((3 * COUNT))
	assert_jq "$T/conn.out" 'map(select(.tw_end == "reopened")) | all(.[]; .close == "active" and .role == "server")' "what they were"
	work_end load
}

@test "conn: RST into TIME_WAIT ends it, with tcp_rfc1337 it does not" {
	trace conn conn -j
	mapfile -t args < <(each_family "$COUNT" tw-reset)
	work load "${args[@]}"
	trace_stop conn
	tw_ends "$(by_segment reset)" $((3 * COUNT))
	work_end load

	ns_new
	ns_sysctl net.ipv4.tcp_rfc1337=1
	trace conn2 conn -j
	work load2 "${args[@]}"
	trace_stop conn2
	assert_jq "$T/conn2.out" 'map(select(.event == "conn" and .tw_end != null)) | length == 0' "TIME_WAITs that ended"
	assert_eq "$(counter "$(ss_counts)" TIME_WAIT)" $((3 * COUNT)) "TIME_WAITs that ss shows"
	work_end load2
}

@test "conn: RST into the FIN_WAIT2 minisock of a closed socket" {
	trace conn conn -j
	mapfile -t args < <(each_family "$COUNT" fw2-reset)
	work load "${args[@]}"
	trace_stop conn
	tw_ends "$(by_segment reset)" $((3 * COUNT))
	work_end load
}

@test "conn: FIN_WAIT2 of a closed socket runs out" {
	ns_sysctl net.ipv4.tcp_fin_timeout=1
	trace conn conn -j
	mapfile -t args < <(each_family "$COUNT" hold-close-wait)
	work load "${args[@]}"
	wait_matches conn '"close":"orphan-timeout"' $((3 * COUNT))
	trace_stop conn
	assert_jq "$T/conn.out" 'map(select(.close == "orphan-timeout")) | all(.[]; .tw_end == "expired" and .closer_pid == $pid)' \
		"how they ended" --argjson pid "${JOB_PID[load]}"
	work_end load
}

@test "conn: no TIME_WAIT because the table is full" {
	ns_sysctl net.ipv4.tcp_max_tw_buckets=5
	trace conn conn -j
	work load -4 client-first "$((COUNT + 5))"
	trace_stop conn
	tw_ends overflow "$COUNT"
	work_end load
}

@test "conn: a namespace that goes away purges its TIME_WAITs" {
	trace conn conn -j
	work load -4 client-first "$COUNT" -6 client-first "$COUNT"
	work_end load
	ns_drop
	wait_matches conn '"tw_end":"purged"' $((2 * COUNT))
	trace_stop conn
}

@test "conn: ss -K kills established connections and TIME_WAITs" {
	work load -4 hold-established "$COUNT" hold-time-wait "$COUNT"
	trace conn conn -j
	in_ns ss -K -t -a state established state time-wait > /dev/null
	[[ $(counter "$(ss_counts)" TIME_WAIT) == 0 ]] || skip "this kernel does not kill TIME_WAITs"
	trace_stop conn
	tw_ends killed "$COUNT"
	assert_jq "$T/conn.out" 'map(select(.close_reason == "killed")) | length > 0 and all(.[]; .close == "abort")' "killed connections"
	work_end load
}

@test "conn: SIGKILL closes as close() would, in the name of the dead" {
	work load -4 hold-established "$COUNT" -6 hold-established "$COUNT"
	local pid=${JOB_PID[load]}
	trace conn conn -j --at close
	job_stop load KILL
	wait_matches conn '"event":"conn"' $((4 * COUNT))
	trace_stop conn
	# All at once: where packets take longer than exit(), both ends of a connection have closed before either hears of it.
	assert_jq "$T/conn.out" 'map(select(.event == "conn" and .role != "listener")) | length == 4 * $n
		and ([.[] | .close] | (map(select(. == "active")) | length) as $active | (map(select(. == "passive")) | length) as $passive
			| (map(select(. == "simultaneous")) | length) as $both
			| $active == $passive and $active + $passive + $both == 4 * $n and $active + $both == $tw)
		and all(.[]; .closer_pid == $pid and .owner_pid == $pid)' "closed by the process that was killed" --argjson pid "$pid" \
		--argjson tw "$(time_waits_alive)"
}
