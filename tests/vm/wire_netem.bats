#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the wire did, where packets are late or lost (netem on loopback), single ones lost (the driver's TUN devices), or not read: at both ends, IPv4 and
# IPv6, the numbers are those of `ss -tin` just before the end, and those of `conn --live` the same while they live. They end by a reset, which
# leaves everything as it was, but for the one segment that says so.
load ../lib/live
load ../lib/wire

# What both ends must be after SCRIPT, each family once; CONDITION as in wire_is_ss. Its last phase is the end.
check_ends() { # SCRIPT PHASES CONDITION WHAT
	local phase
	trace conn conn -j --at close
	work_start load --pause -4 "$1" 1 -6 "$1" 1 -m "$1" 1
	for ((phase = 1; phase <= $2; phase++)); do
		((phase == 1)) || job_line load
		work_phase load "$phase"
	done
	ss_wire established > "$T/ss"
	assert_eq "$(wc -l < "$T/ss")" 6 "both ends of three connections"
	run -0 "$TWTRACE" -q -N "$NS" conn --live -j
	echo "$output" > "$T/live"
	# The reset comes once: it must arrive.
	[[ -z ${LOSSY:-} ]] || in_ns tc qdisc del dev lo root
	job_line load
	wait_matches conn '"close":"reset"' 3
	trace_stop conn
	work_end load
	wire_is_ss "$T/live" "$T/ss" "($3) and \$t.segs_in >= \$s.segs_in" "$4, while they live"
	wire_is_ss "$T/conn.out" "$T/ss" "($3) and \$t.segs_in >= \$s.segs_in + (if \$t.role == \"server\" then 1 else 0 end)" "$4, at the end"
}

# The same where nothing moves: segments received are exact, too.
still_ends() { # SCRIPT PHASES CONDITION WHAT
	check_ends "$1" "$2" "$STILL and \$t.segs_in <= \$s.segs_in + (if \$t.role == \"server\" then 1 else 0 end) and ($3)" "$4"
}

@test "wire_netem: 20 ms each way" {
	in_ns ip link set lo mtu 1500
	in_ns tc qdisc add dev lo root netem delay 20ms limit 10000
	# shellcheck disable=SC2016 # jq's
	still_ends 'connect accept | pour:c pour:s | linger0:c close:c rst:s close:s' 2 \
		'$s.min_rtt_us >= 40000 and $s.srtt_us >= 40000 and $s.bytes_sent >= 1048576 and $s.busy_ms >= 40' "round trips"
	jq -se '[.[] | select(.event == "conn")] | length == 6 and all(.[]; .min_rtt_us >= 40000 and .syn_retrans == 0)' "$T/conn.out" > /dev/null
}

@test "wire_netem: 5 % lost" {
	in_ns ip link set lo mtu 1500
	in_ns tc qdisc add dev lo root netem delay 2ms loss 5% limit 10000
	LOSSY=1 still_ends 'connect accept | pour:c pour:s | linger0:c close:c rst:s close:s' 2 true "loss"
	# 5 % of some thousand segments; and what was sent again was bytes.
	jq -se '[.[] | select(.event == "conn")] | length == 6 and (map(.retrans_segs) | add) > 10 and (map(.bytes_retrans) | add) > 10000
		and all(.[]; .bytes_sent == 1048576 + .bytes_retrans)' "$T/conn.out" > /dev/null || fail "$(grep '"conn"' "$T/conn.out")"
}

@test "wire_netem: a slow reader, and one that stops" {
	in_ns ip link set lo mtu 1500
	in_ns tc qdisc add dev lo root netem delay 1ms limit 10000
	# shellcheck disable=SC2016
	still_ends 'connect accept | drip:c | linger0:c close:c rst:s close:s' 2 \
		'if $t.role == "client" or $s.bytes_sent > 0 then $s.rwnd_ms > 0 and $s.bytes_sent - $s.bytes_retrans == 98304 else $s.bytes_received == 98304 end' "slow"
	rm "$T"/{load,conn}.in
	# The window's probes go on: what they count is at least what it was, and so is the time.
	# shellcheck disable=SC2016
	check_ends 'connect accept | stuff:c | linger0:c close:c rst:s close:s' 2 \
		'is("mss", "bytes_sent", "bytes_retrans", "bytes_acked", "bytes_received", "retrans_segs", "reord_seen", "sndbuf_ms", "min_rtt_us")
		and $t.segs_out >= $s.segs_out and (if $s.bytes_sent > 0 then $t.rwnd_ms >= $s.rwnd_ms and $s.rwnd_ms >= 300 and $t.busy_ms >= $t.rwnd_ms
		else $t.rwnd_ms == 0 and $t.busy_ms == $s.busy_ms end)' "stopped"
}

# One connection of each family: the driver accepts in the order of its clients, which lost packets may change.
lost() { # SYN-RETRANS DROP MS
	local script="@wire bind wire:drop-$2 syn | age:$3 wire:pass | accept | linger0:c close:c rst:s close:s"
	# shellcheck disable=SC2016
	still_ends "$script" 3 '$s.retrans_segs >= 0' "lost"
	jq -se --argjson n "$1" '[.[] | select(.event == "conn" and .role == "client")] | length == 3 and all(.[]; .syn_retrans == $n and .retrans_segs == $n)' \
		"$T/conn.out" > /dev/null || fail "clients that sent their SYN again $1 times: $(grep '"conn"' "$T/conn.out")"
}

@test "wire_netem: a lost SYN, two, a lost SYN-ACK: the first and the third second, apart" {
	local linear=/proc/sys/net/ipv4/tcp_syn_linear_timeouts
	# Each wait twice the one before, as it was before 6.5.
	! in_ns test -e $linear || ns_sysctl net.ipv4.tcp_syn_linear_timeouts=0
	trace all -w "$T/all.twr" count 1
	lost 1 c 100
	rm "$T"/{load,conn}.in
	lost 2 c 1500
	trace_stop all
	run -0 "$TWTRACE" -q -r "$T/all.twr" hist -j --by syn-retrans connect
	jq -se 'map(select(.event == "hist") | {key: .key, value: {n: .count, min: .min_ns, max: .max_ns}}) | from_entries
		| ."1".n == 3 and ."2".n == 3 and ."1".min >= 900000000 and ."2".min >= 2900000000 and ."1".max < ."2".min' <<< "$output" > /dev/null ||
		fail "$output"
	rm "$T"/{load,conn}.in
	lost 1 s 100
	jq -se '[.[] | select(.event == "conn" and .role == "server")] | length == 3 and all(.[]; .syn_retrans >= 1)' "$T/conn.out" > /dev/null ||
		fail "servers: $(grep '"conn"' "$T/conn.out")"
}

@test "wire_netem: refused, timed out and reset connections have what is known of them" {
	in_ns tc qdisc add dev lo root netem delay 20ms limit 10000
	ns_sysctl net.ipv4.tcp_syn_retries=1
	! in_ns test -e /proc/sys/net/ipv4/tcp_syn_linear_timeouts || ns_sysctl net.ipv4.tcp_syn_linear_timeouts=0
	trace conn conn -j --at close
	mapfile -t args < <(each_family 1 refused linger0 connect-timeout)
	work load "${args[@]}"
	wait_matches conn '"close":"connect-timeout"' 3
	wait_matches conn '"close":"reset"' 3
	trace_stop conn
	jq -se 'map(select(.event == "conn")) | group_by(.close) | map({key: .[0].close, value: .}) | from_entries
		| (.refused | length == 3 and all(.[]; .syn_retrans == 0 and .segs_out == 1 and .segs_in == 1 and .srtt_us == null and .bytes_sent == 0))
		and (."connect-timeout" | length == 3 and all(.[]; .syn_retrans == 1 and .retrans_segs == 1 and .segs_out == 2 and .segs_in == 0 and .srtt_us == null))
		and (.abort + .reset | length == 6 and all(.[]; .syn_retrans == 0 and .min_rtt_us >= 40000 and .mss > 0 and .bytes_sent == 0))' \
		"$T/conn.out" > /dev/null || fail "$(grep '"conn"' "$T/conn.out")"
	work_end load
}
