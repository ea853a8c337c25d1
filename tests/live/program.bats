#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# `-- PROGRAM ARGS`: its processes and no others, its exit code, signals, and nothing of it left behind.
load ../lib/live
load ../lib/tui

teardown() {
	tui_cleanup
	ns_cleanup
}

# run_program NAME ARG...: twtrace in the test's namespace, as a job.
run_program() {
	local name=$1
	shift
	job "$name" nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N self "$@"
}

ends_with() { # NAME STATUS
	job_wait "$1"
	((JOB_STATUS[$1] == $2)) || fail "$1: exit status ${JOB_STATUS[$1]}, expected $2: $(cat "$T/$1.err")"
}

is_gone() { # PID
	[[ ! -e /proc/$1 ]]
}

all_gone() { # FILE of pids
	local pid
	while read -r pid; do
		pid_wait "$pid" "$PATIENCE" || fail "process $pid goes on"
	done < "$1"
}

# No program's name: bats has a function `run`.
# shellcheck disable=SC2016 # for the shell that runs it
FORKING='"$0"/tcpwork client-first 7 > /dev/null & "$0"/tcpwork client-first 5 > /dev/null & wait; echo ready >&2; read -r; exit 0'

@test "program: a forking one, its processes' connections and no others" {
	local all expect
	for all in "" --all; do
		run_program "tree${#all}" conn -j --at close ${all:+"$all"} -- bash -c "$FORKING" "$TOOLS"
		job_wait_line "tree${#all}" err '^ready'
		work "other${#all}" client-first "$COUNT"
		work_end "other${#all}"
		job_line "tree${#all}"
		ends_with "tree${#all}" 0
		# Both ends of each are a process of the tree: two connections.
		expect=$((24 + (${#all} > 0) * 2 * COUNT))
		assert_jq "$T/tree${#all}.out" "map(select(.event == \"conn\")) | length == $expect" "with '$all'"
	done
}

@test "program: its exit code is ours" {
	run -7 in_ns "$TWTRACE" -q count -- bash -c 'exit 7'
	run -143 in_ns "$TWTRACE" -q count -- bash -c 'kill -TERM $$'
	run -0 in_ns "$TWTRACE" -q count -- true
	run -1 in_ns "$TWTRACE" -q stream -j -- false
}

# shellcheck disable=SC2154 # bats sets stderr
@test "program: one that is not there is told before anything is traced" {
	run -127 --separate-stderr in_ns "$TWTRACE" stream -- no-such-program
	[[ -z $output && $stderr == "twtrace: cannot run 'no-such-program': No such file or directory" ]] || fail "$output$stderr"
	echo > "$T/text"
	run -126 --separate-stderr in_ns "$TWTRACE" stream -- "$T/text"
	[[ $stderr == *"cannot run '$T/text': Permission denied"* ]]
	run -127 in_ns "$TWTRACE" stream -- ''
	printf '#!/no/such/interpreter\n' > "$T/script"
	chmod +x "$T/script"
	run -127 in_ns "$TWTRACE" stream -- "$T/script"
	[[ $output == *"cannot run '$T/script': No such file or directory"* ]]
}

@test "program: the first signal is for it, the second for us" {
	run_program first stream -- bash -c 'trap "echo got it >&2; exit 9" HUP; echo ready >&2; while :; do read -r; done'
	job_wait_line first err '^ready'
	kill -HUP "${JOB_PID[first]}"
	ends_with first 9
	grep -q '^got it' "$T/first.err"
	grep -q '^connections: ' "$T/first.err" || fail "no summary"

	run_program deaf stream -- bash -c 'trap "echo no >&2" TERM; echo "$$" > "$0"; echo ready >&2; while :; do read -r; done' "$T/deaf.pid"
	job_wait_line deaf err '^ready'
	kill -TERM "${JOB_PID[deaf]}"
	job_wait_line deaf err '^no'
	kill -TERM "${JOB_PID[deaf]}"
	job_wait deaf
	is_gone "$(cat "$T/deaf.pid")" || fail "the program goes on"
}

# A daemon: its parent has ended, its session is its own. It makes connections when it is told to, and waits.
# shellcheck disable=SC2016
DAEMON='(setsid bash -c '\''echo $$ >> "$2"; read -r < "$1.go"; "$0/tcpwork" client-first 5 > /dev/null; read -r < "$1.stay"'\'' "$0" "$1" "$2" &)'

@test "program: a daemon's connections are its, as long as we linger; it ends with us if we are told to" {
	local keeper states
	mkfifo "$T/d.go" "$T/d.stay"
	run_program daemon conn -j --at close --linger 1000 -- bash -c "$DAEMON; exit 4" "$TOOLS" "$T/d" "$T/pids"
	job_wait_line daemon err '^Tracing'
	echo > "$T/d.go"
	wait_matches daemon '"event":"conn"' 10
	keeper=$(pgrep -P "${JOB_PID[daemon]}")
	states=$(ps -o stat= --ppid "$keeper,${JOB_PID[daemon]}")
	[[ $states != *Z* ]] || fail "zombies: $states"
	job_stop daemon
	((JOB_STATUS[daemon] == 4)) || fail "exit status ${JOB_STATUS[daemon]}"
	all_gone "$T/pids"
}

@test "program: a daemon goes on where nobody told us to end" {
	local pid
	mkfifo "$T/d.go" "$T/d.stay"
	run_program goes conn -j --linger 0.2 -- bash -c "$DAEMON; exit 4" "$TOOLS" "$T/d" "$T/pids"
	ends_with goes 4
	job_wait_line goes err '^connections' || true
	echo > "$T/d.go"
	"$TOOLS/waitline" "$T/pids" '[0-9]' "$PATIENCE"
	pid=$(cat "$T/pids")
	kill -0 "$pid" || fail "the daemon is gone"
	echo > "$T/d.stay"
	all_gone "$T/pids"
}

@test "program: nothing of it is left behind when we are killed" {
	mkfifo "$T/d.go" "$T/d.stay"
	run_program killed stream -- bash -c "echo \$\$ >> \"\$2\"; $DAEMON; tail -f /dev/null & echo \$! >> \"\$2\"; trap '' TERM INT HUP
		until [[ \$(wc -l < \"\$2\") == 3 ]]; do read -r -t 0.1; done; echo ready >&2; wait" "$TOOLS" "$T/d" "$T/pids"
	job_wait_line killed err '^ready'
	pgrep -P "${JOB_PID[killed]}" >> "$T/pids"
	kill -KILL "${JOB_PID[killed]}"
	all_gone "$T/pids"
	job_wait killed
}

@test "program: -d ends it, too" {
	run_program ended stream -d 0.2 -- bash -c 'echo $$ > "$0"; while :; do read -r; done' "$T/pid"
	ends_with ended 0
	is_gone "$(cat "$T/pid")" || fail "the program goes on"
}

@test "program: it runs as the user who called sudo, and with nothing of ours" {
	run -0 in_ns env SUDO_UID=65534 SUDO_GID=65534 "$TWTRACE" -q record "$T/rec" -- sh -c 'id; grep -E "Cap(Prm|Eff)|SigBlk|SigIgn" /proc/self/status
		ls /proc/self/fd; echo "$USER"'
	[[ $output == "uid=65534("*"gid=65534("*"groups=65534("* ]] || fail "$output"
	[[ $output == *CapPrm:*0000000000000000*CapEff:*0000000000000000* ]] || fail "$output"
	[[ $output == *SigBlk:*0000000000000000*SigIgn:*0000000000000000* ]] || fail "$output"
	[[ $output == *nobody ]] || fail "$output"
	run -1 in_ns env SUDO_UID=root SUDO_GID=0 "$TWTRACE" count -- id
	[[ $output == *"bad SUDO_UID or SUDO_GID"* ]]
}

@test "program: what has no meaning is refused" {
	run -64 "$TWTRACE" stream --
	run -64 "$TWTRACE" features -- true
	run -64 "$TWTRACE" count --linger 3
	[[ $output == *"-- PROGRAM"* ]]
	run -64 "$TWTRACE" count --all
	run -64 "$TWTRACE" -r /dev/null count -- true
}

@test "program: a budget of TIME_WAITs, held and broken" {
	run -0 in_ns "$TWTRACE" -N self -q hist --assert 'count(time-wait) == 7' --assert 'max(connect) < 100s' time-wait -- "$TOOLS/tcpwork" client-first 7
	run -5 in_ns "$TWTRACE" -N self -q hist --assert 'count(time-wait) < 7' time-wait -- "$TOOLS/tcpwork" client-first 7
	[[ $output == *"assertion failed: count(time-wait) < 7: 7"* ]] || fail "$output"
	# A program's own failure says that nothing of this counts.
	run -3 in_ns "$TWTRACE" -N self -q hist --assert 'count(time-wait) > 7' -- bash -c 'exit 3'
}

# At a real terminal: the kernel sends what Ctrl-C means to all that run in front, us and the program.
at_terminal() { # SCRIPT: with the test's folder as $0
	command -v tmux > /dev/null || skip "tmux is missing"
	rm -f "$T/pids"
	tui_start 80x24 -q record rec.twr -- bash -c "echo \$\$ > \$0/pids; $1" "$T"
	"$TOOLS/waitline" "$T/pids" '[0-9]' "$PATIENCE" > /dev/null
	shows ready
}

no_zombies() {
	local keeper states
	keeper=$(pgrep -P "$(tui_pid)")
	states=$(ps -o stat= --ppid "$keeper,$(tui_pid)")
	[[ $states && $states != *Z* ]] || fail "zombies: $states"
}

@test "program: ^C at a terminal is the program's; its end is ours" {
	at_terminal 'trap "echo got it; exit 9" INT; echo ready; while :; do read -rt 1 <> <(:); done'
	no_zombies
	keys C-c
	tui_ends 9
	shows 'got it$'
	[[ $(screen | grep -c 'got it$') == 1 ]] || fail "twice"$'\n'"$(screen)"
	all_gone "$T/pids"
	# One that has no answer of its own dies of it, and says so as a shell does.
	at_terminal 'echo ready; exec tail -f /dev/null'
	keys C-c
	tui_ends 130
	all_gone "$T/pids"
}

@test "program: ^C at a terminal, twice: one that is deaf is ended with us" {
	at_terminal 'trap "echo no" INT; setsid tail -f /dev/null & echo $! >> $0/pids; echo ready; while :; do read -rt 1 <> <(:); done'
	keys C-c
	shows 'no$'
	keys C-c
	tui_until tui_ended || fail "it does not end"$'\n'"$(screen)"
	all_gone "$T/pids"
}
