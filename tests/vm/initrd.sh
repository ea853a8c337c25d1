#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# initrd.sh KERNEL-FOLDER: prints the path of an initrd with init.c and the modules that mounting the host's root
# needs. Kept beside the kernel, one for each content of what makes it: several trees share that folder. ARCH: the guest's, if not this machine's.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
kernel=$1

version=$(basename "$(echo "$kernel"/lib/modules/*)")
initrd=$kernel/initrd-$(cat "$here/init.c" "$0" | cksum | cut -d ' ' -f 1).cpio
# shellcheck source=tests/lib/arch.sh
. "$here/../lib/arch.sh"
arch_of "${ARCH:-}"
[[ -e $initrd ]] && echo "$initrd" && exit
# Those of trees that are gone.
find "$kernel" -maxdepth 1 -name 'initrd*' -mtime +1 -exec rm -f {} +

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/root" "$tmp/root/modules"
cc=(cc)
[[ -z $ARCH_FOREIGN ]] || cc=("$ARCH_GNU-gcc" "--sysroot=$("$here/../lib/sysroot.sh" "$ARCH_DEB")")
"${cc[@]}" -std=gnu11 -O2 -Wall -Wextra -static -o "$tmp/root/init" "$here/init.c"

# modprobe -D prints "insmod PATH" in the order to load, "builtin NAME" for what needs no loading. The numbers keep the order.
n=100
for module in virtio_pci virtio_console virtiofs overlay; do
	modprobe -d "$kernel" -S "$version" -D "$module" > "$tmp/deps"
	while read -r verb path _; do
		[[ $verb == insmod ]] || continue
		name=$(basename "$path")
		name=${name%%.ko*}
		compgen -G "$tmp/root/modules/*-$name.ko" >/dev/null && continue
		case $path in
		*.xz)	xz -dc "$path" ;;
		*.zst)	zstd -qdc "$path" ;;
		*.gz)	gzip -dc "$path" ;;
		*)	cat "$path" ;;
		esac > "$tmp/root/modules/$((n++))-$name.ko"
	done < "$tmp/deps"
done

(cd "$tmp/root" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet) > "$tmp/initrd"
# Moved into place, as another guest may be reading it.
mv "$tmp/initrd" "$initrd.$$"
mv "$initrd.$$" "$initrd"
echo "$initrd"
