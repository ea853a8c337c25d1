# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Bare Debian trees, as debootstrap leaves them, and commands in them. To be sourced. Needs root and debootstrap.
#
# Trees and downloaded packages are kept in CHROOT_DIR (${XDG_CACHE_HOME:-~/.cache}/twtrace/bare); each command runs in an overlay of its own
# on top of a tree. All mounts live in a mount namespace and vanish with it: what is removed never has mounts inside.

BARE_DIR=${CHROOT_DIR:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twtrace/bare}

bare_mirrors() { # "URI SUITE" of the host's Debian entries
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2> /dev/null | sort -u
}

# One sentence where there can be no tree; nothing if there can.
bare_reason() {
	if ((EUID != 0)); then
		echo "needs root"
	elif ! command -v debootstrap > /dev/null; then
		echo "debootstrap is missing"
	elif [[ -z $(bare_mirrors | awk '$2 !~ /-/') ]]; then
		echo "apt has no Debian mirror configured here"
	elif ! unshare --mount true 2> /dev/null; then
		echo "mounts are refused here"
	fi
}

# Makes the tree of SUITE with these packages once, with apt's lists in it. BARE_BASE is its folder. On failure one sentence on stderr.
bare_base() { # SUITE [PACKAGE...]
	local uri suite=$1 new include
	shift
	include=$(IFS=,; echo "$*")
	BARE_BASE=$BARE_DIR/$suite${include:+-${include//,/-}} BARE_SUITE=$suite
	mkdir -p "$BARE_DIR/archives-$suite/partial"
	exec 8> "$BARE_DIR/lock"
	flock 8
	if [[ ! -d $BARE_BASE ]]; then
		uri=$(bare_mirrors | awk '$2 !~ /-/ { print $1; exit }')
		new=$BARE_BASE.new
		rm -rf --one-file-system "$new"
		if ! debootstrap --variant=minbase ${include:+"--include=$include"} "$suite" "$new" "$uri" > "$BARE_DIR/debootstrap.log" 2>&1; then
			echo "debootstrap failed, see $BARE_DIR/debootstrap.log: $(tail -n 1 "$BARE_DIR/debootstrap.log")" >&2
			return 1
		fi
		bare_mirrors | awk -v suite="$suite" '{ sub(/^[a-z]+/, suite, $2); print "deb", $1, $2, "main" }' > "$new/etc/apt/sources.list"
		# As an installer leaves it, with package files kept where they can be shared.
		rm -rf "$new"/var/cache/apt/archives/*.deb
		mv "$new" "$BARE_BASE"
	fi
	exec 8>&-
}

# In a mount namespace of its own from here on. bare_prepare, if the caller has it, puts into the tree what the command needs.
bare_inside() { # COMMAND...
	local root=$BARE_WORK/root
	# In a container, whose own root is an overlay, a copy instead.
	mount -t overlay overlay -o "lowerdir=$BARE_BASE,upperdir=$BARE_WORK/upper,workdir=$BARE_WORK/work" "$root" 2> /dev/null ||
		cp -a "$BARE_BASE/." "$root/"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/run"
	mount -t tmpfs tmpfs "$root/tmp"
	mount --bind "$BARE_DIR/archives-$BARE_SUITE" "$root/var/cache/apt/archives"
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	! declare -F bare_prepare > /dev/null || bare_prepare "$root"
	env -i HOME=/root TERM="${TERM:-dumb}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		CI="${CI:-}" chroot "$root" "$@"
}

# Runs a command in the tree of bare_base; what it writes is gone afterwards. Its exit code.
bare_run() { # COMMAND...
	local rc=0
	BARE_WORK=$(mktemp -d "$BARE_DIR/run.XXXXXX")
	mkdir "$BARE_WORK"/{root,upper,work}
	# A shell that inherits the functions: unshare starts programs only.
	export -f bare_inside
	! declare -F bare_prepare > /dev/null || export -f bare_prepare
	export BARE_WORK BARE_BASE BARE_DIR BARE_SUITE
	unshare --mount --propagation private bash -euo pipefail -c 'bare_inside "$@"' bash "$@" || rc=$?
	rm -rf --one-file-system "$BARE_WORK"
	return $rc
}
