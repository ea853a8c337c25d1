/* SPDX-License-Identifier: GPL-2.0-only */
/* Heads of requests, and addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/web/request.h"
#include "core/web/where.h"

static void only_hosts_of_ours_are_known(void **state)
{
	static const char *const names[] = { "db1.example.org" };
	static const char *const good[] = {
		"localhost", "LocalHost:19293", "127.0.0.1", "127.0.0.1:1", "10.1.2.3:19293", "[::1]", "[::1]:19293", "DB1.example.org:80",
	};
	static const char *const bad[] = {
		"", ":80", "evil.example", "localhost.evil.example", "db1.example.org.", "127.0.0.1.evil.example", "[::1", "[evil]", "[]", "localhost:",
		"localhost:123456", "localhost:80x", "::1", "localhost:80:80", "127.0.0.1@evil", "2130706433", "127.1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!web_host_ok(good[i], names, 1))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (web_host_ok(bad[i], names, 1))
			fail_msg("'%s' is accepted", bad[i]);
}

static void openmetrics_is_for_those_who_name_it(void **state)
{
	(void)state;
	assert_true(web_accepts_openmetrics("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
					    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
	assert_true(web_accepts_openmetrics("text/plain, Application/OpenMetrics-Text"));
	assert_true(web_accepts_openmetrics("application/openmetrics-text; q=0.1"));
	assert_false(web_accepts_openmetrics("application/openmetrics-text;q=0"));
	assert_false(web_accepts_openmetrics("application/openmetrics-text;q=0.000, text/plain"));
	assert_false(web_accepts_openmetrics("application/openmetrics-texts"));
	assert_false(web_accepts_openmetrics("*/*"));
	assert_false(web_accepts_openmetrics(""));
	assert_false(web_accepts_openmetrics(NULL));
}

static void basic_is_taken_apart(void **state)
{
	char user[WEB_USER_MAX] = "", password[WEB_PASSWORD_MAX] = "";

	(void)state;
	assert_int_equal(web_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", user, password), 0);	/* RFC 7617, 2 */
	assert_string_equal(user, "Aladdin");
	assert_string_equal(password, "open sesame");
	assert_int_equal(web_basic("basic dGVzdDoxMjPCow==", user, password), 0);
	assert_string_equal(password, "123\xc2\xa3");
	assert_int_equal(web_basic("Basic Og==", user, password), 0);
	assert_string_equal(user, "");
	assert_true(web_basic(NULL, user, password) < 0);
	assert_true(web_basic("", user, password) < 0);
	assert_true(web_basic("Bearer QWxhZGRpbjpvcGVu", user, password) < 0);
	assert_true(web_basic("Basic QWxhZGRpbg==", user, password) < 0);	/* no colon */
	assert_true(web_basic("Basic QWxh!GRpbg==", user, password) < 0);
	assert_true(web_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", user, password) < 0);
	assert_true(web_basic("Basic YQA6Yg==", user, password) < 0);		/* a NUL within */
}

static void addresses_are_read(void **state)
{
	struct strbuf b = { 0 };
	struct web_where w;
	char err[256];

	(void)state;
	assert_int_equal(web_where_parse("127.0.0.1:80", &w, err, sizeof(err)), 0);
	assert_true(web_is_loopback(&w) && w.family == 2 && w.port == 80);
	assert_int_equal(web_where_parse("[::1]:19293", &w, err, sizeof(err)), 0);
	assert_true(web_is_loopback(&w) && w.family == 10);
	web_where_say(&b, &w, true);
	assert_string_equal(b.s, "https://[::1]:19293/");
	strbuf_free(&b);
	assert_int_equal(web_where_parse(":9100", &w, err, sizeof(err)), 0);
	assert_false(web_is_loopback(&w));
	assert_int_equal(web_where_parse("10.0.0.1:9100", &w, err, sizeof(err)), 0);
	assert_false(web_is_loopback(&w));
	assert_int_equal(web_where_parse("unix:/run/x", &w, err, sizeof(err)), 0);
	assert_true(w.is_unix && web_is_loopback(&w));
	assert_true(web_where_parse("unix:", &w, err, sizeof(err)) < 0);
	assert_true(web_where_parse("localhost:80", &w, err, sizeof(err)) < 0);
	assert_true(web_where_parse("127.0.0.1", &w, err, sizeof(err)) < 0);
	assert_true(web_where_parse("127.0.0.1:0", &w, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "127.0.0.1:0"));
}

static void urls_are_read(void **state)
{
	struct web_where w;
	char err[256];

	(void)state;
	assert_int_equal(web_url_parse("http://127.0.0.1:19293/healthz", &w, err, sizeof(err)), 0);
	assert_int_equal(w.port, 19293);
	assert_int_equal(web_url_parse("http://localhost", &w, err, sizeof(err)), 0);
	assert_int_equal(w.port, 80);
	assert_int_equal(web_url_parse("http://localhost:81", &w, err, sizeof(err)), 0);
	assert_int_equal(w.port, 81);
	assert_int_equal(web_url_parse("http://[::1]/", &w, err, sizeof(err)), 0);
	assert_true(w.family == 10 && w.port == 80);
	assert_int_equal(web_url_parse("unix:/run/x", &w, err, sizeof(err)), 0);
	assert_true(web_url_parse("https://127.0.0.1", &w, err, sizeof(err)) < 0);
	assert_true(web_url_parse("http://example.org", &w, err, sizeof(err)) < 0);
	assert_true(web_url_parse("http://", &w, err, sizeof(err)) < 0);
	assert_true(web_url_parse("", &w, err, sizeof(err)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_hosts_of_ours_are_known),
		cmocka_unit_test(openmetrics_is_for_those_who_name_it),
		cmocka_unit_test(basic_is_taken_apart),
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(urls_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
