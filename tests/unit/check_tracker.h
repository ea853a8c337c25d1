/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be true of a tracker after any stream of events, in any order. Returns what is not, or NULL. */
#ifndef TESTS_CHECK_TRACKER_H
#define TESTS_CHECK_TRACKER_H
#include <string.h>
#include "core/tracker_int.h"

struct recount { __u64 counts[ST_MAX]; __u64 n; };

static inline int recount_one(void *ctx, const struct conn *c)
{
	struct recount *r = ctx;

	if (c->state >= ST_MAX)
		return -1;
	r->counts[c->state]++;
	r->n++;
	return 0;
}

/* Counts of states and what one gets by counting. */
static inline const char *check_counts(const struct tracker *t)
{
	struct recount r = { { 0 }, 0 };
	size_t i;

	if (tracker_foreach(t, recount_one, &r))
		return "a connection's state is out of range";
	for (i = 0; i < t->n_halfopen; i++)
		r.counts[ST_SYN_RECV] += t->halfopen[i].count;
	for (i = 0; i < ST_MAX; i++) {
		__u64 counts[ST_MAX];

		tracker_counts(t, counts);
		if (counts[i] != r.counts[i])
			return "counts by state differ from a recount";
	}
	if (r.counts[ST_NONE] || r.counts[ST_CLOSE])
		return "a connection without a state";
	return r.n > table_size(t->table) ? "more connections than rows" : NULL;
}

/* Per namespace: minisocks made and found = ended + alive; and alive is what the rows say. */
static inline const char *check_minisocks(const struct tracker *t)
{
	size_t i, e;
	__u32 id;

	if (t->totals.overflow)		/* namespaces beyond the limit share a row that nobody sees */
		return NULL;
	for (i = 0; i < t->totals.n; i++) {
		const struct netns_totals *nt = &t->totals.netns[i];
		__u64 ended = 0, alive = 0;

		for (e = 0; e < TW_END_MAX; e++)
			ended += e == TW_END_OVERFLOW ? 0 : nt->tw_ended[e];
		if (nt->tw_ended[TW_END_NONE])
			return "a minisock ended for no reason";
		for (id = 0; id < table_end(t->table); id++) {
			const struct row *r = table_row(t->table, id);

			alive += r && r->c.netns == nt->netns && r->c.flags & CONN_MINISOCK;
		}
		if (alive != nt->tw_alive)
			return "minisocks alive differ from a recount";
		if (nt->tw_born + nt->tw_seeded != ended + alive)
			return "minisocks born and found are not those ended and alive";
	}
	return NULL;
}

/* The settle queue: live entries and pending rows are the same, one each. */
static inline const char *check_settle(const struct tracker *t)
{
	const struct settle *s = &t->settle;
	size_t live = 0, pending = 0;
	__u64 seq;
	__u32 id;

	if (s->tail - s->head > s->cap)
		return "settle queue longer than its memory";
	for (seq = s->head; seq < s->tail; seq++) {
		const struct pend *p = &s->q[seq & (s->cap - 1)];
		const struct row *r = p->kind ? table_row(t->table, p->row) : NULL;

		if (!p->kind)
			continue;
		live++;
		if (!r || r->settle_seq != seq || r->c.pending != p->kind || r->c.flags & CONN_GONE)
			return "a pending entry and its row differ";
		if ((p->kind == PENDING_TW_END) != !!(r->c.flags & CONN_MINISOCK))
			return "what is pending is not about this kind of socket";
	}
	for (id = 0; id < table_end(t->table); id++) {
		const struct row *r = table_row(t->table, id);

		pending += r && r->c.pending;
	}
	return live == pending ? NULL : "pending rows differ from the queue";
}

/* Listeners are in the bucket where they are looked for, once, and nothing else is. */
static inline const char *check_listeners(const struct tracker *t)
{
	size_t listed = 0, with_port = 0, i;
	__u32 id;

	for (i = 0; i < LISTENER_BUCKETS; i++) {
		const struct row *r = table_row(t->table, t->listeners[i]);

		if (!r && t->listeners[i] != 0xffffffffU)
			return "a bucket of listeners begins with a row that is gone";
		for (; r; r = table_row(t->table, r->next)) {
			if (r->c.role != ROLE_LISTENER || r->c.flags & CONN_GONE || ++listed > table_size(t->table))
				return "a bucket of listeners with something else in it";
			if (r->next != 0xffffffffU && !table_row(t->table, r->next))
				return "a bucket of listeners leads to a row that is gone";
		}
	}
	for (id = 0; id < table_end(t->table); id++) {
		const struct row *r = table_row(t->table, id);

		with_port += r && !(r->c.flags & CONN_GONE) && r->c.role == ROLE_LISTENER && r->c.lport;
	}
	return listed == with_port ? NULL : "listeners and their buckets differ";
}

/* Each row is found by its name: no name is used twice. */
static inline const char *check_names(const struct tracker *t)
{
	__u32 id;

	for (id = 0; id < table_end(t->table); id++) {
		const struct row *r = table_row(t->table, id);
		struct twt_event name;

		if (!r)
			continue;
		name = (struct twt_event){ .netns = r->c.netns, .cookie = r->key, .lport = r->c.lport, .rport = r->c.rport };
		memcpy(name.laddr, r->c.laddr, sizeof(name.laddr));
		memcpy(name.raddr, r->c.raddr, sizeof(name.raddr));
		if (table_find(t->table, &name) != r)
			return "a row is not found by its name";
	}
	return NULL;
}

/* For trackers with .max_actors up to this. */
#define CHECK_ACTORS 64

/* Every reference to an actor is held by a row or by something pending. */
static inline const char *check_actors(const struct tracker *t)
{
	__u32 refs[CHECK_ACTORS + 1] = { 0 }, id;
	size_t n = 0;
	__u64 seq;

	for (id = 0; id < table_end(t->table); id++) {
		const struct row *r = table_row(t->table, id);

		if (!r)
			continue;
		refs[r->c.opener]++;
		refs[r->c.owner]++;
		refs[r->c.closer]++;
		refs[r->c.tw_ender]++;
	}
	for (seq = t->settle.head; seq < t->settle.tail; seq++) {
		const struct pend *p = &t->settle.q[seq & (t->settle.cap - 1)];

		refs[p->kind ? p->actor : 0]++;
	}
	for (id = 1; id <= CHECK_ACTORS; id++) {
		if (refs[id] && actors_get(t->actors, id)->refs != refs[id])
			return "references to an actor differ from a recount";
		n += refs[id] != 0;
	}
	return n == actors_count(t->actors) ? NULL : "actors that nothing refers to";
}

static inline const char *check_tracker(const struct tracker *t)
{
	const char *bad = check_counts(t);

	if (!bad)
		bad = check_minisocks(t);
	if (!bad)
		bad = check_settle(t);
	if (!bad)
		bad = check_listeners(t);
	if (!bad)
		bad = check_names(t);
	if (!bad)
		bad = check_actors(t);
	return bad;
}
#endif
