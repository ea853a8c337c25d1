// SPDX-License-Identifier: GPL-2.0-only
/* Groups: which one a connection belongs to, and what happens when there are too many. */
#include <stdlib.h>
#include <string.h>
#include "core/stats/closers/parts.h"

#define FIRST 64

struct closers *closers_new(enum closers_by by, size_t max_rows)
{
	struct closers *cs = calloc(1, sizeof(*cs));

	if (!cs)
		return NULL;
	cs->by = by;
	cs->max_rows = max_rows ? max_rows : CLOSERS_ROWS_MAX;
	cs->dests_budget = DESTS_BUDGET;
	cs->rtt_budget.limit = RTT_BUDGET;
	cs->cap = FIRST;
	cs->index_len = FIRST * 2;
	cs->slots = calloc(cs->cap, sizeof(*cs->slots));
	cs->index = calloc(cs->index_len, sizeof(*cs->index));
	if (!cs->slots || !cs->index) {
		closers_free(cs);
		return NULL;
	}
	return cs;
}

static void slot_free(struct closer_slot *s)
{
	if (s) {
		dests_clear(&s->row.dests);
		hist_free(s->row.wire.rtt);
		free(s->row.wire.rtt);
	}
	free(s);
}

void closers_free(struct closers *cs)
{
	size_t i;

	if (!cs)
		return;
	for (i = 0; i < cs->n; i++)
		slot_free(cs->slots[i]);
	slot_free(cs->rest);
	free(cs->slots);
	free(cs->index);
	free(cs->sorted);
	free(cs);
}

/* A word at a time: this is run several times for each connection, and for each one that is looked at. */
static __u64 hash(const struct closer_key *key)
{
	__u64 words[sizeof(*key) / sizeof(__u64)], h = 0;
	size_t i;

	_Static_assert(sizeof(*key) == sizeof(words), "no byte is left out");
	memcpy(words, key, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		h = (h ^ words[i]) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return h;
}

/* The place of @key, or the empty one where it belongs. Half of all places are empty. */
static __u32 *place(const struct closers *cs, const struct closer_key *key)
{
	size_t mask = cs->index_len - 1, i = hash(key) & mask;

	while (cs->index[i] && memcmp(&cs->slots[cs->index[i] - 1]->row.key, key, sizeof(*key)))
		i = (i + 1) & mask;
	return &cs->index[i];
}

static void index_all(struct closers *cs)
{
	size_t i;

	memset(cs->index, 0, cs->index_len * sizeof(*cs->index));
	for (i = 0; i < cs->n; i++)
		*place(cs, &cs->slots[i]->row.key) = (__u32)i + 1;
}

static bool grow(struct closers *cs)
{
	struct closer_slot **slots = realloc(cs->slots, cs->cap * 2 * sizeof(*slots));
	__u32 *index;

	if (!slots)
		return false;
	cs->slots = slots;
	index = realloc(cs->index, cs->index_len * 2 * sizeof(*index));
	if (!index)
		return false;
	cs->index = index;
	cs->cap *= 2;
	cs->index_len *= 2;
	index_all(cs);
	return true;
}

static struct closer_slot *rest_of(struct closers *cs)
{
	if (!cs->rest) {
		struct hist *rtt = malloc(sizeof(*rtt));

		cs->rest = calloc(1, sizeof(*cs->rest));
		if (!cs->rest || !rtt) {
			free(cs->rest);
			free(rtt);
			return cs->rest = NULL;
		}
		closer_rtt_init(rtt);	/* one group: without a limit, it must take everything */
		cs->rest->row.key.rest = 1;
		cs->rest->row.wire.rtt = rtt;
	}
	return cs->rest;
}

/* Rows that hold nothing now and of which nothing was heard since the last look. */
static bool idle(const struct closers *cs, const struct closer_slot *s)
{
	return s->touched_ns < cs->look_ns && !s->row.open && !s->row.tw_now && !closer_stuck(&s->row);
}

static int by_touch(const void *va, const void *vb)
{
	const struct closer_slot *a = *(struct closer_slot *const *)va, *b = *(struct closer_slot *const *)vb;

	if (a->touched_ns != b->touched_ns)
		return a->touched_ns < b->touched_ns ? -1 : 1;
	return memcmp(&a->row.key, &b->row.key, sizeof(a->row.key));
}

/*
 * All rows are taken: the quarter that is idle longest, mostly processes that have gone, makes room and is counted in the rest.
 * Sums stay right. At most once per look, so that a flood of groups costs no more than one sort.
 */
static void fold(struct closers *cs)
{
	size_t want = cs->max_rows / 4 + 1, done = 0, kept = 0, i;

	if (cs->folded || !rest_of(cs))
		return;
	cs->folded = true;
	qsort(cs->slots, cs->n, sizeof(*cs->slots), by_touch);
	for (i = 0; i < cs->n; i++) {
		struct closer_slot *s = cs->slots[i];

		if (done < want && idle(cs, s)) {
			closers_add_up(&cs->rest->row, &s->row);
			cs->dests_budget += s->row.dests.cap;
			slot_free(s);
			done++;
		} else {
			cs->slots[kept++] = s;
		}
	}
	cs->n = kept;
	memset(cs->last, 0, sizeof(cs->last));
	index_all(cs);
}

static struct closer_slot *slot_of(struct closers *cs, const struct closer_key *key)
{
	__u32 *at = place(cs, key);
	struct closer_slot *s;

	if (*at)
		return cs->slots[*at - 1];
	if (cs->n >= cs->max_rows)
		fold(cs);
	if (cs->n >= cs->max_rows)
		return rest_of(cs);
	if (cs->n == cs->cap && !grow(cs))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->row.key = *key;
	cs->slots[cs->n++] = s;
	*place(cs, key) = (__u32)cs->n;
	return s;
}

static struct closer_key key_of(enum closers_by by, const struct conn *c, const struct actors *as, const struct actor *owner)
{
	struct closer_key key;
	enum name_by name_by;
	bool named = closers_name_by(by, &name_by);
	bool of_process = by == CLOSERS_BY_PID || by == CLOSERS_BY_COMM || by == CLOSERS_BY_CGROUP || named;

	memset(&key, 0, sizeof(key));	/* padding is compared too */
	/* Which worker of the kernel it was says nothing. */
	key.kernel = of_process && (owner ? owner->kernel : (c->flags & CONN_KERNEL) != 0);
	key.known = !of_process || (owner && !key.kernel);
	if (!key.known)
		return key;
	switch (by) {
	case CLOSERS_BY_PID:
		key.num = (__u64)owner->start_ms << 32 | owner->tgid;
		break;
	case CLOSERS_BY_COMM:
		memcpy(key.comm, owner->comm, sizeof(key.comm));
		break;
	case CLOSERS_BY_CGROUP:
		key.num = owner->cgroup;
		key.known = key.num != 0;
		break;
	case CLOSERS_BY_CONTAINER:
	case CLOSERS_BY_POD:
	case CLOSERS_BY_UNIT:
		key.num = name_group(actors_name(as, c->owner), name_by);
		key.known = key.num != 0;
		break;
	case CLOSERS_BY_NETNS:
		key.num = c->netns;
		break;
	case CLOSERS_BY_LPORT:
		key.num = c->role == ROLE_CLIENT ? 0 : c->lport;
		break;
	case CLOSERS_BY_REMOTE:
		key.remote = dest_of(c);
		break;
	case CLOSERS_BY_MAX:
		break;
	}
	return key;
}

/* Is @s the row of process @owner? */
static bool is_of(const struct closers *cs, const struct closer_slot *s, const struct actor *owner)
{
	return cs->by == CLOSERS_BY_PID && s && owner && !owner->kernel && s->row.key.known && !s->row.key.rest &&
	       s->row.key.num == ((__u64)owner->start_ms << 32 | owner->tgid);
}

struct closer_row *closers_row_of(struct closers *cs, const struct conn *c, const struct actors *as)
{
	const struct actor *owner = actors_get(as, c->owner);
	struct closer_slot **last = &cs->last[c->owner % (sizeof(cs->last) / sizeof(cs->last[0]))];
	struct closer_slot *s = *last;
	struct closer_key key;

	if (!is_of(cs, s, owner)) {
		key = key_of(cs->by, c, as, owner);
		s = slot_of(cs, &key);
		if (!s)
			return NULL;
		*last = s;
	}
	s->touched_ns = cs->now_ns;
	if (s->row.key.known && cs->by == CLOSERS_BY_PID) {
		memcpy(s->row.comm, owner->comm, sizeof(s->row.comm));
		if (owner->cgroup)
			s->row.cgroup = owner->cgroup;
		s->row.exited |= owner->exited;
	}
	return &s->row;
}
