/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/census.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct census {
	enum census_by by;
	size_t limit;
	struct census_group *groups;	/* the first @n; cap - n free */
	size_t n, cap;
	__u32 *heads;			/* @cap * 2 slots, open addressing: index into groups plus 1 */
	bool sorted;			/* the order is for reading: the slots no longer fit */
};

struct census *census_new(enum census_by by, size_t limit)
{
	struct census *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->by = by;
	c->limit = limit;
	c->cap = 16;
	c->groups = calloc(c->cap, sizeof(*c->groups));
	c->heads = calloc(c->cap * 2, sizeof(*c->heads));
	if (!c->groups || !c->heads) {
		census_free(c);
		return NULL;
	}
	census_clear(c);
	return c;
}

void census_free(struct census *c)
{
	if (!c)
		return;
	free(c->groups);
	free(c->heads);
	free(c);
}

static __u64 hash(const struct census_group *key)
{
	__u64 h = key->num ^ (__u64)key->known << 40 ^ (__u64)key->other << 41;
	const char *p;

	for (p = key->comm; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
	h *= 0x9e3779b97f4a7c15ULL;
	return h >> 20;
}

static bool same(const struct census_group *a, const struct census_group *b)
{
	return a->num == b->num && a->known == b->known && a->other == b->other &&
	       strcmp(a->comm, b->comm) == 0;
}

/* The slot of @key, or the empty one where it belongs. There is always an empty one: half of them. */
static __u32 *find(const struct census *c, const struct census_group *key)
{
	size_t mask = c->cap * 2 - 1, i = hash(key) & mask;

	while (c->heads[i] && !same(&c->groups[c->heads[i] - 1], key))
		i = (i + 1) & mask;
	return &c->heads[i];
}

static void index_all(struct census *c)
{
	size_t i;

	memset(c->heads, 0, c->cap * 2 * sizeof(*c->heads));
	for (i = 0; i < c->n; i++)
		*find(c, &c->groups[i]) = (__u32)i + 1;
}

static int grow(struct census *c)
{
	size_t cap = c->cap * 2;
	struct census_group *groups = realloc(c->groups, cap * sizeof(*groups));
	__u32 *heads;

	if (!groups)
		return -ENOMEM;
	c->groups = groups;
	heads = realloc(c->heads, cap * 2 * sizeof(*heads));
	if (!heads)
		return -ENOMEM;
	c->heads = heads;
	c->cap = cap;
	index_all(c);
	return 0;
}

static int group_of(struct census *c, const struct census_group *key, struct census_group **ret)
{
	static const struct census_group other = { .other = true };
	__u32 *slot = find(c, key);
	int err;

	if (*slot == 0 && c->n >= c->limit && c->by != CENSUS_ALL) {
		key = &other;
		slot = find(c, key);
	}
	if (*slot == 0) {
		if (c->n == c->cap) {
			err = grow(c);
			if (err)
				return err;
			slot = find(c, key);
		}
		c->groups[c->n] = *key;
		*slot = (__u32)++c->n;
	}
	*ret = &c->groups[*slot - 1];
	return 0;
}

void census_clear(struct census *c)
{
	c->n = 0;
	c->sorted = false;
	if (c->by == CENSUS_ALL) {
		c->groups[0] = (struct census_group){ .known = true };
		c->n = 1;
	}
	index_all(c);
}

static struct census_group key_of(enum census_by by, const struct conn *conn, const struct actors *as)
{
	const struct actor *owner = by >= CENSUS_PID ? actors_get(as, conn->owner) : NULL;
	struct census_group key = { .known = by < CENSUS_PID || owner };

	if (by == CENSUS_NETNS)
		key.num = conn->netns;
	else if (by == CENSUS_LPORT)
		key.num = conn->lport;
	else if (by == CENSUS_PID && owner)
		key.num = owner->tgid;
	else if (by == CENSUS_COMM && owner)
		strcpy(key.comm, owner->comm);
	else if (by >= CENSUS_CONTAINER)
		key.num = name_group(actors_name(as, conn->owner), (enum name_by)(NAME_BY_CONTAINER + (by - CENSUS_CONTAINER)));
	if (by >= CENSUS_CONTAINER)
		key.known = key.num != 0;
	return key;
}

int census_add(struct census *c, const struct conn *conn, const struct actors *as, unsigned int state,
	       __u64 n)
{
	struct census_group key = key_of(c->by, conn, as), *g;
	int err;

	if (state == ST_NEW_SYN_RECV)
		state = ST_SYN_RECV;
	if (state == ST_NONE || state > ST_SHOWN)
		return 0;
	if (c->sorted) {
		index_all(c);
		c->sorted = false;
	}
	err = group_of(c, &key, &g);
	if (!err)
		g->counts[state] += n;
	return err;
}

static int compare(const void *va, const void *vb)
{
	const struct census_group *a = va, *b = vb;

	if (a->other != b->other)
		return a->other ? 1 : -1;
	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->num != b->num)
		return a->num < b->num ? -1 : 1;
	return strcmp(a->comm, b->comm);
}

const struct census_group *census_groups(struct census *c, size_t *ret_n)
{
	qsort(c->groups, c->n, sizeof(*c->groups), compare);
	c->sorted = true;
	*ret_n = c->n;
	return c->groups;
}
