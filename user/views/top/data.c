/* SPDX-License-Identifier: GPL-2.0-only */
/* What events bring to the screen. */
#include <string.h>
#include "run/opts.h"
#include "views/top/top.h"

#define HOLE_SECONDS SPARK_LEN	/* a jump of time that is longer empties the last minute */

static bool is_filtered(const struct top *t)
{
	return t->filter || !filter_is_empty(t->env->filter);
}

/* --- counts ------------------------------------------------------------------------------------------------------------- */

static int count_conn(void *ctx, const struct conn *c)
{
	struct top *t = ctx;

	if (c->state <= ST_SHOWN && top_wants(t, c, 1U << c->state))
		t->counted[c->state]++;
	return 0;
}

static int count_halfopen(void *ctx, __u32 netns, __u16 lport, __u64 n, const struct conn *listener)
{
	struct top *t = ctx;
	const struct conn c = conn_half_open(netns, lport, listener);

	if (top_wants(t, &c, 1U << ST_SYN_RECV))
		t->counted[ST_SYN_RECV] += n;
	return 0;
}

static void take_counts(struct top *t)
{
	if (is_filtered(t))
		memcpy(t->live.counts, t->counted, sizeof(t->live.counts));
	else
		tracker_counts(t->env->tracker, t->live.counts);
}

int data_rebuild(struct top *t)
{
	const struct pane_ops *p = top_panes[t->pane];
	int err;

	if (is_filtered(t)) {
		memset(t->counted, 0, sizeof(t->counted));
		(void)tracker_foreach(t->env->tracker, count_conn, t);
		(void)tracker_foreach_halfopen(t->env->tracker, count_halfopen, t);
	}
	take_counts(t);
	tracker_losses(t->env->tracker, t->live.losses);
	t->live.gaps = tracker_gaps(t->env->tracker);
	err = findings_look(t);
	if (!err && p->rebuild)
		err = p->rebuild(t);
	return err ? err : page_rebuild(t);
}

/* --- time --------------------------------------------------------------------------------------------------------------- */

static void one_second(struct top *t)
{
	unsigned int state;

	take_counts(t);
	for (state = ST_ESTABLISHED; state <= ST_SHOWN; state++)
		spark_add(&t->live.sparks[state], t->live.counts[state]);
}

void data_end_interval(struct top *t)
{
	__u64 ns = t->live.now_ns > t->began_ns ? t->live.now_ns - t->began_ns : 0;

	if (!ns)
		return;
	flow_next(&t->live.flow, ns);
	t->live.events_rate = (double)(t->events - t->events_before) * 1e9 / (double)ns;
	t->live.closes_rate = (double)(t->closes - t->closes_before) * 1e9 / (double)ns;
	t->events_before = t->events;
	t->closes_before = t->closes;
	for (unsigned int i = 0; i < PANE_MAX; i++)
		if (top_panes[i]->interval)
			top_panes[i]->interval(t, ns);
	t->began_ns = t->live.now_ns;
	t->next_ns = t->live.now_ns + t->interval_ns;
	t->stale = true;
}

static void see_time(struct top *t, __u64 ts_ns)
{
	unsigned int state, n;

	if (!t->started) {
		t->started = true;
		t->live.now_ns = t->live.base_ns = t->began_ns = ts_ns;
		t->second_ns = ts_ns;
		t->next_ns = ts_ns + t->interval_ns;
		t->stale = true;
	}
	if (ts_ns <= t->live.now_ns && ts_ns != t->live.base_ns)
		return;
	t->live.now_ns = ts_ns;
	if (ts_ns >= t->second_ns && (ts_ns - t->second_ns) / SECOND_NS >= HOLE_SECONDS) {
		for (state = 0; state <= ST_SHOWN; state++)
			spark_clear(&t->live.sparks[state]);
		t->second_ns = ts_ns;
	}
	for (n = 0; ts_ns >= t->second_ns && n < HOLE_SECONDS; n++) {
		one_second(t);
		t->second_ns += SECOND_NS;
	}
	if (ts_ns >= t->next_ns)
		data_end_interval(t);
}

/* --- the tracker's news -------------------------------------------------------------------------------------------------- */

int data_event(struct top *t, const struct twt_event *ev)
{
	int err = recording_event(t, ev);

	if (ev->kind < TWT_SNAP_BEGIN)
		t->events++;
	if (ev->kind == TWT_SNAP_BEGIN && !ev->netns && ev->aux != TWT_SNAP_PART)
		t->gaps_at_look = tracker_gaps(t->env->tracker);
	if (ev->kind == TWT_SNAP_END && !ev->netns && ev->aux != TWT_SNAP_PART)
		t->live.gaps_healed = t->gaps_at_look;
	if (ev->kind == TWT_SNAP_END && ev->aux == TWT_SNAP_PART)
		t->stale = true;	/* a page waits for it */
	for (unsigned int i = 0; i < PANE_MAX && !err; i++)
		if (top_panes[i]->event)
			err = top_panes[i]->event(t, ev);
	/* Seconds and intervals end at ticks: nothing of before is still to come then. */
	if (ev->kind == TWT_TICK)
		see_time(t, ev->ts_ns);
	return err;
}

int data_transition(struct top *t, const struct transition *tr)
{
	int err = 0;

	if (top_wants(t, tr->conn, 1U << tr->old_state | 1U << tr->new_state))
		flow_add(&t->live.flow, tr);
	for (unsigned int i = 0; i < PANE_MAX && !err; i++)
		if (top_panes[i]->transition)
			err = top_panes[i]->transition(t, tr);
	return err;
}

int data_closed(struct top *t, const struct conn *c, __u64 ts_ns)
{
	int err = 0;

	t->closes += top_wants(t, c, c->states_seen);
	for (unsigned int i = 0; i < PANE_MAX && !err; i++)
		if (top_panes[i]->closed)
			err = top_panes[i]->closed(t, c, ts_ns);
	return err;
}

int data_gone(struct top *t, const struct conn *c, __u64 ts_ns)
{
	int err = 0;

	for (unsigned int i = 0; i < PANE_MAX && !err; i++)
		if (top_panes[i]->gone)
			err = top_panes[i]->gone(t, c, ts_ns);
	return err;
}

int data_accepted(struct top *t, const struct conn *c, __u64 wait_ns, bool by_use)
{
	int err = 0;

	for (unsigned int i = 0; i < PANE_MAX && !err; i++)
		if (top_panes[i]->accepted)
			err = top_panes[i]->accepted(t, c, wait_ns, by_use);
	return err;
}

void data_clear(struct top *t, bool events_too)
{
	flow_clear(&t->live.flow);
	t->events = t->events_before = t->closes = t->closes_before = 0;
	t->live.events_rate = t->live.closes_rate = 0;
	for (unsigned int state = 0; state <= ST_SHOWN; state++)
		spark_clear(&t->live.sparks[state]);
	t->began_ns = t->live.now_ns;
	t->next_ns = t->live.now_ns + t->interval_ns;
	for (unsigned int i = 0; i < PANE_MAX; i++)
		if (top_panes[i]->clear && (events_too || i != PANE_EVENTS))
			top_panes[i]->clear(t);
	t->asked = true;
}
