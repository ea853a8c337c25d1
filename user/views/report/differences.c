/* SPDX-License-Identifier: GPL-2.0-only */
/* Two recordings' numbers beside each other. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/report/side.h"

/* Of what both sides have under the same name. */
struct number { bool known; double value; };

static struct number number_at(const struct page_rows *rows, const char *name_key, const char *name, const char *path)
{
	char text[64];
	struct span v;

	for (size_t i = 0; i < rows->n; i++) {
		if (!member_at(rows->r[i].text, name_key, &v))
			continue;
		member_text(v, text, sizeof(text));
		if (strcmp(text, name) != 0)
			continue;
		if (!member_at(rows->r[i].text, path, &v) || member_is_null(v))
			break;
		member_text(v, text, sizeof(text));
		return (struct number){ true, strtod(text, NULL) };
	}
	return (struct number){ false, 0 };
}

static void add_value(struct json *j, const char *key, struct number n, bool duration)
{
	struct strbuf text = { 0 };

	if (n.known && duration)
		fmt_duration(&text, (unsigned long long)n.value);
	else if (n.known)
		fmt_count(&text, (unsigned long long)n.value);
	json_str(j, key, n.known ? text.s : NULL);
	strbuf_free(&text);
}

static void add_row(struct strbuf *b, const char *what, struct number a, struct number o, bool duration)
{
	char ratio[32];
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "what", what);
	add_value(&j, "a", a, duration);
	add_value(&j, "b", o, duration);
	(void)snprintf(ratio, sizeof(ratio), "%.*f", o.value < 1000 * a.value ? 2 : 0, a.value > 0 ? o.value / a.value : 0);
	json_str(&j, "ratio", a.known && o.known && a.value > 0 ? ratio : NULL);
	json_close(&j, '}');
	strbuf_addc(b, '\n');
}

/* Names of A first, then those that B alone has. */
static void add_totals(struct strbuf *b, const struct page_rows *a, const struct page_rows *o)
{
	char what[64];
	struct span v;

	for (int side = 0; side < 2; side++) {
		const struct page_rows *of = side ? o : a;

		for (size_t i = 0; i < of->n; i++) {
			if (!member_at(of->r[i].text, "what", &v))
				continue;
			member_text(v, what, sizeof(what));
			if (side && number_at(a, "what", what, "count").known)
				continue;
			add_row(b, what, number_at(a, "what", what, "count"), number_at(o, "what", what, "count"), false);
		}
	}
}

static void add_phases(struct strbuf *b, const struct page_rows *a, const struct page_rows *o)
{
	static const char *const percents[] = { "p50", "p99" };
	char what[64], path[32];

	for (unsigned int phase = 0; phase < PHASE_MAX; phase++) {
		for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
			struct number na, no;

			(void)snprintf(what, sizeof(what), "%s %s", phases[phase].name, percents[i]);
			(void)snprintf(path, sizeof(path), "percentiles_ns.%s", percents[i]);
			na = number_at(a, "phase", phases[phase].name, path);
			no = number_at(o, "phase", phases[phase].name, path);
			if (na.known || no.known)
				add_row(b, what, na, no, true);
		}
	}
}

int side_differences(const struct side *a, const struct side *b, struct side_table *ret)
{
	int err;

	add_totals(&ret->text, &a->tables[REPORT_TOTALS].rows, &b->tables[REPORT_TOTALS].rows);
	add_phases(&ret->text, &a->tables[REPORT_LATENCY].rows, &b->tables[REPORT_LATENCY].rows);
	if (ret->text.failed)
		return -ENOMEM;
	err = page_rows_of(&ret->own, (struct span){ ret->text.s, ret->text.len }, NULL, report_tables[REPORT_DIFFERENCES].keys);
	ret->rows = ret->own;
	return err;
}
