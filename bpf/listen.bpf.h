/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of listening sockets, looked at now and then by an iterator of their own: no event tells when a connection is put into an accept queue,
 * taken out of it, or turned away because it is full.
 */
#ifndef LISTEN_BPF_H
#define LISTEN_BPF_H

#include "snapshot.bpf.h"

#define LISTEN_STEP 64		/* bytes of one read() of the iterator: see below */
#define COOKIES_SKIPPED 8

/*
 * Since when the connection that is first in the accept queue waits. snt_synack is in us of CLOCK_MONOTONIC; a connection that came by a SYN cookie has
 * none, then the next one tells how long at least. The queue is first in, first out.
 */
static __always_inline __u64 oldest_wait(const struct request_sock *req)
{
	__u64 now_us = bpf_ktime_get_ns() / 1000, sent_us;
	int i;

	for (i = 0; i < COOKIES_SKIPPED && req; i++) {
		sent_us = BPF_CORE_READ((const struct tcp_request_sock *)req, snt_synack);
		if (sent_us)
			return sent_us < now_us ? (now_us - sent_us) * 1000 : 1;
		req = BPF_CORE_READ(req, dl_next);
	}
	return 0;
}

static __always_inline void listener_fill(struct twt_listener *l, const struct tcp_sock *tp)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;
	const struct sock *sk = &icsk->icsk_inet.sk;

	l->accept_queue = sk->sk_ack_backlog;
	l->accept_max = sk->sk_max_ack_backlog;
	l->half_open = icsk->icsk_accept_queue.qlen.counter;
	l->drops = sk->sk_drops.counter;
	l->somaxconn = BPF_CORE_READ(sk, __sk_common.skc_net.net, core.sysctl_somaxconn);
	l->oldest_wait_ns = oldest_wait(BPF_CORE_READ(icsk, icsk_accept_queue.rskq_accept_head));
}

/*
 * Listeners come first. The first socket of another kind ends the look: it fills the reader's buffer, so that read() returns, and the reader closes the
 * iterator instead of walking over all connections of the machine.
 */
static __always_inline int on_iter_listener(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	static const char stop[LISTEN_STEP] = { '!' };
	const struct tcp_sock *tp;
	struct twt_event *ev;
	__u32 netns;

	if (!skc)
		return SNAP_NEXT;
	if (skc->skc_state != TCP_LISTEN) {
		bpf_seq_write(ctx->meta->seq, stop, sizeof(stop));
		return SNAP_NEXT;
	}
	if (!skc_wanted(skc, &netns))
		return SNAP_NEXT;
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp)
		return SNAP_NEXT;
	ev = event_reserve(TWT_LISTENER);
	if (!ev)
		return SNAP_AGAIN;
	sock_fill(ev, skc, netns);
	__builtin_memset(ev->raddr, 0, sizeof(ev->raddr));
	ev->cookie = bpf_get_socket_cookie(skc);
	ev->new_state = TCP_LISTEN;
	if (BPF_CORE_READ_BITFIELD(&tp->inet_conn.icsk_inet.sk, sk_kern_sock))
		ev->flags |= TWT_F_KERN_SOCK;
	listener_fill((struct twt_listener *)ev, tp);
	return snapshot_send(ctx->meta, ev);
}

#endif
