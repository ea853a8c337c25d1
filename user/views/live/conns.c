/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that exist, those that ended last, and how many are in which state. */
#include <errno.h>
#include <string.h>
#include "core/event/event.h"
#include "core/stats/fields/field.h"
#include "views/live/parts.h"
#include "views/out.h"

enum { BY_NEWEST, BY_IN_STATE, BY_AGE, BY_STATE, BY_PROCESS, BY_LOCAL, BY_REMOTE, BY_MAX };
static const char *const sort_words[BY_MAX] = { "newest", "in-state", "age", "state", "process", "local", "remote" };

static unsigned int sort_of(const char *word)
{
	unsigned int i = BY_NEWEST;

	while (word && *word && i < BY_MAX && strcmp(word, sort_words[i]))
		i++;
	return i;
}

bool conns_can_sort(const char *sort)
{
	return sort_of(sort) < BY_MAX;
}

/* --- the order: keys of all, of which only the page that is looked at is sorted --- */

/* @last: of so many that were found none behind it can be on the page. */
struct query { struct live *l; const struct filter *filter; unsigned int by; bool down, full; size_t want, n; struct order_key last; };
#define SPARE 4096		/* keys beyond those of the page, before they are dropped: they are many, and so is their memory */

static bool wanted(const struct live *l, const struct filter *filter, const struct conn *c, const struct actors *as, __u32 states)
{
	return c->role != ROLE_LISTENER && filter_match(l->env->filter, c, as, states) && (!filter || filter_match(filter, c, as, states));
}

static __u64 big_endian(const void *bytes)
{
	__u64 v;

	memcpy(&v, bytes, sizeof(v));
	return __builtin_bswap64(v);
}

static struct order_key key_of(const struct query *q, const struct conn *c)
{
	const struct actor *a = actors_get(tracker_actors(q->l->env->tracker), c->owner);
	struct order_key k = { .id = tracker_id(c), .stamp = c->born_ns };

	switch (q->by) {
	case BY_NEWEST: k.hi = ~c->born_ns; break;
	case BY_IN_STATE: k.hi = ~c->since_ns; break;
	case BY_AGE: k.hi = ~c->born_ns; break;
	case BY_STATE: k.hi = c->state; break;
	case BY_PROCESS:
		k.hi = a ? big_endian(a->comm) : ~0ULL;
		k.lo = a ? a->tgid : 0;
		break;
	case BY_LOCAL: order_by_address(&k, c->laddr, c->lport); break;
	case BY_REMOTE: order_by_address(&k, c->raddr, c->rport); break;
	}
	if (q->down) {
		k.hi = ~k.hi;
		k.lo = ~k.lo;
	}
	return k;
}

static int add_key(void *ctx, const struct conn *c)
{
	struct query *q = ctx;
	struct order *o = &q->l->order;
	struct order_key k;
	int err;

	if (!wanted(q->l, q->filter, c, tracker_actors(q->l->env->tracker), 1U << c->state))
		return 0;
	q->n++;
	k = key_of(q, c);
	if (q->full && !order_less(&k, &q->last))
		return 0;
	err = order_add(o, &k);
	if (!err && o->n >= 2 * q->want + SPARE) {
		order_cut(o, q->want);
		q->last = o->keys[q->want - 1];
		q->full = true;
	}
	return err;
}

/* --- objects --- */

/* @now_ns: what the row is true of. */
void live_conn(const struct live *l, struct json *j, const struct conn *c, const struct actors *as, __u64 now_ns, bool alive)
{
	struct field_src src = {
		.conn = c, .actors = as, .clock_offset = tracker_clock_offset(l->env->tracker), .utc_offset = l->env->utc_offset,
		.now_ns = now_ns, .start_ns = l->start_ns, .alive = alive,
	};

	fields_conn_object(j, &src);
	if (alive && !(c->flags & CONN_SINCE_UNKNOWN))
		json_u64(j, "since_ns", c->since_ns);
	if (alive)
		json_u64(j, "born_ns", c->born_ns);
	out_stacks(j, l->env->tracker, c);
}

static void add_conn(const struct live *l, struct strbuf *b, const struct conn *c, const struct actors *as, __u64 now_ns, bool alive)
{
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	live_conn(l, &j, c, as, now_ns, alive);
	json_close(&j, '}');
	strbuf_addc(b, '\n');
}

int conns_rows(struct live *l, const struct live_query *q, const struct filter *filter, struct strbuf *text)
{
	struct query look = { .l = l, .filter = filter, .by = sort_of(q->sort), .down = q->down, .want = (size_t)q->offset + live_limit(q) };
	const struct tracker *t = l->env->tracker;
	const struct order_key *k;
	size_t n;
	int err;

	order_clear(&l->order);
	if (filter_only(l->env->filter, FILTER_ENDS) && (!filter || filter_only(filter, FILTER_ENDS)))
		err = tracker_foreach_ends(t, add_key, &look);
	else
		err = tracker_foreach(t, add_key, &look);
	if (err)
		return err;
	n = q->offset < l->order.n ? l->order.n - q->offset : 0;
	if (n > live_limit(q))
		n = live_limit(q);
	k = n ? order_window(&l->order, q->offset, n) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct conn *c = tracker_conn(t, k[i].id);

		if (c && c->born_ns == k[i].stamp)
			add_conn(l, text, c, tracker_actors(t), tracker_now(t), true);
	}
	return (int)look.n;
}

int ended_rows(const struct live *l, const struct live_query *q, const struct filter *filter, struct strbuf *text)
{
	const struct actors *as = history_actors(l->ended);
	size_t found = 0, n = history_n(l->ended);

	for (size_t i = 0; i < n; i++) {
		const struct moment *m = history_at(l->ended, n - 1 - i);

		if (!wanted(l, filter, &m->conn, as, m->conn.states_seen))
			continue;
		if (found >= q->offset && found - q->offset < live_limit(q))
			add_conn(l, text, &m->conn, as, m->tr.ts_ns, false);
		found++;
	}
	return (int)found;
}

/* --- states --- */

struct counting { const struct live *l; const struct filter *filter; __u64 counts[ST_MAX]; };

static int count_conn(void *ctx, const struct conn *c)
{
	struct counting *k = ctx;
	const struct actors *as = tracker_actors(k->l->env->tracker);

	if (c->state <= ST_SHOWN && filter_match(k->l->env->filter, c, as, 1U << c->state) && (!k->filter || filter_match(k->filter, c, as, 1U << c->state)))
		k->counts[c->state]++;
	return 0;
}

static int count_halfopen(void *ctx, __u32 netns, __u16 lport, __u64 n, const struct conn *listener)
{
	struct counting *k = ctx;
	const struct actors *as = tracker_actors(k->l->env->tracker);
	const struct conn c = conn_half_open(netns, lport, listener);

	if (filter_match(k->l->env->filter, &c, as, 1U << ST_SYN_RECV) && (!k->filter || filter_match(k->filter, &c, as, 1U << ST_SYN_RECV)))
		k->counts[ST_SYN_RECV] += n;
	return 0;
}

int states_rows(const struct live *l, const struct filter *filter, struct strbuf *text)
{
	static const __u8 order[ST_SHOWN] = {
		ST_LISTEN, ST_SYN_SENT, ST_SYN_RECV, ST_ESTABLISHED, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_CLOSING, ST_TIME_WAIT, ST_CLOSE_WAIT, ST_LAST_ACK, ST_CLOSE,
	};
	struct counting k = { .l = l, .filter = filter };

	if (filter || !filter_is_empty(l->env->filter)) {
		(void)tracker_foreach(l->env->tracker, count_conn, &k);
		(void)tracker_foreach_halfopen(l->env->tracker, count_halfopen, &k);
	} else {
		tracker_counts(l->env->tracker, k.counts);
	}
	for (size_t i = 0; i < ST_SHOWN; i++) {
		__u64 entered = 0, left = 0;
		struct json j;

		for (unsigned int other = 0; other < ST_MAX; other++) {
			entered += other == order[i] ? 0 : l->flow.total.moves[other][order[i]];
			/* A child of a listener does not take it out of LISTEN. */
			if (other != order[i] && !(order[i] == ST_LISTEN && other == ST_SYN_RECV))
				left += l->flow.total.moves[order[i]][other];
		}
		json_init(&j, text);
		json_open(&j, NULL, '{');
		json_str(&j, "state", tcp_state_name(order[i]));
		json_u64(&j, "now", k.counts[order[i]]);
		json_u64(&j, "entered", entered);
		json_u64(&j, "left", left);
		json_close(&j, '}');
		strbuf_addc(text, '\n');
	}
	return ST_SHOWN;
}
