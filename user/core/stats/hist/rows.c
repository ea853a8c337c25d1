/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/rows.h"

#define COARSE_MAX 18	/* 1-2-5 rows; a wider range is drawn in decades */
#define FINE_MAX 12	/* equal steps in the crowd, ... */
#define FINE_MIN 5	/* ... fewer where that would leave less than four values for each */
#define CROWD_MIN 8	/* fewer values are no crowd */

/* The 1-2-5 step at or below @v; 0 for 0. */
static __u64 nice_below(__u64 v)
{
	__u64 p = 1;

	if (!v)
		return 0;
	while (p <= v / 10)
		p *= 10;
	return v / p >= 5 ? 5 * p : v / p >= 2 ? 2 * p : p;
}

/* The next one after a step of the series; UINT64_MAX at its end. */
static __u64 nice_after(__u64 step)
{
	__u64 next;

	if (!step)
		return 1;
	next = step;
	while (next >= 10)
		next /= 10;
	/* 1 -> 2, 2 -> 5, 5 -> 10 */
	if (__builtin_mul_overflow(step / next, next == 1 ? 2 : next == 2 ? 5 : 10, &next))
		return ~0ULL;
	return next;
}

static __u64 decade_below(__u64 v)
{
	__u64 p = 1;

	while (p <= v / 10)
		p *= 10;
	return v ? p : 0;
}

static __u64 decade_after(__u64 step)
{
	__u64 next;

	if (!step)
		return 1;
	return __builtin_mul_overflow(step, 10, &next) ? ~0ULL : next;
}

struct crowd { __u64 from, to, step; };

/* The window [x, 2x) with the most values: two marks that move up over the buckets. 0 has no such window. */
static __u64 densest(const struct hist *h, __u64 *ret_before)
{
	struct hist_bucket lo = { 0 }, hi = { 0 };
	__u64 best = 0, in = 0, before = 0;
	bool more = hist_next(h, &hi);

	if (more && !hi.from) {
		before = hi.count;
		(void)hist_next(h, &lo);
		more = hist_next(h, &hi);
	}
	while (hist_next(h, &lo)) {
		while (more && hi.to >> 1 < lo.from) {
			in += hi.count;
			more = hist_next(h, &hi);
		}
		if (in > best) {
			best = in;
			*ret_before = before;
		}
		before += lo.count;
		in -= lo.count;
	}
	return best;
}

/* Where values crowd, in steps that the histogram can resolve; a step of 0 if they do not. */
static struct crowd find_crowd(const struct hist *h)
{
	struct crowd c = { 0 };
	__u64 before = 0, in, lo, hi, edge, last, most;

	in = densest(h, &before);
	if (in < CROWD_MIN || in < h->count / 3)
		return c;
	lo = hist_at_rank(h, before + 1 + in / 100);
	hi = hist_at_rank(h, before + in - in / 100);
	if (hi <= lo)
		return c;
	hist_bucket_of(h, hi, &edge, &last);
	most = in / 4 < FINE_MIN ? FINE_MIN : in / 4 > FINE_MAX ? FINE_MAX : in / 4;
	c.step = nice_below((hi - lo) / most);
	while (c.step < 2 * (last - edge) || !c.step || hi / c.step - lo / c.step + 1 > most)
		c.step = nice_after(c.step);
	c.from = lo - lo % c.step;
	if (__builtin_add_overflow(hi - hi % c.step, c.step, &c.to) || c.to - c.from == c.step)
		c.step = 0;	/* one row only: nothing gained */
	return c;
}

/* A bucket across an edge counts above it, as in hist_count_below(). */
struct rows { const struct hist *h; struct hist_line *line; size_t n; __u64 done; };

static void add_row(struct rows *r, __u64 from, __u64 to, __u64 step)
{
	__u64 below = to > r->h->max ? r->h->count : hist_count_below(r->h, to);

	if (from >= to || r->n == HIST_ROWS_MAX || (!r->n && below == r->done))
		return;
	r->line[r->n++] =
		(struct hist_line){ .from = from, .to = to, .count = below - r->done, .step = step };
	r->done = below;
}

size_t hist_rows(const struct hist *h, struct hist_line ret[HIST_ROWS_MAX])
{
	struct rows r = { .h = h, .line = ret };
	__u64 (*after)(__u64) = nice_after;
	struct crowd c;
	__u64 at, to;
	size_t n = 0;

	if (!h->count)
		return 0;
	c = find_crowd(h);
	at = nice_below(h->min);
	for (to = at; to <= h->max && to != ~0ULL; to = nice_after(to))
		n++;
	if (n > COARSE_MAX) {
		at = decade_below(h->min);
		after = decade_after;
	}
	while (r.done < h->count && r.n < HIST_ROWS_MAX) {
		if (c.step && at >= c.from && at < c.to) {
			for (at = c.from; at < c.to; at += c.step)
				add_row(&r, at, at + c.step, c.step);
			c.step = 0;
			continue;
		}
		/* The end of the crowd is no 1-2-5 step: go on with the next one that is. */
		to = after(after == nice_after ? nice_below(at) : decade_below(at));
		if (c.step && at < c.from && to > c.from)
			to = c.from;
		if (to == ~0ULL && h->max == ~0ULL) {
			ret[r.n++] = (struct hist_line){ .from = at, .to = to, .count = h->count - r.done };
			break;
		}
		add_row(&r, at, to, 0);
		at = to;
	}
	while (r.n && !ret[r.n - 1].count)
		r.n--;
	return r.n;
}
