# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs whose stacks are looked at: tests/tools/stackwork.c, built in all ways that matter. To be sourced.

STACKWORK_SOURCE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../tools/stackwork.c
# What each is built with, beside what all are. Global: bats loads files in a function.
declare -gA STACKWORK=(
	[plain]=""
	[lines]="-g"
	[static]="-static"
	[made]="-DMADE"
	[hardened]="-static HARDENED"
	[other]="-Dway_a=wrong_a -Dway_b=wrong_b"
)
# What distributions have their processor check: signed return addresses, or landing pads. The first one that the compiler knows.
STACKWORK_HARDENED=(-mbranch-protection=standard -fcf-protection=full)

# As gcc builds it for everybody. Guests of another machine have none: they get what was built for them, in the folder TWT_STACKWORK.
stackwork() { # NAME TO [COMPILER...]
	local name=$1 to=$2 flags flag
	shift 2
	(($#)) || set -- gcc
	if [[ -n ${TWT_STACKWORK:-} ]]; then
		cp "$TWT_STACKWORK/$name" "$to"
		return
	fi
	read -ra flags <<< "${STACKWORK[$name]}"
	for flag in "${STACKWORK_HARDENED[@]}"; do
		! "$@" "$flag" -x c -fsyntax-only /dev/null 2> /dev/null || break
	done
	"$@" -O2 -fomit-frame-pointer -pthread "${flags[@]/HARDENED/$flag}" -o "$to" "$STACKWORK_SOURCE"
}

# All of them, into a folder.
stackwork_all() { # FOLDER COMPILER...
	local dir=$1 name
	shift
	mkdir -p "$dir"
	for name in "${!STACKWORK[@]}"; do
		[[ "$dir/$name" -nt $STACKWORK_SOURCE && "$dir/$name" -nt ${BASH_SOURCE[0]} ]] || stackwork "$name" "$dir/$name" "$@"
	done
}
