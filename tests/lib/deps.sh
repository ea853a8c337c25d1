#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# deps.sh SET...: make sure that what building (build), testing (test), load tests (load), the live page (web), guests (vm), making packages (deb, rpm) and
# testing them (packages) need is installed, and what bench compares with (bench).
# Says what it installs and asks nothing. Looks for the programs and headers themselves, so that a complete machine needs
# neither root nor network.
#
# deps.sh list SET...   print what is missing, as packages, and install nothing
# deps.sh headers       print Debian's packages for all headers and archives that building, statically too, and unit tests need
# deps.sh static        exit code 0 if a static program can be linked here, else say what is missing
#
# Sets cross and vm are of the machine ARCH; without it of this one.
set -euo pipefail
# shellcheck source=tests/lib/arch.sh
. "$(dirname "${BASH_SOURCE[0]}")/arch.sh"
arch_of "${ARCH:-}" || ARCH_QEMU='' ARCH_QEMU_PACKAGE='' ARCH_GNU=''

is_debian() { grep -qx 'ID=debian' /etc/os-release 2> /dev/null; }

have_cmd() {
	local c
	for c; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$c" > /dev/null && return
	done
	return 1
}

have_header() {
	compgen -G "/usr/include/$1" > /dev/null || compgen -G "/usr/include/*/$1" > /dev/null
}

# A program that is only a wrapper (Ubuntu) answers to its name and does nothing.
have_bpftool() {
	local b
	for b in bpftool /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool; do
		"$b" version > /dev/null 2>&1 && return
	done
	return 1
}

have_llvm_strip() {
	have_cmd llvm-strip || compgen -G "/usr/bin/llvm-strip-*" > /dev/null ||
		compgen -G "/usr/lib/llvm*/bin/llvm-strip" > /dev/null
}

# dpkg-buildpackage asks for the package, not for what is in it.
have_build_essential() { dpkg -s build-essential > /dev/null 2>&1; }

have_fuzzer() {
	local dir
	dir=$(clang -print-resource-dir 2> /dev/null) && [[ -n $(find "$dir/" -name 'libclang_rt.fuzzer*' -print -quit) ]]
}

# ASan and UBSan of gcc: a package of their own on Fedora.
have_sanitizers() {
	local lib
	for lib in libasan.so libubsan.so; do
		[[ $(gcc -print-file-name=$lib 2> /dev/null) == /* ]] || return 1
	done
}

have_virtiofsd() {
	compgen -G "/usr/lib*/*/virtiofsd" > /dev/null || have_cmd virtiofsd || [[ -x /usr/libexec/virtiofsd || -x /usr/lib/virtiofsd ]]
}

# probe | Debian, Ubuntu | Fedora | Arch. "a/b": the first one that the distribution knows.
needs_build='
have_cmd gcc                  |gcc           |gcc                     |gcc
have_header stdio.h           |libc6-dev     |glibc-devel             |glibc
have_header linux/bpf.h       |linux-libc-dev|kernel-headers          |linux-api-headers
have_cmd clang                |clang         |clang                   |clang
have_llvm_strip               |llvm          |llvm                    |llvm
have_bpftool                  |bpftool/linux-tools-RELEASE/linux-tools-generic|bpftool|bpf
have_cmd pkg-config           |pkg-config    |pkgconf-pkg-config      |pkgconf
have_header bpf/libbpf.h      |libbpf-dev    |libbpf-devel            |libbpf
have_header libelf.h          |libelf-dev    |elfutils-libelf-devel   |libelf
have_header elfutils/libdwfl.h|libdw-dev     |elfutils-devel          |libelf
have_header libiberty/demangle.h|libiberty-dev|binutils-devel         |binutils
have_header zlib.h            |zlib1g-dev    |zlib-devel              |zlib
have_header sys/capability.h  |libcap-dev    |libcap-devel            |libcap
have_header ncurses.h         |libncurses-dev|ncurses-devel           |ncurses
have_header microhttpd.h      |libmicrohttpd-dev|libmicrohttpd-devel   |libmicrohttpd
have_header yaml.h            |libyaml-dev   |libyaml-devel           |libyaml
have_header crypt.h           |libcrypt-dev  |libxcrypt-devel         |libxcrypt
have_cmd cmp                  |diffutils     |diffutils               |diffutils
have_cmd find                 |findutils     |findutils               |findutils
have_cmd gzip                 |gzip          |gzip                    |gzip'

needs_test='
have_header cmocka.h          |libcmocka-dev |libcmocka-devel         |cmocka
have_fuzzer                   |libclang-rt-dev/libclang-rt-RTVERSION-dev|compiler-rt|compiler-rt
have_sanitizers               |gcc           |libasan libubsan        |gcc-libs
have_cmd bats                 |bats          |bats                    |bats
have_cmd shellcheck           |shellcheck    |ShellCheck              |shellcheck
have_cmd jq                   |jq            |jq                      |jq
have_cmd ip                   |iproute2      |iproute                 |iproute2
have_cmd ss                   |iproute2      |iproute                 |iproute2
have_cmd setpriv              |util-linux    |util-linux              |util-linux
have_cmd capsh                |libcap2-bin   |libcap                  |libcap
have_cmd tmux                 |tmux          |tmux                    |tmux
have_cmd python3              |python3       |python3                 |python
have_yaml                     |python3-yaml  |python3-pyyaml          |python-yaml
have_cmd curl                 |curl          |curl                    |curl
have_cmd openssl              |openssl       |openssl                 |openssl
have_cmd patch                |patch         |patch                   |patch
have_cmd zsh                  |zsh           |zsh                     |zsh
have_cmd fish                 |fish          |fish                    |fish
have_cmd ps                   |procps        |procps-ng               |procps-ng
have_cmd xz                   |xz-utils      |xz                      |xz
have_cmd zstd                 |zstd          |zstd                    |zstd
have_cmd lz4                  |lz4           |lz4                     |lz4'

# A load generator, where the distribution has it. The servers under test: server.sh.
needs_load='
have_cmd wrk                  |wrk           ||'

# Guests boot Debian's kernels, and those come through Debian's apt.
needs_vm="
have_cmd $ARCH_QEMU           |$ARCH_QEMU_PACKAGE||
have_virtiofsd                |virtiofsd/qemu-system-common||
have_cmd cpio                 |cpio          ||
have_cmd depmod               |kmod          ||
have_cmd nft                  |nftables      ||"

# A program for another machine (make ARCH=...). Its libraries are not installed: sysroot.sh.
needs_cross="
have_cmd $ARCH_GNU-gcc        |gcc-${ARCH_GNU//_/-}||"

# What builds packages.
needs_deb='
have_build_essential          |build-essential||
have_cmd dh                   |debhelper     ||
have_cmd dpkg-buildpackage    |dpkg-dev      ||'
needs_rpm='
have_cmd rpmbuild             |rpm           |rpm-build               |
have_cmd find-debuginfo       |debugedit     |debugedit               |
have_cmd eu-strip             |elfutils      |elfutils                |'

# What tests them: a bare tree to install one in.
needs_packages='
have_cmd lintian              |lintian       ||
have_cmd debootstrap          |debootstrap   ||
have_cmd rpm2cpio             |rpm2cpio      |rpm                     |
have_cmd cpio                 |cpio          |cpio                    |'

# Containers of the tests' own daemons; where a daemon does not run, tests are skipped by name. Debian starts what it installs: not here (RUNLEVEL).
needs_containers='
have_cmd dockerd              |docker.io     ||
have_cmd ctr                  |containerd    ||
have_cmd runc                 |runc          ||'

have_yaml() { /usr/bin/python3 -c 'import yaml' 2> /dev/null; }

# A browser, and what drives it: large, and some distributions have none as a package.
have_selenium() { /usr/bin/python3 -c 'import selenium' 2> /dev/null; }
needs_web='
have_cmd chromium             |chromium      ||
have_cmd chromedriver         |chromium-driver||
have_selenium                 |python3-selenium||'

# Nothing needs these: bench compares with them if they are there.
needs_bench='
have_cmd tcpstates tcplife    |libbpf-tools  ||'

# Which column of the tables: by the distribution's name, or the one it descends from.
distribution() {
	local ID='' ID_LIKE='' word
	# shellcheck source=/dev/null
	[[ ! -r /etc/os-release ]] || . /etc/os-release
	for word in $ID $ID_LIKE; do
		case $word in
		debian | ubuntu) echo apt; return ;;
		fedora | rhel | centos) echo dnf; return ;;
		arch) echo pacman; return ;;
		esac
	done
	echo unknown
}

# Packages for what is missing: one line each, "packages" as in the table's column.
missing() { # MANAGER SET...
	local manager=$1 set table probe apt dnf pacman
	shift
	for set; do
		case $set in
		build) table=$needs_build ;;
		test) table=$needs_test ;;
		load) table=$needs_load ;;
		web) table=$needs_web ;;
		bench) table=$needs_bench ;;
		deb) table=$needs_deb ;;
		rpm) table=$needs_rpm ;;
		containers) table=$needs_containers ;;
		packages) table=$needs_packages ;;
		vm) table=$needs_vm
			if [[ -z $ARCH_QEMU ]] || ! is_debian; then
				continue
			fi ;;
		cross) table=$needs_cross
			is_debian || continue ;;
		*) echo "deps.sh: no set \"$set\": use build, cross, test, load, web, containers, bench, vm, deb, rpm or packages" >&2; exit 64 ;;
		esac
		while IFS='|' read -r probe apt dnf pacman; do
			[[ -n $probe ]] || continue
			$probe && continue
			case $manager in
			apt) echo "$apt" ;;
			dnf) echo "$dnf" ;;
			pacman) echo "$pacman" ;;
			*) echo "$probe" ;;
			esac | grep '[^ ]' || true	# nothing: the distribution does not have it
		done <<< "$table"
	done
}

apt_knows() { [[ -n $(apt-cache show --no-all-versions "$1" 2> /dev/null) ]]; }

# "a/b c" -> the first alternative whose first package apt can install.
apt_choose() {
	local text alternatives one names
	text=${1//RELEASE/$(uname -r)}
	text=${text//RTVERSION/$(clang -dumpversion 2> /dev/null | cut -d. -f1)}
	IFS=/ read -ra alternatives <<< "$text"
	for one in "${alternatives[@]}"; do
		read -ra names <<< "$one"
		if apt_knows "${names[0]}"; then
			echo "$one"
			return
		fi
	done
	# The last alternative's error message is the one to see.
	echo "${alternatives[-1]}"
}

# Package managers talk a lot. Their words matter only when they fail.
quietly() {
	local text
	text=$("$@" 2>&1 < /dev/null) || {
		printf '%s\n' "$text" >&2
		echo "deps: failed: $*" >&2
		return 1
	}
}

install_apt() { # COLUMN-TEXT...
	local text one packages=()
	quietly apt-get update -qq
	for text; do
		read -ra one <<< "$(apt_choose "$text")"
		packages+=("${one[@]}")
	done
	echo "deps: installing with apt-get: ${packages[*]}"
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive quietly apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

# Archives of what a static program is linked with: file, and the package that has it for apt and dnf.
needs_static="
libc.a libc6-dev glibc-static
libbpf.a libbpf-dev libbpf-static
libelf.a libelf-dev elfutils-libelf-devel-static
libdw.a libdw-dev elfutils-devel-static
liblzma.a liblzma-dev xz-static
libbz2.a libbz2-dev bzip2-static
libz.a zlib1g-dev zlib-static
libcap.a libcap-dev libcap-static
libmicrohttpd.a libmicrohttpd-dev libmicrohttpd-static
libyaml.a libyaml-dev libyaml-static
libcrypt.a libcrypt-dev libxcrypt-static
$([[ ! -f user/views/screen/term.c ]] || echo libncursesw.a libncurses-dev ncurses-static)"

check_static() { # MANAGER
	local lib apt dnf none=()
	while read -r lib apt dnf; do
		# shellcheck disable=SC2086 # may have options
		[[ -z $lib || $(${CC:-gcc} -print-file-name="$lib") == /* ]] && continue
		case $1 in
		apt) none+=("$lib (package $apt)") ;;
		dnf) none+=("$lib (package $dnf)") ;;
		*) none+=("$lib") ;;
		esac
	done <<< "$needs_static"
	((${#none[@]} == 0)) && return
	printf 'a static program needs what is missing here: %s\n' "${none[*]}"
	return 1
}

main() {
	# One at a time: package managers lock each other out.
	exec 9< "${BASH_SOURCE[0]}"
	! have_cmd flock || flock 9
	local manager lines=() text words=()
	manager=$(distribution)

	if [[ ${1:-} == static ]]; then
		check_static "$manager"
		return
	fi
	if [[ ${1:-} == headers ]]; then
		{
			awk -F '|' '/^have_header/ { sub(/[ \/].*/, "", $2); print $2 }' <<< "$needs_build$needs_test"
			awk 'NF { print $2 }' <<< "$needs_static"
		} | awk '!seen[$0]++'
		return
	fi
	if [[ ${1:-} == list ]]; then
		shift
		missing "$manager" "$@"
		return
	fi

	# Twice at most: some probes ask a program (clang) that the first round installs.
	for _ in 1 2; do
		mapfile -t lines < <(missing "$manager" "$@" | tr -s ' ' | sed 's/ $//' | grep . | sort -u)
		((${#lines[@]})) || return 0
		if ((EUID != 0)); then
			echo "deps: missing packages: ${lines[*]}. Run this with sudo, or install them yourself." >&2
			return 77
		fi
		for text in "${lines[@]}"; do
			# shellcheck disable=SC2206 # a line may name several packages
			words+=($text)
		done
		case $manager in
		apt)
			install_apt "${lines[@]}" ;;
		dnf)
			echo "deps: installing with dnf: ${words[*]}"
			quietly dnf install -y -q --setopt=install_weak_deps=False "${words[@]}" ;;
		pacman)
			echo "deps: installing with pacman: ${words[*]}"
			# Fresh lists only where there are none: with old packages beside new ones, Arch breaks.
			pacman -S --needed --noconfirm "${words[@]}" > /dev/null 2>&1 ||
				quietly pacman -Sy --needed --noconfirm "${words[@]}" ;;
		*)
			echo "deps: this distribution is unknown here. Install what these look for: ${lines[*]}" >&2
			return 1 ;;
		esac
		words=()
	done
	mapfile -t lines < <(missing "$manager" "$@")
	if ((${#lines[@]})); then
		echo "deps: still missing after installation: ${lines[*]}" >&2
		return 1
	fi
}

main "$@"
