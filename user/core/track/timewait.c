// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a minisock, from its timer. The timer is armed when it is complete (birth), armed again when
 * a segment prolongs it (seen only where the wheel bucket changes), cancelled at every end and as the first
 * half of such a re-arm.
 */
#include "core/track/parts.h"

static __u8 substate_of(const struct twt_event *ev)
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

/* A minisock that we meet in the middle of its life. The caller counts it as born or seeded. */
static struct row *adopt(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = tracker_row_new(t, ev);

	if (!r)
		return NULL;
	r->c.flags |= CONN_BEGAN_BEFORE | CONN_MINISOCK | CONN_FULL_SOCK_GONE;
	r->c.substate = substate_of(ev);
	tracker_netns(t, ev->netns)->tw_alive++;
	tracker_shift(t, r, r->c.substate, ev->ts_ns, TR_SEEDED, 0);
	return r;
}

void tracker_hand_over(struct tracker *t, struct row *r, const struct twt_event *ev, bool late)
{
	struct conn *c = &r->c;
	bool closed = late || c->pending == PENDING_CLOSE;

	settle_drop(t, r);	/* that CLOSE was a hand-over */
	tracker_netns(t, ev->netns)->tw_born++;
	tracker_netns(t, ev->netns)->tw_alive++;
	c->flags |= CONN_MINISOCK;
	c->substate = substate_of(ev);
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

void tracker_tw_start(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = tracker_minisock(t, ev);

	if (r && r->c.flags & CONN_GONE) {	/* the same name again */
		tracker_row_free(t, r);
		r = NULL;
	}
	if (!r) {
		r = adopt(t, ev);
		if (!r)
			return;
		tracker_netns(t, ev->netns)->tw_born++;
	} else if (!(r->c.flags & CONN_MINISOCK)) {
		tracker_hand_over(t, r, ev, false);
	} else {
		settle_drop(t, r);		/* second half of a re-arm */
		r->c.substate = substate_of(ev);
		if (r->c.state == ST_FIN_WAIT2 && r->c.substate == ST_TIME_WAIT)
			tracker_shift(t, r, ST_TIME_WAIT, ev->ts_ns, 0, 0);
	}
	r->c.last_ns = ev->ts_ns;
	r->c.tw_armed_ns = ev->ts_ns;
}

void tracker_tw_cancel(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = tracker_minisock(t, ev);
	struct pend p = {
		.ts_ns = ev->ts_ns,
		.kind = PENDING_TW_END,
		.flags = ev->flags,
		.remaining_ns = event_sarg0(ev),
		.refs = ev->arg1 > 255 ? 255 : (__u8)ev->arg1,
	};

	if (!r) {
		r = adopt(t, ev);
		if (!r)
			return;
		tracker_netns(t, ev->netns)->tw_seeded++;
	} else if (r->c.flags & CONN_GONE) {
		return;
	} else if (!(r->c.flags & CONN_MINISOCK)) {	/* its start was lost */
		tracker_hand_over(t, r, ev, true);
	}
	r->c.last_ns = ev->ts_ns;
	r->c.substate = substate_of(ev);
	p.actor = tracker_actor(t, ev);
	settle_add(t, r, &p);
	/* Only connect() takes it out of the hash table first: no re-arm can follow. */
	if (ev->flags & TWT_F_UNHASHED)
		settle_now(t, r);
}

void tracker_tw_expire(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = tracker_minisock(t, ev);
	struct pend *p;
	__u64 ts = ev->ts_ns;

	if (!r || !(r->c.flags & CONN_MINISOCK))
		return;
	p = settle_get(t, r);
	if (p) {
		ts = p->ts_ns;
		settle_drop(t, r);
	}
	r->c.substate = substate_of(ev);
	tracker_tw_end(t, r, ts, TW_END_EXPIRED, event_sarg0(ev));
}

void tracker_tw_segment(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = tracker_minisock(t, ev);
	struct pend *p;

	if (!r || r->c.flags & CONN_GONE)
		return;
	if (!(r->c.flags & CONN_MINISOCK))	/* its start was lost */
		tracker_hand_over(t, r, ev, true);
	r->c.last_ns = ev->ts_ns;
	r->c.substate = substate_of(ev);
	if (r->c.state == ST_FIN_WAIT2 && r->c.substate == ST_TIME_WAIT)
		tracker_shift(t, r, ST_TIME_WAIT, ev->ts_ns, 0, 0);
	if (ev->flags & (TWT_F_SEG_REFUSED | TWT_F_SEG_SYN)) {
		r->seg_ns = ev->ts_ns;
		r->seg_end = ev->flags & TWT_F_SEG_REFUSED ? TW_END_RESET : TW_END_REOPENED;
	}
	p = settle_get(t, r);
	/* The kernel stops the timer, then frees the RST that made it. */
	if (p && ev->flags & TWT_F_SEG_RST) {
		p->rst_in = true;
		settle_now(t, r);
	}
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
