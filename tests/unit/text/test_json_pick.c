// SPDX-License-Identifier: GPL-2.0-only
/* Strings out of JSON that others wrote. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/text/json_pick.h"

static char a[64], b[64], c[64];
static const struct json_want want[] = {
	{ { "Name" }, a, sizeof(a) }, { { "Config", "Labels", "io.k8s/x.y" }, b, sizeof(b) }, { { "names", "1" }, c, sizeof(c) },
};

static int pick(const char *text)
{
	strcpy(a, "-");
	strcpy(b, "-");
	strcpy(c, "-");
	return json_pick(text, strlen(text), want, 3);
}

static void what_is_wanted_is_found(void **state)
{
	(void)state;
	assert_int_equal(pick("{\"Name\":\"/web\",\"Config\":{\"Name\":\"no\",\"Labels\":{\"io.k8s/x.y\":\"v\"}},\"names\":[\"n0\",\"n1\"]}"), 0);
	assert_string_equal(a, "/web");
	assert_string_equal(b, "v");
	assert_string_equal(c, "n1");
	assert_int_equal(pick(" { \"x\" : [ 1, -2.5e3, true, null, {\"Name\": \"no\"} ], \"Name\" : \"\" } "), 0);
	assert_string_equal(a, "");
	assert_string_equal(b, "-");
	assert_int_equal(pick("{\"Name\":\"first\",\"Name\":\"second\"}"), 0);
	assert_string_equal(a, "first");
	assert_int_equal(pick("{\"Name\":{\"Name\":\"no\"}}"), 0);
	assert_string_equal(a, "-");
	assert_int_equal(pick("{\"Name\":17}"), 0);
	assert_string_equal(a, "-");
	assert_int_equal(pick("{}"), 0);
	assert_int_equal(pick("[]"), 0);
}

static void escapes_are_read(void **state)
{
	(void)state;
	assert_int_equal(pick("{\"\\u004eame\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\u20ac\\ud83d\\ude00\"}"), 0);
	assert_string_equal(a, "\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	/* What C cannot hold, and halves of characters. */
	assert_int_equal(pick("{\"Name\":\"a\\u0000b\\ud800c\\udc00\\ud800\\u0041\"}"), 0);
	assert_string_equal(a, "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd\xef\xbf\xbd" "A");
}

static void long_ones_are_cut_between_characters(void **state)
{
	char small[4] = "-";
	const struct json_want w = { { "Name" }, small, sizeof(small) };
	const char *text = "{\"Name\":\"a\xc3\xa4\xc3\xb6z\"}";

	(void)state;
	assert_int_equal(json_pick(text, strlen(text), &w, 1), 0);
	assert_string_equal(small, "a\xc3\xa4");
	text = "{\"Name\":\"ab\xc3\xa4z\"}";
	assert_int_equal(json_pick(text, strlen(text), &w, 1), 0);
	assert_string_equal(small, "ab");
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "{", "{\"Name\"", "{\"Name\":", "{\"Name\":\"x", "{\"Name\":\"x\\", "{\"Name\":\"\\q\"}", "{\"Name\":\"\\u12\"}", "{Name:1}",
		"[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "]",
	};
	char deep[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pick(bad[i]), -EBADMSG);
	assert_int_equal(pick("{\"Name\":\"kept\",\"Config\":{"), -EBADMSG);
	assert_string_equal(a, "kept");
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(pick(deep), -EBADMSG);
}

static int collect(void *ctx, const char *element, size_t len)
{
	char *to = ctx;

	strncat(to, element, len);
	strcat(to, ";");
	return 0;
}

static int stop(void *ctx, const char *element, size_t len)
{
	(void)ctx;
	(void)element;
	(void)len;
	return 7;
}

static void elements_one_by_one(void **state)
{
	const char *text = " [ {\"a\":[1]} ,2,\"x,]\" ] ";
	char got[64] = "";

	(void)state;
	assert_int_equal(json_each(text, strlen(text), collect, got), 0);
	assert_string_equal(got, "{\"a\":[1]};2;\"x,]\";");
	assert_int_equal(json_each(text, strlen(text), stop, NULL), 7);
	assert_int_equal(json_each("[]", 2, stop, NULL), 0);
	assert_int_equal(json_each("{}", 2, stop, NULL), -EBADMSG);
	assert_int_equal(json_each("[1", 2, collect, got), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wanted_is_found),
		cmocka_unit_test(escapes_are_read),
		cmocka_unit_test(long_ones_are_cut_between_characters),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(elements_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
