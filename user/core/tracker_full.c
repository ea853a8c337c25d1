// SPDX-License-Identifier: GPL-2.0-only
/* The states of full sockets, from birth to CLOSE. */
#include "core/tracker_int.h"

/* A socket that we meet in the middle of its life. */
static struct row *adopt(struct tracker *t, const struct twt_event *ev, __u8 state)
{
	struct row *r = tracker_row_new(t, ev);

	if (!r)
		return NULL;
	r->c.flags |= CONN_BEGAN_BEFORE;
	tracker_shift(t, r, state, ev->ts_ns, TR_SEEDED, 0);
	if (state == ST_LISTEN)
		tracker_add_listener(t, r);
	return r;
}

static struct row *child_born(struct tracker *t, const struct twt_event *ev, __u64 ts)
{
	struct row *r = tracker_row_new(t, ev);
	const struct conn *listener;

	if (!r)
		return NULL;
	r->c.role = ROLE_SERVER;
	r->c.born_ns = r->c.since_ns = ts;
	r->born_from = ST_LISTEN;
	listener = tracker_listener(t, ev->netns, ev->lport, ev->laddr);
	if (listener)
		tracker_set_actor(t, &r->c.owner, listener->owner);
	tracker_netns(t, ev->netns)->opened++;
	tracker_shift(t, r, ST_SYN_RECV, ts, 0, 0);
	settle_same_tuple(t, r);
	return r;
}

/* Birth of a row by a state event, or NULL if it was no birth that we can use. */
static struct row *born(struct tracker *t, const struct twt_event *ev, __u32 actor)
{
	struct half_copy *half = &t->half[ev->cpu % MAX_CPUS];
	struct row *r;

	if (ev->old_state == ST_LISTEN && ev->new_state == ST_SYN_RECV)
		return child_born(t, ev, ev->ts_ns);
	if (ev->old_state == ST_SYN_RECV && ev->new_state == ST_ESTABLISHED && half->ts_ns &&
	    half->netns == ev->netns && half->lport == ev->lport) {
		r = child_born(t, ev, half->ts_ns);
		half->ts_ns = 0;
		return r;
	}
	if (ev->old_state != ST_CLOSE)
		return adopt(t, ev, ev->old_state);

	r = tracker_row_new(t, ev);
	if (!r)
		return NULL;
	r->born_from = ST_CLOSE;
	if (ev->new_state == ST_SYN_SENT) {
		r->c.role = ROLE_CLIENT;
		tracker_set_actor(t, &r->c.opener, actor);
		tracker_netns(t, ev->netns)->opened++;
	}
	tracker_set_actor(t, &r->c.owner, actor);
	if (actor)
		r->c.flags |= CONN_OWNER_FIRM;
	return r;
}

/* The process that asked for @ev's transition: what it is to the connection. */
static void note_intent(struct tracker *t, struct row *r, const struct twt_event *ev, __u32 actor)
{
	struct conn *c = &r->c;

	if (!actor)
		return;
	if (ev->new_state == ST_FIN_WAIT1 || ev->new_state == ST_LAST_ACK)
		tracker_set_actor(t, &c->closer, actor);
	if (!(c->flags & CONN_OWNER_FIRM)) {
		tracker_set_actor(t, &c->owner, actor);
		c->flags |= CONN_OWNER_FIRM;
	}
}

static void on_close(struct tracker *t, struct row *r, const struct twt_event *ev, __u32 actor)
{
	struct conn *c = &r->c;
	struct pend p = {
		.ts_ns = ev->ts_ns, .kind = PENDING_CLOSE, .flags = ev->flags, .err = ev->err,
		.actor = actors_ref(t->actors, actor),
	};
	__u8 old = c->state;

	c->bytes_acked = ev->arg0;
	c->bytes_received = ev->arg1;
	if (c->flags & CONN_MINISOCK) {	/* a hand-over: the minisock carries on */
		tracker_full_gone(t, r, ev->ts_ns);
		actors_unref(t->actors, p.actor);
		return;
	}
	settle_add(t, r, &p);
	/* An RST of ours, which tells an abort's reason, comes after the state. Elsewhere nothing is to be waited for. */
	if (c->flags & CONN_RST_RCVD || c->role == ROLE_LISTENER || old == ST_SYN_SENT || old == ST_LAST_ACK)
		settle_now(t, r);
}

static void note_path(struct conn *c, const struct twt_event *ev)
{
	switch (ev->new_state) {
	case ST_FIN_WAIT1:
		c->close = CLOSE_ACTIVE;
		if ((ev->flags & (TWT_F_SHUT_RD | TWT_F_SHUT_WR)) == TWT_F_SHUT_WR)
			c->flags |= CONN_SHUTDOWN_FIRST;
		break;
	case ST_CLOSE_WAIT:
		c->close = CLOSE_PASSIVE;
		break;
	case ST_CLOSING:
		c->close = CLOSE_SIMULTANEOUS;
		break;
	}
}

void tracker_state(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);
	__u32 actor = 0;

	if (ev->old_state != ev->new_state)
		tracker_netns(t, ev->netns)->kernel_state[ev->old_state][ev->new_state]++;
	if (ev->flags & TWT_F_HALF_COPY) {
		t->half[ev->cpu % MAX_CPUS] = (struct half_copy){ ev->ts_ns, ev->netns, ev->lport };
		return;
	}
	/* A socket lives on after disconnect() or a failed connect(): the next connection of the same cookie begins. */
	if (r && r->c.pending == PENDING_CLOSE && ev->old_state == ST_CLOSE) {
		settle_now(t, r);
		r = table_find(t->table, ev);
	}
	if (r && r->c.flags & CONN_GONE) {
		tracker_row_free(t, r);
		t->tombstones--;
		r = NULL;
	}
	actor = tracker_actor(t, ev);
	if (!r) {
		if (ev->old_state == ev->new_state || (ev->old_state == ST_CLOSE && ev->new_state == ST_CLOSE))
			goto out;
		r = born(t, ev, ev->flags & TWT_F_INTENT ? actor : 0);
		if (!r || r->c.state == ev->new_state)
			goto out;
	}
	r->c.last_ns = ev->ts_ns;
	tracker_learn_tuple(r, ev);
	if (ev->flags & TWT_F_INTENT)
		note_intent(t, r, ev, actor);
	if (ev->old_state == ev->new_state)	/* close() after shutdown(): no transition */
		goto out;
	if (ev->old_state == ST_SYN_SENT && ev->new_state == ST_CLOSE && !r->c.lport)
		tracker_netns(t, ev->netns)->no_port++;
	if (ev->new_state == ST_CLOSE) {
		on_close(t, r, ev, actor);
		goto out;
	}
	if (r->c.state && r->c.state != ev->old_state) {
		/* Events of it were lost; the kernel is right. */
		r->c.flags |= CONN_GAP;
		tracker_shift(t, r, ev->old_state, ev->ts_ns, TR_HEALED, 0);
	}
	note_path(&r->c, ev);
	tracker_shift(t, r, ev->new_state, ev->ts_ns, 0, ev->flags & TWT_F_INTENT ? actor : 0);
	if (ev->new_state == ST_LISTEN && r->c.role != ROLE_LISTENER)
		tracker_add_listener(t, r);
out:
	actors_unref(t->actors, actor);
}

void tracker_rst(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);

	if (!r)
		return;
	if (ev->kind == TWT_RST_RCVD) {
		r->c.flags |= CONN_RST_RCVD;
		return;
	}
	r->rst_ns = ev->ts_ns;
	r->rst_reason = ev->reason;
	if (r->c.pending == PENDING_CLOSE)
		settle_now(t, r);
}

void tracker_destroy(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);

	if (!r || r->c.flags & CONN_GONE)
		return;
	if (r->c.flags & CONN_MINISOCK) {
		tracker_full_gone(t, r, ev->ts_ns);
	} else if (r->c.pending) {
		settle_now(t, r);
	} else {	/* its -> CLOSE was lost */
		r->c.flags |= CONN_GAP;
		r->c.close = CLOSE_UNKNOWN;
		tracker_shift(t, r, ST_CLOSE, ev->ts_ns, TR_HEALED, 0);
		tracker_gone(t, r, ev->ts_ns);
	}
}

void tracker_touch(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);
	__u32 actor;

	if (!r || r->c.flags & CONN_OWNER_FIRM)
		return;
	actor = tracker_actor(t, ev);
	if (actor) {
		tracker_set_actor(t, &r->c.owner, actor);
		r->c.flags |= CONN_OWNER_FIRM;
	}
	actors_unref(t->actors, actor);
}
