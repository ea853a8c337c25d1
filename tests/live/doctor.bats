#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# doctor: each rule is provoked by real sockets, and nothing else is found then; a healthy workload gives nothing above info.
load ../lib/live

load ../lib/doctor

@test "doctor: sockets that stand, each rule alone" { each_scenario here 'close-wait|last-ack|fin-wait1|orphans|half-closed|hangs|unanswered|others'; }
@test "doctor: resets and refusals, each rule alone" { each_scenario here 'unread|linger|late-data|not-accepted|keepalive|user-timeout|peer-resets|tw-reset'; }
@test "doctor: connections that never came to be, each rule alone" { each_scenario here 'refused|unreachable|connect-timeout|crossed|nat'; }
@test "doctor: ports and binds, each rule alone" { each_scenario here 'no-port|no-port-bind|few-ports|bind-.*|loopback-only'; }
@test "doctor: TIME_WAITs, queues and losses, each rule alone" { each_scenario here 'client-first|server-first|full-table|no-timestamps|half-open|cookies|full-queue|lost|small'; }

@test "doctor: every scenario is run, and every rule has one" {
	local name where
	each_rule_has_one
	while IFS='|' read -r name where _; do
		[[ -n $name && ${where// /} == here ]] || continue
		name=${name// /}
		while read -r where; do
			[[ ! $name =~ ^($where)$ ]] || continue 2
		done < <(sed -n "s/.*each_scenario here '\([^']*\)'.*/\1/p" "$BATS_TEST_FILENAME")
		fail "$name is in no test"
	done <<< "$SCENARIOS"
}

# nginx with keep-alive under wrk: twenty thousand requests over few connections.
@test "doctor: a healthy workload gives nothing above info" {
	local nginx
	nginx=$("$LIB/server.sh" nginx) || skip "$nginx"
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

@test "doctor: --fail-on" {
	work leak --port 7001 -4 hold-close-wait 7
	run -5 "$TWTRACE" -q -N "$NS" doctor -d 1.5 --fail-on warning
	[[ $output == *"warning: close-wait-leak: "*"tcpwork (pid "* ]] || fail "$output"
	run -0 "$TWTRACE" -q -N "$NS" doctor -d 1.5 --fail-on critical
	work_end leak
}

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

@test "doctor: five articles of the usual kind are answered right, by kernel" {
	local delay=fine major minor
	IFS=. read -r major minor _ < /proc/sys/kernel/osrelease
	minor=${minor%%[!0-9]*}
	((major * 1000 + minor >= 6014)) || delay="not in this kernel"
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
		net.ipv4.tcp_tw_reuse_delay = 500
		net.ipv4.tcp_turbo = 1' \
		net.ipv4.tcp_tw_reuse="bad value" net.ipv4.ip_local_port_range="bad value" net.ipv4.tcp_retries2=harmful \
		net.ipv4.tcp_orphan_retries=fine net.ipv4.tcp_rfc1337=fine net.ipv4.tcp_low_latency="no effect" net.ipv4.tcp_rmem=fine \
		net.ipv4.tcp_turbo=unknown net.ipv4.tcp_tw_reuse_delay="$delay"
	# What the kernel itself says of them is the same: files that it has not, and values that it refuses.
	[[ $delay != fine ]] || [[ -e /proc/sys/net/ipv4/tcp_tw_reuse_delay ]] || fail "no tcp_tw_reuse_delay"
	[[ $delay == fine ]] || [[ ! -e /proc/sys/net/ipv4/tcp_tw_reuse_delay ]] || fail "there is a tcp_tw_reuse_delay"
	[[ ! -e /proc/sys/net/ipv4/tcp_tw_recycle ]] || fail "there is a tcp_tw_recycle"
	! ns_sysctl net.ipv4.tcp_tw_reuse=3 2> /dev/null || fail "tcp_tw_reuse=3 is taken"
	! ns_sysctl net.ipv4.ip_local_port_range="80 65535" 2> /dev/null || fail "a range from 80 on is taken"
}

@test "doctor: a setting helps where it was measured that it does" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40001"
	trace helps doctor -j -d 1000 --sysctl net.ipv4.ip_local_port_range="30000 60999" --sysctl net.ipv4.tcp_tw_reuse=1
	in_ns "$TOOLS/tcpwork" --port 7001 -4 no-port 3 > /dev/null
	trace_stop helps
	cp "$T/helps.out" "$T/advice"
	[[ $(advice net.ipv4.ip_local_port_range) == "helps here" && $(advice net.ipv4.tcp_tw_reuse) == "helps here" ]] || fail "$(cat "$T/advice")"
	run -1 "$TWTRACE" doctor --sysctl /no/such/file
	[[ $output == *"cannot read '/no/such/file'"* ]]
	run -64 "$TWTRACE" doctor --fail-on info
}
