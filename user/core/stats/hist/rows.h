/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a histogram is drawn: rows of 1-2-5 steps over its whole range, and equal steps where the values crowd.
 * A log2 picture of TIME_WAIT is one bar, because all of it lies between 60 and 62 s; in steps of 0.2 s it
 * has a shape.
 *
 * Crowd: the window [x, 2x) with the most values, if it holds a third of them. Its inner 98 % are cut into 12
 * equal steps at most.
 */
#ifndef CORE_STATS_HIST_ROWS_H
#define CORE_STATS_HIST_ROWS_H
#include "core/stats/hist/hist.h"

#define HIST_ROWS_MAX 48

struct hist_line {
	__u64 from, to;		/* from <= value < to, to the resolution of the histogram */
	__u64 count;
	__u64 step;		/* width of the equal steps, or 0 for a 1-2-5 row */
};

/* Fill @ret with rows that hold every value once, upwards, first and last not empty. Returns their number. */
size_t hist_rows(const struct hist *h, struct hist_line ret[HIST_ROWS_MAX]);
#endif
