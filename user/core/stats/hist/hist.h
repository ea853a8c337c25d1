/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram of unsigned 64-bit values (durations in ns: from 1 ns to 584 years), log-linear: 2^bits buckets
 * for each power of two. What it promises, whatever was put in:
 *   - count, sum, min and max are exact;
 *   - a percentile is never below the exact one (nearest rank) and above it by at most 1/2^bits of it: bits
 *     7: 0.79 %, bits 10: 0.098 %. The first and the last rank are exact (min, max);
 *   - memory: one page of 2^bits counters per power of two that occurs, so at most HIST_PAGES(bits) pages: 58
 *     KiB with 7 bits, 440 KiB with 10 bits, plus this struct.
 */
#ifndef CORE_STATS_HIST_HIST_H
#define CORE_STATS_HIST_HIST_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define HIST_BITS_MIN 5
#define HIST_BITS_MAX 12
#define HIST_PAGES(bits) (65U - (bits))

/* Memory that several histograms share. Over @limit, nothing more is allocated. */
struct hist_budget { size_t used, limit; };	/* bytes of pages */

struct hist {
	__u64 count, min, max;			/* min and max: 0 while empty */
	unsigned __int128 sum;
	__u64 *page[HIST_PAGES(HIST_BITS_MIN)];	/* NULL: all zero */
	struct hist_budget *budget;
	unsigned int bits;
};

/*
 * An empty one; allocates nothing. @bits within HIST_BITS_MIN..MAX. @budget may be NULL: no limit; else
 * outlives @h.
 */
void hist_init(struct hist *h, unsigned int bits, struct hist_budget *budget);
/* Frees the pages and leaves an empty one. NULL is fine. */
void hist_free(struct hist *h);
/* Empties and keeps the memory. */
void hist_reset(struct hist *h);
/*
 * Allocate all pages now: hist_add() and hist_merge() cannot fail any more. Returns 0, -ENOSPC (budget) or
 * -ENOMEM.
 */
int hist_reserve(struct hist *h);

/* Record @value @n times. Returns 0, or -ENOSPC (budget) or -ENOMEM with nothing recorded. */
int hist_add(struct hist *h, __u64 value, __u64 n);
/* The same, one time, but for the bucket itself: *@ret_bucket is to be one more before @h is asked for anything. It stays where it is until hist_free(). */
int hist_add_later(struct hist *h, __u64 value, __u64 **ret_bucket);
/*
 * Add everything in @src: the same as if its values had been recorded here. Returns 0; -EINVAL if @src is
 * coarser than @dst; -ENOSPC or -ENOMEM. Nothing is merged on failure.
 */
int hist_merge(struct hist *dst, const struct hist *src);

/* The value at @rank (1 = the smallest ... count = the largest; clamped into that); 0 if empty. */
__u64 hist_at_rank(const struct hist *h, __u64 rank);
/* The percentile @ppm millionths: 500000 = p50, 999000 = p99.9. 0 if empty. */
__u64 hist_percentile(const struct hist *h, __u32 ppm);
/* How many values lie in buckets before the one that holds @value: exact for the lower edge of a bucket. */
__u64 hist_count_below(const struct hist *h, __u64 value);
double hist_mean(const struct hist *h);		/* exact sum / count; 0 if empty */
double hist_stddev(const struct hist *h);	/* of the population, from the buckets' middles */

/* Lowest and highest value of the bucket that holds @value. */
void hist_bucket_of(const struct hist *h, __u64 value, __u64 *ret_from, __u64 *ret_to);

/* Walk over the buckets that are not empty, upwards: start with a zeroed struct. */
struct hist_bucket {
	__u64 from, to;		/* both belong to the bucket */
	__u64 count;
	unsigned int next;	/* private */
};
bool hist_next(const struct hist *h, struct hist_bucket *b);	/* false: no more */
#endif
