/* SPDX-License-Identifier: GPL-2.0-only */
/* The live page, its files, the API, and the streams of pages that are open. */
#include "views/serve/pages.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/json.h"
#include "http/stream.h"

#define PAGES_MAX 32		/* open at once */

#define SAID_EVERY_NS 250000000ULL	/* how far the way to a moment is */

struct open_page {
	struct pages *of;
	struct live_stream *stream;
	__u64 at_ns;			/* what it looks at; 0: at what there is */
	struct replay *replay;		/* ... it is this one's; NULL: there is none to be had yet */
	double speed;
	bool there;
	__u64 said_ns;			/* by the loop's clock */
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

static void add_error(struct strbuf *b, const char *why)
{
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "error", why);
	json_close(&j, '}');
}

static void refuse(struct http_reply *ret, int err, const char *why)
{
	struct strbuf b = { 0 };

	add_error(&b, why);
	strbuf_addc(&b, '\n');
	ret->code = err == -EINVAL ? 400 : err == -EBUSY ? 503 : 500;
	ret->body = http_body_new("application/json; charset=utf-8", &b);
}

/* What @q looks at: what there is (0), or, with at=, a moment of a recording. Returns 0 or a negative errno with one sentence in @why. */
static int choose(struct pages *p, const struct http_request *q, __u64 *ret_at, char *why, size_t len)
{
	const char *at = q->param(q, "at");
	int err;

	*ret_at = 0;
	if (!at || !*at)
		return 0;
	if (!p->moments) {
		(void)snprintf(why, len, "at: there is no going to and fro here; it takes a recording that is a file: twtrace -r FILE serve");
		return -EINVAL;
	}
	err = moments_parse(p->moments, at, ret_at, why, len);
	if (!err && *ret_at >= moments_span(p->moments)->end_ns)
		*ret_at = 0;
	return err;
}

static bool is_told(const char *path)
{
	return !strcmp(path, "/") || !strncmp(path, "/api/", 5);
}

void pages_answer(struct pages *p, const struct http_request *q, struct http_reply *ret)
{
	struct live_query query = query_of(q);
	struct replay *replay = NULL;
	struct live_answer a;
	char why[512] = "";
	__u64 at_ns;
	int err = is_told(q->path) ? choose(p, q, &at_ns, why, sizeof(why)) : 0;

	if (!err && is_told(q->path) && at_ns)
		err = moments_take(p->moments, at_ns, false, p->mono_ns, &replay, why, sizeof(why));
	if (!err && replay) {
		err = replay_step(replay, p->mono_ns);
		if (err > 0) {
			ret->later = true;
			return;
		}
		if (err)
			(void)snprintf(why, sizeof(why), "%s", replay_error(replay) ? replay_error(replay) : strerror(-err));
	}
	if (err) {
		refuse(ret, err, why);
		return;
	}
	if (p->moments && !strcmp(q->path, "/api/v1/timeline")) {
		struct strbuf b = { 0 };

		moments_json(p->moments, &b);
		ret->body = http_body_new("application/json; charset=utf-8", &b);
		return;
	}
	live_get(replay ? replay_live(replay) : p->live, q->path, &query, &a);
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
	if (page->replay)
		moments_release(page->of->moments, page->replay);
	feed_free(page->feed);
	free(page->refused);
	free(page);
}

/* A browser does not tell its page why a stream was refused: so it gets one, with the reason in it. */
static void say_refused(struct http_feed *feed, const char *why)
{
	struct strbuf b = { 0 };

	strbuf_adds(&b, "retry: 30000\n\nevent: refused\ndata: ");
	add_error(&b, why);
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
	if (!page->feed) {
		free(page);
		return;
	}
	if (!choose(p, q, &page->at_ns, why, sizeof(why)))
		(void)live_stream_new(p->live, &query, &page->stream, why, sizeof(why));
	page->speed = moments_speed(q->param(q, "speed"));
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

/* It has nothing more to tell. */
static void give_up(struct open_page *page, const char *why)
{
	say_refused(page->feed, why);
	live_stream_free(page->stream);
	page->stream = NULL;
}

/* Goes on to the moment of @page, or from it. Returns true while it is not there, with what is to be said of that in @b. */
static bool go_on(struct open_page *page, __u64 mono_ns, struct strbuf *b)
{
	char why[512] = "";
	struct json j;
	int far;

	if (!page->replay) {
		int err = moments_take(page->of->moments, page->at_ns, true, mono_ns, &page->replay, why, sizeof(why));

		if (err && err != -EBUSY)	/* else others make room */
			give_up(page, why);
		if (err)
			return true;
		live_stream_move(page->stream, replay_live(page->replay));
	}
	far = replay_step(page->replay, mono_ns);
	if (far < 0) {
		give_up(page, replay_error(page->replay) ? replay_error(page->replay) : strerror(-far));
		return true;
	}
	if (far == REPLAY_BASE)
		live_stream_tell(page->stream, b);
	if (far == REPLAY_FAR && mono_ns >= page->said_ns + SAID_EVERY_NS) {
		page->said_ns = mono_ns;
		strbuf_adds(b, "event: seeking\ndata: ");
		json_init(&j, b);
		json_open(&j, NULL, '{');
		json_u64(&j, "now_ns", replay_now(page->replay));
		json_u64(&j, "at_ns", page->at_ns);
		json_close(&j, '}');
		strbuf_adds(b, "\n\n");
	}
	if (far == REPLAY_THERE && !page->there && page->speed > 0)
		replay_play(page->replay, page->speed, mono_ns);
	page->there = far == REPLAY_THERE;
	return far != REPLAY_THERE;
}

int pages_turn(struct pages *p, __u64 mono_ns)
{
	struct strbuf b = { 0 };
	int more = 0, far = 0;

	p->mono_ns = mono_ns;

	for (struct open_page *page = p->first; page && !more; page = page->next) {
		strbuf_reset(&b);
		if (page->refused) {
			say_refused(page->feed, page->refused);
			free(page->refused);
			page->refused = NULL;
		}
		if (!page->stream)
			continue;
		if (page->at_ns && go_on(page, mono_ns, &b)) {
			far |= page->replay && page->stream;
			if (b.len)
				feed_add(page->feed, b.s, b.len);
			continue;
		}
		more = live_stream_step(page->stream, mono_ns, &b);
		if (more >= 0 && b.len) {
			feed_add(page->feed, b.s, b.len);
			more = 1;
		}
	}
	strbuf_free(&b);
	return more ? more : far;
}
