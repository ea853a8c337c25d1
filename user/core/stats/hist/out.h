/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histograms as people and programs read them: a table of percentiles and bars (out.c), one JSON object
 * or CSV row for each, and HdrHistogram's percentile text (data.c). All of it goes to a strbuf; all
 * durations are ns.
 */
#ifndef CORE_STATS_HIST_OUT_H
#define CORE_STATS_HIST_OUT_H
#include "core/stats/hist/hist.h"
#include "core/text/strbuf.h"

enum hist_unit { HIST_AUTO, HIST_NS, HIST_US, HIST_MS, HIST_S, HIST_UNITS };

const char *hist_unit_name(enum hist_unit unit);	/* "auto", "ns", ... */
/* Nanoseconds in one @unit; 1 for HIST_AUTO. */
__u64 hist_unit_ns(enum hist_unit unit);
/*
 * A duration: HIST_AUTO chooses the unit and keeps four digits ("45.21us", "61.52s", "1h05m"), else three
 * decimals and the unit ("45.210us"; ns have none).
 */
void hist_fmt(struct strbuf *b, __u64 ns, enum hist_unit unit);

/* The percentiles that are shown everywhere, as wrk --latency does. */
struct hist_percent { const char *name; __u32 ppm; };
#define HIST_PERCENTS 5
extern const struct hist_percent hist_percents[HIST_PERCENTS];	/* the maximum, beside them, is exact */

/* One histogram with its name and what is not in it. */
struct hist_item {
	const char *phase;		/* "connect" */
	const char *about;		/* "SYN_SENT to ESTABLISHED" */
	const char *key;		/* its group (raw bytes); NULL: not grouped, unknown, or .other */
	const char *comm;		/* name that goes with .key (a pid), or NULL */
	bool number;			/* .key is a number */
	bool other;			/* all groups beyond the limit */
	const struct hist *h;
	__u64 began_before;		/* began before the tracer: in no histogram */
	__u64 lost;			/* events of it were lost: in no histogram */
	__u64 reconstructed;		/* in it; one end was computed from a kernel timer, right to a jiffy */
	__u64 open;			/* connections that are in it now: no duration yet */
};

struct hist_style {
	enum hist_unit unit;
	unsigned int width;		/* columns of the line, at least 40 */
	bool ascii;			/* bars of '#', else of eighth blocks in UTF-8 */
};

/* "PHASE   COUNT   P50 ..." and one row. The first column is @first columns wide and called @title. */
void hist_table_head(struct strbuf *b, const char *title, unsigned int first);
void hist_table_row(struct strbuf *b, const char *name, unsigned int first, const struct hist *h,
		    enum hist_unit unit);
/*
 * The picture: rows of hist_rows.h, each with its bar, after ':' where the steps are equal, else '|'. Nothing
 * if it is empty.
 */
void hist_bars(struct strbuf *b, const struct hist *h, const struct hist_style *style);
/* What a group is called in text: "812 nginx", "-" for the unknown one, "other". */
void hist_label(struct strbuf *b, const struct hist_item *it);
/* Sentences on what is not in the histogram or not exact; nothing if all is. One line each. */
void hist_notes(struct strbuf *b, const struct hist_item *it);

/* Where and when the histograms were made. */
struct hist_stamp {
	long long wall_ns;		/* since 1970 */
	__u64 ts_ns;			/* since boot */
	__u64 window_ns;		/* time that they cover, up to ts_ns */
	const char *by;			/* "comm", or NULL */
	bool ages;			/* of sockets that are still in the state, not durations */
	bool few;			/* as JSON: no more buckets than a picture shows */
};

/* One JSON object and a newline. */
void hist_json(struct strbuf *b, const struct hist_item *it, const struct hist_stamp *at);
/* The header line and one line of CSV (RFC 4180, but lines end with a newline alone). Auto is ns. */
void hist_csv_head(struct strbuf *b, enum hist_unit unit);
void hist_csv(struct strbuf *b, const struct hist_item *it, const struct hist_stamp *at, enum hist_unit unit);
/*
 * HdrHistogram's percentile distribution, 5 ticks for each half distance, values in @unit (auto: ms, as its
 * plotters say).
 */
void hist_hgrm(struct strbuf *b, const struct hist_item *it, enum hist_unit unit);
#endif
