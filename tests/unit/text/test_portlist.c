/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/portlist.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void ranges(void **state)
{
	static const char *const bad[] = { "", "1024", "1024-", "-5", "0-5", "1-65536", "9-8", "1-2-3", "1,2", "x-y", "1 -2", "1-2x", " 1-2" };
	__u16 lo = 7, hi = 7;

	(void)state;
	assert_int_equal(port_range_parse("32768\t60999\n", &lo, &hi), 0);
	assert_int_equal(lo, 32768);
	assert_int_equal(hi, 60999);
	assert_int_equal(port_range_parse("1-65535", &lo, &hi), 0);
	assert_int_equal(lo, 1);
	assert_int_equal(hi, 65535);
	assert_int_equal(port_range_parse("5 5", &lo, &hi), 0);
	assert_int_equal(lo, 5);
	assert_int_equal(hi, 5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(port_range_parse(bad[i], &lo, &hi), -EINVAL);
		assert_int_equal(lo, 5);	/* written on success only */
	}
}

static int note(void *ctx, __u16 lo, __u16 hi)
{
	char *text = ctx;

	(void)snprintf(text + strlen(text), 64, "%u-%u;", lo, hi);
	return lo == 666 ? 6 : 0;
}

static void lists(void **state)
{
	static const char *const bad[] = { ",", "1,", "1,,2", "1-", "2-1", "0", "65536", "a", "1 2", "1-2-3" };
	char text[256] = "";

	(void)state;
	assert_int_equal(port_list_parse("\n", note, text), 0);
	assert_int_equal(port_list_parse("", note, text), 0);
	assert_string_equal(text, "");
	assert_int_equal(port_list_parse("8080,9000-9010,65535\n", note, text), 0);
	assert_string_equal(text, "8080-8080;9000-9010;65535-65535;");
	assert_int_equal(port_list_parse("1,666,2", note, text), 6);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(port_list_parse(bad[i], note, text), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(ranges), cmocka_unit_test(lists) };

	return cmocka_run_group_tests_name("portlist", tests, NULL, NULL);
}
