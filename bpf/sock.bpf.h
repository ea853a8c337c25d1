/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a socket is: namespace, family, addresses, ports, cookie; and whether the loader's filter wants it. */
#ifndef SOCK_BPF_H
#define SOCK_BPF_H

#include <bpf/bpf_endian.h>
#include "event.bpf.h"

#define AF_INET 2
#define AF_INET6 10
#define TCP_PROTOCOL 6
#define NEW_SYN_RECV 12

static __always_inline bool filter_passes(__u32 netns, __u16 family)
{
	int i;

	if (config.family && family != config.family)
		return false;
	if (!config.n_netns)
		return true;
	for (i = 0; i < TWT_MAX_NETNS; i++) {
		if (i < config.n_netns && config.netns[i] == netns)
			return true;
	}
	return false;
}

/* A constant: what is behind it is not even looked at by the verifier where it is false. */
static __always_inline bool needed(__u32 what)
{
	return config.needs & what;
}

/* Read a member directly where the verifier knows the pointer (@trusted), by a checked copy where it does not. */
#define SKC(skc, member) (trusted ? (skc)->member : BPF_CORE_READ(skc, member))

/* Not read through a trusted pointer: for each such read of a pointer the verifier searches all types by name, often a millisecond. */
static __always_inline __u32 skc_netns(const struct sock_common *skc)
{
	return BPF_CORE_READ(skc, skc_net.net, ns.inum);
}

/*
 * TCP's own full sockets, seen as such; NULL for others, and for those that the filter does not want. MPTCP's msk has protocol 262; its subflows are
 * plain TCP.
 */
static __always_inline const struct tcp_sock *wanted_tcp(struct sock *sk, __u32 *ret_netns)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	__u16 family;

	if (!tp)
		return NULL;
	family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return NULL;
	*ret_netns = tp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net->ns.inum;
	return filter_passes(*ret_netns, family) ? tp : NULL;
}

/* Any socket. Works on full sockets, minisocks and request sockets: all begin with struct sock_common. */
static __always_inline bool skc_wanted(const struct sock_common *skc, __u32 *ret_netns)
{
	*ret_netns = skc_netns(skc);
	return filter_passes(*ret_netns, BPF_CORE_READ(skc, skc_family));
}

/* Fill in everything but the cookie. @trusted is a constant. */
static __always_inline void sock_fill(struct twt_event *ev, const struct sock_common *skc, __u32 netns, const bool trusted)
{
	__u16 family = SKC(skc, skc_family);

	ev->netns = netns;
	ev->family = family;
	ev->lport = SKC(skc, skc_num);
	ev->rport = bpf_ntohs(SKC(skc, skc_dport));
	if (family == AF_INET) {
		__be32 l = SKC(skc, skc_rcv_saddr), r = SKC(skc, skc_daddr);

		ev->laddr[10] = ev->laddr[11] = 0xff;
		ev->raddr[10] = ev->raddr[11] = 0xff;
		__builtin_memcpy(ev->laddr + 12, &l, 4);
		__builtin_memcpy(ev->raddr + 12, &r, 4);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)ev->laddr, skc, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)ev->raddr, skc, skc_v6_daddr);
	}
}

/* DCCP (until 6.16) shares the minisocks' and request sockets' timer handlers; the protocols' names are "TCP", "TCPv6" and "DCCP...". */
static __always_inline bool skc_is_tcp(const struct sock_common *skc)
{
	struct proto *prot = BPF_CORE_READ(skc, skc_prot);
	char name[3] = {};

	bpf_probe_read_kernel(name, sizeof(name), &prot->name);
	return name[0] == 'T' && name[1] == 'C' && name[2] == 'P';
}

#endif
