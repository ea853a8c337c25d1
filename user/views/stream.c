/* SPDX-License-Identifier: GPL-2.0-only */
/* One line for each transition of a logical connection. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/fields/field.h"
#include "run/opts.h"
#include "views/call.h"
#include "views/out.h"
#include "views/view.h"

#define COLUMNS_MAX 32
#define SECONDS_WIDTH 12
#define HOST_WIDTH 16

struct stream {
	const struct view_env *env;
	struct out out;
	const char *columns[COLUMNS_MAX + 1];	/* text: keys of fields */
	struct fit_column fit[COLUMNS_MAX + 1];	/* instead, on a terminal that they do not fit on; .key NULL: they do */
	bool started;
	__u64 start_ns;				/* time of the first event */
};

/* The list that fits the options: its first column is the time, which -t and -T choose. */
static void choose_columns(struct stream *s, const struct options *o, bool host)
{
	const char *const *list = o->wide ? fields_stream_wide : fields_stream_text;
	size_t n = 0;

	if (o->time_col || !o->timestamp_col)
		s->columns[n++] = "clock";
	if (o->timestamp_col)
		s->columns[n++] = "seconds";
	if (host)
		s->columns[n++] = "host";
	for (; *list && n < COLUMNS_MAX; list++) {
		if (strcmp(*list, "clock") != 0)
			s->columns[n++] = *list;
	}
}

/* On a terminal no line wraps, unless more columns than fit were asked for. */
static void choose_fit(struct stream *s, const struct options *o, bool host)
{
	bool both = o->time_col && o->timestamp_col;
	size_t more = (both ? SECONDS_WIDTH + 1 : 0) + (host ? HOST_WIDTH + 1 : 0);
	const struct fit_column *c = o->wide || o->json || o->fields ? NULL : fields_fit(s->columns, o->cols, more);
	size_t n = 0;

	if (!c)
		return;
	if (o->timestamp_col) {
		if (both)
			s->fit[n++] = *c;
		s->fit[n++] = (struct fit_column){ "seconds", FIT_WHOLE, 0 };
		c++;
	} else if (host) {
		s->fit[n++] = *c++;
	}
	if (host)
		s->fit[n++] = (struct fit_column){ "host", FIT_END, HOST_WIDTH };
	for (; c->key && n < COLUMNS_MAX; c++)
		s->fit[n++] = *c;
}

/* --fields, or the columns that the other options choose. */
static const char *const *columns_of(const struct stream *s)
{
	return s->env->opts->fields ? s->env->opts->fields : s->columns;
}

static int stream_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	s->env = env;
	choose_columns(s, env->opts, env->host);
	choose_fit(s, env->opts, env->host);
	*ret_state = s;
	return 0;
}

static int print_header(struct stream *s)
{
	if (s->env->opts->json || s->env->opts->no_header || s->env->first)
		return 0;
	if (s->fit[0].key)
		fields_fit_header(&s->out.b, s->fit, s->env->opts->cols);
	else
		fields_header(&s->out.b, columns_of(s));
	strbuf_addc(&s->out.b, '\n');
	return out_line(&s->out, s->env);
}

/* Not in open(): a source that cannot be opened should leave no header behind. */
static int start(struct stream *s, __u64 ts_ns)
{
	if (s->started)
		return 0;
	s->started = true;
	s->start_ns = ts_ns;
	return print_header(s);
}

static int stream_event(void *state, const struct twt_event *ev)
{
	struct stream *s = state;
	int err = start(s, ev->ts_ns);

	if (!err && ev->kind == TWT_CALL)
		err = call_line(&s->out, s->env, ev);
	return err < 0 ? err : 0;
}

static int stream_transition(void *state, const struct transition *tr)
{
	struct stream *s = state;
	const struct view_env *env = s->env;
	struct field_src src = {
		.tr = tr,
		.conn = tr->conn,
		.actors = tracker_actors(env->tracker),
		.clock_offset = tracker_clock_offset(env->tracker),
		.utc_offset = env->utc_offset,
		.host = env->host_name,
		.now_ns = tracker_now(env->tracker),
		.start_ns = s->start_ns,
	};
	__u32 states = 1U << tr->old_state | 1U << tr->new_state;
	struct json j;
	int err;

	/* That it exists is no transition. */
	if (tr->marks & TR_SEEDED)
		return 0;
	if (!filter_match(env->filter, tr->conn, src.actors, states))
		return 0;
	err = out_losses(&s->out, env, src.now_ns);
	if (err)
		return err;
	if (env->opts->json) {
		json_init(&j, &s->out.b);
		json_open(&j, NULL, '{');
		fields_json(&j, env->opts->fields ? env->opts->fields : fields_stream_json, &src);
		json_close(&j, '}');
	} else if (s->fit[0].key) {
		fields_fit_text(&s->out.b, s->fit, env->opts->cols, &src);
	} else {
		fields_text(&s->out.b, columns_of(s), &src);
	}
	strbuf_addc(&s->out.b, '\n');
	return out_line(&s->out, env);
}

static int stream_end(void *state, __u64 now_ns)
{
	struct stream *s = state;
	int err = start(s, now_ns);

	if (!err)
		err = out_losses(&s->out, s->env, now_ns);
	return err ? err : out_flush(s->env);
}

static void stream_close(void *state)
{
	struct stream *s = state;

	if (s)
		out_free(&s->out);
	free(s);
}

const struct view_ops view_stream = {
	.name = "stream",
	.summary = "one line for each state transition of each connection, TIME_WAIT included",
	.needs = TWT_NEED_STATES | TWT_NEED_NAMES,
	.says_host = true,
	.open = stream_open,
	.event = stream_event,
	.transition = stream_transition,
	.end = stream_end,
	.close = stream_close,
};
