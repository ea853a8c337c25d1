# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Two hosts: network namespaces with a link between them, and a recording of each under a host name of its own. To be sourced (after live.bash).

# NEAR (10.3.0.1) and FAR (10.3.0.2), NS stays the latter. DELAY: of netem, each way.
twins_new() { # [DELAY]
	ns_new
	NEAR=$NS
	ns_new
	FAR=$NS
	ip -n "$NEAR" link add twin0 type veth peer name twin1 netns "$FAR"
	ip -n "$NEAR" addr add 10.3.0.1/24 dev twin0
	ip -n "$FAR" addr add 10.3.0.2/24 dev twin1
	ip -n "$NEAR" link set twin0 up
	ip -n "$FAR" link set twin1 up
	[[ -z ${1:-} ]] || ip netns exec "$NEAR" tc qdisc add dev twin0 root netem delay "$1" limit 10000
	[[ -z ${1:-} ]] || ip netns exec "$FAR" tc qdisc add dev twin1 root netem delay "$1" limit 10000
}

# A recording $T/HOST.twr of a namespace, whose host is called so.
twin_record() { # HOST NETNS
	job "$1" unshare --uts sh -c 'echo "$1" > /proc/sys/kernel/hostname && shift && exec "$@"' sh "$1" "$TWTRACE" -N "$2" -w "$T/$1.twr" count
	job_wait_line "$1" err '^Tracing'
}

# So many connections from NEAR to FAR, both recorded: $T/near.twr, $T/far.twr, and what was done in $T/twins.
twins_talk() { # COUNT
	twin_record near "$NEAR"
	twin_record far "$FAR"
	"$TOOLS/twinwork" "/run/netns/$NEAR" "/run/netns/$FAR" 10.3.0.2 7001 "$1" > "$T/twins"
	trace_stop near
	trace_stop far
}
