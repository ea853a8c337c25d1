/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/text/ascii.h"
#include "core/text/spark.h"
#include "core/text/utf8.h"

/* What is drawn, one character a column: '0' to '7' for the blocks, ' ' for no value. */
static const char *drawn(const struct spark *s, unsigned int width)
{
	static char text[SPARK_LEN + 1];
	struct strbuf b = { 0 };
	unsigned int cp = 0, n = 0;
	const char *p;

	spark_draw(&b, s, width);
	for (p = b.s; *p; p += utf8_next(p, &cp)) {
		assert_int_not_equal(utf8_next(p, &cp), 0);
		text[n++] = cp == ' ' ? ' ' : (char)('0' + (cp - 0x2581));
	}
	text[n] = '\0';
	assert_int_equal(n, width);
	strbuf_free(&b);
	return text;
}

static void empty_is_blank(void **state)
{
	struct spark s = { 0 };
	__u64 v;

	(void)state;
	assert_string_equal(drawn(&s, 4), "    ");
	assert_false(spark_get(&s, 0, &v));
	assert_int_equal(spark_trend(&s, 10), 0);
}

static void newest_is_on_the_right_and_in_proportion(void **state)
{
	struct spark s = { 0 };
	char want[SPARK_LEN + 1];

	(void)state;
	memset(want, ' ', SPARK_LEN);
	want[SPARK_LEN] = '\0';
	spark_add(&s, 0);
	spark_add(&s, 1);
	spark_add(&s, 350);
	spark_add(&s, 700);
	memcpy(want + SPARK_LEN - 4, "0147", 4);	/* 1 of 700 is little, not nothing */
	assert_string_equal(drawn(&s, SPARK_LEN), want);
}

static void zeros_are_the_lowest_line(void **state)
{
	struct spark s = { 0 };
	int i;

	(void)state;
	for (i = 0; i < SPARK_LEN; i++)
		spark_add(&s, 0);
	assert_string_equal(drawn(&s, 5), "00000");
}

static void fewer_columns_show_the_largest_of_each(void **state)
{
	struct spark s = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < SPARK_LEN; i++)
		spark_add(&s, i == 20 ? 700 : i == 59 ? 350 : 0);
	assert_string_equal(drawn(&s, 6), "007004");
}

static void only_the_last_minute_is_kept(void **state)
{
	struct spark s = { 0 };
	unsigned int i;
	__u64 v;

	(void)state;
	for (i = 0; i < SPARK_LEN * 3 + 7; i++)
		spark_add(&s, i);
	for (i = 0; i < SPARK_LEN; i++) {
		assert_true(spark_get(&s, i, &v));
		assert_int_equal(v, SPARK_LEN * 3 + 6 - i);
	}
	assert_false(spark_get(&s, SPARK_LEN, &v));
	spark_clear(&s);
	assert_false(spark_get(&s, 0, &v));
}

static void largest_numbers_do_not_overflow(void **state)
{
	struct spark s = { 0 };

	(void)state;
	spark_add(&s, ~0ULL);
	spark_add(&s, ~0ULL / 2);
	assert_int_equal(drawn(&s, SPARK_LEN)[SPARK_LEN - 2], '7');
	assert_int_equal(drawn(&s, SPARK_LEN)[SPARK_LEN - 1], '3');
	assert_int_equal(spark_trend(&s, 10), -1);
}

static void trend_is_against_the_mean_before(void **state)
{
	struct spark s = { 0 };

	(void)state;
	spark_add(&s, 10);
	assert_int_equal(spark_trend(&s, 3), 0);
	spark_add(&s, 20);
	assert_int_equal(spark_trend(&s, 3), 1);
	spark_add(&s, 15);
	assert_int_equal(spark_trend(&s, 3), 0);	/* mean of 10 and 20 */
	spark_add(&s, 14);
	assert_int_equal(spark_trend(&s, 3), -1);
	spark_add(&s, 14);
	assert_int_equal(spark_trend(&s, 1), 0);
}

static void every_block_has_its_ascii(void **state)
{
	unsigned int cp;

	(void)state;
	for (cp = 0x2581; cp <= 0x258f; cp++)
		assert_int_not_equal(ascii_for(cp), '?');
	assert_int_equal(ascii_for(0x2588), '#');
	assert_int_equal(ascii_for('x'), 'x');
	assert_int_equal(ascii_for(0x2500), '-');
	assert_int_equal(ascii_for(0x2192), '>');
	assert_int_equal(ascii_for(0x4e00), '?');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_blank),
		cmocka_unit_test(newest_is_on_the_right_and_in_proportion),
		cmocka_unit_test(zeros_are_the_lowest_line),
		cmocka_unit_test(fewer_columns_show_the_largest_of_each),
		cmocka_unit_test(only_the_last_minute_is_kept),
		cmocka_unit_test(largest_numbers_do_not_overflow),
		cmocka_unit_test(trend_is_against_the_mean_before),
		cmocka_unit_test(every_block_has_its_ascii),
	};

	return cmocka_run_group_tests_name("spark", tests, NULL, NULL);
}
