#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# support.sh: puts the support table of the last full run (O=build; O=build-arm64) into tests/README.md, between its two marks. Rows of kernels of
# other machines stay.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
table=${O:-build}/test/support.md
if [[ ! -s $table ]]; then
	echo "support.sh: no $table: run make test-vm first, without KERNEL and TEST" >&2
	exit 1
fi
awk -v table="$table" '
	# "| 6.1.0-56-cloud-amd64 | ..." -> the machine
	function machine(row) { sub(/^\| */, "", row); sub(/ .*/, "", row); sub(/.*-/, "", row); return row }
	function flush_rows(	i) {
		for (i = 1; i <= old; i++)
			if (!(machine(kept[i]) in renewed))
				print kept[i]
	}
	/^<!-- support table/ {
		print
		print ""
		while ((getline line < table) > 0) {
			print line
			if (line ~ /^\| [0-9]/)
				renewed[machine(line)] = 1
		}
		skip = 1
	}
	/^<!-- end of support table/ { flush_rows(); print ""; skip = 0 }
	skip && /^\| [0-9]/ { kept[++old] = $0 }
	!skip { print }' tests/README.md > tests/README.md.new
cat tests/README.md.new > tests/README.md
rm tests/README.md.new
