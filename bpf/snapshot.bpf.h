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

/* Returns what the iterator expects: 0 = next, 1 = the same one again, since the ring was full. */
static __always_inline int snapshot_send(struct bpf_iter_meta *meta, struct twt_event *ev)
{
	char token = '.';

	if (event_send(ev)) {
		/* Not lost: it comes again. */
		__sync_fetch_and_add(&counts[ev->cpu & (COUNT_SLOTS - 1)].c.ring_full, -1);
		return 1;
	}
	bpf_seq_write(meta->seq, &token, 1);
	return 0;
}

static __always_inline int on_iter_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct twt_event ev;
	__u8 state;

	tw_counted_at_expiry = kernel_counts_tw_at_expiry();
	context_is_seen = (context_flags() & (TWT_F_CTX | TWT_F_SOFTIRQ)) == TWT_F_CTX;
	if (!skc)
		return 0;
	event_init(&ev, TWT_SNAP);
	state = skc->skc_state;
	if (state == NEW_SYN_RECV) {
		struct request_sock *req = (void *)skc;

		if (!reqsk_timer_fn)
			reqsk_timer_fn = (unsigned long)BPF_CORE_READ(req, rsk_timer.function);
		if (!sock_fill(&ev, skc, false))
			return 0;
		ev.flags |= TWT_F_REQSK;
	} else if (state == TCP_TIME_WAIT) {
		struct inet_timewait_sock *tw = (void *)skc;

		if (!tw_timer_fn)
			tw_timer_fn = (unsigned long)BPF_CORE_READ(tw, tw_timer.function);
		/* Gives the minisock its cookie, if it has none yet, so that its end can be joined to this record. */
		bpf_get_socket_cookie(skc);
		if (!minisock_fill(&ev, tw))
			return 0;
	} else {
		struct sock *sk = (void *)skc;

		if (!sock_fill(&ev, skc, false))
			return 0;
		ev.cookie = bpf_get_socket_cookie(skc);
		if (BPF_CORE_READ(sk, sk_socket) == NULL)
			ev.flags |= TWT_F_UNACCEPTED;
		if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
			ev.flags |= TWT_F_KERN_SOCK;
	}
	ev.new_state = state;
	return snapshot_send(ctx->meta, &ev);
}

/* A descriptor of a TCP socket, and who holds it. Several processes may hold one socket: each is told. */
static __always_inline int on_iter_task_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct twt_event ev;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != TCP_PROTOCOL)
		return 0;
	event_init(&ev, TWT_SNAP_OWNER);
	if (!sock_fill(&ev, &sk->__sk_common, false))
		return 0;
	if (ev.family != AF_INET && ev.family != AF_INET6)
		return 0;
	ev.cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	ev.new_state = BPF_CORE_READ(sk, __sk_common.skc_state);
	event_task(&ev, task);
	return snapshot_send(ctx->meta, &ev);
}

#endif
