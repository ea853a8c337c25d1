/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pane of ports: ephemeral ports by destination, as `ports` counts them. Connections are counted from when it is shown first; what exists then is
 * looked at like all else.
 */
#include "views/ports/ports.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/brief.h"
#include "core/text/fmt.h"
#include "run/opts.h"
#include "run/source_config.h"
#include "views/call.h"
#include "views/panes/calls.h"
#include "views/panes/panes.h"

#define USED_WARN 0.7
#define USED_BAD 0.9

enum { BY_END, BY_USED, BY_IN_USE, BY_TIME_WAIT, BY_FREE, BY_OPENED, BY_FAILED, BY_DESTINATION };
static const char *const sort_names[] = {
	[BY_END] = "nearest to its end", [BY_USED] = "used", [BY_IN_USE] = "in use", [BY_TIME_WAIT] = "TIME_WAIT",
	[BY_FREE] = "fewest free", [BY_OPENED] = "opened per second", [BY_FAILED] = "failed", [BY_DESTINATION] = "destination", NULL,
};

static const struct column columns[] = {
	{ "DESTINATION", 18, 0, 1, 53, false, BY_DESTINATION }, { "SOURCE", 15, 100, 1, 39, false, -1 },
	{ "USABLE", 6, 0, 0, 0, true, -1 }, { "IN-USE", 6, 0, 0, 0, true, BY_IN_USE }, { "TW", 6, 0, 0, 0, true, BY_TIME_WAIT },
	{ "REUSE", 6, 110, 0, 0, true, -1 }, { "FREE", 6, 0, 0, 0, true, BY_FREE }, { "USED", 6, 0, 0, 0, true, BY_USED },
	{ "OPEN/s", 6, 0, 0, 0, true, BY_OPENED }, { "HOLD", 8, 110, 0, 0, true, -1 }, { "LEFT", 12, 0, 0, 0, true, BY_END },
	{ "FAIL", 5, 0, 0, 0, true, BY_FAILED }, { "MOST HELD BY", 14, 120, 1, 30, false, -1 }, { "NETNS", 10, 150, 0, 0, true, -1 },
};
enum { C_DEST, C_SOURCE, C_USABLE, C_IN_USE, C_TW, C_REUSE, C_FREE, C_USED, C_OPENED, C_HOLD, C_LEFT, C_FAILED, C_HOLDER, C_NETNS,
       N_COLUMNS };
_Static_assert(sizeof(columns) / sizeof(columns[0]) == N_COLUMNS && N_COLUMNS <= COLUMNS_MAX, "columns and their names");

struct top_ports {
	struct ports *ports;
	bool counting;			/* it was shown */
	bool due;			/* an interval is over, and nobody looked since */
	struct ports_row *rows;		/* copies: what is shown stands still. In order of how near their end is, ... */
	struct ports_row **order;	/* ... and in the one that was asked for */
	size_t n, cap;
	__u64 last_ns;			/* when the rows were made */
	struct ports_row entered;	/* whose page is open */
};

/* --- what happens ----------------------------------------------------------------------------------------------------------- */

static int open_(struct top *t)
{
	t->ports = calloc(1, sizeof(*t->ports));
	if (!t->ports)
		return -ENOMEM;
	t->ports->ports = ports_new(PORTS_BY_DEST);
	t->ports->due = true;
	return t->ports->ports ? 0 : -ENOMEM;
}

static void close_(struct top *t)
{
	if (!t->ports)
		return;
	calls_free(t);
	ports_free(t->ports->ports);
	free(t->ports->rows);
	free(t->ports->order);
	free(t->ports);
	t->ports = NULL;
}

static void show(struct top *t, bool shown)
{
	t->ports->counting |= shown;
	t->env->wants->binds = shown || t->recording;
}

int pane_ports_settings(const struct top *t, int (*fn)(void *ctx, const struct twt_event *ev), void *ctx)
{
	return ports_tell_settings(t->ports->ports, tracker_now(t->env->tracker), fn, ctx);
}

/* Settings of namespaces and what is bound at the start are told once: taken whether it is shown or not. What ports takes of others costs nothing. */
static int event(struct top *t, const struct twt_event *ev)
{
	struct actors *as;
	struct conn c;
	int err;

	if (!call_name(ev))
		return ports_event(t->ports->ports, ev);
	err = call_conn(ev, tracker_names(t->env->tracker), &c, &as);
	if (err)
		return err;
	if (top_wants_of(t, &c, as, 1U << ev->new_state))
		err = calls_keep(t, ev);
	if (!err)
		err = ports_call_failed(t->ports->ports, ev, &c, as, top_wants_of(t, &c, as, 1U << ev->new_state));
	actors_free(as);
	return err;
}

static int transition(struct top *t, const struct transition *tr)
{
	if (!t->ports->counting)
		return 0;
	return ports_transition(t->ports->ports, tr, tracker_actors(t->env->tracker), top_wants(t, tr->conn, tr->conn->states_seen));
}

static int closed(struct top *t, const struct conn *c, __u64 ts_ns)
{
	return t->ports->counting ? ports_closed(t->ports->ports, c, tracker_actors(t->env->tracker), ts_ns) : 0;
}

static int gone(struct top *t, const struct conn *c, __u64 ts_ns)
{
	return t->ports->counting ? ports_gone(t->ports->ports, c, tracker_actors(t->env->tracker), ts_ns) : 0;
}

static void interval(struct top *t, __u64 ns)
{
	(void)ns;
	t->ports->due = true;
}

static void clear(struct top *t)
{
	t->ports->due = true;		/* what is counted since the start stays: how long ports are held is known the better */
}

/* --- a refresh ---------------------------------------------------------------------------------------------------------------- */

static int visit(void *ctx, const struct conn *c)
{
	struct top *t = ctx;

	return ports_look(t->ports->ports, c, tracker_actors(t->env->tracker), top_wants(t, c, c->states_seen));
}

static int copy_rows(struct top_ports *ps, struct ports_row *const *rows, size_t n)
{
	size_t i, cap = n + n / 2;

	if (n > ps->cap) {
		struct ports_row *grown = realloc(ps->rows, cap * sizeof(*grown)), **order;

		if (!grown)
			return -ENOMEM;
		ps->rows = grown;
		order = realloc(ps->order, cap * sizeof(*order));
		if (!order)
			return -ENOMEM;
		ps->order = order;
		ps->cap = cap;
	}
	for (i = 0; i < n; i++)
		ps->rows[i] = *rows[i];
	ps->n = n;
	return 0;
}

/* The table is looked at once in an interval, at its end: rates are those of the interval. */
static int look(struct top *t)
{
	struct top_ports *ps = t->ports;
	struct ports_row **rows;
	__u64 now = t->live.now_ns;
	size_t n;
	int err;

	if (t->filter) {		/* another one than in the look before, maybe */
		ports_look_begin(ps->ports, now);
		err = tracker_foreach(t->env->tracker, visit, t);
	} else {
		err = ports_look_all(ps->ports, now, t->env->tracker, t->env->filter);
	}
	if (!err)
		err = ports_rows(ps->ports, ps->last_ns && now > ps->last_ns ? now - ps->last_ns : 0, tracker_actors(t->env->tracker), &rows, &n);
	if (!err)
		err = copy_rows(ps, rows, n);
	ports_next(ps->ports);
	ps->last_ns = now;
	ps->due = false;
	return err;
}

static int greater_first(double a, double b)
{
	return a < b ? 1 : -(a > b);
}

static int by_destination(const struct ports_row *a, const struct ports_row *b)
{
	int cmp = memcmp(a->raddr, b->raddr, 16);

	if (!cmp)
		cmp = -greater_first(a->rport, b->rport);
	return cmp ? cmp : memcmp(a->laddr, b->laddr, 16);
}

static int compare(const void *va, const void *vb, void *ctx)
{
	const struct ports_row *a = *(const struct ports_row *const *)va, *b = *(const struct ports_row *const *)vb;
	int cmp = 0;

	switch (*(const unsigned int *)ctx) {
	case BY_USED: cmp = greater_first(a->used_ratio, b->used_ratio); break;
	case BY_IN_USE: cmp = greater_first(a->in_use, b->in_use); break;
	case BY_TIME_WAIT: cmp = greater_first(a->time_wait, b->time_wait); break;
	case BY_FREE: cmp = -greater_first(a->has_range ? a->free : INFINITY, b->has_range ? b->free : INFINITY); break;
	case BY_OPENED: cmp = greater_first(a->opened_per_s, b->opened_per_s); break;
	case BY_FAILED: cmp = greater_first(a->failed, b->failed); break;
	case BY_DESTINATION: cmp = by_destination(a, b); break;
	}
	return cmp ? cmp : (a > b) - (a < b);	/* as they came: nearest to the end first */
}

static int rebuild(struct top *t)
{
	struct top_ports *ps = t->ports;
	size_t i, k;
	int err = ps->due ? look(t) : 0;

	if (err)
		return err;
	for (i = 0; i < ps->n; i++)
		ps->order[i] = &ps->rows[i];
	if (ps->n)
		qsort_r(ps->order, ps->n, sizeof(*ps->order), compare, &t->sort[PANE_PORTS]);
	for (i = 0, k = ps->n; t->reverse[PANE_PORTS] && i + 1 < k; i++) {
		struct ports_row *tmp = ps->order[--k];

		ps->order[k] = ps->order[i];
		ps->order[i] = tmp;
	}
	t->lists[PANE_PORTS].n = ps->n;
	return 0;
}

/* --- drawing ------------------------------------------------------------------------------------------------------------------ */

static void say_number(struct strbuf *b, bool known, __u64 n)
{
	char text[BRIEF_LEN];

	strbuf_adds(b, known ? brief_count(n, text) : "-");
}

static void say_used(struct strbuf *b, const struct ports_row *r)
{
	double percent = r->used_ratio * 100;

	/* Neither nothing nor all, as long as it is not. */
	if (percent > 99.9 && r->free)
		percent = 99.9;
	if (percent < 0.1 && r->in_use)
		percent = 0.1;
	if (r->has_range)
		strbuf_addf(b, "%.1f%%", percent);
	else
		strbuf_addc(b, '-');
}

static void say_cell(const struct top *t, const void *ctx, struct strbuf *b, size_t row, size_t column)
{
	const struct ports_row *r = t->ports->order[row];
	char text[FMT_ADDR_LEN], rate[BRIEF_LEN];

	(void)ctx;
	switch (column) {
	case C_DEST: ports_say_destination(b, r); break;
	case C_SOURCE:
		fmt_addr(r->laddr, r->family, text);
		strbuf_adds(b, text);
		break;
	case C_USABLE: say_number(b, r->has_range, r->usable); break;
	case C_IN_USE: say_number(b, true, r->in_use); break;
	case C_TW: say_number(b, true, r->time_wait); break;
	case C_REUSE: say_number(b, true, r->reusable); break;
	case C_FREE: say_number(b, r->has_range, r->free); break;
	case C_USED: say_used(b, r); break;
	case C_OPENED: strbuf_adds(b, brief_rate(r->opened_per_s, rate)); break;
	case C_HOLD:
		if (isfinite(r->hold_s))
			fmt_duration(b, (unsigned long long)(r->hold_s * 1e9));
		else
			strbuf_addc(b, '-');
		break;
	case C_LEFT: ports_say_left(b, r); break;
	case C_FAILED: say_number(b, !r->any || r->failed || t->env->opts->calls, r->failed); break;
	case C_HOLDER:
		if (!r->n_top) {
			strbuf_addc(b, '-');
			break;
		}
		fmt_comm(b, r->top[0].comm);
		strbuf_addf(b, "(%u) %u", r->top[0].tgid, r->top[0].ports);
		break;
	case C_NETNS: out_netns(b, t->env, r->netns, 0); break;
	}
}

/* Of the selected row (@at) the columns that say why it is red or yellow. */
static enum look look_of(const struct top *t, const void *ctx, size_t row, size_t column, bool at)
{
	const struct ports_row *r = t->ports->order[row];

	(void)ctx;
	if (r->has_range && r->used_ratio >= USED_WARN && (!at || column == C_USED || column == C_LEFT))
		return r->used_ratio >= USED_BAD ? LOOK_BAD : LOOK_WARN;
	return at ? LOOK_SELECTED : column == C_DEST ? LOOK_NAME : LOOK_PLAIN;
}

static const struct listing listing = {
	.pane = PANE_PORTS, .columns = columns, .n_columns = N_COLUMNS, .say = say_cell, .look = look_of,
};

static int draw(struct top *t, struct area a)
{
	const struct top_ports *ps = t->ports;
	size_t rows = list_draw(t, a, &listing, ps->n);

	if (!ps->n)
		(void)term_put(t->term, a.y + 2, 2, a.cols, LOOK_DIM, "no connection of this host holds a port");
	else if (ports_lack_settings(ps->ports) && ps->n < rows)
		(void)term_put(t->term, a.y + 2 + (int)ps->n, 2, a.cols - 2, LOOK_DIM, "settings of the namespaces are not known: neither is what is usable");
	return 0;
}

/* --- the page of one ------------------------------------------------------------------------------------------------------------ */

static bool is_same(const struct ports_row *a, const struct ports_row *b)
{
	return a->netns == b->netns && a->rport == b->rport && a->family == b->family && a->any == b->any &&
	       !memcmp(a->laddr, b->laddr, 16) && !memcmp(a->raddr, b->raddr, 16);
}

static void page_range(struct strbuf *b, const struct ports_row *r)
{
	if (!r->has_range) {
		strbuf_adds(b, "  range:        unknown\n");
		return;
	}
	strbuf_addf(b, "  range:        %u to %u; ", r->lo, r->hi);
	fmt_count(b, r->usable);
	strbuf_adds(b, " of these are usable, ");
	fmt_count(b, r->closed);
	strbuf_adds(b, r->any ? " are held at the address\n" : " are listened on or bound by hand\n");
	strbuf_adds(b, "  free:         ");
	fmt_count(b, r->free);
	strbuf_adds(b, ", used ");
	say_used(b, r);
	strbuf_adds(b, "\n  left:         ");
	ports_say_left(b, r);
	strbuf_adds(b, isfinite(r->exhausted_in_s) ? ", at the rate of the last ten seconds\n" : ": the share that it comes to rest at\n");
}

static void page_taken(struct strbuf *b, const struct ports_row *r)
{
	const char *comma = "";
	unsigned int state;

	strbuf_adds(b, "  in use:       ");
	fmt_count(b, r->in_use);
	strbuf_adds(b, "; of ");
	fmt_count(b, r->time_wait);
	strbuf_adds(b, " TIME_WAITs ");
	fmt_count(b, r->reusable);
	strbuf_adds(b, " can be taken over now\n  sockets:      ");
	for (state = ST_ESTABLISHED; state <= ST_SHOWN; state++) {
		if (!r->states[state])
			continue;
		strbuf_addf(b, "%s%s ", comma, tcp_state_name(state));
		fmt_count(b, r->states[state]);
		comma = ", ";
	}
	strbuf_adds(b, *comma ? "\n  opened:       " : "none\n  opened:       ");
	fmt_count(b, r->opened);
	strbuf_addf(b, " counted, %.1f/s in this interval; ", r->opened_per_s);
	fmt_count(b, r->failed);
	strbuf_adds(b, " failed for want of a port\n  held for:     ");
	if (isfinite(r->hold_s))
		fmt_duration(b, (unsigned long long)(r->hold_s * 1e9));
	else
		strbuf_adds(b, "unknown, none ended");
	strbuf_adds(b, "\n");
}

/* Of a destination connect(), of an address bind() to port 0. */
static bool is_call_of(const void *row, const struct twt_event *ev)
{
	const struct ports_row *r = row;
	bool connects = (ev->arg0 & TWT_CALL_WHICH) == TWT_CALL_CONNECT;

	if (ev->netns != r->netns || connects == r->any)
		return false;
	if (r->any)
		return !ev->lport && !memcmp(ev->laddr, r->laddr, 16);
	return ev->rport == r->rport && !memcmp(ev->raddr, r->raddr, 16);
}

/* "nginx (pid 812) in web", where that is known. */
static void page_holder(const struct top *t, struct strbuf *b, const struct ports_holder *h)
{
	struct strbuf label = { 0 };

	fmt_comm(b, h->comm);
	strbuf_addf(b, " (pid %u)", h->tgid);
	if (name_label(names_cgroup(tracker_names(t->env->tracker), h->cgroup), &label)) {
		strbuf_adds(b, " in ");
		fmt_comm(b, label.s);
	}
	strbuf_adds(b, ": ");
	fmt_count(b, h->ports);
	strbuf_addc(b, '\n');
	b->failed |= label.failed;
	strbuf_free(&label);
}

static int make_page(struct top *t, struct strbuf *b)
{
	const struct top_ports *ps = t->ports;
	const struct ports_row *r = &ps->entered;
	char addr[FMT_ADDR_LEN];
	size_t i;

	for (i = 0; i < ps->n && !is_same(&ps->rows[i], r); i++)
		;
	fmt_addr(r->laddr, r->family, addr);
	strbuf_addf(b, "%s -> ", addr);
	ports_say_destination(b, r);
	strbuf_adds(b, ", network namespace ");
	out_netns(b, t->env, r->netns, 0);
	strbuf_addc(b, '\n');
	if (i == ps->n) {
		strbuf_adds(b, "it holds no port any more\n");
		return 0;
	}
	r = &ps->rows[i];
	page_range(b, r);
	page_taken(b, r);
	for (i = 0; i < r->n_top; i++) {
		strbuf_adds(b, i ? "                " : "  held by:      ");
		page_holder(t, b, &r->top[i]);
	}
	calls_say(t, b, is_call_of, r);
	return 0;
}

static int enter(struct top *t)
{
	const struct list *l = &t->lists[PANE_PORTS];

	if (l->at >= t->ports->n)
		return 0;
	t->ports->entered = *t->ports->order[l->at];
	return page_open(t, "PORTS", make_page);
}

const struct pane_ops pane_ports = {
	.title = "Ports", .sorts = sort_names, .open = open_, .close = close_, .show = show, .clear = clear, .event = event,
	.interval = interval, .rebuild = rebuild, .draw = draw, .enter = enter, .transition = transition, .closed = closed, .gone = gone,
};
