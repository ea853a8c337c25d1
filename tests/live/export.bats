#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What other programs read: the rules of their formats, files that are whole or not there, hostile names.
load ../lib/live

REC=$BATS_TEST_DIRNAME/../golden/synth.twr

# The rules of trace events: pairs by category and id close in the order of a stack, times never run backwards in one, every track has a name.
trace_rules() { # FILE
	jq -e '
		.traceEvents as $e
		| ([$e[] | select(.ph == "M") | .pid]) as $named
		| ($named | length == (unique | length))
		and all($e[]; .pid as $p | .ph == "M" or ($named | index($p)) != null)
		and all($e[]; .ph | IN("M", "C", "b", "e"))
		and all($e[] | select(.ph != "M"); (.ts | type) == "number" and .ts >= 0)
		and all($e[] | select(.ph == "C"); all(.args[]; type == "number"))
		and ([$e[] | select(.ph == "b" or .ph == "e")] | group_by([.cat, .id]) | all(
			reduce .[] as $x ({ok: true, stack: [], ts: 0};
				if $x.ts < .ts then .ok = false
				elif $x.ph == "b" then .stack += [$x.name] | .ts = $x.ts
				elif .stack[-1] != $x.name then .ok = false
				else .stack |= .[:-1] | .ts = $x.ts end)
			| .ok and .stack == []))' "$1" > "$T/rules" || fail "$1 breaks the rules of trace events"
}

@test "export: a trace keeps the format's rules, compressed or not, and tells every connection" {
	"$TWTRACE" -q -r "$REC" export trace -o "$T/a.json"
	"$TWTRACE" -q -r "$REC" export trace -o "$T/b.json.gz"
	"$TWTRACE" -q -r "$REC" export trace > "$T/c.json"
	gzip -dc "$T/b.json.gz" | cmp - "$T/a.json"
	cmp "$T/a.json" "$T/c.json"
	trace_rules "$T/a.json"
	# All that began, those that are not over too: none is older than this recording.
	assert_eq "$(jq '[.traceEvents[] | select(.ph == "b" and .cat == "connection" and .args)] | length' "$T/a.json")" \
		"$("$TWTRACE" -q -r "$REC" count -j 60 | jq 'select(.event == "summary") | .connections_opened')" "connections"
	# The last counter says what is there at the end.
	assert_eq "$(jq -c '[.traceEvents[] | select(.ph == "C")] | last | .args | with_entries(select(.value > 0))' "$T/a.json")" \
		"$("$TWTRACE" -q -r "$REC" count -j | jq -sc '[.[] | select(.event == "count")] | last | .counts | with_entries(select(.value > 0))')" "states"
}

@test "export: csv and ndjson have the lines of conn, live and from a recording" {
	local args
	mapfile -t args < <(each_family 5 client-first server-first linger0 refused)
	trace live -w "$T/rec" export csv -o "$T/live.csv"
	work load "${args[@]}"
	work_end load
	trace_stop live
	"$TWTRACE" -q -r "$T/rec" export csv > "$T/replay.csv"
	cmp "$T/live.csv" "$T/replay.csv"
	"$TWTRACE" -q -r "$T/rec" export ndjson --fields cookie,laddr,lport,close,life_ns > "$T/nd"
	"$TWTRACE" -q -r "$T/rec" conn -j | jq -c 'select(.event == "conn") | {cookie, laddr, lport, close, life_ns}' | cmp - "$T/nd"
	python3 - "$T/replay.csv" "$T/nd" <<-'END'
		import csv, json, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline='')))
		lines = [json.loads(line) for line in open(sys.argv[2])]
		assert len(rows) == len(lines) >= 40, (len(rows), len(lines))
		for row, line in zip(rows, lines):
		    for key, value in line.items():
		        assert row[key] == ('' if value is None else str(value)), (key, row[key], value)
	END
}

@test "export: names that are formulas, quotes or control characters stay text" {
	# shellcheck disable=SC2016
	local name=$'=A1,"\e[31m'
	cp "$TOOLS/tcpwork" "$T/$name"
	trace live -w "$T/rec" export csv --fields owner_comm,lport
	(cd "$T" && PATH=$T:$PATH in_ns "./$name" client-first 3 > /dev/null)
	trace_stop live
	LC_ALL=C grep -qF "\"'=A1,\"\"?[31m\"," "$T/live.out" || fail "$(cat -v "$T/live.out")"
	run ! grep -q $'\e' "$T/live.out"
	"$TWTRACE" -q -r "$T/rec" export trace -o "$T/t.json"
	trace_rules "$T/t.json"
	jq -e --arg n "$name" 'any(.traceEvents[]; .ph == "M" and .args.name == $n)' "$T/t.json"
}

@test "export: a file is whole or not there" {
	echo before > "$T/out.csv"
	# No recording: what was there stays.
	run -1 "$TWTRACE" -q -r "$T/missing" export csv -o "$T/out.csv"
	run -1 "$TWTRACE" -q -r "$BATS_TEST_DIRNAME/../golden/bad/not-a-recording" export csv -o "$T/out.csv"
	assert_eq "$(cat "$T/out.csv")" before "the file of before"
	run -1 "$TWTRACE" -q -r "$REC" export csv -o "$T/no/such/folder.csv"
	[[ $output == *"cannot write $T/no/such/folder.csv"* ]] || fail "$output"
	run -1 "$TWTRACE" -q -r "$REC" export csv -o /dev/full
	run -0 "$TWTRACE" -q -r "$REC" export csv -o "$T/out.csv"
	(($(wc -l < "$T/out.csv") > 50)) || fail "only $(wc -l < "$T/out.csv") lines"
	assert_eq "$(stat -c %a "$T/out.csv")" "$(printf '%o' $((0666 & ~0$(umask))))" "mode"
	assert_eq "$(find "$T" -name '*.part-*')" "" "what is left over"
}
