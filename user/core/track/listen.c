// SPDX-License-Identifier: GPL-2.0-only
/* Listeners by port, and the request sockets of their ports. */
#include <stdlib.h>
#include <string.h>
#include "core/track/parts.h"

#define NO_ROW 0xffffffffU

static __u32 *listener_bucket(const struct tracker *t, __u32 netns, __u16 lport)
{
	return (__u32 *)&t->listeners[(netns * 31 + lport) % LISTENER_BUCKETS];
}

void tracker_add_listener(struct tracker *t, struct row *r)
{
	__u32 *head = listener_bucket(t, r->c.netns, r->c.lport);

	r->c.role = ROLE_LISTENER;
	if (!r->c.lport)	/* listen() without bind(): nobody asks for it until its port is known */
		return;
	r->next = *head;
	*head = r->id;
}

void tracker_remove_listener(struct tracker *t, struct row *r)
{
	__u32 *at = listener_bucket(t, r->c.netns, r->c.lport);

	while (*at != NO_ROW && *at != r->id)
		at = &table_row(t->table, *at)->next;
	if (*at == r->id)
		*at = r->next;
}

/*
 * The listener of (@netns, @lport) that takes connections to @laddr (NULL: any). Several with different
 * owners (SO_REUSEPORT) leave it open whose the connection is: NULL, never a guess.
 */
const struct conn *tracker_listener(const struct tracker *t, __u32 netns, __u16 lport, const __u8 *laddr)
{
	const struct conn *found = NULL;
	struct row *r;

	for (r = table_row(t->table, *listener_bucket(t, netns, lport)); r;
	     r = table_row(t->table, r->next)) {
		const struct conn *c = &r->c;

		if (c->netns != netns || c->lport != lport || c->state != ST_LISTEN)
			continue;
		if (laddr && !addr_is_any(c->laddr) && memcmp(c->laddr, laddr, 16))
			continue;
		if (found && found->owner != c->owner)
			return NULL;
		found = c;
	}
	return found;
}

void tracker_halfopen(struct tracker *t, const struct twt_event *ev)
{
	struct halfopen_row *h = t->halfopen, *grown;
	size_t i = 0, end = t->n_halfopen, mid;

	while (i < end) {
		mid = i + (end - i) / 2;
		if (h[mid].netns < ev->netns || (h[mid].netns == ev->netns && h[mid].lport < ev->lport))
			i = mid + 1;
		else
			end = mid;
	}
	if (i < t->n_halfopen && h[i].netns == ev->netns && h[i].lport == ev->lport) {
		if (ev->arg0) {
			h[i].count = ev->arg0;
		} else {
			t->n_halfopen--;
			memmove(&h[i], &h[i + 1], (t->n_halfopen - i) * sizeof(*h));
		}
		return;
	}
	if (!ev->arg0)
		return;
	if (t->n_halfopen == t->cap_halfopen) {
		size_t cap = t->cap_halfopen ? t->cap_halfopen * 2 : 64;

		grown = cap <= HALFOPEN_MAX ? realloc(h, cap * sizeof(*h)) : NULL;
		if (!grown) {
			t->losses[LOSS_HALFOPEN]++;
			return;
		}
		t->halfopen = h = grown;
		t->cap_halfopen = cap;
	}
	memmove(&h[i + 1], &h[i], (t->n_halfopen - i) * sizeof(*h));
	h[i] = (struct halfopen_row){ ev->netns, ev->lport, ev->arg0 };
	t->n_halfopen++;
}
