/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any text as lines of a table: rows, differences, HTML and a script's data. Whatever it says, no markup comes out that was not put in by us, and portions end.
 */
#include <stdlib.h>
#include <string.h>
#include "core/page/fill.h"
#include "core/page/report.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static size_t count(const struct strbuf *b, const char *what)
{
	size_t n = 0;

	for (const char *s = b->s ? strstr(b->s, what) : NULL; s; s = strstr(s + 1, what))
		n++;
	return n;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	struct page_table of_report = report_table_of((enum report_table)(len / 2 % REPORT_TABLES), "b-x");
	const struct page_table *t = len % 2 ? &of_report : &page_tables[len / 2 % 8];
	struct page_seen seen = { 0 };
	struct page_rows rs = { 0 };
	struct strbuf b = { 0 };
	size_t columns = 0, steps = 0;

	while (t->columns[columns].key)
		columns++;
	if (page_rows_of(&rs, (struct span){ (const char *)data, len }, NULL, t->keys))
		abort();
	while (page_rows_diff(&seen, &rs, t->id, 64, &b) == 1)
		if (steps++ > rs.n + 1)
			abort();
	strbuf_reset(&b);
	page_rows_json(&rs, &b);
	strbuf_reset(&b);
	page_script_json(&b, (const char *)data, len);
	if (count(&b, "<") || count(&b, ">") || count(&b, "&") || count(&b, "\xe2\x80\xa8") || count(&b, "\xe2\x80\xa9"))
		abort();
	strbuf_reset(&b);
	page_table_html(&b, t, &rs, 1);
	/* A title, a caption, and as many cells as there are: all else is escaped. */
	if (count(&b, "<t") != 4 + rs.n + columns * (rs.n + 1) || count(&b, "<s") != 2)
		abort();
	strbuf_free(&b);
	page_rows_free(&rs);
	page_seen_free(&seen);
	return 0;
}
