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

static void begin(struct ports *ps, __u64 now_ns)
{
	if (now_ns > ps->now_ns)
		ps->now_ns = now_ns;
	for (size_t i = 0; i < ps->n_spaces; i++) {
		struct space *s = ps->spaces[i];

		s->closed = s->bound;
		if (s->listens)
			memset(&s->listen, 0, sizeof(s->listen));
		s->listens = false;
	}
	forget(&ps->dests);
	forget(&ps->groups);
}

void ports_look_begin(struct ports *ps, __u64 now_ns)
{
	begin(ps, now_ns);
	ps->n_held = 0;
	ps->since = 0;
}

/* Room for number @at. */
static int make_room(struct ports *ps, size_t at)
{
	size_t cap = at < 1024 ? 1024 : (at + at / 2) & ~(size_t)7;
	struct holding *held;
	__u8 *bits;

	if (at < ps->cap_held)
		return 0;
	held = realloc(ps->held, cap * sizeof(*held));
	if (!held)
		return -ENOMEM;
	ps->held = held;
	if (ps->by != PORTS_BY_DEST) {
		struct entry **groups = realloc(ps->held_groups, cap * sizeof(struct entry *));

		if (!groups)
			return -ENOMEM;
		ps->held_groups = groups;
	}
	bits = realloc(ps->closing, cap / 8);
	if (!bits)
		return -ENOMEM;
	ps->closing = bits;
	bits = realloc(ps->again, cap / 8);
	if (!bits)
		return -ENOMEM;
	ps->again = bits;
	memset(ps->closing + ps->cap_held / 8, 0, (cap - ps->cap_held) / 8);
	memset(ps->again + ps->cap_held / 8, 0, (cap - ps->cap_held) / 8);
	ps->cap_held = cap;
	return 0;
}

static void set_bit(__u8 *bits, size_t at, bool on)
{
	__u8 bit = (__u8)(1U << (at & 7));

	bits[at / 8] = (__u8)(on ? bits[at / 8] | bit : bits[at / 8] & ~bit);
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

/* A port that no connect() gets that looks for one: somebody bound to it, or listens there. */
static void close_port(const struct ports *ps, const struct holding *h)
{
	struct space *s = h->hold == HOLD_PORT ? h->dest->space : h->space;

	portset_add(&s->closed, h->port);
	if (ps->keep_calls)
		portset_add(&s->ever_closed, h->port);
	if (h->state == ST_LISTEN) {
		portset_add(&s->listen, h->port);
		s->listens = true;
	}
}

/* What @c holds, as number @at, for which there is room. Returns false if that has to be asked again in each look. */
static bool note(struct ports *ps, size_t at, const struct conn *c, const struct actors *as, bool wanted)
{
	struct holding *h = &ps->held[at];
	enum way way = ports_way(c);
	struct wait_facts w;
	struct space *s;
	struct entry *e;

	h->hold = HOLD_NOTHING;
	/* What is about to be judged holds nothing any more, and needs no port but to connect. */
	if (c->pending || c->state == ST_NONE || c->state > ST_SHOWN || (!c->lport && c->state != ST_SYN_SENT))
		return true;
	s = ports_space(ps, c->netns);
	if (!s)
		return false;
	h->way = way;
	h->state = c->state;
	h->port = c->lport;
	if (ps->n_any && c->lport)
		hold_at_address(ps, c, way);
	if (way == WAY_OTHER || way == WAY_BIND) {
		h->hold = HOLD_CLOSED;
		h->space = s;
		close_port(ps, h);
	}
	if (way == WAY_OTHER)
		return true;
	ps->conns_heard = true;
	/* Only after the look is it known whether its port is a listener's; who is no client has no row to be made here. */
	if (way == WAY_BIND && c->role != ROLE_CLIENT)
		return true;
	e = ports_dest(ps, c, way == WAY_BIND);
	if (!e)
		return false;
	e->space = s;
	h->hold = HOLD_PORT;
	h->dest = e;
	h->actor = c->owner;
	h->wanted = wanted;
	h->since_ns = c->born_ns;
	if (c->state == ST_TIME_WAIT) {
		w = wait_facts_of(c);
		h->since_ns = c->tw_armed_ns ? c->tw_armed_ns : c->tw_start_ns;
		h->wait_ns = w.began_ns;
		h->no_tstamp = w.no_tstamp;
		h->loopback = w.loopback;
	}
	if (ps->by == PORTS_BY_DEST)
		return true;
	ps->held_groups[at] = ports_group(ps, c, as);
	return ps->held_groups[at] != NULL;
}

static int look(struct ports *ps, size_t at, const struct conn *c, const struct actors *as, bool wanted)
{
	int err = make_room(ps, at);
	bool lasts;

	if (err)
		return err;
	lasts = note(ps, at, c, as, wanted);
	set_bit(ps->again, at, !lasts);
	set_bit(ps->closing, at, ps->held[at].hold != HOLD_NOTHING && (ps->held[at].way == WAY_OTHER || ps->held[at].way == WAY_BIND));
	return 0;
}

int ports_look(struct ports *ps, const struct conn *c, const struct actors *as, bool wanted)
{
	int err = look(ps, ps->n_held, c, as, wanted);

	ps->n_held += !err;
	return err;
}

/* --- all of them, again and again --- */

struct all { struct ports *ps; const struct actors *as; const struct filter *filter; };

static bool wants(const struct all *a, const struct conn *c)
{
	return !a->filter || filter_match(a->filter, c, a->as, c->states_seen);
}

static int look_at(void *ctx, const struct conn *c)
{
	const struct all *a = ctx;

	return ports_look(a->ps, c, a->as, wants(a, c));
}

static int look_at_number(void *ctx, __u32 id, const struct conn *c)
{
	static const struct conn nobody;
	const struct all *a = ctx;

	return look(a->ps, id, c ? c : &nobody, a->as, c && wants(a, c));
}

_Static_assert(TRACKER_GROUP == 8, "their bits are one byte");

static bool is_same(void *ctx, __u32 first, __u32 n)
{
	const struct all *a = ctx;
	struct ports *ps = a->ps;

	(void)n;
	/* What is held at an address is forgotten after each look. */
	if (ps->n_any || ps->again[first / 8])
		return false;
	for (unsigned int bits = ps->closing[first / 8]; bits; bits &= bits - 1)
		close_port(ps, &ps->held[first + (unsigned int)__builtin_ctz(bits)]);
	return true;
}

int ports_look_all(struct ports *ps, __u64 now_ns, const struct tracker *t, const struct filter *filter)
{
	static const struct changed_ops ops = { .fn = look_at_number, .same = is_same };
	struct all a = { ps, tracker_actors(t), filter };
	/* A process's name changes, and what is known of its container. */
	bool lasts = (ps->by == PORTS_BY_DEST || ps->by == PORTS_BY_RADDR) && (!filter || filter_only(filter, FILTER_LASTS));
	int err;

	if (!lasts) {
		ports_look_begin(ps, now_ns);
		return !filter || filter_only(filter, FILTER_ENDS) ? tracker_foreach_ends(t, look_at, &a) : tracker_foreach(t, look_at, &a);
	}
	begin(ps, now_ns);
	err = tracker_foreach_changed(t, &ps->since, &ops, &a);
	ps->n_held = tracker_numbers(t);
	return err;
}
