#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nginx.sh: prints the path of an nginx program: the installed one, or Debian's, which is unpacked into
# ${XDG_CACHE_HOME:-~/.cache}/twtrace once. It is not installed: that would start a server, now and at every boot.
# Exit code 1 with one sentence, on standard output, where there is none to be had. Calls may overlap.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twtrace
program=$cache/nginx/usr/sbin/nginx

# Its libraries may be missing here.
works() { "$1" -v > /dev/null 2>&1; }

for one in "$(command -v nginx)" "$program"; do
	works "$one" && echo "$one" && exit
done
if ! (command -v apt-get && command -v dpkg-deb) > /dev/null; then
	echo "nginx is not installed"
	exit 1
fi
mkdir -p "$cache"
exec 9> "$cache/lock-nginx"
flock 9
works "$program" && echo "$program" && exit
tmp=$(mktemp -d "$cache/.nginx.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
# Ubuntu's package of that name was empty up to 22.04.
for package in nginx nginx-core; do
	(cd "$tmp" && apt-get download -qq -o APT::Sandbox::User=root "$package" && dpkg-deb -x "$package"_*.deb root) > "$tmp/log" 2>&1 || continue
	works "$tmp/root/usr/sbin/nginx" || continue
	rm -rf "$cache/nginx"
	mv "$tmp/root" "$cache/nginx"
	echo "$program"
	exit
done
echo "nginx is not installed and cannot be fetched: $(tail -n 1 "$tmp/log")"
exit 1
