#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Two hosts with a link of known length between them (netem): the two ends of each connection are joined, and what a FIN takes is what netem says.
load ../lib/live
load ../lib/twins

@test "pairs_netem: 15 ms each way: all joined, delays are netem's" {
	twins_new 15ms
	twins_talk 40
	"$TWTRACE" -q -r "$T/near.twr" -r "$T/far.twr" conn --pairs -j > "$T/pairs"
	assert_jq "$T/pairs" 'map(select(.event == "pairs"))[0] | .joined == 40 and .alone == 0' "all joined"
	# A guest's processor may be late by any amount, and then so is the packet: never earlier than netem, never later than the driver saw it. Some are in time, to within a millisecond.
	local delays wrong
	delays=$(jq -c 'select(.event == "pair") | [.fin_ns, .fin_back_ns, .ack_ns]' "$T/pairs" | sort | tr '\n' ' ')
	wrong=$(jq -cn --slurpfile ev "$T/pairs" --slurpfile work "$T/twins" '
		($work | map(select(.event == "conn") | {key: (.cport | tostring), value: .}) | from_entries) as $by
		| ($ev | map(select(.event == "pair"))) as $pairs
		| def early: any(.[]; . < 15000000);
		  if ($pairs | map(.fin_ns | values) | length != 20 or early) then "FINs" elif ($pairs | map(.ack_ns) | length != 40 or early) then "ACKs"
		  elif ($pairs | map(.fin_back_ns | values) | early) then "the other FINs"
		  elif ($pairs | map(.fin_ns, .fin_back_ns | values) | min >= 16000000) then "none within a millisecond of netem"
		  else [$pairs[] | select(.fin_ns != null and .fin_ns > $by[.client_port | tostring].took_ns)][:2][] end') || return
	[[ -z $wrong ]] || fail "wrong: $wrong, of $delays"
	# One clock: half of what the least delays differ by.
	assert_jq "$T/pairs" 'map(select(.event == "pairs"))[0].clocks | length == 1 and (.[0].b_ahead_ns | . == null or fabs < 1000000)' "clocks"
}
