#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Metrics over HTTP: equal to ss and to the other commands, in both formats; who may ask, and that nobody disturbs.
load ../lib/live

# serve at a socket of the test's own.
serve() { # ARG...
	trace serve serve --listen "unix:$T/sock" "$@"
}
# -s, not -f: what is refused has something to say.
get() { # PATH [CURL-ARG...]
	curl -s --max-time "$PATIENCE" --unix-socket "$T/sock" "http://localhost$1" "${@:2}"
}
status() { get "$@" -o /dev/null -w '%{http_code}'; }

# The value of a series, as it is written.
metric() { # SERIES [FILE]
	awk -v s="$1 " 'index($0, s) == 1 { print substr($0, length(s) + 1) }' "${2:-/dev/stdin}"
}
# Connections by state as ss_counts has them.
serve_counts() {
	get /metrics | sed -n 's/^twtrace_tcp_connections{state="\([a-z_0-9]*\)"} \([0-9]*\)$/"\U\1":\2/p' | paste -sd, | sed 's/.*/{&}/'
}
assert_serves_as_ss() { # WHAT
	local want got i
	for ((i = 0; i < 100; i++)); do
		want=$(ss_counts)
		got=$(serve_counts)
		[[ $(jq -cS . <<< "$got") != "$(jq -cS . <<< "$want")" ]] || return 0
	done
	assert_json_eq "$got" "$want" "$1"
}

@test "serve: states equal ss, closes equal closers -j, both formats have the same series" {
	serve
	trace closers closers -j --by comm -i 3600
	mapfile -t args < <(each_family "$COUNT" client-first server-first linger0 refused)
	work load "${args[@]}"
	work_end load
	assert_serves_as_ss "all closed"
	get /metrics > "$T/text"
	get /metrics -H 'Accept: application/openmetrics-text;version=1.0.0' > "$T/om"
	assert_eq "$(tail -n 1 "$T/om")" "# EOF" "end of OpenMetrics"
	assert_eq "$(grep -v '^#' "$T/om" | sed 's/ [^ ]*$//' | sort)" "$(grep -v '^#' "$T/text" | sed 's/ [^ ]*$//' | sort)" "series of both formats"
	if command -v promtool > /dev/null; then
		promtool check metrics < "$T/text"
	fi
	if /usr/bin/python3 -c 'import prometheus_client' 2> /dev/null; then
		/usr/bin/python3 -c 'import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for family in parse(sys.stdin.read()): pass' < "$T/om"
	fi
	# What the table promises is there: all but remote ends, which nobody asked for.
	assert_eq "$(grep '^# TYPE ' "$T/text" | cut -d' ' -f3 | sort)" \
		"$("$TWTRACE" serve --metrics-list | sed -n 's/^| `\([a-z_]*\)` .*/\1/p' | grep -vE '^twtrace_(destination_|findings$)' | sort)" "families"
	trace_stop closers
	local how
	for how in active passive abort reset; do
		assert_eq "$(metric "twtrace_process_closed_connections_total{comm=\"tcpwork\",how=\"$how\"}" "$T/text")" \
			"$(jq -s "map(select(.event == \"closers\" and .comm == \"tcpwork\")) | last | .$how" "$T/closers.out")" "$how"
	done
	assert_eq "$(metric 'twtrace_process_connect_failures_total{comm="tcpwork",how="refused"}' "$T/text")" $((3 * COUNT)) "refused"
	assert_eq "$(metric 'twtrace_tcp_transitions_total{from="other",to="other"}' "$T/text")" 0 "transitions that TCP does not have"
	assert_eq "$(metric 'twtrace_tcp_opened_connections_total{role="client"}' "$T/text")" $((12 * COUNT)) "opened"
	assert_eq "$(metric 'twtrace_tcp_time_wait_begun_total' "$T/text")" "$(metric 'twtrace_tcp_connections{state="time_wait"}' "$T/text")" "TIME_WAITs"
	trace_stop serve
}

@test "serve: counters never fall, and the same series come each time" {
	serve --top 1
	mapfile -t args < <(each_family 7 client-first half-close hold-close-wait)
	local i
	get /metrics > "$T/before"
	work_start load --pause "${args[@]}"
	for ((i = 0; i < 20; i++)); do
		get /metrics > "$T/now"
		awk 'FNR == NR { if ($1 ~ /_total({|$)/) was[$1] = $2; next } $1 in was && $2 < was[$1] { print "fell: " $0; bad = 1 } END { exit bad }' \
			"$T/before" "$T/now"
		mv "$T/now" "$T/before"
		((i != 5)) || job_line load
	done
	job_wait_line load out '"done":true'
	work_end load
	# One name has a slot; what else there is, is other.
	assert_eq "$(metric 'twtrace_slots_used{slot="comm"}' "$T/before")" 1 "slots"
	trace_stop serve
}

@test "serve: who may ask, and how" {
	serve --allow-host db1.example
	assert_eq "$(status /metrics)" 200 "through a socket"
	assert_eq "$(status /nothing)" 404 "no such path"
	assert_eq "$(status /metrics -X POST -d x)" 405 "POST"
	assert_eq "$(status /metrics -X GET -d x)" 400 "a body"
	assert_eq "$(status /metrics -H 'Host:')" 400 "no Host"
	assert_eq "$(get /metrics -I | tr -d '\r' | grep -c '^Content-Length: [1-9]')" 1 "HEAD has a length"
	assert_eq "$(get /metrics -D - -o /dev/null | tr -d '\r' | grep -icE "^(content-security-policy: default-src 'none'|x-content-type-options: nosniff|cache-control: no-store)")" \
		3 "heads"
	assert_eq "$(stat -c %a "$T/sock")" 660 "mode of the socket"
	assert_eq "$("$TWTRACE" serve --check "unix:$T/sock")" ok "--check"
	trace_stop serve
	[[ ! -e $T/sock ]] || fail "the socket is left behind"
	run "$TWTRACE" serve --check "unix:$T/sock"
	assert_eq "$status" 1 "--check of none"

	job tcp nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N "$NS" serve --allow-host db1.example
	job_wait_line tcp err '^Tracing'
	grep -q '^Listening at http://127.0.0.1:19293/ and http://\[::1\]:19293/' "$T/tcp.err"
	local host
	for host in 127.0.0.1:19293 localhost '[::1]:19293' db1.example; do
		assert_eq "$(in_ns curl -s -o /dev/null -w '%{http_code}' -H "Host: $host" http://127.0.0.1:19293/metrics)" 200 "Host $host"
	done
	assert_eq "$(in_ns curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' 'http://[::1]:19293/metrics')" 403 "another Host"
	assert_eq "$(in_ns "$TWTRACE" serve --check http://127.0.0.1:19293)" ok "--check"
	run in_ns "$TWTRACE" -N "$NS" serve
	assert_eq "$status" 1 "the address is taken"
	[[ $output == *"another twtrace serve"* ]] || fail "$output"
	trace_stop tcp
	run "$TWTRACE" serve --listen 0.0.0.0:19293
	assert_eq "$status" 1 "all addresses without a password"
	[[ $output == *--insecure-listen* ]] || fail "$output"
}

@test "serve: TLS and passwords, whose slow check delays nobody" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout "$T/key.pem" -out "$T/cert.pem" 2> /dev/null
	# "open sesame", at a cost that takes 50 ms
	cat > "$T/web.yml" <<-'END'
		tls_server_config:
		  cert_file: cert.pem
		  key_file: key.pem
		basic_auth_users:
		  alice: $2b$10$abcdefghijklmnopqrstuu4SuEsu2LsUrAYUpWQHLMMc4GV5pZTxK
	END
	job serve nsenter --net="/run/netns/$NS" -- "$TWTRACE" -N "$NS" serve --listen 0.0.0.0:9443 --web-config "$T/web.yml"
	job_wait_line serve err '^Tracing'
	ask() { in_ns curl -sk -o /dev/null -w '%{http_code}' "https://127.0.0.1:9443$1" "${@:2}"; }
	assert_eq "$(ask /metrics)" 401 "no password"
	assert_eq "$(ask /metrics -u 'alice:wrong')" 401 "a wrong password"
	assert_eq "$(ask /metrics -u 'bob:open sesame')" 401 "nobody's"
	assert_eq "$(ask /metrics -u 'alice:open sesame')" 200 "the right password"
	assert_eq "$(ask /healthz)" 200 "health needs none"
	# What is being checked is in another process: the loop answers on.
	local i pids=()
	for ((i = 0; i < 12; i++)); do
		ask /metrics -u "alice:wrong$i" > "$T/wrong$i" 3>&- &
		pids+=($!)
	done
	assert_eq "$(ask /metrics -u 'alice:open sesame')" 200 "while others are being checked"
	wait "${pids[@]}"
	for ((i = 0; i < 12; i++)); do
		[[ $(< "$T/wrong$i") =~ ^(401|503)$ ]] || fail "a wrong password: $(< "$T/wrong$i")"
	done
	trace_stop serve
	printf 'tls_server_config: {cert_file: a.pem, client_ca_file: b.pem}\n' > "$T/bad.yml"
	run "$TWTRACE" serve --listen "unix:$T/x" --web-config "$T/bad.yml"
	assert_eq "$status" 1 "a setting that is not understood"
	[[ $output == *"line 1: tls_server_config.client_ca_file is not understood"* ]] || fail "$output"
}

@test "serve: one exposition and an end" {
	work load -4 hold-established 3
	run -0 "$TWTRACE" -q -N "$NS" serve --once --labels none
	grep -qx 'twtrace_tcp_connections{state="established"} 6' <<< "$output" || fail "$(grep tcp_connections <<< "$output")"
	work_end load
}

@test "serve: findings are those of doctor, by rule and severity" {
	local file n=0
	for file in "$LIB"/../golden/doctor/*.twr; do
		"$TWTRACE" -q -r "$file" serve --once --findings | sed -n 's/^twtrace_findings{id="\(.*\)",severity="\(.*\)"} \([1-9][0-9]*\)$/\1 \2 \3/p' | sort > "$T/served"
		"$TWTRACE" -q -r "$file" doctor -j | jq -r 'select(.event == "finding") | "\(.id) \(.severity)"' | sort | uniq -c | awk '{ print $2, $3, $1 }' | sort > "$T/found"
		diff "$T/found" "$T/served" || fail "$file"
		n=$((n + $(wc -l < "$T/found")))
	done
	((n > 30)) || fail "$n findings"
	run -0 "$TWTRACE" -q -r "$LIB/../golden/synth.twr" serve --once --findings
	assert_eq "$(grep -c '^twtrace_findings{' <<< "$output")" "$("$TWTRACE" serve --metrics-list | sed -n 's/^| `twtrace_findings` .*| \([0-9]*\) | .*/\1/p')" "series"
	run -0 "$TWTRACE" -q -r "$LIB/../golden/synth.twr" serve --once
	[[ $output != *twtrace_findings* ]] || fail "nobody asked for them"
	! command -v promtool > /dev/null || "$TWTRACE" -q -r "$LIB/../golden/synth.twr" serve --once --findings | promtool check metrics
}

@test "serve: a recording is served until somebody has seen it" {
	job serve "$TWTRACE" -r "$LIB/../golden/synth.twr" serve --listen "unix:$T/sock"
	job_wait_line serve err '^Listening'
	local want i
	want=$("$TWTRACE" -q -r "$LIB/../golden/synth.twr" serve --once | metric 'twtrace_tcp_closed_connections_total{how="active"}')
	for ((i = 0; i < 100; i++)); do
		[[ $(get /metrics | metric 'twtrace_tcp_closed_connections_total{how="active"}') != "$want" ]] || break
	done
	assert_eq "$(get /metrics | metric 'twtrace_tcp_closed_connections_total{how="active"}')" "$want" "active closes"
	job_stop serve
	assert_eq "${JOB_STATUS[serve]}" 0 "exit status"
}
