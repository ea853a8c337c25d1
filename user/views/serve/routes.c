// SPDX-License-Identifier: GPL-2.0-only
/* What is answered at which path. */
#include <stdio.h>
#include "core/metrics/expo.h"
#include "core/web/request.h"
#include "views/serve/serve.h"

#define LOSS_TOLD_NS 60000000000ULL	/* healthz tells of a loss for so long */

/* What is wrong with us, in a line that ends without a newline, added to @b; nothing if all is well. */
static void say_trouble(const struct serve_view *v, struct strbuf *b)
{
	const char *trouble = http_trouble(v->http);

	if (trouble)
		strbuf_adds(b, trouble);
	else if (v->lost_at_ns && v->mono_ns - v->lost_at_ns < LOSS_TOLD_NS)
		strbuf_addf(b, "events were lost in the last minute, %llu in all: numbers are too low; try a larger --ring-size",
			    (unsigned long long)v->lost);
}

static void text_reply(struct http_reply *ret, unsigned int code, const char *text)
{
	struct strbuf b = { 0 };

	strbuf_addf(&b, "%s\n", text);
	ret->code = code;
	ret->body = http_body_new("text/plain; charset=utf-8", &b);
}

static void answer_health(void *ctx, const struct http_request *q, struct http_reply *ret)
{
	struct strbuf b = { 0 };

	(void)q;
	say_trouble(ctx, &b);
	text_reply(ret, b.len ? 503 : 200, b.len ? b.s : "ok");
	strbuf_free(&b);
}

static void answer_metrics(void *ctx, const struct http_request *q, struct http_reply *ret)
{
	struct serve_view *v = ctx;
	bool openmetrics = web_accepts_openmetrics(q->accept);
	struct strbuf b = { 0 };

	/* The same bytes for all who ask at about the same time. */
	if (v->exposed[openmetrics].body && v->mono_ns - v->exposed[openmetrics].made_ns < BODY_AGE_NS) {
		ret->body = http_body_ref(v->exposed[openmetrics].body);
		return;
	}
	http_body_unref(v->exposed[openmetrics].body);
	v->exposed[openmetrics].body = NULL;
	if (serve_expose(v, openmetrics, &b)) {
		strbuf_free(&b);
		return;
	}
	v->exposed[openmetrics].body = http_body_new(openmetrics ? EXPO_TYPE_OPENMETRICS : EXPO_TYPE_TEXT, &b);
	v->exposed[openmetrics].made_ns = v->mono_ns;
	if (v->exposed[openmetrics].body)
		ret->body = http_body_ref(v->exposed[openmetrics].body);
}

static void answer_page(void *ctx, const struct http_request *q, struct http_reply *ret)
{
	pages_answer(&((struct serve_view *)ctx)->pages, q, ret);
}

static void answer_stream(void *ctx, const struct http_request *q, struct http_reply *ret)
{
	pages_stream(&((struct serve_view *)ctx)->pages, q, ret);
}

const struct http_route serve_routes[] = {
	{ .path = "/metrics", .answer = answer_metrics },
	{ .path = "/healthz", .open = true, .answer = answer_health },
	{ .path = "/api/v1/stream", .same_site = true, .answer = answer_stream },
	{ .path = "/api/v1/*", .same_site = true, .answer = answer_page },
	{ .path = "/", .answer = answer_page },
	{ .path = "/*", .answer = answer_page },
	{ .path = NULL }
};

