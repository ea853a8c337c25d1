#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-example.sh O: user/README.md's example of a new column applies to this tree, builds, and shows the column.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$(realpath "$1")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# Every function and file that the page names is there.
while read -r name; do
	grep -rqE --include='*.[ch]' "(^|[^a-z_])${name%()}\\(" user bpf || fail "user/README.md names $name, which is nowhere"
done < <(grep -oE '`[a-z_]+\(\)`' user/README.md | tr -d '\`' | sort -u)
while read -r name; do
	[[ -e $name || -e user/$name || -n $(find user -path "*/$name") ]] || fail "user/README.md names $name, which is nowhere"
done < <(grep -oE '`[a-z_./]+\.(c|h|md|sh)`' user/README.md | tr -d '\`' | sort -u)

mkdir -p "$tmp/tests/unit" "$tmp/tests/lib" "$tmp/build"
cp -a Makefile bpf user vmlinux "$tmp/"
cp -a tests/lib/deps.sh "$tmp/tests/lib/"
# What is built already, so that only what the example touches is built.
cp -a "$out/obj" "$out"/*.a "$out"/*.o "$out"/*.h "$out"/.[a-z]* "$tmp/build/"
sed -n '/^```diff$/,/^```$/p' user/README.md | sed '/^```/d' > "$tmp/example.patch"
[[ -s $tmp/example.patch ]] || fail "user/README.md: no example"
patch -s -p1 -d "$tmp" < "$tmp/example.patch" || fail "user/README.md: the example does not apply any more"
make -s -C "$tmp" V=0 O=build CC="${CC:-gcc}" CLANG="${CLANG:-clang}" all || fail "user/README.md: the example does not build"
"$tmp/build/twtrace" -q -r tests/golden/synth.twr conn --wide > "$tmp/lines" || fail "the example's program fails"
grep -q ESTABMS "$tmp/lines" || fail "the example's column is not shown"
grep -qE '[0-9]+\.[0-9]{3}' "$tmp/lines" || fail "the example's column is empty"
"$tmp/build/twtrace" conn --help | grep -q 'ESTABMS.*estab_ns' || fail "the example's column is not in --help"
