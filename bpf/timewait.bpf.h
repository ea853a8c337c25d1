/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Minisocks (struct inet_timewait_sock), followed by their timer. inet_sock_set_state never says TIME_WAIT; but every minisock has
 * one timer, armed when it is complete and cancelled when it ends, and its handler's address tells it from all others.
 * These run with the timer base's lock held and interrupts off: nothing here sleeps, allocates or nests.
 */
#ifndef TIMEWAIT_BPF_H
#define TIMEWAIT_BPF_H

#include "compat.bpf.h"
#include "halfopen.bpf.h"
#include "sock.bpf.h"

#define TCPHDR_FIN 0x01
#define TCPHDR_RST 0x04

/* Nanoseconds until a timer is due, negative if overdue. jiffies wrap in an unsigned long as the kernel's comparisons do. */
static __always_inline __u64 timer_remaining(unsigned long expires)
{
	long ticks = expires - (unsigned long)bpf_jiffies64();

	return (__s64)ticks * (__s64)config.tick_ns;
}

/* Everything about a minisock, whose pointer the verifier does not know; @c: copied from it, @expires: its timer's. */
static __always_inline void minisock_fill(struct twt_event *ev, const struct skc_copy *c, const struct inet_timewait_sock *tw,
					  unsigned long expires, __u32 netns)
{
	copy_fill(ev, c, netns);
	ev->substate = BPF_CORE_READ(tw, tw_substate);
	ev->new_state = TCP_TIME_WAIT;
	ev->flags |= TWT_F_MINISOCK;
	ev->arg0 = timer_remaining(expires);
}

/* Without timestamps connect() never takes its port over (tcp_twsk_unique()). */
static __always_inline void minisock_timestamps(struct twt_event *ev, const struct inet_timewait_sock *tw)
{
	const struct tcp_timewait_sock *tcptw = (const void *)tw;

	if (!BPF_CORE_READ(tcptw, tw_ts_recent_stamp))
		ev->flags |= TWT_F_NO_TSTAMP;
}

static __always_inline struct inet_timewait_sock *timer_to_minisock(struct timer_list *timer)
{
	return (void *)timer - bpf_core_field_offset(struct inet_timewait_sock, tw_timer);
}

static __always_inline void minisock_timer(struct timer_list *timer, __u8 kind)
{
	struct inet_timewait_sock *tw = timer_to_minisock(timer);
	struct skc_copy copy;
	struct twt_event *ev;
	__u32 netns;

	if (!copy_wanted(&copy, tw, &netns))
		return;
	ev = event_begin(kind);
	if (!ev)
		return;
	minisock_fill(ev, &copy, tw, timer->expires, netns);
	if (kind == TWT_TW_START)
		minisock_timestamps(ev, tw);
	event_send(ev);
}

static __always_inline void minisock_cancelled(struct timer_list *timer)
{
	struct inet_timewait_sock *tw = timer_to_minisock(timer);
	struct skc_copy copy;
	struct twt_event *ev;
	__u32 netns, context;

	if (!copy_wanted(&copy, tw, &netns))
		return;
	ev = event_begin(TWT_TW_CANCEL);
	if (!ev)
		return;
	/* Where the context is not shown, the reader has the task and tw_refcnt to judge by. */
	context = context_flags();
	if (!(context & TWT_F_SOFTIRQ))
		event_current(ev);
	ev->flags |= context;
	minisock_fill(ev, &copy, tw, timer->expires, netns);
	/* connect() takes the minisock out of the hash table before it stops the timer; all others after. */
	if (!SKC(&copy, skc_nulls_node.pprev))
		ev->flags |= TWT_F_UNHASHED;
	if (netns_is_dead(SKC(&copy, skc_net.net)))
		ev->flags |= TWT_F_NETNS_DEAD;
	ev->arg1 = SKC(&copy, skc_refcnt.refs.counter);
	event_send(ev);
}

/* A socket in @state that is TCP's, if @skc is a socket at all: state, family and the protocol's name must all be right. */
static __always_inline bool looks_like_tcp(const struct sock_common *skc, __u8 state)
{
	__u16 family = BPF_CORE_READ(skc, skc_family);

	return BPF_CORE_READ(skc, skc_state) == state && (family == AF_INET || family == AF_INET6) && skc_is_tcp(skc);
}

/*
 * Learn the handlers from the first timer that sits in a minisock or a request socket. Any timer is looked at as if it did: the reads are checked
 * ones, and what is no socket does not point to a protocol named TCP. Only until both are known.
 */
static __always_inline void learn_handler(struct timer_list *timer, unsigned long fn)
{
	if (!tw_timer_fn && looks_like_tcp(&timer_to_minisock(timer)->__tw_common, TCP_TIME_WAIT))
		tw_timer_fn = fn;
	else if (!reqsk_timer_fn && looks_like_tcp(&timer_to_request(timer)->__req_common, NEW_SYN_RECV))
		reqsk_timer_fn = fn;
}

static __always_inline void on_timer_start(struct timer_list *timer)
{
	unsigned long fn = (unsigned long)timer->function;

	if (!tw_timer_fn || (needed(TWT_NEED_HALFOPEN) && !reqsk_timer_fn))
		learn_handler(timer, fn);
	if (fn == tw_timer_fn)
		minisock_timer(timer, TWT_TW_START);
	else if (needed(TWT_NEED_HALFOPEN) && fn == reqsk_timer_fn)
		halfopen_timer(timer, true);
}

static __always_inline void on_timer_cancel(struct timer_list *timer)
{
	unsigned long fn = (unsigned long)timer->function;

	if (fn == tw_timer_fn)
		minisock_cancelled(timer);
	else if (needed(TWT_NEED_HALFOPEN) && fn == reqsk_timer_fn)
		halfopen_timer(timer, false);
}

static __always_inline void on_timer_expire(struct timer_list *timer)
{
	if ((unsigned long)timer->function == tw_timer_fn)
		minisock_timer(timer, TWT_TW_EXPIRE);
}

/*
 * A minisock took a segment: the exact moment of FIN_WAIT2 -> TIME_WAIT (@substate is the new one already), and the proof of what ends it. An RST is told right after
 * the timer's cancel; a segment that is answered by an RST and a SYN that opens the connection anew (@verdict, where known) right before it. Other
 * segments are told once per minisock and substate: retransmissions cannot fill the ring.
 */
static __always_inline void minisock_segment(const struct inet_timewait_sock *tw, __u8 tcp_flags, __u32 verdict)
{
	struct skc_copy copy;
	struct twt_event *ev;
	__u32 netns;

	if (!copy_wanted(&copy, tw, &netns))
		return;
	if (!(tcp_flags & TCPHDR_RST) && !verdict && told_before(SKC(&copy, skc_cookie.counter), BPF_CORE_READ(tw, tw_substate)))
		return;
	ev = event_begin(TWT_TW_SEGMENT);
	if (!ev)
		return;
	minisock_fill(ev, &copy, tw, BPF_CORE_READ(tw, tw_timer.expires), netns);
	ev->flags |= verdict;
	if (tcp_flags & TCPHDR_FIN)
		ev->flags |= TWT_F_SEG_FIN;
	if (tcp_flags & TCPHDR_RST)
		ev->flags |= TWT_F_SEG_RST;
	if (!SKC(&copy, skc_nulls_node.pprev))
		ev->flags |= TWT_F_UNHASHED;
	event_send(ev);
}

/* The segment is freed with rx_sk = the minisock, its data still at the TCP header. */
static __always_inline void on_kfree_skb(struct sk_buff *skb, struct sock *rx_sk)
{
	__u8 tcp_flags = 0;

	if (!rx_sk || rx_sk->__sk_common.skc_state != TCP_TIME_WAIT)
		return;
	bpf_probe_read_kernel(&tcp_flags, 1, skb->data + 13);
	minisock_segment((const void *)rx_sk, tcp_flags, 0);
}

/* enum tcp_tw_status, include/net/tcp.h: these have kept their numbers. */
#define TCP_TW_RST 1
#define TCP_TW_SYN 3

/* The end of tcp_timewait_state_process(): the same, where kfree_skb does not tell the socket. */
static __always_inline void on_timewait_segment(const struct inet_timewait_sock *tw, const void *th, __u64 status)
{
	__u8 tcp_flags = 0;

	bpf_probe_read_kernel(&tcp_flags, 1, th + 13);
	minisock_segment(tw, tcp_flags, status == TCP_TW_RST ? TWT_F_SEG_REFUSED : status == TCP_TW_SYN ? TWT_F_SEG_SYN : 0);
}

#endif
