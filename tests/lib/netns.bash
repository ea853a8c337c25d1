# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Network namespaces and background programs of a test, and their end. To be sourced by bats files (through live.bash).
# All that a test starts, it starts here, so that only that is ended, by pid, when the test is over or has failed.

# Seconds to wait for what should come at once: slow is no failure, and a guest on a busy machine can be very slow.
: "${PATIENCE:=60}"
NS=		# name of the test's namespace
NS_ALL=()
declare -gA JOB_PID=()
# shellcheck disable=SC2034 # for the tests
declare -gA JOB_STATUS=()

# A namespace with loopback, in NS. Names are unique per test process.
ns_new() {
	NS=twt$BASHPID-$((${#NS_ALL[@]} + 1))
	ip netns add "$NS"
	NS_ALL+=("$NS")
	ip -n "$NS" link set lo up
}

# Run a command in the test's namespace. One process: $! is the command's pid.
in_ns() { nsenter --net="/run/netns/$NS" -- "$@"; }

ns_sysctl() { # NAME=VALUE...
	in_ns sysctl -qw "$@"
}

ns_inode() { stat -L -c %i "/run/netns/$NS"; }

# job NAME COMMAND...: start it in the background, its streams in $T/NAME.{in,out,err}. Standard input is a pipe that
# stays open until job_eof.
job() {
	local name=$1 fd
	shift
	mkfifo "$T/$name.in"
	# Opened by this shell for both directions, so that neither open() waits for the other end.
	exec {fd}<> "$T/$name.in"
	printf -v "JOB_IN_$name" %d "$fd"
	"$@" < "$T/$name.in" > "$T/$name.out" 2> "$T/$name.err" 3>&- {fd}>&- &
	JOB_PID[$name]=$!
}

job_line() { # NAME: one empty line for its standard input
	local -n fd="JOB_IN_$1"
	echo >&"$fd"
}

job_eof() { # NAME: the end of a job's standard input
	local -n fd="JOB_IN_$1"
	exec {fd}>&-
}

# Wait until a line of its output (.out, .err) matches. Fails if it ends first, or after SECONDS (PATIENCE).
job_wait_line() { # NAME STREAM REGEX [SECONDS]
	local rc=0
	"$TOOLS/waitline" -p "${JOB_PID[$1]}" "$T/$1.$2" "$3" "${4:-$PATIENCE}" > /dev/null || rc=$?
	((rc == 0)) || fail "$1: no line /$3/ in $2 ($( ((rc == 2)) && echo "it ended" || echo "time is up"))"
}

# Wait until a process has ended, at most SECONDS.
pid_wait() { # PID SECONDS
	local rc=0
	"$TOOLS/waitline" -p "$1" /dev/null . "$2" || rc=$?
	((rc == 2))
}

# Wait for its end, at most SECONDS (PATIENCE). The exit status is JOB_STATUS[NAME].
job_wait() { # NAME [SECONDS]
	local pid=${JOB_PID[$1]:-}
	[[ -n $pid ]] || return 0
	local rc=0
	pid_wait "$pid" "${2:-$PATIENCE}" || fail "$1 (pid $pid) does not end" || return 1
	wait "$pid" || rc=$?
	# shellcheck disable=SC2034
	JOB_STATUS[$1]=$rc
	unset "JOB_PID[$1]"
}

job_stop() { # NAME [SIGNAL]: end it (INT) and wait
	kill "-${2:-INT}" "${JOB_PID[$1]}"
	job_wait "$1"
}

# For teardown: whatever a test left running or made. Never fails, whatever shell options are set.
ns_cleanup() {
	local name ns
	for name in "${!JOB_PID[@]}"; do
		kill -CONT "${JOB_PID[$name]}" 2> /dev/null || true
		kill -TERM "${JOB_PID[$name]}" 2> /dev/null || true
	done
	for name in "${!JOB_PID[@]}"; do
		pid_wait "${JOB_PID[$name]}" 5 || kill -KILL "${JOB_PID[$name]}" 2> /dev/null || true
		wait "${JOB_PID[$name]}" 2> /dev/null || true
	done
	for ns in "${NS_ALL[@]}"; do
		ip netns del "$ns" || true
	done
	NS_ALL=()
	JOB_PID=()
}

ns_drop() { # the test's namespace goes away, now
	ip netns del "$NS"
	local i
	for i in "${!NS_ALL[@]}"; do
		[[ ${NS_ALL[i]} != "$NS" ]] || unset "NS_ALL[i]"
	done
}
