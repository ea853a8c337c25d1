/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens, to all who count it. */
#include "views/live/live.h"
#include <errno.h>
#include <stdlib.h>
#include "views/doctor/doctor.h"
#include "views/listeners/listeners.h"
#include "views/live/parts.h"

#define PART_NS (150 * SECOND_NS)	/* findings look back over two of these at most */

static const struct view_ops *const feed_views[FEED_MAX] = {
	[FEED_FINDINGS] = &view_doctor, [FEED_PROCESSES] = &view_closers, [FEED_DESTINATIONS] = &view_ports, [FEED_LISTENERS] = &view_listeners,
};

int live_open(const struct view_env *env, struct live **ret, char *err, size_t errlen)
{
	struct live *l = calloc(1, sizeof(*l));
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!l)
		return -ENOMEM;
	l->env = env;
	l->latency = (struct hist_collect){ .tracker = env->tracker, .filter = env->filter, .by = HIST_BY_ALL, .phases = PHASES_ALL };
	l->latency.set = hist_set_new(HIST_BY_ALL, 0);
	l->ended = history_new(ENDED_KEPT);
	if (!l->latency.set || !l->ended)
		goto fail;
	for (size_t i = 0; i < FEED_MAX; i++) {
		e = feed_open(&l->feeds[i], l, feed_views[i], err, errlen);
		if (e)
			goto fail;
	}
	/* Listeners are looked at when somebody asks, which is nothing to complain of. */
	((struct listeners_view *)l->feeds[FEED_LISTENERS].state)->said_unlooked = true;
	*ret = l;
	return 0;
fail:
	live_close(l);
	return e;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < FEED_MAX; i++)
		feed_close(&l->feeds[i]);
	hist_set_free(l->latency.set);
	history_free(l->ended);
	order_free(&l->order);
	free(l);
}

/* Views that sum up have their rates from their first interval on. */
static int begin(struct live *l, __u64 ts_ns)
{
	int err = 0;

	l->start_ns = l->rolled_ns = ts_ns;
	if (!l->env->live) {		/* a recording: nobody is in a hurry, and it comes once */
		l->counting = true;
		l->counting_ns = ts_ns;
	}
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (l->feeds[i].ops->sums_up)
			err = l->feeds[i].ops->interval(l->feeds[i].state, ts_ns);
	return err;
}

int live_event(struct live *l, const struct twt_event *ev)
{
	int err = l->start_ns ? 0 : begin(l, ev->ts_ns);

	l->events += ev->kind < TWT_SNAP_BEGIN;
	if (ev->kind == TWT_TICK && ev->ts_ns > l->rolled_ns + PART_NS) {
		facts_roll(((struct doctor_view *)l->feeds[FEED_FINDINGS].state)->facts, ev->ts_ns);
		l->rolled_ns = ev->ts_ns;
	}
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (l->feeds[i].ops->event)
			err = l->feeds[i].ops->event(l->feeds[i].state, ev);
	return err;
}

int live_transition(struct live *l, const struct transition *tr)
{
	int err;

	flow_add(&l->flow, tr);
	/* Which sockets listen is told once. */
	err = l->feeds[FEED_LISTENERS].ops->transition(l->feeds[FEED_LISTENERS].state, tr);
	if (!l->counting || err)
		return err;
	err = hist_collect(&l->latency, tr);
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (i != FEED_LISTENERS && l->feeds[i].ops->transition)
			err = l->feeds[i].ops->transition(l->feeds[i].state, tr);
	return err;
}

int live_closed(struct live *l, const struct conn *c, __u64 ts_ns)
{
	int err;

	if (!l->counting)
		return 0;
	err = hist_collect_closed(&l->latency, c, ts_ns);
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (l->feeds[i].ops->closed)
			err = l->feeds[i].ops->closed(l->feeds[i].state, c, ts_ns);
	return err;
}

int live_gone(struct live *l, const struct conn *c, __u64 ts_ns)
{
	struct transition over = { .conn = c, .ts_ns = ts_ns };
	int err = 0;

	if (!l->counting)
		return 0;
	if (c->role != ROLE_LISTENER && filter_match(l->env->filter, c, tracker_actors(l->env->tracker), c->states_seen))
		history_add(l->ended, &over, tracker_actors(l->env->tracker));
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (l->feeds[i].ops->gone)
			err = l->feeds[i].ops->gone(l->feeds[i].state, c, ts_ns);
	return err;
}

int live_accepted(struct live *l, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	int err = 0;

	for (size_t i = 0; i < FEED_MAX && l->counting && !err; i++)
		if (l->feeds[i].ops->accepted)
			err = l->feeds[i].ops->accepted(l->feeds[i].state, c, ts_ns, wait_ns, by_use);
	return err;
}

void live_ask(struct live *l)
{
	if (l->counting)
		return;
	l->counting = true;
	l->counting_ns = tracker_now(l->env->tracker);
	l->env->wants->listeners |= l->wants.listeners;
	l->env->wants->binds |= l->wants.binds;
	l->env->wants->sockets |= l->wants.sockets;
}
