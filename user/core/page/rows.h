/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of a table: JSON objects with a key each, and what changed in them since somebody saw them last. A row has changed if it differs in anything but
 * the moment that it was written at, and what grows with it ("time", "ts_ns", "life_ns", ...).
 */
#ifndef CORE_PAGE_ROWS_H
#define CORE_PAGE_ROWS_H
#include <linux/types.h>
#include "core/page/member.h"
#include "core/text/strbuf.h"

#define ROWS_MAX 1000	/* of a table at once */

struct page_row { struct span text; __u64 key, hash; };

struct page_rows {
	struct page_row *r;
	size_t n, cap;
	__u64 total;		/* rows there are, of which .n are here */
};

void page_rows_free(struct page_rows *rs);	/* leaves an empty one */
/*
 * The lines of @text that are objects with "event": @event (NULL: all of them), at most ROWS_MAX, which .total counts. Keys are made of the members at
 * @paths (NULL-terminated); rows that agree in them are told apart by their order. @text must stay. Returns 0 or -ENOMEM.
 */
int page_rows_of(struct page_rows *rs, struct span text, const char *event, const char *const *paths);

/* What somebody was told last. */
struct page_was { __u64 key, hash; };
struct page_seen { struct page_was *r; size_t n, cap; __u64 total; bool any; };

void page_seen_free(struct page_seen *seen);	/* leaves an empty one */
/*
 * Add {"view":@view,"set":[rows that are new or changed],"order":[all keys, if that changed],"total":N} to @b, and note it as seen. Rows begin with a
 * member "key"; members that are null are left out. After @budget bytes no other row is begun: those are for the next call, and so are in "order" before
 * they were told. Returns 1, 0 if nothing changed and nothing was added, or -ENOMEM.
 */
int page_rows_diff(struct page_seen *seen, const struct page_rows *rs, const char *view, size_t budget, struct strbuf *b);
/* {"total":N,"rows":[...]} and a newline: all of them. */
void page_rows_json(const struct page_rows *rs, struct strbuf *b);
#endif
