/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths: the page with its tables in it, files of the page, and the API. */
#include <errno.h>
#include <string.h>
#include "core/page/fill.h"
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/live/assets.h"
#include "views/live/parts.h"

#define API "/api/v1/"

static int add_tables(struct live *l, const struct live_query *q, const struct filter *filter, struct strbuf *b)
{
	struct strbuf text = { 0 };
	struct page_rows own = { 0 }, rows;
	int err = 0;

	for (const struct page_table *t = page_tables; t->id && !err; t++) {
		err = live_rows(l, t, q, filter, &text, &own, &rows);
		if (!err)
			page_table_html(b, t, &rows, tracker_now(l->env->tracker));
	}
	strbuf_free(&text);
	page_rows_free(&own);
	return err;
}

/* Of a recording: the moment that is shown, as a part of the form of the filter. */
static void add_moment(const struct live *l, struct strbuf *b)
{
	static const char *const speeds[] = { "0.1", "1", "10", "100" };
	__u64 now = tracker_now(l->env->tracker), from, len, at;

	if (!l->span)
		return;
	from = l->span->start_ns;
	len = l->span->end_ns - from;
	at = now < from ? 0 : now - from < len ? now - from : len;
	strbuf_adds(b, "<section id=\"moment\" aria-label=\"Time line\">\n<div class=\"course\"></div>\n<label for=\"at\">Moment</label>\n");
	strbuf_addf(b, "<input type=\"range\" id=\"at\" name=\"at\" form=\"filter\" min=\"0\" max=\"%llu.%09llu\" step=\"any\" value=\"%llu.%09llu\" "
		    "data-end=\"%d\" aria-describedby=\"at-says\">\n", len / SECOND_NS, len % SECOND_NS, at / SECOND_NS, at % SECOND_NS, at == len);
	strbuf_adds(b, "<output id=\"at-says\" for=\"at\">");
	fmt_duration(b, at);
	strbuf_adds(b, " of ");
	fmt_duration(b, len);
	strbuf_adds(b, "</output>\n<noscript><button form=\"filter\">Go there</button></noscript>\n<span id=\"player\" hidden>\n"
		    "<button type=\"button\" id=\"play\" aria-pressed=\"false\">Play</button>\n<label for=\"speed\">Speed</label>\n<select id=\"speed\">");
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		strbuf_addf(b, "<option value=\"%s\"%s>%s times</option>", speeds[i], strcmp(speeds[i], "1") != 0 ? "" : " selected", speeds[i]);
	strbuf_adds(b, "</select>\n</span>\n</section>\n");
}

struct filling { struct live *l; const struct live_query *q; };

/* What stands at a place of the page. */
static int put_in(void *ctx, const char *name, struct strbuf *b)
{
	const struct filling *f = ctx;
	struct filter *filter = NULL;
	char said[512] = "";
	int err = live_filter(f->q, &filter, said, sizeof(said));

	if (!strcmp(name, "FILTER"))
		page_escape(b, f->q->filter ? f->q->filter : "");
	else if (!strcmp(name, "ERROR"))
		page_escape(b, err == -EINVAL ? said : "");
	else if (!strcmp(name, "TABLES"))
		err = add_tables(f->l, f->q, filter, b);
	else if (!strcmp(name, "MOMENT"))
		add_moment(f->l, b);
	filter_free(filter);
	return err == -EINVAL ? 0 : err;
}

int page_html(struct live *l, const struct live_query *q, struct strbuf *b)
{
	struct filling f = { l, q };
	struct asset file;
	int err;

	if (!asset_find("/page.html", &file))
		return -ENOENT;
	err = page_fill(b, (const char *)file.bytes, file.len, put_in, &f);
	return err ? err : b->failed ? -ENOMEM : 0;
}

/* --- the API --- */

static void refuse(struct live_answer *ret, unsigned int code, const char *sentence)
{
	struct json j;

	strbuf_reset(&ret->body);
	json_init(&j, &ret->body);
	json_open(&j, NULL, '{');
	json_str(&j, "error", sentence);
	json_close(&j, '}');
	strbuf_addc(&ret->body, '\n');
	ret->code = code;
}

static void get_table(struct live *l, const struct page_table *t, const struct live_query *q, struct live_answer *ret)
{
	struct strbuf text = { 0 };
	struct page_rows own = { 0 }, rows;
	struct filter *filter = NULL;
	char said[512] = "";
	int err = live_filter(q, &filter, said, sizeof(said));

	if (!err && !conns_can_sort(q->sort)) {
		(void)snprintf(said, sizeof(said), "sort: newest, in-state, age, state, process, local or remote");
		err = -EINVAL;
	}
	if (!err)
		err = live_rows(l, t, q, filter, &text, &own, &rows);
	if (!err)
		page_rows_json(&rows, &ret->body);
	if (err)
		refuse(ret, err == -EINVAL ? 400 : 500, err == -EINVAL ? said : strerror(-err));
	filter_free(filter);
	strbuf_free(&text);
	page_rows_free(&own);
}

void live_get(struct live *l, const char *path, const struct live_query *q, struct live_answer *ret)
{
	const struct page_table *t = NULL;
	struct asset file;

	*ret = (struct live_answer){ .code = 200, .type = "application/json; charset=utf-8" };
	if (!strcmp(path, "/")) {
		ret->type = "text/html; charset=utf-8";
		if (page_html(l, q, &ret->body)) {
			strbuf_reset(&ret->body);
			ret->code = 500;
		}
		return;
	}
	if (!strncmp(path, API, strlen(API)))
		t = page_table_find(path + strlen(API));
	if (t) {
		get_table(l, t, q, ret);
	} else if (!strcmp(path, API "summary")) {
		live_summary(l, &ret->body);
	} else if (strcmp(path, "/page.html") != 0 && asset_find(path, &file)) {
		ret->type = file.type;
		ret->bytes = file.bytes;
		ret->len = file.len;
	} else {
		refuse(ret, 404, "there is nothing of that name here");
	}
}
