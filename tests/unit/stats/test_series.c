/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers over time: nothing gets lost where two steps become one, and gauges are what they were at a step's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "core/stats/series.h"

#define SEC 1000000000ULL
#define START (1000 * SEC)

static struct series s;

static int setup(void **state)
{
	(void)state;
	s = (struct series){ 0 };
	return 0;
}

/* A second is over in which @n happened; then there is @gauge. */
static void second(__u64 at, __u64 n, __u64 gauge)
{
	__u64 gauges[1] = { gauge };

	series_add(&s, 1, n);
	if (series_over(&s, START + at * SEC))
		series_close(&s, START + at * SEC, gauges);
}

static void steps_have_what_happened_in_them(void **state)
{
	(void)state;
	series_add(&s, 1, 3);	/* before it began: the first step's */
	series_begin(&s, START, SEC, 1, 2);
	second(1, 4, 10);
	second(2, 5, 20);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.at[0][1], 7);
	assert_int_equal(s.at[1][1], 5);
	assert_int_equal(s.at[0][0], 10);
	assert_int_equal(s.at[1][0], 20);
	assert_int_equal(s.end_ns, START + 2 * SEC);
	assert_int_equal(series_sum(&s, 1), 12);
	assert_int_equal(series_sum(&s, 0), 20);
}

static void two_become_one_where_there_is_no_room(void **state)
{
	const __u64 seconds = SERIES_STEPS * 5;

	(void)state;
	series_begin(&s, START, SEC, 1, 2);
	for (__u64 i = 1; i <= seconds; i++) {
		second(i, i, i);
		assert_true(s.n <= SERIES_STEPS);
		/* Steps are whole until the one that goes on. */
		assert_int_equal(s.end_ns, START + s.n * s.step_ns);
	}
	assert_int_equal(s.step_ns, 8 * SEC);
	assert_int_equal(s.n, seconds / 8);
	assert_int_equal(series_sum(&s, 1), seconds * (seconds + 1) / 2);
	for (unsigned int i = 0; i < s.n; i++) {
		assert_int_equal(s.at[i][0], (i + 1) * 8);		/* at its end */
		assert_int_equal(s.at[i][1], 64ULL * i + 36);		/* 8i+1 ... 8i+8 */
	}
}

static void time_may_jump(void **state)
{
	__u64 gauges[1] = { 7 };

	(void)state;
	series_begin(&s, START, SEC, 1, 2);
	second(1, 5, 1);
	series_close(&s, START + (1ULL << 33) * SEC, gauges);
	assert_in_range(s.n, SERIES_STEPS / 2, SERIES_STEPS);
	assert_int_equal(series_sum(&s, 1), 5);
	assert_int_equal(s.at[s.n - 1][0], 7);
	series_close(&s, ~0ULL, gauges);	/* the end of time is no end of a step */
	assert_true(s.n <= SERIES_STEPS);
	assert_int_equal(series_sum(&s, 1), 5);
}

static void the_last_step_has_what_is_left(void **state)
{
	__u64 gauges[1] = { 9 };

	(void)state;
	series_begin(&s, START, SEC, 1, 2);
	second(1, 1, 1);
	series_add(&s, 1, 2);
	series_end(&s, START + SEC + SEC / 2, gauges);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.at[1][1], 2);
	assert_int_equal(s.at[1][0], 9);
	assert_int_equal(s.end_ns, START + SEC + SEC / 2);

	/* Too short for a rate of its own. */
	series_begin(&s, START, SEC, 1, 2);
	second(1, 1, 1);
	series_add(&s, 1, 2);
	series_end(&s, START + SEC + SEC / 10, gauges);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.at[0][1], 3);
	assert_int_equal(s.at[0][0], 9);
	assert_int_equal(s.end_ns, START + SEC + SEC / 10);

	/* There is always room for it. */
	series_begin(&s, START, SEC, 1, 2);
	for (__u64 i = 1; i <= SERIES_STEPS; i++)
		second(i, 1, 1);
	series_add(&s, 1, 1);
	series_end(&s, START + SERIES_STEPS * SEC + SEC * 3 / 4, gauges);
	assert_int_equal(s.n, SERIES_STEPS / 2 + 1);
	assert_int_equal(series_sum(&s, 1), SERIES_STEPS + 1);

	/* It never began. */
	s = (struct series){ 0 };
	series_end(&s, START, gauges);
	assert_int_equal(s.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(steps_have_what_happened_in_them, setup),
		cmocka_unit_test_setup(two_become_one_where_there_is_no_room, setup),
		cmocka_unit_test_setup(time_may_jump, setup),
		cmocka_unit_test_setup(the_last_step_has_what_is_left, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
