/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/panes/groups.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/closers/say.h"
#include "core/stats/hist/out.h"
#include "core/text/brief.h"
#include "core/text/fmt.h"
#include "host/proc.h"
#include "run/opts.h"
#include "views/panes/conns.h"

#define STUCK_NS (10 * SECOND_NS)

void groups_close(struct top *t, const struct group_pane *g)
{
	struct top_groups *gs = t->groups[g->pane];

	if (!gs)
		return;
	closers_free(gs->closers);
	out_free(&gs->view.out);
	free(gs->rows);
	free(gs);
	t->groups[g->pane] = NULL;
}

int groups_open(struct top *t, const struct group_pane *g)
{
	struct top_groups *gs = calloc(1, sizeof(*gs));

	if (!gs)
		return -ENOMEM;
	t->groups[g->pane] = gs;
	gs->closers = closers_new(g->by, GROUPS_MAX);
	if (!gs->closers)
		return -ENOMEM;
	closers_count_open(gs->closers);
	gs->view.env = t->env;
	gs->view.by = g->by;
	gs->view.sees_processes = t->env->live && proc_sees_all_pids();
	return 0;
}

void groups_clear(struct top *t, const struct group_pane *g)
{
	struct top_groups *gs = t->groups[g->pane];
	struct closers *fresh = closers_new(g->by, GROUPS_MAX);

	if (!fresh)	/* then the counts go on */
		return;
	closers_count_open(fresh);
	closers_free(gs->closers);
	gs->closers = fresh;
	gs->n = 0;
	gs->view.interval_ns = 0;
}

/* Whether it is shown or not: the rates are those of the last interval, not of the time since somebody looked. */
void groups_interval(struct top *t, const struct group_pane *g, __u64 ns)
{
	closers_next(t->groups[g->pane]->closers);
	t->groups[g->pane]->view.interval_ns = ns;
}

int groups_transition(struct top *t, const struct group_pane *g, const struct transition *tr)
{
	if (!top_wants(t, tr->conn, tr->conn->states_seen))
		return 0;
	return closers_transition(t->groups[g->pane]->closers, tr, tracker_actors(t->env->tracker));
}

int groups_closed(struct top *t, const struct group_pane *g, const struct conn *c)
{
	if (!top_wants(t, c, c->states_seen))
		return 0;
	return closers_closed(t->groups[g->pane]->closers, c, tracker_actors(t->env->tracker));
}

int groups_gone(struct top *t, const struct group_pane *g, const struct conn *c, __u64 ts_ns)
{
	if (!top_wants(t, c, c->states_seen))
		return 0;
	return closers_gone(t->groups[g->pane]->closers, c, tracker_actors(t->env->tracker), ts_ns);
}

/* --- a refresh ----------------------------------------------------------------------------------------------------------- */

struct visit { struct top *t; struct closers *closers; };

static int visit(void *ctx, const struct conn *c)
{
	const struct visit *l = ctx;

	if (!top_wants(l->t, c, c->states_seen))
		return 0;
	return closers_look(l->closers, c, tracker_actors(l->t->env->tracker));
}

static int by_open(const void *va, const void *vb)
{
	const struct group *a = va, *b = vb;

	if (a->row.key.rest != b->row.key.rest)
		return a->row.key.rest ? 1 : -1;
	if (a->row.open != b->row.open)
		return a->row.open < b->row.open ? 1 : -1;
	return memcmp(&a->row.key, &b->row.key, sizeof(a->row.key));
}

static int by_rate(const void *va, const void *vb)
{
	const struct group *a = va, *b = vb;

	if (a->row.key.rest == b->row.key.rest && a->row.tw_created_last != b->row.tw_created_last)
		return a->row.tw_created_last < b->row.tw_created_last ? 1 : -1;
	return by_open(va, vb);
}

static void reverse(struct top_groups *gs)
{
	for (size_t i = 0, k = gs->n; i + 1 < k; i++) {
		struct group tmp = gs->rows[--k];

		gs->rows[k] = gs->rows[i];
		gs->rows[i] = tmp;
	}
}

static int copy_rows(struct top *t, const struct group_pane *g)
{
	enum closers_sort sort = g->sorts[t->sort[g->pane]];
	struct top_groups *gs = t->groups[g->pane];
	struct closer_row **rows;
	size_t n, i;
	int err;

	err = closers_rows(gs->closers, sort == CLOSERS_SORT_MAX ? CLOSERS_SORT_TIME_WAIT : sort, &rows, &n);
	if (!err && g->by == CLOSERS_BY_REMOTE)
		err = closers_outliers(rows, n);
	if (err)
		return err;
	if (n > gs->cap) {
		struct group *grown = realloc(gs->rows, (n + n / 2) * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		gs->rows = grown;
		gs->cap = n + n / 2;
	}
	for (i = 0; i < n; i++) {
		struct group *to = &gs->rows[i];

		dests_sort(&rows[i]->dests);
		to->row = *rows[i];
		to->row.dests = (struct dests){ 0 };
		to->row.wire.rtt = NULL;
		to->top = rows[i]->dests.n ? rows[i]->dests.d[0] : (struct dest){ .closed = 0 };
		to->tw_rate = gs->view.interval_ns ? (double)rows[i]->tw_created_last * 1e9 / (double)gs->view.interval_ns : 0;
	}
	gs->n = t->lists[g->pane].n = n;
	if ((sort == CLOSERS_SORT_MAX || sort == CLOSERS_SORT_RATE) && n)
		qsort(gs->rows, n, sizeof(*gs->rows), sort == CLOSERS_SORT_MAX ? by_open : by_rate);
	if (t->reverse[g->pane])
		reverse(gs);
	return 0;
}

int groups_rebuild(struct top *t, const struct group_pane *g)
{
	struct top_groups *gs = t->groups[g->pane];
	struct visit l = { t, gs->closers };
	int err;

	closers_look_begin(gs->closers, t->live.now_ns, STUCK_NS);
	err = tracker_foreach(t->env->tracker, visit, &l);
	if (!err)
		err = copy_rows(t, g);
	return err;
}

/* --- rows ---------------------------------------------------------------------------------------------------------------- */

/* Per cent; neither 0 nor 100 as long as it is not. */
static const char *share(__u64 part, __u64 whole, char ret[BRIEF_LEN])
{
	__u64 percent = whole ? (part * 100 + whole / 2) / whole : 0;

	if (!whole || !part)
		return whole ? "0" : "-";
	if (!percent)
		return "<1";
	if (percent == 100 && part < whole)
		return ">99";
	return brief_count(percent, ret);
}

static void say_age(struct strbuf *b, const struct closer_row *r)
{
	if (!closer_stuck(r)) {
		strbuf_addc(b, '-');
		return;
	}
	strbuf_adds(b, r->oldest_at_least ? ">" : "");
	fmt_duration(b, r->oldest_ns < 600 * SECOND_NS ? r->oldest_ns / SECOND_NS * SECOND_NS : r->oldest_ns);
	if (b->len > 5 && !strcmp(b->s + b->len - 5, ".000s")) {
		b->s[b->len -= 4] = '\0';
		b->s[b->len - 1] = 's';
	}
}

static const char *status_of(const struct top_groups *gs, const struct closer_row *r)
{
	if (r->key.kernel)
		return "kernel";
	if (!r->key.known || !gs->view.sees_processes)
		return r->exited ? "exited" : "-";
	return r->exited || !proc_is(closer_pid(r), closer_start_ms(r)) ? "exited" : "alive";
}

static const char *name_of(const struct closer_row *r)
{
	return r->key.rest ? "rest" : r->key.kernel ? "kernel" : r->key.known ? r->comm : "-";
}

static void say_cell(struct strbuf *b, const struct top_groups *gs, const struct group *gr, enum group_column what)
{
	const struct closer_row *r = &gr->row;
	char text[BRIEF_LEN];

	switch (what) {
	case G_PID:
		if (r->key.known)
			strbuf_addf(b, "%u", closer_pid(r));
		else
			strbuf_addc(b, '-');
		break;
	case G_COMM: fmt_comm(b, name_of(r)); break;
	case G_REMOTE:
		if (r->key.known)
			say_dest(b, &r->key.remote);
		else
			strbuf_adds(b, r->key.rest ? "rest" : "-");
		break;
	case G_OPEN: strbuf_adds(b, brief_count(r->open, text)); break;
	case G_CLOSED: strbuf_adds(b, brief_count(r->closed, text)); break;
	case G_ACTIVE: strbuf_adds(b, share(r->kinds[CLOSE_ACTIVE], r->closed, text)); break;
	case G_PASSIVE: strbuf_adds(b, share(r->kinds[CLOSE_PASSIVE], r->closed, text)); break;
	case G_SIMULTANEOUS: strbuf_adds(b, share(r->kinds[CLOSE_SIMULTANEOUS], r->closed, text)); break;
	case G_ABORT: strbuf_adds(b, share(r->kinds[CLOSE_ABORT], r->closed, text)); break;
	case G_RESET: strbuf_adds(b, share(r->kinds[CLOSE_RESET], r->closed, text)); break;
	case G_OTHER: strbuf_adds(b, share(closer_other(r), r->closed, text)); break;
	case G_TW: strbuf_adds(b, brief_count(r->tw_now, text)); break;
	case G_TW_RATE: strbuf_adds(b, brief_rate(gr->tw_rate, text)); break;
	case G_TW_SECONDS: strbuf_adds(b, brief_count(closer_tw_ns(r) / SECOND_NS, text)); break;
	case G_STUCK: strbuf_adds(b, brief_count(closer_stuck(r), text)); break;
	case G_OLDEST: say_age(b, r); break;
	case G_RETRANS: strbuf_adds(b, share(r->wire.retrans_segs < r->wire.segs_out ? r->wire.retrans_segs : r->wire.segs_out, r->wire.segs_out, text)); break;
	case G_RTT:
		if (r->wire.rtt_us)
			hist_fmt(b, r->wire.rtt_us * 1000ULL, HIST_AUTO);
		else
			strbuf_addc(b, '-');
		break;
	case G_DEST:
		if (gr->top.closed)
			say_dest(b, &gr->top.key);
		else
			strbuf_addc(b, '-');
		break;
	case G_PLACE: say_place(b, closers_name(&gs->view, r)); break;
	case G_STATUS: strbuf_adds(b, status_of(gs, r)); break;
	}
}

static enum look look_of(const struct group *gr, enum group_column what)
{
	if (what == G_COMM || what == G_REMOTE)
		return LOOK_NAME;
	if ((what == G_STUCK || what == G_OLDEST) && closer_stuck(&gr->row))
		return LOOK_WARN;
	if ((what == G_RETRANS && gr->row.wire.out & CLOSER_OUT_RETRANS) || (what == G_RTT && gr->row.wire.out & CLOSER_OUT_RTT))
		return LOOK_WARN;
	return what == G_TW && gr->row.tw_now ? LOOK_BOLD : LOOK_PLAIN;
}

static void say_cell_of(const struct top *t, const void *ctx, struct strbuf *b, size_t row, size_t column)
{
	const struct group_pane *g = ctx;
	const struct top_groups *gs = t->groups[g->pane];

	say_cell(b, gs, &gs->rows[row], g->cells[column]);
}

static enum look look_of_cell(const struct top *t, const void *ctx, size_t row, size_t column, bool at)
{
	const struct group_pane *g = ctx;

	return at ? LOOK_SELECTED : look_of(&t->groups[g->pane]->rows[row], g->cells[column]);
}

int groups_draw(struct top *t, const struct group_pane *g, struct area a)
{
	const struct listing listing = {
		.pane = g->pane, .columns = g->columns, .n_columns = g->n_columns, .say = say_cell_of, .look = look_of_cell, .ctx = g,
	};
	size_t n = t->groups[g->pane]->n;

	(void)list_draw(t, a, &listing, n);
	if (!n)
		(void)term_put(t->term, a.y + 2, 2, a.cols, LOOK_DIM, "nothing yet");
	return 0;
}

/* --- the page of one ------------------------------------------------------------------------------------------------------ */

int groups_enter(struct top *t, const struct group_pane *g, int (*make)(struct top *t, struct strbuf *b))
{
	struct top_groups *gs = t->groups[g->pane];

	if (t->lists[g->pane].at >= gs->n)
		return 0;
	gs->entered = gs->rows[t->lists[g->pane].at].row.key;
	return page_open(t, g->page_title, make);
}

/* All about @r as of the last whole interval; of a destination, what it is called instead of what it is to a process. */
static void add_full(struct top *t, const struct group_pane *g, const struct closer_row *r, struct strbuf *b)
{
	struct top_groups *gs = t->groups[g->pane];
	struct closer_row last = *r;
	const char *s;

	last.tw_created_before = last.tw_created - last.tw_created_last;
	if (g->by == CLOSERS_BY_REMOTE) {
		last.dests.n = 0;
		if (r->key.known)
			say_dest(b, &r->key.remote);
		else
			strbuf_adds(b, r->key.rest ? "the rest" : "unknown");
	}
	strbuf_reset(&gs->view.out.b);
	closers_full(&gs->view, &last);
	s = gs->view.out.b.s ? gs->view.out.b.s : "";
	strbuf_adds(b, g->by == CLOSERS_BY_REMOTE ? s + strcspn(s, "\n") : s);
}

int groups_page(struct top *t, const struct group_pane *g, struct strbuf *b)
{
	struct top_groups *gs = t->groups[g->pane];
	struct closer_row **rows;
	size_t n, i;
	int err = closers_rows(gs->closers, CLOSERS_SORT_PID, &rows, &n);

	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (memcmp(&rows[i]->key, &gs->entered, sizeof(gs->entered)) != 0)
			continue;
		dests_sort(&rows[i]->dests);
		add_full(t, g, rows[i], b);
		strbuf_adds(b, "  open now:     ");
		fmt_count(b, rows[i]->open);
		strbuf_adds(b, " connections, TIME_WAITs left out\n");
		if (rows[i]->wire.out) {
			strbuf_addc(b, '\n');
			say_outlier(b, rows[i]);
			strbuf_addc(b, '\n');
		}
		return 0;
	}
	strbuf_adds(b, "nothing is known about it any more\n");
	return 0;
}
