/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics as text: OpenMetrics 1.0, or Prometheus' text format 0.0.4. One family after the other, its samples behind its head.
 * Values of labels are foreign text: escaped, and what is not UTF-8 becomes U+FFFD, since one such byte would void the whole text.
 */
#ifndef CORE_METRICS_EXPO_H
#define CORE_METRICS_EXPO_H
#include <linux/types.h>
#include <stdbool.h>
#include "core/metrics/metric.h"
#include "core/text/strbuf.h"

struct expo {
	struct strbuf *out;
	bool openmetrics;
	__u64 series;		/* samples so far */
	const struct metric *m;	/* the family that samples belong to */
};

struct expo_label { const char *name, *value; };

#define EXPO_TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define EXPO_TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"

/* The head of a family: samples of it follow until the next one. */
void expo_family(struct expo *x, enum metric_id id);
void expo_u64(struct expo *x, const struct expo_label *labels, size_t n, __u64 value);
/* @ns as seconds. */
void expo_ns(struct expo *x, const struct expo_label *labels, size_t n, unsigned __int128 ns);
void expo_double(struct expo *x, const struct expo_label *labels, size_t n, double value);	/* infinity: +Inf */
/* A histogram of @n_le + 1 buckets with upper ends @le (canonical text), the last one without: counts of each alone, and their sum. */
void expo_histogram(struct expo *x, const struct expo_label *label, const char *const *le, size_t n_le, const __u64 *counts, unsigned __int128 sum_ns);
/* "# EOF" where the format has it. */
void expo_end(struct expo *x);

/* @s as a value of a label: what is not UTF-8 replaced, and cut at @max bytes. Without escapes. Added to @b. */
void expo_clean(struct strbuf *b, const char *s, size_t max);
#endif
