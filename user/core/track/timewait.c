// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a minisock, from its timer. The timer is armed when it is complete (birth), armed again when
 * a segment prolongs it (seen only where the wheel bucket changes), cancelled at every end and as the first
 * half of such a re-arm.
 */
#include "core/track/parts.h"

/* A minisock that we meet in the middle of its life. The caller counts it as born or seeded. */
static struct row *adopt(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = tracker_row_new(t, ev);

	if (!r)
		return NULL;
	r->c.flags |= CONN_BEGAN_BEFORE | CONN_MINISOCK | CONN_FULL_SOCK_GONE;
	r->c.substate = minisock_state(ev);
	tracker_netns(t, ev->netns)->tw_alive++;
	tracker_shift(t, r, r->c.substate, ev->ts_ns, TR_SEEDED, 0);
	return r;
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
		r->c.substate = minisock_state(ev);
		if (r->c.state == ST_FIN_WAIT2 && r->c.substate == ST_TIME_WAIT)
			tracker_shift(t, r, ST_TIME_WAIT, ev->ts_ns, 0, 0);
	}
	r->c.last_ns = ev->ts_ns;
	r->c.tw_armed_ns = ev->ts_ns;
	if (ev->flags & TWT_F_NO_TSTAMP)
		r->c.flags |= CONN_NO_TSTAMP;
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
	r->c.substate = minisock_state(ev);
	p.actor = tracker_actor(t, ev);
	conclude_later(t, r, &p);
	/* Only connect() takes it out of the hash table first: no re-arm can follow. */
	if (ev->flags & TWT_F_UNHASHED)
		conclude_now(t, r);
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
	r->c.substate = minisock_state(ev);
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
	r->c.substate = minisock_state(ev);
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
		conclude_now(t, r);
		return;
	}
	tracker_rests(t, r);
}
