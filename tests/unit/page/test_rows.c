/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the live page: values out of objects, and what changed since somebody looked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/page/rows.h"

static const char *const by_id[] = { "id", NULL };
static struct strbuf out;

static struct span span(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static const char *at(const char *text, const char *path)
{
	static char got[64];
	struct span v;

	if (!member_at(span(text), path, &v))
		return "none";
	member_text(v, got, sizeof(got));
	return got;
}

static void values_are_found_where_they_are(void **state)
{
	static const char text[] = "{\"a\":1,\"b\":{\"a\":\"x\\\"}{\",\"c\":[1,{\"a\":2}]},\"d\":null, \"e\" : -2.5e3 }";
	struct span v;

	(void)state;
	assert_string_equal(at(text, "a"), "1");
	assert_string_equal(at(text, "b.a"), "x\"}{");
	assert_string_equal(at(text, "b.c"), "[1,{\"a\":2}]");
	assert_string_equal(at(text, "e"), "-2.5e3");
	assert_string_equal(at(text, "c"), "none");
	assert_string_equal(at(text, "a.b"), "none");
	assert_string_equal(at(text, "b.a.c"), "none");
	assert_true(member_at(span(text), "d", &v) && member_is_null(v));
	assert_string_equal(at("", "a"), "none");
	assert_string_equal(at("{\"a", "a"), "none");
	assert_string_equal(at("{\"a\":", "a"), "none");
	assert_string_equal(at("{\"b\":[[[,\"a\":1}", "a"), "none");
}

static void texts_are_unescaped_and_cut(void **state)
{
	char small[4];

	(void)state;
	assert_string_equal(at("{\"a\":\"\\u003cb\\u003e\\n\"}", "a"), "<b>\n");
	member_text(span("\"abcdef\""), small, sizeof(small));
	assert_string_equal(small, "abc");
	member_text(span("12345"), small, sizeof(small));
	assert_string_equal(small, "123");
}

static const char *diff(struct page_seen *seen, const char *lines, size_t budget)
{
	struct page_rows rs = { 0 };
	int r;

	strbuf_reset(&out);
	assert_int_equal(page_rows_of(&rs, span(lines), NULL, by_id), 0);
	r = page_rows_diff(seen, &rs, "v", budget, &out);
	assert_int_equal(r, out.len > 0);
	page_rows_free(&rs);
	return r ? out.s : "";
}

static void only_what_changed_is_told(void **state)
{
	struct page_seen seen = { 0 };
	const char *s;

	(void)state;
	s = diff(&seen, "{\"id\":1,\"n\":5,\"x\":null}\n{\"id\":2,\"n\":6}\n", 1 << 20);
	assert_non_null(strstr(s, "\"id\":1,\"n\":5}"));
	assert_non_null(strstr(s, "\"id\":2"));
	assert_non_null(strstr(s, "\"order\":["));
	assert_non_null(strstr(s, "\"total\":2}"));
	assert_string_equal(diff(&seen, "{\"id\":1,\"n\":5,\"x\":null}\n{\"id\":2,\"n\":6}\n", 1 << 20), "");
	/* A value */
	s = diff(&seen, "{\"id\":1,\"n\":5,\"x\":null}\n{\"id\":2,\"n\":7}\n", 1 << 20);
	assert_null(strstr(s, "\"id\":1"));
	assert_non_null(strstr(s, "\"n\":7"));
	assert_null(strstr(s, "order"));
	/* The order alone */
	s = diff(&seen, "{\"id\":2,\"n\":7}\n{\"id\":1,\"n\":5,\"x\":null}\n", 1 << 20);
	assert_null(strstr(s, "\"id\""));
	assert_non_null(strstr(s, "order"));
	/* One that is gone, then nothing at all */
	assert_non_null(strstr(diff(&seen, "{\"id\":2,\"n\":7}\n", 1 << 20), "\"total\":1}"));
	assert_string_equal(diff(&seen, "", 1 << 20), "{\"view\":\"v\",\"set\":[],\"order\":[],\"total\":0}");
	assert_string_equal(diff(&seen, "", 1 << 20), "");
	page_seen_free(&seen);
}

static void an_empty_table_is_told_once(void **state)
{
	struct page_seen seen = { 0 };

	(void)state;
	assert_string_equal(diff(&seen, "", 1 << 20), "{\"view\":\"v\",\"set\":[],\"order\":[],\"total\":0}");
	assert_string_equal(diff(&seen, "", 1 << 20), "");
	page_seen_free(&seen);
}

static void time_alone_is_no_change(void **state)
{
	struct page_seen seen = { 0 };

	(void)state;
	(void)diff(&seen, "{\"time\":\"a\",\"ts_ns\":1,\"id\":1,\"life_ns\":5}\n", 1 << 20);
	assert_string_equal(diff(&seen, "{\"time\":\"b\",\"ts_ns\":2,\"id\":1,\"life_ns\":6}\n", 1 << 20), "");
	page_seen_free(&seen);
}

/* What has no room now comes next time, and is told that it will. */
static void portions_add_up_to_all(void **state)
{
	static const char lines[] = "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n";
	struct page_seen seen = { 0 };
	unsigned int told = 0, calls;

	(void)state;
	for (calls = 0; calls < 9; calls++) {
		const char *s = diff(&seen, lines, 24);

		if (!*s)
			break;
		assert_int_equal(strstr(s, "order") != NULL, calls == 0);
		for (s = strstr(s, "\"id\""); s; s = strstr(s + 1, "\"id\""))
			told++;
	}
	assert_int_equal(told, 3);
	assert_true(calls > 1);
	page_seen_free(&seen);
}

static void rows_are_chosen_counted_and_told_apart(void **state)
{
	struct page_rows rs = { 0 };
	struct strbuf many = { 0 };

	(void)state;
	assert_int_equal(page_rows_of(&rs, span("{\"event\":\"a\",\"id\":1}\n{\"event\":\"b\",\"id\":2}\n{\"event\":\"a\",\"id\":1}\nno\n"), "a", by_id), 0);
	assert_int_equal(rs.n, 2);
	assert_true(rs.r[0].key != rs.r[1].key);
	for (int i = 0; i < ROWS_MAX + 5; i++)
		strbuf_addf(&many, "{\"id\":%d}\n", i);
	assert_int_equal(page_rows_of(&rs, (struct span){ many.s, many.len }, NULL, by_id), 0);
	assert_int_equal(rs.n, ROWS_MAX);
	assert_int_equal(rs.total, ROWS_MAX + 5);
	strbuf_reset(&out);
	rs.n = 1;
	page_rows_json(&rs, &out);
	assert_non_null(strstr(out.s, "{\"total\":1005,\"rows\":[{\"key\":\""));
	assert_non_null(strstr(out.s, "\",\"id\":0}]}\n"));
	strbuf_free(&many);
	page_rows_free(&rs);
}

static int teardown(void **state)
{
	(void)state;
	strbuf_free(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_where_they_are),
		cmocka_unit_test(texts_are_unescaped_and_cut),
		cmocka_unit_test(only_what_changed_is_told),
		cmocka_unit_test(an_empty_table_is_told_once),
		cmocka_unit_test(time_alone_is_no_change),
		cmocka_unit_test(portions_add_up_to_all),
		cmocka_unit_test(rows_are_chosen_counted_and_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
