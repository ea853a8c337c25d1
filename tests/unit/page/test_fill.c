/* SPDX-License-Identifier: GPL-2.0-only */
/* Places of a page that are filled in, and JSON that cannot leave its script. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/page/fill.h"
#include "core/page/report.h"

static int put(void *ctx, const char *name, struct strbuf *b)
{
	(void)ctx;
	if (!strcmp(name, "BAD"))
		return -ENOMEM;
	strbuf_addf(b, "[%s @AGAIN@]", name);
	return 0;
}

static void fills(const char *file, const char *want)
{
	struct strbuf b = { 0 };

	assert_int_equal(page_fill(&b, file, strlen(file), put, NULL), 0);
	assert_string_equal(b.s ? b.s : "", want);
	strbuf_free(&b);
}

static void places_are_filled_and_nothing_else(void **state)
{
	struct strbuf b = { 0 };

	(void)state;
	fills("<p>@HOST@</p>", "<p>[HOST @AGAIN@]</p>");
	fills("@A@@B@", "[A @AGAIN@][B @AGAIN@]");
	fills("", "");
	fills("@", "@");
	fills("@@", "@@");
	fills("@media print { a@b }", "@media print { a@b }");
	fills("a@A", "a@A");
	fills("@TOOLONGFORANAMEHERE@", "@TOOLONGFORANAMEHERE@");
	fills("x @A b@B@", "x @A b[B @AGAIN@]");
	assert_int_equal(page_fill(&b, "a@BAD@b", 7, put, NULL), -ENOMEM);
	strbuf_free(&b);
}

static void escapes(const char *json, const char *want)
{
	struct strbuf b = { 0 };

	page_script_json(&b, json, strlen(json));
	assert_string_equal(b.s ? b.s : "", want);
	strbuf_free(&b);
}

static void json_stays_in_its_script(void **state)
{
	(void)state;
	escapes("{\"a\":1}", "{\"a\":1}");
	escapes("\"</script><!--&\"", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
	escapes("\"a\xe2\x80\xa8z\xe2\x80\xa9\"", "\"a\\u2028z\\u2029\"");
	escapes("\"\xe2\x80\xa7\xe2\x80\"", "\"\xe2\x80\xa7\xe2\x80\"");
	escapes("", "");
}

static void every_table_has_columns(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < REPORT_TABLES; i++) {
		struct page_table t = report_table_of((enum report_table)i, "x");

		assert_string_equal(t.id, "x");
		assert_non_null(t.title);
		assert_non_null(t.columns[0].key);
	}
}

static void what_is_left_out_is_said(void **state)
{
	struct page_table t = report_table_of(REPORT_TOTALS, "b-totals");
	struct page_rows rs = { 0 };
	struct strbuf b = { 0 };
	static const char line[] = "{\"what\":\"<b>\",\"count\":1234,\"per_s\":0.5}\n";

	(void)state;
	assert_int_equal(page_rows_of(&rs, (struct span){ line, strlen(line) }, NULL, t.keys), 0);
	page_table_html(&b, &t, &rs, 0);
	assert_null(strstr(b.s, "the first"));
	assert_non_null(strstr(b.s, "&lt;b&gt;"));
	strbuf_reset(&b);
	rs.total = 12345;
	page_table_html(&b, &t, &rs, 0);
	assert_non_null(strstr(b.s, "<span class=\"total\">the first 1 of 12,345</span>"));
	page_rows_free(&rs);
	strbuf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_filled_and_nothing_else), cmocka_unit_test(json_stays_in_its_script), cmocka_unit_test(every_table_has_columns),
		cmocka_unit_test(what_is_left_out_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
