/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/report/html.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/page/fill.h"
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "run/opts.h"
#include "views/report/assets.h"

struct report { const struct side *side[2]; unsigned int n; struct side_table differences; };

/* --- what was traced, where and when --- */

/* "key=value" of a recording's header; "" where it has none. */
static const char *about(const struct side *s, const char *key, char *ret, size_t size)
{
	size_t len = strlen(key);

	ret[0] = '\0';
	for (const char *p = s->env->about; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, key, len) && p[len] == '=')
			(void)snprintf(ret, size, "%.*s", (int)strcspn(p + len + 1, "\n"), p + len + 1);
	return ret;
}

static void term(struct strbuf *b, const char *name, const char *value)
{
	if (!*value)
		return;
	strbuf_addf(b, "<div><dt>%s</dt><dd>", name);
	page_escape(b, value);
	strbuf_adds(b, "</dd></div>\n");
}

static void term_count(struct strbuf *b, const char *name, __u64 n)
{
	struct strbuf text = { 0 };

	fmt_count(&text, n);
	term(b, name, text.s ? text.s : "");
	b->failed |= text.failed;
	strbuf_free(&text);
}

static void term_time(struct strbuf *b, const char *name, const struct side *s, __u64 ts_ns)
{
	struct strbuf text = { 0 };

	fmt_rfc3339(&text, (long long)ts_ns + tracker_clock_offset(s->env->tracker));
	if (text.len > 19) {	/* to the second */
		text.s[10] = ' ';
		text.s[19] = '\0';
		strbuf_addf(b, "<div><dt>%s</dt><dd>%s UTC</dd></div>\n", name, text.s);
	}
	b->failed |= text.failed;
	strbuf_free(&text);
}

/* Hooks that did not load where it was recorded. */
static void term_missing(struct strbuf *b, const struct side *s)
{
	struct strbuf text = { 0 };

	for (const char *p = s->env->about; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t len = strcspn(p, "=\n");

		if (!strncmp(p, "hook.", 5) && !strncmp(p + len, "=no\n", 4)) {
			strbuf_adds(&text, text.len ? ", " : "");
			strbuf_add(&text, p + 5, len - 5);
		}
	}
	term(b, "Hooks not used there", text.s ? text.s : "");
	b->failed |= text.failed;
	strbuf_free(&text);
}

/* Words that a shell would take apart are in quotes, so that the line can be repeated. */
static void term_command(struct strbuf *b, const struct side *s)
{
	struct strbuf text = { 0 };

	for (char *const *arg = s->env->opts->argv; arg && *arg; arg++) {
		const char *quote = strpbrk(*arg, " \t\n\"\\$&|;<>*?()'`") ? strchr(*arg, '\'') ? "\"" : "'" : "";

		strbuf_addf(&text, "%s%s%s%s", text.len ? " " : "", quote, arg == s->env->opts->argv ? "twtrace" : *arg, quote);
	}
	term(b, "Made by", text.s ? text.s : "");
	b->failed |= text.failed;
	strbuf_free(&text);
}

static void add_notes(struct strbuf *b, const struct side *s)
{
	__u64 gaps = tracker_gaps(s->env->tracker), lost = side_lost(s);

	if (s->cut) {
		strbuf_adds(b, "<p class=\"note\">");
		page_escape(b, s->cut);
		strbuf_adds(b, ".</p>\n");
	}
	if (lost)
		strbuf_addf(b, "<p class=\"note\">%llu events were lost when it was recorded: numbers are too low.</p>\n", (unsigned long long)lost);
	if (gaps)
		strbuf_addf(b, "<p class=\"note\">%llu events did not fit what came before: some before them are missing.</p>\n", (unsigned long long)gaps);
	if (!filter_is_empty(s->env->filter))
		strbuf_adds(b, "<p class=\"note\">Options left connections out: see \"Made by\". Coverage, listeners and events are of all.</p>\n");
}

static void add_about(struct strbuf *b, const struct report *r, unsigned int i)
{
	const struct side *s = r->side[i];
	struct strbuf length = { 0 };
	char text[256];

	strbuf_addf(b, "<section class=\"about-recording\" aria-labelledby=\"h-about-%u\">\n<h2 id=\"h-about-%u\">%s</h2>\n<dl>\n", i, i,
		    r->n == 1 ? "What was traced" : i ? "B" : "A");
	term(b, "Recording", s->file ? s->file : "none: traced live");
	term(b, "Host", about(s, "host", text, sizeof(text)));
	term(b, "Kernel", about(s, "kernel", text, sizeof(text)));
	term(b, "Machine", about(s, "machine", text, sizeof(text)));
	term(b, "Recorded by twtrace", about(s, "twtrace", text, sizeof(text)));
	term_time(b, "From", s, s->start_ns);
	term_time(b, "To", s, s->now_ns);
	fmt_duration(&length, s->now_ns - s->start_ns);
	term(b, "Length", length.s ? length.s : "");
	term_count(b, "Events", s->events);
	term_count(b, "Events lost", side_lost(s));
	term_missing(b, s);
	if (!i)
		term_command(b, s);
	strbuf_adds(b, "</dl>\n");
	add_notes(b, s);
	strbuf_adds(b, "</section>\n");
	b->failed |= length.failed;
	strbuf_free(&length);
}

/* --- tables --- */

static void add_sides_open(struct strbuf *b, const struct report *r)
{
	if (r->n > 1)
		strbuf_adds(b, "<div class=\"sides\">\n");
}

static void add_sides_close(struct strbuf *b, const struct report *r)
{
	if (r->n > 1)
		strbuf_adds(b, "</div>\n");
}

static void add_tables(struct strbuf *b, const struct report *r)
{
	for (unsigned int t = REPORT_DIFFERENCES + 1; t < REPORT_TABLES; t++) {
		add_sides_open(b, r);
		for (unsigned int i = 0; i < r->n; i++) {
			char id[32];
			struct page_table table;

			(void)snprintf(id, sizeof(id), "%s%s", i ? "b-" : "", report_tables[t].id);
			table = report_table_of((enum report_table)t, id);
			page_table_html(b, &table, &r->side[i]->tables[t].rows, r->side[i]->now_ns);
		}
		add_sides_close(b, r);
	}
}

static void add_links(struct strbuf *b, const struct report *r)
{
	for (unsigned int t = r->n > 1 ? REPORT_DIFFERENCES : REPORT_DIFFERENCES + 1; t < REPORT_TABLES; t++)
		strbuf_addf(b, "<li><a href=\"#%s\">%s</a></li>\n", report_tables[t].id, report_tables[t].title);
}

static void add_data(struct strbuf *b, const struct report *r)
{
	struct strbuf text = { 0 };

	strbuf_adds(&text, "{\"sides\":[");
	for (unsigned int i = 0; i < r->n; i++) {
		strbuf_adds(&text, i ? "," : "");
		side_json(r->side[i], &text);
	}
	strbuf_adds(&text, "],\"differences\":");
	if (r->n > 1)
		page_rows_json(&r->differences.rows, &text);
	else
		strbuf_adds(&text, "null");
	strbuf_adds(&text, "}");
	b->failed |= text.failed;
	if (!text.failed)
		page_script_json(b, text.s, text.len);
	strbuf_free(&text);
}

static void add_title(struct strbuf *b, const struct report *r)
{
	char host[2][128];

	for (unsigned int i = 0; i < r->n; i++) {
		about(r->side[i], "host", host[i], sizeof(host[i]));
		if (i && !strcmp(host[0], host[1]))
			break;
		page_escape(b, i && *host[i] ? ", " : "");
		page_escape(b, host[i]);
	}
}

static int put_in(void *ctx, const char *name, struct strbuf *b)
{
	const struct report *r = ctx;

	if (!strcmp(name, "SCRIPTHASH")) {
		strbuf_adds(b, report_script.hash);
	} else if (!strcmp(name, "STYLEHASH")) {
		strbuf_adds(b, report_style.hash);
	} else if (!strcmp(name, "STYLE")) {
		strbuf_add(b, report_style.text, report_style.len);
	} else if (!strcmp(name, "SCRIPT")) {
		strbuf_add(b, report_script.text, report_script.len);
	} else if (!strcmp(name, "HOST")) {
		add_title(b, r);
	} else if (!strcmp(name, "KIND")) {
		strbuf_adds(b, r->n > 1 ? "two" : "one");
	} else if (!strcmp(name, "LINKS")) {
		add_links(b, r);
	} else if (!strcmp(name, "ABOUT")) {
		add_sides_open(b, r);
		for (unsigned int i = 0; i < r->n; i++)
			add_about(b, r, i);
		add_sides_close(b, r);
	} else if (!strcmp(name, "TABLES")) {
		if (r->n > 1)
			page_table_html(b, &report_tables[REPORT_DIFFERENCES], &r->differences.rows, 0);
		add_tables(b, r);
	} else if (!strcmp(name, "DATA")) {
		add_data(b, r);
	}
	return 0;
}

int report_html(const struct side *a, const struct side *b, struct strbuf *out)
{
	struct report r = { .side = { a, b }, .n = b ? 2 : 1 };
	int err = b ? side_differences(a, b, &r.differences) : 0;

	if (!err)
		err = page_fill(out, report_frame.text, report_frame.len, put_in, &r);
	strbuf_free(&r.differences.text);
	page_rows_free(&r.differences.own);
	return err ? err : out->failed ? -ENOMEM : 0;
}
