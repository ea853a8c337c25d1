// SPDX-License-Identifier: GPL-2.0-only
/* The states of full sockets, from birth to CLOSE. */
#include "core/track/parts.h"

/* A socket that we meet in the middle of its life. */
static struct row *adopt(struct tracker *t, const struct twt_event *ev, __u8 state)
{
	struct row *r = tracker_row_new(t, ev);

	if (!r)
		return NULL;
	r->c.flags |= CONN_BEGAN_BEFORE;
	if (state == ST_LISTEN)
		tracker_add_listener(t, r);
	tracker_shift(t, r, state, ev->ts_ns, TR_SEEDED, 0);
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
	r->c.last_ns = ev->ts_ns;
	r->born_from = ST_LISTEN;
	listener = tracker_listener(t, ev->netns, ev->lport, ev->laddr);
	if (listener)
		tracker_set_actor(t, &r->c.owner, listener->owner);
	tracker_netns(t, ev->netns)->opened++;
	tracker_shift(t, r, ST_SYN_RECV, ts, 0, 0);
	conclude_reopened(t, r);
	return r;
}

/* Birth of a row by a state event, or NULL if it was no birth that we can use. */
static struct row *born(struct tracker *t, const struct twt_event *ev, __u32 actor)
{
	struct half_copy *half = &t->half[ev->cpu % MAX_CPUS];
	struct row *r;

	if (ev->old_state == ST_LISTEN && ev->new_state == ST_SYN_RECV)
		return child_born(t, ev, ev->ts_ns);
	if (ev->old_state == ST_SYN_RECV && half->ts_ns && half->netns == ev->netns &&
	    half->lport == ev->lport) {
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
	tracker_stack_born(t, r, ev);
	if (ev->new_state == ST_SYN_SENT) {
		r->c.role = ROLE_CLIENT;
		r->c.flags |= ev->lport ? CONN_BOUND : CONN_AUTOBOUND;
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
	/* Who calls close() after another's shutdown() closes nothing any more. */
	if ((ev->new_state == ST_FIN_WAIT1 || ev->new_state == ST_LAST_ACK) &&
	    (ev->old_state != ev->new_state || !c->closer))
		tracker_set_actor(t, &c->closer, actor);
	if (!(c->flags & CONN_OWNER_FIRM)) {
		tracker_set_actor(t, &c->owner, actor);
		c->flags |= CONN_OWNER_FIRM;
	}
}

static void on_handed_over(struct tracker *t, struct row *r, const struct twt_event *ev)
{
	r->c.bytes_acked = ev->arg0;
	r->c.bytes_received = ev->arg1;
	tracker_full_gone(t, r, ev->ts_ns);
	tracker_rests(t, r);
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
	conclude_later(t, r, &p);
	/*
	 * An RST of ours, which tells an abort's reason, comes after the state. Elsewhere nothing is to be
	 * waited for.
	 */
	if (c->role == ROLE_LISTENER || old == ST_SYN_SENT || old == ST_LAST_ACK ||
	    (c->flags & CONN_RST_RCVD && old != ST_FIN_WAIT1 && old != ST_FIN_WAIT2))
		conclude_now(t, r);
}

static bool begins(const struct twt_event *ev)
{
	return ev->old_state == ST_CLOSE || (ev->old_state == ST_LISTEN && ev->new_state == ST_SYN_RECV);
}

/*
 * Did a connect() that we counted never send a SYN? Old recordings tell it of those alone that found no port. One that is still put off is counted
 * until it ends: nothing tells when its SYN goes out.
 */
static bool no_syn(const struct row *r, const struct twt_event *ev)
{
	return ev->old_state == ST_SYN_SENT && !(r->c.flags & CONN_BEGAN_BEFORE) &&
	       (ev->flags & TWT_F_NO_SYN || (ev->new_state == ST_CLOSE && !r->c.lport));
}

/* The row of the connection that @ev carries on; NULL if it begins one. */
static struct row *same_connection(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);

	if (r && !(r->c.flags & CONN_GONE) &&
	    (begins(ev) || (ev->old_state == ST_LISTEN) != (r->c.state == ST_LISTEN))) {
		tracker_next_connection(t, r, ev);
		return NULL;
	}
	if (r && r->c.flags & CONN_GONE) {
		tracker_row_free(t, r);
		r = NULL;
	}
	return r;
}

/* Its socket was never heard of before its minisock was: it got a cookie only now. */
static bool is_late_hand_over(const struct tracker *t, const struct twt_event *ev)
{
	const struct row *r = ev->new_state == ST_CLOSE ? table_find_tuple(t->table, ev) : NULL;

	return r && r->c.flags & CONN_MINISOCK && !r->c.cookie;
}

/* What a full socket can be in. */
static bool is_full_state(__u8 state)
{
	return state && state != ST_TIME_WAIT && state <= ST_SHOWN;
}

/*
 * What a full socket can do. Listeners are in lists of their own, which no odd event may bring out of
 * order.
 */
static bool is_possible(const struct twt_event *ev)
{
	if (!is_full_state(ev->old_state) || !is_full_state(ev->new_state))
		return false;
	if (ev->old_state == ST_LISTEN)
		return ev->new_state == ST_CLOSE || ev->new_state == ST_SYN_RECV ||
		       ev->new_state == ST_LISTEN;
	return ev->new_state != ST_LISTEN || ev->old_state == ST_CLOSE;
}

void tracker_state(struct tracker *t, const struct twt_event *ev)
{
	struct row *r;
	__u32 actor = 0;

	if (!is_possible(ev))
		return;
	if (ev->old_state != ev->new_state)
		tracker_netns(t, ev->netns)->kernel_state[ev->old_state][ev->new_state]++;
	if (ev->flags & TWT_F_HALF_COPY) {
		t->half[ev->cpu % MAX_CPUS] = (struct half_copy){ ev->ts_ns, ev->netns, ev->lport };
		return;
	}
	if (ev->old_state == ST_CLOSE && ev->new_state == ST_CLOSE)
		return;
	r = same_connection(t, ev);
	if (!r && is_late_hand_over(t, ev))
		return;
	actor = tracker_actor(t, ev);
	if (!r) {
		if (ev->old_state == ev->new_state)
			goto out;
		r = born(t, ev, ev->flags & TWT_F_INTENT ? actor : 0);
		if (!r || r->c.state == ev->new_state)
			goto out;
	}
	if (r->c.pending == PENDING_CLOSE)	/* only CLOSE -> x can follow */
		goto out;
	r->c.last_ns = ev->ts_ns;
	tracker_learn_tuple(t, r, ev);
	tracker_wire(t, r, ev);
	if (no_syn(r, ev))
		tracker_netns(t, ev->netns)->no_syn++;
	if (ev->flags & TWT_F_INTENT)
		note_intent(t, r, ev, actor);
	if (ev->old_state == ev->new_state)	/* close() after shutdown(): no transition */
		goto out;
	if (r->c.flags & CONN_MINISOCK) {	/* ... and only its hand-over is still to come */
		if (ev->new_state == ST_CLOSE)
			on_handed_over(t, r, ev);
		goto out;
	}
	if (r->c.state && r->c.state != ev->old_state) {
		/* Events of it were lost; the kernel is right. */
		tracker_gap(t, r);
		tracker_shift(t, r, ev->old_state, ev->ts_ns, TR_HEALED, 0);
	}
	if (ev->new_state == ST_CLOSE) {
		on_close(t, r, ev, actor);
		goto out;
	}
	if (ev->new_state == ST_FIN_WAIT1 && (ev->flags & (TWT_F_SHUT_RD | TWT_F_SHUT_WR)) == TWT_F_SHUT_WR)
		r->c.flags |= CONN_SHUTDOWN_FIRST;
	if (ev->new_state == ST_LISTEN)
		tracker_add_listener(t, r);
	tracker_shift(t, r, ev->new_state, ev->ts_ns, 0, ev->flags & TWT_F_INTENT ? actor : 0);
out:
	actors_unref(t->actors, actor);
}

static struct row *find_live(const struct tracker *t, const struct twt_event *ev)
{
	struct row *r = table_find(t->table, ev);

	return r && r->c.flags & CONN_GONE ? NULL : r;
}

void tracker_rst(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = ev->flags & TWT_F_MINISOCK ? tracker_minisock(t, ev) : find_live(t, ev);

	if (!r)
		return;
	if (ev->kind == TWT_RST_RCVD) {
		r->c.flags |= CONN_RST_RCVD;
		return;
	}
	r->rst_ns = ev->ts_ns;
	r->rst_reason = ev->reason;
	if (r->c.pending == PENDING_CLOSE)
		conclude_now(t, r);
}

void tracker_destroy(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = find_live(t, ev);

	if (!r)
		return;
	if (r->c.flags & CONN_MINISOCK)
		tracker_full_gone(t, r, ev->ts_ns);
	else if (!r->c.pending) /* what waits for an RST of ours still does: the RST comes after this, too */
		tracker_lost(t, r, ev->ts_ns);
}

/* The first sign that it is not in its listener's queue any more. */
static void note_accepted(struct tracker *t, struct row *r, const struct twt_event *ev)
{
	struct conn *c = &r->c;
	__u64 established = c->born_ns + c->in_ns[ST_SYN_RECV];

	if (c->role != ROLE_SERVER || c->flags & CONN_ACCEPTED)
		return;
	c->flags |= CONN_ACCEPTED;
	if (c->flags & (CONN_BEGAN_BEFORE | CONN_GAP) || !(c->states_seen & 1U << ST_ESTABLISHED) || !t->ops->accepted)
		return;
	t->ops->accepted(t->ctx, c, ev->ts_ns, ev->ts_ns > established ? ev->ts_ns - established : 0,
			 !(ev->flags & TWT_F_ACCEPTED));
}

void tracker_touch(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = find_live(t, ev);
	__u32 actor;

	if (!r)
		return;
	note_accepted(t, r, ev);
	if (r->c.flags & CONN_OWNER_FIRM)
		return;
	actor = tracker_actor(t, ev);
	if (actor) {
		tracker_set_actor(t, &r->c.owner, actor);
		if (!(ev->flags & TWT_F_ACCEPTED))	/* who accepts may hand it on to another process, which uses it */
			r->c.flags |= CONN_OWNER_FIRM;
	}
	actors_unref(t->actors, actor);
}
