/* SPDX-License-Identifier: GPL-2.0-only */
/* Who waits at the door: listening sockets and their queues, every interval. */
#include "views/listeners/listeners.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "run/log.h"
#include "run/opts.h"
#include "source/source.h"

static int listeners_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct listeners_view *v = calloc(1, sizeof(*v));

	if (v)
		v->listeners = listeners_new();
	if (!v || !v->listeners) {
		free(v);
		snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	v->env = env;
	if (env->opts->sort)
		(void)listeners_sort_parse(env->opts->sort, &v->sort);	/* one of the command's list */
	env->wants->listeners = true;
	*ret_state = v;
	return 0;
}

static int listeners_on_event(void *state, const struct twt_event *ev)
{
	return listeners_event(((struct listeners_view *)state)->listeners, ev);
}

static int listeners_on_transition(void *state, const struct transition *tr)
{
	struct listeners_view *v = state;

	return listeners_transition(v->listeners, tr, tracker_actors(v->env->tracker));
}

static int listeners_on_accepted(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	(void)ts_ns;
	return listeners_accepted(((struct listeners_view *)state)->listeners, c, wait_ns, by_use);
}

static void say_what_is_missing(struct listeners_view *v)
{
	if (!listeners_looked(v->listeners) && !v->said_unlooked) {
		log_error(v->env->live ? "the kernel's listeners could not be looked at yet: queues and drops are unknown" :
			  "nobody looked at queues for this recording: they are unknown; record with: twtrace -w FILE listeners");
		v->said_unlooked = true;
	}
	if (listeners_left_out(v->listeners) && !v->said_left_out) {
		log_error("more than %d listening sockets: those beyond are left out", LISTENERS_MAX);
		v->said_left_out = true;
	}
}

static int report(struct listeners_view *v, __u64 ts_ns)
{
	const struct actors *as = listeners_actors(v->listeners);
	const struct options *o = v->env->opts;
	struct listeners_report rep = { .ts_ns = ts_ns };
	const struct listener *const *rows, **wanted;
	size_t n, i;
	int err;

	listeners_set_names(v->listeners, actors_names(tracker_actors(v->env->tracker)));
	listeners_interval(v->listeners);
	say_what_is_missing(v);
	err = listeners_rows(v->listeners, v->sort, &rows, &n);
	if (err)
		return err;
	wanted = malloc((n ? n : 1) * sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (!listener_match(v->env->filter, rows[i], as))
			continue;
		if (o->top_given && rep.n == o->top)
			rep.left_over++;
		else
			wanted[rep.n++] = rows[i];
	}
	rep.rows = wanted;
	err = o->json ? listeners_json(v, &rep) : listeners_text(v, &rep);
	free(wanted);
	reports_done(&v->reports, ts_ns);
	return err;
}

static int listeners_on_interval(void *state, __u64 boundary_ns)
{
	struct listeners_view *v = state;
	int err;

	if (!reports_due(&v->reports, boundary_ns)) {
		listeners_interval(v->listeners);	/* ... and rates count from here on */
		return 0;
	}
	err = out_losses(&v->out, v->env, boundary_ns);
	return err ? err : report(v, boundary_ns);
}

static int listeners_end(void *state, __u64 now_ns)
{
	struct listeners_view *v = state;
	int err = out_losses(&v->out, v->env, now_ns);

	if (!err && reports_rest(&v->reports, now_ns, v->env->opts->count))
		err = report(v, now_ns);
	return err ? err : out_flush(v->env);
}

static void listeners_close(void *state)
{
	struct listeners_view *v = state;

	if (!v)
		return;
	listeners_free(v->listeners);
	out_free(&v->out);
	free(v);
}

const struct view_ops view_listeners = {
	.name = "listeners",
	.summary = "who waits at the door: per listening socket its queues, how fast it accepts, what it dropped",
	.needs = TWT_NEED_STATES | TWT_NEED_NAMES,
	.wants_interval = true,
	.sums_up = true,
	.may_want_listeners = true,
	.open = listeners_open,
	.event = listeners_on_event,
	.transition = listeners_on_transition,
	.accepted = listeners_on_accepted,
	.interval = listeners_on_interval,
	.end = listeners_end,
	.close = listeners_close,
};
