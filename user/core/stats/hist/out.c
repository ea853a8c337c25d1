/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/out.h"

#include <stdio.h>
#include <string.h>
#include "core/stats/hist/rows.h"
#include "core/text/fmt.h"
#include "core/text/utf8.h"

static const struct { const char *name; __u64 ns; } units[HIST_UNITS] = {
	[HIST_AUTO] = { "auto", 1 },
	[HIST_NS] = { "ns", 1 },
	[HIST_US] = { "us", 1000 },
	[HIST_MS] = { "ms", 1000000 },
	[HIST_S] = { "s", 1000000000 },
};

const struct hist_percent hist_percents[HIST_PERCENTS] = {
	{ "p50", 500000 }, { "p75", 750000 }, { "p90", 900000 }, { "p99", 990000 }, { "p99.9", 999000 },
};

const char *hist_unit_name(enum hist_unit unit)
{
	return units[unit].name;
}

__u64 hist_unit_ns(enum hist_unit unit)
{
	return units[unit].ns;
}

/* @ns / @div with @decimals (0..3), rounded half up. */
static void add_decimal(struct strbuf *b, __u64 ns, __u64 div, unsigned int decimals)
{
	static const unsigned int pow10[] = { 1, 10, 100, 1000 };
	unsigned __int128 v = ((unsigned __int128)ns * pow10[decimals] + div / 2) / div;

	strbuf_addf(b, "%llu", (unsigned long long)(v / pow10[decimals]));
	if (decimals)
		strbuf_addf(b, ".%0*u", (int)decimals, (unsigned int)(v % pow10[decimals]));
}

void hist_fmt(struct strbuf *b, __u64 ns, enum hist_unit unit)
{
	unsigned int decimals;

	if (unit == HIST_AUTO && ns >= 999950000000ULL) {
		fmt_duration(b, ns);
		return;
	}
	if (unit == HIST_AUTO) {
		/* Chosen after rounding to four digits: 999.96us is 1.000ms. */
		unit = ns < 1000 ? HIST_NS : ns < 999950 ? HIST_US : ns < 999950000 ? HIST_MS : HIST_S;
		decimals = ns < units[unit].ns * 9.9995 ? 3 : ns < units[unit].ns * 99.995 ? 2 : 1;
	} else {
		decimals = 3;
	}
	add_decimal(b, ns, units[unit].ns, unit == HIST_NS ? 0 : decimals);
	strbuf_adds(b, units[unit].name);
}

/*
 * Columns that @s takes in a terminal: one for each character is right for what fmt_comm() lets through here.
 */
static size_t columns(const char *s)
{
	unsigned int cp, n;
	size_t cols = 0;

	for (; *s; s += n, cols++) {
		n = utf8_next(s, &cp);
		n += !n;
	}
	return cols;
}

/* @cell flush right in @width columns, after at least one blank. */
static void add_right(struct strbuf *b, const char *cell, size_t width)
{
	size_t len = strlen(cell);

	strbuf_addf(b, "%*s%s", (int)(len + 1 < width ? width - len : 1), "", cell);
}

static void add_left(struct strbuf *b, const char *cell, size_t width)
{
	size_t cols = columns(cell);

	strbuf_adds(b, cell);
	if (cols < width)
		strbuf_addf(b, "%*s", (int)(width - cols), "");
}

#define COUNT_COLS 10
#define VALUE_COLS 9

void hist_table_head(struct strbuf *b, const char *title, unsigned int first)
{
	char name[16];
	size_t i, k;

	add_left(b, title, first);
	add_right(b, "COUNT", COUNT_COLS);
	for (i = 0; i < HIST_PERCENTS; i++) {
		snprintf(name, sizeof(name), "%s", hist_percents[i].name);
		for (k = 0; name[k]; k++)
			name[k] = name[k] == 'p' ? 'P' : name[k];
		add_right(b, name, VALUE_COLS);
	}
	add_right(b, "MAX", VALUE_COLS);
	strbuf_addc(b, '\n');
}

static void add_value(struct strbuf *b, const struct hist *h, __u64 ns, enum hist_unit unit)
{
	struct strbuf cell = { 0 };

	if (h->count)
		hist_fmt(&cell, ns, unit);
	add_right(b, h->count && cell.s ? cell.s : "-", VALUE_COLS);
	strbuf_free(&cell);
}

void hist_table_row(struct strbuf *b, const char *name, unsigned int first, const struct hist *h,
		    enum hist_unit unit)
{
	char count[24];
	size_t i;

	add_left(b, name, first);
	snprintf(count, sizeof(count), "%llu", (unsigned long long)h->count);
	add_right(b, count, COUNT_COLS);
	for (i = 0; i < HIST_PERCENTS; i++)
		add_value(b, h, hist_percentile(h, hist_percents[i].ppm), unit);
	add_value(b, h, h->max, unit);
	strbuf_addc(b, '\n');
}

/* An edge of a row: a round number, with as many decimals as steps of @step need. */
static void add_edge(struct strbuf *b, __u64 ns, __u64 step, enum hist_unit unit)
{
	unsigned int decimals = 0;
	__u64 grain;

	if (unit == HIST_AUTO)
		unit = ns < 1000 ? HIST_NS : ns < 1000000 ? HIST_US : ns < 1000000000 ? HIST_MS : HIST_S;
	for (grain = units[unit].ns; decimals < 3 && grain > 1 && (step ? step : ns) % grain; decimals++)
		grain /= 10;
	add_decimal(b, ns, units[unit].ns, decimals);
	strbuf_adds(b, units[unit].name);
}

/* @count of @max as a bar of at most @width columns; what is there is never drawn as nothing. */
static void add_bar(struct strbuf *b, __u64 count, __u64 max, unsigned int width, bool ascii)
{
	unsigned int parts = ascii ? 1 : 8, len, i;

	len = (unsigned int)(((unsigned __int128)count * width * parts + max / 2) / max);
	if (count && !len)
		len = 1;
	for (i = 0; i < len / parts; i++)
		strbuf_adds(b, ascii ? "#" : "\xe2\x96\x88");
	/* U+258F is one eighth of a block, U+2589 seven. */
	if (len % parts) {
		strbuf_adds(b, "\xe2\x96");
		strbuf_addc(b, (char)(0x90 - len % parts));
	}
	strbuf_addc(b, '\n');
}

#define EDGE_COLS 9

static void add_row_label(struct strbuf *b, const struct hist_line *l, enum hist_unit unit)
{
	struct strbuf cell = { 0 };

	add_edge(&cell, l->from, l->step, unit);
	add_right(b, cell.s ? cell.s : "", EDGE_COLS);
	strbuf_reset(&cell);
	add_edge(&cell, l->to, l->step, unit);
	strbuf_adds(b, " -");
	add_right(b, cell.s ? cell.s : "", EDGE_COLS);
	strbuf_free(&cell);
}

void hist_bars(struct strbuf *b, const struct hist *h, const struct hist_style *style)
{
	struct hist_line line[HIST_ROWS_MAX];
	size_t n = hist_rows(h, line), i, k, digits;
	char count[24];
	__u64 max = 0;
	size_t left;

	for (i = 0; i < n; i++)
		max = line[i].count > max ? line[i].count : max;
	digits = (size_t)snprintf(count, sizeof(count), "%llu", (unsigned long long)max) + 2;
	left = EDGE_COLS * 2 + 2 + digits + 2;
	for (i = 0; i < n; i++) {
		for (k = i; k < n && !line[k].count; k++)
			;
		if (k > i + 2) {	/* three and more empty rows say no more than one line */
			strbuf_addf(b, "%*s\n", EDGE_COLS + 2, "...");
			i = k - 1;
			continue;
		}
		add_row_label(b, &line[i], style->unit);
		snprintf(count, sizeof(count), "%llu", (unsigned long long)line[i].count);
		add_right(b, count, digits);
		/* Rows of another width: their bars do not compare. */
		strbuf_adds(b, line[i].step ? " :" : " |");
		add_bar(b, line[i].count, max,
			style->width > left + 10 ? (unsigned int)(style->width - left) : 10, style->ascii);
	}
}

void hist_label(struct strbuf *b, const struct hist_item *it)
{
	if (!it->key) {
		strbuf_adds(b, it->other ? "other" : "-");
		return;
	}
	fmt_comm(b, it->key);
	if (it->comm) {
		strbuf_addc(b, ' ');
		fmt_comm(b, it->comm);
	}
}

static void note(struct strbuf *b, const struct hist_item *it, __u64 n, const char *what)
{
	if (!n)
		return;
	strbuf_adds(b, it->phase);
	if (it->key || it->other) {
		strbuf_adds(b, " of ");
		hist_label(b, it);
	}
	strbuf_adds(b, ": ");
	fmt_count(b, n);
	strbuf_addf(b, " %s\n", what);
}

void hist_notes(struct strbuf *b, const struct hist_item *it)
{
	note(b, it, it->open, "not over yet");
	note(b, it, it->began_before, "began before the tracer: left out");
	note(b, it, it->lost, "left out: some of their events were lost");
	note(b, it, it->reconstructed, "with a time computed from the kernel's timer, right to a jiffy");
}
