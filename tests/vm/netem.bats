#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Packets that are late, lost, doubled or out of order: states and verdicts stay right, durations are those of the wire.
# Single packets are lost and held by the driver between two TUN devices (tests/tools/wire.h), rates by netem on loopback.
load ../lib/live

# The transitions of each end that the driver told of, with what it was asked to do.
# shellcheck disable=SC2016
ENDS='
($ev | map(select(.event == "transition")) | group_by(.cookie) | map({key: (.[0].cookie | tostring), value: .}) | from_entries) as $by
| [$work[] | select(.event == "conn") as $c | ("c", "s") as $e | select($c[$e])
	| ($by[$c[$e].cookie | tostring] // []) as $t
	| {kind: $c.kind, family: $c.family, side: $e, states: ($t | map(.newstate) | join(" ")), tw_end: $t[-1].tw_end,
	   took: ($t | map({key: .oldstate, value: ((.in_state_ns // 0) / 1000000 | floor)}) | from_entries)}] as $ends'

# ends_are_right NAME FILTER WHAT: the jq filter must be true for every end; .took is in ms.
ends_are_right() {
	local wrong
	wrong=$(jq -cn --slurpfile ev "$T/$1.out" --slurpfile work "$T/load.out" --argjson late $((LATE_NS / 1000000)) \
		"$ENDS | if (\$ends | length) == 0 then \"no ends at all\" else [\$ends[] | select($2 | not)] | .[:3][] end") || return
	[[ -z $wrong ]] || fail "$3: wrong are, for example"$'\n'"$wrong"
}

@test "netem: 50 ms each way: handshake and close take a round trip" {
	in_ns tc qdisc add dev lo root netem delay 50ms
	trace stream stream -j
	mapfile -t args < <(each_family 7 client-first server-first)
	work load "${args[@]}"
	wait_matches stream '"newstate":"TIME_WAIT"' 42
	trace_stop stream
	# A processor that is emulated may be late by any amount, early never: netem's clock is the kernel's.
	ends_are_right stream '
		(.side == "s" or (.took.SYN_SENT | . >= 99 and . < 2000 + $late))	# the accepting socket is made by the last ACK
		and (if (.kind == "client-first") == (.side == "c") then .took.FIN_WAIT1 else .took.LAST_ACK end
			| . >= 99 and . < 2000 + $late)' "round trips"
	work_end load
}

@test "netem: loss, doubled and reordered packets: sequences, verdicts and totals stay right" {
	in_ns tc qdisc add dev lo root netem delay 10ms 8ms loss 5% duplicate 5%
	trace stream stream -j
	trace conn conn -j --at close
	mapfile -t args < <(each_family 7 client-first server-first half-close refused)
	work load "${args[@]}"
	in_ns tc qdisc del dev lo root
	# The last FINs are still on their way.
	wait_matches stream '"oldstate":"LAST_ACK","newstate":"CLOSE"' 63
	wait_matches stream '"newstate":"TIME_WAIT"' 63
	trace_stop stream
	trace_stop conn
	ends_are_right stream '
		((.kind == "server-first") == (.side == "s")) as $first
		| if .kind == "refused" then .states == "SYN_SENT CLOSE"
		  elif $first then (.states | test("^SYN_(SENT|RECV) ESTABLISHED FIN_WAIT1( FIN_WAIT2)? TIME_WAIT( CLOSE)?$"))
			and (.tw_end | . == null or . == "reset")	# a doubled FIN is answered twice, the second time to nobody
		  else .states | test("^SYN_(SENT|RECV) ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE$") end' "sequences"
	assert_jq "$T/conn.out" 'map(select(.event == "conn")) | length == 147 and (group_by(.close) | map({(.[0].close): length}) | add)
		== {"active": 63, "passive": 63, "refused": 21}' "verdicts"
	assert_jq "$T/stream.out" '.[-1].proof | length > 0 and all(.[]; .ours == .kernel)' "totals beside the kernel's counters"
	assert_jq "$T/stream.out" '.[-1].proof[] | select(.name == "TW+TWKilled") | .ours == 63' "TIME_WAITs"
	work_end load
}

# One connection of each family: the driver accepts in the order of its clients, which lost packets may change.
@test "netem: a lost SYN-ACK: SYN_SENT lasts until the SYN is sent again" {
	local script="@wire bind wire:drop-s syn | age:100 wire:pass | accept | close:c eof:s close:s"
	trace stream stream -j
	trace count count -j -i 0.1
	work_start load --pause -4 "$script" 1 -6 "$script" 1 -m "$script" 1
	work_phase load 1
	wait_matches count '"SYN_RECV":3' 1
	job_line load
	work_phase load 2
	job_line load
	work_phase load 3
	job_line load
	job_wait_line load out '"done":true'
	wait_matches stream '"newstate":"TIME_WAIT"' 3
	trace_stop stream
	trace_stop count
	ends_are_right stream '
		if .side == "c" then .states == "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT" and .took.SYN_SENT >= 900
		else .states == "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE" end' "sequences"
	work_end load
}

@test "netem: a lost FIN: FIN_WAIT2 of an orphan lasts until it is sent again" {
	local script="@wire connect accept | close:c eof:s quickack:s wire:drop-s close:s age:100 wire:pass | age:1000"
	trace stream stream -j
	work load -4 "$script" 3 -6 "$script" 3 -m "$script" 3
	wait_matches stream '"oldstate":"LAST_ACK","newstate":"CLOSE"' 9
	wait_matches stream '"newstate":"TIME_WAIT"' 9
	trace_stop stream
	ends_are_right stream '
		if .side == "c" then .states == "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT"
			and .took.FIN_WAIT2 >= 100 and .took.FIN_WAIT2 < 5000 + $late
		else .states == "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE" and .took.LAST_ACK >= 100 end' "sequences"
	work_end load
}

@test "netem: a lost final ACK: the FIN sent again restarts TIME_WAIT, which is still one" {
	# FINs go out at about 0, 0.2, 0.6 and 1.4 s; the last one's answer passes.
	local script="@wire connect accept | close:c eof:s quickack:s wire:drop-c close:s | age:900 wire:pass | age:1500"
	trace stream stream -j
	work load -4 "$script" 7
	wait_matches stream '"oldstate":"LAST_ACK","newstate":"CLOSE"' 7
	assert_eq "$(time_waits_alive)" 7 "TIME_WAITs"
	wait_matches stream '"oldstate":"TIME_WAIT","newstate":"CLOSE"' 7 100
	trace_stop stream
	ends_are_right stream '
		if .side == "s" then .states == "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE" and .took.LAST_ACK >= 900
		else .states == "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE"
			and .tw_end == "expired" and .took.TIME_WAIT >= 60900 and .took.TIME_WAIT < 66000 + $late end' "sequences"
	assert_jq "$T/stream.out" '.[-1].time_wait | .begun == 7 and .ended.expired == 7' "TIME_WAITs of the summary"
	work_end load
}
