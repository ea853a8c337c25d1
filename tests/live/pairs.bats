#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Recordings of two hosts at once: told apart, in order, and the two ends of each connection joined.
load ../lib/live
load ../lib/twins

# What the driver did is what each pair says.
pairs_are_right() { # FILE COUNT
	local wrong
	wrong=$(jq -cn --slurpfile ev "$1" --slurpfile work "$T/twins" --argjson n "$2" '
		($ev | map(select(.event == "pair"))) as $pairs | ($work | map(select(.event == "conn"))) as $done
		| ($pairs | map({key: (.client_port | tostring), value: .}) | from_entries) as $by
		| if ($pairs | length) != $n or ($done | length) != $n then "\($pairs | length) pairs of \($done | length) connections" else
		  [$done[] | . as $d | $by[.cport | tostring] as $p
		   | select(($p != null and $p.first == $d.first and $p.agree and $p.roles_known and $p.client_host == "near" and $p.server_host == "far"
			and $p.server_port == 7001 and $p.client_netns != $p.server_netns and $p.ack_ns > 0
			and ([$p.client_close, $p.server_close] | if $d.first == "client" then . else reverse end)
			    == (if $d.aborts then ["abort", "reset"] else ["active", "passive"] end)
			and (if $d.aborts then $p.fin_ns == null else $p.fin_ns > 0 and $p.fin_ns < $d.took_ns end)) | not)
		   | {done: $d, pair: $p}] | .[:2][] end') || return
	[[ -z $wrong ]] || fail "wrong are, for example"$'\n'"$wrong"
	assert_jq "$1" "map(select(.event == \"pairs\")) | length == 1 and (.[0] | .joined == $2 and .alone == 0 and .far == 0 and .dropped == 0)" "totals"
}

@test "pairs: both ends of each connection between two hosts" {
	twins_new
	twins_talk 23
	"$TWTRACE" -q -r "$T/near.twr" -r "$T/far.twr" conn --pairs -j > "$T/pairs"
	pairs_are_right "$T/pairs" 23
	# One clock, whatever the recordings say: no disagreement to speak of.
	assert_jq "$T/pairs" 'map(select(.event == "pairs"))[0].clocks | length == 1 and (.[0] | .a == "near" and .b == "far"
		and (.b_ahead_ns == null or (.b_ahead_ns | fabs < 1000000)))' "clocks"
	# The order of the files decides nothing but how they are numbered.
	"$TWTRACE" -q -r "$T/far.twr" -r "$T/near.twr" conn --pairs -j > "$T/other"
	diff <(grep '"event":"pair"' "$T/pairs" | sort) <(grep '"event":"pair"' "$T/other" | sort)
	# In text, and by --fields; filters are those of either end.
	"$TWTRACE" -q -r "$T/near.twr" -r "$T/far.twr" conn --pairs > "$T/text"
	(($(grep -c ' 10.3.0.1 .* 10.3.0.2 ' "$T/text") == 23)) && grep -q '^23 pairs; 0 ends alone.$' "$T/text" || fail "$(cat "$T/text")"
	run -0 "$TWTRACE" -q -r "$T/near.twr" -r "$T/far.twr" conn --pairs -H --fields client_host,first,server_host -L 7001
	(($(grep -cE '^near +(client|server) +far$' <<< "$output") == 23)) || fail "$output"
}

@test "pairs: one recording alone, and loopback's both ends in one" {
	ns_new
	trace rec -w "$T/lo.twr" count
	work load client-first 7 server-first 7 linger0 7
	trace_stop rec
	"$TWTRACE" -q -r "$T/lo.twr" conn --pairs -j > "$T/pairs"
	assert_jq "$T/pairs" 'map(select(.event == "pair")) | length == 21 and all(.[]; .agree and .client_netns == .server_netns and .ack_ns >= 0)
		and (map(.first) | sort | group_by(.) | map(length)) == [14, 7]' "pairs"
	assert_jq "$T/pairs" 'map(select(.event == "pairs"))[0] | .joined == 21 and .alone == 0 and .clocks == []' "totals"
	work_end load
}

@test "pairs: who is not recorded is alone, and loopbacks of two hosts never meet" {
	twins_new
	twins_talk 5
	"$TWTRACE" -q -r "$T/near.twr" conn --pairs -j > "$T/pairs"
	assert_jq "$T/pairs" 'map(select(.event == "pair")) == [] and (map(select(.event == "pairs"))[0] | .joined == 0 and .alone == 5)' "one side"
}

@test "pairs: several recordings in the order of the wall clock, each line with its host" {
	twins_new
	twins_talk 9
	"$TWTRACE" -q -r "$T/near.twr" -r "$T/far.twr" stream -j > "$T/both"
	assert_jq "$T/both" 'map(select(.event == "transition")) | (map(.host) | unique) == ["far", "near"]
		and ([.[] | .time | .[11:19] + .[19:29]] | . as $t | [range(1; length) | select($t[.] < $t[. - 1])] | length < ($t | length) / 4)' "hosts, order"
	# What each says alone is what both say together.
	local host
	for host in near far; do
		diff <("$TWTRACE" -q -r "$T/$host.twr" stream -j | jq -cS .) <(jq -cS "select(.host == \"$host\") | del(.host)" "$T/both")
		diff <("$TWTRACE" -q -r "$T/$host.twr" closers -j 1000 | jq -cS .) \
			<("$TWTRACE" -q -r "$T/near.twr" -r "$T/far.twr" closers -j 1000 | jq -cS "select(.host == \"$host\") | del(.host)")
	done
	# Through pipes, too: what one has not sent yet is waited for.
	mkfifo "$T/a" "$T/b"
	zcat "$T/near.twr" > "$T/a" & zcat "$T/far.twr" > "$T/b" &
	"$TWTRACE" -q -r "$T/a" -r "$T/b" stream -j > "$T/piped"
	cmp "$T/both" "$T/piped"
}
