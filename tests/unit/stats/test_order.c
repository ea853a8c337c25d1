/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/order.h"

static __u64 rng = 1;

static __u64 rnd(__u64 n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

static void fill(struct order *o, size_t n, __u64 values)
{
	size_t i;

	order_clear(o);
	for (i = 0; i < n; i++) {
		struct order_key k = { .hi = rnd(values), .lo = rnd(3), .id = (__u32)i, .stamp = i * 7 };

		assert_int_equal(order_add(o, &k), 0);
	}
}

static int compare(const void *va, const void *vb)
{
	const struct order_key *a = va, *b = vb;

	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Every window is what sorting all would give, whatever was looked at before. */
static void check_windows(size_t n, __u64 values)
{
	struct order o = { 0 };
	struct order_key *all;
	size_t i, k;

	fill(&o, n, values);
	all = malloc((n + 1) * sizeof(*all));
	assert_non_null(all);
	memcpy(all, o.keys, n * sizeof(*all));
	qsort(all, n, sizeof(*all), compare);
	for (i = 0; i < 60; i++) {
		size_t from = rnd(n + 10), rows = rnd(60);
		const struct order_key *w = order_window(&o, from, rows);

		for (k = 0; k < rows && from + k < n; k++)
			assert_memory_equal(&w[k], &all[from + k], sizeof(*w));
	}
	/* Nothing got lost on the way. */
	qsort(o.keys, o.n, sizeof(*o.keys), compare);
	assert_memory_equal(o.keys, all, n * sizeof(*all));
	free(all);
	order_free(&o);
}

static void windows_of_any_size(void **state)
{
	static const size_t sizes[] = { 1, 2, 15, 16, 17, 100, 600, 1100, 5000, 40000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_windows(sizes[i], 1ULL << 40);
		check_windows(sizes[i], 5);		/* nearly all the same */
		check_windows(sizes[i], 1);
	}
}

/* The first ones of many, with room for a few: what is cut off on the way is none of them. */
static void the_first_ones_of_many(void **state)
{
	struct order o = { 0 }, all = { 0 };
	struct order_key last = { 0 };
	bool full = false;
	size_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct order_key k = { .hi = rnd(5000), .lo = rnd(3), .id = (__u32)i };

		assert_int_equal(order_add(&all, &k), 0);
		if (full && !order_less(&k, &last))
			continue;
		assert_int_equal(order_add(&o, &k), 0);
		if (o.n < 300)
			continue;
		order_cut(&o, 100);
		assert_int_equal(o.n, 100);
		last = o.keys[99];
		full = true;
	}
	assert_memory_equal(order_window(&o, 0, 100), order_window(&all, 0, 100), 100 * sizeof(struct order_key));
	order_cut(&all, 40000);		/* more than there are */
	assert_int_equal(all.n, 20000);
	order_free(&o);
	order_free(&all);
}

static void rising_and_falling_input(void **state)
{
	struct order o = { 0 };
	const struct order_key *w;
	size_t n = 30000, i;
	int down;

	(void)state;
	for (down = 0; down < 2; down++) {
		order_clear(&o);
		for (i = 0; i < n; i++) {
			struct order_key k = { .hi = down ? n - i : i + 1, .id = (__u32)i };

			assert_int_equal(order_add(&o, &k), 0);
		}
		w = order_window(&o, 15000, 20);
		for (i = 0; i < 20; i++)
			assert_int_equal(w[i].hi, 15001 + i);
	}
	order_free(&o);
}

static void empty_and_beyond_the_end(void **state)
{
	struct order o = { 0 };
	struct order_key k = { .hi = 1 };

	(void)state;
	(void)order_window(&o, 0, 10);
	(void)order_window(&o, 5, 10);
	assert_int_equal(order_add(&o, &k), 0);
	(void)order_window(&o, 1, 10);
	(void)order_window(&o, ~(size_t)0, ~(size_t)0);
	assert_int_equal(order_window(&o, 0, ~(size_t)0)->hi, 1);
	/* Adding after a look. */
	k.hi = 0;
	assert_int_equal(order_add(&o, &k), 0);
	assert_int_equal(order_window(&o, 0, 1)->hi, 0);
	order_free(&o);
	assert_null(o.keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_of_any_size),
		cmocka_unit_test(the_first_ones_of_many),
		cmocka_unit_test(rising_and_falling_input),
		cmocka_unit_test(empty_and_beyond_the_end),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
