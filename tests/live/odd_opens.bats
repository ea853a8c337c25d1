#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Connections that begin in odd ways: put off by Fast Open, or never past their SYN, by the hundred thousand.
load ../lib/live

proof_line() { # NAME COUNTER: "ours kernel" of its summary
	summary_of "$1" | jq -r --arg name "$2" '.proof[] | select(.name == $name) | "\(.ours) \(.kernel)"'
}

@test "fastopen: connect() put off and never sent is no ActiveOpen, and is cancelled" {
	ns_sysctl net.ipv4.tcp_fastopen=3
	local f kinds
	for f in 4 6; do
		trace stream$f -w "$T/$f.twr" stream -j
		trace conn$f conn -j --at close
		in_ns "$TOOLS/fastopen" "-$f" "$COUNT" > "$T/work.out"
		wait_matches conn$f '"close":"passive"' $((COUNT + 1))
		trace_stop stream$f
		trace_stop conn$f
		# The one that fetched the cookie, and those with data: those put off sent nothing.
		assert_eq "$(proof_line stream$f ActiveOpens)" "$((COUNT + 1)) $((COUNT + 1))" "ActiveOpens, ours and the kernel's, IPv$f"
		assert_eq "$(proof_line stream$f PassiveOpens)" "$((COUNT + 1)) $((COUNT + 1))" "PassiveOpens, IPv$f"
		kinds=$(jq -sc --slurpfile work "$T/work.out" '
			(map(select(.event == "conn")) | map({key: (.cookie | tostring), value: .close}) | from_entries) as $close
			| $work | map(select(.event == "conn")) | group_by(.kind)
			| map({key: .[0].kind, value: (map($close[.cookie | tostring]) | group_by(.) | map({(.[0] // "none"): length}) | add)})
			| from_entries' "$T/conn$f.out")
		assert_json_eq "$kinds" "{\"cookie\":{\"active\":1},\"put-off\":{\"connect-cancelled\":$COUNT},\"with-data\":{\"active\":$COUNT}}" \
			"verdicts, IPv$f"
		# A recording keeps what tells them apart.
		run -0 "$TWTRACE" -q -r "$T/$f.twr" stream -j
		assert_eq "$(jq -r '.proof[]? | select(.name == "ActiveOpens") | .ours' <<< "${lines[-1]}")" $((COUNT + 1)) "replayed, IPv$f"
	done
}

# Answers go to a device that nobody reads.
flood_device() {
	in_ns ip tuntap add dev flood mode tun
	in_ns ip addr add 10.0.0.1/32 dev lo
	in_ns ip link set flood up
	in_ns ip route add 10.64.0.0/10 dev flood
}

# More than a processor counts by itself: some are counted together.
@test "flood: half-open connections to 200 ports, each as in ss" {
	local by_port='map(select(.counts.SYN_RECV > 0) | {key: (.key | tostring), value: .counts.SYN_RECV}) | from_entries'
	flood_device
	job flood nsenter --net="/run/netns/$NS" -- "$TOOLS/synflood" 10.0.0.1 64 600 600 200
	job_wait_line flood out '"event":"ready"'
	trace early count -j -i 0.1
	trace ports count -j --by lport -i 0.1
	job_line flood
	job_wait_line flood out '"sent":600}'
	assert_counts_as_ss early "after the SYNs"
	assert_eq "$(counter "$(count_last early)" SYN_RECV)" 600 "SYN_RECV"
	next_lines ports 410
	assert_json_eq "$(tail -n 650 "$T/ports.out" | jq -s "[group_by(.ts_ns)[]] | .[-2] | $by_port")" \
		"$(ss -tanH -N "$NS" state syn-recv | awk '{ sub(/.*:/, "", $3); n[$3]++ } END { for (p in n) print p, n[p] }' |
			jq -Rn '[inputs | split(" ") | {key: .[0], value: (.[1] | tonumber)}] | from_entries')" "by port"
	job_line flood
	job_wait flood
	assert_counts_as_ss early "the listeners are gone"
	trace_stop ports
	trace_stop early
}

@test "flood: SYNs from 65,536 sources: SYN_RECV as in ss, no event in the ring, none lost" {
	local syns=300000 backlog=4096 most
	[[ -z ${TWT_GUEST:-} ]] || syns=30000		# an emulated processor takes its time
	flood_device
	ns_sysctl net.core.somaxconn=$backlog net.ipv4.tcp_max_syn_backlog=$((2 * backlog)) net.ipv4.tcp_syncookies=1
	job flood nsenter --net="/run/netns/$NS" -- "$TOOLS/synflood" 10.0.0.1 $backlog $syns 65536
	job_wait_line flood out '"event":"ready"'
	trace count -w "$T/flood.twr" count -j -i 0.1
	job_line flood
	job_wait_line flood out "\"sent\":$syns}"
	assert_counts_as_ss count "after the flood"
	# The queue is full with one more than its length. After some seconds the kernel gives up half of them.
	most=$(jq -s 'map(.counts.SYN_RECV // 0) | max' "$T/count.out")
	assert_eq "$most" $((backlog + 1)) "SYN_RECV at most"
	job_line flood
	job_wait flood
	assert_counts_as_ss count "the listener is gone"
	trace_stop count		# and nothing was lost
	# Kinds 1 to 9 are what the kernel pushes as it happens: the end of the listener alone.
	zcat "$T/flood.twr" | "$TOOLS/evcount" > "$T/kinds"
	awk '$1 <= 9 { n += $2 } END { exit n > 2 }' "$T/kinds" || fail "events of the flood in the ring (kind, how many): $(tr '\n' ';' < "$T/kinds")"
}
