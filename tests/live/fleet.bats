#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# serve among those it is made for: many clients, Prometheus, a dashboard, a service manager, a container engine.
load ../lib/live
load ../lib/engines

CONTRIB=$LIB/../../contrib
DOCKERD=
eval "usual_$(declare -f teardown)"
teardown() {
	[[ -z $DOCKERD ]] || dk rm -f tw > /dev/null 2>&1 || true
	daemon_stop "$DOCKERD"
	usual_teardown
	[[ ! -d $T/docker ]] || umount "$T"/docker/*/*/*/shm "$T"/docker/exec/netns/* 2> /dev/null || true
}

get() { curl -s --max-time "$PATIENCE" --unix-socket "$T/sock" "http://localhost$1"; }
metric() { # SERIES
	awk -v s="$1 " 'index($0, s) == 1 { print substr($0, length(s) + 1) }'
}

@test "serve: 200 clients, half of which never read, at full rate: nothing is lost, and the numbers are right" {
	[[ -x /usr/bin/python3 ]] || skip "no python3"
	trace serve serve --listen "unix:$T/sock"
	job crowd /usr/bin/python3 "$LIB/webcrowd.py" "$T/sock" 100
	job_wait_line crowd out ready
	trace closers closers -j --by comm -i 3600
	mapfile -t args < <(each_family 700 client-first server-first unread)
	work load "${args[@]}"
	work_end load
	trace_stop closers
	local i want text
	want=$(jq -s 'map(select(.event == "closers" and .comm == "tcpwork")) | last | .active' "$T/closers.out")
	for ((i = 0; i < 50; i++)); do
		text=$(get /metrics)
		[[ $(metric 'twtrace_process_closed_connections_total{comm="tcpwork",how="active"}' <<< "$text") != "$want" ]] || break
	done
	assert_eq "$(metric 'twtrace_process_closed_connections_total{comm="tcpwork",how="active"}' <<< "$text")" "$want" "active closes"
	assert_eq "$(sed -n 's/^twtrace_events_lost_total{.*} //p' <<< "$text" | sort -u)" 0 "lost"
	(($(metric twtrace_http_clients <<< "$text") >= 200)) || fail "$(metric twtrace_http_clients <<< "$text") clients"
	job_line crowd
	job_wait crowd
	assert_jq "$T/crowd.out" 'last | .wrong == 0 and .read > 100 and .scrapes > 2' "answers: $(tail -n 1 "$T/crowd.out")"
	# Nobody holds much of us.
	(($(awk '/^VmRSS/ { print $2 }' "/proc/${JOB_PID[serve]}/status") < 200000)) || fail "$(grep VmRSS "/proc/${JOB_PID[serve]}/status")"
	trace_stop serve
}

@test "serve: 200 clients scrape each second or never read, pages too, as fast as connections go: nothing is lost, count's numbers" {
	[[ -x /usr/bin/python3 ]] || skip "no python3"
	local n=${TWT_CHURN:-20000} i text streams dropped
	trace serve --ring-size 64M serve --listen "unix:$T/sock"
	job crowd /usr/bin/python3 "$LIB/webcrowd.py" "$T/sock" 100 1
	job_wait_line crowd out ready
	trace count count -j -i 0.1
	for i in 1 2; do job "churn$i" nsenter --net="/run/netns/$NS" -- "$TOOLS/churn" "$n" --procs 2; done
	for i in churn1 churn2; do
		job_wait "$i"
		[[ ${JOB_STATUS[$i]} == 0 ]] || fail "churn: $(cat "$T/$i.err")"
	done
	assert_counts_as_ss count "afterwards"
	for ((i = 0; i < 50; i++)); do
		text=$(get /metrics)
		[[ $(metric 'twtrace_process_closed_connections_total{comm="churn",how="active"}' <<< "$text") != $((2 * n)) ]] || break
	done
	assert_eq "$(metric 'twtrace_process_closed_connections_total{comm="churn",how="active"}' <<< "$text")" $((2 * n)) "active closes"
	assert_eq "$(metric 'twtrace_tcp_connections{state="time_wait"}' <<< "$text")" "$(ss_counts | jq .TIME_WAIT)" "TIME_WAITs"
	assert_eq "$(sed -n 's/^twtrace_events_lost_total{.*} //p' <<< "$text" | sort -u)" 0 "lost"
	streams=$(metric twtrace_stream_clients <<< "$text")
	dropped=$(metric twtrace_stream_clients_dropped_total <<< "$text")
	((streams + dropped >= 30)) || fail "$streams pages, $dropped dropped"
	job_line crowd
	job_wait crowd
	assert_jq "$T/crowd.out" 'last | .wrong == 0 and .read > 100 and .scrapes > 0' "answers: $(tail -n 1 "$T/crowd.out")"
	trace_stop count
	assert_eq "$(summary_of count | jq .connections_opened)" $((4 * n)) "opened, as count says"
	trace_stop serve
}

# The result of a query, "value" of each of its samples.
query() { # EXPR
	in_ns curl -sG --max-time "$PATIENCE" http://127.0.0.1:9990/api/v1/query --data-urlencode "query=$1"
}
value() { query "$1" | jq -r '.data.result[].value[1]'; }
wait_query() { # TEST EXPR WANT
	local i
	for ((i = 0; i < 300; i++)); do
		! "$1" "$(value "$2")" "$3" || return 0
		"$TOOLS/waitline" -p "${JOB_PID[prometheus]}" "$T/never" . 0.2 > /dev/null 2>&1 || true
	done
	fail "$2 is $(query "$2"), not $3"
}
is_equal() { [[ $1 == "$2" ]]; }
is_least() { [[ -n $1 ]] && (($1 >= $2)); }
wait_value() { wait_query is_equal "$@"; }
wait_least() { wait_query is_least "$@"; }

@test "serve: Prometheus scrapes it; queries equal ss; dashboard and rules ask for what there is" {
	local prometheus expr now
	prometheus=$("$LIB/server.sh" prometheus) || skip "$prometheus"
	job serve nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N "$NS" serve --labels comm,lport,remote --stuck 0
	job_wait_line serve err '^Tracing'
	work load -4 hold-established 3 hold-close-wait 5 client-first "$COUNT"
	sed "s/15s/1s/; s|rules.yml|$(realpath "$CONTRIB")/prometheus/rules.yml|" "$CONTRIB/prometheus/prometheus.yml" > "$T/prometheus.yml"
	: > "$T/never"
	job prometheus nsenter --net="/run/netns/$NS" -- "$prometheus" --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/data" \
		--web.listen-address=127.0.0.1:9990 --log.level=warn
	wait_value 'up{job="twtrace"}' 1
	wait_value 'twtrace_tcp_connections{state="close_wait"}' "$(ss_counts | jq .CLOSE_WAIT)"
	# Each query leaves a TIME_WAIT in this namespace: those of now, or more, and no more than there are then.
	now=$(ss_counts | jq .TIME_WAIT)
	wait_least 'twtrace_tcp_connections{state="time_wait"}' "$now"
	(($(value 'twtrace_tcp_connections{state="time_wait"}') <= $(ss_counts | jq .TIME_WAIT))) || fail "more TIME_WAITs than ss: $(ss_counts)"
	wait_value 'sum(twtrace_process_stuck_connections{comm="tcpwork"})' 10		# each has a peer in FIN_WAIT2
	wait_value 'sum(twtrace_events_lost_total)' 0
	# What has a unit and a type arrives with them.
	in_ns curl -s http://127.0.0.1:9990/api/v1/metadata | jq -e '.data.twtrace_tcp_time_wait_seconds_total // .data.twtrace_tcp_time_wait_seconds
		| .[0].type == "counter"' > /dev/null || fail "metadata"
	(($(value 'count({job="twtrace"})') < 1400)) || fail "$(value 'count({job="twtrace"})') series"
	# Every expression of the dashboard is one, and of families that exist.
	while read -r expr; do
		query "$expr" | jq -e '.status == "success"' > /dev/null || fail "$expr: $(query "$expr")"
		while read -r name; do
			[[ $(value "count({__name__=~\"$name(_total)?\"})") -gt 0 ]] || fail "$expr: there is no $name"
		done < <(grep -oE '(twtrace|process)_[a-z0-9_]+' <<< "$expr" | sed 's/_total$//')
	done < <(jq -r '.panels[].targets[].expr' "$CONTRIB/grafana/twtrace.json" | sed 's/\$__rate_interval/10s/g; s/\$instance/.*/g')
	# Rules run, too: none has failed.
	wait_value 'count(ALERTS_FOR_STATE) >= 0 or vector(1)' 1 || true
	in_ns curl -s http://127.0.0.1:9990/api/v1/rules | jq -e '[.data.groups[].rules[] | select(.health == "err")] | length == 0' > /dev/null ||
		fail "$(in_ns curl -s http://127.0.0.1:9990/api/v1/rules | jq -c '.data.groups[].rules[] | select(.health == "err") | [.name, .lastError]')"
	job_stop prometheus TERM
	work_end load
	job_stop serve
}

# Series of the workload's processes by name and labels, without times, which go on; sorted.
ours() { jq -r '.data.result[] | [.metric.__name__, (.metric | del(.__name__, .instance, .job) | to_entries | map("\(.key)=\"\(.value)\"") | sort | join(",")), .value[1]] | "\(.[0]){\(.[1])} \(.[2])"' |
	grep -v _seconds | sort; }

# What follows is about that namespace.
stand_in() { NS=$1; }

@test "serve: two hosts, each with its Prometheus, one of which federates the other's: by instance each host's own numbers" {
	local prometheus here=$NS there name
	prometheus=$("$LIB/server.sh" prometheus) || skip "$prometheus"
	ns_new
	there=$NS
	ip -n "$here" link add eth0 type veth peer name eth0 netns "$there"
	ip -n "$here" addr add 192.0.2.1/24 dev eth0
	ip -n "$there" addr add 192.0.2.2/24 dev eth0
	ip -n "$here" link set eth0 up
	ip -n "$there" link set eth0 up
	for name in here there; do
		stand_in "${!name}"
		job "serve_$name" nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N "$NS" serve --stuck 0
		job_wait_line "serve_$name" err '^Tracing'
		sed "s/15s/1s/; /rule_files/d; /targets:/a\\        labels: {instance: host-$name}" "$CONTRIB/prometheus/prometheus.yml" > "$T/$name.yml"
	done
	stand_in "$here"
	work load_here -4 hold-established 3 hold-close-wait 5 client-first 7
	stand_in "$there"
	work load_there -4 hold-established 2 hold-close-wait 9 server-first 4
	# The one there has what federate.yml says in addition, of the one here.
	sed -n '/job_name/,$p' "$CONTRIB/prometheus/federate.yml" | sed "s/targets:.*/targets: ['192.0.2.1:9990']/" >> "$T/there.yml"
	job prometheus_here nsenter --net="/run/netns/$here" -- "$prometheus" --config.file="$T/here.yml" --storage.tsdb.path="$T/data.here" \
		--web.listen-address=192.0.2.1:9990 --log.level=warn
	: > "$T/never"
	job prometheus nsenter --net="/run/netns/$there" -- "$prometheus" --config.file="$T/there.yml" --storage.tsdb.path="$T/data.there" \
		--web.listen-address=127.0.0.1:9990 --log.level=warn
	wait_value 'count(up{job="twtrace"} == 1)' 2
	wait_value 'twtrace_tcp_connections{state="close_wait",instance="host-here"}' "$(stand_in "$here" && ss_counts | jq .CLOSE_WAIT)"
	wait_value 'twtrace_tcp_connections{state="close_wait",instance="host-there"}' "$(ss_counts | jq .CLOSE_WAIT)"
	wait_value 'sum by (instance) (twtrace_process_closed_connections_total{comm="tcpwork",how="active",instance="host-here"})' 7
	for name in here there; do
		query "{comm=\"tcpwork\",instance=\"host-$name\"}" | ours > "$T/$name.federated"
		nsenter --net="/run/netns/${!name}" -- curl -s http://127.0.0.1:19293/metrics | grep -v '^#' | grep 'comm="tcpwork"' | grep -v _seconds | sort > "$T/$name.own"
		(($(wc -l < "$T/$name.own") > 10)) || fail "$(cat "$T/$name.own")"
		diff "$T/$name.own" "$T/$name.federated" || fail "host-$name has other numbers"
	done
	job_stop prometheus TERM
	job_stop prometheus_here TERM
	work_end load_here
	work_end load_there
	job_stop serve_here
	job_stop serve_there
}

@test "contrib: options that its files name exist, and what they allow agrees" {
	/usr/bin/python3 -c 'import yaml' 2> /dev/null || skip "no python3-yaml"
	(cd "$CONTRIB/.." && /usr/bin/python3 tests/lib/contrib.py "$TWTRACE")
}

@test "contrib: rules pass their tests, the unit is well-formed and sandboxed" {
	local promtool
	if promtool=$("$LIB/server.sh" promtool); then
		"$promtool" check config "$CONTRIB/prometheus/prometheus.yml"
		"$promtool" check config "$CONTRIB/prometheus/federate.yml"
		"$promtool" test rules "$CONTRIB/prometheus/rules_test.yml"
	fi
	jq -e '.panels | length == 16' "$CONTRIB/grafana/twtrace.json" > /dev/null
	command -v systemd-analyze > /dev/null || skip "no systemd-analyze"
	sed "s|/usr/bin/twtrace|$TWTRACE|; /^Documentation/d" "$CONTRIB/systemd/twtrace.service" > "$T/twtrace.service"
	systemd-analyze verify "$T/twtrace.service"
	systemd-analyze security --offline=true --threshold=20 "$T/twtrace.service" > "$T/security" || fail "$(tail -n 1 "$T/security")"
}

@test "contrib: a service manager hears that it is ready, and that it lives" {
	[[ -x /usr/bin/python3 ]] || skip "no python3"
	job manager /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True: print(s.recv(100).decode(), flush=True)' "$T/notify"
	job_wait_line manager out bound
	job serve env NOTIFY_SOCKET="$T/notify" WATCHDOG_USEC=200000 "$TWTRACE" -q -N "$NS" serve --listen "unix:$T/sock"
	job_wait_line manager out '^READY=1'
	wait_matches manager '^WATCHDOG=1' 3
	job_stop serve
}

@test "contrib: the image serves with the capabilities and mounts that are documented" {
	# docker 20.10 knows neither CAP_BPF nor CAP_PERFMON: its stand-in is documented, too.
	docker_start "$T/docker" > "$T/why" || skip "$(cat "$T/why")"
	# The static program, unless it cannot be linked here.
	local program=${TWTRACE%/*}-static/twtrace
	[[ -x $program ]] || program=$TWTRACE
	"$CONTRIB/container/build.sh" "$program" "$T/image"
	DOCKER_BUILDKIT=0 dk build -q -t twtrace "$T/image" > /dev/null
	mkdir "$T/run"
	dk run -d --name tw --read-only --network host --pid host --cap-drop all --cap-add SYS_ADMIN -v /sys/fs/cgroup:/sys/fs/cgroup:ro \
		-v "$T/run:/run/tw" --ulimit nofile=1024:1024 twtrace -N "$(ns_inode)" -q serve --listen unix:/run/tw/sock > /dev/null
	until_ok "$DOCKERD" "$T/docker/log" test -S "$T/run/sock" || fail "$(dk logs tw 2>&1)"
	work load -4 client-first 3
	work_end load
	local i
	for ((i = 0; i < 100; i++)); do
		[[ $(curl -s --unix-socket "$T/run/sock" http://localhost/metrics | metric 'twtrace_process_closed_connections_total{comm="tcpwork",how="active"}') != 3 ]] || break
	done
	assert_eq "$(curl -s --unix-socket "$T/run/sock" http://localhost/metrics | metric 'twtrace_process_closed_connections_total{comm="tcpwork",how="active"}')" 3 "active closes"
	dk exec tw /twtrace serve --check unix:/run/tw/sock
}
