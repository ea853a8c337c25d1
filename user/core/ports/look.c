/* SPDX-License-Identifier: GPL-2.0-only */
/* A look at all connections: which ports are closed, and who holds which of the others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/ports/parts.h"
#include "core/text/addr.h"

static void forget(struct entries *es)
{
	for (size_t i = 0; i < es->n; i++) {
		struct ports_row *r = &es->e[i]->row;

		r->in_use = r->time_wait = r->reusable = r->n_top = r->destinations = 0;
		memset(r->states, 0, sizeof(r->states));
		es->e[i]->cast.slot_s = 0;
		if (es->e[i]->held)
			memset(es->e[i]->held, 0, sizeof(struct portset));
	}
}

void ports_look_begin(struct ports *ps, __u64 now_ns)
{
	if (now_ns > ps->now_ns)
		ps->now_ns = now_ns;
	ps->n_held = 0;
	for (size_t i = 0; i < ps->n_spaces; i++) {
		struct space *s = ps->spaces[i];

		s->closed = s->bound;
		if (s->seen)
			memset(&s->listen, 0, sizeof(s->listen));
		s->seen = false;
	}
	forget(&ps->dests);
	forget(&ps->groups);
}

static bool grow(struct ports *ps)
{
	size_t cap = ps->cap_held ? ps->cap_held * 2 : 1024;
	struct holding *held = realloc(ps->held, cap * sizeof(*held));

	if (!held)
		return false;
	ps->held = held;
	ps->cap_held = cap;
	return true;
}

/* Who binds to an address and port 0 gets no port that somebody holds at this address, or at all of them. */
static void hold_at_address(struct ports *ps, const struct conn *c, enum way way)
{
	for (size_t i = 0; i < ps->n_any; i++) {
		struct entry *e = ps->any[i];

		if (e->row.netns != c->netns || (way == WAY_BIND && c->role == ROLE_CLIENT && !memcmp(e->row.laddr, c->laddr, 16)))
			continue;
		if (memcmp(e->row.laddr, c->laddr, 16) != 0 && !addr_is_any(c->laddr) && !addr_is_any(e->row.laddr))
			continue;
		if (!e->held)
			e->held = calloc(1, sizeof(*e->held));
		if (e->held)
			portset_add(e->held, c->lport);
	}
}

static float seconds(__u64 from_ns, __u64 to_ns)
{
	return to_ns > from_ns ? (float)((double)(to_ns - from_ns) / 1e9) : 0;
}

/* Until its port can be had again. The timer counts from when it was set last. */
static float left_s(const struct ports *ps, const struct space *s, const struct conn *c, const struct entry *dest)
{
	__u64 armed = c->tw_armed_ns ? c->tw_armed_ns : c->tw_start_ns;
	__u64 reuse_ns = port_params_reuse_ns(&s->params, c);
	float due = (float)activity_wait_s(&dest->act) - seconds(armed, ps->now_ns);

	if (reuse_ns < TW_LEN_NS)
		return (float)((double)reuse_ns / 1e9) - seconds(armed, ps->now_ns);
	return due > 0 ? due : 0;
}

int ports_look(struct ports *ps, const struct conn *c, const struct actors *as, bool wanted)
{
	enum way way = ports_way(c);
	struct holding h = { .port = c->lport, .state = c->state, .way = way, .actor = c->owner };

	/* What is about to be judged holds nothing any more, and needs no port but to connect. */
	if (c->pending || c->state == ST_NONE || c->state > ST_SHOWN || (!c->lport && c->state != ST_SYN_SENT))
		return 0;
	h.space = ports_space(ps, c->netns);
	if (!h.space)
		return 0;
	h.space->seen = true;
	if (way == WAY_OTHER || way == WAY_BIND)
		portset_add(&h.space->closed, c->lport);
	if (ps->keep_calls && (way == WAY_OTHER || way == WAY_BIND))
		portset_add(&h.space->ever_closed, c->lport);
	if (c->state == ST_LISTEN)
		portset_add(&h.space->listen, c->lport);
	if (ps->n_any && c->lport)
		hold_at_address(ps, c, way);
	if (way == WAY_OTHER)
		return 0;
	ps->conns_heard = true;
	/* Only after the look is it known whether its port is a listener's; who is no client has no row to be made here. */
	h.dest = way == WAY_BIND && c->role != ROLE_CLIENT ? NULL : ports_dest(ps, c, way == WAY_BIND);
	if (!h.dest)
		return 0;
	h.group = ps->by == PORTS_BY_DEST ? NULL : ports_group(ps, c, as);
	h.dest->shown |= wanted;
	h.dest->ever_shown |= wanted;
	if (h.group)
		h.group->shown |= wanted;
	h.age_s = seconds(c->born_ns, ps->now_ns);
	if (c->state == ST_TIME_WAIT) {
		h.reusable = way != WAY_BIND && port_params_reusable(&h.space->params, c, ps->now_ns);
		h.left_s = left_s(ps, h.space, c, h.dest);
	}
	if (ps->n_held == ps->cap_held && !grow(ps))
		return -ENOMEM;
	ps->held[ps->n_held++] = h;
	return 0;
}
