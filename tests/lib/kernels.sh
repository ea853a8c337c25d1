#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's cloud kernels, for tests. Names change with every update and are looked up when asked for.
#
# kernels.sh list [ARCH]         what the mirror offers: one line "SERIES PACKAGE" each
# kernels.sh get SERIES [ARCH]   fetch the newest kernel of a series (5.10, 6.1, ... or "newest") once, print its folder:
#                                  vmlinuz, vmlinux (ELF) or Image, btf, config, lib/modules/VERSION
#
# ARCH is one of arch.sh's, without it this machine's. Folders are kept in ${XDG_CACHE_HOME:-~/.cache}/twtrace. Exit code 1 with one sentence where
# this cannot work. Calls may overlap.
set -euo pipefail

SUITES=(bullseye-security bookworm-security trixie-security trixie-backports sid)

die() {
	echo "kernels: $*" >&2
	exit 1
}

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lib/arch.sh
. "$here/arch.sh"
# shellcheck source=tests/lib/debian.bash
. "$here/debian.bash"

cmd=${1:-}
case $cmd in
list) series='' arch=${2:-} ;;
get) series=${2:?} arch=${3:-} ;;
*) echo "usage: kernels.sh list [ARCH] | get SERIES [ARCH]" >&2; exit 64 ;;
esac

arch_of "$arch" || die "no kernels are looked for of a machine called ${arch:-$(uname -m)}"
arch=$ARCH_DEB
apt=$cache/apt-$arch
mkdir -p "$cache/kernels" "$apt"
exec 9> "$cache/lock-$arch"
flock 9

# --- what the mirror offers ---------------------------------------------------------------------------------------------

# Fresh lists, if the last ones are older than a day.
update() {
	debian_lists "$arch" "${SUITES[@]}" || return 0
	offered > "$apt/offered"
	[[ -s $apt/offered ]] || die "the mirror cannot be reached or offers no cloud kernel: $(tail -n 1 "$apt/log")"
	touch "$apt/updated"
}

# "SERIES PACKAGE", newest of each series, oldest series first. Old ABI packages stay listed: the version sort decides.
offered() {
	apt-cache pkgnames linux-image- | grep -E "^linux-image-[0-9]+\.[0-9]+\.[0-9]+[^~]*-cloud-$arch\$" | grep -v -- -rc | sort -V |
		awk '{ split($1, part, /[-.]/); newest[part[3] "." part[4]] = $1 }
		     END { for (s in newest) print s, newest[s] }' | sort -V
}

# --- from a package to a folder -----------------------------------------------------------------------------------------

bytes() { # FILE OFFSET COUNT: as an unsigned little-endian number
	od -An -v -tu"$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

decompress() { # FILE: by its first bytes; what follows the stream is ignored, so the exit code says nothing
	case $(od -An -v -tx1 -N 4 "$1" | tr -d ' ') in
	1f8b*) gzip -dc < "$1" 2> /dev/null || true ;;
	fd377a58) xz -dc --single-stream < "$1" 2> /dev/null || true ;;
	28b52ffd) zstd -dcq < "$1" 2> /dev/null || true ;;
	02214c18) lz4 -dcq < "$1" 2> /dev/null || true ;;
	*) cat "$1" ;;
	esac
}

cut_out() { # FILE OFFSET LENGTH
	tail -c +$(($2 + 1)) "$1" | head -c "$3"
}

# The image inside a bzImage (Linux's boot.rst: setup_sects, payload_offset, payload_length) or inside an EFI zboot image; an uncompressed Image is
# itself.
extract_image() { # VMLINUZ OUT
	local at length tmp=$2.payload
	if [[ $(cut_out "$1" 514 4) == HdrS ]]; then
		at=$((($(bytes "$1" 497 1) + 1) * 512 + $(bytes "$1" 584 4)))
		length=$(bytes "$1" 588 4)
	elif [[ $(cut_out "$1" 4 4 | tr -d '\0') == zimg ]]; then
		at=$(bytes "$1" 8 4)
		length=$(bytes "$1" 12 4)
	else
		at=0
		length=$(stat -c %s "$1")
	fi
	{ cut_out "$1" "$at" "$length" || true; } > "$tmp"
	decompress "$tmp" > "$2"
	rm "$tmp"
}

# The .BTF section, by its header wherever it lies: an Image has no sections. Magic, version 1, header length 24;
# the biggest one, for modules that are built in have some of their own.
extract_btf() { # IMAGE OUT
	local at length best=0 best_at=0
	while IFS=: read -r at _; do
		length=$((24 + $(bytes "$1" $((at + 16)) 4) + $(bytes "$1" $((at + 20)) 4)))
		if ((length > best && $(bytes "$1" $((at + 8)) 4) == 0)); then
			best=$length best_at=$at
		fi
	done < <(LC_ALL=C grep -obUaP '\x9f\xeb\x01\x00\x18\x00\x00\x00' "$1")
	((best > 100000)) || return 1
	{ cut_out "$1" "$best_at" "$best" || true; } > "$2"
}

fetch() { # PACKAGE FOLDER
	local tmp debs version names
	command -v dpkg-deb > /dev/null || die "dpkg-deb is missing"
	tmp=$(mktemp -d "$cache/kernels/.tmp.XXXXXX")
	# shellcheck disable=SC2064 # this folder
	trap "rm -rf '$tmp'" EXIT
	# From 7.2 on linux-image-* is empty and depends on linux-{binary,modules,base}-*.
	mapfile -t names < <(apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-\(binary\|modules\|base\)-[0-9].*\)/\1/p')
	(cd "$tmp" && timeout 600 apt-get download -qq "$1" "${names[@]}" > "$apt/log" 2>&1) ||
		die "cannot download $1: $(tail -n 1 "$apt/log")"
	mkdir "$tmp/root" "$tmp/out"
	debs=("$tmp"/*.deb)
	for deb in "${debs[@]}"; do
		dpkg-deb -x "$deb" "$tmp/root"
	done
	version=${1#linux-image-}
	mkdir -p "$tmp/out/lib/modules"
	for dir in "$tmp/root/usr/lib/modules/$version" "$tmp/root/lib/modules/$version"; do
		[[ ! -d $dir ]] || mv "$dir" "$tmp/out/lib/modules/$version"
	done
	for file in vmlinuz config; do
		if [[ -e $tmp/root/boot/$file-$version ]]; then
			mv "$tmp/root/boot/$file-$version" "$tmp/out/$file"
		else
			mv "$tmp/out/lib/modules/$version/$file" "$tmp/out/$file"
		fi
	done
	! command -v depmod > /dev/null || depmod -b "$tmp/out" "$version"

	extract_image "$tmp/out/vmlinuz" "$tmp/image"
	extract_btf "$tmp/image" "$tmp/out/btf" || die "no BTF found in $1"
	mv "$tmp/image" "$tmp/out/$ARCH_KERNEL"
	mv -T "$tmp/out" "$2"
}

# The newest kernel of a series that was fetched before, for machines that are offline now.
cached() {
	local pattern="$series.*"
	[[ $series != newest ]] || pattern="*"
	find "$cache/kernels" -maxdepth 1 -name "${pattern}-cloud-$arch" | sort -V | tail -n 1
}

if ! (command -v apt-get && command -v apt-cache) > /dev/null; then
	die "needs apt to fetch Debian's kernels"
fi

if [[ $cmd == list ]]; then
	update
	cat "$apt/offered"
	exit
fi

if ! (update); then
	folder=$(cached)
	[[ -n $folder ]] || exit 1
	[[ -e $folder/$ARCH_KERNEL ]] || exit 1
	echo "$folder"
	exit
fi
export APT_CONFIG=$apt/apt.conf
if [[ $series == newest ]]; then
	package=$(tail -n 1 "$apt/offered")
else
	package=$(grep "^$series " "$apt/offered") || die "the mirror offers no $series kernel for $arch"
fi
package=${package#* }
folder=$cache/kernels/${package#linux-image-}
if [[ -d $folder && ! -e $folder/$ARCH_KERNEL ]]; then	# fetched by an older version of this
	extract_image "$folder/vmlinuz" "$folder/image"
	mv "$folder/image" "$folder/$ARCH_KERNEL"
fi
if [[ ! -d $folder ]]; then
	fetch "$package" "$folder"
	# Older ones of the same series are not asked for any more.
	series=$(cut -d. -f1,2 <<< "${package#linux-image-}")
	find "$cache/kernels" -maxdepth 1 -name "$series.*-cloud-$arch" ! -path "$folder" -exec rm -rf {} +
fi
echo "$folder"
