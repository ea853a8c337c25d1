#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages/run.sh: make dist, deb and rpm, and what is promised of them. The .deb is installed in a bare Debian tree, traces there, and
# leaves nothing. TAP on standard output. What cannot be had here is skipped by name. Environment: O, MAKE, TWTRACE's tools in O.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
TOP=$(realpath "$here/../..")
cd "$TOP" || exit
: "${O:=build}" "${MAKE:=make}"
O=$(realpath -m "$O")
OUT=${O#"$TOP/"}		# as make knows it
TOOLS=$O/tests/tools
# shellcheck source=tests/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=tests/lib/netns.bash
. "$here/../lib/netns.bash"
# shellcheck source=tests/lib/bare.bash
. "$here/../lib/bare.bash"
# shellcheck source=tests/lib/assert.bash
. "$here/../lib/assert.bash"
T=$(mktemp -d)
trap 'ns_cleanup; [[ -z ${RPM_PID:-} ]] || wait "$RPM_PID"; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

VERSION=$(sed -n 's/^VERSION_BASE := //p' Makefile)
lacking() { # PROGRAM...: the first that is missing
	local one
	for one; do
		command -v "$one" > /dev/null || { echo "$one is missing"; return; }
	done
}
make_here() { "$MAKE" O="$OUT" V=0 "$@"; }

# --- the archive ----------------------------------------------------------------------------------------------------------

# The same bytes again, from a clone elsewhere at another time, and from what is in the archive.
same_archive() {
	make_here dist && cp "$O/twtrace-$VERSION.tar.gz" "$T/first" || return 1
	if [[ -e .git ]]; then
		git -c safe.directory='*' clone -q . "$T/clone" && "$MAKE" -C "$T/clone" V=0 O="$T/other" dist || return 1
		cmp "$T/first" "$T/other/twtrace-$VERSION.tar.gz" || return 1
	fi
	mkdir "$T/unpacked" && tar -xf "$T/first" -C "$T/unpacked" || return 1
	(umask 077 && TZ=Asia/Tokyo "$MAKE" -C "$T/unpacked/twtrace-$VERSION" V=0 O=build dist) || return 1
	cmp "$T/first" "$T/unpacked/twtrace-$VERSION/build/twtrace-$VERSION.tar.gz"
}

# It is whole: nothing that git knows is missing, one folder, nobody's name.
whole_archive() {
	tar -tvf "$T/first" > "$T/list" || return 1
	! grep -v "^[-dl][-rwx]* 0/0 .* twtrace-$VERSION/" "$T/list" || return 1
	[[ ! -e .git ]] || diff <(git -c safe.directory='*' ls-tree -r --name-only HEAD | sort) \
		<(tar -tf "$T/first" | grep -v '/$' | sed "s|^twtrace-$VERSION/||" | sort)
}

# --- Debian -----------------------------------------------------------------------------------------------------------------

deb() { echo "$O/deb/$1_$VERSION"-*.deb; }

no_lintian_error() { lintian --fail-on error --suppress-tags initial-upload-closes-no-bugs "$O"/deb/*.changes; }

stripped() {
	mkdir "$T/deb" "$T/dbgsym" && dpkg-deb -x "$(deb twtrace)" "$T/deb" && dpkg-deb -x "$(deb twtrace-dbgsym)" "$T/dbgsym" || return 1
	local id
	id=$(readelf -n "$T/deb/usr/bin/twtrace" | sed -n 's/.*Build ID: //p')
	! readelf -S "$T/deb/usr/bin/twtrace" | grep -E '\.(symtab|debug_info)' || return 1
	readelf -S "$T/dbgsym/usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug" | grep -q '\.debug_info'
}

# In the tree: the package, tools of ours, and a network namespace to trace.
bare_prepare() { # ROOT
	mkdir "$1/pkg"
	cp "$PKG_DEB" "$PKG_TOOLS/tcpwork" "$PKG_TOOLS/waitline" "$PKG_SCRIPT" "$1/pkg/"
	touch "$1/run/net"
	mount --bind "/run/netns/$NS" "$1/run/net"
}

in_bare_tree() {
	ns_new
	export NS PKG_DEB PKG_TOOLS=$TOOLS PKG_SCRIPT=$here/in-tree.sh
	PKG_DEB=$(deb twtrace)
	bare_run sh /pkg/in-tree.sh
}

# --- RPM --------------------------------------------------------------------------------------------------------------------

rpm_file() { echo "$O/rpm/twtrace-$VERSION"-*.rpm; }

rpm_lists() {
	rpm -qp --list "$(rpm_file)" > "$T/rpm.list" && rpm -qp --requires "$(rpm_file)" > "$T/rpm.requires" || return 1
	local file
	for file in bin/twtrace share/man/man8/twtrace.8.gz share/bash-completion/completions/twtrace share/zsh/site-functions/_twtrace \
		share/fish/vendor_completions.d/twtrace.fish share/doc/twtrace/LICENSE; do
		grep -qx "/usr/$file" "$T/rpm.list" || { echo "no /usr/$file"; return 1; }
	done
	for file in libbpf libcap libz libncursesw; do
		grep -q "^$file\.so" "$T/rpm.requires" || { echo "does not require $file"; return 1; }
	done
}

# What it holds runs as it is, and traces.
rpm_runs() {
	mkdir "$T/rpm" && (cd "$T/rpm" && rpm2cpio "$(rpm_file)" | cpio -idm --quiet) || return 1
	"$T/rpm/usr/bin/twtrace" --version | grep -qx "twtrace $VERSION" || return 1
	! readelf -S "$T/rpm/usr/bin/twtrace" | grep -E '\.(symtab|debug_info)' || return 1
	((EUID != 0)) || "$T/rpm/usr/bin/twtrace" count 0.1 1
}

# Beside what keeps one processor busy only.
rpm_start() {
	make_here rpm > "$T/rpm.said" 2>&1 &
	RPM_PID=$!
}
rpm_made() {
	cat "$T/rpm.said"
	return "$RPM_RC"
}

# --- all --------------------------------------------------------------------------------------------------------------------

tap_check "make dist: the same bytes twice, elsewhere, and from its own contents" same_archive
tap_check "make dist: all that git knows, and nobody's ids" whole_archive

no_rpm=$(lacking rpmbuild rpm2cpio cpio)
reason=$(lacking dpkg-buildpackage dh)
[[ -n $reason ]] || tap_check "make deb" make_here deb
[[ -n $no_rpm ]] || rpm_start
if [[ -n $reason ]]; then
	tap_skip "make deb, and its package in a bare tree" "$reason"
else
	reason=$(lacking lintian)
	if [[ -n $reason ]]; then
		tap_skip "lintian" "$reason"
	else
		tap_check "lintian: no error" no_lintian_error
	fi
	tap_check "deb: stripped, debug symbols in -dbgsym" stripped
	reason=$(bare_reason)
	# shellcheck source=/dev/null
	[[ -n $reason ]] || bare_base "$(. /etc/os-release && echo "$VERSION_CODENAME")" 2> "$T/bare" || reason=$(< "$T/bare")
	if [[ -n $reason ]]; then
		tap_skip "deb in a bare tree" "$reason"
	else
		tap_check "deb in a bare tree: installs, traces, offers a group, leaves nothing" in_bare_tree
	fi
fi

if [[ -n $no_rpm ]]; then
	tap_skip "make rpm" "$no_rpm"
else
	RPM_RC=0
	wait "$RPM_PID" || RPM_RC=$?
	tap_check "make rpm" rpm_made
	tap_check "rpm: files, and the libraries it requires" rpm_lists
	tap_check "rpm: unpacked, it runs" rpm_runs
fi
tap_end
