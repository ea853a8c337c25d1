#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Histograms against delays that the driver measured itself, on the clock that the tracer uses.
load ../lib/live

delaywork() { in_ns "$TOOLS/delaywork" "$@" > "$T/delay.out"; }

# The median of what each phase lasted lies between the medians of the driver's bounds, and all of them were counted. The
# histogram may say 1/4096 more than the truth.
assert_bounds() { # NAME SIDE PHASE...
	local name=$1 side=$2 wrong
	shift 2
	wrong=$(jq -sc --arg side "$side" --slurpfile hist "$T/$name.out" '
		def median: sort | .[(length + 1) / 2 - 1 | floor];
		. as $all | $ARGS.positional[] as $phase
		| ($all | map(select(.phase == $phase and .side == $side))) as $want
		| ($hist | map(select(.event == "hist" and .phase == $phase)) | last) as $got
		| {$phase, want: ($want | length), lo: ($want | map(.lo_ns) | median), hi: ($want | map(.hi_ns) | median),
		   got: $got.count, p50: $got.percentiles_ns.p50, began_before: $got.began_before, lost: $got.lost}
		| select((.want > 0 and .got == .want and .p50 >= .lo and .p50 <= .hi * (1 + 1 / 4096)
			and .began_before == 0 and .lost == 0) | not)' "$T/delay.out" --args "$@") || fail "jq failed" || return 1
	[[ -z $wrong ]] || fail "phases of the $side are not within their bounds: $wrong"
}

@test "hist: the median of each phase lies within the bounds that the driver measured" {
	trace client hist -j -D 8800 all
	trace server hist -j -L 8800 all
	delaywork "$COUNT" 50 200
	trace_stop client
	trace_stop server
	assert_bounds client client connect established fin-wait1 fin-wait2 close
	assert_bounds server server handshake established close-wait last-ack close life
	# The other side's phases, and those that nothing went through.
	assert_jq "$T/client.out" 'map(select(.event == "hist" and (.phase | IN("handshake", "closing", "close-wait", "last-ack"))))
		| length == 4 and all(.[]; .count == 0 and .percentiles_ns.p50 == null)' "the client's other phases"
	assert_jq "$T/server.out" 'map(select(.event == "hist" and (.phase | IN("connect", "closing", "fin-wait1", "fin-wait2", "time-wait"))))
		| length == 5 and all(.[]; .count == 0 and .open == 0)' "the server's other phases"
	# TIME_WAIT is not over.
	assert_jq "$T/client.out" "map(select(.phase == \"time-wait\")) | .[0].count == 0 and .[0].open == $COUNT" "open TIME_WAITs"
	# count, sum and buckets say the same.
	assert_jq "$T/client.out" 'all(.[] | select(.event == "hist");
		(.buckets | map(.count) | add // 0) == .count and
		(.count == 0 or (.sum_ns / .count - .mean_ns | fabs) < 1) and
		(.count == 0 or (.buckets[0].from <= .min_ns and .buckets[-1].to >= .max_ns)))' "buckets"
}

@test "hist: a listener whose accept queue is full makes connect slow" {
	trace client hist -j -D 8800 connect
	delaywork --slow-accept 300 "$COUNT" 20 20
	trace_stop client
	# One more connection filled the queue, at once.
	jq -c 'if .event == "hist" then .count -= 1 else . end' "$T/client.out" > "$T/minus-one.out"
	assert_bounds minus-one client connect
	assert_jq "$T/client.out" '.[0].count == $n + 1 and .[0].min_ns < 900000000 and .[0].percentiles_ns.p50 > 900000000' "SYNs that came again"
}

@test "hist: ages of the connections that are in CLOSE_WAIT" {
	trace ages hist -j --live close-wait 0.2
	job load nsenter --net="/run/netns/$NS" -- "$TOOLS/delaywork" --hold "$COUNT" 0 0
	job_wait_line load out '"close-wait"'
	next_lines ages 2
	cp "$T/ages.out" "$T/held.out"
	job_line load
	job_wait load
	assert_eq "${JOB_STATUS[load]}" 0 "the driver's exit status"
	next_lines ages 2
	trace_stop ages
	assert_jq "$T/held.out" '
		($load | map(select(.event == "close-wait"))[0]) as $at | last
		| .event == "hist" and .ages and .phase == "CLOSE_WAIT" and .count == $n
		and .max_ns <= .ts_ns - $at.lo_ts and .min_ns >= .ts_ns - $at.hi_ts' "ages while they wait" --slurpfile load "$T/load.out"
	assert_jq "$T/ages.out" 'map(select(.event == "hist")) | last | .count == 0' "none afterwards"
}

@test "hist: what began before the tracer is counted and left out" {
	job load nsenter --net="/run/netns/$NS" -- "$TOOLS/delaywork" --hold "$COUNT" 0 100
	job_wait_line load out '"close-wait"'
	trace server hist -j -L 8800 established close-wait last-ack close life
	job_line load
	job_wait load
	trace_stop server
	assert_jq "$T/server.out" 'map(select(.event == "hist")) | map({key: .phase, value: .}) | from_entries
		| (.["close-wait"], .close, .life | .count == 0 and .began_before == $n), (.["last-ack"] | .count == $n and .began_before == 0),
		  (.established | .count == 0 and .began_before == 0) | . == true' "what is known"
}

@test "hist: intervals, their count, and all of them as one" {
	local rc=0
	timeout "$PATIENCE" "$TWTRACE" -q -N "$NS" hist -j connect 0.1 3 > "$T/three.out" || rc=$?
	assert_eq "$rc" 0 "exit code"
	assert_jq "$T/three.out" 'map(select(.event == "hist")) | length == 3 and all(.[]; .window_ns == 100000000)
		and .[1].ts_ns - .[0].ts_ns == 100000000' "three intervals"

	trace parts hist -j connect 0.1
	trace sums hist -j --cumulative connect 0.1
	delaywork "$COUNT" 120 0
	delaywork "$COUNT" 120 0
	next_lines parts 2
	trace_stop parts
	trace_stop sums
	assert_jq "$T/parts.out" 'map(select(.event == "hist").count) | add == 2 * $n and (map(select(. > 0)) | length) >= 2' "parts"
	assert_jq "$T/sums.out" 'map(select(.event == "hist").count) | . == sort and last == 2 * $n' "sums"
}

@test "hist: groups" {
	trace comm hist -j --by comm connect close-wait
	trace kind hist -j --by closekind established
	delaywork "$COUNT" 10 10
	trace_stop comm
	trace_stop kind
	assert_jq "$T/comm.out" 'map(select(.event == "hist")) | length == 2 and all(.[]; .by == "comm" and .key == "delaywork" and .count == $n)' "by name"
	assert_jq "$T/kind.out" 'map(select(.event == "hist")) | map({key, value: .count}) | from_entries
		== {active: $n, passive: $n}' "by kind of close: each end's"
}

@test "hist: a recording gives what the live run gave, compares with itself, and reads back as percentile text" {
	COUNT=23	# percentiles need some
	trace live -w "$T/rec" hist -j all
	delaywork "$COUNT" 30 60
	trace_stop live
	"$TWTRACE" -q -r "$T/rec" hist -j all > "$T/replay.out"
	diff <(jq -cS 'select(.event == "hist")' "$T/live.out") <(jq -cS 'select(.event == "hist")' "$T/replay.out")

	"$TWTRACE" -q hist -j --compare "$T/rec" "$T/rec" > "$T/compare.out"
	assert_jq "$T/compare.out" '
		($live | map(select(.event == "hist")) | map({key: .phase, value: .}) | from_entries) as $l
		| length == 5 and all(.[]; .a.count == $l[.phase].count and .b.count == .a.count and
			(.a.count == 0 or (.a.percentiles_ns == $l[.phase].percentiles_ns and .ratio.p50 == 1 and .ratio.max == 1)))' "with itself" --slurpfile live "$T/live.out"

	# An independent reader: awk. Values rise, percentiles and totals belong together, and agree with the JSON.
	"$TWTRACE" -q -r "$T/rec" hist --hgrm --unit us close-wait > "$T/hgrm"
	jq -r 'select(.phase == "close-wait") | "\(.count) \(.max_ns / 1000) \(.percentiles_ns.p50 / 1000)"' "$T/replay.out" > "$T/want"
	awk 'NR == FNR { count = $1; max = $2; p50 = $3; next }
		FNR == 1 { if ($0 !~ /Value +Percentile +TotalCount +1\/\(1-Percentile\)/) bad = "header"; next }
		/^#\[Max/ { gsub(/[],=]/, " "); if ($2 - max > 0.001 || max - $2 > 0.001 || $5 != count) bad = "trailer " $0; next }
		/^#/ || NF == 0 { next }
		NF != 4 { bad = "fields in line " FNR; next }
		{ if ($1 < value || $2 <= percentile || $3 < total) bad = "order in line " FNR
		  if ($3 < $2 * count - 0.001) bad = "total in line " FNR
		  if ($2 < 1 && ($4 < 0.98 / (1 - $2) || $4 > 1.02 / (1 - $2))) bad = "odds in line " FNR
		  if ($2 == 0.5 && ($1 - p50 > 0.001 || p50 - $1 > 0.001)) bad = "median " $1 " instead of " p50
		  value = $1; percentile = $2; total = $3; lines++ }
		END { if (total != count || percentile != 1 || lines < 5) bad = "end: " total " of " count ", " lines " lines"
		      if (bad) { print bad; exit 1 } }' FS=' ' percentile=-1 "$T/want" "$T/hgrm" || fail "$(cat "$T/hgrm")"

	"$TWTRACE" -q -r "$T/rec" hist --csv connect close-wait > "$T/csv"
	assert_eq "$(awk -F, 'NR > 1 { print $3, $6 }' "$T/csv")" "connect $COUNT"$'\n'"close-wait $COUNT" "phases and counts in CSV"
	assert_eq "$(awk -F, '{ print NF }' "$T/csv" | sort -u)" 18 "fields in each line of CSV"
}

@test "hist: all of 120 TIME_WAITs lie between 60 and 62.1 seconds" {
	trace tw hist -j --by end --cumulative time-wait 1
	delaywork 120 0 20
	wait_matches tw '"key":"expired","count":120,' 1 100
	trace_stop tw
	assert_jq "$T/tw.out" 'map(select(.event == "hist" and .key == "expired")) | last
		| .count == 120 and .lost == 0 and .began_before == 0
		and .min_ns >= 60000000000 - (if .reconstructed > 0 then 10000000 else 0 end) and .max_ns <= $max' "120 TIME_WAITs" --argjson max "$(longest_ns)"
}
