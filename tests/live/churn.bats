#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Full speed: nothing is lost; and where the tracer is stopped on purpose, what is lost is counted, said and healed.
load ../lib/live

# Emulated processors get fewer.
N=${TWT_CHURN:-20000}
PRIORITY=()

churn() { in_ns "${PRIORITY[@]}" "$TOOLS/churn" "$N" "$@" > "$T/churn.out" || fail "churn: $(cat "$T/churn.out")"; }

# The final summary: both ends of each connection (the listener does not count), all of them gone or in TIME_WAIT, and each
# TIME_WAIT alive or ended for a reason. Ports are used again before their time: TIME_WAITs end by that.
assert_summary() { # NAME
	summary_of "$1" | jq -e --argjson n "$N" '
		.connections_opened == 2 * $n
		and .connections_closed + .time_wait.alive == 2 * $n
		and .time_wait.begun == $n
		and .time_wait.begun == .time_wait.alive + (.time_wait.ended | add)
		and .time_wait.ended.unknown == 0
		and (.proof | length > 0 and all(.[]; .ours == .kernel))' > /dev/null || fail "$(summary_of "$1")"
}

@test "churn: 20,000 connections, two processes, server closes first: 0 lost" {
	# A line for each transition costs more than a number: room for all of them, so that a busy machine does not matter.
	trace stream --ring-size 64M stream -j
	trace count count -j -i 0.1
	churn --procs 2
	assert_counts_as_ss count "afterwards"
	trace_stop stream
	trace_stop count
	assert_summary stream
	assert_eq "$(grep -c '"newstate":"FIN_WAIT1"' "$T/stream.out")" "$N" "active closes"
	assert_eq "$(grep -c '"newstate":"TIME_WAIT"' "$T/stream.out")" "$N" "TIME_WAITs"
}

@test "churn: 20,000 connections, one process, client closes first, recorded: 0 lost" {
	trace rec --ring-size 64M -w "$T/rec" count -j -i 0.1
	PRIORITY=("${UNDISTURBED[@]}")
	churn --client-first
	assert_counts_as_ss rec "afterwards"
	trace_stop rec
	assert_summary rec
	"$TWTRACE" -r "$T/rec" stream -j > "$T/replay.out"
	assert_eq "$(grep -c '"newstate":"TIME_WAIT"' "$T/replay.out")" "$N" "TIME_WAITs in the recording"
}

@test "churn: 20,000 IPv6 connections: 0 lost" {
	trace count count -j -i 0.1
	churn -6 --procs 2
	assert_counts_as_ss count "afterwards"
	trace_stop count
	assert_summary count
}

@test "churn: a ring is mapped where it is read; what was let go is read again in its next lap" {
	local kb mb=16 N=10000
	# Emulated: fewer connections, and so much less of a ring that they go around it, too.
	[[ -z ${TWT_CHURN:-} ]] || N=$TWT_CHURN mb=2
	trace count --ring-size ${mb}M count -j -i 0.1
	churn --procs 2
	next_lines count 25
	kb=$(awk '/^[0-9a-f]+-/ { ring = /bpf-map/ } ring && $1 == "Rss:" { kb += $2 } END { print kb + 0 }' "/proc/${JOB_PID[count]}/smaps")
	((kb > 0 && kb <= mb * 512)) || fail "$kb kB of a ring of $mb MB are mapped two seconds after the last event"
	churn --procs 2
	assert_counts_as_ss count "afterwards"
	trace_stop count
	N=$((2 * N))
	assert_summary count
}

@test "churn: a tracer that stood still loses events, says how many, and heals its table" {
	trace whole --ring-size 64M record "$T/whole"
	trace count -w "$T/lossy" --ring-size 64K count -j -i 0.1
	work before hold-established 23
	kill -STOP "${JOB_PID[count]}"
	churn --procs 2
	work during -6 hold-close-wait 23
	kill -CONT "${JOB_PID[count]}"
	assert_counts_as_ss count "after the loss"
	trace_stop count 0 lossy
	trace_stop whole
	local lost sent got last
	jq -e '.lost.ring_full > 0' <<< "$(summary_of count)" > /dev/null || fail "nothing lost: $(summary_of count)"
	# Another tracer, with room enough, says how many events there were. Snapshots are each tracer's own; what came after the other one's end is not compared:
	# TIME_WAITs may run out meanwhile.
	lost=$(summary_of count | jq .lost.ring_full)
	gzip -dc "$T/lossy" | "$TOOLS/evcount" > "$T/kinds"
	last=$(awk '$1 == "last" { print $2 }' "$T/kinds")
	sent=$(gzip -dc "$T/whole" | "$TOOLS/evcount" "$last" | awk '$1 ~ /^[0-9]$/ { n += $2 } END { print n }')
	got=$(awk '$1 ~ /^[0-9]$/ { n += $2 } END { print n }' "$T/kinds")
	assert_eq $((got + lost)) "$sent" "events received and lost, beside those of a tracer that lost none"
	grep -qi 'lost' "$T/count.err" || fail "nothing about the loss on stderr"
	grep -qi 'heal\|snapshot' "$T/count.err" || fail "nothing about healing on stderr"
	work_end before
	work_end during
}

# Programs begin and end one after the other, on one processor after the other; connections meanwhile are no losses and have no odd ends.
@test "churn: a tracer that comes and goes in the middle misses nothing in between" {
	local i
	job busy nsenter --net="/run/netns/$NS" -- "$TOOLS/churn" 1000000 --procs 2
	for i in 1 2 3; do
		trace "part$i" --ring-size 64M count -j -i 0.1
		next_lines "part$i" 2
		trace_stop "part$i"
		# A small guest's table of TIME_WAITs gets full, which the kernel counts.
		summary_of "part$i" | jq -e '.connections_opened > 0 and .gaps == 0 and
			.time_wait.ended.overflow <= (.proof[] | select(.name == "TCPTimeWaitOverflow") | .kernel)' > /dev/null ||
			fail "$(summary_of "part$i")"
	done
	job_stop busy TERM
}

@test "churn: --max-loss turns a loss into exit code 4" {
	trace count count -j -i 0.1 --ring-size 64K --max-loss 0.01
	kill -STOP "${JOB_PID[count]}"
	churn --procs 2
	kill -CONT "${JOB_PID[count]}"
	next_lines count 2
	trace_stop count 4 lossy
}
