#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh: the BPF object against the BTF of this kernel and of Debian's, without booting any. TAP on standard output.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/arch.sh
. tests/lib/arch.sh
: "${O:=build}" "${MAKE:=make}"

# Supported series that Debian has; 5.10 is below the floor.
SERIES="6.1 6.12 6.18 newest"
FOREIGN_SERIES="6.1 newest"

check() { # KERNEL OBJECT BTF
	tap_check "relocations, $1" tests/core/relocations.sh "$2" "$3"
	tap_check "members and hooks, $1" "$O/tests/core/members" "$2" "$3"
}

debian() { # SERIES ARCH OBJECT
	local folder
	if folder=$(tests/lib/kernels.sh get "$1" "$2" 2>&1); then
		check "$(basename "$folder")" "$3" "$folder/btf"
	else
		folder=${folder##*$'\n'}
		tap_skip "relocations, $1 $2" "${folder#kernels: }"
		tap_skip "members and hooks, $1 $2" "${folder#kernels: }"
	fi
}

if [[ -r /sys/kernel/btf/vmlinux ]]; then
	check "this kernel, $(uname -r)" "$O/twtrace.bpf.o" /sys/kernel/btf/vmlinux
else
	tap_skip "relocations, this kernel" "it has no BTF (/sys/kernel/btf/vmlinux)"
	tap_skip "members and hooks, this kernel" "it has no BTF (/sys/kernel/btf/vmlinux)"
fi

for arch in "${ARCHES[@]}"; do
	arch_of "$arch"
	list=$SERIES
	[[ -z $ARCH_FOREIGN ]] || list=$FOREIGN_SERIES
	tap_check "object for $arch" "$MAKE" O="$O/$arch" BPF_ARCH="$ARCH_BPF" "$O/$arch/twtrace.bpf.o"
	for series in $list; do
		debian "$series" "$arch" "$O/$arch/twtrace.bpf.o"
	done
done

# Checks that cannot fail prove nothing.
btf=/sys/kernel/btf/vmlinux
[[ -r $btf ]] || btf=$(find "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twtrace/kernels" -name btf -print -quit 2> /dev/null)
if [[ -n $btf ]]; then
	tap_check "a wrong member, size or hook is noticed" tests/core/self.sh "$O" "$btf"
else
	tap_skip "a wrong member, size or hook is noticed" "no BTF at hand"
fi
tap_end
