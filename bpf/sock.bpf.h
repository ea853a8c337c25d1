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
/* sk_userlocks: bind() named an address; bind() took the port, or it is a listener's; connect() chose it (6.18+) */
#define SOCK_BINDADDR_LOCK 4
#define SOCK_BINDPORT_LOCK 8
#define SOCK_CONNECT_BIND 0x10

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

/*
 * The first part of a socket that the verifier does not know: full socket, minisock or request socket, all begin so. One checked copy instead of one for each
 * member, which costs some 17 ns each.
 */
struct skc_copy { __u64 words[18]; };
#define SKC(copy, member) \
	(*(typeof(((struct sock_common *)0)->member) *)((void *)(copy) + bpf_core_field_offset(struct sock_common, member)))

static __always_inline bool skc_read(struct skc_copy *ret_copy, const void *skc)
{
	return !bpf_probe_read_kernel(ret_copy, sizeof(*ret_copy), skc);
}

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

static __always_inline void fill_v4(struct twt_event *ev, __be32 laddr, __be32 raddr)
{
	ev->laddr[10] = ev->laddr[11] = 0xff;
	ev->raddr[10] = ev->raddr[11] = 0xff;
	__builtin_memcpy(ev->laddr + 12, &laddr, 4);
	__builtin_memcpy(ev->raddr + 12, &raddr, 4);
}

/* Fill in everything but the cookie, of a socket that the verifier knows. */
static __always_inline void sock_fill(struct twt_event *ev, const struct sock_common *skc, __u32 netns)
{
	ev->netns = netns;
	ev->family = skc->skc_family;
	ev->lport = skc->skc_num;
	ev->rport = bpf_ntohs(skc->skc_dport);
	if (ev->family == AF_INET) {
		fill_v4(ev, skc->skc_rcv_saddr, skc->skc_daddr);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)ev->laddr, skc, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)ev->raddr, skc, skc_v6_daddr);
	}
}

/* Tell all of a socket that the verifier knows. */
static __always_inline void sock_tell(struct sock *sk, __u8 kind)
{
	struct twt_event *ev;
	__u32 netns;

	if (!wanted_tcp(sk, &netns))
		return;
	ev = event_begin(kind);
	if (!ev)
		return;
	sock_fill(ev, &sk->__sk_common, netns);
	ev->cookie = sk->__sk_common.skc_cookie.counter;
	ev->new_state = sk->__sk_common.skc_state;
	event_send(ev);
}

/* Fill in everything, of any other, as it was read. */
static __always_inline void copy_fill(struct twt_event *ev, const struct skc_copy *c, __u32 netns)
{
	ev->netns = netns;
	ev->family = SKC(c, skc_family);
	ev->lport = SKC(c, skc_num);
	ev->rport = bpf_ntohs(SKC(c, skc_dport));
	ev->cookie = SKC(c, skc_cookie.counter);
	if (ev->family == AF_INET) {
		fill_v4(ev, SKC(c, skc_rcv_saddr), SKC(c, skc_daddr));
	} else {
		__builtin_memcpy(ev->laddr, &SKC(c, skc_v6_rcv_saddr), sizeof(ev->laddr));
		__builtin_memcpy(ev->raddr, &SKC(c, skc_v6_daddr), sizeof(ev->raddr));
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

/* Where the protocols named TCP lie, as seen before, by family: their names need not be read again. */
unsigned long tcp_at[2];

static __always_inline bool copy_is_tcp(const struct skc_copy *c, const void *skc)
{
	unsigned long *known = &tcp_at[SKC(c, skc_family) == AF_INET6];

	if (*known && *known == (unsigned long)SKC(c, skc_prot))
		return true;
	if (!skc_is_tcp(skc))
		return false;
	*known = (unsigned long)SKC(c, skc_prot);
	return true;
}

/* Read what is TCP's and wanted; false for others. */
static __always_inline bool copy_wanted(struct skc_copy *ret_copy, const void *skc, __u32 *ret_netns)
{
	struct net *net;

	if (!skc_read(ret_copy, skc))
		return false;
	net = SKC(ret_copy, skc_net.net);
	*ret_netns = BPF_CORE_READ(net, ns.inum);
	return filter_passes(*ret_netns, SKC(ret_copy, skc_family)) && copy_is_tcp(ret_copy, skc);
}

#endif
