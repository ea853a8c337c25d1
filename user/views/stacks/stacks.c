/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/stacks/stacks.h"
#include <errno.h>
#include <stdlib.h>
#include "run/log.h"
#include "run/opts.h"

static void stacks_close(void *state)
{
	struct stacks_view *v = state;

	if (!v)
		return;
	paths_free(v->paths);
	out_free(&v->out);
	free(v);
}

static int stacks_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct stacks_view *v = calloc(1, sizeof(*v));

	if (v)
		v->paths = paths_new(env->opts->paths_of);
	if (!v || !v->paths) {
		stacks_close(v);
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	v->env = env;
	v->of = env->opts->paths_of;
	*ret_state = v;
	return 0;
}

static bool wanted(struct stacks_view *v, const struct conn *c)
{
	paths_set_stacks(v->paths, tracker_stacks(v->env->tracker));	/* there with the first of them */
	return filter_match(v->env->filter, c, tracker_actors(v->env->tracker), c->states_seen);
}

static int on_transition(void *state, const struct transition *tr)
{
	struct stacks_view *v = state;

	return wanted(v, tr->conn) ? paths_transition(v->paths, tr, tracker_actors(v->env->tracker)) : 0;
}

static int on_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	struct stacks_view *v = state;

	(void)ts_ns;
	return wanted(v, c) ? paths_gone(v->paths, c, tracker_actors(v->env->tracker)) : 0;
}

static int look_listener(void *ctx, const struct conn *c)
{
	struct stacks_view *v = ctx;

	return wanted(v, c) ? paths_look_listener(v->paths, c, tracker_actors(v->env->tracker)) : 0;
}

static int look(void *ctx, const struct conn *c)
{
	struct stacks_view *v = ctx;

	return wanted(v, c) ? paths_look(v->paths, c, tracker_actors(v->env->tracker)) : 0;
}

static int report(struct stacks_view *v, __u64 ts_ns)
{
	const struct path_row *const *rows;
	size_t n;
	int err;

	paths_look_begin(v->paths, ts_ns, (__u64)(v->env->opts->stuck_s * 1e9));
	err = tracker_foreach(v->env->tracker, look_listener, v);
	if (!err)
		err = tracker_foreach(v->env->tracker, look, v);
	if (!err)
		err = paths_rows(v->paths, &rows, &n);
	if (!err)
		err = stacks_write(v, rows, n, ts_ns);
	reports_done(&v->reports, ts_ns);
	return err;
}

static int on_interval(void *state, __u64 boundary_ns)
{
	struct stacks_view *v = state;
	int err;

	if (!reports_due(&v->reports, boundary_ns))
		return 0;
	err = out_losses(&v->out, v->env, boundary_ns);
	return err ? err : report(v, boundary_ns);
}

static int on_end(void *state, __u64 now_ns)
{
	struct stacks_view *v = state;
	int err = out_losses(&v->out, v->env, now_ns);

	if (!v->env->live && !tracker_stacks(v->env->tracker))
		log_error("this recording has no stacks; make one with: twtrace -w FILE stacks");
	if (!err && (!v->reports.n || reports_rest(&v->reports, now_ns, v->env->opts->count)))
		err = report(v, now_ns);
	return err ? err : out_flush(v->env);
}

const struct view_ops view_stacks = {
	.name = "stacks",
	.summary = "which code opens and closes connections, in functions and lines, and how many connections, TIME_WAITs and stuck sockets it is behind",
	.wants_interval = true,
	.sums_up = true,
	.needs = TWT_NEED_STATES | TWT_NEED_NAMES,
	.open = stacks_open,
	.transition = on_transition,
	.gone = on_gone,
	.interval = on_interval,
	.end = on_end,
	.close = stacks_close,
};
