// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to a row whose full socket has become a minisock. */
#include "core/track/parts.h"

__u8 minisock_state(const struct twt_event *ev)
{
	return ev->substate == ST_TIME_WAIT ? ST_TIME_WAIT : ST_FIN_WAIT2;
}

struct row *tracker_minisock(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev), *named = table_find_tuple(t->table, ev);

	if (!ev->cookie || !named)
		return r;
	/* Its socket carries on with another connection, or its cookie came late. */
	if (named->c.cookie == ev->cookie && (!r || named->c.flags & CONN_MINISOCK))
		return named;
	if (r || named->c.cookie || !(named->c.flags & CONN_MINISOCK))
		return r;
	/* Whoever lists sockets first (ss, our own iterator) gives those their cookie that had none. */
	named->c.cookie = ev->cookie;
	return named;
}

void tracker_hand_over(struct tracker *t, struct row *r, const struct twt_event *ev, bool late)
{
	struct conn *c = &r->c;
	bool closed = late || c->pending == PENDING_CLOSE;

	settle_drop(t, r);	/* that CLOSE was a hand-over */
	tracker_netns(t, ev->netns)->tw_born++;
	tracker_netns(t, ev->netns)->tw_alive++;
	c->flags |= CONN_MINISOCK;
	c->substate = minisock_state(ev);
	tracker_learn_tuple(t, r, ev);
	/* The only ways into a minisock; from elsewhere, or seen late, events were lost. */
	if (late || !(c->state == ST_FIN_WAIT2 || (c->state == ST_CLOSING && c->substate == ST_TIME_WAIT))) {
		tracker_gap(t, r);
		if (c->state != c->substate)
			tracker_shift(t, r, c->substate, ev->ts_ns, TR_HEALED, 0);
	} else if (c->state != c->substate) {
		tracker_shift(t, r, c->substate, ev->ts_ns, 0, 0);
	}
	if (closed)
		tracker_full_gone(t, r, ev->ts_ns);
}

void tracker_converted(struct tracker *t, struct row *r, __u64 ts, long long remaining_ns)
{
	/* Every arming in TIME_WAIT sets the timer to now + 60 s: the newest one tells when. */
	__u64 armed = ts + (__u64)remaining_ns - TW_LEN_NS;

	if (armed > ts || armed < r->c.since_ns)
		armed = r->c.since_ns;
	r->c.flags |= CONN_RECONSTRUCTED;
	tracker_shift(t, r, ST_TIME_WAIT, armed, TR_RECONSTRUCTED, 0);
}

void tracker_tw_end(struct tracker *t, struct row *r, __u64 ts, enum tw_end end, long long remaining_ns)
{
	struct conn *c = &r->c;
	struct netns_totals *nt = tracker_netns(t, c->netns);

	if (c->substate == ST_TIME_WAIT && c->state == ST_FIN_WAIT2)
		tracker_converted(t, r, ts, remaining_ns);
	c->tw_end = end;
	if (c->state == ST_FIN_WAIT2) {	/* never saw the peer's FIN */
		if (end == TW_END_EXPIRED) {
			c->close = CLOSE_ORPHAN_TIMEOUT;
		} else if (end == TW_END_RESET && c->flags & CONN_RST_RCVD) {
			c->close = CLOSE_RESET;
		} else if (end == TW_END_RESET) {
			c->close = CLOSE_ABORT;
			c->reason = REASON_DATA_AFTER_CLOSE;
		}
	}
	nt->tw_ended[end]++;
	nt->tw_alive--;
	c->flags &= ~CONN_MINISOCK;
	tracker_shift(t, r, ST_CLOSE, ts, 0, c->tw_ender);
	tracker_gone(t, r, ts);
}
