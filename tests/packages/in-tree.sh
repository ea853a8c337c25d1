#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# in-tree.sh: in a bare Debian tree with the package in /pkg: install it, trace, let a group trace, remove it. Each step says what went
# wrong. /run/net is a network namespace to trace, /pkg has tools.
set -eu
export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "in the bare tree: $*" >&2
	exit 1
}
# Package managers talk a lot.
quietly() { "$@" > /tmp/log 2>&1 < /dev/null || { tail -n 20 /tmp/log; fail "$*"; }; }
apt() { apt-get -qq -y -o Dpkg::Options::=--force-unsafe-io -o APT::Sandbox::User=root "$@"; }
# All that is in the tree but the package manager's own books, and caches of what is there.
files() {
	find / -xdev ! -type d ! -path '/var/lib/dpkg/*' ! -path '/var/lib/apt/*' ! -path '/var/cache/*' ! -path '/var/log/*' ! -name '*-old' \
		! -path /etc/ld.so.cache ! -path '/etc/*-' | sort
}
installs() { apt install --no-install-recommends "$@"; }

files > /tmp/before
getent group > /tmp/groups

# The lists are as old as the tree: what they name may be gone.
installs /pkg/*.deb > /tmp/log 2>&1 || { quietly apt update && quietly installs /pkg/*.deb; }
twtrace --version > /tmp/version
grep -qx "twtrace $(dpkg-query -W -f '${Version}' twtrace | sed 's/-[^-]*$//')" /tmp/version || fail "--version says $(head -n 1 /tmp/version)"
[ -s /usr/share/man/man8/twtrace.8.gz ] || [ -e /etc/dpkg/dpkg.cfg.d/docker ] || fail "no man page"

# Five connections, both ends.
nsenter --net=/run/net sh -eu -c '
	twtrace -N self -j conn --at close > /tmp/conns 2> /tmp/err & pid=$!
	/pkg/waitline -p $pid /tmp/err "^Tracing" 60 > /tmp/tracing
	/pkg/tcpwork -4 client-first 5 > /tmp/work
	kill -INT $pid
	wait $pid' || fail "tracing: $(cat /tmp/err)"
[ "$(grep -c '"close":"active"' /tmp/conns)" = 5 ] || fail "not five active closes: $(cat /tmp/conns)"
[ "$(grep -c '"close":"passive"' /tmp/conns)" = 5 ] || fail "not five passive closes: $(cat /tmp/conns)"

# Nobody was asked, so nobody but root can trace; asked for, members of the group can, and others not even run it.
[ "$(stat -c '%U:%G %a' /usr/bin/twtrace)" = "root:root 755" ] || fail "twtrace is $(stat -c '%U:%G %a' /usr/bin/twtrace)"
# A second exec: setpriv itself still may what root may.
as_nobody() { # GROUPS COMMAND...
	groups=$1
	shift
	setpriv --reuid 65534 --regid 65534 "$groups" sh -c 'exec "$@"' sh "$@"
}
! as_nobody --clear-groups twtrace count 0.1 1 > /tmp/log 2>&1 || fail "everybody can trace"
quietly installs libcap2-bin
echo 'twtrace twtrace/group boolean true' | debconf-set-selections
quietly dpkg-reconfigure twtrace
group=$(getent group twtrace | cut -d: -f3)
as_nobody --groups="$group" twtrace count 0.1 1 > /tmp/log 2>&1 || fail "members of the group cannot trace: $(cat /tmp/log)"
! as_nobody --clear-groups twtrace --version > /tmp/log 2>&1 || fail "who is not in the group can run it"
# No longer: as it was.
echo 'twtrace twtrace/group boolean false' | debconf-set-selections
quietly dpkg-reconfigure twtrace
! as_nobody --groups="$group" twtrace count 0.1 1 > /tmp/log 2>&1 || fail "capabilities stay"
as_nobody --clear-groups twtrace --version > /tmp/log 2>&1 || fail "not as it was"

quietly apt purge twtrace libcap2-bin
quietly apt autoremove --purge
files > /tmp/after
diff /tmp/before /tmp/after || fail "removal leaves files, or takes others'"
getent group | diff /tmp/groups - || fail "removal leaves the group"
