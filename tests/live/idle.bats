#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Where nothing happens a tracer sleeps, and the first event wakes it.
load ../lib/live

COMMANDS=(stream record count closers hist conn ports stacks doctor)

# How often it has gone to sleep so far, and its name.
sleeps_of() { # NAME
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/${JOB_PID[$1]}/status"
}

@test "idle: no command is woken more than twice a second" {
	local c began rate
	local -A before
	for c in "${COMMANDS[@]}"; do
		case $c in
		record) job record "$TWTRACE" -N "$NS" record "$T/rec" ;;
		ports | hist | stacks) job "$c" "$TWTRACE" -N "$NS" -j "$c" 1 ;;
		*) job "$c" "$TWTRACE" -N "$NS" -j "$c" ;;
		esac
	done
	for c in "${COMMANDS[@]}"; do job_wait_line "$c" err '^Tracing'; done
	# The clock. Names that were not found at once have been looked for again by then.
	next_lines count 2
	began=$EPOCHREALTIME
	for c in "${COMMANDS[@]}"; do before[$c]=$(sleeps_of "$c"); done
	next_lines count 2
	for c in "${COMMANDS[@]}"; do
		# On a machine that is busy with others the two lines take longer: then there may be more.
		rate=$(awk -v n=$(($(sleeps_of "$c") - before[$c])) -v s="$(awk "BEGIN { print $EPOCHREALTIME - $began }")" 'BEGIN { print n " in " s " s: " (n <= 2 * (s + 1) ? "rests" : "busy") }')
		[[ $rate == *rests ]] || fail "$c was woken $rate"
	done
	# Asleep for up to a second, and yet a line comes with its event.
	work load -4 client-first 1
	job_wait_line stream out '"event":"transition"'
	work_end load
	for c in "${COMMANDS[@]}"; do job_stop "$c"; done
}
