// SPDX-License-Identifier: GPL-2.0-only
/* Rows come to their end: by a verdict, which may have waited, or because events were lost. */
#include "core/track/parts.h"

#define EXPIRE_WAIT_NS 1000000000ULL

/* @p is out of the queue; its reference to an actor is given up here. */
static void conclude(struct tracker *t, const struct pend *p)
{
	struct row *r = table_row(t->table, p->row);

	if (p->kind == PENDING_TW_END) {
		enum tw_end end = judge_tw_end(t, r, p);

		/* Packets end the others: current is whoever they interrupted. */
		if (end == TW_END_REUSED || end == TW_END_KILLED)
			tracker_set_actor(t, &r->c.tw_ender, p->actor);
		if (end == TW_END_RESET)
			r->c.flags |= p->rst_in ? CONN_RST_RCVD : CONN_RST_SENT;
		tracker_tw_end(t, r, p->ts_ns, end, p->remaining_ns);
	} else {
		bool asked;

		judge_close(r, p);
		tracker_stack_judged(r);
		asked = r->c.close == CLOSE_ABORT || r->c.close == CLOSE_CONNECT_CANCELLED;
		if (r->c.tw_end == TW_END_OVERFLOW)
			tracker_netns(t, r->c.netns)->tw_ended[TW_END_OVERFLOW]++;
		if (asked && !r->c.closer)
			tracker_set_actor(t, &r->c.closer, p->actor);
		tracker_shift(t, r, ST_CLOSE, p->ts_ns, 0, asked || p->flags & TWT_F_INTENT ? p->actor : 0);
		tracker_gone(t, r, p->ts_ns);
	}
	actors_unref(t->actors, p->actor);
}

void conclude_later(struct tracker *t, struct row *r, struct pend *p)
{
	struct pend displaced;

	if (settle_add(t, r, p, &displaced))
		conclude(t, &displaced);
}

void conclude_now(struct tracker *t, struct row *r)
{
	struct pend p;

	if (settle_take(t, r, &p))
		conclude(t, &p);
}

void conclude_reopened(struct tracker *t, const struct row *child)
{
	struct row *r = settle_same_tuple(t, child);

	if (r)
		conclude_now(t, r);
}

/*
 * A timer that was due when it was cancelled has most likely expired, and the event that says so follows;
 * only a virtual CPU that stands still in between keeps it. Never guessed: waited for.
 */
static bool may_have_expired(const struct tracker *t, const struct pend *p)
{
	return p->kind == PENDING_TW_END && p->remaining_ns < 0 && t->now_ns - p->ts_ns < EXPIRE_WAIT_NS &&
	       judge_tw_proof(table_row(t->table, p->row), p) == TW_END_NONE;
}

void conclude_due(struct tracker *t, __u64 ts)
{
	struct pend p;

	while (settle_due(t, ts, &p)) {
		if (ts != SETTLE_ALL && may_have_expired(t, &p)) {
			p.due_ns = t->now_ns;
			conclude_later(t, table_row(t->table, p.row), &p);
		} else {
			conclude(t, &p);
		}
	}
}

void tracker_lost(struct tracker *t, struct row *r, __u64 ts)
{
	struct conn *c = &r->c;

	if (c->pending) {	/* not lost: it waits for its verdict */
		conclude_now(t, r);
		return;
	}
	c->flags |= CONN_GAP;
	if (c->flags & CONN_MINISOCK) {
		struct netns_totals *nt = tracker_netns(t, c->netns);

		nt->tw_ended[TW_END_UNKNOWN]++;
		nt->tw_alive--;
		c->tw_end = TW_END_UNKNOWN;
		c->flags &= ~CONN_MINISOCK;
	} else if (c->role != ROLE_LISTENER) {
		c->close = CLOSE_UNKNOWN;
	}
	tracker_shift(t, r, ST_CLOSE, ts, TR_HEALED, 0);
	tracker_gone(t, r, ts);
}

void tracker_next_connection(struct tracker *t, struct row *r, const struct twt_event *ev)
{
	if (r->c.flags & CONN_MINISOCK && r->key && table_name_by_tuple(t->table, r))
		return;
	tracker_lost(t, r, ev->ts_ns);
	r = table_find(t->table, ev);
	if (r)		/* its tombstone */
		tracker_row_free(t, r);
}
