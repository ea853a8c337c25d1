#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The hooks that only some kernels take. That a program attaches proves nothing: each must fire. With and without them the same
# workload gets the same verdicts, but for the precision that `twtrace features` promises.
load ../lib/live

# Programs that NAME's process holds, "NAME RUNS" each: the kernel's own counts, which it keeps when told to.
programs() {
	bpftool -j prog show | jq -r --slurpfile ids <(awk '/^prog_id:/ { print $2 }' "/proc/${JOB_PID[$1]}/fdinfo/"*) \
		'.[] | select(.id | IN($ids[])) | "\(.name) \(.run_cnt // 0)"'
}

@test "refine: every hook that is loaded fires" {
	local loaded idle kind="connect accept | close:c eof:s quickack:s close:s"
	sysctl -qw kernel.bpf_stats_enabled=1
	ns_sysctl net.ipv4.tcp_fin_timeout=1
	# What tells of the end of sockets that were never seen is used without seeding only, what looks at existing ones with it.
	trace stream -v stream -j
	trace unseeded --no-seed stream -j
	# TIME_WAITs and resets of all kinds; orphans that run out; a TIME_WAIT that is taken over, one that was FIN_WAIT2.
	work load -4 client-first 3 linger0 3 unread 3 reuse-bound 3 hold-close-wait 3 "$kind" 3
	wait_matches stream '"tw_end":"expired"' 3
	mkdir "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/$NS" && rmdir "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/$NS"
	loaded=$(grep -c '^hook\..*=yes$' "$T/stream.err")
	programs stream > "$T/programs"
	assert_eq "$(wc -l < "$T/programs")" "$loaded" "programs loaded, and those of the plan"
	programs unseeded >> "$T/programs"
	idle=$(awk '{ runs[$1] += $2 } END { for (name in runs) if (!runs[name]) print name }' "$T/programs")
	assert_eq "$idle" "" "hooks that never fired"
	trace_stop stream
	trace_stop unseeded
	work_end load
}

@test "refine: FIN_WAIT2 becomes TIME_WAIT at its instant, or is reconstructed to within a few jiffies" {
	tells_segments || skip "this kernel takes no hook for segments"
	# The FIN is acknowledged before the peer's FIN comes: the minisock begins in FIN_WAIT2.
	local slack=$((LATE_NS / 1000000)) kind="connect accept | close:c eof:s quickack:s close:s"
	trace full stream -j
	trace base --no-refine stream -j
	work load -4 "$kind" 14 -6 "$kind" 14 -m "$kind" 14
	wait_matches full '"newstate":"TIME_WAIT"' 42
	wait_matches base '"newstate":"TIME_WAIT"' 42
	trace_stop full
	trace_stop base
	assert_jq "$T/full.out" 'map(select(.newstate == "TIME_WAIT")) | length == 42 and all(.[]; .reconstructed == false)' \
		"with the hook: seen"
	# Few are seen without it: where the timer moves to another bucket of the wheel.
	assert_jq "$T/base.out" 'map(select(.newstate == "TIME_WAIT" and .reconstructed)) | length > 0' "without: reconstructed"
	jq -en --slurpfile full "$T/full.out" --slurpfile base "$T/base.out" --argjson slack "$slack" '
		def begun: map(select(.newstate == "TIME_WAIT") | {key: (.cookie | tostring), value: .ts_ns}) | from_entries;
		($full | begun) as $f | ($base | begun) as $b
		| ([$f | keys[] | ($f[.] - $b[.]) / 1000000 | fabs] | sort) as $apart
		| ($f | keys) == ($b | keys) and $apart[20] < 20 and $apart[-1] < $slack' > /dev/null ||
		fail "the two tracers differ by more than 20 ms in most cases, or by more than $slack ms in one"
	work_end load
}

@test "refine: the same verdicts with and without" {
	local differ
	trace full conn -j
	trace base --no-refine conn -j
	work load -4 client-first 5 server-first 5 half-close 5 linger0 5 server-linger0 5 unread 5 disconnect 5 data-after-close 5 \
		simultaneous 5 refused 5 cancelled 5 tw-reset 5 fw2-reset 5 reuse-bound 5 reopened 5
	trace_stop full
	trace_stop base
	# Without the hooks for segments, what a packet did to a minisock is not seen: an end for an unknown reason, after the
	# active close that it was until then.
	differ=$(jq -cn --slurpfile full "$T/full.out" --slurpfile base "$T/base.out" '
		def verdict: {role, opener_pid, owner_pid, closer_pid, close, close_reason, rst, tw_end, states: (.states | keys)};
		def lines: map(select(.event == "conn") | {key: (.cookie | tostring), value: verdict}) | from_entries;
		def less_precise($x): .tw_end == "unknown" and ($x.tw_end | . == "reset" or . == "reopened")
			and (.close == $x.close or .close == "active")
			and all(.close_reason, .rst; . == null or . == $x.close_reason or . == $x.rst)
			and del(.tw_end, .close, .close_reason, .rst) == ($x | del(.tw_end, .close, .close_reason, .rst));
		($full | lines) as $f | ($base | lines) as $b
		| if ($f | length) < 100 then "only \($f | length) connections" else
		  ($f + $b | keys[]) | $f[.] as $x | $b[.] as $y
		  | select($x != $y and ($y | less_precise($x) | not)) | {with: $x, without: $y} end')
	[[ -z $differ ]] || fail "differ:"$'\n'"$(head -n 5 <<< "$differ")"
	work_end load
}

@test "refine: opener, owner and closer of every case, with and without" {
	local name
	trace full conn -j --at close
	trace base --no-refine conn -j --at close
	in_ns "${UNDISTURBED[@]}" "$TOOLS/ownwork" -4 2 | grep '"case"' > "$T/truth"
	for name in full base; do
		wait_matches $name '"event":"conn"' "$(wc -l < "$T/truth")"
		trace_stop $name
		run -0 jq -rn --slurpfile truth "$T/truth" '
			[inputs | select(.event == "conn")] | INDEX("\(.lport) \(.rport)") as $got
			| $truth[] | . as $t | $got["\(.lport) \(.rport)"] as $g
			| select([$g.opener_pid, $g.owner_pid, $g.closer_pid] != [$t.opener, $t.owner, $t.closer])
			| "\($t.case), \($t.end): \($g.opener_pid) \($g.owner_pid) \($g.closer_pid), expected \($t.opener) \($t.owner) \($t.closer)"' \
			"$T/$name.out"
		assert_eq "$output" "" "$name: wrong ones"
	done
	(($(wc -l < "$T/truth") > 60)) || fail "only $(wc -l < "$T/truth") ends"
}
