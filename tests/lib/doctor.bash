# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The table rule x scenario of `doctor`, for tests/live/doctor.bats and tests/vm/findings.bats: each scenario provokes one rule with real sockets, and all
# that is found then is that rule. To be sourced behind live.bash.

# name | where: here, or in a guest, since it takes modules or settings of the whole machine | how: held (sockets that stand when we come; :SECONDS that we
# watch) or done (connections that end while we watch) | settings | our arguments | what tcpwork makes, or !function | what is found, all of it.
SCENARIOS="
close-wait     | here  | held     |                                           |         | hold-close-wait 7        | close-wait-leak
last-ack       | here  | held     |                                           |         | hold-last-ack 7          | last-ack-stuck
fin-wait1      | here  | held     |                                           |         | hold-fin-wait1 7         | fin-wait1-stuck
orphans        | here  | held     |                                           | -D 7001 | hold-close-wait 53       | fin-wait2-orphans
half-closed    | here  | held     |                                           | -D 7001 | hold-fin-wait2 13        | fin-wait2-open
hangs          | here  | held     |                                           |         | syn-sent 5               | connect-hangs
unanswered     | here  | held:2.5 |                                           |         | hold-unanswered 5        | established-unanswered
unread         | here  | done     |                                           |         | unread 23                | reset-unread
linger         | here  | done     |                                           |         | linger0 23               | reset-linger
late-data      | here  | done     |                                           |         | data-after-close 11      | reset-data-after-close
not-accepted   | here  | done     |                                           |         | not-accepted 5           | reset-not-accepted
keepalive      | here  | done     |                                           | -D 7001 | keepalive 1              | peer-gone
user-timeout   | here  | done     |                                           | -D 7001 | user-timeout 1           | peer-gone
peer-resets    | here  | done     |                                           | -L 7001 | wire-unread 23           | reset-by-peer
tw-reset       | here  | done     |                                           |         | tw-reset 7               | time-wait-reset
refused        | here  | done     |                                           |         | refused 5                | connect-refused
unreachable    | here  | done     |                                           |         | !unreachable 2           | connect-unreachable
connect-timeout| here  | done     | net.ipv4.tcp_syn_retries=1                |         | connect-timeout 2        | connect-timeout
crossed        | here  | done     |                                           |         | simultaneous-open 5      | simultaneous-open
no-port        | here  | done     | net.ipv4.ip_local_port_range=40000\ 40001 |         | no-port 3                | ports-exhausted
no-port-bind   | here  | done     | net.ipv4.ip_local_port_range=40000\ 40007 | --calls | !bind_no_port 3          | ports-exhausted
few-ports      | here  | held     | net.ipv4.ip_local_port_range=40000\ 40199 |         | hold-established 180     | ports-running-out
bind-old       | here  | done     |                                           | --calls | bind-old 3               | bind-without-reuseaddr
bind-taken     | here  | done     |                                           | --calls | bind-taken 3             | bind-in-use
client-first   | here  | done     |                                           | -D 7001 | client-first 1500        | time-wait-client
server-first   | here  | done     |                                           |         | server-first 1200        | time-wait-harmless
full-table     | here  | done     | net.ipv4.tcp_max_tw_buckets=0             |         | client-first 11          | time-wait-overflow
no-timestamps  | here  | done     | net.ipv4.tcp_timestamps=0                 |         | client-first 120         | reuse-without-timestamps
loopback-only  | here  | held     | net.ipv4.ip_local_port_range=40000\ 40199 |         | wire-client-first 120    | reuse-loopback-only
nat            | here  | done     | net.ipv4.tcp_syn_retries=1                |         | reuse-unanswered 2       | reuse-unanswered
half-open      | here  | held     |                                           | -L 7001 | syn-recv 70              | syn-backlog
cookies        | here  | done     | net.ipv4.tcp_syncookies=2                 | -L 7001 | syn-recv 5               | syn-cookies
full-queue     | here  | held     |                                           | -L 7777 | !full_queue              | accept-queue-full
lost           | here  | done     |                                           | --ring-size 64K | !lost_events     | events-lost
small          | here  | done     |                                           |         | client-first 23 server-first 23 half-close 23 | -
others         | here  | held     |                                           | -p 1    | hold-close-wait 7        | -
conntrack      | guest | held     | net.netfilter.nf_conntrack_max=100        |         | !tracked 90              | conntrack-full
conntrack-tw   | guest | held     | net.netfilter.nf_conntrack_max=200        |         | !tracked 90              | conntrack-time-wait
memory         | guest | done     | net.ipv4.tcp_max_orphans=0                |         | one-orphan 1 orphan-too-many 5 | out-of-memory
"

findings() { # FILE: ids, each once
	jq -rs 'map(select(.event == "finding") | .id) | unique | if . == [] then "-" else join(" ") end' "$1"
}

# --- workloads that are no tcpwork's; each leaves w_NAME behind, or nothing ------------------------------------------------------------------

# A router that knows no way: it says so by ICMP.
do_unreachable() { # NAME N
	local near=$NS i
	ns_new
	ip -n "$near" link add twl0 type veth peer name twl1 netns "$NS"
	ip -n "$near" addr add 10.3.0.1/24 dev twl0
	ip -n "$NS" addr add 10.3.0.2/24 dev twl1
	ip -n "$near" link set twl0 up
	ip -n "$NS" link set twl1 up
	in_ns sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
	ip -n "$NS" route add unreachable 10.9.9.0/24
	ip -n "$near" route add 10.9.9.0/24 via 10.3.0.2
	NS=$near
	for ((i = 0; i < $2; i++)); do
		! in_ns bash -c 'exec 3<> /dev/tcp/10.9.9.9/80' 2> "$T/w_$1.err" || fail "10.9.9.9 answers"
	done
	grep -q 'No route to host' "$T/w_$1.err" || fail "$(cat "$T/w_$1.err")"
}

do_bind_no_port() { # NAME N
	job "w_$1" nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$TOOLS/failcalls" "$2" port-0
	job_wait_line "w_$1" out '^done'
}

do_full_queue() { # NAME
	job "w_$1" nsenter --net="/run/netns/$NS" -- "$TOOLS/doorwork" --backlog 8 --connect 30 --accept 4
	job_wait_line "w_$1" out '"step":"listen"'
	job_line "w_$1"
	job_wait_line "w_$1" out '"step":"connect"'
}

do_lost_events() { # NAME: while we stand still
	kill -STOP "${JOB_PID[$1]}"
	work "w_$1" --port 7001 -4 server-first 500
	kill -CONT "${JOB_PID[$1]}"
}

# The firewall tracks what a rule asks for.
do_tracked() { # NAME N
	in_ns nft -f - <<< 'table inet twt { chain in { type filter hook input priority 0; ct state established accept; }; }'
	work "w_$1" --port 7001 -4 hold-established "$2"
}

# --- one scenario, and several ------------------------------------------------------------------------------------------------------------------

provoke() { # NAME WORK...
	local name=$1
	shift
	if [[ $1 == !* ]]; then
		"do_${1#!}" "$name" "${@:2}"
	else
		work "w_$name" --port 7001 -4 "$@"
	fi
}

scenario() { # NAME HOW SETTINGS OURS WORK EXPECTED
	local name=${1//[ -]/} how=${2// /} ours work found
	read -ra ours <<< "$4"
	read -ra work <<< "$5"
	ns_new
	found=${3#"${3%%[! ]*}"}
	found=${found%"${found##*[! ]}"}
	case $found in
	net.netfilter.* | *max_orphans*) sysctl -qw "$found" ;;	# of the whole machine
	?*) ns_sysctl "$found" ;;
	esac
	if [[ $how == held* ]]; then
		provoke "$name" "${work[@]}"
		[[ $how == held:* ]] || how=held:1.5
		trace "$name" doctor -j -d "${how#held:}" ${TWT_RECORD:+-w "$TWT_RECORD/$name.twr"} "${ours[@]}"
		job_wait "$name"
		[[ ${JOB_STATUS[$name]} == 0 ]] || fail "$name: exit status ${JOB_STATUS[$name]}"
	else
		trace "$name" doctor -j -d 1000 ${TWT_RECORD:+-w "$TWT_RECORD/$name.twr"} "${ours[@]}"
		provoke "$name" "${work[@]}"
		trace_stop "$name" 0 lossy
	fi
	[[ $6 == *events-lost* ]] || assert_no_loss "$name"
	[[ -z ${JOB_PID[w_$name]:-} ]] || case ${work[0]} in
	!full_queue) job_stop "w_$name" TERM ;;
	*) work_end "w_$name" ;;
	esac
	found=$(findings "$T/$name.out")
	[[ $found == "${6// /}" ]] || { echo "$name: found '$found', expected '${6// /}'"; jq -c 'select(.event == "finding") | [.id, .severity, .subject, .evidence]' "$T/$name.out"; return 1; }
}

# Those of WHERE whose names match REGEX.
each_scenario() { # WHERE REGEX
	local name where how settings ours work expected bad=0 n=0
	while IFS='|' read -r name where how settings ours work expected; do
		[[ -n $name && ${where// /} == "$1" && ${name// /} =~ ^($2)$ ]] || continue
		n=$((n + 1))
		scenario "$name" "$how" "$settings" "$ours" "$work" "$expected" || bad=1
	done <<< "${SCENARIOS//\\ / }"
	((n > 0)) || fail "no scenario is called $2"
	((bad == 0)) || fail "a scenario found what it should not, or not what it should"
}

# Each rule has a scenario that finds it, and each is found that is named.
each_rule_has_one() {
	local rules provoked
	rules=$("$TWTRACE" doctor --help | sed -n '/^Findings:/,$s/^  \([a-z0-9-]*\) .*/\1/p' | sort)
	provoked=$(awk -F '|' 'NF > 6 { gsub(/ /, "", $7); if ($7 != "-") print $7 }' <<< "$SCENARIOS" | sort -u)
	diff -u --label rules --label provoked <(echo "$rules") <(echo "$provoked") || fail "rules without a scenario, or the reverse"
}
