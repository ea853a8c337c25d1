/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/text/fmt.h"

/*
 * 2^12 buckets for each power of two are 8 ms at 60 s: TIME_WAIT has a shape. Where there can be thousands of
 * groups, 2^7 must do.
 */
#define BITS_FEW 12
#define BITS_MANY 7

struct key { __u64 num; __u8 bytes[16]; __u64 kind; };
enum { KEY_NONE, KEY_KNOWN, KEY_OTHER };

struct cell { struct hist *h; __u64 began_before, lost, reconstructed, open; };

struct group {
	struct key key;
	char label[NAME_PART_MAX + 1];
	char comm[TWT_COMM_LEN + 1];
	struct cell cell[HIST_SLOTS];
};

/*
 * Buckets of many histograms, finer than the caches are large: one is fetched when a sample comes, and counted when so many others have come.
 */
#define LATER 16		/* a power of two */

struct hist_set {
	enum hist_by by;
	unsigned int bits;
	size_t limit, n, cap;
	struct group **groups;
	__u32 *heads;			/* open addressing: index into groups plus 1 */
	size_t n_heads;
	struct hist_budget budget;
	struct hist_item *items;	/* of the last hist_set_items() */
	size_t cap_items;
	struct hist empty, rest;	/* .rest: the groups beyond the top */
	__u64 *later[LATER];		/* buckets that are to be one more; NULL: none */
	unsigned int at;
};

static const char *const by_names[HIST_BY_MAX] = {
	[HIST_BY_COMM] = "comm", [HIST_BY_PID] = "pid", [HIST_BY_LPORT] = "lport", [HIST_BY_RADDR] = "raddr",
	[HIST_BY_CLOSE] = "closekind", [HIST_BY_END] = "end", [HIST_BY_SYN] = "syn-retrans",
	[HIST_BY_CONTAINER] = "container", [HIST_BY_POD] = "pod", [HIST_BY_UNIT] = "unit",
};

const char *hist_by_name(enum hist_by by)
{
	return by_names[by];
}

int hist_by_parse(const char *text, enum hist_by *ret_by)
{
	unsigned int i;

	for (i = HIST_BY_COMM; i < HIST_BY_MAX; i++) {
		if (strcmp(text, by_names[i]) == 0) {
			*ret_by = (enum hist_by)i;
			return 0;
		}
	}
	return -EINVAL;
}

struct hist_set *hist_set_new(enum hist_by by, size_t max_groups)
{
	struct hist_set *s = calloc(1, sizeof(*s));
	bool few = by == HIST_BY_ALL || by == HIST_BY_CLOSE || by == HIST_BY_END || by == HIST_BY_SYN;

	if (!s)
		return NULL;
	s->by = by;
	s->bits = few ? BITS_FEW : BITS_MANY;
	s->limit = max_groups ? max_groups : HIST_GROUPS_MAX;
	s->budget.limit = HIST_GROUPS_BYTES;
	s->n_heads = 64;
	while (s->n_heads < s->limit * 2)
		s->n_heads *= 2;
	s->heads = calloc(s->n_heads, sizeof(*s->heads));
	if (!s->heads) {
		free(s);
		return NULL;
	}
	hist_init(&s->empty, s->bits, NULL);
	hist_init(&s->rest, s->bits, NULL);
	return s;
}

void hist_set_coarse(struct hist_set *s)
{
	s->bits = BITS_MANY;
	hist_init(&s->empty, s->bits, NULL);
	hist_init(&s->rest, s->bits, NULL);
}

/* Before anybody looks. */
static void count_later(struct hist_set *s)
{
	unsigned int i;

	for (i = 0; i < LATER; i++) {
		if (s->later[i])
			++*s->later[i];
		s->later[i] = NULL;
	}
}

static void group_free(struct group *g)
{
	unsigned int i;

	for (i = 0; i < HIST_SLOTS; i++) {
		hist_free(g->cell[i].h);
		free(g->cell[i].h);
	}
	free(g);
}

void hist_set_clear(struct hist_set *s)
{
	size_t i;

	memset(s->later, 0, sizeof(s->later));
	for (i = 0; i < s->n; i++)
		group_free(s->groups[i]);
	s->n = 0;
	memset(s->heads, 0, s->n_heads * sizeof(*s->heads));
}

void hist_set_free(struct hist_set *s)
{
	if (!s)
		return;
	hist_set_clear(s);
	hist_free(&s->rest);
	free(s->groups);
	free(s->heads);
	free(s->items);
	free(s);
}

static enum name_by name_by(enum hist_by by)
{
	return (enum name_by)(NAME_BY_CONTAINER + (by - HIST_BY_CONTAINER));
}

static void key_of(const struct hist_set *s, const struct conn *c, const struct actors *as, struct key *k)
{
	const struct actor *a =
		s->by == HIST_BY_COMM || s->by == HIST_BY_PID ? actors_get(as, c->owner) : NULL;

	*k = (struct key){ 0 };
	switch (s->by) {
	case HIST_BY_COMM:
		k->kind = a ? KEY_KNOWN : KEY_NONE;
		if (a)
			memcpy(k->bytes, a->comm, strnlen(a->comm, sizeof(k->bytes)));
		break;
	case HIST_BY_PID:	/* a pid that is used again is another process */
		k->kind = a ? KEY_KNOWN : KEY_NONE;
		k->num = a ? (__u64)a->start_ms << 32 | a->tgid : 0;
		break;
	case HIST_BY_LPORT:
		k->kind = c->lport ? KEY_KNOWN : KEY_NONE;
		k->num = c->lport;
		break;
	case HIST_BY_RADDR:
		k->kind = KEY_KNOWN;
		memcpy(k->bytes, c->raddr, sizeof(k->bytes));
		break;
	case HIST_BY_CLOSE:
		k->kind = c->close == CLOSE_NOT_YET ? KEY_NONE : KEY_KNOWN;
		k->num = c->close;
		break;
	case HIST_BY_CONTAINER:
	case HIST_BY_POD:
	case HIST_BY_UNIT:
		k->num = name_group(actors_name(as, c->owner), name_by(s->by));
		k->kind = k->num ? KEY_KNOWN : KEY_NONE;
		break;
	case HIST_BY_END:
		k->kind = c->tw_end == TW_END_NONE ? KEY_NONE : KEY_KNOWN;
		k->num = c->tw_end;
		break;
	case HIST_BY_SYN:
		k->kind = c->wire && c->wire->syn_known ? KEY_KNOWN : KEY_NONE;
		k->num = k->kind == KEY_KNOWN ? c->wire->syn_retrans : 0;
		break;
	default:
		break;
	}
}

static size_t slot_of(const struct hist_set *s, const struct key *k)
{
	__u64 words[sizeof(*k) / sizeof(__u64)], hash = 0;
	size_t i;

	/* A word at a time: this is run for each sample. */
	memcpy(words, k, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	for (i = (hash >> 20) & (s->n_heads - 1); s->heads[i]; i = (i + 1) & (s->n_heads - 1))
		if (memcmp(&s->groups[s->heads[i] - 1]->key, k, sizeof(*k)) == 0)
			break;
	return i;
}

static void label_group(const struct hist_set *s, struct group *g, const struct conn *c,
		       const struct actors *as)
{
	const struct actor *a = actors_get(as, c->owner);
	struct strbuf b = { 0 };

	switch (s->by) {
	case HIST_BY_COMM:
		snprintf(g->label, sizeof(g->label), "%s", a->comm);
		break;
	case HIST_BY_PID:
		snprintf(g->label, sizeof(g->label), "%u", a->tgid);
		snprintf(g->comm, sizeof(g->comm), "%s", a->comm);
		break;
	case HIST_BY_LPORT:
		snprintf(g->label, sizeof(g->label), "%u", c->lport);
		break;
	case HIST_BY_RADDR:	/* the peer is the same through a v4-mapped socket */
		fmt_addr(c->raddr, addr_is_v4(c->raddr) ? 2 : 10, g->label);
		break;
	case HIST_BY_CLOSE:
		snprintf(g->label, sizeof(g->label), "%s", close_kind_name(c->close));
		break;
	case HIST_BY_END:
		snprintf(g->label, sizeof(g->label), "%s", tw_end_name(c->tw_end));
		break;
	case HIST_BY_CONTAINER:
	case HIST_BY_POD:
	case HIST_BY_UNIT:
		if (name_label_by(actors_name(as, c->owner), name_by(s->by), &b) && b.s)
			snprintf(g->label, sizeof(g->label), "%s", b.s);
		strbuf_free(&b);
		break;
	case HIST_BY_SYN:
		snprintf(g->label, sizeof(g->label), "%u", c->wire->syn_retrans);
		break;
	default:
		break;
	}
}

/* The group with key @k, made if needed; NULL without memory. */
static struct group *group_get(struct hist_set *s, struct key *k, const struct conn *c,
			       const struct actors *as)
{
	size_t at = slot_of(s, k), cap;
	struct group **grown, *g;

	if (s->heads[at])
		return s->groups[s->heads[at] - 1];
	if (s->n >= s->limit && k->kind != KEY_OTHER) {
		*k = (struct key){ .kind = KEY_OTHER };
		return group_get(s, k, c, as);
	}
	if (s->n == s->cap) {
		cap = s->cap ? s->cap * 2 : 16;
		grown = realloc(s->groups, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		s->groups = grown;
		s->cap = cap;
	}
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->key = *k;
	if (k->kind == KEY_KNOWN)
		label_group(s, g, c, as);
	s->groups[s->n++] = g;
	s->heads[at] = (__u32)s->n;
	return g;
}

/* The group of @c; NULL without memory. */
static struct group *group_of(struct hist_set *s, const struct conn *c, const struct actors *as)
{
	struct key k;

	if (s->by == HIST_BY_ALL && s->n)
		return s->groups[0];
	key_of(s, c, as, &k);
	return group_get(s, &k, c, as);
}

static int cell_add(struct hist_set *s, struct group *g, unsigned int slot, __u64 ns)
{
	struct cell *cell = &g->cell[slot];
	__u64 *bucket, **later;
	int err;

	if (!cell->h) {
		cell->h = malloc(sizeof(*cell->h));
		if (!cell->h)
			return -ENOMEM;
		/* What must take everything has no limit, and is one group. */
		hist_init(cell->h, s->bits,
			  s->by == HIST_BY_ALL || g->key.kind == KEY_OTHER ? NULL : &s->budget);
	}
	err = hist_add_later(cell->h, ns, &bucket);
	if (err)
		return err;
	__builtin_prefetch(bucket, 1);
	later = &s->later[s->at++ % LATER];
	if (*later)
		++**later;
	*later = bucket;
	return 0;
}

int hist_set_add(struct hist_set *s, const struct conn *c, const struct actors *as,
		 const struct phase_sample *sample)
{
	struct group *g = group_of(s, c, as);
	struct key k;
	int err;

	if (!g)
		return -ENOMEM;
	if (sample->fate == PHASE_BEGAN_BEFORE)
		g->cell[sample->phase].began_before++;
	if (sample->fate == PHASE_LOST)
		g->cell[sample->phase].lost++;
	if (sample->fate != PHASE_MEASURED)
		return 0;
	err = cell_add(s, g, sample->phase, sample->ns);
	if (err == -ENOSPC) {
		k = (struct key){ .kind = KEY_OTHER };
		g = group_get(s, &k, c, as);
		err = g ? cell_add(s, g, sample->phase, sample->ns) : -ENOMEM;
	}
	if (!err && sample->reconstructed)
		g->cell[sample->phase].reconstructed++;
	return err;
}

int hist_set_open(struct hist_set *s, const struct conn *c, const struct actors *as, unsigned int slot)
{
	struct group *g = group_of(s, c, as);

	if (!g)
		return -ENOMEM;
	g->cell[slot].open++;
	return 0;
}

void hist_set_clear_open(struct hist_set *s)
{
	size_t i, slot;

	for (i = 0; i < s->n; i++)
		for (slot = 0; slot < HIST_SLOTS; slot++)
			s->groups[i]->cell[slot].open = 0;
}

static void item_of(const struct hist_set *s, const struct group *g, unsigned int slot, struct hist_item *it)
{
	const struct cell *cell = &g->cell[slot];

	*it = (struct hist_item){
		.key = g->key.kind == KEY_KNOWN ? g->label : NULL, .comm = g->comm[0] ? g->comm : NULL,
		.number = s->by == HIST_BY_PID || s->by == HIST_BY_LPORT, .other = g->key.kind == KEY_OTHER,
		.h = cell->h ? cell->h : &s->empty, .began_before = cell->began_before, .lost = cell->lost,
		.reconstructed = cell->reconstructed, .open = cell->open,
	};
}

/* By falling count, "other" last; what is equal by name, so that the order depends on nothing else. */
static int by_count(const void *a, const void *b)
{
	const struct hist_item *x = a, *y = b;

	if (x->other != y->other)
		return x->other - y->other;
	if (x->h->count != y->h->count)
		return x->h->count > y->h->count ? -1 : 1;
	if (!x->key || !y->key)
		return !x->key - !y->key;
	if (x->number && strlen(x->key) != strlen(y->key))
		return strlen(x->key) < strlen(y->key) ? -1 : 1;
	return strcmp(x->key, y->key);
}

/* Items from @top on become one, "other". */
static int fold_rest(struct hist_set *s, size_t top, size_t *n)
{
	struct hist_item rest = { .other = true, .h = &s->rest };
	size_t i;
	int err;

	hist_reset(&s->rest);
	if (*n <= top || (*n == top + 1 && s->items[top].other))
		return 0;
	for (i = top; i < *n; i++) {
		err = hist_merge(&s->rest, s->items[i].h);
		if (err)
			return err;
		rest.began_before += s->items[i].began_before;
		rest.lost += s->items[i].lost;
		rest.reconstructed += s->items[i].reconstructed;
		rest.open += s->items[i].open;
	}
	s->items[top] = rest;
	*n = top + 1;
	return 0;
}

int hist_set_items(struct hist_set *s, unsigned int slot, size_t top, struct hist_item **ret, size_t *ret_n)
{
	struct hist_item *grown;
	size_t i, n = 0;
	int err;

	count_later(s);
	if (s->cap_items <= s->n) {
		grown = realloc(s->items, (s->n + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->items = grown;
		s->cap_items = s->n + 1;
	}
	for (i = 0; i < s->n; i++) {
		item_of(s, s->groups[i], slot, &s->items[n]);
		if (s->by == HIST_BY_ALL || s->items[n].h->count || s->items[n].began_before ||
		    s->items[n].lost || s->items[n].open)
			n++;
	}
	if (s->by == HIST_BY_ALL && !n)
		s->items[n++] = (struct hist_item){ .h = &s->empty };
	qsort(s->items, n, sizeof(*s->items), by_count);
	err = fold_rest(s, top ? top : 1, &n);
	if (err)
		return err;
	*ret = s->items;
	*ret_n = n;
	return 0;
}
