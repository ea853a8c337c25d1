#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# `stream` on a terminal: no line wraps. Into a pipe nothing is left out.
load ../lib/tui_setup

# Each transition of the recording, as text without a terminal tells it.
setup_file() {
	export REC=$BATS_FILE_TMPDIR/rec.twr
	"$TWTRACE" -q --synth 400 record "$REC"
	"$TWTRACE" -q -r "$REC" stream > "$BATS_FILE_TMPDIR/whole"
}

# stream_at COLS ARG...: what the terminal shows at the end, its last line apart; lines that go on below are joined (capture-pane -J).
stream_at() {
	local cols=$1
	shift
	tui_start "${cols}x50" -q -r "$REC" "$@" stream
	tui_until tui_ended || fail "it does not end"
	tui_tmux capture-pane -p > "$T/rows"
	tui_tmux capture-pane -pJ | grep -v '^exit status' | sed 's/ *$//; /^$/d' > "$T/lines"
}

# No line of the terminal is longer than it, and each is one row: of as many rows as lines, none is a line's rest.
assert_no_wrap() { # COLS
	local longest
	longest=$(awk '{ if (length() > n) n = length() } END { print n + 0 }' "$T/lines")
	((longest <= $1)) || fail "a line of $longest on $1 columns: $(awk -v n="$1" 'length() > n' "$T/lines" | head -n 3)"
	((longest > $1 / 2)) || fail "the lines are not those of the stream: $(head -n 3 "$T/lines")"
}

@test "stream: on 80, 95, 100, 119, 120 and 137 columns no line wraps" {
	local cols
	for cols in 80 95 100 119 120 137; do
		stream_at $cols
		assert_no_wrap $cols
		# It ends with the same transitions, in their new states, whatever else there is room for.
		paste -d ' ' <(tail -n 40 "$T/lines") <(tail -n 40 "$BATS_FILE_TMPDIR/whole" | awk '{ print "|", $2, $10 }') > "$T/both"
		awk -F ' [|] ' '{ split($2, want, " "); if (index($1, " " want[1] " ") == 0 || index($1, " " want[2]) == 0) exit 1 }' \
			"$T/both" || fail "on $cols columns: $(head -n 5 "$T/both")"
	done
}

@test "stream: what is left out, and what stays, as the terminal gets narrower" {
	stream_at 80
	grep -qE '^[0-9:]{8} +[0-9]+ [a-z-]+ +[0-9]+ [^ ]+ +[0-9]+ +[0-9.-]+ [A-Z_12]+( |$)' "$T/lines" || fail "$(head -n 3 "$T/lines")"
	grep -qF ' -> ' "$T/lines" && fail "old states on 80 columns"
	grep -qE ' CLOSE (passive|expired|active)' "$T/lines" || fail "no verdict on 80 columns: $(grep CLOSE "$T/lines" | head -n 3)"
	stream_at 100
	grep -qE ' [A-Z_12]+ +-> [A-Z_12]+( |$)' "$T/lines" || fail "no old states on 100 columns"
	stream_at 119
	grep -qE '^[0-9:.]{15} +[0-9]+ [a-z-]+ +10\.[0-9.]+ +[0-9]+ 10\.' "$T/lines" || fail "no local address on 119 columns: $(head -n 3 "$T/lines")"
	# Time of both kinds, and IPv6 addresses.
	stream_at 119 -t -T
	assert_no_wrap 119
	stream_at 80 -t
	assert_no_wrap 80
	stream_at 80 -6
	assert_no_wrap 80
}

@test "stream: a wide terminal has what a pipe has, and --wide is obeyed anywhere" {
	stream_at 200
	tail -n 40 "$T/lines" > "$T/got"
	TZ=UTC "$TWTRACE" -q -r "$REC" stream | tail -n 40 > "$T/want"
	diff "$T/want" "$T/got" || fail "a wide terminal's lines are not those of a pipe"
	stream_at 100 --wide
	grep -qE '^TIME|4026' "$T/lines" || fail "no namespaces with --wide: $(head -n 3 "$T/lines")"
	awk 'length() > 120 { long = 1 } END { exit !long }' "$T/lines" || fail "--wide is not as wide as it is"
}
