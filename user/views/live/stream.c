/* SPDX-License-Identifier: GPL-2.0-only */
/* One open page: what it was told, and what changed since. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "views/live/parts.h"

#define VIEWS_MAX 8
#define HEARTBEAT_NS (15 * SECOND_NS)	/* who is gone is noticed by it */

struct live_stream {
	struct live *l;
	struct live_query q;
	struct filter *filter;
	char *sort;
	const struct page_table *views[VIEWS_MAX];
	struct page_seen seen[VIEWS_MAX];
	size_t n, left;			/* .left: of what is due, not told yet */
	struct strbuf text;
	struct page_rows own;
	__u64 due_ns, said_ns;		/* of the loop's clock */
	__u64 told_ns;			/* of events */
	bool begun;
};

void live_stream_free(struct live_stream *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < VIEWS_MAX; i++)
		page_seen_free(&s->seen[i]);
	filter_free(s->filter);
	free(s->sort);
	strbuf_free(&s->text);
	page_rows_free(&s->own);
	free(s);
}

/* "processes,connections" */
static int add_views(struct live_stream *s, const char *view, char *err, size_t errlen)
{
	char id[32];

	for (; view && *view; view += *view == ',') {
		size_t len = strcspn(view, ",");

		(void)snprintf(id, sizeof(id), "%.*s", (int)(len < sizeof(id) ? len : 0), view);
		view += len;
		if (!*id)
			continue;
		if (s->n == VIEWS_MAX || !page_table_find(id)) {
			(void)snprintf(err, errlen, "view: give names of tables with commas, each once: states, processes, connections, ...");
			return -EINVAL;
		}
		s->views[s->n++] = page_table_find(id);
	}
	return 0;
}

int live_stream_new(struct live *l, const struct live_query *q, struct live_stream **ret, char *err, size_t errlen)
{
	struct live_stream *s = calloc(1, sizeof(*s));
	int e;

	(void)snprintf(err, errlen, "out of memory");
	if (!s)
		return -ENOMEM;
	s->l = l;
	s->q = *q;
	s->q.view = s->q.filter = NULL;
	s->sort = q->sort ? strdup(q->sort) : NULL;
	s->q.sort = s->sort;
	e = q->sort && !s->sort ? -ENOMEM : add_views(s, q->view, err, errlen);
	if (!e && !conns_can_sort(q->sort)) {
		(void)snprintf(err, errlen, "sort: newest, in-state, age, state, process, local or remote");
		e = -EINVAL;
	}
	if (!e)
		e = live_filter(q, &s->filter, err, errlen);
	if (e) {
		live_stream_free(s);
		return e;
	}
	*ret = s;
	return 0;
}

static int add_rows(struct live_stream *s, size_t i, struct strbuf *b)
{
	struct page_rows rows;
	size_t start = b->len, used;
	int err = live_rows(s->l, s->views[i], &s->q, s->filter, &s->text, &s->own, &rows);

	if (err)
		return err;
	strbuf_adds(b, "event: rows\ndata: ");
	used = b->len;
	err = page_rows_diff(&s->seen[i], &rows, s->views[i]->id, used < LIVE_STEP_MAX ? LIVE_STEP_MAX - used : 1, b);
	if (err < 0)
		return err;
	if (!err) {
		b->len = start;
		b->s[start] = '\0';
		return 0;
	}
	strbuf_adds(b, "\n\n");
	return 0;
}

void live_stream_move(struct live_stream *s, struct live *l)
{
	s->l = l;
}

void live_stream_tell(struct live_stream *s, struct strbuf *b)
{
	strbuf_adds(b, "event: summary\ndata: ");
	live_summary(s->l, b);
	strbuf_adds(b, "\n");
	s->told_ns = tracker_now(s->l->env->tracker);
}

/* Answers come at once; what follows when something can have changed: a second later, and later where a look takes long. */
static void begin_step(struct live_stream *s, __u64 mono_ns, struct strbuf *b)
{
	s->due_ns = mono_ns + live_period_ns(s->l);
	if (!s->begun)
		strbuf_adds(b, "retry: 2000\n\n");
	if (!s->begun || tracker_now(s->l->env->tracker) != s->told_ns)
		live_stream_tell(s, b);
	s->begun = true;
	s->left = s->n;
}

int live_stream_step(struct live_stream *s, __u64 mono_ns, struct strbuf *b)
{
	size_t start = b->len;
	int err = 0;

	if (!s->left && mono_ns < s->due_ns)
		return 0;
	if (!s->left)
		begin_step(s, mono_ns, b);
	if (s->left) {
		err = add_rows(s, s->n - s->left, b);
		s->left--;
	}
	if (b->len > start)
		s->said_ns = mono_ns;
	else if (mono_ns >= s->said_ns + HEARTBEAT_NS) {
		strbuf_adds(b, ":\n\n");
		s->said_ns = mono_ns;
	}
	return err ? err : b->failed ? -ENOMEM : s->left > 0;
}
