/* SPDX-License-Identifier: GPL-2.0-only */
/* How many connections go from one state to another, in the interval that is over and in all. */
#ifndef CORE_STATS_FLOW_H
#define CORE_STATS_FLOW_H
#include "core/track/tracker.h"

struct flow_counts {
	__u64 moves[ST_MAX][ST_MAX];	/* from, to; request sockets' state is SYN_RECV */
	__u64 tw_ends[TW_END_MAX];	/* how TIME_WAITs ended; OVERFLOW: those that never came to be */
};

struct flow {
	struct flow_counts total, interval;	/* since the start; of the interval that is over */
	struct flow_counts before;		/* @total when the present interval began */
	__u64 interval_ns;			/* length of the one that is over; 0: none is */
};

/* Count @tr. What a snapshot found or corrected did not happen now: it is left out. */
void flow_add(struct flow *f, const struct transition *tr);
/* The present interval, @ns long, is over. */
void flow_next(struct flow *f, __u64 ns);
void flow_clear(struct flow *f);

/* Per second, in the interval that is over. */
double flow_rate(const struct flow *f, unsigned int from, unsigned int to);
double flow_end_rate(const struct flow *f, unsigned int tw_end);
/* Into and out of @state, from and to all others. */
double flow_in(const struct flow *f, unsigned int state);
double flow_out(const struct flow *f, unsigned int state);
/* Connections begun: connect() called, or a child of a listener born. */
double flow_opens(const struct flow *f);
#endif
