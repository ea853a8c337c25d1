/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include "core/event/event.h"
#include "core/text/fmt.h"

static struct strbuf b;

static int teardown(void **state)
{
	(void)state;
	strbuf_free(&b);
	return 0;
}

static void expect_addr(const char *ipv6, unsigned int family, const char *want)
{
	char text[FMT_ADDR_LEN];
	__u8 addr[16];

	assert_int_equal(inet_pton(AF_INET6, ipv6, addr), 1);
	fmt_addr(addr, family, text);
	assert_string_equal(text, want);
}

static void addresses(void **state)
{
	(void)state;
	expect_addr("::ffff:127.0.0.1", AF_INET, "127.0.0.1");
	expect_addr("::ffff:127.0.0.1", 0, "127.0.0.1");
	expect_addr("::ffff:255.255.255.255", AF_INET, "255.255.255.255");
	expect_addr("::ffff:1.2.3.4", AF_INET6, "::ffff:1.2.3.4");
	expect_addr("::ffff:9.10.99.100", AF_INET, "9.10.99.100");
	expect_addr("::ffff:105.200.0.70", AF_INET6, "::ffff:105.200.0.70");
	expect_addr("::ffff:0.0.0.0", AF_INET, "0.0.0.0");
	expect_addr("::", AF_INET6, "::");
	expect_addr("::1", AF_INET6, "::1");
	/* RFC 5952: lower case, no leading zeros, the longest run of zeros, the first of equals, not a single one. */
	expect_addr("2001:0DB8:0000:0000:0008:0800:200C:417A", AF_INET6, "2001:db8::8:800:200c:417a");
	expect_addr("2001:db8:0:0:1:0:0:1", AF_INET6, "2001:db8::1:0:0:1");
	expect_addr("2001:db8:0:1:1:1:1:1", AF_INET6, "2001:db8:0:1:1:1:1:1");
	expect_addr("fe80:aaaa:bbbb:cccc:dddd:eeee:ffff:1111", AF_INET6, "fe80:aaaa:bbbb:cccc:dddd:eeee:ffff:1111");
}

static void expect_rfc3339(long long ns, const char *want)
{
	strbuf_reset(&b);
	fmt_rfc3339(&b, ns);
	assert_string_equal(b.s, want);
}

static void times_in_utc(void **state)
{
	(void)state;
	expect_rfc3339(0, "1970-01-01T00:00:00.000000000Z");
	expect_rfc3339(1795252502123456789LL, "2026-11-21T09:15:02.123456789Z");
	expect_rfc3339(1709251199999999999LL, "2024-02-29T23:59:59.999999999Z");
	expect_rfc3339(1709251200000000000LL, "2024-03-01T00:00:00.000000000Z");
	expect_rfc3339(-1, "1969-12-31T23:59:59.999999999Z");
	expect_rfc3339(-1000000000, "1969-12-31T23:59:59.000000000Z");
	expect_rfc3339(LLONG_MAX, "2262-04-11T23:47:16.854775807Z");
	expect_rfc3339(LLONG_MIN, "1677-09-21T00:12:43.145224192Z");
}

static void expect_clock(long long ns, long offset, const char *want)
{
	strbuf_reset(&b);
	fmt_clock(&b, ns, offset);
	assert_string_equal(b.s, want);
}

static void times_of_day(void **state)
{
	(void)state;
	expect_clock(1795252502123456789LL, 0, "09:15:02.123456");
	expect_clock(1795252502999999999LL, 0, "09:15:02.999999");	/* cut, not rounded into the next second */
	expect_clock(1795252502123456789LL, 3600, "10:15:02.123456");
	expect_clock(1795252502123456789LL, -10 * 3600, "23:15:02.123456");
	expect_clock(1795252502123456789LL, 5 * 3600 + 1800, "14:45:02.123456");
	expect_clock(0, 0, "00:00:00.000000");
	expect_clock(0, -1, "23:59:59.000000");
	expect_clock(-1, 0, "23:59:59.999999");
	expect_clock(86400LL * 1000000000 - 1, 0, "23:59:59.999999");
}

static void durations(void **state)
{
	static const struct { unsigned long long ns; const char *text; } cases[] = {
		{ 0, "0ns" }, { 1, "1ns" }, { 999, "999ns" },
		{ 1000, "1us" }, { 1499, "1us" }, { 1500, "2us" }, { 17000, "17us" }, { 999499, "999us" },
		{ 999500, "1.000ms" }, { 1000000, "1.000ms" }, { 1234499, "1.234ms" }, { 1234500, "1.235ms" },
		{ 999999499, "999.999ms" }, { 999999500, "1.000s" }, { 1000000000, "1.000s" },
		{ 61518500000, "61.519s" }, { 61518499999, "61.518s" },
		{ 599999499999, "599.999s" }, { 599999500000, "10m00s" }, { 600000000000, "10m00s" },
		{ 3547000000000, "59m07s" }, { 3599499999999, "59m59s" }, { 3599500000000, "1h00m" },
		{ 7500000000000, "2h05m" }, { 7529999999999, "2h05m" }, { 7530000000000, "2h06m" },
		{ 48 * 3600000000000ULL - 30000000001, "47h59m" }, { 48 * 3600000000000ULL - 30000000000, "2d00h" },
		{ 76 * 3600000000000ULL, "3d04h" }, { ULLONG_MAX, "213504d00h" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&b);
		fmt_duration(&b, cases[i].ns);
		assert_string_equal(b.s, cases[i].text);
	}
}

static void names_of_processes(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "nginx", "nginx" }, { "a b", "a b" }, { "kworker/0:1", "kworker/0:1" },
		{ "a\nb\x1b[2J", "a?b?[2J" }, { "\x7f", "?" }, { "\xc2\x9b", "?" }, { "\xff\xfe", "??" },
		{ "gr\xc3\xbcn", "gr\xc3\xbcn" }, { "cut\xe2\x82", "cut??" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&b);
		fmt_comm(&b, cases[i].in);
		assert_string_equal(b.s, cases[i].out);
	}
	strbuf_reset(&b);
	fmt_comm(&b, "");
	assert_int_equal(b.len, 0);
}

static void counts(void **state)
{
	static const struct { unsigned long long n; const char *text; } cases[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 12345, "12,345" }, { 999999, "999,999" },
		{ 1234567, "1,234,567" }, { ULLONG_MAX, "18,446,744,073,709,551,615" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_reset(&b);
		fmt_count(&b, cases[i].n);
		assert_string_equal(b.s, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(times_in_utc),
		cmocka_unit_test(times_of_day),
		cmocka_unit_test(durations),
		cmocka_unit_test(names_of_processes),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
