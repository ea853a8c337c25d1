/* SPDX-License-Identifier: GPL-2.0-only */
/* What `hist` and `hist --compare` share: from transitions to histograms. */
#ifndef VIEWS_HIST_HIST_H
#define VIEWS_HIST_HIST_H
#include "core/conn/filter.h"
#include "core/stats/hist/set.h"
#include "core/track/tracker.h"

struct options;

struct hist_collect {
	struct hist_set *set;
	const struct tracker *tracker;
	const struct filter *filter;
	enum hist_by by;
	__u32 phases;		/* mask of (1 << phase) */
};

/* Record the phases that end with @tr. Returns 0 or -ENOMEM. */
int hist_collect(struct hist_collect *c, const struct transition *tr);
/* The full socket of @conn is gone, as in tracker_ops.closed. Returns 0 or -ENOMEM. */
int hist_collect_closed(struct hist_collect *c, const struct conn *conn, __u64 ts_ns);
/* Count the connections that are in each phase now. Returns 0 or -ENOMEM. */
int hist_collect_open(struct hist_collect *c);

/* Runs hist --compare A.twr B.twr. Returns an exit code. */
int hist_compare(const struct options *o);
#endif
