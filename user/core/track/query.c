// SPDX-License-Identifier: GPL-2.0-only
/* What others may ask the tracker. */
#include <string.h>
#include "core/track/parts.h"

__u64 tracker_now(const struct tracker *t) { return t->now_ns; }
long long tracker_clock_offset(const struct tracker *t) { return t->clock_offset; }
const struct actors *tracker_actors(const struct tracker *t) { return t->actors; }
const struct names *tracker_names(const struct tracker *t) { return t->names; }
const struct stacks *tracker_stacks(const struct tracker *t) { return t->stacks; }
__u64 tracker_plan(const struct tracker *t) { return t->plan; }
__u64 tracker_gaps(const struct tracker *t) { return t->gaps; }
const struct totals *tracker_totals(const struct tracker *t) { return &t->totals; }

__u64 tracker_unsettled_ns(const struct tracker *t)
{
	__u64 due = settle_next_ns(t);

	if (due == ~0ULL)
		return due;
	due += TRACKER_SETTLE_NS;
	return due > t->now_ns ? due - t->now_ns : 1;
}

void tracker_counts(const struct tracker *t, __u64 ret[ST_MAX])
{
	size_t i;

	memcpy(ret, t->counts, sizeof(t->counts));
	for (i = 0; i < t->n_halfopen; i++)
		ret[ST_SYN_RECV] += t->halfopen[i].count;
}

static inline bool exists(const struct row *r)
{
	return r && !(r->c.flags & CONN_GONE) && r->c.state;
}

static inline int each_row(const struct tracker *t, const struct row *(*peek)(const struct table *t, __u32 id, struct row *scratch),
			   int (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	struct row scratch = { 0 };
	const struct row *r;
	__u32 id;
	int err;

	for (id = 0; id < table_end(t->table); id++) {
		r = peek(t->table, id, &scratch);
		if (!exists(r))
			continue;
		err = fn(ctx, &r->c);
		if (err)
			return err;
	}
	return 0;
}

int tracker_foreach(const struct tracker *t, int (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	return each_row(t, table_peek, fn, ctx);
}

int tracker_foreach_brief(const struct tracker *t, int (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	return each_row(t, table_peek_brief, fn, ctx);
}

int tracker_foreach_ends(const struct tracker *t, int (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	return each_row(t, table_peek_ends, fn, ctx);
}

_Static_assert(__builtin_offsetof(struct row, c) == 0, "a connection is where its row is");

__u32 tracker_id(const struct conn *c)
{
	/* Every connection that is told of is the first member of its row. */
	return ((const struct row *)(const void *)c)->id;
}

__u32 tracker_numbers(const struct tracker *t)
{
	return table_end(t->table);
}

_Static_assert(TRACKER_GROUP == TABLE_GROUP, "groups of numbers are groups of rows");

int tracker_foreach_changed(const struct tracker *t, __u32 *since, const struct changed_ops *ops, void *ctx)
{
	__u32 end = table_end(t->table), look = table_look(t->table), before = *since, id = 0, stop;
	struct row scratch = { 0 };
	int err;

	*since = 0;
	while (id < end) {
		stop = end - id < TABLE_GROUP ? end : id + TABLE_GROUP;
		if (!table_changed(t->table, id, before) && ops->same(ctx, id, stop - id))
			id = stop;
		for (; id < stop; id++) {
			const struct row *r = table_peek_ends(t->table, id, &scratch);

			err = ops->fn(ctx, id, exists(r) ? &r->c : NULL);
			if (err)
				return err;
		}
	}
	*since = look;
	return 0;
}

const struct conn *tracker_conn(const struct tracker *t, __u32 id)
{
	const struct row *r = table_row(t->table, id);

	return exists(r) ? &r->c : NULL;
}

size_t tracker_size(const struct tracker *t)
{
	return table_size(t->table);
}

int tracker_foreach_halfopen(const struct tracker *t,
			     int (*fn)(void *ctx, __u32 netns, __u16 lport, __u64 count,
				       const struct conn *listener),
			     void *ctx)
{
	size_t i;
	int err;

	for (i = 0; i < t->n_halfopen; i++) {
		const struct halfopen_row *h = &t->halfopen[i];

		err = fn(ctx, h->netns, h->lport, h->count, tracker_listener(t, h->netns, h->lport, NULL));
		if (err)
			return err;
	}
	return 0;
}

const char *loss_name(unsigned int loss)
{
	static const char *const names[LOSS_MAX] = {
		[LOSS_RING] = "ring_full", [LOSS_RECURSION] = "recursion_miss",
		[LOSS_HALFOPEN] = "halfopen_full", [LOSS_BAD] = "undecodable",
		[LOSS_TABLE_FULL] = "table_full", [LOSS_ACTORS_FULL] = "actors_full",
	};

	return loss < LOSS_MAX ? names[loss] : "-";
}

void tracker_losses(const struct tracker *t, __u64 ret[LOSS_MAX])
{
	size_t i;

	for (i = 0; i < LOSS_MAX; i++)
		ret[i] = t->losses[i] + t->told_losses[i];
	ret[LOSS_ACTORS_FULL] = actors_overflow(t->actors);
}
