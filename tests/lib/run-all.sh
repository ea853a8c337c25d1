#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run-all.sh LAYER...: run layers of tests (tests/lib/layer.sh) and total them. Each layer speaks TAP. The last line is
# `N passed, N failed, N skipped`; the exit code is 1 if anything failed. A layer that dies, runs into its time limit,
# or gives fewer results than its plan announced has failed, whatever it printed before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${O:=build}"
# Minutes for one layer: a hang must not take the rest of the results with it.
LAYER_MINUTES=${LAYER_MINUTES:-15}
logs=$O/test
passed=0 failed=0 skipped=0 failures=() skips=() child=

trap 'if [[ -n $child ]]; then kill -TERM "$child" 2>/dev/null || true; wait "$child" || true; fi; exit 130' INT TERM

# What one layer's log says, added to the totals. Sets n_ok, n_bad, n_skip.
read_tap() { # LAYER LOG EXIT-CODE
	local layer=$1 line planned=0 bad_here=0 reason
	n_ok=0 n_bad=0 n_skip=0
	while IFS= read -r line; do
		# Results, and "not ok 3 # SKIP name", which is how cmocka writes a skipped test.
		if [[ $line =~ ^(not\ )?ok(\ |$) && $line =~ \#\ [Ss][Kk][Ii][Pp](.*) ]]; then
			reason=${line#*ok }
			n_skip=$((n_skip + 1)) bad_here=0
			skips+=("$layer: $reason")
		elif [[ $line =~ ^ok(\ |$) ]]; then
			n_ok=$((n_ok + 1)) bad_here=0
		elif [[ $line =~ ^not\ ok(\ |$) ]]; then
			n_bad=$((n_bad + 1)) bad_here=1
			failures+=("$layer: ${line#not ok }")
		elif [[ $line =~ ^1\.\.([0-9]+) ]]; then
			planned=$((planned + BASH_REMATCH[1])) bad_here=0
		fi
		# A failed test, and what was said about it.
		if ((bad_here)) && ! ((verbose)); then
			printf '  %s\n' "$line"
		fi
	done < "$2"

	local missing=$((planned - n_ok - n_bad - n_skip)) why=
	if (($3 == 124 || $3 == 137)); then
		why="stopped after $minutes minutes"
	elif ((missing > 0)); then
		why="$missing planned tests gave no result (exit code $3)"
	elif (($3 != 0 && n_bad == 0)); then
		why="exit code $3"
	elif ((n_ok + n_bad + n_skip == 0)); then
		why="no results at all"
	fi
	if [[ -n $why ]]; then
		n_bad=$((n_bad + (missing > 1 ? missing : 1)))
		failures+=("$layer: $why, see $2")
		printf '  not ok - %s: %s\n' "$layer" "$why"
		((verbose)) || tail -n 20 "$2" | sed 's/^/  | /'
	fi
	passed=$((passed + n_ok)) failed=$((failed + n_bad)) skipped=$((skipped + n_skip))
}

# Beside everything else: the kernel below the floor, the oldest supported and the newest one, and the tests that say
# most. `make test-vm` alone runs all kernels and all that depends on them.
if (($# > 1)); then
	export KERNEL=${KERNEL:-5.10 6.1 newest} FILES=${FILES:-smoke seeding}
fi
mkdir -p "$logs"
rm -f "$logs/total"
# One layer: somebody is looking at it, so show it as it runs.
verbose=$(($# == 1))
for layer; do
	log=$logs/$layer.log
	start=$SECONDS
	((verbose)) || printf '== %s\n' "$layer"
	: > "$log"
	minutes=$LAYER_MINUTES
	[[ $layer != vm ]] || minutes=$((LAYER_MINUTES * 2))	# several kernels
	timeout -k 10 "${minutes}m" tests/lib/layer.sh "$layer" > "$log" 2>&1 < /dev/null &
	child=$!
	if ((verbose)); then
		tail -n +1 -s 0.2 -f --pid="$child" "$log"
	fi
	rc=0
	wait "$child" || rc=$?
	child=
	read_tap "$layer" "$log" "$rc"
	printf '   %-8s %4d passed, %d failed, %d skipped  (%d s)\n' "$layer" "$n_ok" "$n_bad" "$n_skip" $((SECONDS - start))
done

((${#skips[@]})) && printf '\nskipped:\n' && printf '  %s\n' "${skips[@]}"
((${#failures[@]})) && printf '\nfailed:\n' && printf '  %s\n' "${failures[@]}"
printf '\n'
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped" | tee "$logs/total"
((failed == 0))
