# shellcheck shell=bash disable=SC2034,SC2154 # variables of and for bench/run and the parts
# SPDX-License-Identifier: GPL-2.0-only
# One measurement: a namespace of its own, a tool, a workload; and where what was measured is kept. Sourced by bench/run.

fail() {
	echo "bench: $*" >&2
	exit 1
}

calc() { awk "BEGIN { print $1 }"; }

# --- what is measured is kept ------------------------------------------------------------------------------------------

# One line of JSON each, at once: whoever interrupts a bench loses one run.
sample() { # JQ-ARG... : of STEP, from --arg, --argjson and a filter
	jq -nc --arg part "${STEP%%/*}" --arg step "$STEP" "${@:1:$#-1}" '{part: $part, step: $step} + ('"${*: -1}"')' >> "$SAMPLES"
}

# --- one run -----------------------------------------------------------------------------------------------------------

# A new one for each run, so that no run inherits another one's TIME_WAITs; and room for all of them.
bench_ns() {
	ns_new
	ns_sysctl net.ipv4.ip_local_port_range='1024 65535' net.ipv4.tcp_max_tw_buckets=4000000
}

# A job that ends with its input; or one that is over. Its name can be used again.
job_close() { # NAME
	job_eof "$1"
	job_wait "$1"
	rm -f "$T/$1."{in,out,err}
}

tool_pid() { awk '/^pid/ { print $2 }' "$T/meter"; }

# "0.1.0:count" is the count of the version before, to be compared with.
tool_command() { # NAME: in COMMAND and READY (a line on its standard error; none: see wait_attached)
	local program=$TWTRACE
	READY='^Tracing'
	[[ $1 != 0.1.0:* ]] || program=$OLD
	case ${1#0.1.0:} in
	empty) COMMAND=("$BENCH/probe" empty inet_sock_set_state) READY= ;;
	empty-timer) COMMAND=("$BENCH/probe" empty timer_start timer_cancel) READY= ;;
	floor) COMMAND=("$BENCH/probe" floor inet_sock_set_state inet_sock_set_state timer_start timer_cancel timer_expire_entry kfree_skb) READY= ;;
	submit-*) COMMAND=("$BENCH/probe" submit "${1#submit-}" inet_sock_set_state) READY= ;;
	stamped-*) COMMAND=("$BENCH/probe" stamped "${1#stamped-}" inet_sock_set_state) READY= ;;
	count | closers | hist) COMMAND=("$program" -j "${1#0.1.0:}" 1) ;;
	ports) COMMAND=("$program" -j ports 1) ;;
	serve) COMMAND=("$program" serve --listen "unix:$T/serve") ;;
	calls) COMMAND=("$program" -j stream --calls) ;;
	closers-stacks) COMMAND=("$program" -j --stacks closers 1) ;;
	stacks) COMMAND=("$program" -j stacks 1) ;;
	closers-wide) COMMAND=("$program" -j closers --wide 1) ;;	# what the wire did, too
	closers-quiet) COMMAND=("$program" closers) ;;
	closers-rows) COMMAND=("$program" closers 1) ;;
	stream-j) COMMAND=("$program" -j stream) ;;
	stream) COMMAND=("$program" stream) ;;
	record) COMMAND=("$program" record "$T/recording") ;;
	count-w) COMMAND=("$program" -w "$T/recording" count 1) ;;
	tcpstates | tcplife)
		# They need tracefs. Where it is not mounted they get it for themselves.
		COMMAND=(unshare -m sh -c '[ -d /sys/kernel/tracing/events ] || mount -t tracefs nodev /sys/kernel/tracing; exec "$1"' sh "$1")
		READY=
		;;
	*) fail "no tool \"$1\"" ;;
	esac
}

# Others say nothing that could be waited for: until they have attached a program, and sleep.
wait_attached() {
	local pid state i
	for ((i = 0; i < 100; i++)); do
		pid=$(tool_pid 2> /dev/null || true)
		if [[ -n $pid ]] && grep -qs '^link_type' /proc/"$pid"/fdinfo/*; then
			state=$(awk '/^State/ { print $2 }' "/proc/$pid/status")
			[[ $state != S ]] || return 0
		fi
		"$TOOLS/waitline" -p "${JOB_PID[tool]}" /dev/null . 0.1 || true
	done
	fail "$1 does not start: $(cat "$T/tool.err")"
}

tool_start() { # NAME [FILE]: its output there instead of nowhere
	TOOL_PID=0
	[[ $1 != nothing ]] || return 0
	tool_command "$1"
	rm -f "$T/meter"
	# shellcheck disable=SC2016
	job tool "$BENCH/meter" "$T/meter" sh -c 'out=$1; shift; exec "$@" > "$out"' sh "${2:-/dev/null}" "${COMMAND[@]}"
	if [[ -n $READY ]]; then
		job_wait_line tool err "$READY"
	else
		wait_attached "$1"
	fi
	TOOL_PID=$(tool_pid)
}

# Its end. TOOL_KB: its largest size; TOOL_SEEN, TOOL_LOST: events, what its summary says (null: it says nothing).
tool_stop() {
	TOOL_KB=null TOOL_SEEN=null TOOL_LOST=null
	((TOOL_PID)) || return 0
	# One that reads a pipe's end ends with it.
	job_eof tool
	kill -INT "${JOB_PID[tool]}" 2> /dev/null || true
	job_wait tool
	TOOL_KB=$(tail -n 1 "$T/meter" | jq .max_kb)
	read -r TOOL_SEEN TOOL_LOST <<< "$(sed -n 's/,//g; s/^events: *\([0-9]*\) seen \([0-9]*\) lost.*/\1 \2/p; s/^events: *\([0-9]*\) seen nothing lost.*/\1 0/p' \
		"$T/tool.err" | tail -n 1)" || true
	: "${TOOL_SEEN:=null}" "${TOOL_LOST:=null}"
	rm -f "$T/tool."{in,out,err} "$T/recording"
}

# Connections, and what the machine and the tool did meanwhile: one object, in PAIRS.
pairs() { # PAIRS SECONDS [RATE]
	PAIRS=$(in_ns "$BENCH/pairs" "$1" "$2" "${3:-0}" "$TOOL_PID")
}

# The kernel measures programs only while somebody asks it to: that has a cost of its own.
stats_on() {
	[[ -z ${JOB_PID[stats]:-} ]] || return 0
	job stats "$BENCH/probe" stats
	job_wait_line stats out ready
}
stats_off() { [[ -z ${JOB_PID[stats]:-} ]] || job_close stats; }

# What the kernel says of the tool's programs, before and after: in PROGRAMS what lies between.
programs_begin() { PROGRAMS_BEFORE=$("$BENCH/probe" show "$TOOL_PID"); }
programs_end() {
	PROGRAMS=$(jq -n --argjson a "$PROGRAMS_BEFORE" --argjson b "$("$BENCH/probe" show "$TOOL_PID")" \
		'[range($b.programs | length) as $i | $b.programs[$i] as $p | ($a.programs[] | select(.id == $p.id)) as $q
		  | {name: $p.name, runs: ($p.runs - $q.runs), ns: ($p.ns - $q.ns)} | select(.runs > 0)]')
}

# --- the version before ------------------------------------------------------------------------------------------------

OLD_COMMIT=77a3ba1	# the last of 0.1.0
OLD_FOLDER=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twtrace/bench-0.1.0-$OLD_COMMIT

# Built once. OLD is empty where that cannot be: a tree without its history.
old_version() {
	local log
	OLD=$OLD_FOLDER/build/twtrace
	[[ ! -x $OLD ]] || return 0
	if ! git -C "$here" cat-file -e "$OLD_COMMIT" 2> /dev/null; then
		OLD=
		echo "bench: 0.1.0 is left out: this tree has no commit $OLD_COMMIT" >&2
		return 0
	fi
	say 'building 0.1.0, once'
	rm -rf "$OLD_FOLDER"
	mkdir -p "$OLD_FOLDER"
	log=$OLD_FOLDER/log
	git -C "$here/../.." archive "$OLD_COMMIT" | tar -x -C "$OLD_FOLDER"
	make -C "$OLD_FOLDER" O=build V=0 -j"$(nproc)" all > "$log" 2>&1 || fail "0.1.0 cannot be built: $log"
}
