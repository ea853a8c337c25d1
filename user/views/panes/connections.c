/* SPDX-License-Identifier: GPL-2.0-only */
/* The pane of connections. The table may hold a million: keys are made of all at a refresh, only what is shown is sorted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/stats/hist/out.h"
#include "core/text/fmt.h"
#include "views/panes/conns.h"

#define STUCK_NS (10 * SECOND_NS)

enum { BY_IN_STATE, BY_STUCK, BY_STATE, BY_NEWEST, BY_PID, BY_COMM, BY_LOCAL, BY_REMOTE, BY_LPORT, BY_RPORT };
static const char *const sort_names[] = {
	[BY_IN_STATE] = "time in state", [BY_STUCK] = "stuck first", [BY_STATE] = "state", [BY_NEWEST] = "newest first",
	[BY_PID] = "pid", [BY_COMM] = "name", [BY_LOCAL] = "local address", [BY_REMOTE] = "remote address",
	[BY_LPORT] = "local port", [BY_RPORT] = "remote port", NULL,
};

static const struct column columns[] = {
	{ "STATE", 11, 0, 0, 0, false, BY_STATE }, { "FOR", 8, 0, 0, 0, true, BY_IN_STATE }, { "LIFE", 8, 110, 0, 0, true, BY_NEWEST },
	{ "PID", 7, 0, 0, 0, true, BY_PID }, { "COMM", 7, 0, 1, 16, false, BY_COMM }, { "ROLE", 8, 110, 0, 0, false, -1 },
	{ "LOCAL", 15, 0, 4, 47, false, BY_LOCAL }, { "REMOTE", 15, 0, 4, 47, false, BY_REMOTE },
	{ "VERDICT", 7, 0, 1, 12, false, -1 }, { "CONTAINER", 12, 130, 1, 60, false, -1 }, { "NETNS", 10, 140, 1, 30, true, -1 }, { "COOKIE", 10, 150, 0, 0, true, -1 },
};
enum { C_STATE, C_FOR, C_LIFE, C_PID, C_COMM, C_ROLE, C_LOCAL, C_REMOTE, C_VERDICT, C_PLACE, C_NETNS, C_COOKIE, N_COLUMNS };
_Static_assert(sizeof(columns) / sizeof(columns[0]) == N_COLUMNS && N_COLUMNS <= COLUMNS_MAX, "columns and their names");

/* --- the order ----------------------------------------------------------------------------------------------------------- */

static __u64 big_endian(const void *bytes)
{
	__u64 v;

	memcpy(&v, bytes, sizeof(v));
	return __builtin_bswap64(v);
}

/* Whom it waits for: 0 its own process, which is a leak, 1 or 2 the peer; 3: it is not stuck. */
static __u64 stuck_rank(const struct conn *c, __u64 now_ns)
{
	if (now_ns < c->since_ns || now_ns - c->since_ns < STUCK_NS)
		return 3;
	return c->state == ST_CLOSE_WAIT ? 0 : c->state == ST_LAST_ACK ? 1 : c->state == ST_FIN_WAIT2 ? 2 : 3;
}

static bool is_stuck(const struct conn *c, __u64 now_ns)
{
	return stuck_rank(c, now_ns) < 3;
}

static __u64 state_rank(unsigned int state)
{
	static const __u8 rank[ST_MAX] = {
		[ST_SYN_SENT] = 1, [ST_SYN_RECV] = 2, [ST_ESTABLISHED] = 3, [ST_FIN_WAIT1] = 4, [ST_FIN_WAIT2] = 5,
		[ST_CLOSING] = 6, [ST_CLOSE_WAIT] = 7, [ST_LAST_ACK] = 8, [ST_TIME_WAIT] = 9, [ST_CLOSE] = 10, [ST_LISTEN] = 11,
	};

	return state < ST_MAX ? rank[state] : 0;
}

static struct order_key key_of(const struct top *t, const struct conn *c)
{
	const struct actor *a = actors_get(tracker_actors(t->env->tracker), c->owner);
	struct order_key k = { .lo = c->cookie, .id = tracker_id(c), .stamp = c->born_ns ^ c->cookie << 1 };
	/* Listeners are in their state for ever: they come last, or nothing else would be seen. */
	__u64 last = (__u64)(c->state == ST_LISTEN) << 63;

	switch (t->sort[PANE_CONNECTIONS]) {
	case BY_IN_STATE: k.hi = last | c->since_ns; break;
	case BY_STUCK: k.hi = last | stuck_rank(c, t->live.now_ns) << 61 | c->since_ns; break;
	case BY_STATE: k.hi = state_rank(c->state) << 59 | c->since_ns; break;
	case BY_NEWEST: k.hi = ~c->born_ns; break;
	case BY_PID: k.hi = a ? a->tgid : ~0ULL; break;
	case BY_COMM:
		k.hi = a ? big_endian(a->comm) : ~0ULL;
		k.lo = a ? big_endian(a->comm + 8) : 0;
		break;
	case BY_LOCAL: order_by_address(&k, c->laddr, c->lport); break;
	case BY_REMOTE: order_by_address(&k, c->raddr, c->rport); break;
	case BY_LPORT: k.hi = c->lport; break;
	case BY_RPORT: k.hi = c->rport; break;
	}
	if (t->reverse[PANE_CONNECTIONS]) {
		k.hi = ~k.hi;
		k.lo = ~k.lo;
	}
	return k;
}

static int add_conn(void *ctx, const struct conn *c)
{
	struct top *t = ctx;
	struct order_key k;

	if (!top_wants(t, c, 1U << c->state))
		return 0;
	if (t->conns->only && !filter_match(t->conns->only, c, tracker_actors(t->env->tracker), 1U << c->state))
		return 0;
	k = key_of(t, c);
	return order_add(&t->conns->order, &k);
}

static int conns_rebuild(struct top *t)
{
	int err;

	order_clear(&t->conns->order);
	t->conns->now_ns = t->live.now_ns;
	err = tracker_foreach(t->env->tracker, add_conn, t);
	t->lists[PANE_CONNECTIONS].n = t->conns->order.n;
	return err;
}

/* The connection that @k was made of, or NULL: it is gone. */
static const struct conn *conn_of(const struct top *t, const struct order_key *k)
{
	const struct conn *c = tracker_conn(t->env->tracker, k->id);

	return c && (c->born_ns ^ c->cookie << 1) == k->stamp ? c : NULL;
}

/* --- drawing ------------------------------------------------------------------------------------------------------------- */

static void say_cell(struct strbuf *b, const struct top *t, const struct conn *c, size_t column, int width)
{
	const struct actor *a = actors_get(tracker_actors(t->env->tracker), c->owner);
	__u64 now = t->conns->now_ns;

	switch (column) {
	case C_STATE: strbuf_adds(b, tcp_state_name(c->state)); break;
	case C_FOR:
		if (c->flags & CONN_SINCE_UNKNOWN)
			strbuf_addc(b, '>');	/* it was in it before we looked */
		say_for(b, now > c->since_ns ? now - c->since_ns : 0);
		break;
	case C_LIFE:
		if (c->flags & CONN_BEGAN_BEFORE)
			strbuf_addc(b, '>');
		say_for(b, now > c->born_ns ? now - c->born_ns : 0);
		break;
	case C_PID:
		if (a)
			strbuf_addf(b, "%u", a->tgid);
		else
			strbuf_addc(b, '-');
		break;
	case C_COMM: fmt_comm(b, a ? a->comm : c->flags & CONN_KERNEL ? "kernel" : "-"); break;
	case C_ROLE: strbuf_adds(b, conn_role_name(c->role)); break;
	case C_LOCAL: say_endpoint(b, c->laddr, c->lport, c->family, width); break;
	case C_REMOTE: say_endpoint(b, c->raddr, c->rport, c->family, width); break;
	case C_VERDICT: strbuf_adds(b, close_kind_name(c->close)); break;
	case C_PLACE: say_place(b, actors_name(tracker_actors(t->env->tracker), c->owner)); break;
	case C_NETNS: say_netns(b, tracker_names(t->env->tracker), c->netns); break;
	case C_COOKIE: strbuf_addf(b, "%llx", (unsigned long long)c->cookie); break;
	}
}

static void draw_row(struct top *t, int y, const struct placed *p, const struct order_key *k, bool at, struct strbuf *b)
{
	const struct conn *c = conn_of(t, k);
	size_t i;

	if (at)
		term_fill(t->term, y, 0, term_cols(t->term), LOOK_SELECTED, false, "");
	if (!c) {
		(void)term_put(t->term, y, 0, 20, at ? LOOK_SELECTED : LOOK_DIM, "(gone)");
		return;
	}
	for (i = 0; i < N_COLUMNS; i++) {
		enum look look = i == C_STATE ? LOOK_NAME : i == C_FOR && is_stuck(c, t->conns->now_ns) ? LOOK_WARN : LOOK_PLAIN;

		strbuf_reset(b);
		if (p->width[i])
			say_cell(b, t, c, i, p->width[i]);
		columns_cell(t, y, columns, p, i, at ? LOOK_SELECTED : look, b->s ? b->s : "");
	}
}

static int conns_draw(struct top *t, struct area a)
{
	struct list *l = &t->lists[PANE_CONNECTIONS];
	size_t rows = a.rows > 1 + (t->conns->only != NULL) ? (size_t)a.rows - 1 - (t->conns->only != NULL) : 0, i;
	const struct order_key *keys;
	struct strbuf b = { 0 };
	struct placed p;

	list_fit(l, t->conns->order.n, rows);
	columns_place(columns, N_COLUMNS, a.cols, &p);
	columns_titles(t, a.y, columns, N_COLUMNS, &p, (int)t->sort[PANE_CONNECTIONS], t->reverse[PANE_CONNECTIONS]);
	keys = order_window(&t->conns->order, l->first, rows);
	for (i = 0; i < rows && l->first + i < l->n; i++)
		draw_row(t, a.y + 1 + (int)i, &p, &keys[i], l->first + i == l->at, &b);
	if (!l->n)
		(void)term_put(t->term, a.y + 2, 2, a.cols, LOOK_DIM, t->conns->only ? "none of them exists any more" : "none");
	if (t->conns->only)
		term_fill(t->term, a.y + a.rows - 1, 0, a.cols, LOOK_WARN, false, t->conns->only_text);
	strbuf_free(&b);
	return 0;
}

/* --- those of a finding ------------------------------------------------------------------------------------------------------ */

int conns_only(struct top *t, const char *expr, const char *why)
{
	char err[256];
	struct filter *f;
	int e = filter_parse(expr, &f, err, sizeof(err));

	if (e)
		return e;
	filter_free(t->conns->only);
	t->conns->only = f;
	(void)snprintf(t->conns->only_text, sizeof(t->conns->only_text), "only those of %s: %s; Esc: all", why, expr);
	t->lists[PANE_CONNECTIONS] = (struct list){ 0 };
	return 0;
}

static bool conns_key(struct top *t, int key)
{
	if (key != KEY_ESCAPE_ || !t->conns->only)
		return false;
	filter_free(t->conns->only);
	t->conns->only = NULL;
	t->asked = true;
	return true;
}

/* --- its page, open and close ----------------------------------------------------------------------------------------------- */

static int conns_enter(struct top *t)
{
	struct list *l = &t->lists[PANE_CONNECTIONS];
	const struct order_key *k;
	const struct conn *c;

	if (l->at >= t->conns->order.n)
		return 0;
	k = order_window(&t->conns->order, l->at, 1);
	c = conn_of(t, k);
	if (!c) {
		top_say(t, LOOK_WARN, "this connection is gone");
		return 0;
	}
	return conn_page_of(t, c, tracker_actors(t->env->tracker));
}

static int conns_open(struct top *t)
{
	t->conns = calloc(1, sizeof(*t->conns));
	if (!t->conns)
		return -ENOMEM;
	t->conns->kept = history_new(1);
	return t->conns->kept ? 0 : -ENOMEM;
}

static void conns_close(struct top *t)
{
	if (!t->conns)
		return;
	order_free(&t->conns->order);
	history_free(t->conns->kept);
	filter_free(t->conns->only);
	free(t->conns);
	t->conns = NULL;
}

const struct pane_ops pane_connections = {
	.title = "Connections", .brief = "Conns", .sorts = sort_names, .open = conns_open, .close = conns_close, .rebuild = conns_rebuild,
	.draw = conns_draw, .key = conns_key, .enter = conns_enter,
};
