# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For every file of tests/live: load ../lib/live. Each test gets a namespace of its own and may run beside any other.
bats_require_minimum_version 1.5.0
LIB=$(dirname "${BASH_SOURCE[0]}")
: "${O:=$(realpath -m "$LIB/../../build")}"
: "${TWTRACE:=$O/twtrace}"
TOOLS=$O/tests/tools
# shellcheck disable=SC2034 # used by the files that load this one
# Per scenario: a prime, so that no other number of the test is a multiple of it by chance.
COUNT=${TWT_COUNT:-23}
# How late a timer may be heard of beyond the kernel's own rounding: an emulated processor stands still now and then.
LATE_NS=$((${TWT_LATE_MS:-50} * 1000000))

# shellcheck source=tests/lib/netns.bash
. "$LIB/netns.bash"
# shellcheck source=tests/lib/trace.bash
. "$LIB/trace.bash"
# shellcheck source=tests/lib/assert.bash
. "$LIB/assert.bash"

setup() {
	T=$BATS_TEST_TMPDIR
	ns_new
}

# What the programs said on stderr, and losses they told of, are part of a failed test's report. TWT_KEEP=DIR keeps the
# files of failed tests there.
teardown() {
	local f
	if [[ -z ${BATS_TEST_COMPLETED:-} ]]; then
		for f in "$T"/*.err; do
			[[ ! -s $f ]] || { echo "--- $(basename "$f")"; tail -n 20 "$f"; }
		done
		grep -h '"event":"lost"' "$T"/*.out | tail -n 5
		[[ -z ${TWT_KEEP:-} ]] || { mkdir -p "$TWT_KEEP" && cp -r "$T" "$TWT_KEEP/$NS"; }
	fi
	ns_cleanup
}
