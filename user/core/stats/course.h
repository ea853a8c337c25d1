/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections by state over a whole run, for a picture: the most there were in each of at most COURSE_STEPS steps of equal length. Bounded: where the run is
 * longer than the steps reach, each two become one.
 */
#ifndef CORE_STATS_COURSE_H
#define CORE_STATS_COURSE_H
#include "core/event/tcp.h"
#include "core/text/json.h"
#include "twtrace.h"

#define COURSE_STEPS 512U
#define COURSE_STEP_NS 50000000ULL	/* at first */

struct course {
	__u64 start_ns, end_ns, step_ns;
	unsigned int n;			/* steps so far; 0: nothing was added */
	__u32 most[COURSE_STEPS][ST_MAX];
};

/* @counts at @ts_ns, as tracker_counts(). Time only goes forward; what is earlier counts for the newest step. */
void course_add(struct course *c, __u64 ts_ns, const __u64 counts[ST_MAX]);
/* Members "start_ns", "end_ns", "step_ns" and "most" (an object: a list for each state that anything was in, LISTEN left out) of an open object. */
void course_json(const struct course *c, struct json *j);
#endif
