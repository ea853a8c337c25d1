#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dist.sh NAME ARCHIVE: packs this tree as NAME/... into ARCHIVE (.tar.gz). Of a checkout, what is committed; of an unpacked archive, all
# but build output. The same bytes each time, from any folder, and from the archive's own contents: names in order, nobody's ids, the
# commit's time (of an archive: CHANGELOG.md's, which is that).
set -eu
name=$1 archive=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Under sudo the checkout is somebody else's.
in_git() { git -c safe.directory='*' "$@"; }

mkdir "$tmp/$name"
if [ -e .git ]; then
	[ -z "$(in_git status --porcelain 2>&1)" ] || echo "dist: what is not committed is left out" >&2
	time=$(in_git log -1 --format=%ct)
	in_git archive -o "$tmp/head.tar" HEAD
	tar -xf "$tmp/head.tar" -C "$tmp/$name"
else
	time=$(stat -c %Y CHANGELOG.md)
	tar -c --exclude='./build*' . | tar -x -C "$tmp/$name"
fi
tar -c --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$time" -C "$tmp" "$name" |
	gzip -9n > "$tmp/archive"
mkdir -p "$(dirname "$archive")"
cat "$tmp/archive" > "$archive"
