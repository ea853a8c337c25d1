#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Ends of a run: signals, -d, a reader that goes away, a disk that is full.
load ../lib/live

@test "output: SIGINT and SIGTERM end with code 0 and the summary" {
	local sig
	for sig in INT TERM; do
		trace run stream -j
		job_stop run "$sig"
		assert_eq "${JOB_STATUS[run]}" 0 "exit status after SIG$sig"
		assert_no_loss run
		[[ -s $T/run.err ]] || fail "no summary on stderr"
		rm "$T/run.in"
	done
}

@test "output: -d ends by itself, after that time" {
	local begin=${EPOCHREALTIME/./}
	run -0 "$TWTRACE" -N "$NS" -d 0.5 -q count -j 0.1
	local took=$((${EPOCHREALTIME/./} - begin))
	((took >= 500000 && took < 10000000)) || fail "took $took us"
	# Ends at the first look at the clock after that: on a busy machine a little later.
	jq -se 'map(select(.event == "count")) | length >= 6 and length <= 20' <<< "$output" || fail "intervals 0 to 5: $output"
	[[ $(tail -n 1 <<< "$output") == *'"event":"summary"'* ]] || fail "last line: $output"
}

@test "output: count with a count ends by itself" {
	run -0 "$TWTRACE" -N "$NS" -q count -j 0.05 4
	assert_eq "$(grep -c '"event":"count"' <<< "$output")" 4 "lines"
}

@test "output: -q says nothing on stderr" {
	run -0 --separate-stderr "$TWTRACE" -N "$NS" -q count 0.05 2
	# shellcheck disable=SC2154 # set by run
	assert_eq "$stderr" "" "standard error"
}

@test "output: lines are there at once, into a pipe too" {
	mkfifo "$T/pipe"
	# shellcheck disable=SC2016
	job run bash -c 'exec "$0" -N "$1" stream -j > "$2"' "$TWTRACE" "$NS" "$T/pipe"
	local line fd
	exec {fd}< "$T/pipe"
	job_wait_line run err '^Tracing'
	work load hold-established 1
	# Its listener, before anything else happens and while the tracer goes on.
	IFS= read -r -t 10 -u "$fd" line
	jq -e '.newstate == "LISTEN"' <<< "$line"
	job_stop run
	exec {fd}<&-
}

@test "output: a reader that goes away ends the run quietly" {
	mkfifo "$T/pipe"
	# shellcheck disable=SC2016
	job run bash -c 'exec "$0" -N "$1" stream -j > "$2"' "$TWTRACE" "$NS" "$T/pipe"
	head -n 1 "$T/pipe" > "$T/first" 3>&- &
	local head=$!
	job_wait_line run err '^Tracing'
	work load client-first 23
	wait "$head"
	work_end load
	in_ns "$TOOLS/churn" 100 > /dev/null
	job_wait run
	assert_eq "${JOB_STATUS[run]}" 0 "exit status after EPIPE"
	assert_eq "$(grep -ciE 'broken|SIGPIPE' "$T/run.err")" 0 "complaints"
}

@test "output: /dev/full as standard output" {
	local rc=0
	in_ns "$TOOLS/churn" 10 > /dev/null
	timeout 20 "$TWTRACE" -N "$NS" -q count -j 0.05 3 > /dev/full 2> "$T/err" || rc=$?
	assert_eq "$rc" 1 "exit code"
	grep -q 'No space left' "$T/err" || fail "$(cat "$T/err")"
	assert_eq "$(wc -l < "$T/err")" 1 "lines on stderr"
}

@test "output: a disk that is full while recording: said, and what was written is readable" {
	mkdir "$T/disk"
	# A disk of its own that goes away with the process; the recording is copied out before that.
	# shellcheck disable=SC2016
	job run unshare -m bash -c 'set -e
		mount --make-rprivate / && mount -t tmpfs -o size=512k tmpfs "$3/disk"
		rc=0; "$0" -N "$1" --ring-size 4M -w "$3/disk/rec" count -j 0.1 || rc=$?
		cp "$3/disk/rec" "$3/rec"; exit $rc' "$TWTRACE" "$NS" - "$T"
	job_wait_line run err '^Tracing'
	in_ns "$TOOLS/churn" 20000 --procs 2 > /dev/null
	job_wait run
	assert_eq "${JOB_STATUS[run]}" 1 "exit status"
	assert_eq "$(grep -c 'No space left' "$T/run.err")" 1 "sentences about the full disk"
	"$TWTRACE" -r "$T/rec" stream -j > "$T/replay.out" 2> "$T/replay.err" || true
	(($(grep -c '"newstate":"FIN_WAIT1"' "$T/replay.out") > 1000)) || fail "too little is readable: $(wc "$T/replay.out") $(cat "$T/replay.err")"
}
