// SPDX-License-Identifier: GPL-2.0-only
/*
 * Snapshots: the seed at the start, and healing after a loss. Records come through the same ring as live
 * events, and a full socket is locked while it is shown, so a record is true at its place in the stream.
 * Only a minisock may be shown between its timer's cancel and its leaving the hash table: ended rows stay
 * as tombstones until the pass is over.
 */
#include <stdlib.h>
#include "core/track/parts.h"

#define PASS_NETNS_MAX 65536

void tracker_snap_begin(struct tracker *t, const struct twt_event *ev)
{
	if (ev->aux == TWT_SNAP_BINDS)	/* of sockets that are no connections */
		return;
	if (!t->pass_open || !ev->netns) {	/* one that was not brought to its end is forgotten */
		t->pass_open = true;
		t->pass++;
		t->pass_why = ev->aux;
		t->pass_begin_ns = ev->ts_ns;
		t->pass_found = t->pass_changed = 0;
		t->n_pass_netns = 0;
		/* Programs begin to run on one processor after the other: what did not fit until now is no loss, and this look finds it. */
		if (ev->aux == TWT_SNAP_START) {
			t->starting = true;
			t->gaps = 0;
		}
	}
	if (!ev->netns)
		return;
	if (t->n_pass_netns == t->cap_pass_netns) {
		size_t cap = t->cap_pass_netns ? t->cap_pass_netns * 2 : 16;
		__u32 *grown = cap <= PASS_NETNS_MAX ? realloc(t->pass_netns, cap * sizeof(*grown)) : NULL;

		if (!grown) {	/* then it is not swept: stale rows stay, nothing true is lost */
			t->losses[LOSS_TABLE_FULL]++;
			return;
		}
		t->pass_netns = grown;
		t->cap_pass_netns = cap;
	}
	t->pass_netns[t->n_pass_netns++] = ev->netns;
}

static bool is_minisock(const struct twt_event *ev)
{
	return ev->new_state == ST_TIME_WAIT;	/* full sockets are never */
}

static __u8 shown_state(const struct twt_event *ev)
{
	if (is_minisock(ev))
		return ev->substate == ST_FIN_WAIT2 ? ST_FIN_WAIT2 : ST_TIME_WAIT;
	return ev->new_state;
}

/* How it came to its port; and, of a minisock, when its timer was set. */
static void note_port(struct conn *c, const struct twt_event *ev)
{
	long long left = event_sarg0(ev);

	if (ev->flags & TWT_F_BOUND)
		c->flags |= CONN_BOUND;
	else if (ev->flags & TWT_F_AUTOBOUND)
		c->flags |= CONN_AUTOBOUND;
	if (ev->flags & TWT_F_NO_TSTAMP)
		c->flags |= CONN_NO_TSTAMP;
	if (is_minisock(ev) && ev->substate == ST_TIME_WAIT && left >= 0 && (__u64)left <= TW_LEN_NS && ev->ts_ns >= TW_LEN_NS)
		c->tw_armed_ns = ev->ts_ns + (__u64)left - TW_LEN_NS;
}

static struct row *found(struct tracker *t, const struct twt_event *ev, __u8 state)
{
	struct row *r = tracker_row_new(t, ev);
	const struct conn *listener;

	if (!r)
		return NULL;
	r->c.flags |= CONN_BEGAN_BEFORE;
	note_port(&r->c, ev);
	if (t->pass_why != TWT_SNAP_START) {
		r->c.flags |= CONN_GAP;
		t->pass_changed++;
	}
	if (is_minisock(ev)) {
		r->c.flags |= CONN_MINISOCK | CONN_FULL_SOCK_GONE;
		r->c.substate = state;
		tracker_netns(t, ev->netns)->tw_seeded++;
		tracker_netns(t, ev->netns)->tw_alive++;
	}
	if (r->c.flags & CONN_KERNEL) {		/* no descriptor will name it */
		r->c.owner = tracker_kernel(t);		/* with its reference */
		r->c.flags |= CONN_OWNER_FIRM;
	}
	if (state == ST_LISTEN) {
		tracker_add_listener(t, r);
	} else if (!r->c.owner && ev->flags & TWT_F_UNACCEPTED && (state == ST_ESTABLISHED || state == ST_CLOSE_WAIT)) {
		listener = tracker_listener(t, ev->netns, ev->lport, ev->laddr);
		if (listener) {
			r->c.role = ROLE_SERVER;
			tracker_set_actor(t, &r->c.owner, listener->owner);
		}
	} else if (ev->flags & TWT_F_BOUND && ev->flags & TWT_F_AUTOBOUND && !tracker_listener(t, ev->netns, ev->lport, ev->laddr)) {
		r->c.role = ROLE_CLIENT;	/* unless it is a child of a listener without a backlog */
	}
	tracker_shift(t, r, state, ev->ts_ns, TR_SEEDED | (t->pass_why ? TR_HEALED : 0), 0);
	return r;
}

/* The table may believe in another state than the kernel shows. Returns the row of what is shown, or NULL. */
static struct row *correct(struct tracker *t, struct row *r, const struct twt_event *ev, __u8 state)
{
	struct conn *c = &r->c;

	if (is_minisock(ev)) {
		if (!(c->flags & CONN_MINISOCK)) {
			t->pass_changed++;
			tracker_hand_over(t, r, ev, true);
		} else if (c->state == ST_FIN_WAIT2 && state == ST_TIME_WAIT && !c->pending) {
			r->c.substate = state;
			tracker_converted(t, r, ev->ts_ns, event_sarg0(ev));
		}
		return r;	/* shown in FIN_WAIT2 and converted since: read before, told after */
	}
	if (c->pending)
		return r;
	if (c->flags & CONN_MINISOCK || (c->state == ST_LISTEN) != (state == ST_LISTEN)) {
		t->pass_changed++;
		tracker_next_connection(t, r, ev);
		return found(t, ev, state);
	}
	tracker_learn_tuple(t, r, ev);
	if (c->state != state) {
		c->flags |= CONN_GAP;
		t->pass_changed++;
		tracker_shift(t, r, state, ev->ts_ns, TR_HEALED, 0);
	}
	return r;
}

void tracker_snap(struct tracker *t, const struct twt_event *ev)
{
	__u8 state = shown_state(ev);
	struct row *r;

	if (ev->flags & TWT_F_REQSK || !state || state >= ST_NEW_SYN_RECV || state == ST_CLOSE)
		return;
	t->pass_found++;
	r = is_minisock(ev) ? tracker_minisock(t, ev) : table_find(t->table, ev);
	if (!r)
		r = found(t, ev, state);
	else if (!(r->c.flags & CONN_GONE))
		r = correct(t, r, ev, state);
	if (!r)
		return;
	r->pass = t->pass;
	if (!(r->c.flags & (CONN_GONE | CONN_FULL_SOCK_GONE)))
		tracker_wire(t, r, ev);
}

void tracker_snap_owner(struct tracker *t, const struct twt_event *ev)
{
	struct row *r = ev->cookie ? table_find(t->table, ev) : NULL;
	__u32 actor;

	if (!r || r->c.flags & (CONN_GONE | CONN_OWNER_FIRM))
		return;
	actor = tracker_actor(t, ev);
	if (actor) {
		tracker_set_actor(t, &r->c.owner, actor);
		r->c.flags |= CONN_OWNER_FIRM;
	}
	actors_unref(t->actors, actor);
}

static int by_number(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

static bool looked_at(const struct tracker *t, __u32 netns)
{
	return bsearch(&netns, t->pass_netns, t->n_pass_netns, sizeof(netns), by_number) != NULL;
}

/*
 * A row that the pass should have met and did not, and of which nothing was heard since, is gone: its end
 * was lost.
 */
static void sweep(struct tracker *t, const struct row *r, __u64 ts)
{
	const struct conn *c = &r->c;

	if (r->pass == t->pass || c->pending || c->last_ns >= t->pass_begin_ns ||
	    c->born_ns >= t->pass_begin_ns || !looked_at(t, c->netns))
		return;
	t->pass_changed++;
	tracker_lost(t, table_row(t->table, r->id), ts);
}

void tracker_snap_end(struct tracker *t, const struct twt_event *ev)
{
	const struct row *r;
	struct row scratch;
	__u32 id;

	if (!t->pass_open || ev->netns || ev->aux == TWT_SNAP_BINDS)
		return;
	t->pass_open = t->starting = false;
	if (t->n_pass_netns)
		qsort(t->pass_netns, t->n_pass_netns, sizeof(*t->pass_netns), by_number);
	for (id = 0; id < table_end(t->table); id++) {
		r = table_peek(t->table, id, &scratch);
		if (!r)
			continue;
		if (r->c.flags & CONN_GONE)
			table_remove(t->table, table_row(t->table, id));
		else
			sweep(t, r, ev->ts_ns);
	}
	if (t->ops->snapshot)
		t->ops->snapshot(t->ctx, t->pass_why, 0, t->pass_found, t->pass_changed);
}
