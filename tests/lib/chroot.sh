#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# chroot.sh [COMMAND...]: README's two commands, each alone on a Debian 12 that has git, make and nothing else. Needs root
# and debootstrap. With COMMAND, that instead of the two.
#
# SUITE is another Debian than bookworm. Bare trees and downloaded packages are kept in CHROOT_DIR (/var/tmp/twt-chroot); each command runs in an overlay of
# its own on top of it. All mounts live in a mount namespace and vanish with it: what is removed never has mounts inside.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dir=${CHROOT_DIR:-/var/tmp/twt-chroot}
suite=${SUITE:-bookworm}
base=$dir/$suite

die() {
	echo "chroot: $*" >&2
	exit 1
}

mirrors() { # "URI SUITE" of the host's Debian entries
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | sort -u
}

make_base() {
	local uri
	command -v debootstrap > /dev/null || die "needs the package debootstrap"
	uri=$(mirrors | awk '$2 !~ /-/ { print $1; exit }')
	[[ -n $uri ]] || die "apt has no Debian mirror configured here"
	rm -rf "$base.new"
	debootstrap --variant=minbase --include=git,make "$suite" "$base.new" "$uri" > "$dir/debootstrap.log" 2>&1 ||
		die "debootstrap failed, see $dir/debootstrap.log"
	mirrors | awk -v suite="$suite" '{ sub(/^[a-z]+/, suite, $2); print "deb", $1, $2, "main" }' > "$base.new/etc/apt/sources.list"
	# Tests are to find a machine as an installer leaves it, with package files kept where we can share them.
	rm -rf "$base.new"/var/cache/apt/archives/*.deb
	mv "$base.new" "$base"
}

# In a mount namespace of our own from here on.
inside() { # COMMAND...
	local root=$work/root
	mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/run"
	mount -t tmpfs tmpfs "$root/tmp"
	mount --bind "$dir/archives-$suite" "$root/var/cache/apt/archives"
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	# What git knows: a checkout of the newest commit, as a user gets it.
	git -c safe.directory='*' clone -q --no-hardlinks . "$root/usr/src/twtrace"
	env -i HOME=/root TERM="${TERM:-dumb}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		CI="${CI:-}" chroot "$root" sh -c 'cd /usr/src/twtrace && exec "$@"' sh "$@"
}

run_bare() { # COMMAND...
	local rc=0
	work=$(mktemp -d "$dir/run.XXXXXX")
	mkdir "$work"/{root,upper,work}
	# A shell that inherits the functions: unshare starts programs only.
	export -f inside
	export work base dir suite
	unshare --mount --propagation private bash -euo pipefail -c 'inside "$@"' bash "$@" || rc=$?
	rm -rf --one-file-system "$work"
	return $rc
}

((EUID == 0)) || die "needs root"
mkdir -p "$dir/archives-$suite/partial"
[[ -d $base ]] || make_base

if (($#)); then
	run_bare "$@"
	exit
fi
echo "== make run ARGS=--version"
run_bare make run ARGS=--version
echo "== make test"
run_bare make test
