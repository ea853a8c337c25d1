/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of the live page as HTML: what stands in a cell, and that nothing in it can leave it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/page/table.h"

#define NOW 2000000000000ULL

/* The table @id with the one row @line; the caller's. */
static char *html(const char *id, const char *line)
{
	const struct page_table *t = page_table_find(id);
	struct page_rows rs = { 0 };
	struct strbuf b = { 0 };

	assert_non_null(t);
	assert_int_equal(page_rows_of(&rs, (struct span){ line, strlen(line) }, t->event, t->keys), 0);
	assert_int_equal(rs.n, 1);
	page_table_html(&b, t, &rs, NOW);
	page_rows_free(&rs);
	assert_false(b.failed);
	return b.s;
}

static void has(const char *id, const char *line, const char *what)
{
	char *s = html(id, line);

	if (!strstr(s, what))
		fail_msg("%s is not in %s", what, s);
	free(s);
}

static void values_are_shown_as_people_read_them(void **state)
{
	(void)state;
	has("connections", "{\"laddr\":\"10.0.0.1\",\"lport\":80,\"raddr\":\"2001:db8::1\",\"rport\":null,\"state\":\"TIME_WAIT\",\"since_ns\":1999000000000}",
	    "<th scope=\"row\">10.0.0.1:80</th><td>[2001:db8::1]:*</td><td data-word=\"TIME_WAIT\">TIME_WAIT</td><td class=\"number\">1.000s</td>");
	has("connections", "{\"laddr\":\"10.0.0.1\",\"owner_comm\":\"nginx\",\"owner_pid\":812,\"since_ns\":3000000000000}", "<td class=\"number\">0ns</td>");
	has("connections", "{\"laddr\":\"10.0.0.1\",\"owner_comm\":\"nginx\",\"owner_pid\":812}", "<td>nginx (812)</td>");
	has("connections", "{\"laddr\":\"10.0.0.1\",\"owner_comm\":\"kernel\",\"owner_pid\":null}", "<td>kernel</td>");
	has("processes", "{\"event\":\"closers\",\"comm\":null,\"pid\":1,\"closed\":1234567,\"time_wait_created_per_s\":0.04}", "<th scope=\"row\">-</th><td class=\"number\">1,234,567</td>");
	has("processes", "{\"event\":\"closers\",\"comm\":\"x\",\"pid\":1,\"time_wait_created_per_s\":0.04}", "<td class=\"number wide\">&lt;0.1</td>");
	has("destinations", "{\"event\":\"ports\",\"raddr\":\"10.0.0.3\",\"rport\":6379,\"used_ratio\":0.755,\"exhausted_in_s\":61.5,\"top\":[{\"pid\":7,\"comm\":\"a\"},{\"pid\":8,\"comm\":\"b\"}]}",
	    "<td class=\"number\">75.5%</td>");
	has("destinations", "{\"event\":\"ports\",\"raddr\":\"10.0.0.3\",\"exhausted_in_s\":61.5,\"top\":[{\"pid\":7,\"comm\":\"a\"},{\"pid\":8,\"comm\":\"b\"}]}", "<td class=\"wide\">a (7), b (8)</td>");
	has("destinations", "{\"event\":\"ports\",\"raddr\":\"10.0.0.3\",\"exhausted_in_s\":61.5,\"top\":[]}", "<td class=\"number\">61.500s</td>");
	has("findings", "{\"event\":\"finding\",\"title\":\"t\",\"fix\":[\"one\",\"two\"]}", "<td class=\"wide\">one; two</td>");
	has("ended", "{\"time\":\"2026-01-01T09:15:02.123456789Z\",\"laddr\":\"::1\",\"life_ns\":1234567}", ">09:15:02.123</td>");
	has("latency", "{\"event\":\"hist\",\"phase\":\"connect\",\"percentiles_ns\":{\"p50\":17000}}", "<td class=\"number\">17us</td>");
}

static void nothing_leaves_its_cell(void **state)
{
	char *s = html("connections", "{\"laddr\":\"<i>\",\"owner_comm\":\"</td><script>\\\"'&\\u0001\",\"owner_pid\":\"<b>\",\"state\":\"\\\"><u>\"}");

	(void)state;
	assert_null(strstr(s, "<i>"));
	assert_null(strstr(s, "<b>"));
	assert_null(strstr(s, "<u>"));
	assert_null(strstr(s, "<script"));
	assert_non_null(strstr(s, "&lt;/td&gt;&lt;script&gt;&quot;&#39;&amp;? (&lt;b&gt;)"));
	assert_non_null(strstr(s, "data-word=\"&quot;&gt;&lt;u&gt;\""));
	free(s);
}

/* The page's scripts read the columns from the titles. */
static void titles_tell_what_columns_are(void **state)
{
	(void)state;
	has("connections", "{\"laddr\":\"::1\"}", "<th scope=\"col\" data-key=\"laddr\" data-as=\"endpoint\" data-with=\"lport\" data-sort=\"local\" title=\"address and port\">Local</th>");
	assert_null(page_table_find("nothing"));
}

static void every_table_is_whole(void **state)
{
	(void)state;
	for (const struct page_table *t = page_tables; t->id; t++) {
		assert_non_null(t->keys[0]);
		assert_non_null(t->columns[0].key);
		for (const struct page_column *c = t->columns; c->key; c++) {
			assert_non_null(c->title);
			assert_non_null(c->help);
			assert_true(c->with || (c->as != AS_ENDPOINT && c->as != AS_PROCESS));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_shown_as_people_read_them),
		cmocka_unit_test(nothing_leaves_its_cell),
		cmocka_unit_test(titles_tell_what_columns_are),
		cmocka_unit_test(every_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
