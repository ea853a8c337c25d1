#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-build.sh OUT: the promises of the Makefile. OUT is an output folder that is up to date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=$1
make=${MAKE:-make}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# What make would do if FILE had just been edited (it is not touched).
would() { "$make" -n V=1 O="$out" -W "$1" all; }

"$make" -q O="$out" all || fail "a second make builds something again"

# A header edit rebuilds what includes it, on both sides of the ring buffer.
would bpf/twtrace.h > "$tmp/plan"
grep -q -- '-c bpf/twtrace.bpf.c' "$tmp/plan" || fail "bpf/twtrace.h: the BPF object is not rebuilt"
grep -q -- '-c user/core/event/event.c' "$tmp/plan" || fail "bpf/twtrace.h: user/core/event/event.c is not rebuilt"
would vmlinux/vmlinux.h > "$tmp/plan"
grep -q 'gen skeleton' "$tmp/plan" || fail "vmlinux.h: the skeleton is not generated again"
grep -q -- '-c user/source/bpf/bpf.c' "$tmp/plan" || fail "vmlinux.h: user/source_bpf.c is not rebuilt"
! grep -q -- '-c user/core/event/event.c' "$tmp/plan" || fail "vmlinux.h: user/core/event/event.c is rebuilt for nothing"

# Everything in its place, the program with its symbols (packages strip it); uninstall leaves what others put there.
mkdir -p "$tmp/root/usr/bin"
: > "$tmp/root/usr/bin/other"
"$make" O="$out" install DESTDIR="$tmp/root" PREFIX=/usr > "$tmp/install.log"
(cd "$tmp/root" && find . -type f | sort) > "$tmp/installed"
diff "$tmp/installed" - <<- END || fail "install: other files than expected"
	./usr/bin/other
	./usr/bin/twtrace
	./usr/share/bash-completion/completions/twtrace
	./usr/share/doc/twtrace/CHANGELOG.md
	./usr/share/doc/twtrace/LICENSE
	./usr/share/doc/twtrace/README.md
	./usr/share/fish/vendor_completions.d/twtrace.fish
	./usr/share/man/man8/twtrace.8.gz
	./usr/share/zsh/site-functions/_twtrace
END
[[ -x $tmp/root/usr/bin/twtrace ]] || fail "install: /usr/bin/twtrace cannot be run"
cmp "$out/twtrace" "$tmp/root/usr/bin/twtrace" || fail "install: the program was changed"
gzip -dc "$tmp/root/usr/share/man/man8/twtrace.8.gz" | grep '^\.TH TWTRACE 8' > /dev/null || fail "install: no man page"

"$tmp/root/usr/bin/twtrace" --version > "$tmp/version"
grep -qi "twtrace.* $(cat "$out/.version")" "$tmp/version" || fail "--version does not say $(cat "$out/.version"): $(cat "$tmp/version")"

"$make" O="$out" uninstall DESTDIR="$tmp/root" PREFIX=/usr > "$tmp/uninstall.log"
left=$(cd "$tmp/root" && find . -type f && find . -name twtrace)
[[ $left == ./usr/bin/other ]] || fail "uninstall leaves: $left"
"$make" O="$out" uninstall DESTDIR="$tmp/root" PREFIX=/usr > "$tmp/uninstall.log" || fail "uninstall, twice"

# Machines of the other byte order are refused, in one sentence.
! clang -target bpfeb -fsyntax-only -idirafter "/usr/include/$(gcc -print-multiarch)" bpf/twtrace.h 2> "$tmp/errors" || fail "a big-endian build is not refused"
[[ $(grep 'error:' "$tmp/errors") == *'little-endian machines only'* && $(grep -c 'error:' "$tmp/errors") == 1 ]] || fail "a big-endian build: $(cat "$tmp/errors")"
