#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# explain: what bind() and connect() would say, and who is in the way. The kernel is the judge.
load ../lib/live

# explain STATUS ARG...: one answer of the test's namespace, in $T/answer.
explain() {
	local rc=0 want=$1
	shift
	"$TWTRACE" -N "$NS" explain "$@" > "$T/answer" 2> "$T/explain.err" || rc=$?
	assert_eq "$rc" "$want" "exit status of: explain $* ($(cat "$T/explain.err" "$T/answer"))"
}

is() { # FILTER WHAT
	jq -e "$1" "$T/answer" > /dev/null || fail "$2: $(cat "$T/answer")"
}

# TWT_BIND_CASES=20000 TWT_BIND_SEED=7: a longer run, by hand.
@test "explain: bind() does what was said, in 2,000 of 2,000 random cases" {
	ip -n "$NS" addr add fd00::1/128 dev lo nodad
	if ip -n "$NS" link add other type dummy || ip -n "$NS" link add other type veth peer name rehto; then
		ip -n "$NS" link set other up
	fi
	ns_sysctl net.ipv4.ip_local_port_range="40000 60999"
	local cases=${TWT_BIND_CASES:-2000}
	# An emulated processor has time for some only; its kernel may have no second kind of device.
	[[ -z ${TWT_GUEST:-} ]] || cases=${TWT_BIND_CASES:-200}
	run in_ns "$TOOLS/bindcases" "$TWTRACE" "${TWT_BIND_SEED:-1}" "$cases"
	echo "$output"
	((status == 0))
	((cases >= 2000)) || return 0
	# No situation may have vanished from the test, and none may have but one outcome.
	[[ $(awk '$NF == 0 && $(NF - 1) > 0 && $(NF - 2) > 0' <<< "$output" | wc -l) -eq 20 ]]
}

@test "explain: a listener is named, with its process, as ss names it" {
	local port pid
	work load -4 hold-established "$COUNT"
	read -r port pid < <(in_ns ss -Htnlp | sed -En 's/.*:([0-9]+) .*pid=([0-9]+).*/\1 \2/p' | head -n 1)
	explain 5 bind ":$port" -j
	is '.would == "EADDRINUSE" and .call == "bind" and .event == "explain" and .port == '"$port" "would"
	is ".netns == $(ns_inode)" "namespace"
	is '.blockers[0] | .state == "LISTEN" and .pid == '"$pid"' and .comm == "tcpwork" and .ends_in_s == null' "the listener"
	# Its children, and nobody else's.
	assert_eq "$(jq '.blockers | length' "$T/answer")" "$(in_ns ss -Htan "sport = :$port" | wc -l)" "sockets in the way"
	explain 5 bind "127.0.0.1:$port"
	grep -q "tcpwork ($pid)" "$T/answer"
	explain 0 bind "[::1]:$port"
	grep -q 'would succeed' "$T/answer"
	work_end load
}

@test "explain: a TIME_WAIT is in the way for as long as ss says, and SO_REUSEADDR is no cure for it alone" {
	local local_end left
	work load -4 hold-time-wait "$COUNT"
	local_end=$(in_ns ss -Htan state time-wait | awk 'NR == 1 { print $3 }')
	explain 5 bind "$local_end" -j
	left=$(in_ns ss -Htano state time-wait "src $local_end" | sed -En 's/.*timewait,([0-9]+)sec.*/\1/p' | sort -n | tail -n 1)
	is '[.blockers[] | select(.state == "TIME_WAIT")] | length > 0' "a TIME_WAIT"
	is "(.blockers | map(.ends_in_s // 0) | max) - $left | fabs < 3" "ends in $left s"
	is 'if .blockers | all(.reuseaddr) then .with.reuseaddr == "ok" else .with.reuseaddr == "EADDRINUSE" end' "with SO_REUSEADDR"
	if jq -e '.blockers | all(.reuseaddr | not)' "$T/answer" > /dev/null; then
		is '.says | test("SO_REUSEADDR does not")' "the sentence"
	fi
	work_end load
}

@test "explain: connect() counts the ports that are left for a destination" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40199" net.ipv4.tcp_tw_reuse=0 net.ipv4.ip_local_reserved_ports=40100-40109
	explain 0 connect 127.0.0.1:9 -j
	is '.would == "ok" and .call == "connect" and .addr == "127.0.0.1"' "an empty range"
	is '.says | test("190 of the 200 ports of 40000-40199 are free")' "190 of 200"
	work load -4 hold-time-wait 23
	in_ns ss -Htan state time-wait > "$T/tw"
	local peer used
	peer=$(awk 'NR == 1 { print $4 }' "$T/tw")
	used=$(awk -v p="$peer" '$4 == p { split($3, a, ":"); if (a[2] >= 40000 && a[2] <= 40199) n++ } END { print n + 0 }' "$T/tw")
	((used > 0)) || fail "no client's TIME_WAIT in the range: $(cat "$T/tw")"
	explain 0 connect "$peer" -j
	is ".says | test(\"$used are in use .$used TIME_WAIT\")" "$used TIME_WAITs"
	explain 5 connect "$(awk 'NR == 1 { print $3 }' "$T/tw")" "$peer" -j
	is '.would == "EADDRINUSE"' "the same two ends, without SO_REUSEADDR: bind() fails"
	work_end load
}

@test "explain: whose a TIME_WAIT was, a recording tells, also one that is still written" {
	local local_end pid i
	trace rec record "$T/rec.twr"
	work load -4 hold-time-wait "$COUNT"
	pid=${JOB_PID[load]}
	local_end=$(in_ns ss -Htan state time-wait | awk 'NR == 1 { print $3 }')
	work_end load
	explain 5 bind "$local_end" -j
	is '.blockers | any(.state == "TIME_WAIT" and .pid == null and .comm == null and .exited == null)' "nobody's without a recording"
	is '.says | test("explain -r FILE")' "the hint"
	# It is written to the file each second.
	for ((i = 0; i < 100; i++)); do
		"$TWTRACE" -N "$NS" explain bind "$local_end" -j -r "$T/rec.twr" > "$T/answer" 2> "$T/explain.err" || true
		! jq -e '.blockers | any(.state == "TIME_WAIT" and .pid != null)' "$T/answer" > /dev/null || break
	done
	local its='.blockers | any(.state == "TIME_WAIT" and .pid == '"$pid"' and .comm == "tcpwork" and .exited)'
	is "$its" "its process, from a recording that is still written"
	trace_stop rec
	explain 5 bind "$local_end" -j -r "$T/rec.twr"
	is "$its" "its process"
	explain 5 bind "$local_end" -r "$T/rec.twr"
	grep -q "of tcpwork ($pid, exited)" "$T/answer"
}

@test "explain: a range of ports of a socket's own is said" {
	ns_sysctl net.ipv4.ip_local_port_range="40000 40199"
	job driver nsenter --net="/run/netns/$NS" -- "$TOOLS/portwork"
	# shellcheck disable=SC2154 # set by job
	printf '%s\n' "serve 4 127.0.0.1 9000" "open 3 4 - range:40010-40019 127.0.0.1 9000" >&"$JOB_IN_driver"
	"$TOOLS/waitline" -p "${JOB_PID[driver]}" -a 1 "$T/driver.out" "done" "$PATIENCE" > /dev/null || {
		grep -q IP_LOCAL_PORT_RANGE "$T/driver.err" && skip "this kernel has no IP_LOCAL_PORT_RANGE (6.3)"
	}
	explain 0 connect 127.0.0.1:9000 -j
	is '.says | test("3 sockets here have a range of ports of their own .IP_LOCAL_PORT_RANGE.")' "the sentence"
	is '.says | test("197 of the 200 ports")' "what is free"
}

@test "explain: CAP_BPF and CAP_PERFMON are enough for the own namespace" {
	nsenter --net="/run/netns/$NS" -- setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon \
		--ambient-caps=-all,+bpf,+perfmon --bounding-set=-all,+bpf,+perfmon /proc/self/fd/9 explain -j bind :8080 9< "$TWTRACE" > "$T/answer"
	is '.would == "ok" and .netns == '"$(ns_inode)" "answer"
}

@test "explain: one call a line, from standard input" {
	printf '%s\n' 'bind :8080' '' 'bind 10.9.8.7:80 reuseaddr' 'bind :80 uid=1000' 'connect 127.0.0.1:80' |
		"$TWTRACE" -N "$NS" explain -j - > "$T/answer"
	assert_eq "$(jq -r .would "$T/answer" | tr '\n' ' ')" "ok EADDRNOTAVAIL EACCES ok " "answers"
}

bad() { # CODE REGEX ARG...
	local code=$1 regex=$2 rc=0
	shift 2
	"$TWTRACE" "$@" > "$T/bad.out" 2> "$T/bad.err" < /dev/null || rc=$?
	assert_eq "$rc" "$code" "exit code of: $* ($(cat "$T/bad.err"))"
	grep -qE -e "$regex" "$T/bad.err" || fail "$*: stderr does not match /$regex/: $(cat "$T/bad.err")"
	assert_eq "$(wc -l < "$T/bad.err")" 1 "lines on stderr of: $*"
	[[ ! -s $T/bad.out ]] || fail "$*: something on stdout"
}

@test "explain: bad input gets one sentence" {
	bad 64 'explain what' explain
	bad 64 "neither bind nor connect" explain frob :80
	bad 64 'port 0' explain bind :0
	bad 64 '1 to 65535' explain bind :65536
	bad 64 'names are not looked up' explain bind localhost:80
	bad 64 'brackets' explain bind ::1:80
	bad 64 'no address' explain bind
	bad 64 'too many words' explain bind :80 :81
	bad 64 'an address to go to' explain connect :80
	bad 64 'one address family' explain connect 127.0.0.1 '[::1]:80'
	bad 64 '--uid' explain bind :80 --uid root
	bad 1 'cannot read' -r "$T/x" explain bind :80
	bad 1 'not a recording of this host' -r "$BATS_TEST_DIRNAME/../golden/synth.twr" explain bind :80
	bad 64 'both the calls and the recording' -r - explain -
	bad 64 'port 0' explain connect 127.0.0.1:0
	bad 64 'names are not looked up' explain connect localhost:80
	bad 64 'one network namespace' -N self -N "$NS" explain bind :80
	bad 1 'no device' explain bind :80 --device no-such
	bad 1 'is gone' -N 1234 explain bind :80
	bad 1 'no network namespace' -N no-such explain bind :80
	local cmd
	for cmd in ports listeners 'stream -j'; do
		# shellcheck disable=SC2086 # words
		bad 1 'is gone' -N 1234 $cmd
		# shellcheck disable=SC2086
		bad 1 'no network namespace' -N no-such $cmd
	done
	bad 1 'this recording has none; record anew' -q -r "$BATS_TEST_DIRNAME/../golden/synth.twr" ports --what-if tcp_tw_reuse=1
	run -0 --separate-stderr "$TWTRACE" -q -r "$BATS_TEST_DIRNAME/../golden/synth.twr" ports 1000
	# shellcheck disable=SC2154 # bats sets it
	[[ $stderr == *"this recording has no settings of namespaces"* && $(wc -l <<< "$stderr") == 1 ]] || fail "$stderr"
	bad 64 'no meaning' stream --reuseaddr
	local rc=0
	echo 'listen :80' | "$TWTRACE" explain - 2> "$T/bad.err" || rc=$?
	assert_eq "$rc" 64 "a bad line of standard input"
	grep -q 'neither bind nor connect' "$T/bad.err"
}
