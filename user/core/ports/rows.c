/* SPDX-License-Identifier: GPL-2.0-only */
/* After a look: who holds what, when it runs out, and all of it in order. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core/ports/parts.h"

/* --- who holds what, counted --- */

/*
 * A process's ports of a destination (no group) or of a group (no destination), or a group's of a destination (NO_ACTOR). What is
 * said from these must not depend on their order: that is one of addresses in memory.
 */
#define NO_ACTOR (~0U)

static size_t tally_slot(const struct ports *ps, const struct tally *t)
{
	__u64 h = (__u64)(uintptr_t)t->dest ^ (__u64)(uintptr_t)t->group << 20 ^ (__u64)t->actor * 0x9e3779b97f4a7c15ULL;
	size_t i = (size_t)(h * 0x9e3779b97f4a7c15ULL >> 32) & (ps->cap_tallies - 1);

	for (; ps->tallies[i].n; i = (i + 1) & (ps->cap_tallies - 1)) {
		const struct tally *at = &ps->tallies[i];

		if (at->dest == t->dest && at->group == t->group && at->actor == t->actor)
			break;
	}
	return i;
}

static int tallies_grow(struct ports *ps)
{
	size_t old_cap = ps->cap_tallies, i;
	struct tally *old = ps->tallies, *grown = calloc(old_cap ? old_cap * 2 : 1024, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	ps->tallies = grown;
	ps->cap_tallies = old_cap ? old_cap * 2 : 1024;
	for (i = 0; i < old_cap; i++) {
		if (old[i].n)
			ps->tallies[tally_slot(ps, &old[i])] = old[i];
	}
	free(old);
	return 0;
}

/* @last: where the one before was counted, mostly the same one again. */
static int tally(struct ports *ps, struct entry *dest, struct entry *group, __u32 actor, size_t *last)
{
	struct tally t = { dest, group, actor, 0 }, *at = *last < ps->cap_tallies ? &ps->tallies[*last] : NULL;
	size_t i;

	if (at && at->n && at->dest == dest && at->group == group && at->actor == actor) {
		at->n++;
		return 0;
	}
	if (ps->n_tallies * 2 >= ps->cap_tallies && tallies_grow(ps))
		return -ENOMEM;
	i = tally_slot(ps, &t);
	if (!ps->tallies[i].n) {
		ps->tallies[i] = t;
		ps->n_tallies++;
	}
	ps->tallies[i].n++;
	*last = i;
	return 0;
}

static bool before(const struct ports_holder *a, const struct ports_holder *b)
{
	if (a->ports != b->ports)
		return a->ports > b->ports;
	return a->tgid != b->tgid ? a->tgid < b->tgid : a->start_ms < b->start_ms;
}

static void add_holder(struct ports_row *r, const struct tally *t, const struct actors *as)
{
	const struct actor *a = actors_get(as, t->actor);
	struct ports_holder h = { .ports = t->n };
	__u32 at = r->n_top;

	if (!a)
		return;
	h.tgid = a->tgid;
	h.start_ms = a->start_ms;
	h.cgroup = a->cgroup;
	memcpy(h.comm, a->comm, sizeof(h.comm));
	while (at && before(&h, &r->top[at - 1]))
		at--;
	if (at == PORTS_TOP)
		return;
	if (r->n_top < PORTS_TOP)
		r->n_top++;
	for (__u32 i = r->n_top - 1; i > at; i--)
		r->top[i] = r->top[i - 1];
	r->top[at] = h;
}

/* --- what is held --- */

static void begin_forecast(struct entry *e)
{
	memset(&e->cast, 0, sizeof(e->cast));
	e->cast.hold_s = activity_hold_s(&e->act);
	e->cast.slot_s = forecast_slot_s(e->cast.hold_s);
	e->live_s = activity_live_s(&e->act);
	e->wait_s = activity_wait_s(&e->act);
	e->wait_share = activity_wait_share(&e->act);
}

static float seconds(__u64 from_ns, __u64 to_ns)
{
	return to_ns > from_ns ? (float)((double)(to_ns - from_ns) / 1e9) : 0;
}

/* When a socket that is open will give its port back: as others did. One that is open for much longer stays. */
static void expect_back(struct entry *e, double age_s)
{
	double left;

	if (isnan(e->live_s) || age_s > 2 * e->live_s + 1)
		return;
	left = age_s < e->live_s ? e->live_s - age_s : e->live_s / 2;
	forecast_back(&e->cast, left, 1 - e->wait_share);
	forecast_back(&e->cast, left + e->wait_s, e->wait_share);
}

/* Until a TIME_WAIT's port can be had again. The timer counts from when it was set last. */
static float left_s(const struct entry *e, float age_s, __u64 reuse_ns)
{
	float due = (float)e->wait_s - age_s;

	if (reuse_ns < TW_LEN_NS)
		return (float)((double)reuse_ns / 1e9) - age_s;
	return due > 0 ? due : 0;
}

static void count_in(struct ports_row *r, __u8 state, bool reusable)
{
	r->in_use += !reusable;
	r->time_wait += state == ST_TIME_WAIT;
	r->reusable += reusable;
	r->states[state]++;
}

/* Does @h hold one of the ports that its destination has? */
static bool holds(const struct holding *h)
{
	const struct space *s = h->dest->space;
	const struct port_params *pp = &s->params;

	/* Bound to a port of its own choice, if it is none of the range: not what runs out. */
	if (h->way == WAY_BIND)
		return port_params_usable(pp) && h->port >= pp->lo && h->port <= pp->hi && !portset_has(&s->listen, h->port);
	/* A listener's child, where nobody told how its port came to be; and of closed ports .closed tells. */
	return !(h->way == WAY_UNKNOWN && portset_has(&s->listen, h->port)) && !(h->port && portset_has(&s->closed, h->port));
}

static int take_stock(struct ports *ps, const struct holding *h, struct entry *group)
{
	const struct wait_facts w = { h->wait_ns, h->no_tstamp, h->loopback };
	struct entry *e = h->dest;
	const struct port_params *pp = &e->space->params;
	bool waits = h->state == ST_TIME_WAIT, reusable;

	e->shown |= h->wanted;
	e->ever_shown |= h->wanted;
	if (group)
		group->shown |= h->wanted;
	if (!holds(h))
		return 0;
	reusable = waits && h->way != WAY_BIND && wait_is_over(pp, &w, ps->now_ns);
	count_in(&e->row, h->state, reusable);
	if (!e->cast.slot_s)
		begin_forecast(e);
	if (!waits)
		expect_back(e, seconds(h->since_ns, ps->now_ns));
	else if (!reusable)
		forecast_back(&e->cast, left_s(e, seconds(h->since_ns, ps->now_ns), wait_reuse_ns(pp, &w)), 1);
	if (!group)
		return tally(ps, e, NULL, h->actor, &e->tally);
	count_in(&group->row, h->state, reusable);
	if (ports_tells_holders(ps->by) && tally(ps, NULL, group, h->actor, &group->tally))
		return -ENOMEM;
	return tally(ps, e, group, NO_ACTOR, &e->tally);
}

static int take_stock_of_all(struct ports *ps)
{
	int err;

	for (size_t i = 0; i < ps->n_held; i++) {
		if (ps->held[i].hold != HOLD_PORT)
			continue;
		err = take_stock(ps, &ps->held[i], ps->by == PORTS_BY_DEST ? NULL : ps->held_groups[i]);
		if (err)
			return err;
	}
	return 0;
}

/* --- rows --- */

static void what_happened(struct entry *e, __u64 interval_ns)
{
	struct ports_row *r = &e->row;

	r->opened = e->act.opened;
	r->failed = e->act.failed;
	/* One that failed after the interval's beginning may have been counted as opened before it. */
	r->opened_now = e->act.opened > e->act.opened_before ? e->act.opened - e->act.opened_before : 0;
	r->failed_now = e->act.failed - e->act.failed_before;
	r->opened_per_s = interval_ns ? (double)r->opened_now * 1e9 / (double)interval_ns : 0;
	r->hold_s = e->act.n_held ? e->act.held_s / e->act.n_held : NAN;
}

static void what_is_left(struct ports *ps, struct entry *e)
{
	const struct space *s = ports_space(ps, e->row.netns);
	struct ports_row *r = &e->row;

	r->has_range = s && port_params_usable(&s->params);
	if (!r->has_range)
		return;
	r->lo = s->params.lo;
	r->hi = s->params.hi;
	r->usable = port_params_count(&s->params, r->any ? e->held : &s->closed);
	r->closed = port_params_count(&s->params, NULL) - r->usable;
	r->free = r->usable > r->in_use ? r->usable - r->in_use : 0;
	r->used_ratio = r->usable ? (double)(r->usable - r->free) / r->usable : 1;
	if (!e->cast.slot_s)
		begin_forecast(e);
	e->cast.usable = r->usable;
	e->cast.in_use = r->in_use;
	e->cast.rate = activity_rate(&e->act, ps->now_ns);
	forecast_run(&e->cast);
	r->exhausted_in_s = e->cast.exhausted_in_s;
	r->steady = e->cast.steady;
}

static int falling(double a, double b)
{
	return a > b ? -1 : a < b;
}

/* Nearest to its end first; then what is fullest, then what holds most. */
static int nearness(const struct ports_row *a, const struct ports_row *b)
{
	if (a->has_range != b->has_range)
		return a->has_range ? -1 : 1;
	if (a->has_range && a->exhausted_in_s != b->exhausted_in_s)
		return a->exhausted_in_s < b->exhausted_in_s ? -1 : 1;
	if (a->has_range && a->used_ratio != b->used_ratio)
		return falling(a->used_ratio, b->used_ratio);
	if (a->in_use != b->in_use)
		return falling(a->in_use, b->in_use);
	return falling(a->time_wait, b->time_wait);
}

static int compare(const void *va, const void *vb)
{
	const struct ports_row *a = *(struct ports_row *const *)va, *b = *(struct ports_row *const *)vb;
	int order = nearness(a, b);

	if (order)
		return order;
	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->name_group != b->name_group)
		return a->name_group < b->name_group ? -1 : 1;
	order = strcmp(a->comm, b->comm);
	if (!order && a->netns != b->netns)
		order = a->netns < b->netns ? -1 : 1;
	if (!order)
		order = memcmp(a->raddr, b->raddr, 16);
	if (!order)
		order = (int)a->rport - (int)b->rport;
	if (!order)
		order = memcmp(a->laddr, b->laddr, 16);
	return order ? order : (int)a->any - (int)b->any;
}

/* The destination that is nearest to its end speaks for a group. */
static void note_destination(struct entry *group, const struct ports_row *d)
{
	group->row.destinations++;
	if (!group->nearest || compare(&d, &group->nearest) < 0)
		group->nearest = d;
}

static void let_nearest_speak(struct entry *group)
{
	static const struct ports_row nobody;
	const struct ports_row *d = group->nearest ? group->nearest : &nobody;
	struct ports_row *r = &group->row;

	r->netns = d->netns;
	memcpy(r->laddr, d->laddr, 16);
	memcpy(r->raddr, d->raddr, 16);
	r->rport = d->rport;
	r->family = d->family;
	r->any = d->any;
	r->has_range = d->has_range;
	r->lo = d->lo;
	r->hi = d->hi;
	r->usable = d->usable;
	r->closed = d->closed;
	r->free = d->free;
	r->used_ratio = d->used_ratio;
	r->exhausted_in_s = d->exhausted_in_s;
	r->steady = d->steady;
}

static void settle_tallies(struct ports *ps, const struct actors *as)
{
	for (size_t i = 0; i < ps->cap_tallies; i++) {
		const struct tally *t = &ps->tallies[i];

		if (!t->n)
			continue;
		if (t->actor == NO_ACTOR)
			note_destination(t->group, &t->dest->row);
		else
			add_holder(t->dest ? &t->dest->row : &t->group->row, t, as);
	}
}

static bool worth_a_row(const struct entry *e)
{
	const struct ports_row *r = &e->row;

	return e->shown && (r->in_use || r->reusable || r->opened_now || r->failed_now);
}

static int collect(struct ports *ps, struct entries *es, struct ports_row ***ret, size_t *ret_n)
{
	size_t n = 0;

	if (es->n > ps->cap_rows) {
		struct ports_row **grown = realloc(ps->rows, es->cap * sizeof(struct ports_row *));

		if (!grown)
			return -ENOMEM;
		ps->rows = grown;
		ps->cap_rows = es->cap;
	}
	for (size_t i = 0; i < es->n; i++) {
		if (worth_a_row(es->e[i]))
			ps->rows[n++] = &es->e[i]->row;
	}
	if (n)
		qsort(ps->rows, n, sizeof(struct ports_row *), compare);
	*ret = ps->rows;
	*ret_n = n;
	return 0;
}

int ports_rows(struct ports *ps, __u64 interval_ns, const struct actors *as, struct ports_row ***ret, size_t *ret_n)
{
	bool grouped = ps->by != PORTS_BY_DEST;

	if (ps->n_tallies)
		memset(ps->tallies, 0, ps->cap_tallies * sizeof(*ps->tallies));
	ps->n_tallies = 0;
	if (take_stock_of_all(ps))
		return -ENOMEM;
	for (size_t i = 0; i < ps->dests.n; i++) {
		what_happened(ps->dests.e[i], interval_ns);
		what_is_left(ps, ps->dests.e[i]);
	}
	for (size_t i = 0; grouped && i < ps->groups.n; i++) {
		what_happened(ps->groups.e[i], interval_ns);
		ps->groups.e[i]->nearest = NULL;
	}
	settle_tallies(ps, as);
	for (size_t i = 0; grouped && i < ps->groups.n; i++)
		let_nearest_speak(ps->groups.e[i]);
	return collect(ps, grouped ? &ps->groups : &ps->dests, ret, ret_n);
}
