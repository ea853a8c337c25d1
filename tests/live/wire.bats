#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the wire did, where single packets are lost by the driver between two TUN devices (tests/tools/wire.h). Delays and rates of loss are
# netem's: tests/vm/wire_netem.bats.
load ../lib/live

# ends NAME ROLE: "syn_retrans retrans_segs" of each connection of that role, sorted.
ends() {
	jq -r --arg role "$2" 'select(.event == "conn" and .role == $role) | "\(.syn_retrans) \(.retrans_segs)"' "$T/$1.out" | sort | uniq -c |
		sed 's/^ *//'
}

@test "wire: a lost SYN is the client's, a lost SYN-ACK the server's too; hist tells the seconds apart" {
	trace conn -w "$T/all.twr" conn -j --at close
	work syn -4 lost-syn 1 -6 lost-syn 1 -m lost-syn 1
	work_end syn
	work synack -4 lost-synack 1 -6 lost-synack 1 -m lost-synack 1
	mapfile -t args < <(each_family 5 client-first)
	work plain "${args[@]}"
	wait_matches conn '"close":"passive"' 21
	trace_stop conn
	# A lost SYN-ACK is sent again by its timer, and for the SYN that comes again: a second one. The kernel counts the first.
	jq -r 'select(.event == "conn" and .role == "client") | "\(.syn_retrans) \(.retrans_segs)"' "$T/conn.out" | sort | uniq -c > "$T/clients"
	assert_eq "$(awk '$2 == 0 { n += $1 } END { print n }' "$T/clients")" 15 "clients whose SYN arrived ($(< "$T/clients"))"
	assert_eq "$(awk '$2 >= 1 { n += $1 } END { print n }' "$T/clients")" 6 "clients that sent it again ($(< "$T/clients"))"
	jq -se '[.[] | select(.event == "conn" and .role == "server" and .syn_retrans > 0)] | length == 3' "$T/conn.out" ||
		fail "servers whose SYN-ACK was sent again: $(ends conn server)"
	# Ages of connects: those that lost it took a second or more, and only those.
	run -0 "$TWTRACE" -q -r "$T/all.twr" hist -j --by syn-retrans connect
	jq -se 'map(select(.event == "hist") | {key: .key, n: .count, min: .min_ns}) | (map(select(.key == "0"))[0] | .n == 15)
		and (map(select(.key != "0")) | (map(.n) | add) == 6 and all(.[]; .min >= 900000000))' <<< "$output" || fail "$output"
	# Filters, live and from the recording.
	run -0 "$TWTRACE" -q -r "$T/all.twr" conn -j --at close --retrans
	assert_eq "$(grep -c '"event":"conn"' <<< "$output")" 9 "--retrans: six clients, three servers"
	run -0 "$TWTRACE" -q -r "$T/all.twr" conn -j --at close --slower connect=900ms
	assert_eq "$(grep -c '"event":"conn"' <<< "$output")" 6 "--slower connect=900ms"
	run -0 "$TWTRACE" -q -r "$T/all.twr" stream --slower connect=900ms -H
	assert_eq "$(grep -c 'SYN_SENT *-> ESTABLISHED' <<< "$output")" 6 "stream --slower"
	run -0 "$TWTRACE" -q -r "$T/all.twr" conn -j --at close --min-rtt 5000
	assert_eq "$(grep -c '"event":"conn"' <<< "$output" || true)" 0 "--min-rtt 5000"
	work_end plain
	work_end synack
}

@test "wire: refused, timed out, cancelled and reset connections have what is known of them" {
	local retrans
	ns_sysctl net.ipv4.tcp_syn_retries=1
	trace conn conn -j --at close
	mapfile -t args < <(each_family 2 refused linger0 connect-timeout)
	work load "${args[@]}"
	wait_matches conn '"close":"connect-timeout"' 6
	trace_stop conn
	assert_jq "$T/conn.out" '[.[] | select(.close == "refused")] | length == 6
		and all(.[]; .syn_retrans == 0 and .segs_out == 1 and .srtt_us == null and .bytes_sent == 0)' "refused"
	# How many SYNs that setting allows depends on the kernel (tcp_syn_linear_timeouts, 6.5): as many as its counter says.
	retrans=$(in_ns awk '$1 == "Tcp:" { if (!n) n = split($0, name); else for (i = 2; i <= n; i++) if (name[i] == "RetransSegs") print $i }' /proc/net/snmp)
	assert_jq "$T/conn.out" '[.[] | select(.close == "connect-timeout")] | length == 6
		and all(.[]; .syn_retrans >= 1 and .retrans_segs == .syn_retrans and .segs_out == .syn_retrans + 1 and .segs_in == 0 and .srtt_us == null)
		and (map(.retrans_segs) | add) == $retrans' "timed out; the kernel counted $retrans segments sent again" --argjson retrans "$retrans"
	assert_jq "$T/conn.out" '[.[] | select(.close == "reset" or .close == "abort")] | length == 12
		and all(.[]; .syn_retrans == 0 and .srtt_us > 0 and .min_rtt_us > 0 and .mss > 0 and .keepalive == false)' "reset"
	work_end load
}

@test "wire: who does not ask for it gets none" {
	trace conn conn -j --at close -w "$T/with.twr"
	trace count -w "$T/also.twr" count
	trace plain conn --at close
	mapfile -t args < <(each_family 3 client-first)
	work load "${args[@]}"
	wait_matches conn '"close":"passive"' 9
	trace_stop conn
	trace_stop count
	trace_stop plain
	# What a view does not need, its programs do not send: the columns are there in --wide and JSON alone.
	grep -q SRTT "$T/plain.out" && fail "conn without --wide has columns of the wire"
	run -0 "$TWTRACE" -q -r "$T/also.twr" conn -j --at close
	jq -se '[.[] | select(.event == "conn")] | length == 18 and all(.[]; .srtt_us > 0)' <<< "$output" || fail "a recording has it: $output"
	work_end load
}
