/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the wire did to a full socket: its round trips, what was sent again, what held it up. Only for runs that want it (TWT_NEED_WIRE): the others have
 * none of this code. In the words and units of tcp_get_info(), net/ipv4/tcp.c, so that `ss -tin` says the same.
 */
#ifndef WIRE_BPF_H
#define WIRE_BPF_H

#include "event.bpf.h"

#define TCP_ECN_OK 1		/* include/net/tcp.h */
#define NO_RTT 0xffffffffU	/* what rtt_min is until the first measurement */

/* enum tcp_chrono, include/linux/tcp.h. BUSY is what remains of it: the sum of the three is the time that there was something to send. */
#define TCP_CHRONO_BUSY 1
#define TCP_CHRONO_RWND_LIMITED 2
#define TCP_CHRONO_SNDBUF_LIMITED 3

static __always_inline void wire_times(struct twt_wire *w, const struct tcp_sock *tp)
{
	__u64 busy = tp->chrono_stat[TCP_CHRONO_BUSY - 1], rwnd = tp->chrono_stat[TCP_CHRONO_RWND_LIMITED - 1];
	__u64 sndbuf = tp->chrono_stat[TCP_CHRONO_SNDBUF_LIMITED - 1];
	__u32 running = (__u32)bpf_jiffies64() - tp->chrono_start, what = BPF_CORE_READ_BITFIELD(tp, chrono_type);

	if (what == TCP_CHRONO_BUSY)
		busy += running;
	else if (what == TCP_CHRONO_RWND_LIMITED)
		rwnd += running;
	else if (what == TCP_CHRONO_SNDBUF_LIMITED)
		sndbuf += running;
	w->busy_ns = (busy + rwnd + sndbuf) * config.tick_ns;
	w->rwnd_limited_ns = rwnd * config.tick_ns;
	w->sndbuf_limited_ns = sndbuf * config.tick_ns;
}

static __always_inline void wire_fill(struct twt_wire *w, const struct tcp_sock *tp)
{
	__u32 min_rtt = tp->rtt_min.s[0].v;
	unsigned long flags = tp->inet_conn.icsk_inet.sk.__sk_common.skc_flags;

	w->srtt_us = tp->srtt_us >> 3;
	w->min_rtt_us = min_rtt == NO_RTT ? 0 : min_rtt;
	w->segs_out = tp->segs_out;
	w->segs_in = tp->segs_in;
	w->retrans_segs = tp->total_retrans;
	w->reord_seen = tp->reord_seen;
	w->bytes_sent = tp->bytes_sent;
	w->bytes_retrans = tp->bytes_retrans;
	w->mss = tp->mss_cache;
	w->flags = (flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_KEEPOPEN)) ? TWT_WIRE_KEEPALIVE : 0) |
		   (tp->ecn_flags & TCP_ECN_OK ? TWT_WIRE_ECN : 0) |
		   (BPF_CORE_READ_BITFIELD(tp, syn_data_acked) ? TWT_WIRE_FASTOPEN : 0);
	/* tcpi_retransmits and tcpi_probes: either is 0 again with the next acknowledgement. */
	w->unanswered = tp->inet_conn.icsk_retransmits > tp->inet_conn.icsk_probes_out ? tp->inet_conn.icsk_retransmits :
			tp->inet_conn.icsk_probes_out;
	w->reserved2 = 0;	/* of the slot, only what events have in common was zeroed */
	wire_times(w, tp);
}

/*
 * A slot of its own, before that of the event that it belongs to: one of them is too small for both. User space joins them by the cookie. Returns
 * TWT_F_WIRE for the event's flags, or 0: there was no room.
 */
static __always_inline __u32 wire_send(struct sock *sk, const struct tcp_sock *tp)
{
	struct twt_wire_slot *slot = (void *)event_reserve(TWT_SLOT_WIRE);

	if (!slot)
		return 0;
	slot->size = sizeof(*slot);
	slot->cookie = bpf_get_socket_cookie(sk);
	wire_fill(&slot->wire, tp);
	event_send((struct twt_event *)slot);
	return TWT_F_WIRE;
}

#endif
