// SPDX-License-Identifier: GPL-2.0-only
#include "core/metrics/expo.h"
#include <math.h>
#include <string.h>
#include "core/text/utf8.h"

static const char *suffix(const struct metric *m)
{
	return m->type == METRIC_COUNTER ? "_total" : m->type == METRIC_INFO ? "_info" : "";
}

/* Prometheus' older format knows no info, and calls a counter as its sample. */
void expo_family(struct expo *x, enum metric_id id)
{
	const struct metric *m = &metrics_table[id];
	const char *more = x->openmetrics ? "" : suffix(m);
	const char *type = !x->openmetrics && m->type == METRIC_INFO ? "gauge" : metric_type_name(m->type);

	x->m = m;
	if (!x->openmetrics)
		strbuf_addf(x->out, "# HELP %s%s %s\n", m->name, more, m->help);
	strbuf_addf(x->out, "# TYPE %s%s %s\n", m->name, more, type);
	if (x->openmetrics && m->unit)
		strbuf_addf(x->out, "# UNIT %s %s\n", m->name, m->unit);
	if (x->openmetrics)
		strbuf_addf(x->out, "# HELP %s %s\n", m->name, m->help);
}

void expo_clean(struct strbuf *b, const char *s, size_t max)
{
	unsigned int cp, n;
	size_t used = 0;

	while (*s && used < max) {
		n = utf8_next(s, &cp);
		if (n ? used + n > max : used + 3 > max)
			break;
		if (n)
			strbuf_add(b, s, n);
		else
			strbuf_adds(b, "\xef\xbf\xbd");
		used += n ? n : 3;
		s += n ? n : 1;
	}
}

static void add_value_of_label(struct strbuf *b, const char *s)
{
	unsigned int cp, n;

	for (; *s; s += n) {
		n = utf8_next(s, &cp);
		if (!n) {
			strbuf_adds(b, "\xef\xbf\xbd");
			n = 1;
		} else if (cp == '\n') {
			strbuf_adds(b, "\\n");
		} else {
			if (cp == '"' || cp == '\\')
				strbuf_addc(b, '\\');
			strbuf_add(b, s, n);
		}
	}
}

/* Everything up to the value. @more: behind the family's name. */
static void begin_sample(struct expo *x, const char *more, const struct expo_label *labels, size_t n, const char *le)
{
	struct strbuf *b = x->out;

	x->series++;
	strbuf_adds(b, x->m->name);
	strbuf_adds(b, more);
	for (size_t i = 0; i < n; i++) {
		strbuf_addc(b, i ? ',' : '{');
		strbuf_adds(b, labels[i].name);
		strbuf_adds(b, "=\"");
		add_value_of_label(b, labels[i].value);
		strbuf_addc(b, '"');
	}
	if (le)
		strbuf_addf(b, "%cle=\"%s\"", n ? ',' : '{', le);
	strbuf_adds(b, n || le ? "} " : " ");
}

static void add_ns(struct strbuf *b, unsigned __int128 ns)
{
	size_t end;

	strbuf_addu(b, (__u64)(ns / 1000000000), 1);
	strbuf_addc(b, '.');
	strbuf_addu(b, (__u64)(ns % 1000000000), 9);
	for (end = b->len; !b->failed && b->s[end - 1] == '0' && b->s[end - 2] != '.'; end--)
		;
	if (!b->failed) {
		b->len = end;
		b->s[end] = '\0';
	}
	strbuf_addc(b, '\n');
}

static void number(struct expo *x, __u64 value)
{
	strbuf_addu(x->out, value, 1);
	strbuf_addc(x->out, '\n');
}

void expo_u64(struct expo *x, const struct expo_label *labels, size_t n, __u64 value)
{
	begin_sample(x, suffix(x->m), labels, n, NULL);
	number(x, value);
}

void expo_ns(struct expo *x, const struct expo_label *labels, size_t n, unsigned __int128 ns)
{
	begin_sample(x, suffix(x->m), labels, n, NULL);
	add_ns(x->out, ns);
}

void expo_double(struct expo *x, const struct expo_label *labels, size_t n, double value)
{
	begin_sample(x, suffix(x->m), labels, n, NULL);
	if (isnan(value))
		strbuf_adds(x->out, "NaN\n");
	else if (isinf(value))
		strbuf_adds(x->out, value > 0 ? "+Inf\n" : "-Inf\n");
	else
		strbuf_addf(x->out, "%.9g\n", value);
}

void expo_histogram(struct expo *x, const struct expo_label *label, const char *const *le, size_t n_le, const __u64 *counts, unsigned __int128 sum_ns)
{
	__u64 so_far = 0;

	for (size_t i = 0; i <= n_le; i++) {
		so_far += counts[i];
		begin_sample(x, "_bucket", label, 1, i < n_le ? le[i] : "+Inf");
		number(x, so_far);
	}
	begin_sample(x, "_count", label, 1, NULL);
	number(x, so_far);
	begin_sample(x, "_sum", label, 1, NULL);
	add_ns(x->out, sum_ns);
}

void expo_end(struct expo *x)
{
	if (x->openmetrics)
		strbuf_adds(x->out, "# EOF\n");
}
