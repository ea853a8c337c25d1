#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Who closes first: closers against nginx and wrk, whose roles are known, and against ss.
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and sets REPORT for itself
load ../lib/live

CGROUPS=()	# made by a test, the inner ones first

# The usual one, and then the cgroups: no process is left in them.
eval "usual_$(declare -f teardown)"
teardown() {
	usual_teardown
	((${#CGROUPS[@]} == 0)) || rmdir "${CGROUPS[@]}"
}

# nginx with two workers on port 8080, IPv4 and IPv6; their pids in WORKERS, the master's in JOB_PID[nginx].
nginx_start() {
	local kind nginx
	nginx=$("$LIB/server.sh" nginx) || skip "$nginx"
	{
		echo "worker_processes 2; daemon off; pid $T/nginx.pid; error_log stderr notice; events {}"
		echo "http { access_log off; keepalive_timeout 600s;"
		for kind in client_body proxy fastcgi uwsgi scgi; do
			echo "${kind}_temp_path $T/$kind;"
		done
		echo "server { listen 127.0.0.1:8080 reuseport; listen [::1]:8080 reuseport;"
		printf '%s\n' 'location / { return 200 "ok\n"; } } }'
	} > "$T/nginx.conf"
	job nginx nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" "$nginx" -e stderr -c "$T/nginx.conf"
	wait_in nginx err 'start worker process ' 2
	mapfile -t WORKERS < <(sed -n 's/.*start worker process \([0-9]*\)$/\1/p' "$T/nginx.err")
	((${#WORKERS[@]} == 2)) || fail "nginx has ${#WORKERS[@]} workers, not 2"
}

# Wait until N lines of a job's stream match.
wait_in() { # NAME STREAM REGEX N
	local after=0 n
	for ((n = 0; n < $4; n++)); do
		"$TOOLS/waitline" -p "${JOB_PID[$1]}" -a "$after" "$T/$1.$2" "$3" "$PATIENCE" > /dev/null ||
			fail "$1: $n lines match /$3/ in $2, $4 expected" || return 1
		after=$(grep -nE "$3" "$T/$1.$2" | sed -n "$((n + 1))s/:.*//p")
	done
}

# N requests, each over a connection of its own, which the client closes when it has read the answer.
client_first() { # NAME N
	# shellcheck disable=SC2016 # the other bash expands it
	job "$1" nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" bash -c '
		for host in 127.0.0.1 ::1; do
			for ((i = 0; i < $1; i++)); do
				exec 3<> "/dev/tcp/$host/8080"
				printf "GET / HTTP/1.1\r\nHost: test\r\n\r\n" >&3
				while read -r line <&3 && [[ $line != ok ]]; do :; done
				exec 3>&-
			done
		done
		echo done' bash "$2"
}

# Wait for a report about a time after now; it is in REPORT: {total, rows}. Reports keep event time: a tracer may lag behind.
next_report() { # NAME
	local now n=0
	read -r now _ < /proc/uptime
	# Some verdicts wait for 50 ms, and the clock here goes by 10.
	now=$((10#${now/./} * 10000000 + 70000000))
	REPORT=
	while (($(newest_total "$1") < now)) || ! REPORT=$(report "$T/$1.out") || [[ ! $REPORT =~ \"ts_ns\":([0-9]+) ]] ||
			((BASH_REMATCH[1] < now)); do
		((n++ < 200)) || fail "$1: no report about now" || return 1
		"$TOOLS/waitline" -p "${JOB_PID[$1]}" -a "$(wc -l < "$T/$1.out")" "$T/$1.out" '"event":"closers_total"' "$PATIENCE" > /dev/null ||
			fail "$1: no more reports" || return 1
	done
}

newest_total() { # NAME: the time of its newest report
	awk '/"event":"closers_total"/ && match($0, /"ts_ns":[0-9]+/) { t = substr($0, RSTART + 8, RLENGTH - 8) }
		END { print t == "" ? 0 : t }' "$T/$1.out"
}

report() { # FILE: its newest whole report
	grep '"event":"closers' "$1" | tail -n 200 | jq -cRn '[inputs | fromjson?] | (map(select(.event == "closers_total")) | last) as $t
		| {total: $t, rows: map(select(.event == "closers" and .ts_ns == $t.ts_ns))}'
}

# jq filters that must be true for REPORT; $wa and $wb are the workers, $n is COUNT.
assert_report() { # FILTER WHAT [FILTER WHAT]... [JQ-ARG...]
	local filters=() whats=() program='' wrong
	while (($#)) && [[ $1 != --* ]]; do
		program+="(if [$1] | length > 0 and all then empty else ${#whats[@]} end), "
		filters+=("$1") whats+=("$2")
		shift 2
	done
	wrong=$(jq --argjson wa "${WORKERS[0]:-0}" --argjson wb "${WORKERS[1]:-0}" --argjson n "$COUNT" "$@" "
		def row(\$pid): .rows[] | select(.pid == \$pid);
		def nginx: [row(\$wa), row(\$wb)];
		def sum(f): map(f) | add // 0;
		first($program -1)" <<< "$REPORT") || fail "${whats[*]}: jq failed" || return 1
	((wrong < 0)) || fail "${whats[wrong]} ($*)"$'\n'"  not true: ${filters[wrong]}"$'\n'"$(jq -c '.rows[], .total' <<< "$REPORT" | head -n 8)"
}

# Until nothing but TIME_WAIT and listeners is left.
wait_quiet() { # NAME
	local i
	for ((i = 0; i < 100; i++)); do
		[[ -n $(ss -tanH -N "$NS" state connected exclude time-wait) ]] || return 0
		next_report "$1"
	done
	fail "there are connections left: $(ss -tanH -N "$NS" state connected exclude time-wait | head -n 3)"
}

time_waits() { ss -tanH -N "$NS" state time-wait "$@" | wc -l; } # [FILTER]: how many ss counts

# What is true of every report.
SUMS=(
	'.rows + [.total] | all(.[]; .closed == .active + .passive + .simultaneous + .abort + .reset + ([.other[]] | add))'
	"closes by kind do not add up"
	'.rows + [.total] | all(.[]; .time_wait_created == .time_wait + ([.tw_ends[]] | add) - .tw_ends.overflow)'
	"TIME_WAITs made are not those that ended and those that are"
	'. as {total: $t, rows: $rows} | all("closed", "active", "passive", "time_wait", "time_wait_created"; . as $k
		| $t[$k] == ($rows | map(.[$k]) | add // 0))'
	"the total is not the sum of the rows"
)

@test "closers: nginx closes first behind wrk with Connection: close" {
	command -v wrk > /dev/null || skip "wrk is not installed"
	# nginx and wrk are real-time processes: for this second nobody reads, and all of it must fit.
	local ring=$((TWT_GUEST ? 64 : 128))M
	trace closers --ring-size "$ring" -w "$T/rec.twr" closers -j 0.1
	trace text --ring-size "$ring" closers -i 600
	nginx_start
	local before after wrk
	before=$(kernel_counters)
	job wrk nsenter --net="/run/netns/$NS" -- "${UNDISTURBED[@]}" wrk -t 1 -c 8 -d 1 -H "Connection: close" http://127.0.0.1:8080/
	wrk=${JOB_PID[wrk]}
	job_wait wrk
	wait_quiet closers
	next_report closers
	after=$(kernel_counters)
	local time_waits server_time_waits
	time_waits=$(time_waits)
	server_time_waits=$(time_waits '( sport = :8080 )')
	# Their closing summaries are part of a failed test's report.
	trace_stop closers
	trace_stop text

	# The two ends of each connection: what one did, happened to the other. wrk ends when its time is up, and gives up what nobody
	# has answered by then: on a slow machine some. TIME_WAITs are whose end they are on: port 8080 is nginx's.
	assert_report '([.rows[].pid] | sort) == ([$wa, $wb, $wrk] | sort)' "rows for the two workers and wrk, no others" \
		'(nginx | all(.[]; .comm == "nginx" and .exited == false)) and (row($wrk) | .comm == "wrk" and .exited)' "names" \
		"${SUMS[@]}" \
		'(nginx | sum(.closed)) == row($wrk).closed - row($wrk).other["connect-cancelled"]
			and row($wrk).closed == $opens' "all connections, on both sides" \
		'.total.active == .total.passive and .total.abort == .total.reset and .total.simultaneous % 2 == 0' "two ends" \
		'(nginx | sum(.active)) == row($wrk).passive and (nginx | sum(.passive)) == row($wrk).active
			and (nginx | sum(.simultaneous)) == row($wrk).simultaneous' "what nginx did first, wrk saw, and the reverse" \
		'nginx | sum(.active) > 0.7 * sum(.closed)' "nginx closes first" \
		'nginx | all(.[]; .closed > 0)' "both workers have their share" \
		'(nginx | sum(.time_wait)) == $nginx and row($wrk).time_wait == $all - $nginx' "TIME_WAIT held, as ss counts" \
		'row($wrk).destinations == [{raddr: "127.0.0.1", rport: 8080, closed: row($wrk).closed, active: row($wrk).active, missed: 0}]' \
		"where wrk connects to" \
		'nginx | all(.[]; . as $r | .destinations == [{raddr: "127.0.0.1", rport: null, closed: $r.closed,
			active: $r.active, missed: 0}])' "where from nginx is connected to" \
		--argjson wrk "$wrk" --argjson all "$time_waits" --argjson nginx "$server_time_waits" \
		--argjson opens $(($(counter "$after" ActiveOpens) - $(counter "$before" ActiveOpens)))
	grep -qE "^nginx \(pid (${WORKERS[0]}|${WORKERS[1]})\) closed first on [0-9,]+ of [0-9,]+ connections with 127.0.0.1 and holds [0-9,]+ TIME_WAIT" \
		"$T/text.out" || fail "no sentence about nginx: $(cat "$T/text.out")"

	# The recording tells the same, in all groupings.
	local want by but='del(.time, .ts_ns, .by, .rows, .time_wait_created_per_s, .time_wait_seconds)' also
	want=$(jq -c ".total | $but" <<< "$REPORT")
	for by in pid comm cgroup netns lport raddr:rport; do
		"$TWTRACE" -q -r "$T/rec.twr" closers -j --by "$by" 600 > "$T/by.out"
		REPORT=$(report "$T/by.out")
		case $by in
		comm) also='[.rows[].comm] | sort == ["nginx", "wrk"]' ;;
		netns) also='[.rows[].netns] == [$ns]' ;;
		lport) also='[.rows[].lport] | sort == [null, 8080]' ;;	# the ports of clients as one
		raddr:rport) also='[.rows[] | [.raddr, .rport]] | sort == [["127.0.0.1", null], ["127.0.0.1", 8080]]' ;;
		*) also='.rows | length > 0' ;;
		esac
		assert_report "${SUMS[@]}" "(.total | $but) == \$want" "--by $by: the same total" "$also" "--by $by: rows" \
			--argjson want "$want" --argjson ns "$(ns_inode)"
	done
}

@test "closers: a client that closes first has the TIME_WAITs, and keeps its row when it exits" {
	trace closers closers -j 0.1
	nginx_start
	client_first client "$COUNT"
	local client=${JOB_PID[client]}
	job_wait client
	wait_quiet closers
	next_report closers
	assert_report 'row($pid) | .comm == "bash" and .exited and .closed == 2 * $n and .active == 2 * $n and .time_wait == 2 * $n
			and .time_wait_created == 2 * $n' "the client closed first, always" \
		'nginx | sum(.closed) == 2 * $n and sum(.passive) == 2 * $n and sum(.time_wait) == 0' "nginx never" \
		'[row($pid).destinations[] | {raddr, rport, closed, active}] | sort == ([
			{raddr: "127.0.0.1", rport: 8080, closed: $n, active: $n}, {raddr: "::1", rport: 8080, closed: $n, active: $n}] | sort)' \
		"where to" \
		"${SUMS[@]}" '.total.time_wait == $all' "TIME_WAIT, as ss counts" --argjson pid "$client" --argjson all "$(time_waits)"
	trace_stop closers
}

@test "closers: a process that is killed with open sockets closed them itself" {
	trace closers closers -j 0.1
	work load -4 hold-established "$COUNT" -6 hold-established "$COUNT"
	local pid=${JOB_PID[load]}
	job_stop load KILL
	wait_quiet closers
	next_report closers
	# All at once: where packets take longer than exit(), both ends of a connection have closed before either hears of it.
	assert_report '[.rows[].pid] == [$pid]' "one row" \
		'row($pid) | .exited and .closed == 4 * $n and .active + .simultaneous + .passive == 4 * $n and .active == .passive
			and .active + .simultaneous == $tw and .time_wait == $tw' "closed at exit, TIME_WAITs as the kernel counts them" \
		"${SUMS[@]}" --argjson pid "$pid" --argjson tw "$(time_waits_alive)"
	trace_stop closers
}

@test "closers: sockets that are stuck, while they are" {
	trace early closers -j --stuck 0.2 0.1
	work load -4 hold-close-wait 5 -6 hold-fin-wait2 7
	trace late closers -j --stuck 0.2 0.1
	local pid=${JOB_PID[load]} name i
	for name in early late; do
		for ((i = 0; i < 50; i++)); do
			next_report $name
			[[ ! $REPORT =~ \"stuck\":([0-9]+) || ${BASH_REMATCH[1]} != 24 ]] || break	# the first one is the total's
		done
		assert_report '.total.stuck_states == {CLOSE_WAIT: 12, FIN_WAIT2: 12, LAST_ACK: 0} and .total.stuck_oldest_ns >= 200000000' \
			"$name: stuck" '.total.stuck_oldest_at_least == $late' "$name: its age" --argjson late "$([[ $name == late ]] && echo true || echo false)"
	done
	REPORT=$(report "$T/early.out")
	assert_report 'row($pid) | .stuck == 24' "whose they are" --argjson pid "$pid"
	work_end load
	wait_quiet early
	next_report early
	assert_report '.total.stuck == 0 and (.rows | all(.[]; .stuck == 0 and .stuck_oldest_ns == null))' "not any more"
	trace_stop early
	trace_stop late
}

@test "closers: -p shows one process in full, --top sums up the rest, --sort orders" {
	trace rec -w "$T/rec.twr" stream -j
	nginx_start
	client_first client "$COUNT"
	local client=${JOB_PID[client]}
	job_wait client
	job_stop nginx QUIT
	trace_stop rec
	run -0 "$TWTRACE" -q -r "$T/rec.twr" closers -p "$client" 600
	[[ $output == *"bash (pid $client)"* ]] || fail "no paragraph: $output"
	[[ $output =~ closed:\ +$((2 * COUNT))\ connections:\ $((2 * COUNT))\ active\ \(100.0%\) ]] || fail "closes: $output"
	[[ $output == *"127.0.0.1:8080: $COUNT closed, $COUNT of them active"* ]] || fail "destinations: $output"
	[[ $output != *nginx* ]] || fail "-p shows others too: $output"
	run -0 "$TWTRACE" -q -r "$T/rec.twr" closers -j --sort passive --top 1 600
	REPORT=$(grep '"event":"closers' <<< "$output" | jq -cs '{total: .[-1], rows: .[:-1]}')
	assert_report '.rows | length == 2 and .[0].comm == "nginx" and .[0].passive > 0 and .[1].rest' "one row and the rest" \
		"${SUMS[@]}"
	run -64 "$TWTRACE" closers --sort size
	[[ $output == *"sorted by one of time_wait"* ]] || fail "$output"
	run -64 "$TWTRACE" stream --stuck 5
	run -64 "$TWTRACE" conn --at once
}

@test "closers: which container" {
	local root group id
	root=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	[[ -n $root && -w $root ]] || skip "no cgroup hierarchy of version 2 that can be written"
	id=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	group=twtrace-test-$BASHPID/docker-$id.scope
	mkdir -p "$root/$group" || skip "cgroups cannot be made here"
	# Teardown ends the job; then the folders can go.
	CGROUPS=("$root/$group" "$root/${group%/*}")
	trace closers closers -j 0.1
	trace conn conn -j --at close
	# shellcheck disable=SC2016 # the other bash expands it
	job load nsenter --net="/run/netns/$NS" -- bash -c 'echo $$ > "$1/cgroup.procs" && exec "$2" -4 client-first "$3"' bash \
		"$root/$group" "$TOOLS/tcpwork" "$COUNT"
	job_wait load
	wait_quiet closers
	next_report closers
	assert_report '.rows | length == 1 and .[0].closed == 2 * $n and .[0].cgroup == $ino and .[0].cgroup_path == "/" + $group
		and .[0].container == $id' "the process's container" --arg group "$group" --arg id "$id" \
		--argjson ino "$(stat -c %i "$root/$group")"
	trace_stop closers
	trace_stop conn
	assert_jq "$T/conn.out" 'map(select(.event == "conn")) | length == 2 * $n and all(.[]; .container == $id
		and .cgroup_path == "/" + $group)' "each connection's container" --arg group "$group" --arg id "$id"
}
