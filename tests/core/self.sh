#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# self.sh OUT BTF: both checks against an object with one wrong member, one wrong size and one wrong hook.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
out=$1 btf=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat > "$tmp/wrong.bpf.c" <<-'END'
	typedef unsigned long long u64;
	struct sock_common {
		unsigned int skc_family;
		int skc_misspelt;
	} __attribute__((preserve_access_index));
	__attribute__((section("tp_btf/no_such_hook"), used)) int prog(u64 *ctx)
	{
		struct sock_common *sk = (void *)ctx[0];

		return sk->skc_family + sk->skc_misspelt;
	}
END
"${CLANG:-clang}" -target bpf -g -O2 -c "$tmp/wrong.bpf.c" -o "$tmp/wrong.o"

expect() { # TEXT FILE
	grep -qF "$1" "$2" || {
		echo "not noticed: $1"
		cat "$2"
		exit 1
	}
}

if "$here/relocations.sh" "$tmp/wrong.o" "$btf" > "$tmp/relocations"; then
	echo "relocations.sh is content"
	exit 1
fi
expect "no target: struct sock_common.skc_misspelt" "$tmp/relocations"
if "$out/tests/core/members" "$tmp/wrong.o" "$btf" > "$tmp/members"; then
	echo "members is content"
	exit 1
fi
expect "skc_family has 16 bits here and 32 in vmlinux.h" "$tmp/members"
expect "the kernel has no btf_trace_no_such_hook" "$tmp/members"
