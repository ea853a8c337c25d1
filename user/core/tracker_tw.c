// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a minisock, from its timer. The timer is armed when it is complete (birth), armed again when a segment
 * prolongs it (seen only where the wheel bucket changes), cancelled at every end and as the first half of such a re-arm.
 */
#include "core/tracker_int.h"

static struct row *find(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);

	return r && r->c.flags & CONN_GONE ? NULL : r;
}

static struct row *adopt_minisock(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);

	if (r)		/* a tombstone: it ended */
		return NULL;
	r = tracker_row_new(t, ev);
	if (!r)
		return NULL;
	r->c.flags |= CONN_BEGAN_BEFORE | CONN_MINISOCK | CONN_FULL_SOCK_GONE;
	tracker_shift(t, r, ev->substate == ST_TIME_WAIT ? ST_TIME_WAIT : ST_FIN_WAIT2, ev->ts_ns, TR_SEEDED, 0);
	return r;
}

void tracker_tw_start(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = find(t, ev);
	struct netns_totals *nt;
	bool handed_over = false;

	if (r && r->c.pending == PENDING_TW_END) {	/* second half of a re-arm */
		settle_drop(t, r);
	} else if (!r || !(r->c.flags & CONN_MINISOCK)) {
		handed_over = r && r->c.pending == PENDING_CLOSE;
		if (r)
			settle_drop(t, r);	/* -> CLOSE of the full socket overtook us on another CPU: a hand-over */
		else
			r = adopt_minisock(t, ev);
		if (!r)
			return;
		nt = tracker_netns(t, ev->netns);
		nt->tw_born++;
		nt->tw_alive++;
		r->c.flags |= CONN_MINISOCK;
		r->c.substate = ev->substate;
	}
	r->c.last_ns = ev->ts_ns;
	r->c.tw_armed_ns = ev->ts_ns;
	r->c.substate = ev->substate;
	if (r->c.state != ev->substate) {
		/* Up to here only one way is usual: ... -> FIN_WAIT2 -> TIME_WAIT, or CLOSING -> TIME_WAIT. */
		if (ev->substate == ST_TIME_WAIT || r->c.state != ST_TIME_WAIT)
			tracker_shift(t, r, ev->substate, ev->ts_ns, 0, 0);
	}
	if (handed_over)
		tracker_full_gone(t, r, ev->ts_ns);
}

void tracker_tw_cancel(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = find(t, ev);
	struct pend p = {
		.ts_ns = ev->ts_ns, .kind = PENDING_TW_END, .flags = ev->flags, .remaining_ns = event_sarg0(ev),
		.refs = ev->arg1 > 255 ? 255 : ev->arg1,
	};

	if (!r)
		r = adopt_minisock(t, ev);
	if (!r)
		return;
	if (!(r->c.flags & CONN_MINISOCK)) {	/* its start was lost */
		tracker_netns(t, ev->netns)->tw_born++;
		tracker_netns(t, ev->netns)->tw_alive++;
		r->c.flags |= CONN_MINISOCK | CONN_GAP;
		settle_drop(t, r);
		tracker_full_gone(t, r, ev->ts_ns);
	} else if (r->c.pending) {
		settle_drop(t, r);
	}
	r->c.last_ns = ev->ts_ns;
	r->c.substate = ev->substate;
	p.actor = tracker_actor(t, ev);
	settle_add(t, r, &p);
	if (ev->flags & TWT_F_UNHASHED)		/* only connect() takes it out of the table first: no re-arm can follow */
		settle_now(t, r);
}

void tracker_tw_expire(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = find(t, ev);
	struct pend *p;
	__u64 ts = ev->ts_ns;

	if (!r || !(r->c.flags & CONN_MINISOCK))
		return;
	p = settle_get(t, r);
	if (p) {
		ts = p->ts_ns;
		settle_drop(t, r);
	}
	r->c.substate = ev->substate;
	tracker_tw_end(t, r, ts, TW_END_EXPIRED, event_sarg0(ev));
}

void tracker_tw_segment(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = find(t, ev);
	struct pend *p;

	if (!r || !(r->c.flags & CONN_MINISOCK))
		return;
	r->c.last_ns = ev->ts_ns;
	r->c.substate = ev->substate;
	if (r->c.state == ST_FIN_WAIT2 && ev->substate == ST_TIME_WAIT)
		tracker_shift(t, r, ST_TIME_WAIT, ev->ts_ns, 0, 0);
	p = settle_get(t, r);
	if (p && ev->flags & TWT_F_SEG_RST) {	/* the kernel stops the timer, then frees the RST that made it */
		p->rst_in = true;
		settle_now(t, r);
	}
}

void tracker_tw_end(struct tracker *t, struct row *r, __u64 ts, enum tw_end end, long long remaining_ns)
{
	struct conn *c = &r->c;
	struct netns_totals *nt = tracker_netns(t, c->netns);

	if (c->substate == ST_TIME_WAIT && c->state == ST_FIN_WAIT2) {
		/* Every arming in TIME_WAIT sets the timer to now + 60 s: the newest one tells when. */
		__u64 armed = ts + remaining_ns - TW_LEN_NS;

		if (armed > ts || armed < c->since_ns)
			armed = c->since_ns;
		c->flags |= CONN_RECONSTRUCTED;
		tracker_shift(t, r, ST_TIME_WAIT, armed, TR_RECONSTRUCTED, 0);
	}
	c->tw_end = end;
	if (c->state == ST_FIN_WAIT2) {	/* never saw the peer's FIN */
		if (end == TW_END_EXPIRED)
			c->close = CLOSE_ORPHAN_TIMEOUT;
		else if (end == TW_END_RESET)
			c->close = CLOSE_RESET;
	}
	nt->tw_ended[end]++;
	nt->tw_alive--;
	c->flags &= ~CONN_MINISOCK;
	tracker_shift(t, r, ST_CLOSE, ts, 0, c->tw_ender);
	tracker_gone(t, r, ts);
}
