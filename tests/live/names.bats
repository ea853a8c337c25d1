#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Whose container, pod and unit: real containers of docker and containerd, and the files of those that cannot run here.
load ../lib/live
load ../lib/engines
load ../lib/tui

UID1=2f0b1c5e-9a77-4b6f-8d3c-0a1b2c3d4e5f

setup() {
	T=$BATS_TEST_TMPDIR
	TOP=twt$BASHPID
	DOCKERD='' CONTAINERD='' TASKS=()
	ns_new
}

teardown() {
	local id
	[[ -n ${BATS_TEST_COMPLETED:-} ]] || tail -n 5 "$T"/*.err "$T"/*/log 2> /dev/null || true
	for id in "${TASKS[@]}"; do
		ct task kill -s KILL "$id" > /dev/null 2>&1 || true
		ct task rm -f "$id" > /dev/null 2>&1 || true
		ct container rm "$id" > /dev/null 2>&1 || true
	done
	[[ -z $DOCKERD ]] || dk rm -f twt-web > /dev/null 2>&1 || true
	daemon_stop "$DOCKERD"
	daemon_stop "$CONTAINERD"
	tui_cleanup
	ns_cleanup
	[[ ! -d $T/docker ]] || umount "$T"/docker/*/*/*/shm "$T"/docker/exec/netns/* 2> /dev/null || true
	cgroup_drop "$TOP"
}

# What conn -j said of connections whose owner is this one, in one array; all of them must satisfy the filter, and there must be N.
assert_named() { # FILE N FILTER [JQ-ARG...]
	local file=$1 n=$2 filter=$3
	shift 3
	jq -se --argjson want "$n" "$@" "map(select(.event == \"conn\" and .owner_comm == \"shorties\")) | length == \$want and all(.[]; $filter)" \
		"$file" > /dev/null || fail "not $n connections with: $filter"$'\n'"$(grep -m 2 '"owner_comm":"shorties"' "$file")"
}

@test "names: a docker container, while it runs, when it is gone, and in a replay" {
	local why id looked
	why=$(make_rootfs "$T/root") || skip "$why"
	docker_start "$T/docker" > "$T/why" || skip "$(cat "$T/why")"
	tar -C "$T/root" -c shorties | dk import -c 'ENTRYPOINT ["/shorties"]' - twt:1 > /dev/null
	job conn "$TWTRACE" -v conn -j -w "$T/r.twr" --container 'twt-*'
	job_wait_line conn err '^Tracing'
	# Hard limits may be lower than the daemon's defaults.
	id=$(dk run -d -i --name twt-web --network none --ulimit nofile=1024:1024 twt:1 1000 stay)
	wait_matches conn '"role":"server"' 1000
	run -0 "$TWTRACE" -q -N container:twt-web count -j 0.1 1
	assert_eq "$(jq -s '.[0].counts.TIME_WAIT' <<< "$output")" 1000 "TIME_WAITs in the container's namespace"
	run -0 "$TWTRACE" -q -N "container:${id:0:12}" count --by netns 0.1 2
	[[ ${lines[-1]} == *" container:twt-web "* ]] || fail "no name of the namespace: $output"
	run -1 "$TWTRACE" -q -N container:twt-none count 0.1 1
	[[ $output == *"no running container 'twt-none'"* ]] || fail "$output"
	dk rm -f twt-web > /dev/null
	wait_matches conn '"role":"client"' 1000	# their TIME_WAITs went with the namespace
	trace_stop conn
	assert_named "$T/conn.out" 2000 '.container == $id and .container_name == "twt-web" and .image == "twt:1" and .runtime == "docker"
		and .netns_name == "container:twt-web" and .pod == null and (.cgroup_path | endswith($id))' --arg id "$id"
	looked=$(sed -n 's/^names: looked up \([0-9]*\) cgroups.*/\1/p' "$T/conn.err")
	((looked > 0 && looked < 20)) || fail "$looked cgroups looked up for one container with 1,000 processes"
	"$TWTRACE" -q -r "$T/r.twr" conn -j --container twt-web > "$T/replay.out"
	assert_named "$T/replay.out" 2000 '.container == $id and .image == "twt:1" and .netns_name == "container:twt-web"' --arg id "$id"
	"$TWTRACE" -q -r "$T/r.twr" conn -j --container "${id:0:8}" | cmp - "$T/replay.out" || fail "the id's first digits name it too"
	run -0 "$TWTRACE" -q -r "$T/r.twr" closers --by container -H --container twt-web
	[[ ${lines[-1]} == *"container twt-web closed first on 1,000 of 2,000 connections"* ]] || fail "$output"
	run -0 "$TWTRACE" -q -r "$T/r.twr" count --by container --container twt-web 0.05
	[[ $output == *" twt-web "* ]] || fail "$output"
	run -0 "$TWTRACE" -q -r "$T/r.twr" hist close --by container --container twt-web
	[[ $output == *"twt-web"*2000* ]] || fail "$output"
	"$TWTRACE" -q -r "$T/r.twr" ports --by container -j 0.05 > "$T/ports.out"
	jq -se 'map(select(.container_name == "twt-web") | .time_wait) | max == 1000' "$T/ports.out" > /dev/null || fail "ports by container"
	run -0 "$TWTRACE" -q -r "$T/r.twr" ports --by container 0.05
	[[ $output == *$'\n'"twt-web "* ]] || fail "$output"
}

@test "names: a docker container that is gone before anybody can look" {
	local why
	why=$(make_rootfs "$T/root") || skip "$why"
	docker_start "$T/docker" > "$T/why" || skip "$(cat "$T/why")"
	tar -C "$T/root" -c shorties | dk import -c 'ENTRYPOINT ["/shorties"]' - twt:1 > /dev/null
	job conn "$TWTRACE" conn -j -w "$T/r.twr" --at close --comm shorties
	job_wait_line conn err '^Tracing'
	for i in 1 2 3; do
		dk run --rm --name "twt-short-$i" --network none --ulimit nofile=1024:1024 twt:1 1 > /dev/null
	done
	wait_matches conn '"role":"server"' 3
	trace_stop conn
	assert_named "$T/conn.out" 6 '(.container_name | test("^twt-short-[123]$")) and .image == "twt:1" and .container != null'
	"$TWTRACE" -q -r "$T/r.twr" conn -j --at close --container 'twt-short-*' > "$T/replay.out"
	assert_named "$T/replay.out" 6 '.runtime == "docker"'
}

# run_task ID CGROUP: a containerd task with a kubelet's annotations.
run_task() {
	TASKS+=("$1")
	job "task${#TASKS[@]}" ct -n k8s.io run --rootfs --cgroup "$2" --annotation io.kubernetes.cri.container-type=container \
		--annotation io.kubernetes.cri.sandbox-name=cart-0 --annotation io.kubernetes.cri.sandbox-namespace=shop \
		--annotation io.kubernetes.cri.sandbox-uid="$UID1" --annotation io.kubernetes.cri.container-name=app \
		--annotation io.kubernetes.cri.image-name=registry/cart:7 "$T/root" "$1" /shorties 20 stay
	job_wait_line "task${#TASKS[@]}" out '^done'
}

@test "names: containerd's containers with a kubelet's cgroups, and one that somebody named" {
	local why a b
	why=$(make_rootfs "$T/root") || skip "$why"
	containerd_start "$T/containerd" > "$T/why" || skip "$(cat "$T/why")"
	a=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	b=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	export CONTAINERD_NAMESPACE=k8s.io
	job conn "$TWTRACE" conn -j -w "$T/r.twr" --comm shorties
	job_wait_line conn err '^Tracing'
	run_task "$a" "/kubepods-$TOP/burstable/pod$UID1/$a"
	run_task "$b" "/kubepods-$TOP/kubepods-burstable-pod${UID1//-/_}.slice:cri-containerd:$b"
	run_task "plain-$TOP" "/$TOP.slice/../k8s.io/plain-$TOP"
	wait_matches conn '"role":"server"' 60
	run -0 "$TWTRACE" -q -N "pod:shop/cart-0" count -j 0.1 1 || [[ $output == *several* ]]
	trace_stop conn
	"$TWTRACE" -q -r "$T/r.twr" conn -j --at close --pod shop/cart-0 > "$T/pod.out"
	for f in conn pod; do
		jq -c 'select(.role == "server")' "$T/$f.out" > "$T/$f.servers"
	done
	assert_named "$T/pod.servers" 60 '.pod == "cart-0" and .pod_namespace == "shop" and .container_name == "app"
		and .image == "registry/cart:7" and .runtime == "containerd" and .netns_name == "pod:shop/cart-0"'
	jq -se --arg a "$a" --arg b "$b" --arg c "plain-$TOP" 'map(.container) | unique == ([$a, $b, $c] | sort)' "$T/pod.servers" > /dev/null ||
		fail "not the three containers"
	cmp "$T/conn.servers" "$T/pod.servers" || true	# --at close has other lines; the names are what counts
	run -0 "$TWTRACE" -q -r "$T/r.twr" closers --by pod -H
	[[ ${lines[-1]} == *"pod shop/cart-0 "* ]] || fail "$output"
}

# The files of a host that has every engine: below $T/host.
make_host() {
	local h=$T/host
	mkdir -p "$h/var/lib/docker/containers/$1" "$h/var/lib/containers/storage/overlay-containers/$3/userdata" \
		"$h/var/log/pods/shop_cart-0_$UID1/app" "$h/var/log/containers"
	jq -n '{Name: ("/we\"b\u001b[31m<b>" + ("x" * 4096)), Config: {Image: "im\nage:\u007f1"}}' > "$h/var/lib/docker/containers/$1/config.v2.json"
	jq -n --arg id "$2" '[{id: "other", names: ["no"]}, {id: $id, names: ["pod-man"], metadata: ({"image-name": "quay/x:1"} | tojson)}]' \
		> "$h/var/lib/containers/storage/overlay-containers/containers.json"
	jq -n '{annotations: {"io.kubernetes.pod.name": "db-1", "io.kubernetes.pod.namespace": "prod", "io.kubernetes.container.name": "pg",
		"io.kubernetes.cri-o.ImageName": "pg:15"}}' > "$h/var/lib/containers/storage/overlay-containers/$3/userdata/config.json"
	mkdir -p "$h/run"
	ln -s /run/netns "$h/run/netns"
	: > "$h/var/log/containers/cart-0_shop_app-$4.log"
}

@test "names: podman, CRI-O, kubelet, LXC and systemd by their files, and none of them can do harm" {
	local root id=() i f where
	root=$(cgroup2_root)
	[[ -n $root && -w $root ]] || skip "no cgroup hierarchy of version 2 that can be written"
	mkdir -p "$root/$TOP.slice" || skip "cgroups cannot be made here"
	for i in 0 1 2 3; do
		id[i]=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	done
	make_host "${id[@]}"
	trace conn conn -j --names-root "$T/host" -w "$T/r.twr"
	where=("/$TOP.slice/docker-${id[0]}.scope" "/$TOP.slice/libpod-${id[1]}.scope/container" "/$TOP.slice/crio-${id[2]}.scope"
		"/$TOP.slice/kubepods-burstable-pod${UID1//-/_}.slice/cri-containerd-${id[3]}.scope" "/$TOP.slice/$TOP.service"
		"/$TOP.slice/user@1000.service/app.slice/mine.service" "/lxc.payload.$TOP"$'\e[31m"<i>\xff'"/$TOP.service")
	for i in "${!where[@]}"; do
		job "load$i" in_cgroup "${where[i]}" nsenter --net="/run/netns/$NS" -- "$TOOLS/shorties" 3 stay
		job_wait_line "load$i" out '^done'
	done
	wait_matches conn '"role":"server"' $((3 * ${#where[@]}))
	trace_stop conn
	jq -c 'select(.role == "server")' "$T/conn.out" > "$T/servers" || fail "not every line is JSON"
	assert_eq "$(jq -r '[.runtime, .container_name, .image, .pod, .pod_namespace] | join("|") | gsub("\n"; "/")' "$T/servers" | cut -c 1-40 | sort | uniq -c | sed 's/^ *//' |
		LC_ALL=C sort)" "$(printf '%s\n' '3 containerd|app||cart-0|shop' '3 cri-o|pg|pg:15|db-1|prod' '3 docker|we"b'$'\e''[31m<b>xxxxxxxxxxxxxxxxxxxxx' \
		'3 lxc|'"$TOP"$'\e[31m"<i>\xef\xbf\xbd|||' '3 podman|pod-man|quay/x:1||' '6 ||||' | LC_ALL=C sort)" "names by engine"
	jq -se --arg u "$TOP.service" 'map(.unit) | map(select(. == $u)) | length == 6' "$T/servers" > /dev/null || fail "units"
	jq -se 'map(.unit) | map(select(. == "mine.service")) | length == 3' "$T/servers" > /dev/null || fail "a user's unit"
	jq -se --arg ns "$NS" 'all(.[]; .netns_name == $ns)' "$T/servers" > /dev/null || fail "the name of ip netns"
	assert_eq "$(jq -r 'select(.runtime == "docker") | .container_name | length' "$T/servers" | uniq)" 252 "length of a name of 4 KB, its slash left out"
	for f in "conn --wide" "stream --wide" "closers --wide --by container" "closers --by unit" "closers --by cgroup" "hist --by container" \
		"count --by container" "count --by netns" "closers -p 1"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" -q -r "$T/r.twr" $f > "$T/text"
		! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$T/text" || fail "$f: control characters"
		iconv -f UTF-8 -t UTF-8 "$T/text" > /dev/null || fail "$f: no UTF-8"
	done
	for f in stream "closers --by container" "count --by container" "hist --by unit"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" -q -r "$T/r.twr" $f -j | jq -e . > /dev/null || fail "$f -j: no JSON"
	done
	"$TWTRACE" -q -r "$T/r.twr" conn -j --at close --unit "$TOP" > "$T/unit.out"
	assert_named "$T/unit.out" 12 '.unit == $u' --arg u "$TOP.service"
	"$TWTRACE" -q -r "$T/r.twr" conn -j --at close --container pod-man > "$T/podman.out"
	assert_named "$T/podman.out" 6 '.container == $id' --arg id "${id[1]}"
	"$TWTRACE" -q -r "$T/r.twr" conn -j --at close --pod 'prod/*' > "$T/pod.out"
	assert_named "$T/pod.out" 6 '.pod == "db-1"'
}

# Text that a terminal may be shown: UTF-8, and nothing that moves a cursor.
assert_harmless() { # FILE WHAT
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$1" || fail "$2: control characters"
	iconv -f UTF-8 -t UTF-8 "$1" > /dev/null || fail "$2: no UTF-8"
}

@test "names: hostile ones do no harm in ports, listeners, explain, completion and on the screen" {
	local root id=() i f port evil='we"b?[31m<b>x'
	root=$(cgroup2_root)
	[[ -n $root && -w $root ]] || skip "no cgroup hierarchy of version 2 that can be written"
	mkdir -p "$root/$TOP.slice" || skip "cgroups cannot be made here"
	for i in 0 1 2 3; do
		id[i]=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	done
	make_host "${id[@]}"
	trace rec listeners -j --names-root "$T/host" -w "$T/r.twr" 0.2
	job docker in_cgroup "/$TOP.slice/docker-${id[0]}.scope" nsenter --net="/run/netns/$NS" -- "$TOOLS/tcpwork" --hold -4 hold-established 3
	job lxc in_cgroup "/lxc.payload.$TOP"$'\e[31m"<i>\xff' nsenter --net="/run/netns/$NS" -- "$TOOLS/tcpwork" --hold -6 hold-established 3
	job pod in_cgroup "/$TOP.slice/kubepods-burstable-pod${UID1//-/_}.slice/cri-containerd-${id[3]}.scope" cat
	job unit in_cgroup "/$TOP.slice/$TOP.service" cat
	job_wait_line docker out '"done":true'
	job_wait_line lxc out '"done":true'
	next_lines rec 6
	port=$(in_ns ss -4Htnl | sed -En 's/.*:([0-9]+) .*/\1/p' | head -n 1)

	"$TWTRACE" -N "$NS" --names-root "$T/host" explain bind ":$port" > "$T/explain.text" || true
	"$TWTRACE" -N "$NS" --names-root "$T/host" explain -j bind ":$port" > "$T/explain.json" || true
	trace_stop rec
	assert_harmless "$T/explain.text" explain
	grep -qF "$evil" "$T/explain.text" || fail "explain: $(cat "$T/explain.text")"
	jq -es --arg id "${id[0]}" '.[0].blockers | length > 0 and all(.[]; .container == $id and (.container_name | startswith("we\"b\u001b[31m<b>")))' \
		"$T/explain.json" > /dev/null || fail "explain -j: $(cat "$T/explain.json")"
	for f in "ports --wide" "ports --by container" "ports --by unit" "listeners --wide"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" -q -r "$T/r.twr" $f 1000 > "$T/text"
		assert_harmless "$T/text" "$f"
		[[ $f == *unit* ]] || grep -qF 'we"b?[31m' "$T/text" || fail "$f: $(cat "$T/text")"
	done
	"$TWTRACE" -q -r "$T/r.twr" listeners -j 1000 | jq -es --arg id "${id[0]}" --arg lxc "$TOP"$'\e[31m"<i>' '
		map(select(.event == "listener") | .owners[0] | {container, container_name, runtime}) | any(.[]; .container == $id and .runtime == "docker")
		and any(.[]; .runtime == "lxc" and (.container_name | startswith($lxc)))' > /dev/null || fail "listeners -j"
	"$TWTRACE" -q -r "$T/r.twr" ports -j 1000 | jq -es --arg id "${id[0]}" 'map(select(.event == "ports") | .top[]) | any(.[]; .container == $id)' \
		> /dev/null || fail "ports -j"
	"$TWTRACE" -q -r "$T/r.twr" listeners -j --container "${id[0]:0:8}" 1000 | jq -es 'map(select(.event == "listener")) | length == 1' > /dev/null ||
		fail "listeners --container"

	# What Tab offers.
	for f in "--container we" "--container $TOP" "--pod shop" "--unit $TOP" "-N container:" "-N pod:"; do
		# shellcheck disable=SC2086 # words
		"$TWTRACE" --complete --names-root "$T/host" $f >> "$T/offered"
	done
	assert_harmless "$T/offered" "what Tab offers"
	for f in "$evil" "$TOP?[31m\"<i>?"$'\t' $'shop/cart-0\t' "$TOP.service"$'\t' "container:$evil" $'pod:shop/cart-0\t'; do
		grep -qF -- "$f" "$T/offered" || fail "Tab does not offer $f: $(cat "$T/offered")"
	done

	command -v tmux > /dev/null || skip "tmux is missing: not on the screen"
	tui_start 200x50 -r "$T/r.twr" --speed max --container "${id[0]:0:8}" --pane listeners top
	shows '^127\.0\.0\.1:[0-9]+ '
	keys Enter
	shows '^ .*we"b\?\[31m<b>x+'
	keys Escape
	keys 7
	shows '^127\.0\.0\.1:[0-9]+ '
	keys Enter
	shows '^  held by: +tcpwork \(pid [0-9]+\) in'
	shows '^ .*we"b\?\[31m<b>x+'
	keys Escape
	shows 'DESTINATION '
	tui_quit
}

@test "names: sockets that exist already have their owner's container" {
	local root id
	root=$(cgroup2_root)
	[[ -n $root && -w $root ]] || skip "no cgroup hierarchy of version 2 that can be written"
	mkdir -p "$root/$TOP.slice" || skip "cgroups cannot be made here"
	id=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	job load in_cgroup "/$TOP.slice/docker-$id.scope" nsenter --net="/run/netns/$NS" -- "$TOOLS/tcpwork" --hold -4 hold-established "$COUNT"
	job_wait_line load out '"done":true'
	trace count count --by container -j 0.1
	next_lines count
	trace_stop count
	assert_jq "$T/count.out" 'map(select(.event == "count" and .key == $id[0:12])) | .[0].counts.ESTABLISHED == 2 * $n' \
		"the owner's container" --arg id "$id"
	work_end load
}

@test "names: doctor says whose findings they are: container and unit" {
	local root id
	root=$(cgroup2_root)
	[[ -n $root && -w $root ]] || skip "no cgroup hierarchy of version 2 that can be written"
	mkdir -p "$root/$TOP.slice" || skip "cgroups cannot be made here"
	id=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	job leak in_cgroup "/$TOP.slice/docker-$id.scope" nsenter --net="/run/netns/$NS" -- "$TOOLS/tcpwork" --hold -4 hold-close-wait 7
	job_wait_line leak out '"done":true'
	job unit in_cgroup "/$TOP.slice/$TOP-leaky.service" nsenter --net="/run/netns/$NS" -- "$TOOLS/tcpwork" --hold -4 hold-close-wait 9
	job_wait_line unit out '"done":true'
	trace doctor -w "$T/rec" doctor -j -d 1.5
	job_wait doctor
	assert_eq "$(jq -r 'select(.event == "finding") | "\(.id) \(.subject | "\(.pid) \(.container) \(.unit) \(.netns_name)")"' "$T/doctor.out")" \
		"close-wait-leak ${JOB_PID[unit]} null $TOP-leaky.service container:${id:0:12}"$'\n'"close-wait-leak ${JOB_PID[leak]} $id docker-$id.scope container:${id:0:12}" "subjects"
	run -0 "$TWTRACE" -q -r "$T/rec" doctor --unit "$TOP-leaky"
	[[ $output == *": tcpwork (pid ${JOB_PID[unit]}) in $TOP-leaky.service"* && $output != *"(pid ${JOB_PID[leak]})"* ]] || fail "$output"
	work_end leak
	work_end unit
}
