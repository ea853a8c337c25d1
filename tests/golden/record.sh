#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# record.sh [KIND...]: make the recordings of real connections anew, live/KIND.twr: three connections of each kind of tests/tools/kinds.h,
# or for "ports" what tests/tools/portwork is told,
# in a network namespace of its own. Needs root; "dests" netem, too (where there is none: tests/vm/boot.sh 6.12 -- sh -c 'tests/golden/record.sh dests >&2;
# cat tests/golden/live/dests.twr' > dests.twr); near.twr and far.twr are what tests/lib/twins.bash records. Then look at the difference after UPDATE=1 tests/golden/run.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${O:=build}"
O=$(realpath "$O")
ns=twtgold$$
kinds=(client-first server-first half-close linger0 unread disconnect data-after-close refused no-port simultaneous cancelled
	ports connect-timeout keepalive user-timeout orphan reuse-bound reuse-tw reopened tw-reset fw2-reset overflow fin-wait2-timeout listeners ports-used
	lost-syn lost-synack stacks dests)
(($#)) && kinds=("$@")
trap 'ip netns del "$ns" 2> /dev/null || true' EXIT
in_ns() { nsenter --net="/run/netns/$ns" -- "$@"; }

lines() { # N: wait until the tracer has printed so many more
	local i
	for ((i = 0; i < $1; i++)); do
		read -r -u "${COPROC[0]}" _
	done
}

# Servers on ports 7001, ... with so many sockets each, which so many clients connect to; then five of them are let in.
doors() { # BACKLOG SOCKETS:CONNECTS...
	local dir what i=0 backlog=$1
	shift
	dir=$(mktemp -d)
	for what; do
		i=$((i + 1))
		mkfifo "$dir/$i"
		exec {in}<> "$dir/$i"
		nsenter --net="/run/netns/$ns" -- "$O/tests/tools/doorwork" -4 --port $((7000 + i)) --backlog "$backlog" \
			--sockets "${what%:*}" --children 2 --connect "${what#*:}" --accept 5 <&"$in" {in}>&- > /dev/null &
		servers+=($!)
		lines 20
		echo >&"$in"
		lines 20
		echo >&"$in"
	done
	lines 20
	rm -r "$dir"
}

# Five servers with twelve connections each: one is 20 ms away, and on the way to another one a third of all packets is lost once they are connected.
dests() {
	local port delay loss dir out
	dir=$(mktemp -d)
	mkfifo "$dir/in"
	exec {in}<> "$dir/in"
	for port in 7001 7002 7003 7004 7005; do
		delay=1ms loss=0%
		((port != 7004)) || delay=20ms
		((port != 7005)) || loss=33%
		in_ns tc qdisc replace dev lo root netem delay $delay limit 10000
		exec {out}< <(in_ns "$O/tests/tools/tcpwork" --pause --port $port -4 "connect accept | send:c recv:s close:c eof:s close:s" 12 <&"$in" {in}>&-)
		read -r -u "$out" _
		in_ns tc qdisc replace dev lo root netem delay $delay loss $loss limit 10000
		echo >&"$in"
		cat <&"$out" > /dev/null
		exec {out}<&-
	done
	in_ns tc qdisc del dev lo root
	rm -r "$dir"
}

mkdir -p tests/golden/live
for kind in "${kinds[@]}"; do
	ip netns add "$ns"
	ip -n "$ns" link set lo up
	work=$kind count=3 seconds=1 args=() view=(count -j 0.1) servers=()
	case $kind in
	overflow)		work=client-first; in_ns sysctl -qw net.ipv4.tcp_max_tw_buckets=0 ;;
	fin-wait2-timeout)	work=hold-close-wait seconds=3; in_ns sysctl -qw net.ipv4.tcp_fin_timeout=1 ;;
	no-port)		args=(--port 7001); in_ns sysctl -qw net.ipv4.ip_local_port_range="40000 40001" ;;
	reuse-tw)		# an even number of ports: connect() looks at them in pairs
				args=(--port 7001) count=4
				in_ns sysctl -qw net.ipv4.tcp_tw_reuse=1 net.ipv4.ip_local_port_range="40000 40003" ;;
	ports)			seconds=2; in_ns sysctl -qw net.ipv4.tcp_tw_reuse=0 net.ipv4.ip_local_port_range="40000 40049" \
					net.ipv4.ip_local_reserved_ports=40010-40013 ;;
	connect-timeout)	in_ns sysctl -qw net.ipv4.tcp_syn_retries=1 ;;
	listeners)		view=(listeners -j 0.1) ;;
	stacks)			view=(--stacks count -j 0.1) ;;
	ports-used)		in_ns sysctl -qw net.ipv4.ip_local_port_range="40000 40199" ;;
	lost-*)			count=1 ;;	# the driver accepts in the order of its clients, which lost packets change
	orphan)			seconds=4; in_ns sysctl -qw net.ipv4.tcp_orphan_retries=1 ;;
	esac
	# The recording lasts as long as the driver, and then for some seconds of event time.
	coproc "$O/twtrace" -q -N "$ns" -w "tests/golden/live/$kind.twr" "${view[@]}"
	pid=$COPROC_PID
	read -r -u "${COPROC[0]}" _
	if [[ $kind == listeners ]]; then	# the queues overflow
		doors 8 1:24 2:24
	elif [[ $kind == stacks ]]; then	# two leaks, closed by the exit of their program
		in_ns "$O/tests/tools/stackwork" 4 2 1 < /dev/null > /dev/null
		lines 20
	elif [[ $kind == dests ]]; then
		dests
		lines 20
	elif [[ $kind == ports-used ]]; then	# 150 and 185 of 200 ports
		doors 500 1:150 1:185
	elif [[ $kind == ports ]]; then
		printf '%s\n' "serve 4 127.0.0.1 9000" "serve 4 127.0.0.1 40020" "open 1 4 127.0.0.1 40030 127.0.0.1 9000" \
			"open 3 4 127.0.0.2 bind 127.0.0.1 9000" "open 2 4 127.0.0.3 connect 127.0.0.1 40020" \
			"pace 10 50 300 client 4 - connect 127.0.0.1 9000" "pace 10 5 100 peer 4 127.0.0.3 connect 127.0.0.1 9000" |
			in_ns "$O/tests/tools/portwork" > /dev/null
		lines $((seconds * 10))
	else
		in_ns "$O/tests/tools/tcpwork" "${args[@]}" -4 "$work" "$count" > /dev/null
		lines $((seconds * 10))
	fi
	kill -INT "$pid"
	cat <&"${COPROC[0]}" > /dev/null || true
	wait "$pid" || true
	if ((${#servers[@]})); then
		kill "${servers[@]}"
		wait "${servers[@]}" || true
	fi
	ip netns del "$ns"
done
