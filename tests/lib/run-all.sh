#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run-all.sh LAYER...: run layers of tests (tests/lib/layer.sh) and total them. Each layer speaks TAP. The last line is
# `N passed, N failed, N skipped`; the exit code is 1 if anything failed. A layer that dies, runs into its time limit,
# or gives fewer results than its plan announced has failed, whatever it printed before.
# Tests that trace mostly wait: layers that compute instead (BESIDE) run beside them, one after the other, at a low priority.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${O:=build}"
# Minutes for one layer: a hang must not take the rest of the results with it.
LAYER_MINUTES=${LAYER_MINUTES:-15}
BESIDE="lint fuzz cross packages san"
logs=$O/test
passed=0 failed=0 skipped=0 failures=() skips=() child='' lane=''

stop() { # PID...
	local pid
	for pid; do
		kill -TERM "$pid" 2> /dev/null || true
		wait "$pid" || true
	done
}
# shellcheck disable=SC2086 # one, the other, or both
trap 'stop $child $lane; exit 130' INT TERM

# Runs a layer: its TAP goes to its log, its exit code and seconds to a file beside that.
run_layer() { # LAYER
	local start=$SECONDS minutes=$LAYER_MINUTES rc=0
	[[ $1 != vm ]] || minutes=$((LAYER_MINUTES * 2))	# several kernels
	: > "$logs/$1.log"
	timeout -k 10 "${minutes}m" tests/lib/layer.sh "$1" > "$logs/$1.log" 2>&1 < /dev/null &
	child=$!
	((!verbose)) || tail -n +1 -s 0.2 -f --pid="$child" "$logs/$1.log"
	wait "$child" || rc=$?
	child=
	echo "$rc $((SECONDS - start)) $minutes" > "$logs/$1.end"
}

# What a layer that ran has to say.
tell_layer() { # LAYER
	local rc=1 seconds=0 minutes=0
	((verbose)) || printf '== %s\n' "$1"
	[[ ! -f $logs/$1.end ]] || read -r rc seconds minutes < "$logs/$1.end"
	read_tap "$1" "$logs/$1.log" "$rc" "$minutes"
	printf '   %-8s %4d passed, %d failed, %d skipped  (%d s)\n' "$1" "$n_ok" "$n_bad" "$n_skip" "$seconds"
}

# What one layer's log says, added to the totals. Sets n_ok, n_bad, n_skip.
read_tap() { # LAYER LOG EXIT-CODE MINUTES
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
		why="stopped after $4 minutes"
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
	export KERNEL=${KERNEL:-5.10 6.1 newest} FILES=${FILES:-smoke seeding} SHORT=1
fi
mkdir -p "$logs"
rm -f "$logs/total"
# One layer: somebody is looking at it, so show it as it runs.
verbose=$(($# == 1))
before=() beside=()
for layer; do
	rm -f "$logs/$layer.end"
	if (($# > 1)) && [[ " $BESIDE " == *" $layer "* ]]; then
		beside+=("$layer")
	else
		before+=("$layer")
	fi
done
if ((${#before[@]})); then
	run_layer "${before[0]}"	# the build: nothing runs without it
	tell_layer "${before[0]}"
fi
(
	trap 'stop $child; exit 130' INT TERM
	renice -n 15 "$BASHPID" > /dev/null || true
	for layer in "${beside[@]}"; do
		run_layer "$layer"
	done
) &
lane=$!
for layer in "${before[@]:1}"; do
	run_layer "$layer"
	tell_layer "$layer"
done
wait "$lane" || true
lane=
for layer in "${beside[@]}"; do
	tell_layer "$layer"
done

((${#skips[@]})) && printf '\nskipped:\n' && printf '  %s\n' "${skips[@]}"
((${#failures[@]})) && printf '\nfailed:\n' && printf '  %s\n' "${failures[@]}"
printf '\n'
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped" | tee "$logs/total"
((failed == 0))
