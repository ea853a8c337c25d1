/* SPDX-License-Identifier: GPL-2.0-only */
/* Which code opened and closed a connection. */
#include <stdlib.h>
#include "core/track/parts.h"

/* Made with the first that is told: streams without stacks have none. NULL without memory. */
static struct stacks *stacks_of(struct tracker *t)
{
	if (!t->stacks)
		t->stacks = stacks_new();
	return t->stacks;
}

static void note_use(struct tracker *t, const struct twt_event *ev)
{
	__u32 number = stacks_number(t->stacks, ev->arg0);
	struct row *r;
	struct conn *c;

	/* The connection begins with the next event; a row of that cookie is of one before it. */
	if (ev->aux == TWT_STACK_CONNECT || ev->aux == TWT_STACK_LISTEN) {
		if (!t->births)
			t->births = calloc(MAX_CPUS, sizeof(*t->births));
		if (t->births)
			t->births[ev->cpu % MAX_CPUS] = (struct birth){ ev->cookie, number };
		return;
	}
	r = table_find(t->table, ev);
	if (!r || r->c.flags & CONN_GONE)
		return;
	c = &r->c;
	switch (ev->aux) {
	case TWT_STACK_ACCEPT:	/* who accepts, or uses it first; whoever it is handed on to has not opened it */
		if (!c->open_stack && c->role == ROLE_SERVER)
			c->open_stack = number;
		break;
	case TWT_STACK_CLOSE:
		if (!c->close_stack)
			c->close_stack = number;
		break;
	case TWT_STACK_ABORT:
		if (!c->close_stack) {
			c->close_stack = number;
			c->flags |= CONN_STACK_ABORT;
		}
		break;
	}
}

void tracker_stack_born(struct tracker *t, struct row *r, const struct twt_event *ev)
{
	struct birth *b = t->births ? &t->births[ev->cpu % MAX_CPUS] : NULL;

	if (b && b->cookie && b->cookie == ev->cookie) {
		r->c.open_stack = b->stack;
		b->cookie = 0;
	}
}

void tracker_stack_judged(struct row *r)
{
	struct conn *c = &r->c;

	if (c->flags & CONN_STACK_ABORT && c->close != CLOSE_ABORT && c->close != CLOSE_CONNECT_CANCELLED)
		c->close_stack = 0;
	c->flags &= ~CONN_STACK_ABORT;
}

void tracker_stack(struct tracker *t, const struct twt_event *ev)
{
	if (!stacks_of(t))
		return;
	switch (ev->kind) {
	case TWT_STACK_USE: note_use(t, ev); break;
	case TWT_FRAME: (void)stacks_add_frame(t->stacks, event_frame(ev)); break;	/* what has no room is counted there */
	case TWT_STACK: (void)stacks_add(t->stacks, event_stack(ev)); break;
	case TWT_STACK_COUNT: stacks_count(t->stacks, ev->aux, ev->arg0); break;
	}
}
