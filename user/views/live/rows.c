/* SPDX-License-Identifier: GPL-2.0-only */
/* Who makes the rows of which table. */
#include <errno.h>
#include <string.h>
#include "views/live/parts.h"

static const char *const feed_tables[FEED_MAX] = {
	[FEED_FINDINGS] = "findings", [FEED_PROCESSES] = "processes", [FEED_DESTINATIONS] = "destinations", [FEED_LISTENERS] = "listeners",
};

/* What @q asks for of rows that were made for everybody. */
static void window(const struct page_rows *all, const struct live_query *q, struct page_rows *ret)
{
	size_t from = q->offset < all->n ? q->offset : all->n, n = all->n - from;

	*ret = (struct page_rows){ .r = all->r + from, .n = n < live_limit(q) ? n : live_limit(q), .total = all->total };
}

int live_rows(struct live *l, const struct page_table *t, const struct live_query *q, const struct filter *filter, struct strbuf *text,
	      struct page_rows *own, struct page_rows *ret)
{
	const struct page_rows *all = own;
	int err = 0;
	size_t i;

	strbuf_reset(text);
	for (i = 0; i < FEED_MAX && strcmp(t->id, feed_tables[i]); i++)
		;
	err = live_ask(l, i < FEED_MAX ? (unsigned int)i : !strcmp(t->id, "latency") ? PART_LATENCY : !strcmp(t->id, "ended") ? PART_ENDED : PART_MAX);
	if (err)
		return err;
	if (i < FEED_MAX)
		err = feed_rows(&l->feeds[i], l, t, &all);
	else if (!strcmp(t->id, "connections"))
		err = conns_rows(l, q, filter, text);
	else if (!strcmp(t->id, "ended"))
		err = ended_rows(l, q, filter, text);
	else if (!strcmp(t->id, "states"))
		err = states_rows(l, filter, text);
	else
		err = latency_rows(l, text);
	if (err < 0)
		return err;
	if (text->failed)
		return -ENOMEM;
	if (i == FEED_MAX) {
		__u64 total = (__u64)err;

		err = page_rows_of(own, (struct span){ text->s, text->len }, t->event, t->keys);
		if (err)
			return err;
		*ret = *own;
		ret->total = total;
		return 0;
	}
	window(all, q, ret);
	return 0;
}
