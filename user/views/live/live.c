/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens, to all who count it. */
#include "views/live/live.h"
#include <errno.h>
#include <stdlib.h>
#include "views/closers/closers.h"
#include "views/doctor/doctor.h"
#include "views/listeners/listeners.h"
#include "views/live/parts.h"
#include "views/ports/ports.h"

#define ROLL_NS (150 * SECOND_NS)	/* findings look back over two of these at most */
#define EVERY_NS SECOND_NS		/* looks of the source, for a page: as often as it is told something */

#define TO(state) (1U << (ST_##state))

/* .to: transitions that the view makes something of; those from LISTEN, where it counts those to it. Most are nobody's business, and there are ten for each connection. */
static const struct { const struct view_ops *ops; __u32 to; } feed_views[FEED_MAX] = {
	[FEED_FINDINGS] = { &view_doctor, TO(LISTEN) | TO(SYN_SENT) | TO(ESTABLISHED) | TO(TIME_WAIT) },
	[FEED_PROCESSES] = { &view_closers, TO(TIME_WAIT) },
	[FEED_DESTINATIONS] = { &view_ports, TO(SYN_SENT) | TO(TIME_WAIT) },
	[FEED_LISTENERS] = { &view_listeners, TO(LISTEN) | TO(ESTABLISHED) },
};

int live_open(const struct view_env *env, struct live **ret, char *err, size_t errlen)
{
	struct live *l = calloc(1, sizeof(*l));
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!l)
		return -ENOMEM;
	l->env = env;
	l->alone = *env->wants;
	l->latency = (struct hist_collect){ .tracker = env->tracker, .filter = env->filter, .by = HIST_BY_ALL, .phases = PHASES_ALL };
	l->latency.set = hist_set_new(HIST_BY_ALL, 0);
	l->ended = history_new(ENDED_KEPT);
	if (!l->latency.set || !l->ended)
		goto fail;
	hist_set_coarse(l->latency.set);
	for (size_t i = 0; i < FEED_MAX; i++) {
		e = feed_open(&l->feeds[i], l, feed_views[i].ops, err, errlen);
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

void live_lend_ports(struct live *l, struct ports *ports)
{
	struct ports_view *v = l->feeds[FEED_DESTINATIONS].state;

	ports_free(v->ports);
	v->ports = l->lent = ports;
}

void live_close(struct live *l)
{
	if (!l)
		return;
	if (l->lent)
		((struct ports_view *)l->feeds[FEED_DESTINATIONS].state)->ports = NULL;
	for (size_t i = 0; i < FEED_MAX; i++)
		feed_close(&l->feeds[i]);
	hist_set_free(l->latency.set);
	history_free(l->ended);
	order_free(&l->order);
	free(l);
}

/* --- who looks at what --- */

static bool counts(const struct live *l, unsigned int part)
{
	return l->counting >> part & 1;
}

/* Ports that were lent are counted by who lent them. */
static bool feeds(const struct live *l, unsigned int feed)
{
	return counts(l, feed) && !(feed == FEED_DESTINATIONS && l->lent);
}

static void tell_wants(struct live *l)
{
	struct source_wants *w = l->env->wants;

	l->to = TO(LISTEN);		/* which sockets listen is told once */
	for (size_t i = 0; i < FEED_MAX; i++)
		l->to |= feeds(l, i) ? feed_views[i].to : 0;

	w->listeners = l->alone.listeners;
	w->binds = l->alone.binds;
	for (size_t i = 0; i < FEED_MAX; i++) {
		if (!counts(l, i))
			continue;
		w->listeners |= l->feeds[i].wants.listeners;
		w->binds |= l->feeds[i].wants.binds;
	}
	w->every_ns = l->counting ? EVERY_NS : l->alone.every_ns;
}

/* It was not counted for a while: what it has counted before is forgotten, what it knows of settings and listeners is not. */
static int begin_part(struct live *l, unsigned int part, __u64 now_ns)
{
	struct closers_view *closers = l->feeds[FEED_PROCESSES].state;
	struct ports_view *ports = l->feeds[FEED_DESTINATIONS].state;
	struct closers *anew;

	if (part < FEED_MAX)
		l->feeds[part].made_ns = 0;
	switch (part) {
	case FEED_FINDINGS:
		facts_clear(((struct doctor_view *)l->feeds[part].state)->facts, now_ns);
		l->rolled_ns = now_ns;
		break;
	case FEED_PROCESSES:
		anew = closers_new(closers->by, 0);
		if (!anew)
			return -ENOMEM;
		closers_free(closers->closers);
		closers->closers = anew;
		closers->reports.base_ns = closers->reports.last_ns = now_ns;
		break;
	case FEED_DESTINATIONS:
		ports_next(ports->ports);
		ports->reports.last_ns = now_ns;
		break;
	case FEED_LISTENERS:
		listeners_clear(((struct listeners_view *)l->feeds[part].state)->listeners);
		break;
	case PART_LATENCY:
		hist_set_clear(l->latency.set);
		break;
	case PART_ENDED:
		break;		/* they did end */
	}
	return 0;
}

int live_ask(struct live *l, unsigned int part)
{
	__u64 now_ns = tracker_now(l->env->tracker);
	int err;

	if (part >= PART_MAX)
		return 0;
	l->until_ns[part] = now_ns + KEEP_NS;
	if (counts(l, part))
		return 0;
	err = begin_part(l, part, now_ns);
	if (err)
		return err;
	if (!l->counting)
		l->counting_ns = now_ns;
	l->counting |= 1U << part;
	tell_wants(l);
	return 0;
}

bool live_looks_at_ports(const struct live *l)
{
	return counts(l, FEED_DESTINATIONS);
}

static void on_tick(struct live *l, __u64 ts_ns)
{
	__u32 was = l->counting;

	for (unsigned int part = 0; part < PART_MAX && l->env->live && !l->whole; part++)
		if (ts_ns > l->until_ns[part])
			l->counting &= ~(1U << part);
	if (l->counting != was)
		tell_wants(l);
	if (counts(l, FEED_FINDINGS) && ts_ns > l->rolled_ns + ROLL_NS && !l->whole) {
		facts_roll(((struct doctor_view *)l->feeds[FEED_FINDINGS].state)->facts, ts_ns);
		l->rolled_ns = ts_ns;
	}
	l->ended_left = ENDED_A_SECOND;
}

/* --- what happens --- */

/* Views that sum up have their rates from their first interval on. */
static int begin(struct live *l, __u64 ts_ns)
{
	int err = 0;

	l->start_ns = l->rolled_ns = ts_ns;
	if (!l->env->live || l->whole) {		/* a recording: nobody is in a hurry, and it comes once */
		l->counting = (1U << PART_MAX) - 1;
		l->counting_ns = ts_ns;
	}
	tell_wants(l);
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (l->feeds[i].ops->sums_up)
			err = l->feeds[i].ops->interval(l->feeds[i].state, ts_ns);
	return err;
}

int live_event(struct live *l, const struct twt_event *ev)
{
	int err = l->start_ns ? 0 : begin(l, ev->ts_ns);

	l->events += ev->kind < TWT_SNAP_BEGIN;
	if (ev->kind < TWT_SNAP)	/* what happens to a connection is told by the tracker */
		return err;
	if (ev->kind == TWT_TICK)
		on_tick(l, ev->ts_ns);
	/* Settings and listeners are told once: whether somebody looks or not. */
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (l->feeds[i].ops->event && !(i == FEED_DESTINATIONS && l->lent))
			err = l->feeds[i].ops->event(l->feeds[i].state, ev);
	return err;
}

int live_transition(struct live *l, const struct transition *tr)
{
	__u32 states = 1U << tr->new_state | (tr->old_state == ST_LISTEN ? TO(LISTEN) : 0);
	int err = 0;

	if (filter_match(l->env->filter, tr->conn, tracker_actors(l->env->tracker), 1U << tr->old_state | 1U << tr->new_state))
		flow_add(&l->flow, tr);
	if (counts(l, PART_LATENCY))
		err = hist_collect(&l->latency, tr);
	if (!(states & l->to) || err)
		return err;
	if (!counts(l, FEED_LISTENERS) && states & TO(LISTEN))
		err = l->feeds[FEED_LISTENERS].ops->transition(l->feeds[FEED_LISTENERS].state, tr);
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (states & feed_views[i].to && feeds(l, i))
			err = l->feeds[i].ops->transition(l->feeds[i].state, tr);
	return err;
}

int live_closed(struct live *l, const struct conn *c, __u64 ts_ns)
{
	int err = counts(l, PART_LATENCY) ? hist_collect_closed(&l->latency, c, ts_ns) : 0;

	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (feeds(l, i) && l->feeds[i].ops->closed)
			err = l->feeds[i].ops->closed(l->feeds[i].state, c, ts_ns);
	return err;
}

/* Where somebody looks at another table, some of them are kept: there is something to see when this one is opened. */
static bool keeps(struct live *l)
{
	if (counts(l, PART_ENDED))
		return true;
	if (!l->counting || !l->ended_left)
		return false;
	l->ended_left--;
	return true;
}

int live_gone(struct live *l, const struct conn *c, __u64 ts_ns)
{
	struct transition over = { .conn = c, .ts_ns = ts_ns };
	int err = 0;

	if (!l->whole && c->role != ROLE_LISTENER && keeps(l) && filter_match(l->env->filter, c, tracker_actors(l->env->tracker), c->states_seen))
		history_add(l->ended, &over, tracker_actors(l->env->tracker));
	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (feeds(l, i) && l->feeds[i].ops->gone)
			err = l->feeds[i].ops->gone(l->feeds[i].state, c, ts_ns);
	return err;
}

int live_accepted(struct live *l, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	int err = 0;

	for (size_t i = 0; i < FEED_MAX && !err; i++)
		if (feeds(l, i) && l->feeds[i].ops->accepted)
			err = l->feeds[i].ops->accepted(l->feeds[i].state, c, ts_ns, wait_ns, by_use);
	return err;
}

int live_whole(struct live *l)
{
	struct hist_set *set = hist_set_new(HIST_BY_ALL, 0);	/* as fine as hist's own */

	if (!set)
		return -ENOMEM;
	hist_set_free(l->latency.set);
	l->latency.set = set;
	l->whole = true;
	l->counting = (1U << PART_MAX) - 1;
	tell_wants(l);
	return 0;
}

int live_ports(struct live *l, struct ports_row ***ret, size_t *ret_n)
{
	return ports_look_now(l->feeds[FEED_DESTINATIONS].state, tracker_now(l->env->tracker), ret, ret_n);
}

void live_set_span(struct live *l, const struct live_span *span)
{
	l->span = span;
}

int live_base(struct live *l, __u64 now_ns)
{
	int err = 0;

	for (size_t i = 0; i < FEED_MAX && !err; i++)
		err = feed_base(&l->feeds[i], now_ns);
	return err;
}
