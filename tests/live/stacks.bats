#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# By which code sockets are opened, accepted and closed: the functions that the programs were built of, live and replayed.
load ../lib/live
load ../lib/stackwork

# build HOW [NAME]: stackwork, built that way.
build() {
	stackwork "$1" "$T/${2:-$1}"
}

needs() { # PROGRAM...
	local tool
	for tool; do
		command -v "$tool" > /dev/null || skip "$tool is not here"
	done
}

# One run of stackwork in the test's namespace, until all is done; it lives on. COMMAND... runs it; 0 is no clients left over.
run_work() { # NAME CLIENTS LEAKS DEPTH COMMAND...
	local name=$1 clients=$2 leaks=$3 depth=$4
	shift 4
	job "$name" nsenter --net="/run/netns/$NS" -- "$@" "$clients" "$leaks" "$depth"
	job_wait_line "$name" out '^done'
}

# End it: leaked sockets are closed by its exit.
end_work() { # NAME
	job_eof "$1"
	job_wait "$1"
}

# functions FILE SELECT: of each connection that SELECT chooses, the path by which it was opened and closed, outermost first, without what the C library adds.
functions() {
	jq -r "select(.event == \"conn\" and ($2)) | [.open_stack, .close_stack]"' | map(
		if . == null then "none" else [.[] | select((.module // "") | test("/libc[.-]") | not) | .symbol // "?" | select(test("^(_+libc|__clone|clone|start_thread|_start|_*connect|_*read|_*close|_*shutdown|_*accept|thread_start)") | not)]
			| reverse | join(">") end) | join(" ")' "$1" | sort | uniq -c | sed 's/^ *//' | LC_ALL=C sort
}

# What stackwork with 6 clients and 2 leaks does must be in the output of conn, and in that of a replay.
live_and_replayed() { # NAME COMMAND...
	local name=$1
	shift
	trace "$name" --stacks -w "$T/$name.twr" conn -j --at close
	run_work "work_$name" 6 2 2 "$@"
	wait_matches "$name" '"event":"conn"' 12
	wait_matches "$name" '"role":"server"' 6
	# Their server never closes: the last clients stay in FIN_WAIT2 until the program ends.
	end_work "work_$name"
	wait_matches "$name" '"event":"conn"' 16
	trace_stop "$name"
	# By exit: no code asked for it, and that is said.
	assert_eq "$(jq -r 'select(.role == "server" and .close_stack == null) | .close_stack_why' "$T/$name.out" | sort | uniq -c | sed 's/^ *//')" \
		"2 exit" "$name: closed by exit"
	assert_eq "$(functions "$T/$name.out" '.role == "server" and .close_stack == null')" "2 serve>take_and_forget none" "$name: leaked"
	sed -i '/"close_stack_why":"exit"/d' "$T/$name.out"
	"$TWTRACE" -q -r "$T/$name.twr" conn -j --at close | sed '/"close_stack_why":"exit"/d' > "$T/$name.again"
	sed -i '/"event":"conn"/!d' "$T/$name.out" "$T/$name.again"
	assert_eq "$(functions "$T/$name.out" '.role == "client"')" "$CLIENTS" "$name: clients"
	assert_eq "$(functions "$T/$name.out" '.role == "server"')" "6 serve>take_one serve>serve_end" "$name: servers"
	cmp "$T/$name.out" "$T/$name.again" || fail "$name: the replay differs"
}

CLIENTS='2 main>way_a>deep>deep>deep>open_one main>leave
3 main>way_a>deep>deep>deep>open_one main>finish_first
3 main>way_b>deep>deep>deep>open_one main>finish_first'

@test "stacks: a program without frame pointers, with lines where it has them" {
	build lines
	live_and_replayed lines "$T/lines"
	local line
	line=$(grep -n 'connect(fd, (struct' "$STACKWORK_SOURCE" | cut -d: -f1)
	assert_eq "$(jq -r '.open_stack // [] | .[] | select(.symbol == "open_one") | "\(.file | sub(".*/"; "")):\(.line)"' "$T/lines.out" | sort -u)" \
		"stackwork.c:$line" "line of connect()"
}

@test "stacks: code that was made at run time is none of its program's, and the way goes on behind it" {
	build made
	CLIENTS='2 main>?>way_a>deep>deep>deep>open_one main>leave
3 main>?>way_a>deep>deep>deep>open_one main>finish_first
3 main>way_b>deep>deep>deep>open_one main>finish_first'
	live_and_replayed made "$T/made"
	assert_eq "$(jq -c '.open_stack // [] | .[] | select(.symbol == null) | [.module, .offset]' "$T/made.out" | sort -u)" "[null,0]" "its place"
}

@test "stacks: a static program" {
	build static
	live_and_replayed static "$T/static"
}

@test "stacks: a program whose control flow the processor checks" {
	build hardened
	live_and_replayed hardened "$T/hardened"
}

@test "stacks: a stripped program's offsets are those that addr2line takes" {
	needs strip addr2line
	build lines whole
	strip -o "$T/bare" "$T/whole"
	trace bare --stacks -w "$T/bare.twr" conn -j --at close
	run_work work 6 0 2 "$T/bare"
	wait_matches bare '"event":"conn"' 12
	trace_stop bare
	end_work work
	"$TWTRACE" -q -r "$T/bare.twr" conn -j --at close > "$T/again"
	assert_eq "$(jq -c 'select(.event == "conn") | [.cookie, .open_stack, .close_stack]' "$T/again")" \
		"$(jq -c 'select(.event == "conn") | [.cookie, .open_stack, .close_stack]' "$T/bare.out")" "stacks, replayed"
	assert_eq "$(jq -r 'select(.role == "client") | .open_stack | .[] | select(.module | endswith("/bare")) | .symbol' "$T/bare.out" | sort -u)" null "symbols"
	run -0 bash -c "jq -r 'select(.role == \"client\") | .open_stack | .[] | select(.module | endswith(\"/bare\")) | .offset' '$T/bare.out' |
		xargs printf '0x%x\n' | addr2line -f -e '$T/whole' | grep -v : | sort | uniq -c | sed 's/^ *//'"
	assert_eq "$output" "6 _start
18 deep
6 main
6 open_one
3 way_a
3 way_b" "functions by addr2line"
}

@test "stacks: a program in another mount namespace, whose file is nowhere here" {
	build plain far
	mkdir "$T/mnt"
	# shellcheck disable=SC2016
	live_and_replayed far unshare -m -- bash -c 'mount -t tmpfs none "$1" && cp "$2" "$1/prog" && rm "$2" && shift 2 && exec "$0/prog" "$@"' "$T/mnt" "$T/mnt" "$T/far"
	assert_eq "$(jq -r '.open_stack // [] | .[] | select(.symbol == "main") | .module' "$T/far.out" | sort -u)" "$T/mnt/prog" "its name there"
	[[ ! -e $T/mnt/prog && ! -e $T/far ]] || fail "it can be seen from here"
}

@test "stacks: a deleted program, replaced by another one of its name" {
	build plain gone
	build other
	# shellcheck disable=SC2016
	live_and_replayed gone bash -c 'cp "$1" "$1.run" && exec 9< "$1.run" && mv "$2" "$1.run" && shift 2 && exec /proc/self/fd/9 "$@"' - "$T/gone" "$T/other"
}

@test "stacks: who leaks is named by doctor and stacks, with all counts" {
	build plain leak
	trace stuck -w "$T/leak.twr" stacks --of stuck --stuck 1.2 -j 0.2
	trace doctor --stacks doctor -j
	trace tree stacks
	run_work work 8 7 1 "$T/leak"
	wait_matches stuck '"stuck":7,' 2
	trace_stop doctor
	trace_stop tree
	trace_stop stuck
	grep '"stuck":7,' "$T/stuck.out" | tail -n 2 > "$T/last"
	assert_eq "$(jq -rs 'map([.comm, .stuck, .connections, ([.stack[].symbol] | index("take_and_forget") != null)] | join(" ")) | .[]' \
		"$T/last" | sort)" "leak 7 7 false
leak 7 7 true" "stuck: the servers that forgot, the clients in FIN_WAIT2"
	assert_eq "$(jq -r 'select(.id == "close-wait-leak") | .code_path | "\(.of) \(.sockets) \(.sockets_in_all) \([.stack[].symbol] | index("take_and_forget") != null)"' \
		"$T/doctor.out")" "opened 7 7 true" "doctor"
	# The tree: one line for each function of the way, with what is behind it.
	grep -qE '^ +11 +4 +0 +7 +way_a \(leak\)$' "$T/tree.out" || fail "way_a in $(cat "$T/tree.out")"
	grep -qE '^ +4 +4 +0 +0 +way_b \(leak\)$' "$T/tree.out" || fail "way_b in $(cat "$T/tree.out")"
	grep -qE '^ +7 +0 +0 +7 +take_and_forget \(leak\)$' "$T/tree.out" || fail "take_and_forget in $(cat "$T/tree.out")"
	run -0 "$TWTRACE" -q -r "$T/leak.twr" stacks --of closed --folded
	[[ $output == *";serve;serve_end;"*" 8"* ]] || fail "folded: $output"
	end_work work
}

@test "stacks: nginx, by the functions that it exports" {
	local nginx
	nginx=$("$LIB/server.sh" nginx) || skip "$nginx"
	printf '%s\n' "worker_processes 1; daemon off; pid $T/nginx.pid; error_log stderr notice; events {}" "http { access_log off; $(printf '%s_temp_path %s; ' \
		client_body "$T" proxy "$T" fastcgi "$T" uwsgi "$T" scgi "$T")" "server { listen 127.0.0.1:8080; location / { return 200 yes; } } }" > "$T/nginx.conf"
	trace conn --stacks -w "$T/nginx.twr" conn -j --at close -L 8080
	trace doors stacks --of listened -j
	job nginx nsenter --net="/run/netns/$NS" -- "$nginx" -e stderr -c "$T/nginx.conf"
	job_wait_line nginx err 'start worker process '
	for _ in 1 2 3; do
		# shellcheck disable=SC2016
		in_ns bash -c 'exec 3<> /dev/tcp/127.0.0.1/8080; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3' > "$T/page"
	done
	wait_matches conn '"role":"server"' 3
	trace_stop conn
	trace_stop doors
	job_stop nginx TERM
	"$TWTRACE" -q -r "$T/nginx.twr" conn -j --at close -L 8080 > "$T/again"
	local f
	for f in "$T/conn.out" "$T/again"; do
		assert_eq "$(jq -rs 'map(select(.role == "server") | select(([.close_stack[].symbol] | (index("ngx_close_connection") or index("ngx_http_close_connection")) and .[-1] == "_start" and index("main"))
			and (.open_stack | length > 5))) | length' "$f")" 3 "closed by nginx"
	done
	assert_eq "$(jq -r 'select(.event == "stack" and .listeners == 1) | [.comm, ([.stack[].symbol] | index("ngx_open_listening_sockets") != null)] | join(" ")' "$T/doors.out")" \
		"nginx true" "listen()"
}

@test "stacks: python3 shows its native frames" {
	command -v python3 > /dev/null || skip "python3 is not installed"
	local hold python
	mkfifo "$T/hold"
	trace py --stacks -w "$T/py.twr" conn -j --at close
	# It lives until its stacks were looked at.
	in_ns python3 -c '
import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
def opens():
    c = socket.socket(); c.connect(s.getsockname()); return c
for i in range(5):
    c = opens(); a, _ = s.accept(); c.close(); a.recv(1); a.close()
sys.stdin.read()
' < "$T/hold" &
	python=$!
	exec {hold}> "$T/hold"
	wait_matches py '"event":"conn"' 10
	exec {hold}>&-
	wait "$python"
	trace_stop py
	"$TWTRACE" -q -r "$T/py.twr" conn -j --at close > "$T/again"
	local f
	for f in "$T/py.out" "$T/again"; do
		assert_eq "$(jq -rs 'map(select(.role == "client") | .open_stack | map(.symbol // "?") | select((.[0] | test("connect")) and (.[-1] == "_start") and any(.[]; test("PyEval_EvalFrame|PyObject_")))) | length' "$f")" 5 "paths of connect()"
		assert_eq "$(jq -rs 'map(select(.close_stack != null)) | length' "$f")" 10 "paths of close()"
	done
}

@test "stacks: names of functions that want to be something else are harmless" {
	local long f
	long=$(printf 'L%.0s' {1..4096})
	needs gcc perl
	# shellcheck disable=SC2034,SC2154 # stackwork's
	STACKWORK[hostile]="-Dway_a=$long -Dway_b=_ZN4name5way_bEi -Dopen_one=HHHHHHHHHHHHHHHHHHHHH"
	build hostile
	# As many bytes as before: a blank, control characters, what is not UTF-8.
	perl -0777 -pi -e 's/HHHHHHHHHHHHHHHHHHHHH/"x\";<b>\x27\\&; \n\e[2J\xff\xfe\$(i"/e' "$T/hostile"
	trace conn --stacks -w "$T/evil.twr" conn -j --at close
	run_work work 6 5 1 "$T/hostile"
	wait_matches conn '"event":"conn"' 12
	trace_stop conn
	jq -e . "$T/conn.out" > /dev/null || fail "no JSON"
	assert_eq "$(jq -rn 'first(inputs | select(.role == "client")) | .open_stack[1].symbol' "$T/conn.out" | head -c 14 | od -An -c | tr -s ' ')" \
		"$(printf 'x";<b>'"'"'\\&; \n\e[' | od -An -c | tr -s ' ')" "its name"
	[[ $(jq -r '[.open_stack[]?.symbol] | join(" ")' "$T/conn.out") == *"name::way_b(int)"* ]] || fail "not demangled"
	assert_eq "$(jq -r '.open_stack[]?.symbol // "" | select(startswith("LLLL")) | length' "$T/conn.out" | sort -u)" 1000 "a long name"
	for f in "stacks" "stacks --folded" "stacks --of closed" "stacks -j" "doctor" "doctor -j"; do
		# shellcheck disable=SC2086
		"$TWTRACE" -q -r "$T/evil.twr" $f > "$T/text" || fail "$f"
		! grep -qP '[^\x20-\x7e\n]' "$T/text" || [[ $f == *-j ]] || fail "$f: $(grep -aP '[^\x20-\x7e\n]' "$T/text" | head -n 3 | cat -v)"
	done
	# One blank in each folded line: before the count.
	"$TWTRACE" -q -r "$T/evil.twr" stacks --folded > "$T/text"
	! grep -vqE '^[^ ]+ [0-9]+$' "$T/text" || fail "folded: $(cat "$T/text")"
	end_work work
}

@test "stacks: CAP_BPF and CAP_PERFMON alone: what is of this mount namespace and readable by all" {
	build plain
	chmod 755 "$T" "$T/plain"
	# shellcheck disable=SC2016
	job conn nsenter --net="/run/netns/$NS" -- setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+bpf,+perfmon \
		--ambient-caps=-all,+bpf,+perfmon --bounding-set=-all,+bpf,+perfmon /proc/self/fd/9 -N self --stacks conn -j --at close 9< "$TWTRACE"
	job_wait_line conn err '^Tracing'
	run_work work 2 0 0 "$T/plain"
	wait_matches conn '"event":"conn"' 4
	trace_stop conn
	end_work work
	# Before 6.18 the kernel shows maps to whoever may trace the process only; then the path is not known, and that is said.
	if jq -e -s 'any(.[]; .open_stack != null)' "$T/conn.out" > /dev/null; then
		assert_eq "$(jq -rs 'map(select(.role == "client") | .open_stack | length > 0) | unique | tostring' "$T/conn.out")" "[true]" "paths"
	else
		assert_eq "$(jq -r 'select(.event == "conn") | .open_stack_why' "$T/conn.out" | sort -u)" unresolved "no paths"
	fi
}

@test "stacks: who does not ask has none of their programs and maps" {
	trace without -w "$T/without.twr" conn -j
	trace with --stacks -w "$T/with.twr" conn -j
	trace_stop without
	trace_stop with
	assert_eq "$(zcat "$T/without.twr" | head -c 4096 | grep -a '^hook.stack' | sort -u | tr '\n' ' ')" "hook.stack_accepted=no hook.stack_state=no hook.stack_touch=no " "without"
	assert_eq "$(zcat "$T/with.twr" | head -c 4096 | grep -ac '^hook.stack_\(state\|touch\)=yes')" 2 "with"
	# A recording without stacks says so, and how to make one.
	run -0 "$TWTRACE" -r "$T/without.twr" stacks
	[[ $output == *"this recording has no stacks"* ]] || fail "$output"
	run -64 "$TWTRACE" -r "$T/without.twr" --stacks conn
	run -64 "$TWTRACE" stacks --of leaked
	run -64 "$TWTRACE" stacks -j --folded
}
