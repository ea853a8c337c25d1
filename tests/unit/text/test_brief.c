/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/text/brief.h"

static void counts(void **state)
{
	static const struct { __u64 n; const char *text; } cases[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 999999, "999,999" }, { 1000000, "1.00M" },
		{ 1999999, "1.99M" }, { 12345678, "12.3M" }, { 999999999, "999M" }, { 1234567890, "1.23G" },
		{ ~0ULL, "18.4E" },
	};
	char text[BRIEF_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(brief_count(cases[i].n, text), cases[i].text);
		assert_in_range(strlen(text), 1, 7);
	}
}

static void rates(void **state)
{
	static const struct { double r; const char *text; } cases[] = {
		{ 0, "0" }, { -1, "0" }, { 0.01, "<0.1" }, { 0.3, "0.3" }, { 99.94, "99.9" }, { 99.96, "100" }, { 999.4, "999" },
		{ 999.6, "1.0k" }, { 12345, "12.3k" }, { 999600, "1.0M" }, { 123456789, "123M" }, { 1e30, "999999P" },
	};
	char text[BRIEF_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(brief_rate(cases[i].r, text), cases[i].text);
	assert_string_equal(brief_rate(__builtin_nan(""), text), "0");
}

static void rates_are_short(void **state)
{
	char text[BRIEF_LEN];
	double r;

	(void)state;
	for (r = 0.001; r < 9e14; r *= 1.07)
		assert_in_range(strlen(brief_rate(r, text)), 1, 5);
}

static void progress(__u64 done, __u64 all, __u64 events, __u64 ns, const char *want)
{
	struct strbuf b = { 0 };

	brief_progress(&b, done, all, events, ns);
	assert_string_equal(b.s, want);
	strbuf_free(&b);
}

static void share_rate_and_time_left(void **state)
{
	const __u64 s = 1000000000ULL;

	(void)state;
	progress(0, 100, 0, 0, "0%");
	progress(0, 0, 0, s, "0%");
	progress(25, 100, 6000000, 2 * s, "25%, 3.0M events/s, 6s left");
	progress(99, 100, 100, s, "99%, 100 events/s, less than 1s left");
	progress(100, 100, 100, s, "100%, 100 events/s, less than 1s left");
	progress(150, 100, 100, s, "100%, 100 events/s, less than 1s left");	/* it grew */
	progress(1, 3601, 10, s, "0%, 10.0 events/s, 1h00m left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts), cmocka_unit_test(rates), cmocka_unit_test(rates_are_short), cmocka_unit_test(share_rate_and_time_left),
	};

	return cmocka_run_group_tests_name("brief", tests, NULL, NULL);
}
