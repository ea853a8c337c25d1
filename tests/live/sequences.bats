#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The exact sequence of states of both ends, COUNT connections per kind, for IPv4, IPv6 and v4-mapped.
load ../lib/live

# kind -> states that the connecting (c) and the accepting end (s) enter, in order.
EXPECTED='{
	"client-first":       {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE"},
	"server-first":       {"c": "SYN_SENT ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE", "s": "SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT"},
	"half-close":         {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE"},
	"half-close-hold":    {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE"},
	"linger0":            {"c": "SYN_SENT ESTABLISHED CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE"},
	"server-linger0":     {"c": "SYN_SENT ESTABLISHED CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE"},
	"unread":             {"c": "SYN_SENT ESTABLISHED CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE"},
	"disconnect":         {"c": "SYN_SENT ESTABLISHED CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE"},
	"data-after-close":   {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT CLOSE"},
	"hold-close-wait":    {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT"},
	"hold-fin-wait2":     {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT"},
	"refused":            {"c": "SYN_SENT CLOSE"},
	"simultaneous":       {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT", "s": "SYN_RECV ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT"},
	"simultaneous-close": {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT", "s": "SYN_RECV ESTABLISHED FIN_WAIT1 CLOSING TIME_WAIT"},
	"cancelled":          {"c": "SYN_SENT CLOSE"},
	"tw-reset":           {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE"},
	"fw2-reset":          {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT"},
	"reuse-bound":        {"c": "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE", "s": "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSE"}
}'

# Every end that the driver told of: its states in order, without gaps, with its addresses, by its owner.
# shellcheck disable=SC2016
CHECK='
def text: map(.newstate) | join(" ");
($ev | map(select(.event == "transition")) | group_by(.cookie) | map({key: (.[0].cookie | tostring), value: .}) | from_entries) as $by
| [ $work[] | select(.event == "conn") as $c | $c.kind as $k | ("c", "s") as $e | select($c[$e]) | $c[$e] as $here
  | ($by[$here.cookie | tostring] // []) as $t
  # the second round of a reused port has nothing after it
  | (if $k == "reuse-bound" and ($t | text | endswith("TIME_WAIT")) then $exp["client-first"][$e] else $exp[$k][$e] end) as $want
  | {kind: $k, family: $c.family, end: $e, cookie: $here.cookie, states: ($t | text), want: $want,
     gaps: [range(1; $t | length) | select($t[.].oldstate != $t[. - 1].newstate)],
     order: ([$t[].ts_ns] == ([$t[].ts_ns] | sort)),
     tuple: ($t | map([.family, .laddr, .lport, .raddr, .rport]) | last),
     right_tuple: [(if $c.family == "4" then 4 else 6 end), $here.laddr, $here.lport, $here.raddr, $here.rport],
     pids: ($t | map(.pid) | unique), right_pid: $c.pid}
  | select(.states != .want or .gaps != [] or (.order | not) or .tuple != .right_tuple
	or (.pids - [.right_pid, null]) != [] or ($t[-1].pid != .right_pid)) ] as $bad
| ([$work[] | select(.event == "conn") | .c, .s | select(.)] | length) as $n
| if $bad == [] and $n > 0 then "ok \($n)" else "\($bad | length) of \($n) ends are wrong, for example", $bad[:3][] end'

# Trace COUNT connections of each kind in each family and compare.
sequences() { # KIND...
	local result
	trace stream stream -j
	mapfile -t args < <(each_family "$COUNT" "$@")
	work load "${args[@]}"
	trace_stop stream
	result=$(jq -rn --slurpfile ev "$T/stream.out" --slurpfile work "$T/load.out" --argjson exp "$EXPECTED" "$CHECK")
	[[ $result == ok* ]] || fail "$result"
	work_end load
}

@test "sequences: close by client first, by server first" { sequences client-first server-first; }
@test "sequences: half-close by shutdown(), descriptor closed and kept" { sequences half-close half-close-hold; }
@test "sequences: resets by SO_LINGER 0, unread data, disconnect" { sequences linger0 server-linger0 unread disconnect; }
@test "sequences: data after close, refused" { sequences data-after-close refused; }
@test "sequences: peer has closed, we have not" { sequences hold-close-wait hold-fin-wait2; }
@test "sequences: simultaneous close, by shutdown() and by close()" { sequences simultaneous simultaneous-close; }
@test "sequences: connect() given up" { sequences cancelled; }
@test "sequences: RST into TIME_WAIT and into a FIN_WAIT2 minisock" { sequences tw-reset fw2-reset; }
@test "sequences: a bound port taken over from TIME_WAIT" { sequences reuse-bound; }
