#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysroot.sh ARCH: prints the folder of another machine's Debian: what its programs are linked with, and what guests of its kind have beside them
# (shell, bats, jq, iproute2, ...). Packages of this host's own suite, unpacked once into ${XDG_CACHE_HOME:-~/.cache}/twtrace, not installed: none of
# their programs runs here. Exit code 1 with one sentence where this cannot work. Calls may overlap.
set -euo pipefail

die() {
	echo "sysroot: $*" >&2
	exit 1
}

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/arch.sh
. "$here/arch.sh"
# shellcheck source=tests/lib/debian.bash
. "$here/debian.bash"

# For guests: what a bare Debian has, and what live tests call.
GUEST=(base-files libc-bin dash bash coreutils findutils diffutils grep sed mawk gzip xz-utils util-linux bsdutils mount procps kmod ncurses-bin
	bats jq iproute2 nftables bpftool bsdextrautils libcap2-bin)

arch_of "${1:?}" || die "nothing is known of a machine called $1"
if ! (command -v apt-get && command -v dpkg-deb) > /dev/null; then
	die "needs apt to fetch Debian's packages"
fi
packages=$("$here/deps.sh" headers) || exit
mapfile -t packages <<< "$packages"
packages+=("${GUEST[@]}")
# shellcheck source=/dev/null
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[[ -n $suite ]] || die "this distribution has no code name: which of Debian's releases its packages are of is not known"
name=root-$ARCH_DEB-$suite
root=$cache/$name-$(cksum <<< "${packages[*]}" | cut -d ' ' -f 1)
apt=$cache/apt-$name
mkdir -p "$apt"
exec 9> "$cache/lock-$name"
flock 9
if [[ -d $root ]]; then
	touch "$root"
	echo "$root"
	exit
fi

! debian_lists "$ARCH_DEB" "$suite" "$suite-security" || touch "$apt/updated"
rm -f "$apt"/cache/archives/*.deb
timeout 600 apt-get install -y -qq --download-only --no-install-recommends "${packages[@]}" > "$apt/log" 2>&1 ||
	{ rm -f "$apt/updated"; die "cannot fetch $suite's packages for $ARCH_DEB: $(tail -n 1 "$apt/log")"; }
tmp=$(mktemp -d "$cache/.tmp-$name.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
mkdir -p "$tmp"/usr/{bin,sbin,lib}
for dir in bin sbin lib; do
	ln -s "usr/$dir" "$tmp/$dir"
done
for deb in "$apt"/cache/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$tmp" --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
		--exclude='./usr/share/locale/*' --exclude='./dev/*'
done
rm -f "$apt"/cache/archives/*.deb
# What packages' scripts would have done, and matters here.
[[ -e $tmp/usr/bin/awk ]] || ln -s mawk "$tmp/usr/bin/awk"
[[ -e $tmp/usr/bin/sh ]] || ln -s dash "$tmp/usr/bin/sh"
# Links that are seen from here, too.
while IFS= read -r link; do
	ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$tmp$(readlink "$link")")" "$link"
done < <(find "$tmp" -type l -lname '/*')
# Those of other lists of packages, which nobody has used for a week: other trees may have guests that run in theirs.
find "$cache" -maxdepth 1 -name "$name-*" -mtime +7 -exec rm -rf {} +
touch "$tmp"
mv -T "$tmp" "$root"
trap - EXIT
echo "$root"
