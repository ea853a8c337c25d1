/* SPDX-License-Identifier: GPL-2.0-only */
/* inet_sock_set_state and the end of a full socket. */
#ifndef STATE_BPF_H
#define STATE_BPF_H

#include "sock.bpf.h"
#include "stack.bpf.h"
#include "wire.bpf.h"

/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_FIN_WAIT2 5
#define TCP_TIME_WAIT 6
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK 9
#define TCP_LISTEN 10
#define TCP_CLOSING 11

#define RCV_SHUTDOWN 1
#define SEND_SHUTDOWN 2

/*
 * Is current the one who asked for this transition? Only here: listen(), its end, connect(), the first FIN, the second FIN,
 * and close() after shutdown() (old == new: tcp_close_state() stores the state again). All others are driven by packets and
 * timers, whoever happens to be on the CPU; that holds even if the socket lock is owned, since its owner processes the backlog.
 */
#define TO(state) (1U << TCP_##state)
const volatile __u16 intent[16] = {	/* by old state: new ones */
	[TCP_ESTABLISHED] = TO(FIN_WAIT1) | TO(ESTABLISHED),
	[TCP_SYN_SENT] = TO(FIN_WAIT1) | TO(SYN_SENT),
	[TCP_SYN_RECV] = TO(FIN_WAIT1) | TO(SYN_RECV),
	[TCP_FIN_WAIT1] = TO(FIN_WAIT1),
	[TCP_FIN_WAIT2] = TO(FIN_WAIT1) | TO(FIN_WAIT2),
	[TCP_CLOSE] = TO(FIN_WAIT1) | TO(CLOSE) | TO(LISTEN) | TO(SYN_SENT),
	[TCP_CLOSE_WAIT] = TO(FIN_WAIT1) | TO(CLOSE_WAIT) | TO(LAST_ACK),
	[TCP_LAST_ACK] = TO(FIN_WAIT1) | TO(LAST_ACK),
	[TCP_LISTEN] = TO(FIN_WAIT1) | TO(LISTEN) | TO(CLOSE),
	[TCP_CLOSING] = TO(FIN_WAIT1) | TO(CLOSING),
};

/* From a table: a chain of comparisons has many ways through it, each of which the verifier would follow to the end. */
static __always_inline bool transition_is_intent(int old, int new)
{
	return intent[old & 15] >> (new & 15) & 1;
}

static __always_inline bool sock_flag(const struct sock *sk, int flag)
{
	return sk->__sk_common.skc_flags & (1UL << flag);
}

static __always_inline __u32 shutdown_flags(const struct sock *sk, const struct tcp_sock *tp)
{
	__u8 how = sk->sk_shutdown;

	return (how & RCV_SHUTDOWN ? TWT_F_SHUT_RD : 0) | (how & SEND_SHUTDOWN ? TWT_F_SHUT_WR : 0) |
	       (sock_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_DEAD)) ? TWT_F_ORPHAN : 0) |
	       (tp->inet_conn.icsk_inet.sk.sk_socket ? 0 : TWT_F_UNACCEPTED);
}

/* Threads of a pool often have names of their own: told where the leader's is another. */
static __always_inline void thread_comm(struct twt_event *ev)
{
	__u64 comm[2], leader[2];

	_Static_assert(sizeof(comm) == TWT_COMM_LEN, "a comm fills both arguments");
	bpf_get_current_comm(comm, sizeof(comm));
	__builtin_memcpy(leader, ev->comm, sizeof(leader));
	if (comm[0] == leader[0] && comm[1] == leader[1])
		return;
	ev->flags |= TWT_F_THREAD;
	ev->arg0 = comm[0];
	ev->arg1 = comm[1];
}

/* Made at the first event that names the socket, then only read. */
static __always_inline __u64 sock_cookie(struct sock *sk)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;

	return cookie ? cookie : bpf_get_socket_cookie(sk);
}

/*
 * @more: what the wire did. A constant of the compiler: what is carried along for this part would stay, where the verifier removes only the part itself.
 */
static __always_inline void set_state_with(struct sock *sk, int old, int new, const bool more)
{
	const struct tcp_sock *tp;
	struct twt_event *ev;
	bool owned, intent;
	__u32 wired = 0;
	__u32 netns;

	tp = wanted_tcp(sk, &netns);
	if (!tp)
		return;
	owned = sk->sk_lock.owned;
	intent = owned && transition_is_intent(old, new);
	if (more && needed(TWT_NEED_WIRE) && (new == TCP_ESTABLISHED || (new == TCP_CLOSE && old != TCP_LISTEN)))
		wired = wire_send(sk, tp);
	ev = event_begin(TWT_STATE);
	if (!ev)
		return;
	/* An abort is asked for by current, a reset from the backlog is not: what comes before and after tells which. */
	if (needed(TWT_NEED_NAMES) && (intent || (owned && new == TCP_CLOSE))) {
		event_current(ev);
		if (ev->tid != ev->tgid && new != TCP_CLOSE)
			thread_comm(ev);
	}
	sock_fill(ev, &sk->__sk_common, netns);
	/*
	 * On the way to CLOSE the port was given back already; inet_sport still knows it. 0 in both: it never had one. Before connect()
	 * has chosen a port, inet_sport may be one of an earlier connection of the socket.
	 */
	if (!ev->lport && new != TCP_SYN_SENT)
		ev->lport = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	ev->old_state = old;
	ev->new_state = new;
	ev->flags |= wired | shutdown_flags(sk, tp) | (owned ? TWT_F_OWNED : 0) | (intent ? TWT_F_INTENT : 0);
	if (BPF_CORE_READ_BITFIELD(sk, sk_kern_sock))
		ev->flags |= TWT_F_KERN_SOCK;

	/* Up to 6.14 the child is still a byte copy of its listener here, cookie included, which is about to be wiped. */
	if (old == TCP_LISTEN && new == TCP_SYN_RECV && !ev->rport)
		ev->flags |= TWT_F_HALF_COPY;
	else
		ev->cookie = sock_cookie(sk);

	/*
	 * Fast Open puts connect() off until there are data (TCP_FASTOPEN_CONNECT): the state says SYN_SENT, and maybe nothing was.
	 * The SYN counts in segs_out (__tcp_transmit_skb()), as in ActiveOpens (tcp_connect()).
	 */
	if (old == TCP_SYN_SENT && !tp->segs_out)
		ev->flags |= TWT_F_NO_SYN;
	if (new == TCP_CLOSE) {
		ev->err = sk->sk_err;
		ev->arg0 = tp->bytes_acked;
		ev->arg1 = tp->bytes_received;
		if (tp->inet_conn.icsk_user_timeout)
			ev->flags |= TWT_F_USER_TMO;
		if (sock_flag(sk, bpf_core_enum_value(enum sock_flags, SOCK_LINGER)) && !sk->sk_lingertime)
			ev->flags |= TWT_F_LINGER0;
	}
	event_send(ev);
}

static __always_inline void on_set_state(struct sock *sk, int old, int new)
{
	if (needed(TWT_NEED_WIRE))
		set_state_with(sk, old, new, true);
	else
		set_state_with(sk, old, new, false);
}

/* A cookie of 0 means that no event ever named this socket: nothing to end. */
static __always_inline void on_destroy(struct sock *sk)
{
	if (sk->__sk_common.skc_cookie.counter)
		sock_tell(sk, TWT_DESTROY);
}

/*
 * A process uses the socket: whoever accepts it, or reads from it first, is its owner. Told once per socket and process.
 * @how: 0 or TWT_F_ACCEPTED.
 */
static __always_inline bool first_use(__u64 cookie, __u32 how)
{
	return cookie && !told_before(cookie, (bpf_get_current_pid_tgid() >> 32) | (__u64)how << 32);
}

static __always_inline void on_touch(struct sock *sk)
{
	struct twt_event *ev;
	__u32 netns;

	if (!sk->sk_lock.owned || !first_use(sk->__sk_common.skc_cookie.counter, 0) || !wanted_tcp(sk, &netns))
		return;
	ev = event_begin(TWT_TOUCH);
	if (!ev)
		return;
	event_current(ev);
	sock_fill(ev, &sk->__sk_common, netns);
	ev->cookie = sk->__sk_common.skc_cookie.counter;
	ev->new_state = sk->__sk_common.skc_state;
	event_send(ev);
}

/* accept() returns it in the accepting process's context. MPTCP's and other protocols' sockets have accepts of their own. */
static __always_inline void on_accept(struct sock *sk)
{
	struct skc_copy copy;
	struct twt_event *ev;
	__u16 family;
	__u32 netns;

	if (!sk || BPF_CORE_READ(sk, sk_protocol) != TCP_PROTOCOL || !copy_wanted(&copy, sk, &netns))
		return;
	family = SKC(&copy, skc_family);
	if ((family != AF_INET && family != AF_INET6) || !first_use(SKC(&copy, skc_cookie.counter), TWT_F_ACCEPTED))
		return;
	ev = event_begin(TWT_TOUCH);
	if (!ev)
		return;
	event_current(ev);
	copy_fill(ev, &copy, netns);
	ev->new_state = SKC(&copy, skc_state);
	ev->flags |= TWT_F_ACCEPTED;
	event_send(ev);
}

/*
 * Does it matter which code of current's led to this transition? 0, or enum twt_stack_of. A CLOSE that a task stores for itself is an abort, or a reset
 * that it found in the backlog: the verdict on the connection tells.
 */
static __always_inline __u32 stack_of_transition(int old, int new)
{
	if (old == new)
		return 0;
	if (transition_is_intent(old, new))
		return new == TCP_SYN_SENT ? TWT_STACK_CONNECT : new == TCP_LISTEN ? TWT_STACK_LISTEN :
		       new == TCP_FIN_WAIT1 || new == TCP_LAST_ACK ? TWT_STACK_CLOSE : 0;
	return new == TCP_CLOSE && (TO(ESTABLISHED) | TO(SYN_SENT) | TO(SYN_RECV) | TO(CLOSE_WAIT)) >> (old & 15) & 1 ? TWT_STACK_ABORT : 0;
}

/* Once per socket and process: accept() or first use, whatever comes first. Of a client who opened it is known: its first read tells nothing. */
#define STACK_TOLD (1ULL << 33)
static __always_inline bool stack_is_first(__u64 cookie)
{
	return !told_before(cookie, bpf_get_current_pid_tgid() >> 32 | STACK_TOLD);
}

/* Told before the event, which may be the connection's last. */
static __always_inline void stack_of_state(struct sock *sk, int old, int new)
{
	__u32 netns, of;

	if (!sk->sk_lock.owned || !wanted_tcp(sk, &netns))
		return;
	of = stack_of_transition(old, new);
	if (!of)
		return;
	if (of == TWT_STACK_CONNECT)
		(void)stack_is_first(sock_cookie(sk));
	stack_tell(sock_cookie(sk), netns, of, stack_take(of));
}

static __always_inline void stack_of_use(__u64 cookie, __u32 netns)
{
	if (cookie && stack_is_first(cookie))
		stack_tell(cookie, netns, TWT_STACK_ACCEPT, stack_take(TWT_STACK_ACCEPT));
}

/* The checks of on_touch() and on_accept(). */
static __always_inline void stack_of_touch(struct sock *sk)
{
	__u32 netns;

	if (sk->sk_lock.owned && wanted_tcp(sk, &netns))
		stack_of_use(sk->__sk_common.skc_cookie.counter, netns);
}

static __always_inline void stack_of_accept(struct sock *sk)
{
	struct skc_copy copy;
	__u32 netns;

	if (sk && BPF_CORE_READ(sk, sk_protocol) == TCP_PROTOCOL && copy_wanted(&copy, sk, &netns))
		stack_of_use(SKC(&copy, skc_cookie.counter), netns);
}

#endif
