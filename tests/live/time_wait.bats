#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# When TIME_WAIT begins and ends. The first test waits the kernel's 60 seconds out, once for all families.
load ../lib/live

@test "time_wait: begins at the peer's FIN, ends 60 s later, in each family" {
	local result
	trace stream stream -j
	trace count count -j 0.5
	work load -4 hold-time-wait "$COUNT" -6 hold-time-wait "$COUNT" -m hold-time-wait "$COUNT"
	assert_counts_as_ss count "while they wait"
	assert_eq "$(counter "$(count_last count)" TIME_WAIT)" $((3 * COUNT)) "TIME_WAITs"
	wait_matches stream '"oldstate":"TIME_WAIT","newstate":"CLOSE"' $((3 * COUNT)) 100
	assert_counts_as_ss count "afterwards"
	assert_eq "$(counter "$(count_last count)" TIME_WAIT)" 0 "TIME_WAITs left"
	assert_eq "$(time_waits_alive)" 0 "the kernel's TIME_WAITs left"
	trace_stop stream
	trace_stop count
	work_end load

	# Jiffies: a reconstructed start is right to within one, an expiry may seem early by one.
	result=$(jq -rn --slurpfile ev "$T/stream.out" --slurpfile work "$T/load.out" --argjson max "$(longest_ns)" --argjson late "$LATE_NS" --argjson n $((3 * COUNT)) '
		($ev | map(select(.event == "transition")) | group_by(.cookie)
			| map({key: (.[0].cookie | tostring), value: .}) | from_entries) as $by
		| [$work[] | select(.event == "conn") | .steps["close:s"] as $fin | $by[.c.cookie | tostring] as $t
			| ($t[] | select(.newstate == "TIME_WAIT")) as $in | ($t[] | select(.oldstate == "TIME_WAIT")) as $out
			| (if $in.reconstructed then 10000000 else 0 end) as $slack
			| {family, from: $in.oldstate, to: $out.newstate, tw_end: $out.tw_end,
			   after_fin_ns: ($in.ts_ns - $fin[0]), fin_took_ns: ($fin[1] - $fin[0]),
			   waited_ns: $out.in_state_ns, life_ns: ($out.ts_ns - $in.ts_ns), $slack}
		  ] as $all
		| ($all | map(select(.from != "FIN_WAIT2" or .to != "CLOSE" or .tw_end != "expired"
			or .after_fin_ns < -.slack or .after_fin_ns > .fin_took_ns + $late + .slack
			or .waited_ns != .life_ns
			or .waited_ns < 60000000000 - 10000000 - .slack or .waited_ns > $max + .slack))) as $bad
		| if ($all | length) == $n and $bad == [] then "ok" else ($all | length), $bad[:3][] end')
	assert_eq "$result" ok "times of TIME_WAIT (the first line says how many were seen)"
}

@test "time_wait: begun before the tracer came, ends under its eyes" {
	# An orphan in FIN_WAIT2 lives as a minisock too, for tcp_fin_timeout: short enough to wait for.
	local timeout
	for timeout in 3 20; do
		ns_sysctl net.ipv4.tcp_fin_timeout=$timeout
		work "load$timeout" -4 hold-close-wait "$COUNT" -6 hold-close-wait "$COUNT"
		trace "stream$timeout" stream -j
		# Not so short that they are gone before a tracer on a slow machine is there.
		(($(ss -tanH -N "$NS" state fin-wait-2 | wc -l) != 2 * COUNT)) || break
	done
	wait_matches "stream$timeout" '"oldstate":"FIN_WAIT2","newstate":"CLOSE"' $((2 * COUNT))
	trace_stop "stream$timeout"
	work_end "load$timeout"
}

@test "time_wait: FIN_WAIT2 of an orphan runs out without ever being TIME_WAIT" {
	ns_sysctl net.ipv4.tcp_fin_timeout=2
	trace stream stream -j
	work load -4 hold-close-wait "$COUNT" -6 hold-close-wait "$COUNT" -m hold-close-wait "$COUNT"
	wait_matches stream '"oldstate":"FIN_WAIT2","newstate":"CLOSE"' $((3 * COUNT))
	trace_stop stream
	assert_jq "$T/stream.out" 'all(.[]; .newstate != "TIME_WAIT")' "nothing was in TIME_WAIT"
	assert_jq "$T/stream.out" 'map(select(.oldstate == "FIN_WAIT2")) |
		all(.[]; .tw_end == "expired" and .in_state_ns > 1990000000 and .in_state_ns < 4500000000 + $late)' "how long they took" \
		--argjson late "$LATE_NS"
	work_end load
}

@test "time_wait: a namespace that goes away takes its TIME_WAITs along" {
	trace stream stream -j
	work load -4 client-first "$COUNT" -6 client-first "$COUNT"
	work_end load
	wait_matches stream '"newstate":"LAST_ACK"' $((2 * COUNT))
	ns_drop
	wait_matches stream '"tw_end":"purged"' $((2 * COUNT))
	trace_stop stream
}
