#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh PROGRAM DIR: what an image of twtrace is made of, below DIR/root: the program, and the libraries that it is linked to; a static one has none,
# and no TLS. With DIR/Dockerfile beside it: docker build -t twtrace DIR.
set -eu
program=$1 dir=$2
here=$(dirname "$0")
mkdir -p "$dir/root"
install -m 755 "$program" "$dir/root/twtrace"
# "libx.so => /usr/lib/libx.so (0x...)", and the loader, which stands alone.
{ ldd "$program" 2> /dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^[[:blank:]]*\(\/[^ ]*\) (.*/\1/p' | while read -r lib; do
	install -D -m 755 "$lib" "$dir/root$lib"
done
cp "$here/Dockerfile" "$dir/Dockerfile"
