#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lint.sh shell|rules|rooms|circles OBJECTS: what compilers do not check. Prints one line per breach; exit code 1 if there was any.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
breaches=0

breach() {
	echo "$*"
	breaches=$((breaches + 1))
}

# Files of ours: those git knows or would add. Without git (a tarball), all of them.
files() { # PATTERN...
	if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [[ ! -f $f ]] || echo "$f"; done
	else
		local p
		for p; do
			find . -path './build*' -prune -o -type f -path "./$p" -print | sed 's|^\./||'
		done
	fi | sort -u
}

# Scripts by their first line, whatever they are called, and bats files.
shell() {
	local list=() f
	while read -r f; do
		case $f in
		*.sh | *.bats | *.bash) list+=("$f") ;;
		*) [[ $(head -c 64 "$f" | head -n 1 | tr -d '\0') =~ ^#!.*(bash|/sh|bats) ]] && list+=("$f") ;;
		esac
	done < <(files 'tests/*' 'contrib/*' '.ci/*')
	((${#list[@]})) || breach "no script found"
	shellcheck -x "${list[@]}" || breaches=$((breaches + 1))
}

# Each line of the files that matches the pattern, comments left out.
forbid() { # RULE PATTERN FILE...
	local rule=$1 pattern=$2 hit
	shift 2
	(($#)) || return 0
	while read -r hit; do
		breach "$hit   <- $rule"
	done < <(grep -nHE "$pattern" "$@" | grep -vE '^[^:]*:[0-9]+:[[:blank:]]*(/?\*|//)' || true)
}

without() { # NAME... : standard input minus these names
	grep -vxF "$(printf '%s\n' "$@")" || true
}

rules() {
	local core bpf user all_c tests f lines
	mapfile -t core < <(files 'user/core/*.c' 'user/core/*.h')
	mapfile -t bpf < <(files 'bpf/*' | without bpf/twtrace.h)
	mapfile -t all_c < <(files '*.c' '*.h')
	mapfile -t tests < <(files 'tests/*.sh' 'tests/*.bats' 'tests/*.c')

	forbid "the core is pure: libc headers and its own" \
		'#include *[<"](bpf/|linux/[^t]|sys/|net|curses|ncurses|unistd|fcntl|signal|pthread|zlib|.*\.skel\.h|opts\.h|source\.h|views/)' \
		"${core[@]}"
	forbid "the core does not print or exit" '(^|[^a-z_])(printf|fprintf|puts|perror|exit|abort|syslog)\(' "${core[@]}"
	forbid "the core does not ask the clock" '(^|[^a-z_])(clock_gettime|gettimeofday|time)\((CLOCK|NULL|0|&)' "${core[@]}"
	forbid "nothing in bpf/ includes user/" '#include *"(\.\./)?(user|core)/' "${bpf[@]}"

	mapfile -t user < <(files 'user/*' | grep -v '^user/source/bpf/')
	forbid "only source/bpf/ sees the skeleton" 'twtrace\.skel\.h"' "${user[@]}"
	mapfile -t user < <(files 'user/*' | without user/views/screen/term.c)
	forbid "only views/screen/term.c includes curses" '#include *<n?curses' "${user[@]}"
	mapfile -t user < <(files 'user/views/*')
	forbid "views do not touch BPF" '#include *<bpf/' "${user[@]}"

	forbid "no sleep: wait for the event" '(^|[^a-z_.])(sleep +[0-9$"]|u?sleep\(|nanosleep\()' "${tests[@]}" \
		"${all_c[@]}"
	# What differs between machines is in one file a place; pages and recordings may tell of any.
	while read -r f; do
		breach "$f   <- machines have their names in bpf/arch.h, Makefile, tests/lib/arch.sh and contrib/packaging alone"
	done < <(files 'bpf/*' 'user/*' 'vmlinux/*' 'tests/*' 'contrib/*' | without bpf/arch.h tests/lib/arch.sh tests/lint.sh tests/docs/commands |
		grep -vE '\.(md|8\.in|out)$|^contrib/packaging/|^tests/(unit|golden|fuzz/corpus)/' |
		xargs grep -nHIE '(^|[^a-z])(x86|amd64|arm64|aarch64)' | grep -vE '^[^:]*:[0-9]+:([[:blank:]]*(#|/?\*|//)|.*[[:blank:]](/\*|#) )' || true)
	while read -r f; do
		breach "bpf/twtrace.h: two kinds of events are $f"
	done < <(sed -n '/^enum twt_kind/,/^};/s/.*\bTWT_[A-Z_]* = \([0-9]*\),.*/\1/p' bpf/twtrace.h | sort | uniq -d)
	for f in "${all_c[@]}"; do
		grep -q 'SPDX-License-Identifier' "$f" || breach "$f: no SPDX line"
		lines=$(wc -l < "$f")
		((lines <= 600)) || breach "$f: $lines lines, 600 is the limit"
	done
	mapfile -t all_c < <(files '*.c' '*.h' 'tests/*' 'contrib/*' 'Makefile' README.md CHANGELOG.md '.ci/*' | grep -vE '\.(twt|bin|gz|json|ndjson|txt|out|png)$|/corpus/|/golden/')
	while read -r f; do
		case $f in
		bpf/* | user/* | vmlinux/* | tests/* | contrib/* | .* | Makefile | README.md | CHANGELOG.md | LICENSE) ;;
		*) breach "$f: what is new at the top has a place below bpf, user, vmlinux, tests or contrib" ;;
		esac
	done < <(files '*')
	forbid "trailing blanks" '[[:blank:]]+$' "${all_c[@]}"
}

# Which room may include which: tests/rooms. Each room has at most 20 files.
rooms() {
	local -A may=()
	local room list f line to known n
	while IFS=: read -r room list; do
		[[ -z $room || $room == \#* ]] || may[${room// /}]=$list
	done < tests/rooms
	while IFS=: read -r f line to; do
		room=${f#user/}
		[[ $room == */* ]] && room=${room%/*} || room=.
		to=${to#*\"}
		to=${to%\"*}
		[[ $to == */* ]] && to=${to%/*} || to=.
		[[ $to != "$room" ]] || continue
		if [[ ! -v may[$room] ]]; then
			breach "$f:$line: room \"$room\" is not in tests/rooms"
			continue
		fi
		known=
		set -f
		for n in ${may[$room]}; do
			# shellcheck disable=SC2053 # words of the table are patterns
			[[ $to != $n ]] || known=1
		done
		set +f
		[[ -n $known ]] || breach "$f:$line: $room may not include $to (tests/rooms)"
	done < <(files 'user/*.c' 'user/*.h' | xargs grep -nHE '^#include "[^"]+"' | grep -vE '"(arch|twtrace|twtrace\.skel)\.h"')
	while read -r n room; do
		((n <= 20)) || breach "$room: $n files, 20 are a room's limit"
	done < <(files 'user/*' | xargs -n1 dirname | sort | uniq -c)
}

# No circle among files: who includes whom, and in the objects of $1 who needs whose symbols.
circles() { # FOLDER
	local pairs
	pairs=$(files 'user/*.c' 'user/*.h' | xargs grep -oHE '^#include "[^"]+"' | sed -E 's|^user/([^:]+):#include "([^"]+)"|\1 \2|')
	loops "$pairs" "include each other in a circle"
	pairs=$(find "$1/user" -name '*.o' -print0 | xargs -0 nm -A | awk -v top="$1/user/" '
		{ file = $1; sub(/:.*/, "", file); sub("^" top, "", file); sub(/\.o$/, ".c", file) }
		$(NF - 1) == "U" { needs[file, $NF]; next }
		$(NF - 1) ~ /^[TDBRC]$/ { home[$NF] = file }
		END { for (n in needs) { split(n, part, SUBSEP); if (part[2] in home && home[part[2]] != part[1]) print part[1], home[part[2]] } }')
	[[ -n $pairs ]] || breach "$1/user: no objects to look at"
	loops "$pairs" "call each other in a circle"
}

# tsort names the members of each loop on standard error.
loops() { # PAIRS WHAT
	local said
	said=$({ tsort 2>&1 > /dev/null <<< "$1" || true; } | sed -n 's/^tsort: \([^-].*[^:]\)$/user\/\1/p' | sort -u | tr '\n' ' ')
	[[ -z $said ]] || breach "$said: these $2"
}

case ${1:-} in
shell | rules | rooms) "$1" ;;
circles) circles "${2:?}" ;;
*) echo "usage: lint.sh shell|rules|rooms|circles OBJECTS" >&2; exit 64 ;;
esac
((breaches == 0))
