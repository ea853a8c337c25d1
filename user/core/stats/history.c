/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/history.h"
#include <stdlib.h>
#include <string.h>

#define NAMES 5		/* processes that a moment can name */

struct history {
	struct moment *m;	/* room for @limit */
	size_t limit;
	__u64 total;
	__u64 first;		/* number of the oldest one, from 0 */
	struct actors *actors;
};

struct history *history_new(size_t limit)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->limit = limit;
	h->actors = actors_new(limit * NAMES);
	h->m = calloc(limit, sizeof(*h->m));
	if (!h->m || !h->actors) {
		history_free(h);
		return NULL;
	}
	return h;
}

static void let_go(struct history *h, struct moment *m)
{
	actors_unref(h->actors, m->conn.opener);
	actors_unref(h->actors, m->conn.owner);
	actors_unref(h->actors, m->conn.closer);
	actors_unref(h->actors, m->conn.tw_ender);
	actors_unref(h->actors, m->tr.actor);
}

void history_clear(struct history *h)
{
	for (; h->first < h->total; h->first++)
		let_go(h, &h->m[h->first % h->limit]);
}

void history_free(struct history *h)
{
	if (!h)
		return;
	actors_free(h->actors);
	free(h->m);
	free(h);
}

/* The same process in our own table, with a reference. */
static __u32 keep(struct history *h, const struct actors *as, __u32 id)
{
	const struct actor *a = actors_get(as, id);
	struct twt_event ev = { .flags = TWT_F_TASK };

	if (!a)
		return 0;
	ev.tgid = a->tgid;
	ev.aux = a->start_ms;
	ev.cgroup = a->cgroup;
	ev.flags |= (a->kernel ? TWT_F_KTHREAD : 0) | (a->exited ? TWT_F_EXITING : 0);
	memcpy(ev.comm, a->comm, sizeof(ev.comm));
	return actors_of_event(h->actors, &ev);
}

static void put(struct history *h, struct moment *m, const struct transition *tr, const struct actors *as)
{
	if (!actors_names(h->actors))
		actors_set_names(h->actors, actors_names(as));
	m->tr = *tr;
	m->conn = *tr->conn;
	m->tr.conn = &m->conn;
	if (m->conn.wire) {
		m->wire = *m->conn.wire;
		m->conn.wire = &m->wire;
	}
	m->conn.opener = keep(h, as, tr->conn->opener);
	m->conn.owner = keep(h, as, tr->conn->owner);
	m->conn.closer = keep(h, as, tr->conn->closer);
	m->conn.tw_ender = keep(h, as, tr->conn->tw_ender);
	m->tr.actor = keep(h, as, tr->actor);
}

void history_add(struct history *h, const struct transition *tr, const struct actors *as)
{
	struct moment *m = &h->m[h->total % h->limit];

	if (h->total - h->first == h->limit) {
		let_go(h, m);
		h->first++;
	}
	put(h, m, tr, as);
	h->total++;
}

void history_replace(struct history *h, size_t i, const struct transition *tr, const struct actors *as)
{
	struct moment *m = &h->m[(h->first + i) % h->limit];

	let_go(h, m);
	put(h, m, tr, as);
}

size_t history_n(const struct history *h)
{
	return (size_t)(h->total - h->first);
}

const struct moment *history_at(const struct history *h, size_t i)
{
	return &h->m[(h->first + i) % h->limit];
}

const struct actors *history_actors(const struct history *h)
{
	return h->actors;
}

__u64 history_total(const struct history *h)
{
	return h->total;
}
