#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# chroot.sh [COMMAND...]: README's two commands, each alone on a Debian 12 that has git, make and nothing else. Needs root
# and debootstrap. With COMMAND, that instead of the two. SUITE is another Debian than bookworm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/lib/bare.bash
. tests/lib/bare.bash

# What git knows: a checkout of the newest commit, as a user gets it.
bare_prepare() { # ROOT
	git -c safe.directory='*' clone -q --no-hardlinks . "$1/usr/src/twtrace"
}

run() { bare_run sh -c 'cd /usr/src/twtrace && exec "$@"' sh "$@"; }

reason=$(bare_reason)
[[ -z $reason ]] || { echo "chroot: $reason" >&2; exit 1; }
bare_base "${SUITE:-bookworm}" git make

if (($#)); then
	run "$@"
	exit
fi
echo "== make run ARGS=--version"
run make run ARGS=--version
echo "== make test"
run make test
