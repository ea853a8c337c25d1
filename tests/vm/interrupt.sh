#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# interrupt.sh KERNEL: Ctrl-C while a run's guest is booting leaves no process and no file of the run. TAP on standard output.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
: "${TWTRACE:?}"
test="interrupt: Ctrl-C ends guests and file servers, and removes their files"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tmp"
mkfifo "$dir/never"
exec {never}<> "$dir/never"

# Whatever the run starts inherits its TMPDIR, and is known by that.
of_the_run() {
	local p
	for p in /proc/[0-9]*; do
		! grep -qsz "^TMPDIR=$dir/tmp\$" "$p/environ" || tr '\0' ' ' < "$p/cmdline" | cut -c 1-100
	done
}

bad() {
	echo "not ok 1 $test"
	printf '# %s\n' "${1//$'\n'/$'\n# '}"
	sed 's/^/# /' "$dir/out"
	exit 1
}

echo 1..1
# A process group of its own, which takes SIGINT as one on a terminal does.
set -m
TMPDIR=$dir/tmp O=$dir/o FILES=smoke KERNEL=$1 "$here/run" > "$dir/out" 2>&1 &
run=$!
set +m
until compgen -G "$dir/tmp/twt-vm.*/console" > /dev/null; do
	kill -0 "$run" 2> /dev/null || bad "it ended by itself"
	read -r -t 0.1 -u "$never" || true
done
[[ $(of_the_run) == *qemu-system* ]] || bad "no QEMU among its processes: $(of_the_run)"
# Under make it comes more than once: from the terminal, and from each parent that passes it on.
kill -INT -- "-$run"
kill -TERM -- "-$run" 2> /dev/null || true
rc=0
wait "$run" || rc=$?
((rc == 130)) || bad "exit code $rc, expected 130"
[[ -z $(of_the_run) ]] || bad "processes left: $(of_the_run)"
[[ -z $(ls -A "$dir/tmp") ]] || bad "files left: $(find "$dir/tmp" -mindepth 1)"
echo "ok 1 $test"
