/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens, counted. */
#include "core/ports/ports.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/ports/parts.h"

struct ports *ports_new(enum ports_by by)
{
	struct ports *ps = calloc(1, sizeof(*ps));

	if (!ps)
		return NULL;
	ps->by = by;
	ps->dests.id_size = sizeof(struct dest_id);
	ps->groups.id_size = sizeof(struct group_id);
	return ps;
}

void ports_free(struct ports *ps)
{
	if (!ps)
		return;
	if (!ps)
		return;
	for (size_t i = 0; i < ps->n_spaces; i++)
		free(ps->spaces[i]);
	free(ps->spaces);
	ports_entries_free(&ps->dests);
	ports_entries_free(&ps->groups);
	free(ps->any);
	free(ps->held);
	free(ps->held_groups);
	free(ps->closing);
	free(ps->again);
	free(ps->tallies);
	free(ps->rows);
	free(ps);
}

/* A pass over all descriptors finds sockets that are bound and nothing else: in no other list, and no event tells of them. */
static void on_descriptor(struct ports *ps, const struct twt_event *ev)
{
	struct space *s = ev->new_state == ST_CLOSE && ev->lport ? ports_space(ps, ev->netns) : NULL;

	if (s)
		portset_add(&s->bound_next, ev->lport);
}

static void pass_over(struct ports *ps)
{
	for (size_t i = 0; i < ps->n_spaces; i++) {
		ps->spaces[i]->bound = ps->spaces[i]->bound_next;
		for (size_t w = 0; ps->keep_calls && w < 1024; w++)
			ps->spaces[i]->ever_closed.bits[w] |= ps->spaces[i]->bound.bits[w];
		memset(&ps->spaces[i]->bound_next, 0, sizeof(struct portset));
	}
}

int ports_event(struct ports *ps, const struct twt_event *ev)
{
	struct space *s;

	switch (ev->kind) {
	case TWT_SYSCTL:
		s = ports_space(ps, ev->netns);
		if (s)
			port_params_learn(&s->params, ev);
		ps->settings_heard = true;
		break;
	case TWT_SNAP_OWNER:
		on_descriptor(ps, ev);
		break;
	case TWT_SNAP_END:
		if (!ev->netns)
			pass_over(ps);
		break;
	}
	return 0;
}

/* What a connection is counted for: its destination or, bound by hand, all of them together; and its group. */
struct both { struct entry *dest, *group; };

static struct both both_of(struct ports *ps, const struct conn *c, const struct actors *as, __u64 ts_ns)
{
	struct both b = { 0 };
	enum way way = ports_way(c);

	if (way != WAY_CONNECT && (way != WAY_BIND || c->role != ROLE_CLIENT))
		return b;
	ps->conns_heard = true;
	b.dest = ports_dest(ps, c, way == WAY_BIND);
	b.group = ps->by == PORTS_BY_DEST ? NULL : ports_group(ps, c, as);
	if (b.dest)
		b.dest->used_ns = ts_ns;
	if (b.group)
		b.group->used_ns = ts_ns;
	return b;
}

static void each(const struct both *b, void (*fn)(struct activity *a, __u64 arg), __u64 arg)
{
	if (b->dest)
		fn(&b->dest->act, arg);
	if (b->group)
		fn(&b->group->act, arg);
}

static void each_s(const struct both *b, void (*fn)(struct activity *a, double s), __u64 from_ns, __u64 to_ns)
{
	double s = to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;

	if (b->dest)
		fn(&b->dest->act, s);
	if (b->group)
		fn(&b->group->act, s);
}

int ports_transition(struct ports *ps, const struct transition *tr, const struct actors *as, bool wanted)
{
	bool opens = tr->new_state == ST_SYN_SENT && !(tr->marks & TR_SEEDED);
	const struct space *s;
	struct both b;

	if (!opens && tr->new_state != ST_TIME_WAIT)
		return 0;
	b = both_of(ps, tr->conn, as, tr->ts_ns);
	if (wanted && b.dest)
		b.dest->shown = b.dest->ever_shown = true;
	if (wanted && b.group)
		b.group->shown = true;
	if (opens) {
		each(&b, activity_opened, tr->ts_ns);
	} else if (b.dest) {
		s = ports_space(ps, tr->conn->netns);
		each(&b, activity_waits, s ? port_params_reuse_ns(&s->params, tr->conn) : TW_LEN_NS);
	}
	return 0;
}

int ports_closed(struct ports *ps, const struct conn *c, const struct actors *as, __u64 ts_ns)
{
	struct both b;

	if (c->close == CLOSE_NO_PORT) {
		b = both_of(ps, c, as, ts_ns);
		each(&b, activity_failed, ts_ns);
	} else if (!(c->flags & CONN_BEGAN_BEFORE)) {
		b = both_of(ps, c, as, ts_ns);
		each_s(&b, activity_closed, c->born_ns, ts_ns);
	}
	return 0;
}

int ports_call_failed(struct ports *ps, const struct twt_event *ev, const struct conn *c, const struct actors *as, bool wanted)
{
	struct both b = { 0 };

	if ((ev->arg0 & TWT_CALL_WHICH) != TWT_CALL_BIND || ev->lport || ev->err != EADDRINUSE)
		return 0;
	b.dest = ports_dest(ps, c, true);
	b.group = ps->by == PORTS_BY_DEST ? NULL : ports_group(ps, c, as);
	if (!b.dest)
		return 0;	/* beyond the limit, which is counted */
	b.dest->used_ns = ev->ts_ns;
	b.dest->shown |= wanted;
	if (b.group) {
		b.group->used_ns = ev->ts_ns;
		b.group->shown |= wanted;
	}
	each(&b, activity_failed, ev->ts_ns);
	return 0;
}

int ports_gone(struct ports *ps, const struct conn *c, const struct actors *as, __u64 ts_ns)
{
	const struct space *s;
	struct both b;
	__u64 free_ns = ts_ns, reuse_ns;

	if (!ps->keep_calls && (c->close == CLOSE_NO_PORT || c->flags & CONN_BEGAN_BEFORE))
		return 0;
	b = both_of(ps, c, as, ts_ns);
	if (ps->keep_calls && b.dest && ports_call_over(ps, b.dest, c, as, ts_ns))
		return -ENOMEM;
	if ((!b.dest && !b.group) || c->close == CLOSE_NO_PORT || c->flags & CONN_BEGAN_BEFORE)
		return 0;
	if (c->tw_start_ns) {
		s = ports_space(ps, c->netns);
		reuse_ns = s ? port_params_reuse_ns(&s->params, c) : TW_LEN_NS;
		if (c->tw_end == TW_END_EXPIRED)
			each_s(&b, activity_waited, c->tw_start_ns, ts_ns);
		/* It could be had before it was gone. */
		if (reuse_ns < TW_LEN_NS && c->tw_start_ns + reuse_ns < free_ns)
			free_ns = c->tw_start_ns + reuse_ns;
	}
	each_s(&b, activity_ended, c->born_ns, free_ns);
	return 0;
}

static void next(struct entries *es)
{
	for (size_t i = 0; i < es->n; i++) {
		struct entry *e = es->e[i];

		e->act.opened_before = e->act.opened;
		e->act.failed_before = e->act.failed;
		e->shown = false;
	}
}

void ports_next(struct ports *ps)
{
	next(&ps->dests);
	next(&ps->groups);
	ports_drop_idle(ps);
}

const struct port_params *ports_params(const struct ports *ps, __u32 netns)
{
	for (size_t i = 0; i < ps->n_spaces; i++) {
		if (ps->spaces[i]->netns == netns)
			return port_params_usable(&ps->spaces[i]->params) ? &ps->spaces[i]->params : NULL;
	}
	return NULL;
}

int ports_tell_settings(const struct ports *ps, __u64 ts_ns, int (*fn)(void *ctx, const struct twt_event *ev), void *ctx)
{
	int err = 0;

	for (size_t i = 0; i < ps->n_spaces && !err; i++)
		err = port_params_tell(&ps->spaces[i]->params, ps->spaces[i]->netns, ts_ns, fn, ctx);
	return err;
}

const struct portset *ports_closed_set(const struct ports *ps, __u32 netns)
{
	for (size_t i = 0; i < ps->n_spaces; i++) {
		if (ps->spaces[i]->netns == netns)
			return &ps->spaces[i]->closed;
	}
	return NULL;
}

bool ports_lack_settings(const struct ports *ps)
{
	return ps->conns_heard && !ps->settings_heard;
}

__u64 ports_left_out(const struct ports *ps)
{
	return ps->left_out;
}
