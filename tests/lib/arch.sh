# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Machines: the one place of the tests that names them. To be sourced.

# Those that Debian's kernels are looked at for (tests/core) and guests can be of (tests/vm).
# shellcheck disable=SC2034 # for those who source this
ARCHES=(amd64 arm64)

# Sets ARCH_* for a machine, called as uname, Debian or make ARCH=... call it; without a name for this one. Fails for one that is not known.
# shellcheck disable=SC2034
arch_of() { # [NAME]
	case ${1:-$(uname -m)} in
	amd64 | x86_64 | x86)
		ARCH_DEB=amd64 ARCH_MACHINE=x86_64 ARCH_BPF=x86 ARCH_GNU=x86_64-linux-gnu
		ARCH_QEMU=qemu-system-x86_64 ARCH_QEMU_PACKAGE=qemu-system-x86
		ARCH_BOARD=q35 ARCH_CPU=max ARCH_OLD_CPU=max ARCH_SIGNING_CPU=max ARCH_CONSOLE=ttyS0 ARCH_KERNEL=vmlinux ;;
	arm64 | aarch64)
		# The old one is ARMv8.0, which has no atomic instructions. The signing one signs return addresses: with a hash of QEMU's own, for the architecture's takes three times
		# as long; half as fast as one that does not.
		ARCH_DEB=arm64 ARCH_MACHINE=aarch64 ARCH_BPF=arm64 ARCH_GNU=aarch64-linux-gnu
		ARCH_QEMU=qemu-system-aarch64 ARCH_QEMU_PACKAGE=qemu-system-arm
		ARCH_BOARD=virt ARCH_CPU=cortex-a76 ARCH_OLD_CPU=cortex-a72 ARCH_SIGNING_CPU=max,pauth-impdef=on ARCH_CONSOLE=ttyAMA0 ARCH_KERNEL=Image ;;
	*)	return 1 ;;
	esac
	ARCH_FOREIGN=
	[[ $ARCH_MACHINE == "$(uname -m)" ]] || ARCH_FOREIGN=1
}
