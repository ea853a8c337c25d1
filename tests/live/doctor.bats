#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# doctor: each rule is provoked by real sockets, and nothing else is found then; a healthy workload gives nothing above info.
load ../lib/live

# Scenarios, one a line: what happens | how (held: sockets that stand when we come; done: connections that end while we
# watch) | settings | our arguments | what tcpwork makes | what is found, all of it.
SCENARIOS="
close-wait     | held |                                                     |             | hold-close-wait 7        | close-wait-leak
last-ack       | held |                                                     |             | hold-last-ack 7          | last-ack-stuck
fin-wait1      | held |                                                     |             | hold-fin-wait1 7         | fin-wait1-stuck
orphans        | held |                                                     | -D 7001     | hold-close-wait 53       | fin-wait2-orphans
half-closed    | held |                                                     | -D 7001     | hold-fin-wait2 13        | fin-wait2-open
hangs          | held |                                                     |             | syn-sent 5               | connect-hangs
unread         | done |                                                     |             | unread 23                | reset-unread
linger         | done |                                                     |             | linger0 23               | reset-linger
late-data      | done |                                                     |             | data-after-close 11      | reset-data-after-close
keepalive      | done |                                                     | -D 7001     | keepalive 1              | peer-gone
user-timeout   | done |                                                     | -D 7001     | user-timeout 1           | peer-gone
peer-resets    | done |                                                     | -L 7001     | @unread 23               | reset-by-peer
tw-reset       | done |                                                     |             | tw-reset 7               | time-wait-reset
refused        | done |                                                     |             | refused 5                | connect-refused
connect-timeout| done | net.ipv4.tcp_syn_retries=1                          |             | connect-timeout 2        | connect-timeout
no-port        | done | net.ipv4.ip_local_port_range=40000\ 40001           |             | no-port 3                | ports-exhausted
few-ports      | held | net.ipv4.ip_local_port_range=40000\ 40199           |             | hold-established 180     | ports-running-out
client-first   | done |                                                     | -D 7001     | client-first 1500        | time-wait-client
server-first   | done |                                                     |             | server-first 1200        | time-wait-harmless
full-table     | done | net.ipv4.tcp_max_tw_buckets=0                       |             | client-first 11          | time-wait-overflow
no-timestamps  | done | net.ipv4.tcp_timestamps=0                           |             | client-first 120         | reuse-without-timestamps
half-open      | held |                                                     | -L 7001     | syn-recv 70              | syn-backlog
cookies        | done | net.ipv4.tcp_syncookies=2                           | -L 7001     | syn-recv 5               | syn-cookies
full-queue     | held |                                                     | -L 7777     | door --backlog 8 --connect 30 --accept 4 | accept-queue-full
small          | done |                                                     |             | client-first 23 server-first 23 half-close 23 | -
"
PEER_RESETS='@wire connect accept | send:s data:c close:c rst:s close:s'

findings() { # FILE: ids, each once
	jq -rs 'map(select(.event == "finding") | .id) | unique | if . == [] then "-" else join(" ") end' "$1"
}

scenario() { # NAME HOW SETTINGS OURS WORK EXPECTED
	local name=${1//[ -]/} how=${2// /} ours work i
	read -ra ours <<< "$4"
	read -ra work <<< "$5"
	[[ ${work[0]} != @unread ]] || work[0]=$PEER_RESETS
	ns_new
	[[ -z ${3// /} ]] || { i=${3%"${3##*[! ]}"}; ns_sysctl "${i# }"; }
	if [[ ${work[0]} == door ]]; then
		job "w_$name" nsenter --net="/run/netns/$NS" -- "$TOOLS/doorwork" "${work[@]:1}"
		job_wait_line "w_$name" out '"step":"listen"'
		job_line "w_$name"
		job_wait_line "w_$name" out '"step":"connect"'
	elif [[ $how == held ]]; then
		work "w_$name" --port 7001 -4 "${work[@]}"
	fi
	if [[ $how == held ]]; then
		trace "$name" doctor -j -d 1.5 ${TWT_RECORD:+-w "$TWT_RECORD/$name.twr"} "${ours[@]}"
		job_wait "$name"
		[[ ${JOB_STATUS[$name]} == 0 ]] || fail "$name: exit status ${JOB_STATUS[$name]}"
	else
		trace "$name" doctor -j -d 1000 ${TWT_RECORD:+-w "$TWT_RECORD/$name.twr"} "${ours[@]}"
		work "w_$name" --port 7001 -4 "${work[@]}"
		trace_stop "$name"
	fi
	assert_no_loss "$name"
	if [[ ${work[0]} == door ]]; then job_stop "w_$name" TERM; else work_end "w_$name"; fi
	i=$(findings "$T/$name.out")
	[[ $i == "${6// /}" ]] || { echo "$name: found '$i', expected '${6// /}'"; jq -c 'select(.event=="finding") | [.id, .severity, .subject, .evidence]' "$T/$name.out"; return 1; }
}

# shellcheck disable=SC2034
each_scenario() { # FROM TO
	local name how settings ours work expected bad=0 n=0
	while IFS='|' read -r name how settings ours work expected; do
		[[ -n $name ]] || continue
		n=$((n + 1))
		((n >= $1 && n <= $2)) || continue
		scenario "$name" "$how" "$settings" "$ours" "$work" "$expected" || bad=1
	done <<< "${SCENARIOS//\\ / }"
	((bad == 0)) || fail "a scenario found what it should not, or not what it should"
}

@test "doctor: sockets that stand, each rule alone" { each_scenario 1 6; }
@test "doctor: resets and refusals, each rule alone" { each_scenario 7 15; }
@test "doctor: ports and TIME_WAITs, each rule alone" { each_scenario 16 25; }

# nginx with keep-alive under wrk: twenty thousand requests over few connections.
@test "doctor: a healthy workload gives nothing above info" {
	local nginx
	nginx=$("$LIB/nginx.sh") || skip "$nginx"
	command -v wrk > /dev/null || skip "wrk is not installed"
	{
		echo "worker_processes 2; daemon off; pid $T/nginx.pid; error_log stderr notice; events {}"
		echo "http { access_log off; keepalive_requests 1000000; client_body_temp_path $T/b; proxy_temp_path $T/p; fastcgi_temp_path $T/f;"
		echo "uwsgi_temp_path $T/u; scgi_temp_path $T/s; server { listen 8080; location / { return 200 ok; } } }"
	} > "$T/nginx.conf"
	job nginx nsenter --net="/run/netns/$NS" -- "$nginx" -e stderr -c "$T/nginx.conf"
	job_wait_line nginx err 'start worker process '
	echo 'done = function(s) print("requests " .. s.requests) end' > "$T/count.lua"
	job doctor nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N self doctor -j --all --fail-on warning -- \
		wrk -t 2 -c 50 -d 4 -s "$T/count.lua" http://127.0.0.1:8080/
	job_wait doctor
	[[ ${JOB_STATUS[doctor]} == 0 ]] || fail "exit status ${JOB_STATUS[doctor]}: $(grep '^{' "$T/doctor.out")"
	grep '^{' "$T/doctor.out" > "$T/found"
	assert_jq "$T/found" 'map(select(.event == "finding" and .severity != "info")) == []' "findings"
	assert_jq "$T/found" 'map(select(.event == "doctor"))[0].healthy' "healthy"
	# A guest without a processor of its own does in four seconds what it can.
	local requests=20000
	[[ -z ${TWT_GUEST:-} ]] || requests=1000
	(($(sed -n 's/^requests \([0-9]*\).*/\1/p' "$T/doctor.out") >= requests)) || fail "$(grep requests "$T/doctor.out") is too few"
	job_stop nginx
}

@test "doctor: --fail-on, and every rule has a scenario" {
	local id
	work leak --port 7001 -4 hold-close-wait 7
	run -5 "$TWTRACE" -q -N "$NS" doctor -d 1.5 --fail-on warning
	[[ $output == *"warning: close-wait-leak: "*"tcpwork (pid "* ]] || fail "$output"
	run -0 "$TWTRACE" -q -N "$NS" doctor -d 1.5 --fail-on critical
	work_end leak
	for id in $("$TWTRACE" doctor --help | sed -n '/^Findings:/,$s/^  \([a-z0-9-]*\) .*/\1/p'); do
		[[ $NOT_PROVOKED == *" $id "* || $SCENARIOS == *"$id"* ]] || fail "no scenario for $id"
	done
}
# What needs more than a network namespace: a router that says no, memory that is short, crossed SYNs, a listener that goes, a ring that is too small.
NOT_PROVOKED=" connect-unreachable out-of-memory simultaneous-open reset-not-accepted events-lost "

advice() { # NAME [VALUE]: of the last run
	jq -rs --arg n "$1" --arg v "${2:-}" 'map(select(.event == "setting" and .name == $n and ($v == "" or .value == $v)))[0].advice' "$T/advice"
}

ask() { # TEXT EXPECTED...: NAME=ADVICE each
	local one got
	"$TWTRACE" -q -N "$NS" doctor -j -d 0.3 --sysctl - <<< "$1" > "$T/advice"
	shift
	for one; do
		got=$(advice "${one%%=*}")
		[[ $got == "${one#*=}" ]] || { grep "\"${one%%=*}\"" "$T/advice"; fail "${one%%=*}: '$got', expected '${one#*=}'"; }
	done
}

@test "doctor: five articles of the usual kind are answered right" {
	ask '# Ten settings for a busy web server
		Put this into /etc/sysctl.conf, then run sysctl -p:
		net.ipv4.tcp_tw_reuse = 1
		net.ipv4.tcp_tw_recycle = 1      # fast recycling
		net.ipv4.tcp_fin_timeout = 15
		net.ipv4.tcp_keepalive_time = 300' \
		net.ipv4.tcp_tw_reuse="no effect" net.ipv4.tcp_tw_recycle=removed net.ipv4.tcp_fin_timeout="no effect" \
		net.ipv4.tcp_keepalive_time="no effect"
	ns_sysctl net.ipv4.tcp_max_tw_buckets=131072	# as on a machine with much memory
	ask 'Too many TIME_WAIT? Lower the table:
		echo 5000 > /proc/sys/net/ipv4/tcp_max_tw_buckets
		sudo sysctl -w net.ipv4.tcp_timestamps=0
		sysctl -w net.ipv4.tcp_fin_timeout=1
		$ sysctl -w "net.ipv4.ip_local_port_range=1024 65535"' \
		net.ipv4.tcp_max_tw_buckets=harmful net.ipv4.tcp_timestamps=harmful net.ipv4.tcp_fin_timeout=harmful \
		net.ipv4.ip_local_port_range=fine
	ask '- `net.ipv4.tcp_syncookies = 1`
		- `net.ipv4.tcp_max_syn_backlog = 65536`
		- `net.core.somaxconn = 65535`
		- `net.ipv4.tcp_synack_retries = 2`
		- `net.ipv4.tcp_abort_on_overflow = 1`' \
		net.ipv4.tcp_syncookies=fine net.ipv4.tcp_max_syn_backlog="no effect" net.core.somaxconn=fine \
		net.ipv4.tcp_synack_retries=fine net.ipv4.tcp_abort_on_overflow=harmful
	ask 'net.ipv4.netfilter.ip_conntrack_tcp_timeout_time_wait = 1
		net.ipv4.ip_conntrack_max = 655360
		net.netfilter.nf_conntrack_tcp_timeout_time_wait=30
		net.nf_conntrack_max=1048576
		tcp_time_wait_interval = 30000' \
		net.ipv4.netfilter.ip_conntrack_tcp_timeout_time_wait=removed net.ipv4.ip_conntrack_max=removed \
		net.netfilter.nf_conntrack_tcp_timeout_time_wait="no effect" tcp_time_wait_interval=removed
	ask 'net.ipv4.tcp_tw_reuse = 3
		net.ipv4.ip_local_port_range = 80 65535
		net.ipv4.tcp_retries2 = 2
		net.ipv4.tcp_orphan_retries = 1
		net.ipv4.tcp_rfc1337 = 1
		net.ipv4.tcp_low_latency = 1
		net.ipv4.tcp_rmem = 4096 87380 16777216
		net.ipv4.tcp_turbo = 1' \
		net.ipv4.tcp_tw_reuse="bad value" net.ipv4.ip_local_port_range="bad value" net.ipv4.tcp_retries2=harmful \
		net.ipv4.tcp_orphan_retries=fine net.ipv4.tcp_rfc1337=fine net.ipv4.tcp_low_latency="no effect" net.ipv4.tcp_rmem=fine \
		net.ipv4.tcp_turbo=unknown
}

@test "doctor: a setting helps where it was measured that it does" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40001"
	job helps "$TWTRACE" -q -N "$NS" doctor -j --sysctl net.ipv4.ip_local_port_range="30000 60999" --sysctl net.ipv4.tcp_tw_reuse=1
	job_wait_line helps err . 1 2> /dev/null || true
	in_ns "$TOOLS/tcpwork" --port 7001 -4 no-port 3 > /dev/null
	job_stop helps
	cp "$T/helps.out" "$T/advice"
	[[ $(advice net.ipv4.ip_local_port_range) == "helps here" && $(advice net.ipv4.tcp_tw_reuse) == "helps here" ]] || fail "$(cat "$T/advice")"
	run -1 "$TWTRACE" doctor --sysctl /no/such/file
	[[ $output == *"cannot read '/no/such/file'"* ]]
	run -64 "$TWTRACE" doctor --fail-on info
}
