/* SPDX-License-Identifier: GPL-2.0-only */
/* When a view reports that sums up intervals: on each that is over, and at the end on what came after the last one. */
#ifndef VIEWS_REPORTS_H
#define VIEWS_REPORTS_H
#include <stdbool.h>
#include <linux/types.h>

struct reports {
	bool based;
	__u64 base_ns, last_ns;		/* start; newest report, or the start */
	__u64 n;			/* printed */
};

/* At a boundary of intervals. False: it is the start, and nothing has happened yet. */
static inline bool reports_due(struct reports *r, __u64 boundary_ns)
{
	if (r->based)
		return true;
	r->based = true;
	r->base_ns = r->last_ns = boundary_ns;
	return false;
}

/* At the end: did anything come after the last report, and are not as many as were asked for (0: any number) printed? */
static inline bool reports_rest(const struct reports *r, __u64 now_ns, __u64 asked)
{
	return now_ns > r->last_ns && (!asked || r->n < asked);
}

/* ns since the one before. */
static inline __u64 reports_window(const struct reports *r, __u64 ts_ns)
{
	return ts_ns > r->last_ns ? ts_ns - r->last_ns : 0;
}

static inline void reports_done(struct reports *r, __u64 ts_ns)
{
	r->last_ns = ts_ns;
	r->n++;
}
#endif
