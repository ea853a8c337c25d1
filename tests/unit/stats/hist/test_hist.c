/* SPDX-License-Identifier: GPL-2.0-only */
/* core/hist against exact sorted samples. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/stats/hist/hist.h"

static const __u32 ppms[] = {
	1, 1000, 10000, 100000, 250000, 500000, 750000, 900000, 990000, 999000, 999900, 1000000,
};
static const unsigned int all_bits[] = { 5, 7, 10, 12 };
#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static __u64 rng;
static __u64 next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

/* The promise, for one value: never below the exact one, at most 1/2^bits above. */
static void check_value(const struct hist *h, __u64 got, __u64 exact)
{
	assert_true(got >= exact);
	assert_true(got - exact <= exact >> h->bits);
}

/* Everything the header promises, against the samples @v, which are sorted here. */
static void check_against(const struct hist *h, __u64 *v, size_t n)
{
	struct hist_bucket b = { 0 };
	unsigned __int128 sum = 0;
	__u64 seen = 0, last = 0;
	size_t i, rank, k = 0, buckets = 0;

	qsort(v, n, sizeof(*v), by_value);
	for (i = 0; i < n; i++)
		sum += v[i];
	assert_int_equal(h->count, n);
	assert_true(h->sum == sum);
	assert_int_equal(h->min, v[0]);
	assert_int_equal(h->max, v[n - 1]);
	for (i = 0; i < N_OF(ppms); i++) {
		rank = (size_t)(((unsigned __int128)n * ppms[i] + 999999) / 1000000);
		check_value(h, hist_percentile(h, ppms[i]), v[rank - 1]);
	}
	assert_int_equal(hist_at_rank(h, 0), v[0]);
	assert_int_equal(hist_at_rank(h, 1), v[0]);
	assert_int_equal(hist_at_rank(h, n), v[n - 1]);
	assert_int_equal(hist_at_rank(h, n + 1), v[n - 1]);

	/* Each bucket holds exactly the samples between its edges, and they do not overlap. */
	while (hist_next(h, &b)) {
		assert_true(b.count > 0);
		assert_true(!seen || b.from > last);
		if (buckets++ % 97 == 0) {
			assert_int_equal(hist_count_below(h, b.from), seen);
			assert_int_equal(hist_count_below(h, b.to), seen);
		}
		for (i = 0; k < n && v[k] <= b.to; k++, i++)
			assert_true(v[k] >= b.from);
		assert_int_equal(i, b.count);
		seen += b.count;
		last = b.to;
	}
	assert_int_equal(seen, n);
}

enum shape { UNIFORM, BIMODAL, WIDE, SMALL, TIME_WAIT, CONSTANT, SHAPES };

static __u64 sample(enum shape s)
{
	__u64 r = next_random();

	switch (s) {
	case UNIFORM:
		return r % 10000000;
	case BIMODAL:	/* a fast path of some 40 us and retransmitted SYNs at 1 s */
		return r % 10 ? 40000 + r % 5000 : 1000000000 + r % 3000000;
	case WIDE:	/* every power of two up to the last */
		return next_random() >> (r % 64);
	case SMALL:
		return r % 3;
	case TIME_WAIT:
		return 60000000000ULL + r % 2048000000ULL;
	default:
		return 123456789;
	}
}

static void test_shapes(void **state)
{
	size_t n = 50000, i, k;
	__u64 *v = malloc(n * sizeof(*v));
	struct hist h;
	int s;

	(void)state;
	assert_non_null(v);
	for (k = 0; k < N_OF(all_bits); k++) {
		for (s = 0; s < SHAPES; s++) {
			rng = 88172645463325252ULL + (__u64)s;
			hist_init(&h, all_bits[k], NULL);
			for (i = 0; i < n; i++) {
				v[i] = sample((enum shape)s);
				assert_int_equal(hist_add(&h, v[i], 1), 0);
			}
			check_against(&h, v, n);
			hist_free(&h);
		}
	}
	free(v);
}

static void test_few_values(void **state)
{
	size_t n, i;
	__u64 v[8];
	struct hist h;

	(void)state;
	rng = 1;
	hist_init(&h, 7, NULL);
	for (n = 1; n <= 8; n++) {
		hist_reset(&h);
		for (i = 0; i < n; i++) {
			v[i] = next_random() % 1000000000;
			assert_int_equal(hist_add(&h, v[i], 1), 0);
		}
		check_against(&h, v, n);
	}
	hist_free(&h);
}

static void test_empty(void **state)
{
	struct hist_bucket b = { 0 };
	struct hist h;

	(void)state;
	hist_init(&h, 7, NULL);
	assert_int_equal(h.count, 0);
	assert_int_equal(hist_percentile(&h, 500000), 0);
	assert_int_equal(hist_at_rank(&h, 1), 0);
	assert_int_equal(hist_count_below(&h, 1000), 0);
	assert_true(hist_mean(&h) == 0 && hist_stddev(&h) == 0);
	assert_false(hist_next(&h, &b));
	assert_int_equal(hist_add(&h, 5, 0), 0);
	assert_int_equal(h.count, 0);
	hist_free(&h);
	hist_free(NULL);
}

static void test_extremes(void **state)
{
	__u64 v[] = { 0, 1, UINT64_MAX, UINT64_MAX - 1, 1ULL << 63, (1ULL << 63) - 1 };
	struct hist h;
	size_t i, k;

	(void)state;
	for (k = 0; k < N_OF(all_bits); k++) {
		hist_init(&h, all_bits[k], NULL);
		for (i = 0; i < N_OF(v); i++)
			assert_int_equal(hist_add(&h, v[i], 1), 0);
		check_against(&h, v, N_OF(v));
		hist_free(&h);
	}
}

/* Every value next to every edge lands in a bucket that holds it and is no wider than promised. */
static void test_edges(void **state)
{
	unsigned int top, bits;
	__u64 from, to, v;
	struct hist h;
	int d;

	(void)state;
	for (bits = HIST_BITS_MIN; bits <= HIST_BITS_MAX; bits++) {
		hist_init(&h, bits, NULL);
		for (top = 0; top < 64; top++) {
			for (d = -2; d <= 2; d++) {
				v = (1ULL << top) + (__u64)(__s64)d;
				hist_bucket_of(&h, v, &from, &to);
				assert_true(from <= v && v <= to);
				assert_true(to - from <= from >> bits);
			}
		}
		hist_free(&h);
	}
}

static void test_ten_million(void **state)
{
	/* 10,000,019 is prime: i * 7919 modulo it visits 1 ... 10,000,018 once each, far from sorted. */
	const __u64 prime = 10000019, n = prime - 1;
	__u64 i, k, rank;
	unsigned __int128 sum = 0;
	struct hist h;

	(void)state;
	hist_init(&h, 7, NULL);
	for (i = 1; i <= n; i++) {
		k = i * 7919 % prime;
		if (hist_add(&h, k * k, 1))	/* the k-th smallest is k * k */
			fail();
		sum += (unsigned __int128)i * i;
	}
	assert_int_equal(h.count, n);
	assert_int_equal(h.min, 1);
	assert_int_equal(h.max, n * n);
	assert_true(h.sum == sum);
	for (i = 0; i < N_OF(ppms); i++) {
		rank = (n * ppms[i] + 999999) / 1000000;
		check_value(&h, hist_percentile(&h, ppms[i]), rank * rank);
	}
	hist_free(&h);
}

static bool same(const struct hist *a, const struct hist *b)
{
	struct hist_bucket x = { 0 }, y = { 0 };
	bool more_a, more_b;

	if (a->count != b->count || a->min != b->min || a->max != b->max || a->sum != b->sum)
		return false;
	for (;;) {
		more_a = hist_next(a, &x);
		more_b = hist_next(b, &y);
		if (more_a != more_b)
			return false;
		if (!more_a)
			return true;
		if (x.from != y.from || x.to != y.to || x.count != y.count)
			return false;
	}
}

static void test_merge_is_union(void **state)
{
	struct hist fine, coarse, both, into;
	__u64 v;
	int i;

	(void)state;
	rng = 99;
	hist_init(&fine, 10, NULL);
	hist_init(&coarse, 7, NULL);
	hist_init(&both, 7, NULL);
	hist_init(&into, 7, NULL);
	for (i = 0; i < 30000; i++) {
		v = sample(i % 2 ? WIDE : BIMODAL);
		assert_int_equal(hist_add(i % 3 ? &fine : &coarse, v, 1), 0);
		assert_int_equal(hist_add(&both, v, 1), 0);
	}
	assert_int_equal(hist_merge(&into, &fine), 0);
	assert_int_equal(hist_merge(&into, &coarse), 0);
	assert_true(same(&into, &both));
	assert_int_equal(hist_merge(&coarse, &fine), 0);
	assert_true(same(&coarse, &both));

	/* An empty one changes nothing, and a coarse one cannot be made fine. */
	hist_reset(&into);
	assert_int_equal(hist_merge(&both, &into), 0);
	assert_true(same(&coarse, &both));
	assert_int_equal(hist_merge(&fine, &coarse), -EINVAL);
	hist_free(&fine);
	hist_free(&coarse);
	hist_free(&both);
	hist_free(&into);
}

static void test_weights(void **state)
{
	struct hist a, b;
	int i;

	(void)state;
	hist_init(&a, 7, NULL);
	hist_init(&b, 7, NULL);
	for (i = 0; i < 1000; i++)
		assert_int_equal(hist_add(&a, 7777, 1), 0);
	assert_int_equal(hist_add(&b, 7777, 1000), 0);
	assert_true(same(&a, &b));
	/* The sum does not wrap: 10^9 times 60 s are more nanoseconds than 64 bits hold. */
	assert_int_equal(hist_add(&b, 60000000000ULL, 1000000000ULL), 0);
	assert_true(hist_mean(&b) > 59.99e9 && hist_mean(&b) < 60.01e9);
	hist_free(&a);
	hist_free(&b);
}

static void test_budget(void **state)
{
	struct hist_budget budget = { .limit = 3 * 1024 };
	struct hist a, b;

	(void)state;
	hist_init(&a, 7, &budget);
	hist_init(&b, 7, &budget);
	assert_int_equal(hist_add(&a, 1, 1), 0);
	assert_int_equal(hist_add(&a, 1000, 1), 0);
	assert_int_equal(hist_add(&b, 1000, 1), 0);
	assert_int_equal(budget.used, 3 * 1024);
	assert_int_equal(hist_add(&b, 1000000, 1), -ENOSPC);
	assert_int_equal(b.count, 1);
	assert_int_equal(b.max, 1000);
	assert_int_equal(hist_merge(&b, &a), -ENOSPC);
	assert_int_equal(b.count, 1);
	hist_free(&a);
	assert_int_equal(budget.used, 1024);
	assert_int_equal(hist_add(&b, 1000000, 1), 0);
	hist_free(&b);
	assert_int_equal(budget.used, 0);
}

static void test_reserve_is_the_promised_memory(void **state)
{
	struct hist_budget budget = { .limit = 1 << 20 };
	struct hist h;
	int i;

	(void)state;
	rng = 5;
	hist_init(&h, 7, &budget);
	assert_int_equal(hist_reserve(&h), 0);
	assert_int_equal(budget.used, 58 * 1024);
	budget.limit = 0;
	for (i = 0; i < 10000; i++)
		assert_int_equal(hist_add(&h, sample(WIDE), 1), 0);
	hist_reset(&h);
	assert_int_equal(h.count, 0);
	assert_int_equal(budget.used, 58 * 1024);
	hist_free(&h);

	budget.limit = 1 << 20;
	hist_init(&h, 10, &budget);
	assert_int_equal(hist_reserve(&h), 0);
	assert_int_equal(budget.used, 440 * 1024);
	hist_free(&h);
}

static void test_stddev(void **state)
{
	struct hist h;
	double want;
	int i;

	(void)state;
	hist_init(&h, 10, NULL);
	assert_int_equal(hist_add(&h, 1000000, 50), 0);
	assert_true(hist_stddev(&h) == 0);
	assert_int_equal(hist_add(&h, 3000000, 50), 0);
	assert_true(hist_mean(&h) == 2000000);
	assert_true(hist_stddev(&h) > 999000 && hist_stddev(&h) < 1001000);
	hist_reset(&h);
	for (i = 1; i <= 100000; i++)
		assert_int_equal(hist_add(&h, (__u64)i * 1000, 1), 0);
	want = 100000 * 1000 / 3.4641016151377544;	/* a uniform one: range / sqrt(12) */
	assert_true(hist_stddev(&h) > want * 0.999 && hist_stddev(&h) < want * 1.001);
	hist_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes), cmocka_unit_test(test_few_values), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_extremes), cmocka_unit_test(test_edges), cmocka_unit_test(test_ten_million),
		cmocka_unit_test(test_merge_is_union), cmocka_unit_test(test_weights), cmocka_unit_test(test_budget),
		cmocka_unit_test(test_reserve_is_the_promised_memory), cmocka_unit_test(test_stddev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
