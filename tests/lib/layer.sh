#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# layer.sh NAME: run one layer of tests, results as TAP on standard output. Started by run-all.sh, which counts.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
# shellcheck source=tests/lib/arch.sh
. tests/lib/arch.sh

: "${O:=build}" "${MAKE:=make}" "${FUZZ_SECONDS:=}" "${TEST:=}"
out=$O				# as make knows it
O=$(realpath -m "$O")		# as test programs get it: they may change directory
export O TWTRACE=$O/twtrace
BPFTOOL=${BPFTOOL:-bpftool}
export BPFTOOL

# The job slots of the make that started us cannot be inherited through a script.
MAKEFLAGS=$(sed -E 's/ ?-j[0-9]*//g; s/ ?--jobserver-[a-z]+=[^ ]*//g' <<< "${MAKEFLAGS:-}")
export MAKEFLAGS
build() { "$MAKE" -j"$(nproc)" V=0 O="$out" "$@"; }

# Build what a layer needs, or fail it with the compiler's words.
need_built() {
	local text
	if ! text=$(build "$@" 2>&1); then
		tap_bad "build: make $*" <<< "$(tail -n 20 <<< "$text")"
		tap_end
		exit 1
	fi
}

layer_build() {
	tap_check "program" build all
	tap_check "test programs" build test-programs
	tap_check "header dependencies, install, version" tests/lib/check-build.sh "$out"
	[[ -n ${SAN:-} ]] || tap_check "user/README.md's example" tests/lib/check-example.sh "$out"
	if [[ -z ${SAN:-} ]]; then
		local reason
		if reason=$(tests/lib/deps.sh static); then
			tap_check "static program" build STATIC=1 O="$out-static" all
		else
			tap_skip "static program" "$reason"
		fi
	fi
	tap_end
}

layer_lint() {
	tap_check "gcc, all warnings" build lint-gcc
	tap_check "clang, all warnings" build lint-clang
	tap_check "clang -target bpf" build lint-bpf
	tap_check "shellcheck" tests/lint.sh shell
	tap_check "layering and style rules" tests/lint.sh rules
	tap_check "rooms: lower never includes upper" tests/lint.sh rooms
	tap_check "no circles" tests/lint.sh circles "$O/lint/gcc"
	tap_end
}

layer_unit() {
	need_built unit-programs
	local rc=0 t
	while read -r t; do
		t=${t%.c}
		CMOCKA_MESSAGE_OUTPUT=TAP "$O/$t" || rc=1
	done < <(find tests/unit -name 'test_*.c' | sort)
	return $rc
}

# Without FUZZ_SECONDS the same inputs each time, as far as five seconds go: a test must not depend on luck. With it, new ones for so long.
layer_fuzz() {
	need_built fuzz-programs
	local src name args what="20000 runs or 5 s"
	[[ -z $FUZZ_SECONDS ]] || what="$FUZZ_SECONDS s"
	for src in tests/fuzz/fuzz_*.c; do
		name=$(basename "$src" .c)
		args=(-timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 -artifact_prefix="$O/fuzz/")
		[[ ! -f tests/fuzz/$name.dict ]] || args+=(-dict="tests/fuzz/$name.dict")
		if [[ -n $FUZZ_SECONDS ]]; then
			mkdir -p "$O/fuzz/corpus/$name"
			args+=(-max_total_time="$FUZZ_SECONDS" "$O/fuzz/corpus/$name")	# what is found is kept here; seeds are only read
		else
			rm -rf "$O/fuzz/start"
			mkdir -p "$O/fuzz/start"
			args+=(-seed=1 -runs=20000 -max_total_time=5 "$O/fuzz/start")
		fi
		[[ ! -d tests/fuzz/corpus/$name ]] || args+=("tests/fuzz/corpus/$name")
		tap_check "$name, $what" "$O/fuzz/$name" "${args[@]}"
	done
	tap_end
}

layer_golden() {
	need_built all
	tests/golden/run.sh
}

# The screen, driven through a terminal of its own. No privilege: recordings only.
layer_tui() {
	if ! compgen -G "tests/tui/*.bats" > /dev/null; then
		tap_skip "screen" "tests/tui is not in this checkout"
	elif ! command -v tmux > /dev/null; then
		tap_skip "screen" "tmux is missing"
	else
		need_built all tools
		bats --tap tests/tui/*.bats
		return
	fi
	tap_end
}

# The live page and the report, in a browser.
layer_web() {
	local reason tool name
	reason=$(live_reason)
	for tool in chromium chromedriver; do
		command -v "$tool" > /dev/null || reason=${reason:-$tool is missing}
	done
	/usr/bin/python3 -c 'import selenium' 2> /dev/null || reason=${reason:-python3-selenium is missing}
	if [[ ! -x tests/web/run.sh ]]; then
		tap_skip "page" "tests/web is not in this checkout"
	elif [[ -n $reason ]]; then
		for tool in recording page report; do
			while read -r name; do
				tap_skip "$tool: $name" "$reason"
			done < <(sed -n 's/^@test("\(.*\)")$/\1/p' "tests/web/$tool.py")
		done
	else
		need_built all
		tests/web/run.sh ${TEST:+"$TEST"}
		return
	fi
	tap_end
}

layer_core() {
	need_built bpf core-programs
	tests/core/run.sh
}

# Live tests need a kernel that lets us load BPF. Probed without our own program, which must not excuse itself.
live_reason() {
	local tool
	if ((EUID != 0)); then
		echo "needs root: sudo make test"
		return
	fi
	for tool in bats jq ip ss unshare; do
		command -v "$tool" > /dev/null || { echo "$tool is missing"; return; }
	done
	if [[ ! -r /sys/kernel/btf/vmlinux ]]; then
		echo "this kernel has no BTF (/sys/kernel/btf/vmlinux)"
	elif ! "$BPFTOOL" prog list > /dev/null 2>&1; then
		echo "the bpf system call is refused here"
	elif ! unshare -n true 2> /dev/null; then
		echo "network namespaces are refused here"
	fi
}

run_live() { # FILE...
	need_built all tools
	local reason n args=(--tap)
	if [[ -n $TEST && -f tests/live/$TEST.bats ]]; then
		set -- "tests/live/$TEST.bats"
	elif [[ -n $TEST ]]; then
		args+=(--filter "$TEST")
	fi
	reason=$(live_reason)
	if [[ -n $reason ]]; then
		n=$(cat "$@" | grep -c '^@test ')
		while ((n-- > 0)); do
			tap_skip "live test" "$reason"
		done
		tap_end
		return
	fi
	if (($# < 2)); then
		bats "${args[@]}" "$@"
		return
	fi
	# Most of the time tests wait, and each has a network namespace of its own: every other file runs beside the rest.
	local odd=() even=() rc=0
	while (($#)); do
		odd+=("$1")
		(($# < 2)) || even+=("$2")
		shift $(($# < 2 ? 1 : 2))
	done
	bats "${args[@]}" "${even[@]}" > "$O/test/live-beside.log" 2>&1 &
	bats "${args[@]}" "${odd[@]}" || rc=1
	wait $! || rc=1
	cat "$O/test/live-beside.log"
	return $rc
}

layer_live() { run_live tests/live/*.bats; }

# What README and man page name is what runs.
layer_docs() {
	need_built all tools bench-programs
	tests/docs/run.sh "$TEST"
}

layer_packages() {
	need_built all tools
	tests/packages/run.sh
}

layer_vm() {
	if [[ ! -x tests/vm/run ]]; then
		tap_skip "guests" "tests/vm/run is not in this checkout"
		tap_end
		return
	fi
	need_built all tools
	local rc=0 arch
	tests/vm/run || rc=1
	[[ -n ${SHORT:-} ]] || return $rc
	for arch in "${ARCHES[@]}"; do
		arch_of "$arch"
		[[ -z $ARCH_FOREIGN ]] || vm_foreign "$arch" || rc=1
	done
	return $rc
}

# What another machine's program and guests lack here, or nothing.
foreign_reason() { # ARCH
	local reason
	reason=$(ARCH=$1 bash -c '. tests/vm/host.sh; missing' | paste -sd ';')
	[[ -n $reason ]] || reason=$(tests/lib/sysroot.sh "$1" 2>&1 > /dev/null)
	echo "$reason"
}

# One at a time: the layers cross and vm may run beside each other.
cross_build() { # ARCH
	local out=build-$1 lock
	exec {lock}> "$O/test/cross.lock"
	flock "$lock"
	need_built ARCH="$1" all tools
	exec {lock}>&-
}

# Programs for other machines, which guests of the layer vm run.
layer_cross() {
	local arch reason
	for arch in "${ARCHES[@]}"; do
		arch_of "$arch"
		[[ -n $ARCH_FOREIGN ]] || continue
		reason=$(foreign_reason "$arch")
		if [[ -n $reason ]]; then
			tap_skip "program for $arch" "$reason"
		else
			cross_build "$arch"
			tap_ok "program for $arch"
		fi
	done
	tap_end
}

# A smoke test of another machine's program, in one guest: the whole is make test-vm ARCH=...
vm_foreign() { # ARCH
	local reason out=build-$1
	reason=$(foreign_reason "$1")
	if [[ -n $reason ]]; then
		tap_skip "guests: $1" "$reason"
		tap_end
		return
	fi
	cross_build "$1"
	ARCH=$1 O=$out TWTRACE=$PWD/$out/twtrace KERNEL=newest FILES=smoke tests/vm/run
}

# The same sources with ASan and UBSan, in their own folder. Leaks count.
layer_san() {
	out=$out-san
	O=$O-san
	TWTRACE=$O/twtrace
	export SAN=1 ASAN_OPTIONS=abort_on_error=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
	local rc=0
	layer_unit || rc=1
	layer_golden || rc=1
	run_live tests/live/smoke.bats || rc=1
	return $rc
}

if ! declare -F "layer_$1" > /dev/null; then
	echo "layer.sh: no layer \"$1\"" >&2
	exit 64
fi
"layer_$1"
