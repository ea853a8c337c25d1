/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be true of a tracker after any stream of events, in any order. Returns what is not, or NULL. */
#ifndef TESTS_CHECK_TRACKER_H
#define TESTS_CHECK_TRACKER_H
#include <string.h>
#include "core/track/parts.h"

/* Looked at only: packed rows stay packed, so that whoever keeps a pointer too long is found out. */
static inline const struct row *peek(const struct tracker *t, __u32 id, struct row *scratch)
{
	return table_peek(t->table, id, scratch);
}

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
			struct row scratch;
			const struct row *r = peek(t, id, &scratch);

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
		struct row scratch;
		const struct row *r = p->kind ? peek(t, p->row, &scratch) : NULL;

		if (!p->kind)
			continue;
		live++;
		if (!r || r->settle_seq != seq || r->c.pending != p->kind || r->c.flags & CONN_GONE)
			return "a pending entry and its row differ";
		if ((p->kind == PENDING_TW_END) != !!(r->c.flags & CONN_MINISOCK))
			return "what is pending is not about this kind of socket";
	}
	for (id = 0; id < table_end(t->table); id++) {
		struct row scratch;
		const struct row *r = peek(t, id, &scratch);

		pending += r && r->c.pending;
	}
	return live == pending ? NULL : "pending rows differ from the queue";
}

/* Listeners are in the bucket where they are looked for, once, and nothing else is. */
static inline const char *check_listeners(const struct tracker *t)
{
	size_t listed = 0, with_port = 0, i;
	struct row other;
	__u32 id, next;

	for (i = 0; i < LISTENER_BUCKETS; i++) {
		struct row scratch;
		const struct row *r = peek(t, t->listeners[i], &scratch);

		if (!r && t->listeners[i] != 0xffffffffU)
			return "a bucket of listeners begins with a row that is gone";
		for (; r; r = peek(t, r->next, &scratch)) {
			if (r->c.role != ROLE_LISTENER || r->c.flags & CONN_GONE ||
			    ++listed > table_size(t->table))
				return "a bucket of listeners with something else in it";
			next = r->next;
			if (next != 0xffffffffU && !peek(t, next, &other))
				return "a bucket of listeners leads to a row that is gone";
		}
	}
	for (id = 0; id < table_end(t->table); id++) {
		struct row scratch;
		const struct row *r = peek(t, id, &scratch);

		with_port += r && !(r->c.flags & CONN_GONE) && r->c.role == ROLE_LISTENER && r->c.lport;
	}
	return listed == with_port ? NULL : "listeners and their buckets differ";
}

static inline bool same_name(const struct row *a, const struct row *b)
{
	if (a->c.netns != b->c.netns || a->key != b->key)
		return false;
	return a->key || (a->c.lport == b->c.lport && a->c.rport == b->c.rport &&
			  !memcmp(a->c.laddr, b->c.laddr, sizeof(a->c.laddr)) &&
			  !memcmp(a->c.raddr, b->c.raddr, sizeof(a->c.raddr)));
}

/* No name is used twice. Slow: for small tables. */
static inline const char *check_names(const struct tracker *t)
{
	struct row sa, sb;
	__u32 i, j;

	for (i = 0; i < table_end(t->table) && table_end(t->table) < 100; i++) {
		const struct row *a = peek(t, i, &sa);

		for (j = 0; a && j < i; j++) {
			const struct row *b = peek(t, j, &sb);

			if (b && same_name(a, b))
				return "two rows have one name";
		}
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
		struct row scratch;
		const struct row *r = peek(t, id, &scratch);

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
