#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# demo.sh: what twtrace shows, in a network namespace of its own: every TCP state, a TIME_WAIT, a reset and a stuck
# CLOSE_WAIT, each announced in one sentence. Ends by itself and leaves nothing behind. Environment: O, TWTRACE.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
: "${O:=build}"
O=$(realpath -m "$O")
: "${TWTRACE:=$O/twtrace}"
# shellcheck disable=SC2034 # used by the libraries
TOOLS=$O/tests/tools

if ((EUID != 0)); then
	echo "demo.sh: tracing needs root: sudo make demo" >&2
	exit 77
fi
fail() {
	echo "demo.sh: $*" >&2
	exit 1
}
# shellcheck source=tests/lib/netns.bash
. "$here/../lib/netns.bash"
# shellcheck source=tests/lib/trace.bash
. "$here/../lib/trace.bash"

T=$(mktemp -d)
trap 'ns_cleanup; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
shown=0

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[[ -t 1 && -z ${NO_COLOR:-} ]] || say() { printf '\n# %s\n' "$*"; }

# Show what the tracer printed since the last time, once a line matches.
show_until() { # REGEX
	"$TOOLS/waitline" -p "${JOB_PID[stream]}" -a "$shown" "$T/stream.out" "$1" 10 > /dev/null || fail "the tracer did not show: $1"
	tail -n +$((shown + 1)) "$T/stream.out"
	shown=$(wc -l < "$T/stream.out")
}

# play NAME SCRIPT COUNT: connections in phases (tests/tools/kinds.h says how); "next NAME PHASE" starts the next one.
play() { work_start "$1" --pause -4 "$2" "$3"; work_phase "$1" 1; }
next() { job_line "$1"; work_phase "$1" "$2"; }

ns_new
trace stream stream

say 'A server listens, a client connects.'
play web 'connect accept | close:c eof:s quickack:s | close:s' 1
show_until 'SYN_RECV .*ESTABLISHED'

say 'The client closes first: it waits in FIN_WAIT2, the server is told and stays in CLOSE_WAIT.'
next web 2
show_until 'FIN_WAIT1 .*FIN_WAIT2'

say 'The server closes too and is done. The one who closed first keeps the connection for 60 more seconds: TIME_WAIT.'
next web 3
show_until 'LAST_ACK .*CLOSE'

say 'A client gives up without goodbye (SO_LINGER 0): a reset, and no TIME_WAIT at all.'
work reset linger0 1
show_until 'RST received'
work_end reset
show_until 'LISTEN .*CLOSE'

say 'Nobody listens there: refused.'
work refused refused 1
show_until 'SYN_SENT .*CLOSE '
work_end refused
show_until 'LISTEN .*CLOSE'

if [[ -c /dev/net/tun ]]; then
	say 'Both ends close at the same moment: CLOSING, and TIME_WAIT on both sides.'
	work both simultaneous 1
	wait_matches stream 'CLOSING .*TIME_WAIT' 2
	show_until 'CLOSING .*TIME_WAIT'
	work_end both
	show_until 'LISTEN .*CLOSE'

	say 'A host that never answers: SYN_SENT. And three half-open connections, whose last step of the handshake never comes.'
	work syn syn-sent 2 syn-recv 3
	show_until 'SYN_SENT'
fi

say 'A program forgets to close: its two connections are stuck in CLOSE_WAIT for as long as it runs.'
work stuck 'connect accept close:c eof:s quickack:s' 2
show_until 'CLOSE_WAIT'

say 'How many are in which state now, by process:'
"$TWTRACE" -N "$NS" -q count --by pid 1 1

say 'The end: totals of this run, and beside them what the kernel counted.'
work_end stuck
[[ -z ${JOB_PID[syn]:-} ]] || work_end syn
work_end web
job_stop stream
tail -n +$((shown + 1)) "$T/stream.out"
grep -v '^Tracing' "$T/stream.err"
