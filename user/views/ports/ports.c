/* SPDX-License-Identifier: GPL-2.0-only */
/* Ephemeral ports by destination, every interval: what is usable, taken, free, and when they run out. */
#include "views/ports/ports.h"
#include <errno.h>
#include <stdlib.h>
#include "core/ports/whatif/whatif.h"
#include "run/log.h"
#include "run/opts.h"
#include "views/call.h"

static void ports_view_close(void *state)
{
	struct ports_view *v = state;

	if (!v)
		return;
	ports_free(v->ports);
	out_free(&v->out);
	free(v);
}

static int ports_view_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct ports_view *v = calloc(1, sizeof(*v));

	if (v && env->opts->by && ports_by_parse(env->opts->by, &v->by)) {
		(void)snprintf(err, errlen, "ports cannot group by \"%s\"", env->opts->by);
		free(v);
		return -EINVAL;
	}
	if (v) {
		v->env = env;
		v->ports = ports_new(v->by);
	}
	if (!v || !v->ports) {
		(void)snprintf(err, errlen, "out of memory");
		ports_view_close(v);
		return -ENOMEM;
	}
	if (env->opts->n_what_ifs)
		ports_keep_calls(v->ports);
	*ret_state = v;
	return 0;
}

static bool wanted(const struct ports_view *v, const struct conn *c)
{
	return filter_match(v->env->filter, c, tracker_actors(v->env->tracker), c->states_seen);
}

static int on_event(void *state, const struct twt_event *ev)
{
	struct ports_view *v = state;

	struct actors *as;
	struct conn c;
	int err;

	if (!call_name(ev))
		return ports_event(v->ports, ev);
	err = call_conn(ev, tracker_names(v->env->tracker), &c, &as);
	if (err)
		return err;
	err = ports_call_failed(v->ports, ev, &c, as, filter_match(v->env->filter, &c, as, 1U << ev->new_state));
	actors_free(as);
	return err;
}

static int on_transition(void *state, const struct transition *tr)
{
	struct ports_view *v = state;

	return ports_transition(v->ports, tr, tracker_actors(v->env->tracker), wanted(v, tr->conn));
}

static int on_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct ports_view *v = state;

	return ports_closed(v->ports, c, tracker_actors(v->env->tracker), ts_ns);
}

static int on_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	struct ports_view *v = state;

	return ports_gone(v->ports, c, tracker_actors(v->env->tracker), ts_ns);
}

static void say_left_out(struct ports_view *v)
{
	if (!ports_left_out(v->ports) || v->said_left_out)
		return;
	v->said_left_out = true;
	log_error("more than %d destinations: not all of them are counted; -N, or the filters when replaying, leave some out",
		  PORTS_DESTS_MAX);
}

int ports_look_now(struct ports_view *v, __u64 ts_ns, struct ports_row ***ret, size_t *ret_n)
{
	int err = ports_look_all(v->ports, ts_ns, v->env->tracker, v->env->filter);

	return err ? err : ports_rows(v->ports, reports_window(&v->reports, ts_ns), tracker_actors(v->env->tracker), ret, ret_n);
}

static int report(struct ports_view *v, __u64 ts_ns)
{
	const struct options *o = v->env->opts;
	struct ports_report rep = { .ts_ns = ts_ns };
	struct ports_row **rows;
	int err = ports_look_now(v, ts_ns, &rows, &rep.n);

	if (err)
		return err;
	say_left_out(v);
	rep.rows = rows;
	rep.shown = o->json && !o->top_given ? rep.n : (size_t)o->top < rep.n ? (size_t)o->top : rep.n;
	if (!o->n_what_ifs)
		err = o->json ? ports_json(v, &rep) : ports_text(v, &rep);
	ports_next(v->ports);
	reports_done(&v->reports, ts_ns);
	return err;
}

static int on_interval(void *state, __u64 boundary_ns)
{
	struct ports_view *v = state;
	int err;

	if (!reports_due(&v->reports, boundary_ns)) {
		ports_next(v->ports);
		return 0;
	}
	err = out_losses(&v->out, v->env, boundary_ns);
	return err ? err : report(v, boundary_ns);
}

static void say_lacking(const struct ports_view *v)
{
	if (!ports_lack_settings(v->ports))
		return;
	if (v->env->live)
		log_error("the settings of these network namespaces cannot be read, so that what is usable is not known; run with sudo");
	else
		log_error("this recording has no settings of namespaces (ip_local_port_range and others): it was made before twtrace 0.2, "
			  "so what is usable, free and left is not known; record anew");
}

static int on_end(void *state, __u64 now_ns)
{
	struct ports_view *v = state;
	int err = out_losses(&v->out, v->env, now_ns);

	if (!err && reports_rest(&v->reports, now_ns, v->env->opts->count))
		err = report(v, now_ns);
	if (!v->env->opts->n_what_ifs)
		say_lacking(v);
	else if (!err)
		err = ports_print_what_if(v, now_ns);
	return err ? err : out_flush(v->env);
}

const struct view_ops view_ports = {
	.name = "ports",
	.summary = "ephemeral ports by destination: usable, taken, free, when they run out and who holds them",
	.needs = TWT_NEED_STATES | TWT_NEED_NAMES,
	.wants_interval = true,
	.unhurried = true,
	.sums_up = true,
	.open = ports_view_open,
	.event = on_event,
	.transition = on_transition,
	.closed = on_closed,
	.gone = on_gone,
	.interval = on_interval,
	.end = on_end,
	.close = ports_view_close,
};
