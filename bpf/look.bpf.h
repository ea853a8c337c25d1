/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds a port. Both iterators write struct twt_look into their own output, not into the ring: a look can be taken without tracing, and as many
 * sockets as there are cannot push out an event. iter/tcp lists what is in the hash tables; sockets that are bound only, whose connect() failed or whose
 * listener was shut down are in none of them, but hold their port: those are told by their descriptors.
 */
#ifndef LOOK_BPF_H
#define LOOK_BPF_H

#include "compat.bpf.h"
#include "event.bpf.h"
#include "sock.bpf.h"
#include "state.bpf.h"
#include "timewait.bpf.h"

#define SK_FORCE_REUSE 2

/* Written by user space before a look starts. */
struct twt_look_want look_want;

static __always_inline bool look_wanted(const struct sock_common *skc, __u32 *ret_netns)
{
	__u16 lport = BPF_CORE_READ(skc, skc_num);

	*ret_netns = skc_netns(skc);
	return lport && (!look_want.lport || look_want.lport == lport) &&
	       (!look_want.netns || look_want.netns == *ret_netns);
}

static __always_inline void look_head(struct twt_look *l)
{
	__builtin_memset(l, 0, sizeof(*l));
	l->size = sizeof(*l);
	l->version = TWT_VERSION;
	l->kind = TWT_LOOK;
	l->cpu = bpf_get_smp_processor_id();
	l->ts_ns = bpf_ktime_get_boot_ns();
	l->tw_age_ms = ~0U;
}

static __always_inline void look_addr(__u8 to[16], __be32 v4)
{
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, &v4, 4);
}

/* What full sockets and minisocks have alike. */
static __always_inline void look_common(struct twt_look *l, const struct sock_common *skc, __u32 netns)
{
	__u8 reuse = BPF_CORE_READ_BITFIELD_PROBED(skc, skc_reuse);

	l->netns = netns;
	l->family = BPF_CORE_READ(skc, skc_family);
	l->state = BPF_CORE_READ(skc, skc_state);
	l->lport = BPF_CORE_READ(skc, skc_num);
	l->rport = bpf_ntohs(BPF_CORE_READ(skc, skc_dport));
	if (l->family == AF_INET) {
		look_addr(l->laddr, BPF_CORE_READ(skc, skc_rcv_saddr));
		look_addr(l->raddr, BPF_CORE_READ(skc, skc_daddr));
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)l->laddr, skc, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)l->raddr, skc, skc_v6_daddr);
	}
	l->bound_dev = BPF_CORE_READ(skc, skc_bound_dev_if);
	if (reuse)
		l->flags |= TWT_LOOK_REUSE;
	if (reuse == SK_FORCE_REUSE)
		l->flags |= TWT_LOOK_FORCE_REUSE;
	if (BPF_CORE_READ_BITFIELD_PROBED(skc, skc_reuseport))
		l->flags |= TWT_LOOK_REUSEPORT;
	if (BPF_CORE_READ_BITFIELD_PROBED(skc, skc_ipv6only))
		l->flags |= TWT_LOOK_V6ONLY;
}

/* The cached state of the port (ports are reused, memory too: a bucket of another port is none). */
static __always_inline void look_bucket(struct twt_look *l, const struct inet_bind_bucket *tb)
{
	if (!tb || BPF_CORE_READ(tb, port) != l->lport)
		return;
	l->flags |= TWT_LOOK_BUCKET;
	l->fastreuse = BPF_CORE_READ(tb, fastreuse);
	l->fastreuseport = BPF_CORE_READ(tb, fastreuseport);
	l->fastuid = BPF_CORE_READ(tb, fastuid.val);
	l->fast_family = BPF_CORE_READ(tb, fast_sk_family);
	l->l3mdev = BPF_CORE_READ(tb, l3mdev);
	if (BPF_CORE_READ(tb, fast_ipv6_only))
		l->flags |= TWT_LOOK_FAST_V6ONLY;
	if (l->fast_family == AF_INET6)
		BPF_CORE_READ_INTO((struct in6_addr *)l->fast_addr, tb, fast_v6_rcv_saddr);
	else
		look_addr(l->fast_addr, BPF_CORE_READ(tb, fast_rcv_saddr));
}

static __always_inline void look_full(struct twt_look *l, const struct sock *sk)
{
	const struct inet_connection_sock *icsk = (const void *)sk;
	const struct inet_sock___range *range = (const void *)sk;
	const struct inet_sock___pair *pair = (const void *)sk;
	struct inet_timewait_sock___connect *told = NULL;
	__u8 locks = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks);

	l->uid = BPF_CORE_READ(sk, sk_uid.val);
	if (locks & SOCK_BINDADDR_LOCK)
		l->flags |= TWT_LOOK_BIND_ADDR;
	if (locks & SOCK_BINDPORT_LOCK)
		l->flags |= TWT_LOOK_BIND_PORT;
	if (bpf_core_field_exists(told->tw_connect_bind))
		l->flags |= TWT_LOOK_CONNECT_TOLD | (locks & SOCK_CONNECT_BIND ? TWT_LOOK_CONNECT_BIND : 0);
	if (BPF_CORE_READ(sk, __sk_common.skc_flags) & (1UL << SOCK_DEAD))
		l->flags |= TWT_LOOK_ORPHAN;
	else if (!BPF_CORE_READ(sk, sk_socket))
		l->flags |= TWT_LOOK_UNACCEPTED;
	if (bpf_core_field_exists(range->local_port_range))
		bpf_probe_read_kernel(&l->port_range, sizeof(l->port_range),
				      (const void *)sk + bpf_core_field_offset(range->local_port_range));
	else if (bpf_core_field_exists(pair->local_port_range))
		bpf_probe_read_kernel(&l->port_range, sizeof(l->port_range),
				      (const void *)sk + bpf_core_field_offset(pair->local_port_range));
	look_bucket(l, BPF_CORE_READ(icsk, icsk_bind_hash));
}

static __always_inline void look_minisock(struct twt_look *l, const struct inet_timewait_sock *tw)
{
	const struct inet_timewait_sock___entry *entry = (const void *)tw;
	const struct inet_timewait_sock___connect *connect = (const void *)tw;
	const struct tcp_timewait_sock *tcptw = (const void *)tw;

	l->flags |= TWT_LOOK_MINISOCK;
	l->substate = BPF_CORE_READ(tw, tw_substate);
	l->left_ns = timer_remaining(BPF_CORE_READ(tw, tw_timer.expires));
	if (BPF_CORE_READ(tcptw, tw_ts_recent_stamp))
		l->flags |= TWT_LOOK_TIMESTAMPS;
	if (bpf_core_field_exists(connect->tw_connect_bind))
		l->flags |= TWT_LOOK_CONNECT_TOLD |
			    (BPF_CORE_READ_BITFIELD_PROBED(connect, tw_connect_bind) ? TWT_LOOK_CONNECT_BIND : 0);
	/* tcp_clock_ms(): the monotonic clock, which is what the stamp was taken from. */
	if (bpf_core_field_exists(entry->tw_entry_stamp))
		l->tw_age_ms = (__u32)(bpf_ktime_get_ns() / 1000000) - BPF_CORE_READ(entry, tw_entry_stamp);
	look_bucket(l, BPF_CORE_READ(tw, tw_tb));
}

/* A request socket holds no port of its own: it is in no bind bucket. */
static __always_inline int on_look_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct twt_look l;
	__u32 netns;
	__u8 state;

	if (!skc)
		return 0;
	state = skc->skc_state;
	if (state == NEW_SYN_RECV || !look_wanted(skc, &netns) || (state == TCP_TIME_WAIT && !skc_is_tcp(skc)))
		return 0;
	look_head(&l);
	look_common(&l, skc, netns);
	l.flags |= TWT_LOOK_LISTED;
	l.cookie = bpf_get_socket_cookie(skc);
	if (state == TCP_TIME_WAIT)
		look_minisock(&l, (void *)skc);
	else
		look_full(&l, (void *)skc);
	bpf_seq_write(ctx->meta->seq, &l, sizeof(l));
	return 0;
}

static __always_inline int on_look_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct twt_look l;
	struct sock *sk;
	__u16 family;
	__u32 netns;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || sk->sk_protocol != TCP_PROTOCOL)
		return 0;
	family = sk->__sk_common.skc_family;
	if ((family != AF_INET && family != AF_INET6) || !look_wanted(&sk->__sk_common, &netns))
		return 0;
	look_head(&l);
	look_common(&l, &sk->__sk_common, netns);
	look_full(&l, sk);
	l.flags |= TWT_LOOK_OWNER;
	l.cookie = sk->__sk_common.skc_cookie.counter;
	l.inode = BPF_CORE_READ(file, f_inode, i_ino);
	l.tgid = task->tgid;
	l.start_ms = task->group_leader->start_boottime / 1000000;
	bpf_probe_read_kernel(l.comm, sizeof(l.comm), &task->group_leader->comm);
	bpf_seq_write(ctx->meta->seq, &l, sizeof(l));
	return 0;
}

#endif
