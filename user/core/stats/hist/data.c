/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/out.h"

#include <stdlib.h>
#include <string.h>
#include "core/text/fmt.h"
#include "core/text/json.h"

#define JSON_BITS 8	/* 0.4 % */

/*
 * Nanoseconds that may be more than 64 bits hold: then as a floating-point number, as JSON's readers would
 * take it.
 */
static void json_wide(struct json *j, const char *key, unsigned __int128 v)
{
	if (v >> 64)
		json_double(j, key, (double)v);
	else
		json_u64(j, key, (unsigned long long)v);
}

static void json_stamp(struct json *j, const struct hist_stamp *at)
{
	struct strbuf time = { 0 };

	fmt_rfc3339(&time, at->wall_ns);
	json_str(j, "event", "hist");
	json_str(j, "time", time.s);
	strbuf_free(&time);
	json_u64(j, "ts_ns", at->ts_ns);
	json_u64(j, "window_ns", at->window_ns);
}

static void json_key(struct json *j, const struct hist_item *it, const char *by)
{
	json_str(j, "by", by);
	if (it->key && it->number)
		json_u64(j, "key", strtoull(it->key, NULL, 10));
	else
		json_str(j, "key", it->key);
	if (it->comm)
		json_str(j, "comm", it->comm);
	if (it->other)
		json_bool(j, "other", true);
}

static void json_bucket(struct json *j, __u64 from, __u64 to, __u64 n)
{
	json_open(j, NULL, '{');
	json_u64(j, "from", from);
	json_u64(j, "to", to);
	json_u64(j, "count", n);
	json_close(j, '}');
}

/*
 * Neighbours that are one bucket to a coarser histogram: a line of thousands of buckets each second is more
 * than a reader wants.
 */
static void json_buckets(struct json *j, const struct hist *h)
{
	struct hist_bucket b = { 0 };
	__u64 from = 0, to = 0, n = 0;
	struct hist coarse;

	hist_init(&coarse, h->bits < JSON_BITS ? h->bits : JSON_BITS, NULL);
	json_double(j, "precision", 1.0 / (double)(1U << coarse.bits));
	json_open(j, "buckets", '[');
	while (hist_next(h, &b)) {
		if (n && b.from > to) {
			json_bucket(j, from, to, n);
			n = 0;
		}
		hist_bucket_of(&coarse, b.from, &from, &to);
		n += b.count;
	}
	if (n)
		json_bucket(j, from, to, n);
	json_close(j, ']');
}

/* As many buckets as a picture has bars: five for each power of ten. */
static void json_few_buckets(struct json *j, const struct hist *h)
{
	const double step = 1.584893192461113;		/* 10^(1/5) */
	struct hist_bucket b = { 0 };
	__u64 from = 0, to = 0, n = 0;
	double edge = 1000;

	json_double(j, "precision", step - 1);
	json_open(j, "buckets", '[');
	while (hist_next(h, &b)) {
		if (n && (double)b.to > edge) {
			json_bucket(j, from, to, n);
			n = 0;
		}
		if (!n)
			from = b.from;
		while (edge < (double)b.to)
			edge *= step;
		to = b.to;
		n += b.count;
	}
	if (n)
		json_bucket(j, from, to, n);
	json_close(j, ']');
}

void hist_json(struct strbuf *b, const struct hist_item *it, const struct hist_stamp *at)
{
	const struct hist *h = it->h;
	struct json j;
	size_t i;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_stamp(&j, at);
	json_str(&j, "phase", it->phase);
	json_bool(&j, "ages", at->ages);
	if (at->by)
		json_key(&j, it, at->by);
	json_u64(&j, "count", h->count);
	json_u64(&j, "began_before", it->began_before);
	json_u64(&j, "lost", it->lost);
	json_u64(&j, "reconstructed", it->reconstructed);
	json_u64(&j, "open", it->open);
	/* Nothing is not zero. */
	if (h->count) {
		json_u64(&j, "min_ns", h->min);
		json_u64(&j, "max_ns", h->max);
		json_double(&j, "mean_ns", hist_mean(h));
	} else {
		json_null(&j, "min_ns");
		json_null(&j, "max_ns");
		json_null(&j, "mean_ns");
	}
	json_wide(&j, "sum_ns", h->sum);
	json_open(&j, "percentiles_ns", '{');
	for (i = 0; i < HIST_PERCENTS; i++) {
		if (h->count)
			json_u64(&j, hist_percents[i].name, hist_percentile(h, hist_percents[i].ppm));
		else
			json_null(&j, hist_percents[i].name);
	}
	json_close(&j, '}');
	if (at->few)
		json_few_buckets(&j, h);
	else
		json_buckets(&j, h);
	json_close(&j, '}');
	strbuf_addc(b, '\n');
}

void hist_csv_head(struct strbuf *b, enum hist_unit unit)
{
	const char *u = hist_unit_name(unit == HIST_AUTO ? HIST_NS : unit);
	size_t i;

	strbuf_adds(b, "time,ts_ns,phase,by,key,count,began_before,lost,reconstructed,open");
	strbuf_addf(b, ",min_%s,mean_%s", u, u);
	for (i = 0; i < HIST_PERCENTS; i++)
		strbuf_addf(b, ",%s_%s", hist_percents[i].name, u);
	strbuf_addf(b, ",max_%s\n", u);
}

/* A field of RFC 4180: in quotes where its bytes need it. */
static void csv_str(struct strbuf *b, const char *s)
{
	if (!s || !strpbrk(s, ",\"\r\n")) {
		strbuf_adds(b, s ? s : "");
		return;
	}
	strbuf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"')
			strbuf_addc(b, '"');
		strbuf_addc(b, *s);
	}
	strbuf_addc(b, '"');
}

static void csv_value(struct strbuf *b, const struct hist *h, double ns, enum hist_unit unit)
{
	strbuf_addc(b, ',');
	if (h->count)
		strbuf_addf(b, "%.*f", unit == HIST_AUTO || unit == HIST_NS ? 0 : 3,
			    ns / (double)hist_unit_ns(unit));
}

void hist_csv(struct strbuf *b, const struct hist_item *it, const struct hist_stamp *at, enum hist_unit unit)
{
	const struct hist *h = it->h;
	struct strbuf key = { 0 };
	size_t i;

	fmt_rfc3339(b, at->wall_ns);
	strbuf_addf(b, ",%llu,%s,%s,", (unsigned long long)at->ts_ns, it->phase, at->by ? at->by : "");
	if (it->key)
		fmt_comm(&key, it->key);
	else if (it->other)
		strbuf_adds(&key, "other");
	csv_str(b, key.s);
	strbuf_free(&key);
	strbuf_addf(b, ",%llu,%llu,%llu,%llu,%llu", (unsigned long long)h->count,
		    (unsigned long long)it->began_before, (unsigned long long)it->lost,
		    (unsigned long long)it->reconstructed, (unsigned long long)it->open);
	csv_value(b, h, (double)h->min, unit);
	csv_value(b, h, hist_mean(h), unit);
	for (i = 0; i < HIST_PERCENTS; i++)
		csv_value(b, h, (double)hist_percentile(h, hist_percents[i].ppm), unit);
	csv_value(b, h, (double)h->max, unit);
	strbuf_addc(b, '\n');
}

#define HGRM_TICKS 5

/* One line for the level @p; false where only the largest value is left above it. */
static bool hgrm_line(struct strbuf *b, const struct hist *h, double p, double div)
{
	double rank = p * (double)h->count;
	__u64 up = (__u64)rank, value, from, to;

	value = hist_at_rank(h, up + ((double)up < rank));
	if (value >= h->max)
		return false;
	hist_bucket_of(h, value, &from, &to);
	strbuf_addf(b, "%12.3f %14.12f %10llu %14.2f\n", (double)value / div, p,
		    (unsigned long long)hist_count_below(h, to + 1), 1 / (1 - p));
	return true;
}

void hist_hgrm(struct strbuf *b, const struct hist_item *it, enum hist_unit unit)
{
	const struct hist *h = it->h;
	bool more = h->count > 0;
	double div, rest;
	unsigned int i;

	if (unit == HIST_AUTO)
		unit = HIST_MS;
	div = (double)hist_unit_ns(unit);
	strbuf_addf(b, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
	/* Five steps up to one half, five from there to three quarters, and so on. */
	for (rest = 1; more; rest /= 2)
		for (i = 0; i < HGRM_TICKS && more; i++)
			more = hgrm_line(b, h, 1 - rest + rest * i / (2 * HGRM_TICKS), div);
	if (h->count)
		strbuf_addf(b, "%12.3f %14.12f %10llu %14s\n", (double)h->max / div, 1.0,
			    (unsigned long long)h->count, "inf");
	strbuf_addf(b, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", hist_mean(h) / div,
		    hist_stddev(h) / div);
	strbuf_addf(b, "#[Max     = %12.3f, Total count    = %12llu]\n", (double)h->max / div,
		    (unsigned long long)h->count);
	strbuf_addf(b, "#[Buckets = %12u, SubBuckets     = %12u]\n", HIST_PAGES(h->bits), 1U << h->bits);
	strbuf_addf(b, "#[Unit    = %12s, Phase          = %12s]\n", hist_unit_name(unit), it->phase);
}
