#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# deb.sh ARCHIVE VERSION FOLDER: builds the Debian packages of an archive that dist.sh made, in FOLDER: twtrace, twtrace-dbgsym.
set -eu
archive=$(realpath "$1") version=$2
command -v dpkg-buildpackage > /dev/null || { echo "deb: needs the packages debhelper and dpkg-dev" >&2; exit 1; }
rm -rf "$3"
mkdir -p "$3"
cd "$3"
cp "$archive" "twtrace_$version.orig.tar.gz"
tar -xf "$archive"
cd "twtrace-$version"
cp -r contrib/packaging/debian debian
# The changelog's version is the archive's.
[ "$(dpkg-parsechangelog -S Version | sed 's/-[^-]*$//')" = "$version" ] ||
	{ echo "deb: contrib/packaging/debian/changelog is not of version $version" >&2; exit 1; }
unset MAKEFLAGS MFLAGS MAKELEVEL O V TEST
DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage --no-sign --build=binary
cd ..
rm -rf "twtrace-$version"
