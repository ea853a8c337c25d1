/* SPDX-License-Identifier: GPL-2.0-only */
/* The live page, its files, the API, and the streams of pages that are open. */
#include "views/serve/pages.h"
#include <stdlib.h>
#include <string.h>
#include "core/text/json.h"
#include "http/stream.h"

#define PAGES_MAX 32		/* open at once */

struct open_page {
	struct pages *of;
	struct live_stream *stream;
	struct http_feed *feed;
	char *refused;			/* why there is no stream; said once */
	struct open_page *next, **self;
};

static unsigned int number(const struct http_request *q, const char *name)
{
	const char *text = q->param(q, name);
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n < 1U << 30 ? (unsigned int)n : 1U << 30;
}

static struct live_query query_of(const struct http_request *q)
{
	return (struct live_query){
		.view = q->param(q, "view"), .filter = q->param(q, "filter"), .sort = q->param(q, "sort"), .down = number(q, "down") != 0,
		.limit = number(q, "limit"), .offset = number(q, "offset"),
	};
}

void pages_answer(struct pages *p, const struct http_request *q, struct http_reply *ret)
{
	struct live_query query = query_of(q);
	struct live_answer a;

	live_get(p->live, q->path, &query, &a);
	ret->code = a.code;
	ret->body = a.bytes ? http_body_of(a.type, a.bytes, a.len) : http_body_new(a.type, &a.body);
}

static void close_page(void *arg)
{
	struct open_page *page = arg;

	*page->self = page->next;
	if (page->next)
		page->next->self = page->self;
	page->of->n--;
	live_stream_free(page->stream);
	feed_free(page->feed);
	free(page->refused);
	free(page);
}

/* A browser does not tell its page why a stream was refused: so it gets one, with the reason in it. */
static void say_refused(struct http_feed *feed, const char *why)
{
	struct strbuf b = { 0 };
	struct json j;

	strbuf_adds(&b, "retry: 30000\n\nevent: refused\ndata: ");
	json_init(&j, &b);
	json_open(&j, NULL, '{');
	json_str(&j, "error", why);
	json_close(&j, '}');
	strbuf_adds(&b, "\n\n");
	if (!b.failed)
		feed_add(feed, b.s, b.len);
	strbuf_free(&b);
}

static void refuse_page(struct http_reply *ret)
{
	struct strbuf b = { 0 };

	strbuf_addf(&b, "there are %d pages open: close one\n", PAGES_MAX);
	ret->code = 503;
	ret->body = http_body_new("text/plain; charset=utf-8", &b);
}

void pages_stream(struct pages *p, const struct http_request *q, struct http_reply *ret)
{
	struct live_query query = query_of(q);
	struct open_page *page;
	char why[512] = "";

	if (p->n >= PAGES_MAX) {
		refuse_page(ret);
		return;
	}
	page = calloc(1, sizeof(*page));
	if (!page)
		return;
	page->feed = feed_new();
	if (!page->feed || (live_stream_new(p->live, &query, &page->stream, why, sizeof(why)) && !*why)) {
		feed_free(page->feed);
		free(page);
		return;
	}
	page->of = p;
	page->next = p->first;
	page->self = &p->first;
	if (page->next)
		page->next->self = &page->next;
	p->first = page;
	p->n++;
	if (!page->stream)
		page->refused = strdup(why);
	ret->feed = page->feed;
	ret->gone = close_page;
	ret->gone_arg = page;
}

int pages_turn(struct pages *p, __u64 mono_ns)
{
	struct strbuf b = { 0 };
	int more = 0;

	for (struct open_page *page = p->first; page && !more; page = page->next) {
		strbuf_reset(&b);
		if (page->refused) {
			say_refused(page->feed, page->refused);
			free(page->refused);
			page->refused = NULL;
		}
		if (!page->stream)
			continue;
		more = live_stream_step(page->stream, mono_ns, &b);
		if (more >= 0 && b.len) {
			feed_add(page->feed, b.s, b.len);
			more = 1;
		}
	}
	strbuf_free(&b);
	return more;
}
