/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/text/endpoint.h"
#include "core/event/errname.h"
#include "core/text/fmt.h"

static void reads(void **state)
{
	static const struct { const char *text, *addr; unsigned int family, port; const char *scope; bool bare; } rows[] = {
		{ "10.0.0.1:80", "10.0.0.1", 2, 80, "", false }, { "[::1]:443", "::1", 10, 443, "", false },
		{ "[::ffff:1.2.3.4]:1", "::ffff:1.2.3.4", 10, 1, "", false }, { ":65535", NULL, 0, 65535, "", false },
		{ "*:80", NULL, 0, 80, "", false }, { "[fe80::1%eth0]:80", "fe80::1", 10, 80, "eth0", false },
		{ "10.0.0.1", "10.0.0.1", 2, 0, "", true }, { "::1", "::1", 10, 0, "", true }, { "[::1]", "::1", 10, 0, "", true },
		{ "1::2:3", "1::2:3", 10, 0, "", true },
	};
	char err[256], addr[FMT_ADDR_LEN];
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(endpoint_parse(rows[i].text, rows[i].bare, &e, err, sizeof(err)), 0);
		assert_int_equal(e.family, rows[i].family);
		assert_int_equal(e.port, rows[i].port);
		assert_string_equal(e.scope, rows[i].scope);
		if (!rows[i].addr)
			continue;
		fmt_addr(e.addr, e.family, addr);
		assert_string_equal(addr, rows[i].addr);
	}
}

static void refuses_with_a_sentence(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "localhost:80", "names are not looked up" }, { ":0", "port 0" }, { "1.2.3.4:65536", "1 to 65535" }, { "1.2.3.4:http", "1 to 65535" },
		{ "::1:80", "brackets" }, { "1.2.3.4", "give ADDR:PORT" }, { "", "give ADDR:PORT" }, { "[::1]", "give ADDR:PORT" },
		{ "[::1", "give ADDR:PORT" }, { "[::1]x", "give ADDR:PORT" }, { "1.2.3.4:", "1 to 65535" }, { "1.2.3.256:80", "give ADDR:PORT" },
		{ "[]:80", "give ADDR:PORT" }, { "[fe80::1%]:80", "device" }, { "[fe80::1%aaaaaaaaaaaaaaaaaaaaaa]:80", "device" },
		{ "1.2.3.4:-1", "1 to 65535" }, { "1.2.3.4:99999999999999999999", "1 to 65535" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:80", "give ADDR:PORT" },
	};
	char err[256];
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err[0] = '\0';
		assert_int_equal(endpoint_parse(rows[i].text, false, &e, err, sizeof(err)), -EINVAL);
		if (!strstr(err, rows[i].says))
			fail_msg("'%s': %s", rows[i].text, err);
	}
}

static void names_of_errors(void **state)
{
	(void)state;
	assert_string_equal(errname(EADDRINUSE), "EADDRINUSE");
	assert_string_equal(errname(0), "ok");
	assert_string_equal(errtext(EADDRNOTAVAIL), "Cannot assign requested address");
	assert_null(errname(99999));
	assert_null(errtext(99999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads), cmocka_unit_test(refuses_with_a_sentence), cmocka_unit_test(names_of_errors),
	};

	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
