#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the wire did, where single packets are lost by the driver between two TUN devices (tests/tools/wire.h). Delays and rates of loss are
# netem's: tests/vm/wire_netem.bats.
load ../lib/live
load ../lib/wire

# Data both ways, then nothing moves; then a reset, which leaves everything as it was.
STILL_SCRIPT="connect accept | pour:c pour:s | linger0:c close:c rst:s close:s"

# "N STATE" of the namespace's connections, as ss says.
ss_states() {
	ss -tanH -N "$NS" | awk '$1 != "LISTEN" { sub(/^ESTAB$/, "ESTABLISHED", $1); sub(/^FIN-WAIT-/, "FIN_WAIT", $1); gsub("-", "_", $1); print $1 }' | sort |
		uniq -c | sed 's/^ *//'
}

# How long a program of tracer NAME is, as the kernel runs it: what was left out of it is not there.
program_bytes() { # NAME PROGRAM
	bpftool -j prog show | jq --arg name "$2" --slurpfile ids <(awk '/^prog_id:/ { print $2 }' "/proc/${JOB_PID[$1]}/fdinfo/"*) \
		'[.[] | select((.id | IN($ids[])) and .name == $name)][0].bytes_xlated // 0'
}

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
	# A lost SYN-ACK is sent again by its timer, which the kernel counts: until then no second SYN asks for it.
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

@test "wire: connections that live and those that end say what ss says" {
	in_ns ip link set lo mtu 1500
	trace conn conn -j --at close
	work_start load --pause -4 "$STILL_SCRIPT" 2 -6 "$STILL_SCRIPT" 2 -m "$STILL_SCRIPT" 2
	work_phase load 1
	job_line load
	work_phase load 2
	ss_wire established > "$T/ss"
	assert_eq "$(wc -l < "$T/ss")" 12 "both ends of six connections"
	run -0 "$TWTRACE" -q -N "$NS" conn --live -j
	echo "$output" > "$T/live"
	# shellcheck disable=SC2016 # jq's
	wire_is_ss "$T/live" "$T/ss" "$STILL and is(\"segs_in\") and \$t.state == \"ESTABLISHED\"" "while they live"
	job_line load
	wait_matches conn '"close":"reset"' 6
	trace_stop conn
	wire_is_ss "$T/conn.out" "$T/ss" "$STILL and \$t.segs_in == \$s.segs_in + (if \$t.role == \"server\" then 1 else 0 end)" "at the end"
	work_end load
}

@test "wire: conn --live lists what is not over: as ss, live and from a recording, through filters" {
	work_start before -4 hold-established 3 hold-close-wait 3
	job_wait_line before out '"done":true'
	job list "$TWTRACE" -N "$NS" -w "$T/all.twr" conn --live -j
	job_wait list
	# It looks, and is attached to nothing that happens.
	assert_eq "$(zcat "$T/all.twr" | head -c 4096 | grep -a '^hook\..*=yes' | sort | tr '\n' ' ')" "hook.iter_task_file=yes hook.iter_tcp=yes " "its hooks"
	assert_eq "$(cat "$T/list.err")" "" "no account of a run"
	job rec "$TWTRACE" -N "$NS" -w "$T/while.twr" -d 100 conn --live -j
	job_wait_line rec err '^Tracing'
	work after -6 hold-established 3 hold-time-wait 3 -m client-first 3
	job_stop rec
	ss_states > "$T/ss"
	# At once, what was there (FIN_WAIT2 is a minisock by then); at its end, what came meanwhile too. Owners and beginnings are known of what it saw.
	assert_jq "$T/list.out" '[.[] | select(.event == "conn")] | length == 12 and all(.[]; .began_before and .close != "unknown"
		and (if .state == "FIN_WAIT2" then .srtt_us == null else .srtt_us > 0 and .owner_comm == "tcpwork" end)) and (group_by(.state) | map({(.[0].state): length}) | add)
		== {"ESTABLISHED": 6, "CLOSE_WAIT": 3, "FIN_WAIT2": 3}' "what was there"
	jq -r 'select(.event == "conn") | .state' "$T/rec.out" | sort | uniq -c | sed 's/^ *//' > "$T/states"
	diff "$T/ss" "$T/states"
	assert_jq "$T/rec.out" '[.[] | select(.event == "conn" and .family == 6 and .state == "ESTABLISHED")] | length == 6
		and all(.[]; .syn_retrans == 0 and .srtt_us > 0 and .in_state_ns > 0 and .states.ESTABLISHED == .in_state_ns)' "what came"
	run -0 "$TWTRACE" -q -r "$T/while.twr" conn --live -j
	assert_eq "$(grep -c '"event":"conn"' <<< "$output")" "$(grep -c '"event":"conn"' "$T/rec.out")" "from a recording"
	run -0 "$TWTRACE" -q -r "$T/while.twr" conn -j --live --at close
	jq -se 'map(select(.event == "conn")) | any(.[]; .state == "ESTABLISHED") and all(.[]; .state != "TIME_WAIT")' <<< "$output" > /dev/null || fail "$output"
	run -0 "$TWTRACE" -q -N "$NS" conn -H --live --state close-wait
	assert_eq "$(grep -c ' CLOSE_WAIT ' <<< "$output") $(wc -l <<< "$output")" "3 3" "one state"
	run -0 "$TWTRACE" -q -N "$NS" --live conn -H -6 --slower established=3600s
	assert_eq "$output" "" "none is that old"
	work_end before
	work_end after
}

@test "wire: closers have it where it is asked for, and only there do the programs" {
	local asked plain
	trace plain closers -j 0.1
	trace wide closers -j --wide 0.1
	plain=$(program_bytes plain set_state)
	asked=$(program_bytes wide set_state)
	((plain > 0 && plain < asked)) || fail "set_state: $plain bytes without it, $asked with it"
	trace dests closers --by raddr:rport -j 0.1
	assert_eq "$(program_bytes dests set_state)" "$asked" "bytes of the program with --by raddr:rport"
	trace count count -j 0.1
	((($(program_bytes count set_state)) < plain)) || fail "count has more in its program than closers"
	work load -4 client-first 23 -6 client-first 23
	wait_matches wide '"closed":92,.*"wire_connections":92,' 1
	wait_matches dests '"rport":[1-9][0-9]*,.*"wire_connections":23,' 2
	wait_matches plain '"closed":92,.*"wire_connections":null,' 1
	assert_jq "$T/wide.out" '[.[] | select(.event == "closers")][-1] | .segs_out > 92 and .retrans_segs == 0 and .retrans_share == 0 and .rtt_p50_us > 0' "wide"
	trace_stop plain
	trace_stop wide
	trace_stop dests
	trace_stop count
	work_end load
}

# What readers of 0.1.0 take of a recording of today, and what its recordings have.
@test "wire: recordings with and without it are the same but for that" {
	local rec c
	rec=$(realpath "$LIB/../golden/live/dests.twr")
	zcat "$rec" > "$T/with"
	"$TOOLS/strip" --wire < "$T/with" > "$T/without"
	(($(stat -c %s "$T/without") < $(stat -c %s "$T/with"))) || fail "nothing was stripped"
	for c in "stream -j" "count -j 1" "count --by lport 1" "conn" "closers 1" "hist all" "hist -j --by raddr all"; do
		# shellcheck disable=SC2086	# words
		cmp <("$TWTRACE" -q -r "$T/with" $c) <("$TWTRACE" -q -r "$T/without" $c)
	done
	"$TWTRACE" -q -r "$T/without" conn -j --live > "$T/without.out"
	assert_jq "$T/without.out" 'map(select(.event == "conn")) | length > 50 and all(.[]; .srtt_us == null and .segs_out == null)' "without"
	"$TWTRACE" -q -r "$T/with" conn -j --live > "$T/with.out"
	assert_jq "$T/with.out" 'map(select(.event == "conn" and .state == "TIME_WAIT")) | length > 50 and all(.[]; .srtt_us > 0 and .segs_out > 0)' "with"
}
