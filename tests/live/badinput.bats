#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What cannot work says why in one sentence on stderr, nothing on stdout, and ends with the documented code.
load ../lib/live

# bad CODE REGEX ARG...
bad() {
	local code=$1 regex=$2 rc=0
	shift 2
	timeout 20 "$TWTRACE" "$@" > "$T/bad.out" 2> "$T/bad.err" < /dev/null || rc=$?
	assert_eq "$rc" "$code" "exit code of: $*" || { cat "$T/bad.err" >&2; return 1; }
	grep -qE -e "$regex" "$T/bad.err" || fail "$*: stderr does not match /$regex/: $(cat "$T/bad.err")" || return 1
	assert_eq "$(wc -l < "$T/bad.err")" 1 "lines on stderr of: $* ($(cat "$T/bad.err"))" || return 1
	[[ ! -s $T/bad.out ]] || fail "$*: something on stdout: $(head -n 3 "$T/bad.out")"
}

@test "badinput: commands and options" {
	bad 64 'unknown command .?strem.?.*did you mean .?stream' strem
	bad 64 'unknown command' no-such-command
	bad 64 'unknown option .?-Z' -Z
	bad 64 'unknown option .?--no-such-option' stream --no-such-option
	bad 64 'did you mean .?--duration' --duratoin 5 stream
	bad 64 'needs an argument' stream --comm
	bad 64 'unexpected argument|bad' stream surplus
	bad 64 'interval' count fast
	bad 64 'interval' count 0
	bad 64 'count' count 1 0
	bad 64 '--by' count --by colour
	bad 64 'no meaning|--by' stream --by comm
	bad 64 'ring' --ring-size 1x stream
	bad 64 'max-loss' --max-loss 101 stream
	bad 64 'duration' -d -5 stream
	bad 64 'file' record
}

@test "badinput: ports, addresses, states, processes, namespaces" {
	bad 64 '65536.*65535' -L 65536 stream
	bad 64 'port' -P http stream
	bad 64 'backwards|range' -D 9000-8000 stream
	bad 64 'address' --laddr 10.0.0.256 stream
	bad 64 'prefix|/33' --laddr 10.0.0.0/33 stream
	bad 64 'prefix|/129' --raddr 2001:db8::/129 stream
	bad 64 'state' --state sleeping stream
	bad 64 'pid|process' -p me stream
	bad 1 'no process|process' -p 4194303 stream
	bad 1 'no network namespace' -N "twt-no-such-$$" stream
	bad 1 'not a network namespace' -N /etc/passwd stream
	bad 64 'pid:N' -N pid:x stream
}

@test "badinput: recordings that are missing, no recording, empty, cut off, damaged, too new" {
	trace rec record "$T/rec"
	work load -4 client-first "$COUNT"
	work_end load
	trace_stop rec

	bad 1 'No such file' -r "$T/none" stream
	bad 1 'directory' -r "$T" stream
	bad 1 'not a recording' -r "$TWTRACE" stream
	: > "$T/empty"
	bad 1 'empty' -r "$T/empty" stream
	printf 'TWTRACE\n' > "$T/short"
	bad 1 'empty|cut off' -r "$T/short" stream
	gzip -dc "$T/rec" > "$T/plain"
	{ head -c 8 "$T/plain"; printf '\002\000\000\000'; tail -c +13 "$T/plain"; } > "$T/newer"
	bad 1 'format 2.*newer' -r "$T/newer" stream
	bad 1 'cannot write|No such file' -r "$T/rec" -w "$T/none/file" stream

	# What is good of them is used; the sentence and the exit code say that there was more.
	local rc
	for f in cut gzcut damaged; do
		case $f in
		cut) head -c $(($(stat -c %s "$T/plain") - 7)) "$T/plain" > "$T/$f" ;;
		gzcut) head -c $(($(stat -c %s "$T/rec") / 2)) "$T/rec" > "$T/$f" ;;
		damaged) { head -c -128 "$T/plain"; head -c 128 /dev/zero; } > "$T/$f" ;;
		esac
		rc=0
		"$TWTRACE" -q -r "$T/$f" stream -j > "$T/good" 2> "$T/err" || rc=$?
		assert_eq "$rc" 1 "exit code of a recording that is $f"
		assert_eq "$(wc -l < "$T/err")" 1 "lines on stderr: $(cat "$T/err")"
		grep -qE 'cut off|damaged' "$T/err" || fail "$f: $(cat "$T/err")"
	done
	assert_eq "$(grep -c '"newstate":"FIN_WAIT1"' "$T/good")" "$COUNT" "connections before the damage"
}

@test "badinput: no privilege" {
	# Through a descriptor: the build folder may be closed to others.
	exec 9< "$TWTRACE"
	run -77 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --ambient-caps=-all \
		--bounding-set=-all /proc/self/fd/9 stream
	exec 9<&-
	assert_eq "$output" "" "standard output"
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *CAP_BPF* && $stderr == *CAP_PERFMON* && $stderr == *sudo* ]] || fail "which capability, and how to get it: $stderr"
	assert_eq "$(wc -l <<< "$stderr")" 1 "lines on stderr"
}

@test "badinput: a kernel without BTF" {
	# shellcheck disable=SC2016
	run -3 --separate-stderr unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$0" stream' "$TWTRACE"
	[[ $stderr == *BTF* ]] || fail "$stderr"
	assert_eq "$output" "" "standard output"
	assert_eq "$(wc -l <<< "$stderr")" 1 "lines on stderr: $stderr"
}
