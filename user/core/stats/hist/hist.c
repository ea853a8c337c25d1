/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/hist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Page 0 holds the values below 2^bits, one each. Page p > 0 holds one power of two: [2^(bits+p-1),
 * 2^(bits+p)) in 2^bits buckets of 2^(p-1) values.
 */
static unsigned int page_of(const struct hist *h, __u64 value)
{
	unsigned int top;

	if (value >> h->bits == 0)
		return 0;
	top = 63 - (unsigned int)__builtin_clzll(value);
	return top - h->bits + 1;
}

static unsigned int slot_of(const struct hist *h, unsigned int page, __u64 value)
{
	return (unsigned int)((page ? value >> (page - 1) : value) & ((1ULL << h->bits) - 1));
}

static void edges(const struct hist *h, unsigned int page, unsigned int slot, __u64 *ret_from, __u64 *ret_to)
{
	unsigned int shift = page ? page - 1 : 0;
	__u64 from = ((page ? 1ULL << h->bits : 0) + slot) << shift;

	*ret_from = from;
	*ret_to = from + ((1ULL << shift) - 1);
}

static size_t page_bytes(const struct hist *h)
{
	return sizeof(__u64) << h->bits;
}

static int page_make(struct hist *h, unsigned int page)
{
	size_t bytes = page_bytes(h);

	if (h->page[page])
		return 0;
	if (h->budget && (h->budget->limit < bytes || h->budget->used > h->budget->limit - bytes))
		return -ENOSPC;
	h->page[page] = calloc(1, bytes);
	if (!h->page[page])
		return -ENOMEM;
	if (h->budget)
		h->budget->used += bytes;
	return 0;
}

void hist_init(struct hist *h, unsigned int bits, struct hist_budget *budget)
{
	memset(h, 0, sizeof(*h));
	if (bits < HIST_BITS_MIN)
		bits = HIST_BITS_MIN;
	h->bits = bits > HIST_BITS_MAX ? HIST_BITS_MAX : bits;
	h->budget = budget;
}

void hist_free(struct hist *h)
{
	unsigned int i;

	if (!h)
		return;
	for (i = 0; i < HIST_PAGES(HIST_BITS_MIN); i++) {
		if (h->page[i] && h->budget)
			h->budget->used -= page_bytes(h);
		free(h->page[i]);
	}
	hist_init(h, h->bits, h->budget);
}

void hist_reset(struct hist *h)
{
	unsigned int i;

	for (i = 0; i < HIST_PAGES(h->bits); i++)
		if (h->page[i])
			memset(h->page[i], 0, page_bytes(h));
	h->count = h->min = h->max = 0;
	h->sum = 0;
}

int hist_reserve(struct hist *h)
{
	unsigned int i;
	int err;

	for (i = 0; i < HIST_PAGES(h->bits); i++) {
		err = page_make(h, i);
		if (err)
			return err;
	}
	return 0;
}

static void widen(struct hist *h, __u64 min, __u64 max, __u64 n)
{
	if (!h->count || min < h->min)
		h->min = min;
	if (!h->count || max > h->max)
		h->max = max;
	h->count += n;
}

static inline int add(struct hist *h, __u64 value, __u64 n, __u64 **ret_bucket)
{
	unsigned int page = page_of(h, value);
	int err = h->page[page] ? 0 : page_make(h, page);

	if (err)
		return err;
	h->sum += (unsigned __int128)value * n;
	widen(h, value, value, n);
	*ret_bucket = &h->page[page][slot_of(h, page, value)];
	return 0;
}

int hist_add(struct hist *h, __u64 value, __u64 n)
{
	__u64 *bucket;
	int err = n ? add(h, value, n, &bucket) : 0;

	if (!err && n)
		*bucket += n;
	return err;
}

int hist_add_later(struct hist *h, __u64 value, __u64 **ret_bucket)
{
	return add(h, value, 1, ret_bucket);
}

int hist_merge(struct hist *dst, const struct hist *src)
{
	struct hist_bucket b = { 0 };
	unsigned int page;
	int err;

	/*
	 * Each bucket of a finer histogram lies within one bucket of a coarser one, but not the other way
	 * round.
	 */
	if (src->bits < dst->bits)
		return -EINVAL;
	if (!src->count)
		return 0;
	while (hist_next(src, &b)) {
		err = page_make(dst, page_of(dst, b.from));
		if (err)
			return err;
	}
	memset(&b, 0, sizeof(b));
	while (hist_next(src, &b)) {
		page = page_of(dst, b.from);
		dst->page[page][slot_of(dst, page, b.from)] += b.count;
	}
	dst->sum += src->sum;
	widen(dst, src->min, src->max, src->count);
	return 0;
}

bool hist_next(const struct hist *h, struct hist_bucket *b)
{
	unsigned int slots = 1U << h->bits, i = b->next, page;

	while ((page = i / slots) < HIST_PAGES(h->bits)) {
		if (!h->page[page]) {
			i = (page + 1) * slots;
			continue;
		}
		if (h->page[page][i % slots]) {
			edges(h, page, i % slots, &b->from, &b->to);
			b->count = h->page[page][i % slots];
			b->next = i + 1;
			return true;
		}
		i++;
	}
	return false;
}

__u64 hist_at_rank(const struct hist *h, __u64 rank)
{
	struct hist_bucket b = { 0 };
	__u64 seen = 0;

	if (!h->count || rank <= 1)
		return h->min;
	if (rank >= h->count)
		return h->max;
	while (hist_next(h, &b)) {
		seen += b.count;
		if (seen >= rank)
			break;
	}
	/* The upper edge: never below the exact value. The largest value itself is known. */
	return b.to < h->max ? b.to : h->max;
}

__u64 hist_percentile(const struct hist *h, __u32 ppm)
{
	/* Nearest rank, in integers: 99.9 % of 1000 values is rank 999, without rounding noise. */
	unsigned __int128 rank = ((unsigned __int128)h->count * ppm + 999999) / 1000000;

	return hist_at_rank(h, rank > h->count ? h->count : (__u64)rank);
}

__u64 hist_count_below(const struct hist *h, __u64 value)
{
	unsigned int page = page_of(h, value), slot = slot_of(h, page, value), p, s;
	__u64 n = 0;

	for (p = 0; p <= page; p++)
		for (s = 0; h->page[p] && s < (p == page ? slot : 1U << h->bits); s++)
			n += h->page[p][s];
	return n;
}

double hist_mean(const struct hist *h)
{
	return h->count ? (double)h->sum / (double)h->count : 0;
}

/* Newton's method: the core links nothing but libc, and this is not worth libm. */
static double square_root(double x)
{
	double r = x > 1 ? x : 1, next;
	int i;

	for (i = 0; i < 2000; i++) {
		next = (r + x / r) / 2;
		if (next >= r)
			break;
		r = next;
	}
	return x > 0 ? r : 0;
}

double hist_stddev(const struct hist *h)
{
	struct hist_bucket b = { 0 };
	double mean = hist_mean(h), sq = 0, d;

	while (hist_next(h, &b)) {
		d = (double)b.from + (double)(b.to - b.from) / 2 - mean;
		sq += d * d * (double)b.count;
	}
	return h->count > 1 && h->min != h->max ? square_root(sq / (double)h->count) : 0;
}

void hist_bucket_of(const struct hist *h, __u64 value, __u64 *ret_from, __u64 *ret_to)
{
	unsigned int page = page_of(h, value);

	edges(h, page, slot_of(h, page, value), ret_from, ret_to);
}
