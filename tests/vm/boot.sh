#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# boot.sh [-i] [-c CPUS] [-m MIB] [-t SECONDS] KERNEL [--] COMMAND [ARG...]
#
# Boots KERNEL (a series such as 6.12, or a folder made by tests/lib/kernels.sh) in QEMU and runs COMMAND in it as root,
# in the current directory. The guest sees this machine's files; what it writes is gone when it ends. Standard output,
# standard error and the exit code are the command's. No network but its own loopback.
#
#   -i  on a terminal, for a shell in the guest: boot.sh -i 6.12 -- bash -i
#   -c  CPUs (1)    -m  memory in MiB (1024)    -t  time limit in seconds (600; none with -i)
#
# Exit codes of its own: 124 time limit, 125 the guest did not come up or died (its console follows on stderr).
# TWT_VM_CONSOLE=FILE keeps the guest's console; TWT_VM_ACCEL=kvm instead of tcg where KVM is known to work.
# ARCH=arm64: a guest of that machine, with its programs (tests/lib/sysroot.sh) in /usr. TWT_VM_CPU=cortex-a53: QEMU's name of a processor.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/host.sh"

usage() {
	sed -n '4,15s/^# \{0,1\}//p' "$0" >&2
	exit 64
}

interactive='' cpus=1 memory=1024 limit=600
while getopts ic:m:t: opt; do
	case $opt in
	i)	interactive=1 ;;
	c)	cpus=$OPTARG ;;
	m)	memory=$OPTARG ;;
	t)	limit=$OPTARG ;;
	*)	usage ;;
	esac
done
shift $((OPTIND - 1))
(($# >= 2)) || usage
kernel=$1
shift
[[ $1 != -- ]] || shift
(($#)) || usage
if [[ -n $interactive && ! -t 0 ]]; then
	echo "boot.sh: -i needs a terminal as standard input" >&2
	exit 64
fi

lacking=$(missing)
if [[ -n $lacking ]]; then
	printf 'boot.sh: %s\n' "$lacking" >&2
	exit 125
fi
series=guest
if [[ ! -d $kernel ]]; then
	series=$kernel
	kernel=$("$here/../lib/kernels.sh" get "$series" "$ARCH_DEB")
fi
kernel=$(readlink -f "$kernel")
sysroot=''
[[ -z $ARCH_FOREIGN ]] || sysroot=$("$here/../lib/sysroot.sh" "$ARCH_DEB")

# Guests and their file servers also end when this script is killed outright (--pdeathsig).
dir=$(mktemp -d "${TMPDIR:-/tmp}/twt-vm.XXXXXX")
qemu='' virtiofsd='' tty=''
cleanup() {
	trap - EXIT
	[[ -z $qemu ]] || kill "$qemu" 2>/dev/null || :
	[[ -z $virtiofsd ]] || kill "$virtiofsd" 2>/dev/null || :
	wait_for ${qemu:+"$qemu"} ${virtiofsd:+"$virtiofsd"}
	[[ -z $tty ]] || stty "$tty"
	rm -rf "$dir"
}
trap cleanup EXIT
# Ctrl-C comes more than once: from the terminal, and from each parent that passes it on.
stop() {
	trap '' HUP INT TERM
	exit "$1"
}
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM

# --- the initrd: init and modules, and the job ------------------------------------------------------------------------
winsize=''
if [[ -n $interactive ]]; then
	tty=$(stty -g)
	winsize=$(stty size)
fi
mkdir "$dir/job"
printf '%s\0' "$kernel"/lib/modules/* "$sysroot" "$PWD" "$winsize" "twt-${series//./-}" "${TERM:-dumb}" "$@" > "$dir/job/job"
initrd=$("$here/initrd.sh" "$kernel")
{ cat "$initrd"; cd "$dir/job"; echo job | cpio -o -H newc --quiet; } > "$dir/initrd"

# --- the host's root directory, read-only -----------------------------------------------------------------------------
exec {log}< <(exec setpriv --pdeathsig TERM "$(find_virtiofsd)" --socket-path="$dir/fs" \
	-o source=/ -o cache=always -o sandbox=chroot 2>&1)
virtiofsd=$!
while read -r -t 30 line <&"$log"; do
	echo "$line" >> "$dir/virtiofsd.log"
	[[ $line != *"Waiting for"* ]] || break
done
if [[ ${line-} != *"Waiting for"* ]]; then
	echo "boot.sh: virtiofsd did not start:" >&2
	cat "$dir/virtiofsd.log" >&2 || :
	exit 125
fi
cat <&"$log" >> "$dir/virtiofsd.log" &
exec {log}<&-

# --- the guest --------------------------------------------------------------------------------------------------------
# norandmaps: TCG keeps translated code by virtual address, so that programs which always lie at the same one start
# several times faster.
accel=${TWT_VM_ACCEL:-tcg}
case $accel in
tcg)	cpu=${TWT_VM_CPU:-$ARCH_CPU}; accel=tcg,thread=multi ;;
*)	cpu=host ;;
esac
# shellcheck disable=SC2054 # QEMU's options have commas
args=(-M "$ARCH_BOARD,memory-backend=mem" -accel "$accel" -cpu "$cpu" -smp "$cpus" -m "$memory"
	-object "memory-backend-memfd,id=mem,size=${memory}M,share=on"
	-nodefaults -no-user-config -display none -no-reboot
	-chardev "file,id=console,path=$dir/console" -serial chardev:console
	-device virtio-serial-pci
	-chardev "file,id=rc,path=$dir/rc" -device virtserialport,chardev=rc,name=rc
	-chardev "socket,id=fs,path=$dir/fs" -device vhost-user-fs-pci,chardev=fs,tag=root
	-kernel "$kernel/$ARCH_KERNEL" -initrd "$dir/initrd"
	-append "console=$ARCH_CONSOLE quiet panic=-1 mitigations=off nokaslr norandmaps")

if [[ -n $interactive ]]; then
	# shellcheck disable=SC2054
	args+=(-chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty)
	setpriv --pdeathsig TERM "$ARCH_QEMU" "${args[@]}" <&0 &
	qemu=$!
	wait "$qemu" && status=0 || status=$?
else
	# Pipes of our own: QEMU sets O_NONBLOCK and would truncate a file; the copies end when both ends here are closed.
	exec {out}> >(exec cat)
	out_copy=$!
	exec {err}> >(exec cat >&2)
	err_copy=$!
	# shellcheck disable=SC2054
	args+=(-add-fd "fd=$out,set=1" -chardev file,id=out,path=/dev/fdset/1,append=on
		-device virtserialport,chardev=out,name=out
		-add-fd "fd=$err,set=2" -chardev file,id=err,path=/dev/fdset/2,append=on
		-device virtserialport,chardev=err,name=err)
	setpriv --pdeathsig TERM timeout -k 10 "$limit" "$ARCH_QEMU" "${args[@]}" </dev/null &
	qemu=$!
	exec {out}>&- {err}>&-
	wait "$qemu" && status=0 || status=$?
	wait "$out_copy" "$err_copy" || :
fi
qemu=''

[[ -z ${TWT_VM_CONSOLE:-} ]] || cp "$dir/console" "$TWT_VM_CONSOLE"
complain() {
	printf 'boot.sh: %s\n' "$1" >&2
	tr -d '\r' < "$dir/console" | tail -n 60 | sed 's/^/console: /' >&2
}
if read -r code taint < "$dir/rc"; then
	[[ $taint == 0 ]] || complain "the kernel warned while the command ran (tainted $taint)"
	exit "$code"
elif [[ $status == 124 && -z $interactive ]]; then
	complain "no end after $limit s"
	exit 124
fi
complain "the guest ended without a result (qemu exit code $status)"
exit 125
