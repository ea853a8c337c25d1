/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of the live page, each column described once: what is written here as HTML without JavaScript, and the page's scripts read the columns from
 * the titles that stand in it.
 */
#ifndef CORE_PAGE_TABLE_H
#define CORE_PAGE_TABLE_H
#include <stdbool.h>
#include "core/page/rows.h"
#include "core/text/strbuf.h"

/* How a value is shown; the names are those of SHOW in user/web/table.js. */
enum page_as { AS_TEXT, AS_COUNT, AS_RATE, AS_NS, AS_SECONDS, AS_SHARE, AS_CLOCK, AS_AGE, AS_ENDPOINT, AS_PROCESS, AS_NAMES, AS_LINES, AS_MAX };

struct page_column {
	const char *key;	/* path of the member; NULL ends a list */
	const char *title;
	enum page_as as;
	const char *with;	/* AS_ENDPOINT: path of the port; AS_PROCESS: of the pid; else NULL */
	const char *help;
	bool wide;		/* left away where there is little room */
	const char *sort;	/* the server's word for this order; NULL: it has none */
};

struct page_table {
	const char *id;		/* also the view's name in /api/v1 */
	const char *title;
	const char *about;	/* one sentence below it */
	const char *event;	/* "event" of its rows; NULL: any */
	const char *const *keys;/* members that name a row */
	const struct page_column *columns;
};

/* Ends with .id == NULL. In the order of the page. */
extern const struct page_table page_tables[];
const struct page_table *page_table_find(const char *id);	/* NULL: there is none */

/* Text as HTML, within elements and attributes. Bytes that are not UTF-8 and control characters become '?'. */
void page_escape(struct strbuf *b, const char *text);
/* One section with its table: titles, and @rows (NULL: none). @now_ns: for ages. */
void page_table_html(struct strbuf *b, const struct page_table *t, const struct page_rows *rows, __u64 now_ns);
#endif
