// SPDX-License-Identifier: GPL-2.0-only
/* The settle queue: judged a moment later, in order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/track/parts.h"

#define SETTLE_MIN 1024
#define SETTLE_MAX (1U << 20)
#define EXPIRE_WAIT_NS 1000000000ULL

int settle_init(struct settle *s)
{
	s->cap = SETTLE_MIN;
	s->q = calloc(s->cap, sizeof(*s->q));
	return s->q ? 0 : -ENOMEM;
}

static struct pend *at(const struct settle *s, __u64 seq)
{
	return &s->q[seq & (s->cap - 1)];
}

static bool grow(struct settle *s)
{
	struct settle bigger = { .cap = s->cap * 2, .head = s->head, .tail = s->tail };
	__u64 seq;

	if (bigger.cap > SETTLE_MAX)
		return false;
	bigger.q = calloc(bigger.cap, sizeof(*bigger.q));
	if (!bigger.q)
		return false;
	for (seq = s->head; seq < s->tail; seq++)
		*at(&bigger, seq) = *at(s, seq);
	free(s->q);
	*s = bigger;
	return true;
}

/* @in is live: then its row is, and points back at it. */
static void judge(struct tracker *t, struct pend *in)
{
	struct row *r = table_row(t->table, in->row);
	struct pend p = *in;

	in->kind = PENDING_NONE;
	r->c.pending = PENDING_NONE;
	if (p.kind == PENDING_TW_END) {
		enum tw_end end = judge_tw_end(t, r, &p);

		/* Packets end the others: current is whoever they interrupted. */
		if (end == TW_END_REUSED || end == TW_END_KILLED)
			tracker_set_actor(t, &r->c.tw_ender, p.actor);
		if (end == TW_END_RESET)
			r->c.flags |= p.rst_in ? CONN_RST_RCVD : CONN_RST_SENT;
		tracker_tw_end(t, r, p.ts_ns, end, p.remaining_ns);
	} else {
		bool asked;

		judge_close(r, &p);
		asked = r->c.close == CLOSE_ABORT || r->c.close == CLOSE_CONNECT_CANCELLED;
		if (r->c.tw_end == TW_END_OVERFLOW)
			tracker_netns(t, r->c.netns)->tw_ended[TW_END_OVERFLOW]++;
		if (asked && !r->c.closer)
			tracker_set_actor(t, &r->c.closer, p.actor);
		tracker_shift(t, r, ST_CLOSE, p.ts_ns, 0, asked || p.flags & TWT_F_INTENT ? p.actor : 0);
		tracker_gone(t, r, p.ts_ns);
	}
	actors_unref(t->actors, p.actor);
}

void settle_add(struct tracker *t, struct row *r, struct pend *p)
{
	struct settle *s = &t->settle;

	settle_drop(t, r);
	while (s->tail - s->head == s->cap && !at(s, s->head)->kind)
		s->head++;
	if (s->tail - s->head == s->cap && !grow(s)) {	/* judged without what may still come */
		t->losses[LOSS_TABLE_FULL]++;
		judge(t, at(s, s->head++));
	}
	if (p->due_ns < p->ts_ns)
		p->due_ns = p->ts_ns;
	p->seq = s->tail++;
	p->row = r->id;
	r->c.pending = p->kind;
	r->settle_seq = p->seq;
	*at(s, p->seq) = *p;
}

struct pend *settle_get(struct tracker *t, const struct row *r)
{
	return r->c.pending ? at(&t->settle, r->settle_seq) : NULL;
}

void settle_now(struct tracker *t, struct row *r)
{
	if (r->c.pending)
		judge(t, at(&t->settle, r->settle_seq));
}

void settle_drop(struct tracker *t, struct row *r)
{
	struct pend *p = settle_get(t, r);

	if (!p)
		return;
	actors_unref(t->actors, p->actor);
	p->kind = PENDING_NONE;
	r->c.pending = PENDING_NONE;
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

static void wait_on(struct tracker *t, struct pend *p)
{
	struct row *r = table_row(t->table, p->row);
	struct pend again = *p;

	p->kind = PENDING_NONE;
	r->c.pending = PENDING_NONE;
	again.due_ns = t->now_ns;
	settle_add(t, r, &again);
}

void settle_until(struct tracker *t, __u64 ts)
{
	struct settle *s = &t->settle;

	while (s->head < s->tail) {
		struct pend *p = at(s, s->head);

		if (p->kind && p->due_ns > ts)
			break;
		s->head++;	/* first: wait_on() may need the room */
		if (p->kind && ts != SETTLE_ALL && may_have_expired(t, p))
			wait_on(t, p);
		else if (p->kind)
			judge(t, p);
	}
}

void settle_same_tuple(struct tracker *t, const struct row *child)
{
	struct settle *s = &t->settle;
	__u64 seq;

	/* Newest first, and not far: the handshake took microseconds, or the verdict is found without it. */
	for (seq = s->tail; seq-- > s->head && s->tail - seq < 256;) {
		struct pend *p = at(s, seq);
		struct row *r = p->kind == PENDING_TW_END ? table_row(t->table, p->row) : NULL;

		if (r && r->c.netns == child->c.netns && r->c.lport == child->c.lport &&
		    r->c.rport == child->c.rport && !memcmp(r->c.laddr, child->c.laddr, 16) &&
		    !memcmp(r->c.raddr, child->c.raddr, 16)) {
			p->reopened = true;
			settle_now(t, r);
			return;
		}
	}
}
