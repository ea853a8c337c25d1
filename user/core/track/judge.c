// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts: why a full socket closed, why a minisock ended. What cannot be known is unknown. */
#include <errno.h>
#include "core/track/parts.h"

/* An RST of ours that belongs to this CLOSE: up to a settle time before or after. */
static bool rst_of_ours(const struct row *r, const struct pend *p)
{
	__u64 apart = r->rst_ns > p->ts_ns ? r->rst_ns - p->ts_ns : p->ts_ns - r->rst_ns;

	return r->rst_ns && apart <= TRACKER_SETTLE_NS;
}

/*
 * Data came after close(), or TCP_LINGER2 is negative: a packet closed it, and the RST in answer comes
 * after the CLOSE. That of FIN_WAIT2's own timer comes before.
 */
static bool data_after_close(const struct row *r, const struct pend *p)
{
	return (r->c.state == ST_FIN_WAIT1 || r->c.state == ST_FIN_WAIT2) && r->rst_ns > p->ts_ns &&
	       !(p->flags & TWT_F_LINGER0) && (r->rst_reason == TWT_RST_ABORT_ON_DATA ||
	       (r->rst_reason == TWT_RST_UNKNOWN && !(p->flags & TWT_F_OWNED)));
}

/*
 * Retransmissions ran out. The kernel says why it got no answer where an ICMP message told; in a
 * synchronized state such a message alone closes nothing.
 */
static bool timed_out(const struct pend *p)
{
	return p->err == ETIMEDOUT || p->err == EHOSTUNREACH || p->err == ENETUNREACH;
}

/* sk_err tells time-outs and admin kills apart from what the process asked for. */
static enum close_reason abort_reason(const struct row *r, const struct pend *p, bool rst)
{
	if (timed_out(p)) {
		if (rst && (r->rst_reason == TWT_RST_KEEPALIVE || r->rst_reason == TWT_RST_UNKNOWN))
			return REASON_KEEPALIVE;
		return p->flags & TWT_F_USER_TMO ? REASON_USER_TIMEOUT : REASON_RETRANSMIT_TIMEOUT;
	}
	if (p->err == ECONNABORTED)
		return REASON_KILLED;
	if (!rst)
		return REASON_UNKNOWN;
	switch (r->rst_reason) {
	case TWT_RST_ABORT_ON_CLOSE: return REASON_UNREAD;
	case TWT_RST_ABORT_ON_LINGER: return REASON_LINGER;
	case TWT_RST_ABORT_ON_DATA:
		/* Also the kernel's word for a close() with SO_LINGER 0 (TCPAbortOnData) on some. */
		return p->flags & TWT_F_LINGER0 ? REASON_LINGER : REASON_DATA_AFTER_CLOSE;
	case TWT_RST_ABORT_ON_MEMORY: return REASON_MEMORY;
	case TWT_RST_DISCONNECT: return REASON_DISCONNECT;
	case TWT_RST_KEEPALIVE: return REASON_KEEPALIVE;
	}
	if (p->flags & TWT_F_UNACCEPTED && !(p->flags & TWT_F_ORPHAN))
		return REASON_NOT_ACCEPTED;
	/* close() shuts both ways before it disconnects; connect(AF_UNSPEC) does not. */
	if ((p->flags & (TWT_F_SHUT_RD | TWT_F_SHUT_WR)) != (TWT_F_SHUT_RD | TWT_F_SHUT_WR))
		return REASON_DISCONNECT;
	if (p->flags & TWT_F_LINGER0)
		return REASON_LINGER;
	return r->rst_reason == TWT_RST_UNKNOWN ? REASON_UNREAD : REASON_UNKNOWN;
}

/*
 * What connect() fails with when an ICMP error, or a neighbour that does not answer, ends it: icmp_err_convert[] in
 * net/ipv4/icmp.c, tab_unreach[] in net/ipv6/icmp.c. Port unreachable is ECONNREFUSED.
 */
static bool unreachable(__u32 err)
{
	return err == EHOSTUNREACH || err == ENETUNREACH || err == EHOSTDOWN || err == ENONET || err == EACCES ||
	       err == ENOPROTOOPT || err == EOPNOTSUPP || err == EPROTO;
}

static void judge_connect(struct conn *c, const struct pend *p)
{
	if (c->flags & CONN_RST_RCVD || p->err == ECONNREFUSED) {
		c->close = CLOSE_REFUSED;
	} else if (p->err == ETIMEDOUT) {
		c->close = CLOSE_CONNECT_TIMEOUT;
	} else if (unreachable(p->err)) {
		c->close = CLOSE_UNREACHABLE;
	} else if (p->err == ECONNABORTED) {
		c->close = CLOSE_ABORT;
		c->reason = REASON_KILLED;
	} else if (!c->lport) {
		c->close = CLOSE_NO_PORT;
	} else if (!p->err && p->flags & TWT_F_OWNED) {
		c->close = CLOSE_CONNECT_CANCELLED;
	} else {
		c->close = CLOSE_UNKNOWN;
	}
}

void judge_close(struct row *r, const struct pend *p)
{
	struct conn *c = &r->c;
	bool rst = rst_of_ours(r, p);

	if (rst)
		c->flags |= CONN_RST_SENT;
	if (c->state == ST_LISTEN)
		return;
	if (c->state == ST_SYN_SENT) {
		judge_connect(c, p);
		return;
	}
	if (c->state == ST_LAST_ACK && !p->err && !rst && !(c->flags & CONN_RST_RCVD))
		return;			/* the peer acknowledged our FIN: as the states said */
	if (rst && data_after_close(r, p)) {
		c->flags &= ~CONN_RST_RCVD;	/* the kernel calls its tcp_reset() for this, too */
		c->close = CLOSE_ABORT;
		c->reason = REASON_DATA_AFTER_CLOSE;
		return;
	}
	if (c->flags & CONN_RST_RCVD) {
		c->close = CLOSE_RESET;
		return;
	}
	if (p->flags & TWT_F_ORPHAN && timed_out(p)) {
		c->close = CLOSE_ORPHAN_TIMEOUT;	/* our FIN was never acknowledged */
		return;
	}
	if (c->state == ST_FIN_WAIT2 || c->state == ST_CLOSING) {
		if (rst && !(p->flags & TWT_F_OWNED)) {
			c->close = CLOSE_ORPHAN_TIMEOUT; /* the full socket's own FIN_WAIT2 timer ran out */
			return;
		}
		if (!rst && !p->err) {
			/*
			 * It should have become a minisock: the kernel had no room (tcp_max_tw_buckets) or
			 * no memory.
			 */
			c->tw_end = TW_END_OVERFLOW;
			return;
		}
	}
	c->close = CLOSE_ABORT;
	c->reason = abort_reason(r, p, rst);
	if (c->reason == REASON_UNKNOWN && !rst && !(p->flags & TWT_F_OWNED)) {
		c->close = CLOSE_UNKNOWN;
		c->reason = REASON_NONE;
	}
}

enum tw_end judge_tw_proof(const struct row *r, const struct pend *p)
{
	bool rst = r->rst_ns && r->rst_ns + TRACKER_SETTLE_NS >= p->ts_ns;

	if (p->flags & TWT_F_UNHASHED)
		return TW_END_REUSED;
	if (p->flags & TWT_F_NETNS_DEAD)
		return TW_END_PURGED;
	if (p->rst_in)
		return TW_END_RESET;
	if (r->seg_ns && r->seg_ns + TRACKER_SETTLE_NS >= p->ts_ns)
		return r->seg_end;
	if (rst)
		return TW_END_RESET;
	if (p->reopened)
		return TW_END_REOPENED;
	if (p->flags & TWT_F_CTX && !(p->flags & TWT_F_SOFTIRQ) && p->flags & TWT_F_KTHREAD)
		return TW_END_UNKNOWN;
	/*
	 * Process context alone proves nothing: segments from a TUN device or a busy poll are taken in it, too, with softirqs off. References at
	 * the cancel: hash table, bind bucket, timer and the segment's look-up make 4. tcp_abort() takes one more (inet_diag's look-up and its own):
	 * that tells `ss -K`.
	 */
	if (!(p->flags & TWT_F_SOFTIRQ) && p->refs >= 5 && !(p->flags & TWT_F_KTHREAD))
		return TW_END_KILLED;
	return TW_END_NONE;
}

enum tw_end judge_tw_end(const struct tracker *t, const struct row *r, const struct pend *p)
{
	enum tw_end end = judge_tw_proof(r, p);

	if (end)
		return end;
	/*
	 * A segment did it, and where RSTs are seen it was none: a SYN opened the connection anew. But a timer that was due may have
	 * expired, and the word of it been lost.
	 */
	return t->plan & TWT_PLAN_SEGMENT && p->remaining_ns >= 0 ? TW_END_REOPENED : TW_END_UNKNOWN;
}
