/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets, sent and received. */
#ifndef RESET_BPF_H
#define RESET_BPF_H

#include "sock.bpf.h"
#include "state.bpf.h"

#define REASON(kernel, ours) \
	if (bpf_core_enum_value_exists(enum sk_rst_reason, SK_RST_REASON_##kernel) && \
	    reason == bpf_core_enum_value(enum sk_rst_reason, SK_RST_REASON_##kernel)) \
		return TWT_RST_##ours

/* The kernel's numbers are no UAPI: translated by name. */
static __always_inline __u16 rst_reason(int reason)
{
	REASON(NO_SOCKET, NO_SOCKET);
	REASON(TCP_ABORT_ON_DATA, ABORT_ON_DATA);
	REASON(TCP_TIMEWAIT_SOCKET, TIMEWAIT);
	REASON(TCP_ABORT_ON_CLOSE, ABORT_ON_CLOSE);
	REASON(TCP_ABORT_ON_LINGER, ABORT_ON_LINGER);
	REASON(TCP_ABORT_ON_MEMORY, ABORT_ON_MEMORY);
	REASON(TCP_STATE, TCP_STATE);
	REASON(TCP_KEEPALIVE_TIMEOUT, KEEPALIVE);
	REASON(TCP_DISCONNECT_WITH_DATA, DISCONNECT);
	return TWT_RST_OTHER;
}

/* @sk may be a full socket, a minisock, a request socket or NULL (no socket): the last two name no connection of ours. */
static __always_inline void on_send_reset(const struct sock *sk, __u16 reason)
{
	struct twt_event *ev;
	__u32 netns;
	__u8 state;

	if (!sk)
		return;
	state = sk->__sk_common.skc_state;
	if (state == NEW_SYN_RECV || !skc_wanted(&sk->__sk_common, &netns))
		return;
	ev = event_begin(TWT_RST_SENT);
	if (!ev)
		return;
	sock_fill(ev, &sk->__sk_common, netns);
	ev->cookie = sk->__sk_common.skc_cookie.counter;
	ev->new_state = state;
	ev->reason = reason;
	if (state == TCP_TIME_WAIT)
		ev->flags |= TWT_F_MINISOCK;
	event_send(ev);
}

/* Fires first thing in tcp_reset(): the old state still stands, the transition follows. Full sockets only. */
static __always_inline void on_receive_reset(struct sock *sk)
{
	sock_tell(sk, TWT_RST_RCVD);
}

#endif
