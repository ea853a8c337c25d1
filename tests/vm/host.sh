# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the guests need from the host; sourced by run and boot.sh. Guests are of the machine ARCH; without it of this one.

# shellcheck source=tests/lib/arch.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/arch.sh"
arch_of "${ARCH:-}" || ARCH_QEMU=''

# virtiofsd lives outside PATH; qemu's own package carries it up to Debian 12, its own package later.
find_virtiofsd() {
	local f
	for f in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd /usr/lib/virtiofsd "$(command -v virtiofsd)"; do
		[[ -x $f ]] && echo "$f" && return
	done
	return 1
}

# Prints one line for each thing that keeps guests from running here; nothing when all is there.
missing() {
	local tool
	if [[ -z $ARCH_QEMU ]]; then
		echo "no guests are known of a machine called ${ARCH:-$(uname -m)}"
		return
	fi
	[[ $EUID == 0 ]] || echo "root is needed: a guest's root directory is the host's (run it with sudo)"
	for tool in "$ARCH_QEMU:$ARCH_QEMU_PACKAGE" cpio:cpio setpriv:util-linux xz:xz-utils zstd:zstd \
			depmod:kmod modprobe:kmod ${ARCH_FOREIGN:+"$ARCH_GNU-gcc:gcc-${ARCH_GNU//_/-}"} cc:gcc; do
		command -v "${tool%:*}" >/dev/null || echo "${tool%:*} not found (Debian package ${tool#*:})"
	done
	find_virtiofsd >/dev/null || echo "virtiofsd not found (Debian package virtiofsd, or qemu-system-common up to Debian 12)"
}

# Wait for processes to end, whatever `wait` says: a signal that came before it was ignored makes it return at once.
wait_for() { # PID...
	local pid
	for pid; do
		while kill -0 "$pid" 2> /dev/null; do
			wait "$pid" || :
		done
	done
}
