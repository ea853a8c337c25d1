/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/stats/hist/assert.h"

static struct assertion parsed(const char *text)
{
	struct assertion a;
	char err[256] = "";

	assert_int_equal(assert_parse(text, &a, err, sizeof(err)), 0);
	assert_string_equal(a.text, text);
	return a;
}

static void takes_what_the_grammar_says(void **state)
{
	struct assertion a = parsed("p99(connect) < 5ms");

	(void)state;
	assert_int_equal(a.what, ASSERT_PERCENTILE);
	assert_int_equal(a.ppm, 990000);
	assert_int_equal(a.of, PHASE_CONNECT);
	assert_int_equal(a.op, ASSERT_LT);
	assert_int_equal(a.value, 5000000);
	a = parsed(" P99.95 ( Time_Wait )>=61.5 s ");
	assert_int_equal(a.ppm, 999500);
	assert_int_equal(a.of, PHASE_TIME_WAIT);
	assert_int_equal(a.op, ASSERT_GE);
	assert_true(a.value == 61500000000ULL);
	a = parsed("count(time-wait)<1000");
	assert_int_equal(a.what, ASSERT_COUNT);
	assert_int_equal(a.value, 1000);
	a = parsed("count(reset)==0");
	assert_true(a.of_kind);
	assert_int_equal(a.of, CLOSE_RESET);
	a = parsed("open(established) != 3");
	assert_int_equal(a.what, ASSERT_OPEN);
	assert_int_equal(parsed("p0(life) > 1ns").ppm, 0);
	assert_int_equal(parsed("p100(life) <= 1.5m").ppm, 1000000);
	assert_true(parsed("max(life) <= 1.5m").value == 90000000000ULL);
	assert_int_equal(parsed("mean(close) < .25us").value, 250);
	assert_int_equal(parsed("min(close) < 0.001us").value, 1);
}

static void refuses_the_rest_with_a_sentence(void **state)
{
	static const char *const bad[] = {
		"", "p99", "p99(connect)", "p99(connect) <", "p99(connect) < 5", "p99(connect) < ms", "p99(connect) < 5 parsecs",
		"p99(connect) = 5ms", "p99(connect) << 5ms", "p99(nothing) < 5ms", "p101(connect) < 5ms", "p(connect) < 5ms",
		"p99.99999(connect) < 5ms", "count(time-wait) < 5ms", "count(time-wait) < 1.5", "count(all) < 3", "max(reset) < 5ms",
		"open(reset) < 5", "p99(connect < 5ms", "p99 connect) < 5ms", "p99(connect) < 5ms or so", "p99(connect) < -5ms",
		"p99(connect) < 99999999999999999999s", "p99(connect) < 99999999999s", "p99(connect) < 5..5ms", "p99(connect) < .ms",
		"p99(connect) < 0.0001ns", "count(-) < 1",
		"p99(connect) < 5ms                                                                                  ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct assertion a;
		char err[256] = "";

		if (assert_parse(bad[i], &a, err, sizeof(err)) != -EINVAL || !err[0] || strchr(err, '\n'))
			fail_msg("'%s' was taken, or refused without a sentence: %s", bad[i], err);
	}
}

static bool holds(const char *text, __u64 value)
{
	struct assertion a = parsed(text);
	struct assert_found f = { true, value };

	return assert_holds(&a, &f);
}

static void compares(void **state)
{
	(void)state;
	assert_true(holds("count(reset) < 3", 2));
	assert_false(holds("count(reset) < 3", 3));
	assert_true(holds("count(reset) <= 3", 3));
	assert_true(holds("count(reset) > 3", 4));
	assert_false(holds("count(reset) > 3", 3));
	assert_true(holds("count(reset) >= 3", 3));
	assert_true(holds("count(reset) == 3", 3));
	assert_false(holds("count(reset) == 3", 4));
	assert_true(holds("count(reset) != 3", 4));
}

static void measures(void **state)
{
	const __u64 kinds[CLOSE_KIND_MAX] = { [CLOSE_RESET] = 7 };
	struct assertion a = parsed("p50(connect) < 1s");
	struct strbuf b = { 0 };
	struct assert_found f;
	struct hist_item it = { 0 };
	struct hist h;

	(void)state;
	hist_init(&h, 7, NULL);
	it.h = &h;
	f = assert_measure(&a, &it, kinds);
	assert_false(f.any);
	assert_false(assert_holds(&a, &f));
	assert_fmt_found(&b, &a, &f);
	assert_string_equal(b.s, "nothing measured");
	for (__u64 ms = 1; ms <= 9; ms++)
		assert_int_equal(hist_add(&h, ms * 1000000, 1), 0);
	it.open = 2;
	it.began_before = 3;
	it.lost = 4;
	a = parsed("max(connect) < 1s");
	f = assert_measure(&a, &it, kinds);
	assert_true(f.any);
	assert_int_equal(f.value, 9000000);
	a = parsed("mean(connect) < 1s");
	assert_int_equal(assert_measure(&a, &it, kinds).value, 5000000);
	a = parsed("min(connect) < 1s");
	assert_int_equal(assert_measure(&a, &it, kinds).value, 1000000);
	a = parsed("count(connect) < 1");
	assert_int_equal(assert_measure(&a, &it, kinds).value, 18);
	a = parsed("open(connect) < 1");
	assert_int_equal(assert_measure(&a, &it, kinds).value, 2);
	a = parsed("count(reset) < 1");
	f = assert_measure(&a, NULL, kinds);
	assert_int_equal(f.value, 7);
	strbuf_reset(&b);
	assert_fmt_found(&b, &a, &f);
	assert_string_equal(b.s, "7");
	strbuf_free(&b);
	hist_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_the_grammar_says),
		cmocka_unit_test(refuses_the_rest_with_a_sentence),
		cmocka_unit_test(compares),
		cmocka_unit_test(measures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
