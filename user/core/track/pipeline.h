/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One event in, everything that follows from it: raw hooks (recording), interval boundaries, the tracker and
 * through it the views. Several views may listen at once. Time is event time only, so a replay does exactly
 * what the live run did.
 *
 * Time starts at the *base*: the first TWT_TICK outside the start pass of the snapshot. (A source that seeds
 * sends no tick before it; the pass is over at the TWT_SNAP_END without a namespace.) interval() is called
 * with the base at once, and with base + k * interval as soon as an event of that time or later arrives,
 * before that event is fed; ticks move time where nothing happens.
 *
 * A run is done after .max_intervals calls, or at the first tick at or after base + .duration_ns. A replay
 * ignores what comes after that. What a live source still hands over belongs to the run: the kernel's
 * counters are read at its end, and the totals beside them must cover the same events.
 */
#ifndef CORE_TRACK_PIPELINE_H
#define CORE_TRACK_PIPELINE_H
#include <stdbool.h>
#include "core/track/tracker.h"

#define PIPELINE_VIEWS 4
/* After a jump of time by more intervals (suspend, damaged recording) those between are left out. */
#define PIPELINE_JUMP 10000ULL
/* Events of the run's end have so long to come before the clock ends it. */
#define PIPELINE_LATE_NS 100000000ULL

/* As in struct view_ops; all may be NULL. A negative return ends the run. */
struct pipeline_hooks {
	int (*event)(void *state, const struct twt_event *ev);
	int (*transition)(void *state, const struct transition *tr);
	int (*closed)(void *state, const struct conn *c, __u64 ts_ns);
	int (*gone)(void *state, const struct conn *c, __u64 ts_ns);
	int (*accepted)(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use);
	int (*interval)(void *state, __u64 boundary_ns);
	int (*settled)(void *state, __u64 now_ns);
	int (*end)(void *state, __u64 now_ns);
};

struct pipeline_config {
	__u64 interval_ns;		/* 0: no intervals */
	__u64 max_intervals;		/* 0: no end */
	__u64 duration_ns;		/* 0: no end */
	bool live;
	/* As in struct tracker_ops; may be NULL. */
	void (*snapshot)(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed);
	void *ctx;
};

struct pipeline;

/* Returns 0 or -ENOMEM. */
int pipeline_new(const struct pipeline_config *cfg, const struct tracker_config *tcfg, struct pipeline **ret);
void pipeline_free(struct pipeline *p);		/* NULL is fine */
/* @hooks must outlive @p. Returns the view's number, or -ENOSPC after PIPELINE_VIEWS. */
int pipeline_add(struct pipeline *p, const struct pipeline_hooks *hooks, void *state);

/* Returns 0, 1 when the run is done, or what a hook failed with, which then stays. */
int pipeline_event(struct pipeline *p, const struct twt_event *ev);
/* Settle what waits and call each view's settled(): nothing more comes, though the run is not over yet. Returns as pipeline_event(). */
int pipeline_settle(struct pipeline *p);
/* Settle what waits and call each view's end(), after a failure too. Returns the first failure. */
int pipeline_end(struct pipeline *p);

/* The run is done, whatever its intervals and duration say. */
void pipeline_stop(struct pipeline *p);
int pipeline_status(const struct pipeline *p);		/* as pipeline_event() */
int pipeline_failed_view(const struct pipeline *p);	/* number of the view whose hook failed, or -1 */
const struct tracker *pipeline_tracker(const struct pipeline *p);
__u64 pipeline_kernel_events(const struct pipeline *p);	/* events that the kernel sent, snapshots included */
__u64 pipeline_window_ns(const struct pipeline *p);	/* from the base to now; 0 before the base */
/* From the newest event or tick to the end of this interval, or of the run, whatever comes first; at least 1; ~0: neither has an end. */
__u64 pipeline_left_ns(const struct pipeline *p);
/* ... to when something is judged that waits for what may follow; ~0: nothing waits. */
__u64 pipeline_unsettled_ns(const struct pipeline *p);
/*
 * Of a live run: a clock that is no event's says @now_ns. Where events do not come in time, or come faster than they can be told, it ends the run after .duration_ns
 * all the same.
 */
void pipeline_clock(struct pipeline *p, __u64 now_ns);
__u64 pipeline_skipped_intervals(const struct pipeline *p);
#endif
