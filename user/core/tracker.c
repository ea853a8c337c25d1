// SPDX-License-Identifier: GPL-2.0-only
/* Dispatch, the states of full sockets, and the way out. */
#include "core/tracker.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/tracker_int.h"

#define NO_ROW 0xffffffffU

int tracker_new(const struct tracker_config *cfg, const struct tracker_ops *ops, void *ctx, struct tracker **ret)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->ops = ops;
	t->ctx = ctx;
	memset(t->listeners, 0xff, sizeof(t->listeners));
	t->table = table_new(cfg && cfg->max_conns ? cfg->max_conns : 1U << 20);
	t->actors = actors_new(cfg && cfg->max_actors ? cfg->max_actors : 65536);
	t->half = calloc(MAX_CPUS, sizeof(*t->half));
	if (!t->table || !t->actors || !t->half || settle_init(&t->settle)) {
		tracker_free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	table_free(t->table);
	actors_free(t->actors);
	totals_clear(&t->totals);
	free(t->settle.q);
	free(t->half);
	free(t->halfopen);
	free(t->pass_netns);
	free(t);
}

struct netns_totals *tracker_netns(struct tracker *t, __u32 netns)
{
	struct netns_totals *nt = totals_of(&t->totals, netns);

	return nt ? nt : &t->beyond;
}

void tracker_set_actor(struct tracker *t, __u32 *slot, __u32 actor)
{
	__u32 old = *slot;

	*slot = actors_ref(t->actors, actor);
	actors_unref(t->actors, old);
}

/* A kworker that closes a user's socket for it (delayed fput, io_uring, netns teardown, MPTCP) is nobody's name. */
__u32 tracker_actor(struct tracker *t, const struct twt_event *ev)
{
	if (!(ev->flags & TWT_F_TASK) || ((ev->flags & TWT_F_KTHREAD) && !(ev->flags & TWT_F_KERN_SOCK)))
		return 0;
	return actors_of_event(t->actors, ev);
}

static bool addr_is_any(const __u8 a[16])
{
	static const __u8 any6[16];

	return !memcmp(a, any6, 16) || (addr_is_v4(a) && !memcmp(a + 12, any6, 4));
}

/* The port of a connect() and the address of an unbound socket become known on the way; a row without cookie is keyed by them. */
void tracker_learn_tuple(struct row *r, const struct twt_event *ev)
{
	struct conn *c = &r->c;

	if (!c->cookie)
		return;
	if (!c->lport)
		c->lport = ev->lport;
	if (!c->rport)
		c->rport = ev->rport;
	if (addr_is_any(c->laddr) && ev->lport)
		memcpy(c->laddr, ev->laddr, 16);
	if (addr_is_any(c->raddr))
		memcpy(c->raddr, ev->raddr, 16);
}

static __u32 *listener_bucket(const struct tracker *t, __u32 netns, __u16 lport)
{
	return (__u32 *)&t->listeners[(netns * 31 + lport) % LISTENER_BUCKETS];
}

void tracker_add_listener(struct tracker *t, struct row *r)
{
	__u32 *head = listener_bucket(t, r->c.netns, r->c.lport);

	r->c.role = ROLE_LISTENER;
	r->next = *head;
	*head = r->id;
}

static void remove_listener(struct tracker *t, struct row *r)
{
	__u32 *at = listener_bucket(t, r->c.netns, r->c.lport);

	while (*at != NO_ROW && *at != r->id)
		at = &table_row(t->table, *at)->next;
	if (*at == r->id)
		*at = r->next;
}

/*
 * The listener of (@netns, @lport) that takes connections to @laddr (NULL: any). Several with different owners (SO_REUSEPORT) leave it
 * open whose the connection is: NULL, never a guess.
 */
const struct conn *tracker_listener(const struct tracker *t, __u32 netns, __u16 lport, const __u8 *laddr)
{
	const struct conn *found = NULL;
	struct row *r;

	for (r = table_row(t->table, *listener_bucket(t, netns, lport)); r; r = table_row(t->table, r->next)) {
		const struct conn *c = &r->c;

		if (c->netns != netns || c->lport != lport || c->state != ST_LISTEN)
			continue;
		if (laddr && !addr_is_any(c->laddr) && memcmp(c->laddr, laddr, 16))
			continue;
		if (found && found->owner != c->owner)
			return NULL;
		found = c;
	}
	return found;
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
	c->state = state;
	c->since_ns = ts;
	if (marks & (TR_HEALED | TR_SEEDED))
		c->flags |= CONN_SINCE_UNKNOWN;
	else
		c->flags &= ~CONN_SINCE_UNKNOWN;
	if (!(marks & TR_SEEDED))
		tracker_netns(t, c->netns)->transitions++;
	if (t->ops->transition)
		t->ops->transition(t->ctx, &tr);
}

static void free_row(struct tracker *t, struct row *r)
{
	actors_unref(t->actors, r->c.opener);
	actors_unref(t->actors, r->c.owner);
	actors_unref(t->actors, r->c.closer);
	actors_unref(t->actors, r->c.tw_ender);
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
		t->ops->closed(t->ctx, c, ts);
}

void tracker_gone(struct tracker *t, struct row *r, __u64 ts)
{
	tracker_full_gone(t, r, ts);
	if (r->c.role == ROLE_LISTENER)
		remove_listener(t, r);
	else
		tracker_netns(t, r->c.netns)->closed++;
	if (t->ops->gone)
		t->ops->gone(t->ctx, &r->c, ts);
	if (!t->pass_open) {
		free_row(t, r);
		return;
	}
	r->c.flags |= CONN_GONE;
	r->c.state = ST_NONE;
	t->tombstones++;
}

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

static void on_state(struct tracker *t, const struct twt_event *ev)
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
		free_row(t, r);
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

static void on_rst(struct tracker *t, const struct twt_event *ev)
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

static void on_destroy(struct tracker *t, const struct twt_event *ev)
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

static void on_touch(struct tracker *t, const struct twt_event *ev)
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

static void on_halfopen(struct tracker *t, const struct twt_event *ev)
{
	struct halfopen_row *h = t->halfopen, *grown;
	size_t i;

	for (i = 0; i < t->n_halfopen; i++) {
		if (h[i].netns > ev->netns || (h[i].netns == ev->netns && h[i].lport >= ev->lport))
			break;
	}
	if (i < t->n_halfopen && h[i].netns == ev->netns && h[i].lport == ev->lport) {
		if (ev->arg0) {
			h[i].count = ev->arg0;
		} else {
			t->n_halfopen--;
			memmove(&h[i], &h[i + 1], (t->n_halfopen - i) * sizeof(*h));
		}
		return;
	}
	if (!ev->arg0)
		return;
	if (t->n_halfopen == t->cap_halfopen) {
		size_t cap = t->cap_halfopen ? t->cap_halfopen * 2 : 64;

		grown = cap <= HALFOPEN_MAX ? realloc(h, cap * sizeof(*h)) : NULL;
		if (!grown) {
			t->losses[LOSS_HALFOPEN]++;
			return;
		}
		t->halfopen = h = grown;
		t->cap_halfopen = cap;
	}
	memmove(&h[i + 1], &h[i], (t->n_halfopen - i) * sizeof(*h));
	h[i] = (struct halfopen_row){ ev->netns, ev->lport, ev->arg0 };
	t->n_halfopen++;
}

static void on_counter(struct tracker *t, const struct twt_event *ev)
{
	struct netns_totals *nt;

	switch (ev->aux) {
	case TWT_L_RING: t->losses[LOSS_RING] = ev->arg0; return;
	case TWT_L_RECURSION: t->losses[LOSS_RECURSION] = ev->arg0; return;
	case TWT_L_HALFOPEN: t->losses[LOSS_HALFOPEN] = ev->arg0; return;
	case TWT_L_BAD: t->losses[LOSS_BAD] = ev->arg0; return;
	}
	if (ev->aux >= TWT_C_KERNEL_MAX)
		return;
	nt = tracker_netns(t, ev->netns);
	(ev->old_state ? nt->counter_now : nt->counter_base)[ev->aux] = ev->arg0;
	*(ev->old_state ? &nt->has_now : &nt->has_base) = true;
}

void tracker_event(struct tracker *t, const struct twt_event *ev)
{
	if (ev->ts_ns > t->now_ns)
		t->now_ns = ev->ts_ns;
	if (t->now_ns > TRACKER_SETTLE_NS)
		settle_until(t, t->now_ns - TRACKER_SETTLE_NS);
	switch (ev->kind) {
	case TWT_STATE: on_state(t, ev); break;
	case TWT_TW_START: tracker_tw_start(t, ev); break;
	case TWT_TW_CANCEL: tracker_tw_cancel(t, ev); break;
	case TWT_TW_EXPIRE: tracker_tw_expire(t, ev); break;
	case TWT_TW_SEGMENT: tracker_tw_segment(t, ev); break;
	case TWT_RST_SENT:
	case TWT_RST_RCVD: on_rst(t, ev); break;
	case TWT_DESTROY: on_destroy(t, ev); break;
	case TWT_TOUCH: on_touch(t, ev); break;
	case TWT_SNAP_BEGIN: tracker_snap_begin(t, ev); break;
	case TWT_SNAP: tracker_snap(t, ev); break;
	case TWT_SNAP_OWNER: tracker_snap_owner(t, ev); break;
	case TWT_SNAP_END: tracker_snap_end(t, ev); break;
	case TWT_HALFOPEN: on_halfopen(t, ev); break;
	case TWT_COUNTER: on_counter(t, ev); break;
	case TWT_CLOCK: t->clock_offset = event_sarg0(ev); break;
	case TWT_PLAN:
		t->plan = ev->arg0;
		t->totals.tw_at_expiry = t->plan & TWT_PLAN_TW_AT_EXPIRY;
		break;
	case TWT_TICK: break;
	}
}

void tracker_finish(struct tracker *t)
{
	settle_until(t, ~0ULL);
}
