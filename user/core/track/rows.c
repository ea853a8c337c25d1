// SPDX-License-Identifier: GPL-2.0-only
/* What can be done to a row, whatever asks for it; and who is told. */
#include <string.h>
#include "core/track/parts.h"

void tracker_rests(struct tracker *t, const struct row *r)
{
	if (r->c.state == ST_TIME_WAIT && r->c.flags & CONN_FULL_SOCK_GONE && !r->c.pending)
		table_rests(t->table, r);
}

void tracker_set_actor(struct tracker *t, __u32 *slot, __u32 actor)
{
	__u32 old = *slot;

	*slot = actors_ref(t->actors, actor);
	actors_unref(t->actors, old);
}

__u32 tracker_kernel(struct tracker *t)
{
	struct twt_event kernel = { .flags = TWT_F_TASK | TWT_F_KTHREAD, .comm = "kernel" };

	return actors_of_event(t->actors, &kernel);
}

/*
 * A kworker that closes a user's socket for it (delayed fput, io_uring, netns teardown, MPTCP) is nobody's
 * name.
 */
__u32 tracker_actor(struct tracker *t, const struct twt_event *ev)
{
	if (!(ev->flags & TWT_F_TASK))
		return 0;
	/* The kernel's own sockets (NFS, CIFS, RDS, iSCSI ...) are its own in whatever process's context it opens them. */
	if (ev->flags & TWT_F_KERN_SOCK)
		return ev->flags & TWT_F_KTHREAD ? actors_of_event(t->actors, ev) : tracker_kernel(t);
	return ev->flags & TWT_F_KTHREAD ? 0 : actors_of_event(t->actors, ev);
}

void tracker_learn_tuple(struct tracker *t, struct row *r, const struct twt_event *ev)
{
	struct conn *c = &r->c;

	if (!r->key)		/* it is the row's name */
		return;
	if (!c->lport && ev->lport) {
		c->lport = ev->lport;
		if (c->role == ROLE_LISTENER)	/* listen() without bind(): now it can be found */
			tracker_add_listener(t, r);
	}
	if (!c->rport)
		c->rport = ev->rport;
	if (addr_is_any(c->laddr) && ev->lport)
		memcpy(c->laddr, ev->laddr, 16);
	if (addr_is_any(c->raddr))
		memcpy(c->raddr, ev->raddr, 16);
}

struct row *tracker_row_new(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_add(t->table, ev);

	if (!r) {
		t->losses[LOSS_TABLE_FULL]++;
		return NULL;
	}
	r->c.born_ns = r->c.since_ns = ev->ts_ns;
	if (ev->flags & TWT_F_KERN_SOCK)
		r->c.flags |= CONN_KERNEL;
	return r;
}

/* What a state tells about the way that leads through it; how it ends may still change the verdict. */
static void note_path(struct conn *c, __u8 state)
{
	static const __u8 path[ST_MAX] = {
		[ST_FIN_WAIT1] = CLOSE_ACTIVE, [ST_FIN_WAIT2] = CLOSE_ACTIVE,
		[ST_CLOSE_WAIT] = CLOSE_PASSIVE, [ST_LAST_ACK] = CLOSE_PASSIVE,
		[ST_CLOSING] = CLOSE_SIMULTANEOUS,
	};

	if (path[state])
		c->close = path[state];
	else if (state == ST_CLOSE && c->close == CLOSE_NOT_YET && c->role != ROLE_LISTENER)
		c->close = CLOSE_UNKNOWN;
}

void tracker_gap(struct tracker *t, struct row *r)
{
	r->c.flags |= CONN_GAP;
	if (!t->starting)
		t->gaps++;
}

/* The thread is known from the event itself, not for what was judged later. */
static void name_thread(struct transition *tr, const struct twt_event *ev)
{
	if (!tr->actor || !ev || ev->kind != TWT_STATE || ev->cookie != tr->conn->cookie ||
	    !(ev->flags & TWT_F_TASK) ||
	    ev->flags & TWT_F_KERN_SOCK)
		return;
	tr->tid = ev->tid;
	if (ev->flags & TWT_F_THREAD) {
		memcpy(tr->thread, &ev->arg0, sizeof(ev->arg0));
		memcpy(tr->thread + sizeof(ev->arg0), &ev->arg1, sizeof(ev->arg1));
	}
}

void tracker_shift(struct tracker *t, struct row *r, __u8 state, __u64 ts, __u32 marks, __u32 actor)
{
	struct conn *c = &r->c;
	struct transition tr = {
		.conn = c, .old_state = c->state ? c->state : r->born_from, .new_state = state,
		.marks = marks, .actor = actor, .ts_ns = ts,
		.in_state_known = c->state && !(c->flags & CONN_SINCE_UNKNOWN) && !(marks & TR_HEALED),
	};

	if (c->flags & CONN_RST_RCVD && state == ST_CLOSE)
		tr.marks |= TR_RST_RCVD;
	if (c->flags & CONN_RST_SENT && state == ST_CLOSE)
		tr.marks |= TR_RST_SENT;
	if (ts < c->since_ns)	/* two CPUs, one ring: reserved in the other order */
		tr.ts_ns = ts = c->since_ns;
	if (tr.in_state_known) {
		tr.in_state_ns = ts - c->since_ns;
		if (c->state <= ST_SHOWN)
			c->in_ns[c->state] += tr.in_state_ns;
	} else if (c->state) {
		c->states_unknown |= 1U << c->state;
	}
	c->states_seen |= 1U << state;
	if (c->state)
		t->counts[c->state]--;
	if (state && state != ST_CLOSE)
		t->counts[state]++;
	if (state == ST_TIME_WAIT && !c->tw_start_ns)
		c->tw_start_ns = ts;
	note_path(c, state);
	c->state = state;
	c->since_ns = ts;
	if (marks & (TR_HEALED | TR_SEEDED))
		c->flags |= CONN_SINCE_UNKNOWN;
	else
		c->flags &= ~CONN_SINCE_UNKNOWN;
	if (!(marks & TR_SEEDED))
		tracker_netns(t, c->netns)->transitions++;
	name_thread(&tr, t->ev);
	if (t->ops->transition)
		t->ops->transition(t->ctx, &tr);
}

static void drop_actors(struct tracker *t, struct conn *c)
{
	actors_unref(t->actors, c->opener);
	actors_unref(t->actors, c->owner);
	actors_unref(t->actors, c->closer);
	actors_unref(t->actors, c->tw_ender);
	c->opener = c->owner = c->closer = c->tw_ender = 0;
}

void tracker_row_free(struct tracker *t, struct row *r)
{
	drop_actors(t, &r->c);
	table_remove(t->table, r);
}

void tracker_full_gone(struct tracker *t, struct row *r, __u64 ts)
{
	struct conn *c = &r->c;

	if (c->flags & CONN_FULL_SOCK_GONE || c->role == ROLE_LISTENER)
		return;
	c->flags |= CONN_FULL_SOCK_GONE;
	c->closed_as = c->close ? c->close : CLOSE_UNKNOWN;
	if (t->ops->closed)
		t->ops->closed(t->ctx, c, ts > c->since_ns ? ts : c->since_ns);
}

void tracker_gone(struct tracker *t, struct row *r, __u64 ts)
{
	tracker_full_gone(t, r, ts);
	if (r->c.role == ROLE_LISTENER)
		tracker_remove_listener(t, r);
	else
		tracker_netns(t, r->c.netns)->closed++;
	if (t->ops->gone)
		t->ops->gone(t->ctx, &r->c, ts > r->c.since_ns ? ts : r->c.since_ns);
	if (!t->pass_open) {
		tracker_row_free(t, r);
		return;
	}
	drop_actors(t, &r->c);
	r->c.flags |= CONN_GONE;
	r->c.state = ST_NONE;
}
