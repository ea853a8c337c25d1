/* SPDX-License-Identifier: GPL-2.0-only */
/* One connection: a socket's life on this host, minisock included. Written only by the tracker (tracker.c). */
#ifndef CORE_CONN_CONN_H
#define CORE_CONN_CONN_H
#include <linux/types.h>
#include <stdbool.h>
#include "core/event/tcp.h"

enum conn_role { ROLE_UNKNOWN = 0, ROLE_CLIENT, ROLE_SERVER, ROLE_LISTENER, ROLE_MAX };

/* How a connection ended. The spelling that people see is close_kind_name(). */
enum close_kind {
	CLOSE_NOT_YET = 0, CLOSE_ACTIVE, CLOSE_PASSIVE, CLOSE_SIMULTANEOUS, CLOSE_ABORT, CLOSE_RESET, CLOSE_REFUSED,
	CLOSE_UNREACHABLE, CLOSE_CONNECT_TIMEOUT, CLOSE_CONNECT_CANCELLED, CLOSE_NO_PORT, CLOSE_ORPHAN_TIMEOUT, CLOSE_UNKNOWN,
	CLOSE_KIND_MAX
};

/* Why this host aborted (CLOSE_ABORT); REASON_NONE elsewhere. */
enum close_reason {
	REASON_NONE = 0, REASON_LINGER, REASON_UNREAD, REASON_KEEPALIVE, REASON_USER_TIMEOUT, REASON_RETRANSMIT_TIMEOUT,
	REASON_KILLED, REASON_DATA_AFTER_CLOSE, REASON_DISCONNECT, REASON_MEMORY, REASON_NOT_ACCEPTED, REASON_UNKNOWN,
	CLOSE_REASON_MAX
};

/* How a TIME_WAIT (or FIN_WAIT2) minisock ended. TW_END_OVERFLOW: never entered, the kernel's table was full. */
enum tw_end {
	TW_END_NONE = 0, TW_END_EXPIRED, TW_END_REUSED, TW_END_REOPENED, TW_END_RESET, TW_END_PURGED, TW_END_KILLED,
	TW_END_UNKNOWN, TW_END_OVERFLOW, TW_END_MAX
};

const char *conn_role_name(unsigned int role);		/* "client"; "-" where unknown. Never NULL. */
const char *close_kind_name(unsigned int kind);		/* "active", "no-port", ... */
const char *close_reason_name(unsigned int reason);	/* "linger", "user-timeout", ... */
const char *tw_end_name(unsigned int end);		/* "expired", "reused", ... */

/* struct conn.flags */
#define CONN_BEGAN_BEFORE	(1U << 0)	/* existed before the tracer: born_ns is when we first saw it */
#define CONN_SINCE_UNKNOWN	(1U << 1)	/* entered its present state before we looked: no duration for it */
#define CONN_MINISOCK		(1U << 2)	/* lives on as a minisock (state FIN_WAIT2 or TIME_WAIT) */
#define CONN_RST_RCVD		(1U << 3)
#define CONN_RST_SENT		(1U << 4)
#define CONN_RECONSTRUCTED	(1U << 5)	/* its TIME_WAIT's start was computed at the end, not seen */
#define CONN_GAP		(1U << 6)	/* events of it were lost: the table was healed over it */
#define CONN_OWNER_FIRM		(1U << 7)	/* owner comes from the process itself, not from the listener's owner */
#define CONN_SHUTDOWN_FIRST	(1U << 8)	/* half-closed by shutdown(SHUT_WR) before close() */
#define CONN_KERNEL		(1U << 9)	/* the kernel's own socket */
#define CONN_GONE		(1U << 10)	/* tombstone: kept while a snapshot pass runs */
#define CONN_FULL_SOCK_GONE	(1U << 11)	/* the full socket handed over or closed */
#define CONN_AUTOBOUND		(1U << 12)	/* connect() chose its port ... */
#define CONN_BOUND		(1U << 13)	/* ... or it was bound by hand before; neither: not known */
#define CONN_NO_TSTAMP		(1U << 14)	/* its minisock has no TCP timestamps: no connect() takes its port over */
#define CONN_ACCEPTED		(1U << 15)	/* a process was seen to accept it, or to use it */

#define CONN_STACK_ABORT	(1U << 16)	/* .close_stack is of a CLOSE that may be an abort: the verdict tells */

/* What the wire did to it, where the run looks at that: as of the end of its full socket, or of the last look. Units as in struct twt_wire. */
struct wire {
	__u64 bytes_sent, bytes_retrans;
	__u64 busy_ns, rwnd_limited_ns, sndbuf_limited_ns;
	__u32 srtt_us, min_rtt_us;	/* 0: never measured */
	__u32 segs_out, segs_in, retrans_segs, reord_seen;
	__u16 mss;
	__u8 flags;			/* TWT_WIRE_* */
	__u8 unanswered;		/* as in struct twt_wire: of the newest look */
	__u8 syn_retrans;		/* SYNs or SYN-ACKs sent again until ESTABLISHED, or until that failed; 255: more */
	bool syn_known;			/* ... was seen */
	bool at_end;			/* of its end: nothing is to come */
	__u32 id;			/* wires.c */
};

struct conn {
	__u64 cookie;			/* 0: minisock older than any cookie, named by netns + 4-tuple */
	__u64 born_ns, since_ns;	/* first transition; entry into @state */
	__u64 last_ns;			/* newest live event of it (snapshots do not count) */
	__u64 tw_start_ns;		/* entry into TIME_WAIT, last re-arm not counted; 0 = never entered */
	__u64 tw_armed_ns;		/* newest arming of its minisock's timer that we know of */
	__u64 bytes_acked, bytes_received;	/* by the full socket, at its end */
	__u64 in_ns[ST_SHOWN + 1];	/* time spent in each state so far, by enum tcp_state */
	__u8 laddr[16], raddr[16];	/* network order, IPv4 as v4-mapped */
	__u16 lport, rport;		/* host order */
	__u32 netns;
	__u32 flags;			/* CONN_* */
	__u32 opener, owner, closer;	/* enum-like ids of struct actors; 0 = unknown */
	__u32 open_stack, close_stack;	/* code paths, numbers of core/stacks: of connect(), listen() or accept(); of its first FIN or an abort. 0: unknown */
	__u32 tw_ender;			/* actor that ended the minisock (connect() that reused it, `ss -K`); 0 = none */
	__u8 family;			/* AF_INET 2, AF_INET6 10 */
	__u8 state;			/* enum tcp_state, of the logical connection as ss shows it */
	__u8 role, close, reason, tw_end;
	__u8 pending;			/* tracker's: what it waits for before it settles */
	__u8 substate;			/* minisock: what the kernel said last */
	__u8 closed_as;			/* @close as it was told by tracker_ops.closed; CLOSE_NOT_YET: was not told */
	struct wire *wire;		/* NULL: nothing is known of it. Owned by the table */
	__u16 states_seen;		/* mask of (1 << state): was in it; in_ns[] of these ... */
	__u16 states_unknown;		/* ... but for these is all of its time there */
};

/* What is known of request sockets of @lport in @netns: they pass for their listener's. @listener: that one, or NULL. */
static inline struct conn conn_half_open(__u32 netns, __u16 lport, const struct conn *listener)
{
	struct conn c = { 0 };

	if (listener)
		c = *listener;
	c.netns = netns;
	c.lport = lport;
	c.state = ST_SYN_RECV;
	c.role = ROLE_SERVER;
	return c;
}
#endif
