#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# support.sh: puts the support table of the last full run (O=build) into tests/README.md, between its two marks.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
table=${O:-build}/test/support.md
if [[ ! -s $table ]]; then
	echo "support.sh: no $table: run make test-vm first, without KERNEL and TEST" >&2
	exit 1
fi
awk -v table="$table" '
	/^<!-- support table/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
	/^<!-- end of support table/ { skip = 0 }
	!skip { print }' tests/README.md > tests/README.md.new
cat tests/README.md.new > tests/README.md
rm tests/README.md.new
