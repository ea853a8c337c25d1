// SPDX-License-Identifier: GPL-2.0-only
/* The settle queue: what is judged a moment later, in order. It is asked, and judges nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/track/parts.h"

#define SETTLE_MIN 1024
#define SETTLE_MAX (1U << 20)

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

/* Out of the queue: its row waits no more. @in is live. */
static bool take(struct tracker *t, struct pend *in, struct pend *ret)
{
	*ret = *in;
	in->kind = PENDING_NONE;
	table_row(t->table, in->row)->c.pending = PENDING_NONE;
	return true;
}

bool settle_add(struct tracker *t, struct row *r, struct pend *p, struct pend *ret_displaced)
{
	struct settle *s = &t->settle;
	bool displaced = false;

	settle_drop(t, r);
	while (s->tail - s->head == s->cap && !at(s, s->head)->kind)
		s->head++;
	if (s->tail - s->head == s->cap && !grow(s)) {	/* judged without what may still come */
		t->losses[LOSS_TABLE_FULL]++;
		displaced = take(t, at(s, s->head++), ret_displaced);
	}
	if (p->due_ns < p->ts_ns)
		p->due_ns = p->ts_ns;
	p->seq = s->tail++;
	p->row = r->id;
	r->c.pending = p->kind;
	r->settle_seq = p->seq;
	*at(s, p->seq) = *p;
	return displaced;
}

struct pend *settle_get(struct tracker *t, const struct row *r)
{
	return r->c.pending ? at(&t->settle, r->settle_seq) : NULL;
}

bool settle_take(struct tracker *t, const struct row *r, struct pend *ret)
{
	struct pend *p = settle_get(t, r);

	return p && take(t, p, ret);
}

void settle_drop(struct tracker *t, struct row *r)
{
	struct pend p;

	if (settle_take(t, r, &p))
		actors_unref(t->actors, p.actor);
}

bool settle_due(struct tracker *t, __u64 ts, struct pend *ret)
{
	struct settle *s = &t->settle;

	while (s->head < s->tail) {
		struct pend *p = at(s, s->head);

		if (p->kind && p->due_ns > ts)
			return false;
		s->head++;	/* first: what is put back may need the room */
		if (p->kind)
			return take(t, p, ret);
	}
	return false;
}

__u64 settle_next_ns(const struct tracker *t)
{
	const struct settle *s = &t->settle;
	__u64 seq;

	for (seq = s->head; seq < s->tail; seq++)
		if (at(s, seq)->kind)
			return at(s, seq)->due_ns;
	return ~0ULL;
}

struct row *settle_same_tuple(struct tracker *t, const struct row *child)
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
			return r;
		}
	}
	return NULL;
}
