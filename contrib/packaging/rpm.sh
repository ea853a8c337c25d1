#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rpm.sh ARCHIVE VERSION FOLDER: builds the RPM package of an archive that dist.sh made, in FOLDER. Where packages are not RPM's
# (rpmbuild runs on Debian too), what the build needs cannot be looked up in its database, and is not.
set -eu
archive=$(realpath "$1") version=$2
command -v rpmbuild > /dev/null || { echo "rpm: needs rpmbuild, of the package rpm (Debian) or rpm-build" >&2; exit 1; }
rm -rf "$3"
mkdir -p "$3"
top=$(realpath "$3")
set --
if ! rpm -q rpm > /dev/null 2>&1; then
	set -- --nodeps
	{ ! command -v find-debuginfo || ! command -v eu-strip; } > /dev/null || set -- "$@" --define "separate_debuginfo 1"
fi
mkdir -p "$top/SOURCES"
cp "$archive" "$top/SOURCES/"
unset MAKEFLAGS MFLAGS MAKELEVEL O V TEST
rpmbuild -bb "$@" --define "_topdir $top" --define "twtrace_version $version" contrib/packaging/twtrace.spec
mv "$top"/RPMS/*/*.rpm "$top"
rm -rf "$top"/BUILD "$top"/BUILDROOT "$top"/RPMS "$top"/SOURCES "$top"/SPECS "$top"/SRPMS
