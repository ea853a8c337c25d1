/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/order.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/addr.h"

#define MARGIN 512	/* sorted around the window, so that scrolling by lines and pages finds it done */

void order_free(struct order *o)
{
	free(o->keys);
	memset(o, 0, sizeof(*o));
}

void order_clear(struct order *o)
{
	o->n = o->from = o->to = 0;
}

static __u64 big_endian(const __u8 *bytes)
{
	__u64 v;

	memcpy(&v, bytes, sizeof(v));
	return __builtin_bswap64(v);
}

void order_by_address(struct order_key *k, const __u8 addr[16], __u16 port)
{
	if (addr_is_v4(addr)) {
		k->hi = (big_endian(addr + 8) & 0xffffffff) << 16 | port;
		return;
	}
	k->hi = 1ULL << 63 | big_endian(addr) >> 1;
	k->lo = big_endian(addr + 8);
}

int order_add(struct order *o, const struct order_key *key)
{
	if (o->n == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 1024;
		struct order_key *keys = realloc(o->keys, cap * sizeof(*keys));

		if (!keys)
			return -ENOMEM;
		o->keys = keys;
		o->cap = cap;
	}
	o->keys[o->n++] = *key;
	o->from = o->to = 0;
	return 0;
}

bool order_less(const struct order_key *a, const struct order_key *b)
{
	if (a->hi != b->hi)
		return a->hi < b->hi;
	if (a->lo != b->lo)
		return a->lo < b->lo;
	return a->id < b->id;
}

static int compare(const void *a, const void *b)
{
	return order_less(a, b) ? -1 : order_less(b, a);
}

static void swap(struct order_key *a, struct order_key *b)
{
	struct order_key t = *a;

	*a = *b;
	*b = t;
}

/* Three at random, the middle one: no input is a bad one, and the same input takes the same time again. */
static struct order_key pivot_of(struct order *o, size_t lo, size_t hi)
{
	const struct order_key *p[3], *t;
	int i;

	for (i = 0; i < 3; i++) {
		o->rng = o->rng * 6364136223846793005ULL + 1442695040888963407ULL;
		p[i] = &o->keys[lo + (o->rng >> 33) % (hi - lo)];
	}
	if (order_less(p[1], p[0])) {
		t = p[0];
		p[0] = p[1];
		p[1] = t;
	}
	return order_less(p[2], p[0]) ? *p[0] : order_less(p[2], p[1]) ? *p[2] : *p[1];
}

/* Bring the key of place @k to it, within [lo, hi): smaller ones before, larger ones behind (Hoare's selection). */
static void select_place(struct order *o, size_t lo, size_t hi, size_t k)
{
	while (hi - lo > 16) {
		struct order_key pivot = pivot_of(o, lo, hi);
		size_t i = lo, j = hi - 1;

		for (;;) {
			while (order_less(&o->keys[i], &pivot))
				i++;
			while (order_less(&pivot, &o->keys[j]))
				j--;
			if (i >= j)
				break;
			swap(&o->keys[i++], &o->keys[j--]);
		}
		/* [lo, j] is not above the pivot, [j + 1, hi) not below it; where both met is the pivot. */
		if (i == j && k == j)
			return;
		if (k <= j)
			hi = i == j ? j : j + 1;
		else
			lo = j + 1;
	}
	qsort(&o->keys[lo], hi - lo, sizeof(*o->keys), compare);
}

const struct order_key *order_window(struct order *o, size_t from, size_t n)
{
	size_t to;

	from = from < o->n ? from : o->n;
	to = n < o->n - from ? from + n : o->n;
	if (from < o->from || to > o->to) {
		o->from = from > MARGIN ? from - MARGIN : 0;
		o->to = o->n - to > MARGIN ? to + MARGIN : o->n;
		if (o->from > 0)
			select_place(o, 0, o->n, o->from);
		if (o->to < o->n)
			select_place(o, o->from, o->n, o->to);
		qsort(&o->keys[o->from], o->to - o->from, sizeof(*o->keys), compare);
	}
	return o->keys + from;
}

void order_cut(struct order *o, size_t n)
{
	(void)order_window(o, 0, n);
	o->n = n < o->n ? n : o->n;
	o->from = 0;
	o->to = o->n;
}
