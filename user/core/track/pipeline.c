/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/track/pipeline.h"
#include <errno.h>
#include <stdlib.h>

struct pipeline {
	struct pipeline_config cfg;
	struct tracker *tracker;
	struct { const struct pipeline_hooks *hooks; void *state; } views[PIPELINE_VIEWS];
	int n_views, n_raw, raw[PIPELINE_VIEWS];	/* those that want to see each event */
	int err, failed_view;
	bool done, have_base;
	__u64 base_ns, boundary_ns;	/* boundary: of the next interval */
	__u64 due_ns;			/* an event of this time or later has to do with intervals or the end */
	__u64 intervals, skipped, kernel_events;
	bool in_start_pass, traced;	/* traced: the start pass is over */
	__u64 clock_begin_ns;		/* when pipeline_clock() heard of that; 0: not yet */
};

static void fail(struct pipeline *p, int view, int err)
{
	if (err >= 0 || p->err)
		return;
	p->err = err;
	p->failed_view = view;
}

static void on_transition(void *ctx, const struct transition *tr)
{
	struct pipeline *p = ctx;

	for (int i = 0; i < p->n_views && !p->err; i++)
		if (p->views[i].hooks->transition)
			fail(p, i, p->views[i].hooks->transition(p->views[i].state, tr));
}

static void on_closed(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct pipeline *p = ctx;

	for (int i = 0; i < p->n_views && !p->err; i++)
		if (p->views[i].hooks->closed)
			fail(p, i, p->views[i].hooks->closed(p->views[i].state, c, ts_ns));
}

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct pipeline *p = ctx;

	for (int i = 0; i < p->n_views && !p->err; i++)
		if (p->views[i].hooks->gone)
			fail(p, i, p->views[i].hooks->gone(p->views[i].state, c, ts_ns));
}

static void on_accepted(void *ctx, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	struct pipeline *p = ctx;

	for (int i = 0; i < p->n_views && !p->err; i++)
		if (p->views[i].hooks->accepted)
			fail(p, i, p->views[i].hooks->accepted(p->views[i].state, c, ts_ns, wait_ns, by_use));
}

static void on_snapshot(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed)
{
	struct pipeline *p = ctx;

	if (p->cfg.snapshot)
		p->cfg.snapshot(p->cfg.ctx, why, netns, found, changed);
}

static const struct tracker_ops tracker_hooks = {
	.transition = on_transition, .closed = on_closed, .gone = on_gone,
	.accepted = on_accepted, .snapshot = on_snapshot,
};

int pipeline_new(const struct pipeline_config *cfg, const struct tracker_config *tcfg, struct pipeline **ret)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->cfg = *cfg;
	p->failed_view = -1;
	err = tracker_new(tcfg, &tracker_hooks, p, &p->tracker);
	if (err) {
		free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	tracker_free(p->tracker);
	free(p);
}

int pipeline_add(struct pipeline *p, const struct pipeline_hooks *hooks, void *state)
{
	if (p->n_views == PIPELINE_VIEWS)
		return -ENOSPC;
	p->views[p->n_views].hooks = hooks;
	p->views[p->n_views].state = state;
	if (hooks->event)
		p->raw[p->n_raw++] = p->n_views;
	return p->n_views++;
}

static void call_interval(struct pipeline *p, __u64 boundary_ns)
{
	struct twt_event tick = { .kind = TWT_TICK, .ts_ns = boundary_ns };

	/* After a pause one event may bring many intervals: what was due before each of them is in it. */
	tracker_event(p->tracker, &tick);
	for (int i = 0; i < p->n_views && !p->err; i++)
		if (p->views[i].hooks->interval)
			fail(p, i, p->views[i].hooks->interval(p->views[i].state, boundary_ns));
	p->intervals++;
	if (p->cfg.max_intervals && p->intervals >= p->cfg.max_intervals)
		p->done = true;
}

static bool counts_intervals(const struct pipeline *p)
{
	return p->cfg.interval_ns && (!p->cfg.max_intervals || p->intervals < p->cfg.max_intervals);
}

static void find_base(struct pipeline *p, const struct twt_event *ev)
{
	if (ev->kind == TWT_SNAP_BEGIN && ev->aux == TWT_SNAP_START)
		p->in_start_pass = true;
	else if (ev->kind == TWT_SNAP_END && !ev->netns)
		p->in_start_pass = false;
	p->traced |= !p->in_start_pass && (ev->kind == TWT_SNAP_END || ev->kind == TWT_TICK);
	if (ev->kind != TWT_TICK || p->in_start_pass)
		return;
	p->have_base = true;
	p->base_ns = ev->ts_ns;
	p->boundary_ns = ev->ts_ns;
}

static void advance(struct pipeline *p, __u64 ts_ns)
{
	__u64 step = p->cfg.interval_ns;

	if (counts_intervals(p) && ts_ns >= p->boundary_ns &&
	    (ts_ns - p->boundary_ns) / step > PIPELINE_JUMP) {
		__u64 skip = (ts_ns - p->boundary_ns) / step;

		p->skipped += skip;
		p->boundary_ns += skip * step;
	}
	while (!p->err && counts_intervals(p) && ts_ns >= p->boundary_ns) {
		call_interval(p, p->boundary_ns);
		if (__builtin_add_overflow(p->boundary_ns, step, &p->boundary_ns))
			p->cfg.interval_ns = 0;		/* the end of time, in a damaged recording */
	}
	p->due_ns = counts_intervals(p) ? p->boundary_ns : ~0ULL;
}

void pipeline_stop(struct pipeline *p)
{
	p->done = true;
}

int pipeline_status(const struct pipeline *p)
{
	return p->err ? p->err : p->done;
}

int pipeline_event(struct pipeline *p, const struct twt_event *ev)
{
	if (p->err || (p->done && !p->cfg.live))
		return pipeline_status(p);
	for (int i = 0; i < p->n_raw && !p->err; i++)
		fail(p, p->raw[i], p->views[p->raw[i]].hooks->event(p->views[p->raw[i]].state, ev));
	if (!p->have_base)
		find_base(p, ev);
	if (p->have_base && ev->ts_ns >= p->due_ns)
		advance(p, ev->ts_ns);
	if (p->err || (p->done && !p->cfg.live))
		return pipeline_status(p);
	if (ev->kind < TWT_SNAP_BEGIN)
		p->kernel_events++;
	tracker_event(p->tracker, ev);
	/* Where more events come than we can take, there is no tick. */
	if (p->have_base && p->cfg.duration_ns && (ev->kind == TWT_TICK || p->cfg.live) && ev->ts_ns >= p->base_ns &&
	    ev->ts_ns - p->base_ns >= p->cfg.duration_ns)
		p->done = true;
	return pipeline_status(p);
}

int pipeline_settle(struct pipeline *p)
{
	if (!p->err)
		tracker_finish(p->tracker);
	for (int i = 0; i < p->n_views && !p->err; i++)
		if (p->views[i].hooks->settled)
			fail(p, i, p->views[i].hooks->settled(p->views[i].state, tracker_now(p->tracker)));
	return pipeline_status(p);
}

int pipeline_end(struct pipeline *p)
{
	if (!p->err)
		tracker_finish(p->tracker);
	for (int i = 0; i < p->n_views; i++)
		if (p->views[i].hooks->end)
			fail(p, i, p->views[i].hooks->end(p->views[i].state, tracker_now(p->tracker)));
	return p->err;
}

int pipeline_failed_view(const struct pipeline *p)
{
	return p->failed_view;
}

const struct tracker *pipeline_tracker(const struct pipeline *p)
{
	return p->tracker;
}

__u64 pipeline_kernel_events(const struct pipeline *p)
{
	return p->kernel_events;
}

__u64 pipeline_left_ns(const struct pipeline *p)
{
	__u64 now = tracker_now(p->tracker), until = ~0ULL, end;

	if (!p->have_base)
		return 1;
	if (counts_intervals(p))
		until = p->boundary_ns;
	end = p->base_ns + p->cfg.duration_ns;
	if (p->cfg.duration_ns && end < until)
		until = end;
	if (until == ~0ULL)
		return until;
	return until > now ? until - now : 1;
}

__u64 pipeline_unsettled_ns(const struct pipeline *p)
{
	return tracker_unsettled_ns(p->tracker);
}

void pipeline_clock(struct pipeline *p, __u64 now_ns)
{
	if (!p->cfg.live || !p->cfg.duration_ns || !p->traced)
		return;
	if (!p->clock_begin_ns)
		p->clock_begin_ns = now_ns;
	/* Later than the events' own end where those come in time. */
	if (now_ns - p->clock_begin_ns >= p->cfg.duration_ns + PIPELINE_LATE_NS)
		p->done = true;
}

__u64 pipeline_window_ns(const struct pipeline *p)
{
	__u64 now = tracker_now(p->tracker);

	return p->have_base && now > p->base_ns ? now - p->base_ns : 0;
}

__u64 pipeline_skipped_intervals(const struct pipeline *p)
{
	return p->skipped;
}
