#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The shortest proof that it works here: also run with the sanitizers.
load ../lib/live

@test "smoke: --version and features need no traffic" {
	run -0 "$TWTRACE" --version
	[[ $output == *twtrace*libbpf* ]]
	run -0 "$TWTRACE" features
	[[ $output == *inet_sock_set_state* ]]
}

@test "smoke: one connection of each family, every transition in stream -j" {
	trace stream stream -j
	work load --hold -4 client-first 1 -6 client-first 1 -m client-first 1
	wait_matches stream '"newstate":"LAST_ACK"' 3
	wait_matches stream '"newstate":"CLOSE"' 3
	trace_stop stream
	assert_jq "$T/stream.out" 'map(select(.event == "transition" and .newstate == "FIN_WAIT1")) | length == 3' "one active close each"
	assert_jq "$T/stream.out" 'map(select(.newstate == "LAST_ACK") | [.family, .laddr]) | sort ==
		[[4, "127.0.0.1"], [6, "::1"], [6, "::ffff:127.0.0.1"]]' "addresses of the passive ends"
	work_end load
}

@test "smoke: counts equal ss while connections are open, and after" {
	trace count count -j -i 0.1
	work load -4 hold-established 23 -6 hold-close-wait 23 -m client-first 23
	assert_counts_as_ss count "open"
	work_end load
	assert_counts_as_ss count "closed"
	trace_stop count
}

@test "smoke: a recording replays" {
	trace live stream -j -w "$T/rec"
	work load client-first 23
	work_end load
	trace_stop live
	"$TWTRACE" -r "$T/rec" stream -j > "$T/replay.out"
	cmp "$T/live.out" "$T/replay.out"
}
