# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# twtrace and the workload drivers as background jobs. To be sourced (through live.bash).

# trace NAME ARG...: start twtrace for the test's namespace and wait until it traces.
trace() {
	local name=$1
	shift
	job "$name" "$TWTRACE" -N "$NS" "$@"
	job_wait_line "$name" err '^Tracing'
}

# Stop it with SIGINT; its exit status must be STATUS (0). Nothing may have been lost, unless a third word says so.
trace_stop() { # NAME [STATUS [lossy]]
	local first
	job_stop "$1"
	((JOB_STATUS[$1] == ${2:-0})) || fail "$1: exit status ${JOB_STATUS[$1]}, expected ${2:-0}" || return 1
	[[ -z ${3:-} ]] || return 0
	read -r -n 1 first < "$T/$1.out" || true
	[[ ${first:-} != "{" ]] || assert_no_loss "$1"
}

# Does this kernel take a hook for segments that come for minisocks? Asked once a file.
tells_segments() {
	local said=$BATS_FILE_TMPDIR/hooks
	[[ -s $said ]] || "$TWTRACE" -v -N self -d 0.01 stream > /dev/null 2> "$said"
	grep -qE '^hook\.segment(_fexit)?=yes$' "$said"
}

# Workloads of one process run at real-time priority where that is allowed. A softirq that a preempted process leaves behind
# runs on top of whoever comes next, and there are machines whose kernel runs no BPF program on top of some process of its
# own: one of 500,000 packets was seen to vanish that way, for every tracer at once. Nothing preempts these workloads.
UNDISTURBED=()
! chrt -f 1 true 2> /dev/null || UNDISTURBED=(chrt -f 1)

# work NAME ARG...: start tcpwork in the test's namespace with --hold, wait until its last phase is over.
work() {
	work_start "$@"
	job_wait_line "$1" out '"done":true'
}

# The same, without waiting: for --pause.
work_start() { # NAME ARG...
	local name=$1
	shift
	job "$name" nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$TOOLS/tcpwork" --hold "$@"
}

work_phase() { # NAME PHASE: wait until this phase is over
	job_wait_line "$1" out "\"phase\":$2,"
}

work_end() { # NAME: let it go on, and wait for its end
	job_line "$1"
	job_wait "$1"
	((JOB_STATUS[$1] == 0)) || fail "$1: exit status ${JOB_STATUS[$1]}: $(cat "$T/$1.err")"
}

# Wait until NAME, which prints at intervals, printed a line that began after now: one interval is over, and the next one.
next_lines() { # NAME [N]
	"$TOOLS/waitline" -p "${JOB_PID[$1]}" -a $(($(wc -l < "$T/$1.out") + ${2:-1})) "$T/$1.out" . "$PATIENCE" > /dev/null ||
		fail "$1: no more lines"
}

# Wait until at least N lines of NAME's output match (grep -E), at most SECONDS (PATIENCE).
wait_matches() { # NAME REGEX N [SECONDS]
	local have deadline=$((SECONDS + ${4:-PATIENCE})) lines
	while lines=$(wc -l < "$T/$1.out") && have=$(grep -cE "$2" "$T/$1.out" || true) && ((have < $3)); do
		((SECONDS < deadline)) || fail "$1: $have lines match /$2/, $3 expected" || return 1
		"$TOOLS/waitline" -p "${JOB_PID[$1]}" -a "$lines" "$T/$1.out" "$2" $((deadline - SECONDS)) > /dev/null ||
			((have == $3)) || fail "$1: $have lines match /$2/, $3 expected; then it ended or time was up" || return 1
	done
}

# Arguments for tcpwork: COUNT connections of each kind, for all three families.
each_family() { # COUNT KIND...
	local f kind n=$1
	shift
	for f in -4 -6 -m; do
		echo "$f"
		for kind; do
			printf '%s\n%s\n' "$kind" "$n"
		done
	done
}
