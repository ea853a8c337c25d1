#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# relocations.sh OBJECT BTF: does every CO-RE relocation of the object find its target in this kernel's BTF? What may be
# missing stands in ./optional. libbpf does the search and tells it in its debug output only: an instruction whose target
# is missing is merely poisoned, and bpftool's exit code says nothing. Prints one line per breach and a summary.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
object=$1 btf=$2
BPFTOOL=${BPFTOOL:-bpftool}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$BPFTOOL" -d gen min_core_btf "$btf" "$tmp/min.btf" "$object" > "$tmp/log" 2>&1 || {
	cat "$tmp/log"
	exit 1
}

# Lines "found SPEC" or "missing SPEC"; a missing target of a question (kind ..._exists) is an answer.
awk '
	/ relo #[0-9]+: </ && !/candidate/ {
		sub(/.* relo #[0-9]+: </, "")
		kind = spec = $0
		sub(/>.*/, "", kind)
		sub(/^[^>]*> \[[0-9]+\] /, "", spec)
		sub(/ \([0-9:]+ @ offset .*/, "", spec)
		sub(/ = [-0-9]+$/, "", spec)
		question = kind ~ /_exists$/
		if (!question)
			seen[spec] = 1
		next
	}
	/: no matching targets found/ && !question { missing[spec] = 1 }
	END {
		for (spec in seen)
			print(spec in missing ? "missing" : "found", spec)
	}' "$tmp/log" | sort > "$tmp/relocations"

# Kernel variables that ./optional names.
"$BPFTOOL" btf dump file "$btf" | sed -n "s/^\[[0-9]*\] VAR '\([^']*\)'.*/found ksym \1/p" > "$tmp/vars"

awk '
	FILENAME == ARGV[3] {
		sub(/[ \t]*#.*/, "")
		if ($0 == "")
			next
		n = split($0, alternative, / *\| */)
		good = 0
		for (i = 1; i <= n; i++) {
			good += alternative[i] in found || alternative[i] == "nothing"
			named[alternative[i]] = 1
		}
		# A group that the object does not use any more would rot here.
		used = 0
		for (i = 1; i <= n; i++)
			used += alternative[i] in missing || alternative[i] in relocation
		if (!used) {
			print "optional: nothing uses: " $0
			bad++
		} else if (!good) {
			print "none of these has a target: " $0
			bad++
		}
		next
	}
	{
		state = $1
		sub(/^[a-z]+ /, "")
		if (state == "found")
			found[$0] = 1
		else
			missing[$0] = 1
		if (FILENAME == ARGV[1]) {
			relocation[$0] = 1
			total++
		}
	}
	END {
		for (spec in missing) {
			if (!(spec in named)) {
				print "no target: " spec
				bad++
			}
		}
		print total + 0 " relocations compared"
		exit(bad > 0 || total == 0)
	}' "$tmp/relocations" "$tmp/vars" "$here/optional"
