/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that are over, in a format of somebody else's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "run/opts.h"
#include "views/export/export.h"

const struct export_format *const export_formats[] = { &export_csv, &export_ndjson, &export_trace, NULL };

const struct export_format *export_format_find(const char *name)
{
	for (const struct export_format *const *f = export_formats; *f; f++)
		if (!strcmp((*f)->name, name))
			return *f;
	return NULL;
}

static void export_close(void *state)
{
	struct export_view *v = state;

	if (!v)
		return;
	if (v->first == v)
		sink_free(v->sink);
	free(v->own_keys);
	strbuf_free(&v->b);
	strbuf_free(&v->cell);
	if (v->first == v)
		free(v->state);
	free(v);
}

/* Where lines do not say it otherwise. Returns 0 or -ENOMEM. */
static int add_host(struct export_view *v)
{
	size_t n = 0;

	while (v->keys[n])
		n++;
	v->own_keys = calloc(n + 2, sizeof(*v->own_keys));
	if (!v->own_keys)
		return -ENOMEM;
	v->own_keys[0] = "host";
	memcpy(v->own_keys + 1, v->keys, n * sizeof(*v->keys));
	v->keys = v->own_keys;
	return 0;
}

static int export_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct export_view *v = calloc(1, sizeof(*v));
	int e;

	if (!v) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	v->env = env;
	v->format = export_format_find(env->opts->export.format);
	v->keys = env->opts->fields ? (const char *const *)env->opts->fields : v->format->keys;
	v->first = env->first ? env->first : v;
	v->to_ns = ~0ULL;
	e = env->host && !env->opts->fields && v->keys && !v->format->labelled ? add_host(v) : 0;
	if (e)
		(void)snprintf(err, errlen, "out of memory");
	else if (v->first == v)
		e = sink_open(env->opts->export.path, env->out, &v->sink, err, errlen);
	if (e) {
		export_close(v);
		return e;
	}
	*ret_state = v;
	return 0;
}

static long long wall_of_start(const struct export_view *v)
{
	return (long long)v->start_ns + tracker_clock_offset(v->env->tracker);
}

/* @t in event time; @else_ns where it was not given. */
static __u64 event_time(const struct export_view *v, const struct point_in_time *t, __u64 else_ns)
{
	long long ns;

	if (!t->given)
		return else_ns;
	if (t->since_start && v->first->earliest == v)
		ns = (long long)v->start_ns + t->ns;
	else
		ns = (t->since_start ? wall_of_start(v->first->earliest) : 0) + t->ns - tracker_clock_offset(v->env->tracker);
	return ns > 0 ? (__u64)ns : 0;
}

/* Not in open(): a source that cannot be opened should leave nothing behind; and wall clock time is known now. */
static int begin(struct export_view *v)
{
	if (v->begun)
		return 0;
	v->begun = true;
	v->from_ns = event_time(v, &v->env->opts->export.from, 0);
	v->to_ns = event_time(v, &v->env->opts->export.to, ~0ULL);
	if (v->first != v)
		return begin(v->first);
	return v->format->begin ? v->format->begin(v) : 0;
}

/* All recordings write to the same place. */
static int put(struct export_view *v)
{
	int err = v->first != v && v->first->b.len ? sink_put(v->first->sink, &v->first->b) : 0;

	return err ? err : sink_put(v->first->sink, &v->b);
}

static int export_event(void *state, const struct twt_event *ev)
{
	struct export_view *v = state;

	if (!v->start_ns)
		v->start_ns = ev->ts_ns;
	if (!v->first->earliest)
		v->first->earliest = v;
	return 0;
}

static int add(struct export_view *v, const struct conn *c, __u64 ts_ns)
{
	struct field_src src = {
		.conn = c,
		.actors = tracker_actors(v->env->tracker),
		.clock_offset = tracker_clock_offset(v->env->tracker),
		.utc_offset = v->env->utc_offset,
		.host = v->env->host_name,
		.now_ns = ts_ns,
		.start_ns = v->start_ns,
	};
	int err = begin(v);

	if (err || c->role == ROLE_LISTENER || ts_ns < v->from_ns || c->born_ns > v->to_ns ||
	    !filter_match(v->env->filter, c, src.actors, c->states_seen))
		return err;
	err = v->format->conn(v, &src);
	v->first->n++;
	return err ? err : put(v);
}

static int export_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	return add(state, c, ts_ns);
}

static int export_interval(void *state, __u64 boundary_ns)
{
	struct export_view *v = state;
	int err = begin(v);

	if (err || !v->format->interval || boundary_ns < v->from_ns || boundary_ns > v->to_ns)
		return err;
	err = v->format->interval(v, boundary_ns);
	return err ? err : put(v);
}

static int add_living(void *ctx, const struct conn *c)
{
	struct export_view *v = ctx;

	return add(v, c, tracker_now(v->env->tracker));
}

static int export_end(void *state, __u64 now_ns)
{
	struct export_view *v = state;
	bool last = !v->env->host || v->env->host->i + 1 == v->env->host->all->n;
	int err = begin(v);

	(void)now_ns;
	if (!err && v->format->wants_living)
		err = tracker_foreach(v->env->tracker, add_living, v);
	if (!err && last && v->format->end)
		err = v->format->end(v);
	if (!err)
		err = put(v);
	return err || !last ? err : sink_done(v->first->sink);
}

const struct view_ops view_export = {
	.name = "export",
	.summary = "connections for other programs: csv and ndjson have a line for each that is over, trace is for Perfetto and chrome://tracing",
	.open = export_open,
	.event = export_event,
	.gone = export_gone,
	.interval = export_interval,
	.end = export_end,
	.close = export_close,
};
