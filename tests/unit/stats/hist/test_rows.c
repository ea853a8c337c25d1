/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of a picture: every value in one of them, and equal steps where the values crowd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/stats/hist/rows.h"

#define US 1000ULL
#define MS 1000000ULL
#define S 1000000000ULL

static __u64 rng;
static __u64 next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* What holds for each picture; returns the number of rows. */
static size_t check(const struct hist *h, struct hist_line *l)
{
	size_t n = hist_rows(h, l), i;
	__u64 sum = 0, from, to;

	hist_bucket_of(h, h->min, &from, &to);
	assert_true(n > 0 && n <= HIST_ROWS_MAX);
	assert_true(l[0].count && l[n - 1].count);
	assert_true(l[0].from <= to && l[n - 1].to >= h->max);
	for (i = 0; i < n; i++) {
		assert_true(l[i].from < l[i].to);
		assert_true(!i || l[i].from == l[i - 1].to);
		sum += l[i].count;
	}
	assert_int_equal(sum, h->count);
	return n;
}

static size_t fine_rows(const struct hist_line *l, size_t n)
{
	size_t i, fine = 0;

	for (i = 0; i < n; i++)
		fine += l[i].step != 0;
	return fine;
}

static void test_time_wait(void **state)
{
	struct hist_line l[HIST_ROWS_MAX];
	struct hist h;
	size_t n, i;

	(void)state;
	hist_init(&h, 10, NULL);
	/* 60.0 ... 62.047 s, evenly; and a few that a connect() took over after one second. */
	for (i = 0; i < 2048; i++)
		assert_int_equal(hist_add(&h, 60 * S + i * MS, 1), 0);
	n = check(&h, l);
	assert_int_equal(n, 11);
	for (i = 0; i < n; i++) {
		assert_int_equal(l[i].from, 60 * S + i * 200 * MS);
		assert_int_equal(l[i].step, 200 * MS);
		if (i < 10)	/* a bucket is 33.5 ms wide at 60 s */
			assert_in_range(l[i].count, 166, 234);
	}
	for (i = 0; i < 600; i++)
		assert_int_equal(hist_add(&h, 1010 * MS + i * MS / 100, 1), 0);
	n = check(&h, l);
	assert_int_equal(fine_rows(l, n), 11);
	assert_int_equal(l[0].from, 1 * S);
	assert_int_equal(l[0].to, 2 * S);
	assert_int_equal(l[0].count, 600);
	hist_free(&h);
}

static void test_no_crowd(void **state)
{
	struct hist_line l[HIST_ROWS_MAX];
	struct hist h;
	__u64 v;
	size_t n;

	(void)state;
	hist_init(&h, 10, NULL);
	for (v = 1 * US; v < 1 * S; v += v / 50)	/* as many in each factor of two: about a tenth */
		assert_int_equal(hist_add(&h, v, 1), 0);
	n = check(&h, l);
	assert_int_equal(fine_rows(l, n), 0);
	assert_int_equal(n, 18);
	assert_int_equal(l[0].from, 1 * US);
	assert_int_equal(l[1].from, 2 * US);
	assert_int_equal(l[2].from, 5 * US);
	assert_int_equal(l[3].from, 10 * US);
	/* Twice the decades: one row each. */
	for (; v / 2 < 86400ULL * 30 * S; v += v / 50)
		assert_int_equal(hist_add(&h, v, 1), 0);
	n = check(&h, l);
	assert_int_equal(l[0].to, 10 * US);
	assert_int_equal(l[1].to, 100 * US);
	hist_free(&h);
}

static void test_single(void **state)
{
	static const __u64 values[] = { 0, 1, 2, 999, 1000, 12345678, 60 * S, UINT64_MAX };
	struct hist_line l[HIST_ROWS_MAX];
	struct hist h;
	size_t i;

	(void)state;
	hist_init(&h, 10, NULL);
	assert_int_equal(hist_rows(&h, l), 0);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		hist_reset(&h);
		assert_int_equal(hist_add(&h, values[i], 1000), 0);
		assert_int_equal(check(&h, l), 1);
		assert_int_equal(l[0].count, 1000);
	}
	hist_free(&h);
}

/* Anything goes: clusters at random places, zeros and the largest value too. */
static void test_random(void **state)
{
	struct hist_line l[HIST_ROWS_MAX];
	unsigned int round, clusters, k, i;
	__u64 at, width;
	struct hist h;

	(void)state;
	rng = 4711;
	for (round = 0; round < 3000; round++) {
		hist_init(&h, 5 + round % 8, NULL);
		clusters = 1 + next_random() % 4;
		for (k = 0; k < clusters; k++) {
			at = next_random() >> next_random() % 64;
			width = 1 + (at >> next_random() % 12);
			for (i = 0; i < 1 + next_random() % 200; i++)
				assert_int_equal(hist_add(&h, at - next_random() % width % (at + !at),
							  1 + next_random() % 9),
						 0);
		}
		if (round % 7 == 0)
			assert_int_equal(hist_add(&h, 0, 1 + next_random() % 500), 0);
		if (round % 11 == 0)
			assert_int_equal(hist_add(&h, UINT64_MAX, 1), 0);
		(void)check(&h, l);
		hist_free(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_wait), cmocka_unit_test(test_no_crowd), cmocka_unit_test(test_single),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
