/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include "core/text/json.h"

static struct strbuf out;

static void begin(struct json *j)
{
	strbuf_reset(&out);
	json_init(j, &out);
}

static int teardown(void **state)
{
	(void)state;
	strbuf_free(&out);
	return 0;
}

static void puts_commas_where_they_belong(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_open(&j, NULL, '{');
	json_str(&j, "a", "x");
	json_open(&j, "list", '[');
	json_u64(&j, NULL, 1);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_null(&j, NULL);
	json_close(&j, ']');
	json_bool(&j, "t", true);
	json_bool(&j, "f", false);
	json_null(&j, "n");
	json_close(&j, '}');
	assert_string_equal(out.s, "{\"a\":\"x\",\"list\":[1,{},[],null],\"t\":true,\"f\":false,\"n\":null}");
	assert_int_equal(j.depth, 0);
}

/* NDJSON: values at the top are separated by the caller. */
static void top_values_have_no_comma(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	strbuf_addc(&out, '\n');
	json_open(&j, NULL, '{');
	json_u64(&j, "a", 1);
	json_close(&j, '}');
	strbuf_addc(&out, '\n');
	json_u64(&j, NULL, 7);
	strbuf_addc(&out, ' ');
	json_str(&j, NULL, NULL);
	assert_string_equal(out.s, "{}\n{\"a\":1}\n7 null");
}

static void writes_integers_exactly(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_open(&j, NULL, '[');
	json_u64(&j, NULL, 0);
	json_u64(&j, NULL, UINT64_MAX);
	json_s64(&j, NULL, INT64_MIN);
	json_s64(&j, NULL, INT64_MAX);
	json_s64(&j, NULL, -1);
	json_close(&j, ']');
	assert_string_equal(out.s, "[0,18446744073709551615,-9223372036854775808,9223372036854775807,-1]");
}

static void writes_doubles_that_read_back(void **state)
{
	struct json j;

	(void)state;
	begin(&j);
	json_open(&j, NULL, '[');
	json_double(&j, NULL, 0);
	json_double(&j, NULL, -0.0);
	json_double(&j, NULL, 0.1);
	json_double(&j, NULL, 1.5);
	json_double(&j, NULL, 100);
	json_double(&j, NULL, 1.0 / 3);
	json_double(&j, NULL, 0.1 + 0.2);
	json_double(&j, NULL, 1e22);
	json_double(&j, NULL, -1e-7);
	json_double(&j, NULL, DBL_MAX);
	json_double(&j, NULL, NAN);
	json_double(&j, NULL, INFINITY);
	json_double(&j, NULL, -INFINITY);
	json_close(&j, ']');
	assert_string_equal(out.s, "[0,-0,0.1,1.5,100,0.3333333333333333,0.30000000000000004,1e+22,-1e-07,"
			    "1.7976931348623157e+308,null,null,null]");
}

static void escapes(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "", "\"\"" },
		{ "plain text", "\"plain text\"" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
		{ "\n\t\r", "\"\\n\\t\\r\"" },
		{ "\x01\x1f\x1b[31m", "\"\\u0001\\u001f\\u001b[31m\"" },
		{ "\x7f", "\"\\u007f\"" },
		{ "\xc2\x9b", "\"\\u009b\"" },				/* C1: a terminal takes it for ESC [ */
		{ "\xc2\xa0", "\"\xc2\xa0\"" },
		{ "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
		{ "\xe2\x82\xac\xf0\x9f\x90\xa7", "\"\xe2\x82\xac\xf0\x9f\x90\xa7\"" },
		{ "\xef\xbf\xbf\xf4\x8f\xbf\xbf", "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"" },
	};
	struct json j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&j);
		json_str(&j, NULL, cases[i].in);
		assert_string_equal(out.s, cases[i].out);
	}
	begin(&j);
	json_open(&j, NULL, '{');
	json_null(&j, "k\"\n");
	assert_string_equal(out.s, "{\"k\\\"\\n\":null");
}

#define BAD "\xef\xbf\xbd"

static void replaces_what_is_not_utf8(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "\xff", "\"" BAD "\"" },
		{ "a\x80z", "\"a" BAD "z\"" },
		{ "\xc3", "\"" BAD "\"" },				/* cut by the end of the name */
		{ "\xe2\x82", "\"" BAD BAD "\"" },
		{ "\xf0\x9f\x90", "\"" BAD BAD BAD "\"" },
		{ "\xc3(", "\"" BAD "(\"" },
		{ "\xc0\x80", "\"" BAD BAD "\"" },			/* overlong */
		{ "\xc1\xbf", "\"" BAD BAD "\"" },
		{ "\xe0\x80\x80", "\"" BAD BAD BAD "\"" },
		{ "\xe0\x9f\xbf", "\"" BAD BAD BAD "\"" },
		{ "\xf0\x8f\xbf\xbf", "\"" BAD BAD BAD BAD "\"" },
		{ "\xed\xa0\x80", "\"" BAD BAD BAD "\"" },		/* surrogate */
		{ "\xed\xbf\xbf", "\"" BAD BAD BAD "\"" },
		{ "\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"" },	/* beyond U+10FFFF */
		{ "\xf5\x80\x80\x80", "\"" BAD BAD BAD BAD "\"" },
		{ "\xed\x9f\xbf\xee\x80\x80", "\"\xed\x9f\xbf\xee\x80\x80\"" },
	};
	struct json j;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&j);
		json_str(&j, NULL, cases[i].in);
		assert_string_equal(out.s, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_commas_where_they_belong),
		cmocka_unit_test(top_values_have_no_comma),
		cmocka_unit_test(writes_integers_exactly),
		cmocka_unit_test(writes_doubles_that_read_back),
		cmocka_unit_test(escapes),
		cmocka_unit_test(replaces_what_is_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
