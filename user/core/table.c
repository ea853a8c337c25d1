// SPDX-License-Identifier: GPL-2.0-only
#include "core/table.h"
#include <stdlib.h>
#include <string.h>

#define CHUNK_ROWS 512
#define NO_ROW 0xffffffffU

struct table {
	struct row **chunks;
	size_t n_chunks, max_rows, size;
	__u32 end, free;	/* ids handed out so far; head of the free list */
	__u32 *index;		/* open addressing, linear probing; NO_ROW = empty */
	size_t slots;		/* power of two */
	size_t by_tuple;	/* rows whose key is 0 */
};

static __u64 mix(__u64 h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

static __u64 key_hash(__u32 netns, __u64 key, const __u8 *laddr, const __u8 *raddr, __u16 lport, __u16 rport)
{
	__u64 h = (__u64)netns << 32, a[4];

	if (key)
		return mix(h ^ mix(key));
	memcpy(a, laddr, 16);
	memcpy(a + 2, raddr, 16);
	h ^= mix(a[0]) ^ mix(a[1] + 1) ^ mix(a[2] + 2) ^ mix(a[3] + 3);
	return mix(h ^ ((__u64)lport << 16 | rport));
}

static __u64 row_hash(const struct row *r)
{
	return key_hash(r->c.netns, r->key, r->c.laddr, r->c.raddr, r->c.lport, r->c.rport);
}

static bool row_is(const struct row *r, const struct twt_event *ev, __u64 key)
{
	const struct conn *c = &r->c;

	if (c->netns != ev->netns || r->key != key)
		return false;
	return key || (c->lport == ev->lport && c->rport == ev->rport &&
		       !memcmp(c->laddr, ev->laddr, 16) && !memcmp(c->raddr, ev->raddr, 16));
}

struct table *table_new(size_t max_rows)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max_rows = max_rows = max_rows < NO_ROW ? max_rows : NO_ROW;
	t->free = NO_ROW;
	t->slots = 1024;
	t->chunks = calloc(max_rows / CHUNK_ROWS + 1, sizeof(*t->chunks));
	t->index = malloc(t->slots * sizeof(*t->index));
	if (!t->chunks || !t->index) {
		table_free(t);
		return NULL;
	}
	memset(t->index, 0xff, t->slots * sizeof(*t->index));
	return t;
}

void table_free(struct table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->n_chunks; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->index);
	free(t);
}

static struct row *row_at(const struct table *t, __u32 id)
{
	return &t->chunks[id / CHUNK_ROWS][id % CHUNK_ROWS];
}

struct row *table_row(const struct table *t, __u32 id)
{
	struct row *r = id < t->end ? row_at(t, id) : NULL;

	return r && r->used ? r : NULL;
}

__u32 table_end(const struct table *t)
{
	return t->end;
}

size_t table_size(const struct table *t)
{
	return t->size;
}

static struct row *find(const struct table *t, const struct twt_event *ev, __u64 key)
{
	__u64 h = key_hash(ev->netns, key, ev->laddr, ev->raddr, ev->lport, ev->rport);
	size_t i;

	for (i = h & (t->slots - 1); t->index[i] != NO_ROW; i = (i + 1) & (t->slots - 1)) {
		struct row *r = row_at(t, t->index[i]);

		if (row_is(r, ev, key))
			return r;
	}
	return NULL;
}

struct row *table_find(const struct table *t, const struct twt_event *ev)
{
	return find(t, ev, ev->cookie);
}

struct row *table_find_tuple(const struct table *t, const struct twt_event *ev)
{
	return t->by_tuple ? find(t, ev, 0) : NULL;	/* there are hardly ever any */
}

static void index_put(__u32 *index, size_t slots, __u64 h, __u32 id)
{
	size_t i = h & (slots - 1);

	while (index[i] != NO_ROW)
		i = (i + 1) & (slots - 1);
	index[i] = id;
}

/* Keep the index at most three quarters full. */
static bool index_grow(struct table *t)
{
	size_t slots = t->slots * 2, i;
	__u32 *index;

	if ((t->size + 1) * 4 <= t->slots * 3)
		return true;
	index = malloc(slots * sizeof(*index));
	if (!index)
		return t->size + 2 < t->slots;	/* crowded, but it still works */
	memset(index, 0xff, slots * sizeof(*index));
	for (i = 0; i < t->slots; i++) {
		if (t->index[i] != NO_ROW)
			index_put(index, slots, row_hash(row_at(t, t->index[i])), t->index[i]);
	}
	free(t->index);
	t->index = index;
	t->slots = slots;
	return true;
}

struct row *table_add(struct table *t, const struct twt_event *ev)
{
	struct row *r;
	__u32 id;

	if (t->size >= t->max_rows || !index_grow(t))
		return NULL;
	if (t->free != NO_ROW) {
		id = t->free;
		r = row_at(t, id);
		t->free = r->next;
	} else {
		id = t->end;
		if (id / CHUNK_ROWS == t->n_chunks) {
			t->chunks[t->n_chunks] = malloc(CHUNK_ROWS * sizeof(struct row));
			if (!t->chunks[t->n_chunks])
				return NULL;
			t->n_chunks++;
		}
		r = row_at(t, id);
		t->end++;
	}
	memset(r, 0, sizeof(*r));
	r->id = id;
	r->used = 1;
	r->next = NO_ROW;
	r->c.netns = ev->netns;
	r->c.cookie = r->key = ev->cookie;
	r->c.family = ev->family;
	memcpy(r->c.laddr, ev->laddr, 16);
	memcpy(r->c.raddr, ev->raddr, 16);
	r->c.lport = ev->lport;
	r->c.rport = ev->rport;
	index_put(t->index, t->slots, row_hash(r), id);
	t->size++;
	t->by_tuple += !r->key;
	return r;
}

/* Linear probing without tombstones: close the gap by moving back what may move (Knuth 6.4, algorithm R). */
static void index_remove(struct table *t, const struct row *r)
{
	size_t mask = t->slots - 1, i = row_hash(r) & mask, j, home;

	while (t->index[i] != r->id)
		i = (i + 1) & mask;
	for (j = (i + 1) & mask; t->index[j] != NO_ROW; j = (j + 1) & mask) {
		home = row_hash(row_at(t, t->index[j])) & mask;
		if (((j - home) & mask) >= ((j - i) & mask)) {
			t->index[i] = t->index[j];
			i = j;
		}
	}
	t->index[i] = NO_ROW;
}

void table_remove(struct table *t, struct row *r)
{
	index_remove(t, r);
	r->used = 0;
	r->next = t->free;
	t->free = r->id;
	t->size--;
	t->by_tuple -= !r->key;
}

bool table_name_by_tuple(struct table *t, struct row *r)
{
	struct twt_event name = { .netns = r->c.netns, .lport = r->c.lport, .rport = r->c.rport };

	memcpy(name.laddr, r->c.laddr, 16);
	memcpy(name.raddr, r->c.raddr, 16);
	if (find(t, &name, 0))
		return false;
	index_remove(t, r);
	r->key = 0;
	t->by_tuple++;
	index_put(t->index, t->slots, row_hash(r), r->id);
	return true;
}
