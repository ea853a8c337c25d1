/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closes first: processes, their closes and their TIME_WAITs, every interval. */
#include "views/closers/closers.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/closers/say.h"
#include "host/proc.h"
#include "run/log.h"
#include "run/opts.h"
#include "views/call.h"

static int closers_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct closers_view *v = calloc(1, sizeof(*v));

	if (!v)
		goto no_memory;
	v->env = env;
	v->by = CLOSERS_BY_PID;
	if (env->opts->by && closers_by_parse(env->opts->by, &v->by)) {
		snprintf(err, errlen, "closers cannot group by \"%s\"", env->opts->by);
		free(v);
		return -EINVAL;
	}
	if (env->opts->sort)
		(void)closers_sort_parse(env->opts->sort, &v->sort);	/* one of the command's list */
	v->full = filter_has(env->filter, FK_PID);
	v->sees_processes = env->live && proc_sees_all_pids();
	v->closers = closers_new(v->by, 0);
	if (!v->closers)
		goto no_memory;
	*ret_state = v;
	return 0;
no_memory:
	free(v);
	snprintf(err, errlen, "out of memory");
	return -ENOMEM;
}

static const struct actors *wanted(const struct closers_view *v, const struct conn *c)
{
	const struct actors *as = tracker_actors(v->env->tracker);

	return filter_match(v->env->filter, c, as, c->states_seen) ? as : NULL;
}

/* A process may have nothing but failed calls: it has a row, too. */
static int closers_on_event(void *state, const struct twt_event *ev)
{
	struct closers_view *v = state;
	struct actors *as;
	struct conn c;
	int err;

	if (!call_name(ev))
		return 0;
	err = call_conn(ev, tracker_names(v->env->tracker), &c, &as);
	if (err)
		return err;
	if (filter_match(v->env->filter, &c, as, 1U << ev->new_state))
		err = closers_call_failed(v->closers, &c, as);
	actors_free(as);
	return err;
}

static int closers_on_transition(void *state, const struct transition *tr)
{
	struct closers_view *v = state;
	const struct actors *as = wanted(v, tr->conn);

	return as ? closers_transition(v->closers, tr, as) : 0;
}

static int closers_on_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct closers_view *v = state;
	const struct actors *as = wanted(v, c);

	(void)ts_ns;
	return as ? closers_closed(v->closers, c, as) : 0;
}

static int closers_on_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	struct closers_view *v = state;
	const struct actors *as = wanted(v, c);

	return as ? closers_gone(v->closers, c, as, ts_ns) : 0;
}

static int look(void *ctx, const struct conn *c)
{
	struct closers_view *v = ctx;
	const struct actors *as = wanted(v, c);

	return as ? closers_look(v->closers, c, as) : 0;
}

/* Events tell of an exit only where it closed sockets. For what is shown, ask. */
static void note_exits(const struct closers_view *v, struct closer_row *const *rows, size_t n)
{
	for (size_t i = 0; v->sees_processes && v->by == CLOSERS_BY_PID && i < n; i++) {
		if (rows[i]->key.known && !rows[i]->exited)
			rows[i]->exited = !proc_is(closer_pid(rows[i]), closer_start_ms(rows[i]));
	}
}

static size_t rows_shown(const struct closers_view *v, size_t n)
{
	const struct options *o = v->env->opts;
	size_t top = o->json && !o->top_given ? n : (size_t)o->top;

	return top < n ? top : n;
}

/* The first ones in the order of the rows, which --top may leave over. */
static void find_outliers(struct closers_report *rep, struct closer_row *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!rows[i]->wire.out)
			continue;
		if (rep->n_out < OUTLIERS_SAID)
			rep->out[rep->n_out] = rows[i];
		rep->n_out++;
	}
}

/* Those beyond --top become one row, so that the sums are still there. */
static int report(struct closers_view *v, __u64 ts_ns)
{
	struct closer_row **rows, left = { .key.rest = 1 }, total;
	struct closers_report rep = { .ts_ns = ts_ns, .total = &total };
	struct hist left_rtt;
	size_t i, n, shown;
	int err;

	closers_look_begin(v->closers, ts_ns, (__u64)(v->env->opts->stuck_s * 1e9));
	if (v->by != CLOSERS_BY_REMOTE && filter_only(v->env->filter, FILTER_BRIEF))
		err = tracker_foreach_brief(v->env->tracker, look, v);
	else
		err = tracker_foreach(v->env->tracker, look, v);
	if (!err)
		err = closers_rows(v->closers, v->sort, &rows, &n);
	if (!err && v->by == CLOSERS_BY_REMOTE)
		err = closers_outliers(rows, n);
	if (err)
		return err;
	if (n && rows[n - 1]->key.rest && !v->said_rest) {
		log_error("more than %d groups: those that were idle longest are summed up as the rest", CLOSERS_ROWS_MAX);
		v->said_rest = true;
	}
	closers_total(v->closers, &total);
	rep.worst = closers_worst(rows, n);
	find_outliers(&rep, rows, n);
	shown = rows_shown(v, n);
	closer_rtt_init(&left_rtt);
	if (shown + 1 < n) {		/* a rest of one row is that row */
		left.wire.rtt = &left_rtt;
		for (i = shown; i < n; i++)
			closers_add_up(&left, rows[i]);
		closer_rtt_update(&left);
		rep.left_over = n - shown;
		rows[shown] = &left;
		n = shown + 1;
	}
	for (i = 0; i < n; i++)
		dests_sort(&rows[i]->dests);
	note_exits(v, rows, n);
	rep.rows = rows;
	rep.n = n;
	v->interval_ns = reports_window(&v->reports, ts_ns);
	err = v->env->opts->fields ? closers_chosen(v, &rep) : v->env->opts->json ? closers_json(v, &rep) : closers_text(v, &rep);
	hist_free(&left_rtt);
	closers_next(v->closers);
	reports_done(&v->reports, ts_ns);
	return err;
}

static int closers_interval(void *state, __u64 boundary_ns)
{
	struct closers_view *v = state;
	int err;

	if (!reports_due(&v->reports, boundary_ns))
		return 0;
	err = out_losses(&v->out, v->env, boundary_ns);
	return err ? err : report(v, boundary_ns);
}

static int closers_end(void *state, __u64 now_ns)
{
	struct closers_view *v = state;
	int err = out_losses(&v->out, v->env, now_ns);

	if (!err && reports_rest(&v->reports, now_ns, v->env->opts->count))
		err = report(v, now_ns);
	return err ? err : out_flush(v->env);
}

static void closers_close(void *state)
{
	struct closers_view *v = state;

	if (!v)
		return;
	closers_free(v->closers);
	out_free(&v->out);
	free(v);
}

const struct view_ops view_closers = {
	.name = "closers",
	.summary = "who closes first, per process: its closes, its TIME_WAITs and how they end, sockets that are stuck",
	.needs = TWT_NEED_STATES | TWT_NEED_NAMES,
	.wants_interval = true,
	.unhurried = true,
	.sums_up = true,
	.open = closers_open,
	.event = closers_on_event,
	.transition = closers_on_transition,
	.closed = closers_on_closed,
	.gone = closers_on_gone,
	.interval = closers_interval,
	.end = closers_end,
	.close = closers_close,
};
