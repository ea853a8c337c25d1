/* SPDX-License-Identifier: GPL-2.0-only */
/* The pane of events: the newest transitions, as stream prints them; older ones as long as they are kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/fields/field.h"
#include "core/text/fmt.h"
#include "views/panes/conns.h"

#define KEPT 8192		/* about 4 MB */

struct top_events {
	struct history *kept;
	__u32 *shown;			/* those that the filter wants: their places among the kept ones */
	size_t n;
	bool away;			/* scrolled away from the newest: stay at number @at */
	__u64 at;
	__u64 missed;			/* while the screen stood still */
};

static const struct column columns[] = {
	{ "TIME", 12, 0, 0, 0, false, -1 }, { "PID", 7, 108, 0, 0, true, -1 }, { "COMM", 7, 0, 2, 16, false, -1 },
	{ "LOCAL", 14, 0, 4, 47, false, -1 }, { "REMOTE", 15, 0, 4, 47, false, -1 }, { "FROM\u2192TO", 19, 0, 0, 0, false, -1 },
	{ "FOR", 8, 0, 0, 0, true, -1 }, { "NOTE", 10, 100, 1, 60, false, -1 },
};
enum { C_TIME, C_PID, C_COMM, C_LOCAL, C_REMOTE, C_CHANGE, C_FOR, C_NOTE, N_COLUMNS };
_Static_assert(sizeof(columns) / sizeof(columns[0]) == N_COLUMNS, "columns and their names");

static int events_open(struct top *t)
{
	t->history = calloc(1, sizeof(*t->history));
	if (!t->history)
		return -ENOMEM;
	t->history->kept = history_new(KEPT);
	t->history->shown = calloc(KEPT, sizeof(*t->history->shown));
	return t->history->kept && t->history->shown ? 0 : -ENOMEM;
}

static void events_close(struct top *t)
{
	if (!t->history)
		return;
	history_free(t->history->kept);
	free(t->history->shown);
	free(t->history);
	t->history = NULL;
}

static void events_clear(struct top *t)
{
	history_clear(t->history->kept);
	t->history->missed = 0;
}

static int events_transition(struct top *t, const struct transition *tr)
{
	struct top_events *e = t->history;
	const struct actors *as = tracker_actors(t->env->tracker);

	if (tr->marks & TR_SEEDED || !filter_match(t->env->filter, tr->conn, as, 1U << tr->old_state | 1U << tr->new_state))
		return 0;
	if (t->paused && !t->env->paced) {
		e->missed++;
		return 0;
	}
	history_add(e->kept, tr, as);
	t->fresh |= t->pane == PANE_EVENTS;
	return 0;
}

/* Which of them the filter that was typed wants. The command line's was asked when they came. */
static void choose(struct top *t)
{
	struct top_events *e = t->history;
	const struct actors *as = history_actors(e->kept);
	size_t n = history_n(e->kept);

	e->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct moment *m = history_at(e->kept, i);

		if (!t->filter || filter_match(t->filter, &m->conn, as, 1U << m->tr.old_state | 1U << m->tr.new_state))
			e->shown[e->n++] = (__u32)i;
	}
}

/* Number of the kept moment at place @i, counted from the first that ever was. */
static __u64 number_of(const struct top_events *e, size_t i)
{
	return history_total(e->kept) - history_n(e->kept) + e->shown[i];
}

/* The newest at the bottom, unless somebody scrolled away: then the same one stays selected. */
static void place_cursor(struct top *t, struct list *l, size_t rows)
{
	struct top_events *e = t->history;
	size_t lo = 0, hi = e->n, at = l->at, first = l->first;

	if (!e->away) {
		l->at = e->n ? e->n - 1 : 0;
		l->first = e->n > rows ? e->n - rows : 0;
	} else {
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (number_of(e, mid) < e->at)
				lo = mid + 1;
			else
				hi = mid;
		}
		l->at = lo;
		l->first = at - first <= lo ? lo - (at - first) : 0;
	}
	list_fit(l, e->n, rows);
}

static void say_cell(struct strbuf *b, const struct top *t, const struct moment *m, size_t column, int width)
{
	const struct actors *as = history_actors(t->history->kept);
	const struct actor *a = actors_get(as, m->conn.owner);
	const struct field *note;
	struct field_src src = { .tr = &m->tr, .conn = &m->conn, .actors = as };
	struct field_value v = { .type = FT_NONE };

	switch (column) {
	case C_TIME:
		fmt_clock(b, (long long)m->tr.ts_ns + tracker_clock_offset(t->env->tracker), t->env->utc_offset);
		break;
	case C_PID:
		if (a)
			strbuf_addf(b, "%u", a->tgid);
		else
			strbuf_addc(b, '-');
		break;
	case C_COMM: fmt_comm(b, a ? a->comm : "-"); break;
	case C_LOCAL: say_endpoint(b, m->conn.laddr, m->conn.lport, m->conn.family, width); break;
	case C_REMOTE: say_endpoint(b, m->conn.raddr, m->conn.rport, m->conn.family, width); break;
	case C_CHANGE: strbuf_addf(b, "%s\u2192%s", head_name(m->tr.old_state), head_name(m->tr.new_state)); break;
	case C_FOR:
		if (m->tr.in_state_known)
			say_for(b, m->tr.in_state_ns);
		else
			strbuf_addc(b, '-');
		break;
	case C_NOTE:
		note = field_by_key("note");
		note->get(&src, &v);
		if (v.type == FT_STR)
			strbuf_adds(b, v.s);
		break;
	}
}

static void draw_row(struct top *t, int y, const struct placed *p, const struct moment *m, bool at, struct strbuf *b)
{
	bool reset = m->tr.marks & (TR_RST_SENT | TR_RST_RCVD);

	if (at)
		term_fill(t->term, y, 0, term_cols(t->term), LOOK_SELECTED, false, "");
	for (size_t i = 0; i < N_COLUMNS; i++) {
		enum look look = i == C_CHANGE ? reset ? LOOK_WARN : LOOK_NAME : i == C_TIME ? LOOK_DIM : LOOK_PLAIN;

		strbuf_reset(b);
		if (p->width[i])
			say_cell(b, t, m, i, p->width[i]);
		columns_cell(t, y, columns, p, i, at ? LOOK_SELECTED : look, b->s ? b->s : "");
	}
}

static int events_rebuild(struct top *t)
{
	choose(t);
	place_cursor(t, &t->lists[PANE_EVENTS], (size_t)(term_rows(t->term) - head_rows(t) - 3));
	return 0;
}

static int events_draw(struct top *t, struct area a)
{
	struct list *l = &t->lists[PANE_EVENTS];
	struct top_events *e = t->history;
	size_t rows = a.rows > 1 ? (size_t)a.rows - 1 : 0, i;
	struct strbuf b = { 0 };
	struct placed p;

	choose(t);
	place_cursor(t, l, rows);
	columns_place(columns, N_COLUMNS, a.cols, &p);
	columns_titles(t, a.y, columns, N_COLUMNS, &p, -1, false);
	for (i = 0; i < rows && l->first + i < l->n; i++)
		draw_row(t, a.y + 1 + (int)i, &p, history_at(e->kept, e->shown[l->first + i]), l->first + i == l->at, &b);
	if (!l->n)
		(void)term_put(t->term, a.y + 2, 2, a.cols, LOOK_DIM, "nothing yet");
	strbuf_free(&b);
	return 0;
}

static bool events_key(struct top *t, int key)
{
	struct list *l = &t->lists[PANE_EVENTS];
	struct top_events *e = t->history;

	if (!list_key(l, key, (size_t)(term_rows(t->term) - head_rows(t) - 3)))
		return false;
	e->away = e->n && l->at + 1 < e->n;
	if (e->away)
		e->at = number_of(e, l->at);
	return true;
}

static int events_enter(struct top *t)
{
	struct top_events *e = t->history;
	size_t at = t->lists[PANE_EVENTS].at;

	if (at >= e->n)
		return 0;
	return conn_page_of(t, &history_at(e->kept, e->shown[at])->conn, history_actors(e->kept));
}

const struct pane_ops pane_events = {
	.title = "Events", .open = events_open, .close = events_close, .clear = events_clear, .rebuild = events_rebuild,
	.draw = events_draw, .key = events_key, .enter = events_enter, .transition = events_transition,
};
