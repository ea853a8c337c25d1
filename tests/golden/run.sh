#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: what the program prints, byte for byte (cases), and what recordings promise. No privilege is needed. TAP on
# standard output. UPDATE=1 rewrites the expected output.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit
# shellcheck source=tests/lib/tap.sh
. ../lib/tap.sh
TWTRACE=$(realpath -m "${TWTRACE:-../../build/twtrace}")
unset NO_COLOR
export TZ=UTC LC_ALL=C
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

if [[ ! -x $TWTRACE ]]; then
	tap_bad "golden tests" <<< "no program at $TWTRACE: make"
	tap_end
	exit 1
fi

# --- printed output ----------------------------------------------------------------------------------------------------

outputs=()
while read -r output arguments; do
	[[ -n $output && $output != \#* ]] || continue
	[[ -f $dir/$output.out ]] || { mkdir -p "$dir/$(dirname "$output")"; outputs+=("$output"); }
	read -ra args <<< "$arguments"
	{
		printf '$ twtrace %s\n' "$arguments"
		"$TWTRACE" "${args[@]}" 2> "$dir/stderr" < /dev/null
		rc=$?
		sed 's/^/! /' "$dir/stderr"
		printf 'exit code %d\n\n' "$rc"
	} >> "$dir/$output.out"
done < cases

for output in "${outputs[@]}"; do
	if [[ -n ${UPDATE:-} ]]; then
		cp "$dir/$output.out" "$output.out"
	fi
	tap_check "output of $output" diff -u "$output.out" "$dir/$output.out"
done

# README's table of metrics is made by the program: twtrace serve --metrics-list.
tap_check "README has the table of metrics" diff -u <(sed -n '/<!-- metrics: begin -->/,/<!-- metrics: end -->/{/<!--/d;p}' ../../README.md) \
	<("$TWTRACE" serve --metrics-list)

# --- recordings ----------------------------------------------------------------------------------------------------------

replay() { "$TWTRACE" -q -r "$1" stream -j; }

same_again() {
	"$TWTRACE" -q -r synth.twr -w "$dir/again.twr" count > "$dir/count" &&
		cmp <(zcat synth.twr) <(zcat "$dir/again.twr") &&
		cmp <(replay synth.twr) <(replay "$dir/again.twr") &&
		cmp "$dir/count" <("$TWTRACE" -q -r "$dir/again.twr" count)
}
tap_check "a recording of a replay is the same recording" same_again

live_is_replay() {
	local n=5000
	"$TWTRACE" -q --synth $n -w "$dir/synth.twr" stream -j > "$dir/printed" &&
		cmp "$dir/printed" <(replay "$dir/synth.twr") &&
		cmp <("$TWTRACE" -q --synth $n count -j 3) <("$TWTRACE" -q -r "$dir/synth.twr" count -j 3) &&
		[[ $(wc -l < "$dir/printed") -gt 2000 ]]
}
tap_check "a replay prints what the run printed" live_is_replay

through_pipes() {
	replay synth.twr > "$dir/want"
	# shellcheck disable=SC2002	# a pipe, not a file, is the point
	cat synth.twr | replay - | cmp - "$dir/want" &&
		zcat synth.twr | replay - | cmp - "$dir/want" &&
		"$TWTRACE" -q -r synth.twr record - | replay - | cmp - "$dir/want"
}
tap_check "recordings go through pipes, compressed or not" through_pipes

file_too_large() {
	(
		ulimit -f 16		# KiB
		"$TWTRACE" -q --synth 20000 record "$dir/full.twr" 2> "$dir/stderr"
	)
	[[ $? -eq 1 ]] && grep -q "cannot write .*full.twr: File too large" "$dir/stderr" || return
	replay "$dir/full.twr" > "$dir/part" 2> "$dir/stderr"
	[[ $? -eq 1 ]] && grep -q "full.twr is cut off after [0-9]* events" "$dir/stderr" &&
		[[ $(grep -c '"event":"transition"' "$dir/part") -gt 100 ]]
}
tap_check "what was written before a recording failed can be read" file_too_large

full_disk() {
	"$TWTRACE" -q --synth 20000 record /dev/full 2> "$dir/stderr"
	[[ $? -eq 1 ]] && grep -q "cannot write /dev/full: No space left on device" "$dir/stderr"
}
tap_check "a full disk is said" full_disk

# The cases run in the C locale, where bars are made of '#'.
blocks() {
	LC_ALL=C.UTF-8 "$TWTRACE" -q -r synth.twr hist time-wait > "$dir/blocks" &&
		LC_ALL=C.UTF-8 "$TWTRACE" -q --ascii -r synth.twr hist time-wait > "$dir/hashes" &&
		grep -q '[:|]████' "$dir/blocks" && grep -q '[:|]####' "$dir/hashes" && ! grep -q '[^ -~]' "$dir/hashes" &&
		diff <(sed 's/[^ -~]*$//' "$dir/blocks") <(sed 's/#*$//' "$dir/hashes")
}
tap_check "bars of blocks in a UTF-8 locale, of # with --ascii" blocks

# --- report: what is there without scripts, what the scripts read, and that there is never half a file ---------------------

page() { "$TWTRACE" -q "$@"; }
data() { sed -n '/<script type="application\/json"/,/<\/script>/p' | sed 's/^<script[^>]*>//; s/<\/script>.*//'; }

# Tables alone: scripts and styles are no output of ours.
report_tables() {
	{
		page -r synth.twr report | sed -n '/^<main/,/^<\/main/p'
		page -r live/dests.twr report --compare live/ports.twr | sed -n '/^<main/,/id="findings"/p'
	} > "$dir/report.out"
	[[ -z ${UPDATE:-} ]] || cp "$dir/report.out" report.out
	diff -u report.out "$dir/report.out"
}
tap_check "tables of a report" report_tables

# Its objects are those of the commands; times are of when they looked.
report_numbers() {
	local rec
	for rec in synth live/ports live/listeners; do
		page -r $rec.twr report | data > "$dir/data"
		jq -e '.sides | length == 1' "$dir/data" > /dev/null &&
			diff <(jq -cS '.sides[0].tables.latency.rows[] | {phase, count, open, percentiles_ns, max_ns}' "$dir/data") \
				<(page -r $rec.twr hist all -j | jq -cS 'select(.event == "hist") | {phase, count, open, percentiles_ns, max_ns}') &&
			diff <(jq -cS '.sides[0].tables.timewait.rows[] | {key, count, percentiles_ns}' "$dir/data") \
				<(page -r $rec.twr hist time-wait --by end -j | jq -cS 'select(.event == "hist" and .count > 0) | {key, count, percentiles_ns}') &&
			diff <(jq -cS '.sides[0].tables.processes.rows[] | {pid, comm, closed, active, passive, abort, reset, other, time_wait, stuck}' "$dir/data") \
				<(page -r $rec.twr closers -j 10000 | jq -cS 'select(.event == "closers") | {pid, comm, closed, active, passive, abort, reset, other, time_wait, stuck}') &&
			diff <(jq -cS '.sides[0].course.states | . as $s | range([$s[] | length - 1] | min) as $i | $s | map_values(.[$i])' "$dir/data") \
				<(page -r $rec.twr count -j | jq -cS --slurpfile d "$dir/data" 'select(.event == "count") | .counts |
					with_entries(select(.key | in($d[0].sides[0].course.states)))' | tail -n +2 | head -n "$(jq '[.sides[0].course.states[] | length - 1] | min' "$dir/data")") &&
			diff <(jq -cS '.sides[0].tables.states.rows | map(select(.now > 0 and .state != "LISTEN") | {(.state): .now}) | add' "$dir/data") \
				<(page -r $rec.twr conn --live -j | jq -csS 'map(select(.event == "conn" and .state != "LISTEN")) | group_by(.state) | map({(.[0].state): length}) | add') &&
			diff <(jq -cS '.sides[0].tables.findings.rows[] | {id, subject, evidence}' "$dir/data") \
				<(page -r $rec.twr doctor -j | jq -cS 'select(.event == "finding") | {id, subject, evidence}') &&
			diff <(jq -cS '.sides[0].tables.coverage.rows[] | {name, ours, kernel}' "$dir/data") \
				<("$TWTRACE" -r $rec.twr count -j 10000 2> /dev/null | jq -cS 'select(.event == "summary") | .proof[]') && continue
		echo "$rec"
		return 1
	done
}
tap_check "a report's numbers are those of hist, closers, count, doctor and the summary" report_numbers

report_whole() {
	cp bad/cut "$dir/cut"
	for rec in not-a-recording empty header-cut newer missing; do
		page -r "bad/$rec" report -o "$dir/r.html" 2> "$dir/stderr"
		[[ $? -eq 1 && $(wc -l < "$dir/stderr") -eq 1 ]] || { echo "$rec"; return 1; }
		page -r synth.twr report --compare "bad/$rec" -o "$dir/r.html" 2> "$dir/stderr"
		[[ $? -eq 1 && $(wc -l < "$dir/stderr") -eq 1 ]] || { echo "--compare $rec"; return 1; }
		compgen -G "$dir/r.html*" && return 1
	done
	# What was read of a recording that is cut off is told, with the sentence.
	page -r "$dir/cut" report -o "$dir/r.html" 2> "$dir/stderr"
	[[ $? -eq 1 ]] && grep -q "cut off after [0-9]* events" "$dir/stderr" && grep -q 'class="note">.*cut off after [0-9]* events' "$dir/r.html" || return
	page -r synth.twr report --compare "$dir/cut" > "$dir/both" 2> "$dir/stderr"
	[[ $? -eq 1 ]] && grep -q "cut off" "$dir/stderr" && grep -q 'class="note">.*cut off' "$dir/both" || return
	# The old file stays where a new one cannot be written.
	cp "$dir/r.html" "$dir/old"
	(ulimit -f 16; page -r synth.twr report -o "$dir/r.html" 2> "$dir/stderr")
	[[ $? -eq 1 ]] && grep -q "cannot write $dir/r.html: File too large" "$dir/stderr" && cmp "$dir/r.html" "$dir/old" &&
		[[ $(compgen -G "$dir/r.html*") == "$dir/r.html" ]] || return
	page -r synth.twr report -o /dev/full 2> "$dir/stderr"
	[[ $? -eq 1 && $(< "$dir/stderr") == "twtrace: cannot write /dev/full: No space left on device" ]] || return
	page -r synth.twr report -o synth.twr 2> "$dir/stderr"
	[[ $? -eq 64 ]] && grep -q "cannot be read and written at once" "$dir/stderr"
}
tap_check "a report is whole or not there" report_whole

# However long the recording is.
report_bounded() {
	"$TWTRACE" -q --synth 300000 report > "$dir/long" && [[ $(wc -c < "$dir/long") -lt 1000000 ]]
}
tap_check "a report has a bounded length" report_bounded

# --- doctor: a filter holds for every rule --------------------------------------------------------------------------------

# What nobody asked for is not judged; what we lost is the run's own.
filtered_doctor() {
	local rec filter n=0
	for rec in doctor/*.twr; do
		for filter in "-p 1" "--raddr 192.0.2.1"; do
			# shellcheck disable=SC2086	# two words
			"$TWTRACE" -q -r "$rec" doctor -j $filter > "$dir/found" 2> "$dir/stderr" || return
			n=$((n + 1))
			if grep '"event":"finding"' "$dir/found" | grep -v '"id":"events-lost"'; then
				echo "$rec, $filter"
				return 1
			fi
		done
	done
	((n >= 2 * 36))
}
# A new rule is one entry and one recording.
recorded_rules() {
	"$TWTRACE" doctor --help | sed -n '/^Findings:/,$s/^  \([a-z0-9-]*\) .*/\1/p' | sort > "$dir/rules"
	sed -n 's/^\(info\|warning\|critical\): \([a-z0-9-]*\): .*/\2/p' doctor/*.out | sort -u | diff -u "$dir/rules" -
}
tap_check "doctor: each rule is found in a recording" recorded_rules
tap_check "doctor: no rule finds what the filter leaves out" filtered_doctor

# --- completion: what shells ask for (tests/tui/completion.bats has the shells) -------------------------------------------

# A new option says in user/cli/values.c what its argument can be.
every_argument() {
	local command option
	while read -r command; do
		"$TWTRACE" --complete "$command" - > "$dir/options" || return
		while read -r option; do
			"$TWTRACE" --complete "$command" "$option" '' > "$dir/values" || return
		done < <(cut -f1 "$dir/options")
	done < <("$TWTRACE" --complete '' | cut -f1)
	# Hidden ones stay so, and what is given already is not offered again.
	! grep -E '^--(man|synth|complete)' "$dir/options" &&
		"$TWTRACE" --complete count - | grep -q '^--json' && ! "$TWTRACE" --complete count -j - | grep '^--json'
}
tap_check "completion knows what each option's argument can be" every_argument

# --- output that cannot be written ---------------------------------------------------------------------------------------

reader_gone() {
	"$TWTRACE" --synth 100000 stream 2> "$dir/stderr" | head -n 2 > /dev/null
	[[ ${PIPESTATUS[0]} -eq 0 && ! -s $dir/stderr ]]
}
tap_check "a reader that has enough ends the run without a word" reader_gone

stdout_full() {
	"$TWTRACE" -q --synth 1000 stream > /dev/full 2> "$dir/stderr"
	[[ $? -eq 1 && $(< "$dir/stderr") == "twtrace: cannot write to standard output: No space left on device" ]]
}
tap_check "a full standard output is said" stdout_full

stdout_closed() {
	"$TWTRACE" -q --synth 1000 stream >&- 2> "$dir/stderr"
	[[ $? -eq 1 && $(< "$dir/stderr") == "twtrace: cannot write to standard output: Bad file descriptor" ]]
}
tap_check "a closed standard output is said" stdout_closed

# --- help and man page -------------------------------------------------------------------------------------------------

help_fits() {
	local cmd text
	for cmd in "" $("$TWTRACE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'); do
		# shellcheck disable=SC2086	# no command: no argument
		text=$("$TWTRACE" $cmd --help) || return
		[[ $text == "Usage: twtrace "* ]] && ! grep -E '.{101}' <<< "$text" || return
	done
	[[ $cmd ]]
}
tap_check "help of every command, at most 100 columns" help_fits

man_page() {
	local page word
	page=$(cd ../.. && "$TWTRACE" --man) || return
	if grep '^@' <<< "$page"; then
		return 1
	fi
	for word in NAME SYNOPSIS DESCRIPTION COMMANDS OPTIONS FIELDS "EXIT STATUS" OVERHEAD LIMITS "KERNEL SUPPORT" EXAMPLES; do
		grep -q "^.SH \"\?$word\"\?\$" <<< "$page" || { echo "no section $word"; return 1; }
	done
	for word in $("$TWTRACE" --help | grep -o -- '--[a-z][-a-z]*'); do
		grep -qF -- "${word//-/\\-}" <<< "$page" || { echo "no option $word"; return 1; }
	done
	if command -v groff > /dev/null; then
		groff -man -Tutf8 -ww <<< "$page" 2>&1 > /dev/null | grep . && return 1
	fi
	return 0
}
tap_check "the man page is whole" man_page

tap_end
