/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What exists already. Snapshots go through the same ring as live events, so that their order is known: a full socket is locked while the
 * iterator shows it (5.15+), so what it says is true at that place of the stream. Each record also puts one byte into the
 * iterator's own output, which lets the reader take the pass in small pieces and drain the ring in between.
 */
#ifndef SNAPSHOT_BPF_H
#define SNAPSHOT_BPF_H

#include "sock.bpf.h"
#include "state.bpf.h"
#include "timewait.bpf.h"

/* What the iterator expects: the next one, or the same one again, since the ring was full. That is no loss. */
#define SNAP_NEXT 0
#define SNAP_AGAIN 1

static __always_inline int snapshot_send(struct bpf_iter_meta *meta, struct twt_event *ev)
{
	char token = '.';

	event_send(ev);
	bpf_seq_write(meta->seq, &token, 1);
	return SNAP_NEXT;
}

/*
 * A port that somebody bound to by hand, or listens on, is closed to connect(), which looks for one itself: its bucket says so by
 * either member not being -1 (__inet_hash_connect()).
 */
static __always_inline __u32 how_bound(const struct inet_bind_bucket *tb)
{
	if (!tb)
		return 0;
	return BPF_CORE_READ(tb, fastreuse) < 0 && BPF_CORE_READ(tb, fastreuseport) < 0 ? TWT_F_AUTOBOUND : TWT_F_BOUND;
}

/*
 * A socket that bound itself to its port before it connected, be it to port 0 (inet_bind()), is a client, and so it is told: with both bits. Its
 * locks say it. A listener's child has the lock of the address from it, never that of the port (sk_clone_lock()), but its backlog, too.
 */
static __always_inline __u32 how_sock_bound(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = (const void *)sk;
	__u32 how = how_bound(BPF_CORE_READ(icsk, icsk_bind_hash));
	__u8 locks = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks);

	if (how != TWT_F_BOUND || BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN || locks & SOCK_CONNECT_BIND)
		return how;
	if (locks & SOCK_BINDPORT_LOCK || (locks & SOCK_BINDADDR_LOCK && !BPF_CORE_READ(sk, sk_max_ack_backlog)))
		how |= TWT_F_AUTOBOUND;
	return how;
}

static __always_inline int on_iter_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct skc_copy copy;
	struct twt_event *ev;
	__u32 netns, wired = 0;
	__u8 state;

	tw_counted_at_expiry = kernel_counts_tw_at_expiry();
	context_is_seen = (context_flags() & (TWT_F_CTX | TWT_F_SOFTIRQ)) == TWT_F_CTX;
	if (!skc || !skc_wanted(skc, &netns))
		return SNAP_NEXT;
	state = skc->skc_state;
	if (state == TCP_TIME_WAIT && !skc_is_tcp(skc))
		return SNAP_NEXT;
	/* Gives the minisock its cookie, if it has none yet, so that its end can be joined to this record. */
	if (state == TCP_TIME_WAIT)
		bpf_get_socket_cookie(skc);
	if ((state == TCP_TIME_WAIT || state == NEW_SYN_RECV) && !skc_read(&copy, skc))
		return SNAP_NEXT;
	if (needed(TWT_NEED_WIRE) && state != TCP_TIME_WAIT && state != NEW_SYN_RECV && state != TCP_LISTEN) {
		const struct tcp_sock *tp = bpf_skc_to_tcp_sock(skc);

		wired = tp ? wire_send((struct sock *)tp, tp) : 0;
		if (tp && !wired)
			return SNAP_AGAIN;
	}
	ev = event_reserve(TWT_SNAP);
	if (!ev)
		return SNAP_AGAIN;
	if (state == NEW_SYN_RECV) {
		struct request_sock *req = (void *)skc;

		if (!reqsk_timer_fn)
			reqsk_timer_fn = (unsigned long)BPF_CORE_READ(req, rsk_timer.function);
		copy_fill(ev, &copy, netns);
		ev->cookie = 0;
		ev->flags |= TWT_F_REQSK;
	} else if (state == TCP_TIME_WAIT) {
		struct inet_timewait_sock *tw = (void *)skc;

		if (!tw_timer_fn)
			tw_timer_fn = (unsigned long)BPF_CORE_READ(tw, tw_timer.function);
		minisock_fill(ev, &copy, tw, BPF_CORE_READ(tw, tw_timer.expires), netns);
		minisock_timestamps(ev, tw);
		ev->flags |= how_bound(BPF_CORE_READ(tw, tw_tb));
	} else {
		const struct tcp_sock *tp = bpf_skc_to_tcp_sock(skc);

		sock_fill(ev, skc, netns);
		ev->cookie = bpf_get_socket_cookie(skc);
		if (tp && !tp->inet_conn.icsk_inet.sk.sk_socket)
			ev->flags |= TWT_F_UNACCEPTED;
		if (tp && BPF_CORE_READ_BITFIELD(&tp->inet_conn.icsk_inet.sk, sk_kern_sock))
			ev->flags |= TWT_F_KERN_SOCK;
		if (tp)
			ev->flags |= how_sock_bound((const struct sock *)tp);
		if (tp && wired) {
			ev->arg0 = tp->bytes_acked;
			ev->arg1 = tp->bytes_received;
		}
		ev->flags |= wired;
	}
	ev->new_state = state;
	return snapshot_send(ctx->meta, ev);
}

/* Set by user space: of descriptors, only those of sockets that are bound and nothing else. */
bool only_bound;

/* A descriptor of a TCP socket, and who holds it. Several processes may hold one socket: each is told. @state: 0, or only of sockets in it. */
static __always_inline int on_iter_task_file(struct bpf_iter__task_file *ctx, const __u8 state)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct twt_event *ev;
	struct sock *sk;
	__u16 family;
	__u32 netns;

	if (!task || !file)
		return SNAP_NEXT;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return SNAP_NEXT;
	sk = socket->sk;
	if (!sk || sk->sk_protocol != TCP_PROTOCOL || (state && sk->__sk_common.skc_state != state))
		return SNAP_NEXT;
	if (!state && only_bound && (sk->__sk_common.skc_state != TCP_CLOSE || !sk->__sk_common.skc_num))
		return SNAP_NEXT;
	family = sk->__sk_common.skc_family;
	netns = sk->__sk_common.skc_net.net->ns.inum;
	if ((family != AF_INET && family != AF_INET6) || !filter_passes(netns, family))
		return SNAP_NEXT;
	ev = event_reserve(TWT_SNAP_OWNER);
	if (!ev)
		return SNAP_AGAIN;
	sock_fill(ev, &sk->__sk_common, netns);
	ev->cookie = sk->__sk_common.skc_cookie.counter;
	ev->new_state = sk->__sk_common.skc_state;
	event_task(ev, task);
	ev->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	return snapshot_send(ctx->meta, ev);
}

#endif
