# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Container engines of a test's own, all below one folder, and cgroups made by hand. To be sourced after live.bash.

# The v2 hierarchy, if it can be written: /sys/fs/cgroup, or .../unified beside v1.
cgroup2_root() {
	awk '$3 == "cgroup2" && $4 ~ /(^|,)rw(,|$)/ { print $2; exit }' /proc/mounts
}

# in_cgroup PATH COMMAND...: as one process in that cgroup, which is made. For job: this shell becomes it.
in_cgroup() {
	local dir
	dir=$(cgroup2_root)$1
	shift
	# shellcheck disable=SC2016 # for the shell within
	exec sh -c 'mkdir -p "$0" && echo $$ > "$0/cgroup.procs" && exec "$@"' "$dir" "$@"
}

# Remove the cgroups below the root that have this word in their name, from the inside out, and what engines left empty beside them.
cgroup_drop() { # WORD
	local dir
	for dir in "$(cgroup2_root)"/*"$1"* "$(cgroup2_root)"/docker "$(cgroup2_root)"/k8s.io; do
		[[ ! -d $dir ]] || find "$dir" -depth -type d -exec rmdir {} \; 2> /dev/null || true
	done
}

# A folder with a static program in it, as the root of a container. Says what is missing.
make_rootfs() { # DIR
	mkdir -p "$1"
	"${CC:-gcc}" -std=gnu11 -D_GNU_SOURCE= -O1 -static -o "$1/shorties" "$LIB/../tools/shorties.c" 2> /dev/null ||
		{ echo "no static program can be built here"; return 1; }
}

# Wait until COMMAND succeeds, looking each time that FILE, a log, grows or half a second is over; at most PATIENCE seconds.
until_ok() { # PID FILE COMMAND...
	local pid=$1 file=$2 deadline=$((SECONDS + PATIENCE))
	shift 2
	until "$@" > /dev/null 2>&1; do
		((SECONDS < deadline)) || return 1
		[[ -d /proc/$pid ]] || return 1
		"$TOOLS/waitline" -p "$pid" -a "$(wc -l < "$file")" "$file" . 1 > /dev/null || true
	done
}

# dockerd below DIR; its pid in DOCKERD. docker CLI: dk.
docker_start() { # DIR
	export DOCKER_DIR=$1
	command -v dockerd docker > /dev/null || { echo "docker is not installed"; return 1; }
	mkdir -p "$1"
	# Not 3: bats waits for whoever holds that.
	dockerd --data-root "$1/data" --exec-root "$1/exec" -p "$1/pid" -H "unix://$1/sock" --iptables=false --bridge=none \
		--storage-driver vfs > "$1/log" 2>&1 3>&- < /dev/null &
	DOCKERD=$!
	until_ok "$DOCKERD" "$1/log" dk info || { echo "dockerd does not start here: $(tail -n 1 "$1/log" | cut -c 1-200)"; return 1; }
}

dk() { docker -H "unix://$DOCKER_DIR/sock" "$@"; }

# containerd below DIR; its pid in CONTAINERD. ctr: ct.
containerd_start() { # DIR
	export CONTAINERD_DIR=$1
	command -v containerd ctr runc > /dev/null || { echo "containerd is not installed"; return 1; }
	mkdir -p "$1"
	containerd --root "$1/root" --state "$1/state" --address "$1/sock" > "$1/log" 2>&1 3>&- < /dev/null &
	CONTAINERD=$!
	until_ok "$CONTAINERD" "$1/log" ct version || { echo "containerd does not start here: $(tail -n 1 "$1/log" | cut -c 1-200)"; return 1; }
}

ct() { ctr --address "$CONTAINERD_DIR/sock" "$@"; }

# End a daemon that this file started.
daemon_stop() { # PID
	[[ -z ${1:-} ]] || ! kill "$1" 2> /dev/null || pid_wait "$1" 20 || kill -KILL "$1"
}
