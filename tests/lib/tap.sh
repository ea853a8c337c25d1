# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Test results as TAP. To be sourced.
tap_n=0
tap_failed=0

tap_ok() { # NAME
	tap_n=$((tap_n + 1))
	printf 'ok %d - %s\n' "$tap_n" "$1"
}

tap_bad() { # NAME, what happened on standard input
	tap_n=$((tap_n + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_n" "$1"
	sed 's/^/# /'
}

tap_skip() { # NAME REASON
	tap_n=$((tap_n + 1))
	printf 'ok %d - %s # skip %s\n' "$tap_n" "$1" "$2"
}

# One test: passes if the command exits with 0; else its output is shown.
tap_check() { # NAME COMMAND...
	local name=$1 text rc=0
	shift
	text=$("$@" 2>&1 < /dev/null) || rc=$?
	if ((rc == 0)); then
		tap_ok "$name"
	else
		tap_bad "$name" <<< "$text"$'\n'"exit code $rc: $*"	# no pipe: it counts
	fi
}

# The plan, and the exit code of the whole.
tap_end() {
	printf '1..%d\n' "$tap_n"
	((tap_failed == 0))
}
