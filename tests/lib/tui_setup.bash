# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For every file of tests/tui: load ../lib/tui_setup. No privilege is needed: recordings of made-up events, the same everywhere.
bats_require_minimum_version 1.5.0
LIB=$(dirname "${BASH_SOURCE[0]}")
: "${O:=$(realpath -m "$LIB/../../build")}"
: "${TWTRACE:=$O/twtrace}"
# shellcheck disable=SC2034 # used by the files that load this one
TOOLS=$O/tests/tools

# shellcheck source=tests/lib/tui.bash
. "$LIB/tui.bash"

setup_file() {
	export REC=$BATS_FILE_TMPDIR/rec.twr
	"$TWTRACE" -q --synth 30000 record "$REC"
}

setup() { T=$BATS_TEST_TMPDIR; }
teardown() { tui_cleanup; }

# The recording as a whole on a screen: top shows its end.
replayed() { # COLSxROWS [NAME=VALUE...] ARG...
	local size=$1 vars=()
	shift
	while [[ ${1:-} == [A-Z]*=* ]]; do
		vars+=("$1")
		shift
	done
	tui_start "$size" "${vars[@]}" -r "$REC" --speed max "$@" top
	shows 'end of replay'
}
