#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/run.sh [REGEX]: runs every command line that the documents of this tree and the man page name (extract.awk), as `commands` says.
# TAP on standard output. With REGEX, only those that match it. Environment: O (where everything is built), TWTRACE.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
TOP=$(realpath "$here/../..")
cd "$TOP" || exit
: "${O:=build}"
O=$(realpath -m "$O")
# As make knows it: another spelling of the same folder would be other flags, and everything built again.
OUT=${O#"$TOP/"}
: "${TWTRACE:=$O/twtrace}"
TWTRACE=$(realpath -m "$TWTRACE")
# shellcheck disable=SC2034 # used by the libraries
TOOLS=$O/tests/tools
only=${1:-}
# So many tracers at once.
BATCH=6

# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=tests/lib/netns.bash
. "$here/../lib/netns.bash"
# shellcheck source=tests/lib/trace.bash
. "$here/../lib/trace.bash"
# shellcheck source=tests/lib/tui.bash
. "$here/../lib/tui.bash"

T=$(mktemp -d)
all=$T
trap 'T=$all; tui_end; ns_cleanup; rm -rf "$all"' EXIT
trap 'exit 130' INT TERM

# --- what is to be run --------------------------------------------------------------------------------------------------

mapfile -t words < <("$TWTRACE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\).*/\1/p')
mapfile -t documents < <(find . -path './build*' -prune -o -name '.?*' -prune -o -name '*.md' -print | sed 's|^\./||' | sort)
((${#words[@]})) || { echo "docs/run.sh: $TWTRACE --help names no commands" >&2; exit 1; }

declare -A where=() how=() used=()
lines=() wild=()
"$TWTRACE" --man > "$T/twtrace.8" || exit
while IFS=$'\t' read -r at line; do
	[[ -n ${where[$line]:-} ]] || lines+=("$line")
	where[$line]+=" ${at#"$T/"}"
done < <(awk -v programs="sudo make twtrace ss nstat" -v commands="${words[*]}" -f "$here/extract.awk" "${documents[@]}" "$T/twtrace.8")

# The table: a command line, and what is indented below it.
line=
while IFS= read -r text; do
	case $text in
	'' | '#'*) ;;
	$'\t'*) how[$line]=${text#$'\t'} ;;
	*)
		line=$text
		[[ $line != *'*'* ]] || wild+=("$line") ;;
	esac
done < "$here/commands"

# The entry for a command line: in ENTRY, and that it was used.
find_entry() { # LINE
	local key=$1 pattern
	if [[ -z ${how[$1]-} ]]; then
		for pattern in "${wild[@]}"; do
			# shellcheck disable=SC2053 # it is a pattern
			[[ $1 != $pattern ]] || key=$pattern
		done
	fi
	used[$key]=1
	ENTRY=${how[$key]-}
}

# --- the ways to run it --------------------------------------------------------------------------------------------------

# Programs found before all others: sudo is not needed here, and the pid of a twtrace is to be known.
mkdir "$T/bin"
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec "$@"\n' > "$T/bin/sudo"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho $$ > "$DOCS_PID"\nexec "%s" "$@"\n' "$TWTRACE" > "$T/bin/twtrace"
chmod +x "$T"/bin/*

# A folder of its own, with the recordings that a command line names: FILE, before.twr, ...
folder() { # N LINE: in T
	local f
	T=$all/$1
	mkdir -p "$T"
	while read -r f; do
		cp "$all/some.twr" "$T/$f"
	done < <(grep -oE '(^| )(FILE|[A-Za-z]+\.twr)' <<< "$2")
}

# Commands of twtrace may be named without it.
spelled_out() {
	local line=${1#sudo }
	[[ $line == twtrace* ]] || line="twtrace $line"
	echo "$line"
}

# Words that stand for something: a process, a network namespace.
filled() { sed -e "s/\bPID\b/$PEER/g" -e "s/-N lt\b/-N $NS/g" <<< "$1"; }

in_folder() { # COMMAND: it ends by itself
	cd "$T" && timeout -k 5 120 env PATH="$all/bin:$PATH" DOCS_PID="$T/pid" T="$T" TOP="$TOP" NS="$NS" PEER="$PEER" O="$O" TWTRACE="$TWTRACE" \
		bash -euo pipefail -c "$1" < /dev/null
}

in_tree() { # COMMAND
	cd "$TOP" && timeout -k 5 120 env PATH="$all/bin:$PATH" DOCS_PID="$T/pid" T="$T" TOP="$TOP" NS="$NS" PEER="$PEER" O="$OUT" TWTRACE="$TWTRACE" \
		bash -euo pipefail -c "$1" < /dev/null
}

elsewhere() { # FILE: TEXT
	local file=${1%%: *} text=${1#*: }
	grep -qF -- "$text" "$TOP/$file" || { echo "$file has no line with: $text"; return 1; }
}

# On a terminal: it shows a screen, and q ends it.
on_terminal() { # COMMAND LINE
	local args
	eval "args=(${1#twtrace})"
	tui_start 100x30 "${args[@]}" && shows '1 States' && tui_quit
	local rc=$?
	tui_end
	return $rc
}

# --- twtrace: as written, interrupted once it has seen connections ---------------------------------------------------------

# The words of a line that say that it ends by itself: it reads, says something, or looks once.
reads() { [[ $1 != *' --watch'* && ($1 =~ (^|\ )(-r|--read|--compare|--help|--version|--man|features|explain)(\ |$) || $1 == *' conn '*--live*) ]]; }

shows_screen() { # COMMAND LINE without sudo: no command among its words, or top
	local word found=
	[[ $1 != *' -j'* && $1 != *'|'* ]] || return 1
	for word in $1; do
		[[ " ${words[*]} " != *" $word "* ]] || { found=$word && break; }
	done
	[[ -z $found || $found == top ]] && [[ ! $1 =~ --(help|version|man) ]]
}

live_start() { # N COMMAND
	folder "$1" "$2"
	(cd "$T" && PATH="$all/bin:$PATH" DOCS_PID=$T/pid exec bash -o pipefail -c "$2") < /dev/null > "$T/out" 2> "$T/err" &
	pids[$1]=$!
}

live_ready() { # N: it traces, or has ended
	local rc=0
	"$TOOLS/waitline" -p "${pids[$1]}" "$all/$1/err" '^Tracing' 30 > /dev/null || rc=$?
	((rc != 1)) || echo "it does not begin to trace" >> "$all/$1/wrong"
}

live_end() { # N: interrupt it; what is wrong goes to its file
	local rc=0 dir=$all/$1
	[[ ! -s $dir/pid ]] || kill -INT "$(< "$dir/pid")" 2> /dev/null || true
	if ! pid_wait "${pids[$1]}" 30; then
		echo "it does not end" >> "$dir/wrong"
		kill -KILL "$(< "$dir/pid")" "${pids[$1]}"
	fi
	wait "${pids[$1]}" || rc=$?
	((rc == 0)) || echo "exit status $rc" >> "$dir/wrong"
	grep -q '^events: ' "$dir/err" || echo "no summary" >> "$dir/wrong"
	[[ ! -s $dir/wrong ]]
}

run_batch() { # LINE...
	local -A pids=()
	local n=0 line
	for line; do
		live_start "live$((n += 1))" "$(filled "$(spelled_out "$line")")"
	done
	for ((n = 1; n <= $#; n++)); do live_ready "live$n"; done
	T=$all
	if ! { work "load$((jobs += 1))" client-first 3 linger0 1 && work_end "load$jobs"; } 2> "$all/wrong"; then
		tap_bad "connections to look at" < "$all/wrong"
	fi
	n=0
	for line; do
		if live_end "live$((n += 1))"; then
			tap_ok "$line (${where[$line]# })"
		else
			tap_bad "$line (${where[$line]# })" < <(cat "$all/live$n/wrong"; tail -n 5 "$all/live$n/err")
		fi
		rm -rf "$all/live$n"
	done
}

# --- all -----------------------------------------------------------------------------------------------------------------

jobs=0 n=0 batch=() reason=
if ((EUID != 0)); then
	reason="needs root: sudo make test"
elif ! unshare -n true 2> /dev/null; then
	reason="network namespaces are refused here"
fi
NS='' PEER=$$
if [[ -z $reason ]]; then
	ns_new
	# The recording that is read: a live one, which has all that there is in one.
	trace rec record "$T/some.twr" && work peer -4 'connect accept' 1 'client-first' 3 && job_stop rec || exit
	PEER=${JOB_PID[peer]}
fi

for line in "${lines[@]}"; do
	[[ -z $only || $line =~ $only ]] || continue
	name="$line (${where[$line]# })"
	bare=${line#sudo }
	find_entry "$line"
	entry=$ENTRY
	if [[ -z $entry && " twtrace ${words[*]} " == *" ${bare%% *} "* ]]; then
		bare=$(spelled_out "$line")
		if reads "$bare" && ! shows_screen "$bare"; then entry="ends"
		elif shows_screen "$bare"; then entry="screen"
		else entry="live"
		fi
	fi
	if [[ -n $reason && $entry != @(foreign|in *|'') ]]; then
		tap_skip "$name" "$reason"
		continue
	fi
	folder "run$((n += 1))" "$line"
	case $entry in
	run) tap_check "$name" in_tree "$line" ;;
	'run '*) tap_check "$name" in_tree "${entry#run }" ;;
	'in '*) tap_check "$name" elsewhere "${entry#in }" ;;
	foreign) ;;
	ends) tap_check "$name" in_folder "$(filled "$bare")" ;;
	screen) tap_check "$name" on_terminal "$(filled "$bare")" ;;
	live) batch+=("$line") ;;
	*) tap_bad "$name" <<< "no test runs this command line: say in tests/docs/commands how to" ;;
	esac
	T=$all
	if ((${#batch[@]} == BATCH)); then
		run_batch "${batch[@]}"
		batch=()
	fi
done
((${#batch[@]} == 0)) || run_batch "${batch[@]}"

if [[ -z $only ]]; then
	stale=
	for line in "${!how[@]}"; do
		[[ -n ${used[$line]:-} ]] || stale+=$line$'\n'
	done
	tap_check "every entry of tests/docs/commands is named by a document" test -z "$stale"
fi
tap_end
