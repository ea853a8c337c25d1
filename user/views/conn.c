/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line for each connection, when its last trace is gone, or (--at close) when its socket is. With --live those of which that is not so, when the run
 * ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/fields/field.h"
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/call.h"
#include "views/out.h"
#include "views/pairs.h"
#include "views/view.h"

#define COLUMNS_MAX 48

struct conn_view {
	const struct view_env *env;
	struct pair_view *pairs;	/* --pairs: instead of lines of its own; or NULL */
	struct out out;
	const char *columns[COLUMNS_MAX + 1];
	bool started;
	__u64 start_ns;
};

static void choose_columns(struct conn_view *v, const struct options *o, bool host)
{
	const char *const *list = o->live ? o->wide ? fields_live_wide : fields_live_text :
					    o->wide ? fields_conn_wide : fields_conn_text;
	size_t n = 0;

	if (o->time_col || (!o->timestamp_col && !o->live))
		v->columns[n++] = "clock";
	if (o->timestamp_col)
		v->columns[n++] = "seconds";
	if (host)
		v->columns[n++] = "host";
	for (; *list && n < COLUMNS_MAX; list++) {
		if (strcmp(*list, "clock") != 0)
			v->columns[n++] = *list;
	}
}

/* --fields, or the columns that the other options choose. */
static const char *const *columns_of(const struct conn_view *v)
{
	return v->env->opts->fields ? v->env->opts->fields : v->columns;
}

/* STATES goes with the columns of --wide. */
static bool has_states(const struct conn_view *v)
{
	return v->env->opts->wide && !v->env->opts->fields;
}

static int conn_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct conn_view *v = calloc(1, sizeof(*v));

	if (!v) {
		snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	v->env = env;
	if (env->opts->pairs) {
		v->pairs = pair_view_new(env, env->first ? ((struct conn_view *)env->first)->pairs : NULL);
		if (!v->pairs) {
			free(v);
			snprintf(err, errlen, "out of memory");
			return -ENOMEM;
		}
	}
	choose_columns(v, env->opts, env->host);
	*ret_state = v;
	return 0;
}

/* Not in open(): a source that cannot be opened should leave no header behind. */
static int start(struct conn_view *v, __u64 ts_ns)
{
	if (v->started)
		return 0;
	v->started = true;
	v->start_ns = ts_ns;
	if (v->env->opts->json || v->env->opts->no_header || v->env->first)
		return 0;
	fields_header(&v->out.b, columns_of(v));
	if (has_states(v))
		strbuf_adds(&v->out.b, " STATES");
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

static int conn_event(void *state, const struct twt_event *ev)
{
	struct conn_view *v = state;
	int err = 0;

	if (v->pairs)
		return 0;
	err = start(v, ev->ts_ns);
	if (!err && ev->kind == TWT_CALL)
		err = call_line(&v->out, v->env, ev);
	return err < 0 ? err : 0;
}

static void text_states(struct strbuf *b, const struct conn *c, bool alive)
{
	__u8 states[ST_MAX];
	size_t n = fields_lived(c, alive, states);

	for (size_t i = 0; i < n; i++) {
		strbuf_addf(b, " %s=", tcp_state_name(states[i]));
		if (c->states_unknown & 1U << states[i])
			strbuf_addc(b, '-');
		else
			fmt_duration(b, c->in_ns[states[i]]);
	}
}

/* @alive: it is not over. */
static int print_conn(struct conn_view *v, const struct conn *c, __u64 ts_ns, bool alive)
{
	const struct view_env *env = v->env;
	struct field_src src = {
		.conn = c,
		.actors = tracker_actors(env->tracker),
		.clock_offset = tracker_clock_offset(env->tracker),
		.utc_offset = env->utc_offset,
		.host = env->host_name,
		.now_ns = ts_ns,
		.start_ns = v->start_ns,
		.alive = alive,
	};
	struct json j;
	int err;

	if (c->role == ROLE_LISTENER || !filter_match(env->filter, c, src.actors, alive ? 1U << c->state : c->states_seen))
		return 0;
	err = out_losses(&v->out, env, ts_ns);
	if (err)
		return err;
	if (env->opts->json) {
		json_init(&j, &v->out.b);
		json_open(&j, NULL, '{');
		if (env->opts->fields) {
			fields_json(&j, env->opts->fields, &src);
		} else {
			fields_conn_object(&j, &src);
			out_stacks(&j, env->tracker, c);
		}
		json_close(&j, '}');
	} else {
		fields_text(&v->out.b, columns_of(v), &src);
		if (has_states(v))
			text_states(&v->out.b, c, alive);
	}
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, env);
}

static int conn_transition(void *state, const struct transition *tr)
{
	const struct conn_view *v = state;

	return v->pairs ? pair_view_transition(v->pairs, tr) : 0;
}

static int conn_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct conn_view *v = state;
	const struct options *o = v->env->opts;

	if (v->pairs)
		return pair_view_closed(v->pairs, c, ts_ns);
	return o->at_close && !o->live ? print_conn(v, c, ts_ns, false) : 0;
}

static int conn_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	struct conn_view *v = state;
	const struct options *o = v->env->opts;

	return v->pairs || o->at_close || o->live ? 0 : print_conn(v, c, ts_ns, false);
}

struct list { struct conn_view *v; __u64 now_ns; };

/* --at close says when a connection counts as over here, too. */
static int list_conn(void *ctx, const struct conn *c)
{
	const struct list *l = ctx;
	struct conn so_far = *c;

	if (l->v->env->opts->at_close && c->flags & CONN_FULL_SOCK_GONE)
		return 0;
	so_far.states_seen |= 1U << c->state;
	if (c->flags & CONN_SINCE_UNKNOWN)
		so_far.states_unknown |= 1U << c->state;
	else
		so_far.in_ns[c->state] += l->now_ns > c->since_ns ? l->now_ns - c->since_ns : 0;
	return print_conn(l->v, &so_far, l->now_ns, true);
}

static int conn_end(void *state, __u64 now_ns)
{
	struct conn_view *v = state;
	struct list l = { v, now_ns };
	int err;

	if (v->pairs)
		return pair_view_end(v->pairs, now_ns);
	err = start(v, now_ns);
	if (!err && v->env->opts->live)
		err = tracker_foreach(v->env->tracker, list_conn, &l);
	if (!err)
		err = out_losses(&v->out, v->env, now_ns);
	return err ? err : out_flush(v->env);
}

static void conn_close(void *state)
{
	struct conn_view *v = state;

	if (!v)
		return;
	pair_view_free(v->pairs);
	out_free(&v->out);
	free(v);
}

const struct view_ops view_conn = {
	.name = "conn",
	.summary = "one line for each connection that is over: who opened, owned and closed it, and its TIME_WAIT; with --live for each that is not",
	.needs = TWT_NEED_STATES | TWT_NEED_NAMES,
	.says_host = true,
	.open = conn_open,
	.event = conn_event,
	.transition = conn_transition,
	.closed = conn_closed,
	.gone = conn_gone,
	.end = conn_end,
	.close = conn_close,
};
