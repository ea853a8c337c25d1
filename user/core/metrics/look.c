// SPDX-License-Identifier: GPL-2.0-only
/* What is there now. */
#include <math.h>
#include <string.h>
#include "core/metrics/parts.h"

struct look { struct metrics *m; __u64 now_ns; };

static unsigned int in_of(unsigned int state)
{
	return state == ST_ESTABLISHED ? IN_ESTABLISHED : state == ST_CLOSE_WAIT ? IN_CLOSE_WAIT : state == ST_TIME_WAIT ? IN_TIME_WAIT : IN_OTHER;
}

static void forget(struct metrics *m)
{
	m->tw_now_ns = 0;
	memset(m->stuck, 0, sizeof(m->stuck));
	for (unsigned int i = 0; m->who && i < ROW_SLOTS + m->cfg.top; i++) {
		memset(m->who[i].in, 0, sizeof(m->who[i].in));
		m->who[i].tw_now_ns = 0;
		m->who[i].stuck = (struct stuck){ 0, 0 };
	}
	for (unsigned int i = 0; m->dest && i < 1 + m->cfg.top; i++) {
		memset(m->dest[i].in, 0, sizeof(m->dest[i].in));
		m->dest[i].ports = 0;
	}
	for (unsigned int i = 0; m->door && i < 1 + m->cfg.top; i++) {
		memset(m->door[i].in, 0, sizeof(m->door[i].in));
		m->door[i].queue = m->door[i].limit = 0;
	}
}

static void add_stuck(struct stuck *s, __u64 age)
{
	s->n++;
	s->oldest_ns = age > s->oldest_ns ? age : s->oldest_ns;
}

static void look_stuck(struct look *l, const struct conn *c, struct who_row *w)
{
	__u64 age = l->now_ns > c->since_ns ? l->now_ns - c->since_ns : 0;

	for (unsigned int i = 0; i < N_STUCK && age >= l->m->cfg.stuck_ns; i++) {
		if (metrics_stuck[i] != c->state)
			continue;
		add_stuck(&l->m->stuck[i], age);
		if (w)
			add_stuck(&w->stuck, age);
	}
}

static int look_at(void *ctx, const struct conn *c)
{
	struct look *l = ctx;
	unsigned int in = in_of(c->state);
	struct dest_row *d;
	struct door_row *door;
	struct who_row *w;
	__u64 ns;

	if (c->role == ROLE_LISTENER || c->state == ST_LISTEN)
		return 0;
	w = metrics_who_of(l->m, c, l->now_ns);
	d = metrics_dest_of(l->m, c, l->now_ns);
	door = c->role == ROLE_SERVER ? metrics_door_at(l->m, c->lport, l->now_ns) : NULL;
	if (w)
		w->in[in]++;
	if (d)
		d->in[in]++;
	if (door)
		door->in[in]++;
	if (c->state == ST_TIME_WAIT && c->tw_start_ns) {
		ns = l->now_ns > c->tw_start_ns ? l->now_ns - c->tw_start_ns : 0;
		l->m->tw_now_ns += ns;
		if (w)
			w->tw_now_ns += ns;
	}
	look_stuck(l, c, w);
	return 0;
}

/* A counter that time alone moves: an owner that is learnt later must not let it fall. */
static void settle_tw(struct metrics *m)
{
	unsigned __int128 ns = m->tw_ended_ns + m->tw_now_ns;

	m->tw_ns = ns > m->tw_ns ? ns : m->tw_ns;
	for (unsigned int i = 0; m->who && i < ROW_SLOTS + m->cfg.top; i++) {
		ns = m->who[i].tw_ended_ns + m->who[i].tw_now_ns;
		m->who[i].tw_ns = ns > m->who[i].tw_ns ? ns : m->who[i].tw_ns;
	}
}

static void look_at_ports(struct metrics *m, __u64 now_ns, struct ports_row *const *rows, size_t n)
{
	m->used_ratio = 0;
	m->exhausted_s = INFINITY;
	for (size_t i = 0; i < n; i++) {
		const struct ports_row *r = rows[i];
		struct dest_row *d = r->any ? NULL : metrics_dest_at(m, r->raddr, r->family, r->rport, now_ns);

		/* Each local address has its own ports for it. */
		if (d && r->in_use > d->ports)
			d->ports = r->in_use;
		if (!r->has_range)
			continue;
		m->used_ratio = r->used_ratio > m->used_ratio ? r->used_ratio : m->used_ratio;
		m->exhausted_s = r->exhausted_in_s < m->exhausted_s ? r->exhausted_in_s : m->exhausted_s;
	}
}

static void who_freed(void *ctx, unsigned int i)
{
	struct metrics *m = ctx;

	memset(&m->who[ROW_SLOTS + i], 0, sizeof(struct who_row));
	memset(m->known, 0, sizeof(m->known));
}

static void dest_freed(void *ctx, unsigned int i)
{
	memset(&((struct metrics *)ctx)->dest[1 + i], 0, sizeof(struct dest_row));
}

static void door_freed(void *ctx, unsigned int i)
{
	memset(&((struct metrics *)ctx)->door[1 + i], 0, sizeof(struct door_row));
}

static void look_at_listeners(struct metrics *m, __u64 now_ns, const struct listener *const *rows, size_t n)
{
	for (size_t i = 0; i < n && m->door; i++) {
		struct door_row *d = metrics_door_at(m, rows[i]->at->lport, now_ns);

		d->queue += rows[i]->looked ? rows[i]->queue : 0;
		d->limit += rows[i]->looked ? rows[i]->limit : 0;
	}
}

void metrics_look(struct metrics *m, __u64 now_ns, const struct metrics_beside *beside)
{
	struct look l = { .m = m, .now_ns = now_ns };

	forget(m);
	tracker_counts(m->tracker, m->counts);
	/* Addresses are not known of all, and wanted only for remote ends. */
	if (m->dest)
		(void)tracker_foreach(m->tracker, look_at, &l);
	else
		(void)tracker_foreach_brief(m->tracker, look_at, &l);
	look_at_ports(m, now_ns, beside->ports, beside->n_ports);
	look_at_listeners(m, now_ns, beside->listeners, beside->n_listeners);
	settle_tw(m);
	/* Behind the look: what has connections is not idle. */
	if (m->whos)
		slots_expire(m->whos, now_ns, who_freed, m);
	if (m->dests)
		slots_expire(m->dests, now_ns, dest_freed, m);
	if (m->doors)
		slots_expire(m->doors, now_ns, door_freed, m);
}
