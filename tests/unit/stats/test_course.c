/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/course.h"

static void add(struct course *c, __u64 ts_ns, __u64 established)
{
	__u64 counts[ST_MAX] = { 0 };

	counts[ST_ESTABLISHED] = established;
	counts[ST_LISTEN] = 1;
	course_add(c, ts_ns, counts);
}

static void the_most_of_each_step_is_kept_and_holes_go_on(void **state)
{
	struct course *c = calloc(1, sizeof(*c));
	const __u64 at = 7000;

	(void)state;
	add(c, at, 3);
	add(c, at + 1000, 5);
	add(c, at + 2000, 4);
	add(c, at + 3 * COURSE_STEP_NS, 1);
	assert_int_equal(c->n, 4);
	assert_int_equal(c->most[0][ST_ESTABLISHED], 5);
	assert_int_equal(c->most[1][ST_ESTABLISHED], 5);
	assert_int_equal(c->most[2][ST_ESTABLISHED], 5);
	assert_int_equal(c->most[3][ST_ESTABLISHED], 1);
	add(c, at, 9);		/* time does not go back */
	assert_int_equal(c->most[3][ST_ESTABLISHED], 9);
	assert_int_equal(c->end_ns, at + 3 * COURSE_STEP_NS);
	free(c);
}

/* Whatever its length, a run has at most so many steps, and no peak of it is lost. */
static void a_long_run_has_longer_steps(void **state)
{
	struct course *c = calloc(1, sizeof(*c));
	__u64 n = 40 * COURSE_STEPS + 3, peak = n / 3;

	(void)state;
	for (__u64 i = 0; i < n; i++)
		add(c, i * COURSE_STEP_NS, i == peak ? 1000 : i % 7);
	assert_true(c->n <= COURSE_STEPS && c->n > COURSE_STEPS / 2);
	assert_int_equal(c->step_ns, 64 * COURSE_STEP_NS);
	assert_int_equal(c->n, (n - 1) / 64 + 1);
	for (unsigned int i = 0; i < c->n; i++)
		assert_int_equal(c->most[i][ST_ESTABLISHED], i == peak / 64 ? 1000 : i == c->n - 1 && n % 64 < 7 ? c->most[i][ST_ESTABLISHED] : 6);
	/* One jump to the end of time, as in a damaged recording. */
	add(c, ~0ULL, 2);
	assert_true(c->n <= COURSE_STEPS);
	assert_int_equal(c->most[c->n - 1][ST_ESTABLISHED], 2);
	free(c);
}

static void only_states_that_anything_was_in_are_told(void **state)
{
	struct course *c = calloc(1, sizeof(*c));
	struct strbuf b = { 0 };
	struct json j;

	(void)state;
	add(c, 100, 2);
	add(c, 100 + COURSE_STEP_NS, 0);
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	course_json(c, &j);
	json_close(&j, '}');
	assert_string_equal(b.s, "{\"start_ns\":100,\"end_ns\":50000100,\"step_ns\":50000000,\"most\":{\"ESTABLISHED\":[2,0]}}");
	strbuf_free(&b);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_of_each_step_is_kept_and_holes_go_on),
		cmocka_unit_test(a_long_run_has_longer_steps),
		cmocka_unit_test(only_states_that_anything_was_in_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
