/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/page/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/brief.h"
#include "core/text/fmt.h"

#define CELL_MAX 512	/* bytes of a text in a cell */

void page_escape(struct strbuf *b, const char *text)
{
	struct strbuf clean = { 0 };

	fmt_comm(&clean, text);
	for (const char *s = clean.s ? clean.s : ""; *s; s++) {
		switch (*s) {
		case '&': strbuf_adds(b, "&amp;"); break;
		case '<': strbuf_adds(b, "&lt;"); break;
		case '>': strbuf_adds(b, "&gt;"); break;
		case '"': strbuf_adds(b, "&quot;"); break;
		case '\'': strbuf_adds(b, "&#39;"); break;
		default: strbuf_addc(b, *s);
		}
	}
	b->failed |= clean.failed;
	strbuf_free(&clean);
}

/* --- values as text: the same as user/web/format.js makes of them --- */

struct list { struct strbuf *b; enum page_as as; unsigned int n; };

static void add_element(void *ctx, struct span element)
{
	char name[CELL_MAX], pid[32];
	struct list *l = ctx;
	struct span v;

	strbuf_adds(l->b, !l->n++ ? "" : l->as == AS_LINES ? "; " : ", ");
	if (!member_at(element, "comm", &v)) {
		member_text(element, name, sizeof(name));
		strbuf_adds(l->b, name);
		return;
	}
	member_text(v, name, sizeof(name));
	strbuf_adds(l->b, name);
	if (member_at(element, "pid", &v) && !member_is_null(v)) {
		member_text(v, pid, sizeof(pid));
		strbuf_addf(l->b, " (%s)", pid);
	}
}

static void add_with(struct strbuf *b, const struct page_column *c, struct span row, struct span value)
{
	char text[CELL_MAX], with[32] = "";
	struct span v;

	member_text(value, text, sizeof(text));
	if (c->with && member_at(row, c->with, &v) && !member_is_null(v))
		member_text(v, with, sizeof(with));
	if (c->as == AS_ENDPOINT)
		strbuf_addf(b, strchr(text, ':') ? "[%s]:%s" : "%s:%s", text, *with ? with : "*");
	else
		strbuf_addf(b, *with ? "%s (%s)" : "%s", text, with);
}

static void add_number(struct strbuf *b, enum page_as as, double x, const char *digits, __u64 now_ns)
{
	char text[BRIEF_LEN];

	switch (as) {
	case AS_RATE: strbuf_adds(b, brief_rate(x, text)); break;
	case AS_NS: fmt_duration(b, strtoull(digits, NULL, 10)); break;
	case AS_SECONDS: fmt_duration(b, x > 0 && x < 1e9 ? (unsigned long long)(x * 1e9) : 0); break;
	case AS_SHARE: strbuf_addf(b, "%.1f%%", x * 100); break;
	case AS_AGE:
		if (strtoull(digits, NULL, 10) <= now_ns)
			fmt_duration(b, now_ns - strtoull(digits, NULL, 10));
		else
			fmt_duration(b, 0);
		break;
	default: fmt_count(b, strtoull(digits, NULL, 10));
	}
}

static void cell_text(struct strbuf *b, const struct page_column *c, struct span row, __u64 now_ns)
{
	struct list l = { .b = b, .as = c->as };
	char text[CELL_MAX];
	struct span v;
	double x;

	if (!member_at(row, c->key, &v) || member_is_null(v)) {
		strbuf_addc(b, '-');
		return;
	}
	switch (c->as) {
	case AS_ENDPOINT:
	case AS_PROCESS:
		add_with(b, c, row, v);
		break;
	case AS_NAMES:
	case AS_LINES:
		member_each(v, add_element, &l);
		if (!l.n)
			strbuf_addc(b, '-');
		break;
	case AS_TEXT:
	case AS_CLOCK:
		member_text(v, text, sizeof(text));
		if (c->as == AS_CLOCK && strlen(text) > 23)
			strbuf_add(b, text + 11, 12);
		else
			strbuf_adds(b, text);
		break;
	default:
		member_text(v, text, sizeof(text));
		x = strtod(text, NULL);
		add_number(b, c->as, isfinite(x) ? x : 0, text, now_ns);
	}
}

/* --- HTML --- */

static const char *const as_names[AS_MAX] = {
	[AS_TEXT] = "text", [AS_COUNT] = "count", [AS_RATE] = "rate", [AS_NS] = "ns", [AS_SECONDS] = "seconds", [AS_SHARE] = "share",
	[AS_CLOCK] = "clock", [AS_AGE] = "age", [AS_ENDPOINT] = "endpoint", [AS_PROCESS] = "process", [AS_NAMES] = "names", [AS_LINES] = "lines",
};

static bool is_number(const struct page_column *c)
{
	return c->as != AS_TEXT && c->as < AS_ENDPOINT;
}

static void add_classes(struct strbuf *b, const struct page_column *c)
{
	if (is_number(c) || c->wide)
		strbuf_addf(b, " class=\"%s%s%s\"", is_number(c) ? "number" : "", is_number(c) && c->wide ? " " : "", c->wide ? "wide" : "");
}

static void add_title(struct strbuf *b, const struct page_column *c)
{
	strbuf_addf(b, "<th scope=\"col\" data-key=\"%s\" data-as=\"%s\"", c->key, as_names[c->as]);
	if (c->with)
		strbuf_addf(b, " data-with=\"%s\"", c->with);
	if (c->sort)
		strbuf_addf(b, " data-sort=\"%s\"", c->sort);
	add_classes(b, c);
	strbuf_adds(b, " title=\"");
	page_escape(b, c->help);
	strbuf_addf(b, "\">%s</th>", c->title);
}

static void add_cell(struct strbuf *b, const struct page_column *c, struct span row, __u64 now_ns, bool first)
{
	struct strbuf text = { 0 };

	strbuf_adds(b, first ? "<th scope=\"row\"" : "<td");
	add_classes(b, c);
	cell_text(&text, c, row, now_ns);
	if (!strcmp(c->key, "state") || !strcmp(c->key, "severity")) {
		strbuf_adds(b, " data-word=\"");
		page_escape(b, text.s ? text.s : "");
		strbuf_addc(b, '"');
	}
	strbuf_addc(b, '>');
	page_escape(b, text.s ? text.s : "");
	strbuf_adds(b, first ? "</th>" : "</td>");
	b->failed |= text.failed;
	strbuf_free(&text);
}

void page_table_html(struct strbuf *b, const struct page_table *t, const struct page_rows *rows, __u64 now_ns)
{
	const struct page_column *c;

	strbuf_addf(b, "<section id=\"%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\"><a href=\"#%s\">%s</a> <span class=\"total\">",
		    t->id, t->id, t->id, t->id, t->title);
	/* What is left out is said. */
	if (rows && rows->total > rows->n) {
		strbuf_adds(b, "the first ");
		fmt_count(b, rows->n);
		strbuf_adds(b, " of ");
		fmt_count(b, rows->total);
	}
	strbuf_addf(b, "</span></h2>\n<p class=\"about\">%s</p>\n", t->about);
	strbuf_addf(b, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s, table\"><table><thead><tr>", t->title);
	for (c = t->columns; c->key; c++)
		add_title(b, c);
	strbuf_adds(b, "</tr></thead><tbody>");
	for (size_t i = 0; rows && i < rows->n; i++) {
		strbuf_adds(b, "\n<tr>");
		for (c = t->columns; c->key; c++)
			add_cell(b, c, rows->r[i].text, now_ns, c == t->columns);
		strbuf_adds(b, "</tr>");
	}
	strbuf_addf(b, "</tbody></table></div>\n<div class=\"extra\"></div>\n</section>\n");
}
