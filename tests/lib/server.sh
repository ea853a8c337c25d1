#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# server.sh NAME: prints the path of a server that tests run as a plain process: the installed one, or Debian's, which is unpacked into
# ${XDG_CACHE_HOME:-~/.cache}/twtrace once, with the libraries that are missing here. It is not installed: that would start a server, now and at every boot.
# Exit code 1 with one sentence, on standard output, where there is none to be had. Calls may overlap.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

# Name of the program; how it proves that it runs; packages that may have it, the first that works is taken (Ubuntu's nginx was empty up to 22.04).
case ${1:-} in
nginx) program=nginx probe=-v packages=(nginx nginx-core) with=() ;;
prometheus) program=prometheus probe=--version packages=(prometheus) with=() ;;
promtool) program=promtool probe=--version packages=(prometheus) with=() ;;
prometheus-node-exporter) program=prometheus-node-exporter probe=--version packages=(prometheus-node-exporter) with=() ;;
clickhouse-server) program=clickhouse-server probe=--help packages=(clickhouse-server) with=(clickhouse-client) ;;
*)
	echo "server.sh: no server \"${1:-}\"" >&2
	exit 64
	;;
esac
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twtrace
# Where it lies in the cache there is a script in front of it, which says where its libraries are.
mine=$cache/${packages[0]}/run/$program

# Whatever it makes of the option (ClickHouse's server knows none of this kind): the loader that lacks a library ends with 127.
works() {
	local rc=0
	"$1" "$probe" > /dev/null 2>&1 || rc=$?
	((rc < 126))
}

for one in "$(command -v "$program")" "$mine"; do
	[[ -n $one ]] && works "$one" && echo "$one" && exit
done
if ! (command -v apt-get && command -v dpkg-deb) > /dev/null; then
	echo "$1 is not installed"
	exit 1
fi
mkdir -p "$cache"
exec 9> "$cache/lock-${packages[0]}"
flock 9
works "$mine" && echo "$mine" && exit
tmp=$(mktemp -d "$cache/.${packages[0]}.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# PACKAGE, and what it lacks here, into $tmp/root.
unpack() {
	local list
	mapfile -t list < <(apt-get install -s --no-install-recommends "$@" 2> /dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p')
	((${#list[@]})) || list=("$@")
	(cd "$tmp" && apt-get download -qq -o APT::Sandbox::User=root "${list[@]}") || return
	for one in "$tmp"/*.deb; do
		dpkg-deb -x "$one" "$tmp/root" || return
		rm "$one"
	done
}

libs=$(gcc -print-multiarch)
for package in "${packages[@]}"; do
	unpack "$package" "${with[@]}" > "$tmp/log" 2>&1 || continue
	mkdir -p "$tmp/root/run"
	for one in "$tmp/root/usr/sbin"/* "$tmp/root/usr/bin"/*; do
		[[ -x $one ]] || continue
		# shellcheck disable=SC2016 # it is expanded when it runs
		printf '#!/bin/sh\nroot=%s\nLD_LIBRARY_PATH=$root/usr/lib/%s exec "$root%s" "$@"\n' "$cache/${packages[0]}" "$libs" "${one#"$tmp/root"}" \
			> "$tmp/root/run/${one##*/}"
		chmod +x "$tmp/root/run/${one##*/}"
	done
	rm -rf "${cache:?}/${packages[0]}"
	mv "$tmp/root" "$cache/${packages[0]}"
	works "$mine" || continue
	echo "$mine"
	exit
done
echo "$1 is not installed and cannot be fetched: $(tail -n 1 "$tmp/log")"
exit 1
