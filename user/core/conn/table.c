// SPDX-License-Identifier: GPL-2.0-only
#include "core/conn/table.h"
#include <stdlib.h>
#include <string.h>
#include "core/conn/pack.h"
#include "core/conn/wires.h"

#define CHUNK_PLACES 512
#define CHUNK_ROWS 64
#define MAX_WHOLE 2048
#define TIDY_STEPS 4	/* an event asks for one row or two */
#define RECENT 1024	/* a power of two; cookies come one after the other */
#define NO_ROW 0xffffffffU

/* Where the row of an id is. The form is beside the pointer, in one cache line. */
union place {
	__u8 form;
	struct { __u8 form, bytes[PACK_MAX]; } packed;	/* FORM_PACKED */
	struct { __u32 form, next; } free;		/* FORM_FREE: id of the next one */
	struct { __u64 form; struct row *row; } whole;	/* FORM_WHOLE */
};
enum { FORM_FREE, FORM_WHOLE, FORM_PACKED };
_Static_assert(sizeof(union place) == PACK_MAX + 1, "no padding: there may be a million");

struct chunk {
	union place places[CHUNK_PLACES];
	__u32 changed[CHUNK_PLACES / TABLE_GROUP];	/* of each group: the newest look that a row of it was whole in, or after */
};

struct entry { __u32 hash, id; };		/* NO_ROW: empty */

struct table {
	struct chunk **chunks;			/* by id */
	size_t n_chunks, max_rows, size;
	__u32 end, free;			/* ids handed out so far; head of the free list */
	struct row **rows;			/* the whole ones, by place */
	size_t n_rows, cap_rows;		/* chunks */
	size_t whole, max_whole;		/* rows */
	__u32 free_row, hand;			/* head of the free list; who is packed next ... */
	__u32 resting;				/* ... but for this one, an id: at once; or NO_ROW */
	struct entry *index;			/* open addressing, linear probing */
	size_t slots;				/* power of two */
	size_t by_tuple;			/* rows whose key is 0 */
	__u32 look;				/* number of the next one */
	struct row *recent[RECENT];		/* by key: whole rows that were asked for, if they still are what they were */
	struct wires wires;
};

/* Cookies come one after the other: a product's upper half spreads them. */
static inline __u32 cookie_hash(__u32 netns, __u64 key)
{
	return (__u32)(((key ^ (__u64)netns << 32) * 0x9e3779b97f4a7c15ULL) >> 32);
}

static __u64 mix(__u64 h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

static __u32 key_hash(__u32 netns, __u64 key, const __u8 *laddr, const __u8 *raddr, __u16 lport, __u16 rport)
{
	__u64 h = (__u64)netns << 32, a[4];

	if (key)
		return cookie_hash(netns, key);
	memcpy(a, laddr, 16);
	memcpy(a + 2, raddr, 16);
	h ^= mix(a[0]) ^ mix(a[1] + 1) ^ mix(a[2] + 2) ^ mix(a[3] + 3);
	return (__u32)mix(h ^ ((__u64)lport << 16 | rport));
}

static __u32 row_hash(const struct row *r)
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

struct table *table_new(size_t max_rows, size_t max_whole)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max_rows = max_rows = max_rows < NO_ROW ? max_rows : NO_ROW;
	t->max_whole = max_whole ? max_whole : MAX_WHOLE;
	t->free = t->free_row = t->resting = NO_ROW;
	t->look = 1;
	t->slots = 1024;
	t->chunks = calloc(max_rows / CHUNK_PLACES + 1, sizeof(*t->chunks));
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
	for (i = 0; i < t->n_rows; i++)
		free(t->rows[i]);
	wires_clear(&t->wires);
	free(t->chunks);
	free(t->rows);
	free(t->index);
	free(t);
}

__u32 table_end(const struct table *t)
{
	return t->end;
}

size_t table_size(const struct table *t)
{
	return t->size;
}

/* --- whole and packed ---------------------------------------------------------------------------------- */

static union place *place_of(const struct table *t, __u32 id)
{
	return &t->chunks[id / CHUNK_PLACES]->places[id % CHUNK_PLACES];
}

static __u32 *changed_of(const struct table *t, __u32 id)
{
	return &t->chunks[id / CHUNK_PLACES]->changed[id % CHUNK_PLACES / TABLE_GROUP];
}

static struct row *row_at(const struct table *t, __u32 place)
{
	return &t->rows[place / CHUNK_ROWS][place % CHUNK_ROWS];
}

/* More free rows, which are never given back: there are few. */
static bool rows_grow(struct table *t)
{
	struct row *chunk, **grown;
	__u32 i;

	if (t->n_rows == t->cap_rows) {
		size_t cap = t->cap_rows ? t->cap_rows * 2 : 16;

		grown = realloc(t->rows, cap * sizeof(*grown));
		if (!grown)
			return false;
		t->rows = grown;
		t->cap_rows = cap;
	}
	chunk = malloc(CHUNK_ROWS * sizeof(*chunk));
	if (!chunk)
		return false;
	t->rows[t->n_rows++] = chunk;
	for (i = CHUNK_ROWS; i--;) {
		chunk[i].used = 0;
		chunk[i].place = (__u32)(t->n_rows - 1) * CHUNK_ROWS + i;
		chunk[i].next_free = t->free_row;
		t->free_row = chunk[i].place;
	}
	return true;
}

/* A whole row for @id: what is packed there, or zero. NULL without memory. */
static struct row *make_whole(struct table *t, __u32 id)
{
	union place *p = place_of(t, id);
	struct row *r;
	__u32 place;

	if (t->free_row == NO_ROW && !rows_grow(t))
		return NULL;
	place = t->free_row;
	r = row_at(t, place);
	t->free_row = r->next_free;
	if (p->form == FORM_PACKED)
		r->c.wire = wires_at(&t->wires, row_unpack(p->packed.bytes, r));
	else
		memset(r, 0, sizeof(*r));
	r->id = id;
	r->next = NO_ROW;
	r->place = place;
	r->used = 1;
	t->whole++;
	p->whole.row = r;
	p->form = FORM_WHOLE;
	return r;
}

/* Whoever changed it did so while it was whole. */
static void free_whole(struct table *t, struct row *r)
{
	*changed_of(t, r->id) = t->look;
	r->used = 0;
	r->next_free = t->free_row;
	t->free_row = r->place;
	t->whole--;
}

static void pack(struct table *t, struct row *r)
{
	__u8 bytes[PACK_MAX];
	size_t len = row_pack(r, bytes);
	union place *p = place_of(t, r->id);

	if (!len)
		return;
	memcpy(p->packed.bytes, bytes, len);
	p->form = FORM_PACKED;
	free_whole(t, r);
}

void table_rests(struct table *t, const struct row *r)
{
	t->resting = r->id;
}

void table_tidy(struct table *t)
{
	unsigned int step;
	union place *p;
	struct row *r;

	if (t->resting != NO_ROW) {
		p = place_of(t, t->resting);
		if (p->form == FORM_WHOLE)
			pack(t, p->whole.row);
		t->resting = NO_ROW;
	}
	for (step = 0; step < TIDY_STEPS && t->whole > t->max_whole; step++) {
		r = row_at(t, t->hand++);
		if (t->hand == t->n_rows * CHUNK_ROWS)
			t->hand = 0;
		if (r->used && !r->asked_for)
			pack(t, r);
		else
			r->asked_for = 0;	/* since we came here last: another round */
	}
}

struct row *table_row(struct table *t, __u32 id)
{
	union place *p = id < t->end ? place_of(t, id) : NULL;
	struct row *r;

	if (!p || p->form == FORM_FREE)
		return NULL;
	r = p->form == FORM_WHOLE ? p->whole.row : make_whole(t, id);
	if (r)
		r->asked_for = 1;
	return r;
}

const struct row *table_peek(const struct table *t, __u32 id, struct row *scratch)
{
	const union place *p = id < t->end ? place_of(t, id) : NULL;

	if (!p || p->form == FORM_FREE)
		return NULL;
	if (p->form == FORM_WHOLE)
		return p->whole.row;
	scratch->c.wire = wires_at(&t->wires, row_unpack(p->packed.bytes, scratch));
	scratch->id = id;
	return scratch;
}

static inline const struct row *peek_at(const struct table *t, __u32 id, struct row *scratch, void (*unpack)(const __u8 *packed, struct row *ret))
{
	const union place *p = id < t->end ? place_of(t, id) : NULL;

	if (!p || p->form == FORM_FREE)
		return NULL;
	if (p->form == FORM_WHOLE)
		return p->whole.row;
	unpack(p->packed.bytes, scratch);
	scratch->id = id;
	return scratch;
}

const struct row *table_peek_brief(const struct table *t, __u32 id, struct row *scratch)
{
	return peek_at(t, id, scratch, row_unpack_brief);
}

const struct row *table_peek_ends(const struct table *t, __u32 id, struct row *scratch)
{
	return peek_at(t, id, scratch, row_unpack_ends);
}

__u32 table_look(struct table *t)
{
	for (__u32 i = 0; i < t->n_rows * CHUNK_ROWS; i++) {
		const struct row *r = row_at(t, i);

		if (r->used)
			*changed_of(t, r->id) = t->look;
	}
	return t->look++;
}

bool table_changed(const struct table *t, __u32 id, __u32 since)
{
	return *changed_of(t, id) > since;
}

/* --- the index ----------------------------------------------------------------------------------------- */

static struct row **recent_of(struct table *t, __u64 key)
{
	return &t->recent[key & (RECENT - 1)];
}

static struct row *find(struct table *t, const struct twt_event *ev, __u64 key)
{
	struct row *recent = key ? *recent_of(t, key) : NULL;
	__u32 h;
	size_t i;

	/* The memory of rows is never given back: what lies there now tells whether it is the one. */
	if (recent && recent->used && row_is(recent, ev, key)) {
		recent->asked_for = 1;
		return recent;
	}
	h = key_hash(ev->netns, key, ev->laddr, ev->raddr, ev->lport, ev->rport);
	for (i = h & (t->slots - 1); t->index[i].id != NO_ROW; i = (i + 1) & (t->slots - 1)) {
		struct row *r = t->index[i].hash == h ? table_row(t, t->index[i].id) : NULL;

		if (r && row_is(r, ev, key)) {
			if (key)
				*recent_of(t, key) = r;
			return r;
		}
	}
	return NULL;
}

struct row *table_find(struct table *t, const struct twt_event *ev)
{
	return find(t, ev, ev->cookie);
}

struct row *table_find_tuple(struct table *t, const struct twt_event *ev)
{
	return t->by_tuple ? find(t, ev, 0) : NULL;	/* there are hardly ever any */
}

static void index_put(struct entry *index, size_t slots, struct entry e)
{
	size_t i = e.hash & (slots - 1);

	while (index[i].id != NO_ROW)
		i = (i + 1) & (slots - 1);
	index[i] = e;
}

/* Keep the index at most four fifths full. */
static bool index_grow(struct table *t)
{
	size_t slots = t->slots * 2, i;
	struct entry *index;

	if ((t->size + 1) * 5 <= t->slots * 4)
		return true;
	index = malloc(slots * sizeof(*index));
	if (!index)
		return t->size + 2 < t->slots;	/* crowded, but it still works */
	memset(index, 0xff, slots * sizeof(*index));
	for (i = 0; i < t->slots; i++) {
		if (t->index[i].id != NO_ROW)
			index_put(index, slots, t->index[i]);
	}
	free(t->index);
	t->index = index;
	t->slots = slots;
	return true;
}

/* Linear probing without tombstones: close the gap by moving back what may move (Knuth 6.4, algorithm R). */
static void index_remove(struct table *t, const struct row *r)
{
	size_t mask = t->slots - 1, i = row_hash(r) & mask, j, home;

	while (t->index[i].id != r->id)
		i = (i + 1) & mask;
	for (j = (i + 1) & mask; t->index[j].id != NO_ROW; j = (j + 1) & mask) {
		home = t->index[j].hash & mask;
		if (((j - home) & mask) >= ((j - i) & mask)) {
			t->index[i] = t->index[j];
			i = j;
		}
	}
	t->index[i].id = NO_ROW;
}

/* --- rows come and go ---------------------------------------------------------------------------------- */

/* An id without a row, at the head of the free list. */
static bool have_free_id(struct table *t)
{
	union place *p;

	if (t->free != NO_ROW)
		return true;
	if (t->end / CHUNK_PLACES == t->n_chunks) {
		t->chunks[t->n_chunks] = malloc(sizeof(struct chunk));
		if (!t->chunks[t->n_chunks])
			return false;
		for (size_t i = 0; i < CHUNK_PLACES / TABLE_GROUP; i++)
			t->chunks[t->n_chunks]->changed[i] = t->look;
		t->n_chunks++;
	}
	t->free = t->end++;
	p = place_of(t, t->free);
	p->form = FORM_FREE;
	p->free.next = NO_ROW;
	return true;
}

struct row *table_add(struct table *t, const struct twt_event *ev)
{
	struct row *r;
	__u32 next;

	if (t->size >= t->max_rows || !index_grow(t) || !have_free_id(t))
		return NULL;
	next = place_of(t, t->free)->free.next;
	r = make_whole(t, t->free);
	if (!r)
		return NULL;
	t->free = next;
	r->asked_for = 1;
	r->c.netns = ev->netns;
	r->c.cookie = r->key = ev->cookie;
	r->c.family = ev->family;
	memcpy(r->c.laddr, ev->laddr, 16);
	memcpy(r->c.raddr, ev->raddr, 16);
	r->c.lport = ev->lport;
	r->c.rport = ev->rport;
	index_put(t->index, t->slots, (struct entry){ row_hash(r), r->id });
	t->size++;
	t->by_tuple += !r->key;
	if (r->key)
		*recent_of(t, r->key) = r;
	return r;
}

void table_remove(struct table *t, struct row *r)
{
	union place *p = place_of(t, r->id);

	index_remove(t, r);
	wires_free(&t->wires, r->c.wire);
	p->form = FORM_FREE;
	p->free.next = t->free;
	t->free = r->id;
	t->size--;
	t->by_tuple -= !r->key;
	free_whole(t, r);
}

struct wire *table_wire(struct table *t, struct row *r)
{
	if (!r->c.wire)
		r->c.wire = wires_new(&t->wires);
	return r->c.wire;
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
	index_put(t->index, t->slots, (struct entry){ row_hash(r), r->id });
	return true;
}
