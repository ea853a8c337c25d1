/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording says, in one file for others: a page that asks nobody for anything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "run/log.h"
#include "run/opts.h"
#include "views/report/html.h"
#include "views/report/other.h"
#include "views/sink.h"

struct report_view {
	const struct view_env *env;
	struct side *side;
	struct other *other;	/* --compare, or NULL */
	struct sink *sink;
};

static void report_close(void *state)
{
	struct report_view *v = state;

	if (!v)
		return;
	sink_free(v->sink);
	side_free(v->side);
	other_free(v->other);
	free(v);
}

static int report_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	const struct options *o = env->opts;
	struct report_view *v = calloc(1, sizeof(*v));
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!v)
		return -ENOMEM;
	v->env = env;
	e = side_open(env, o->replay ? o->source.path : NULL, &v->side, err, errlen);
	if (!e && o->report.other)
		e = other_open(env, o->report.other, &v->other, err, errlen);
	if (!e)
		e = sink_open(o->report.path, env->out, &v->sink, err, errlen);
	if (e) {
		report_close(v);
		return e;
	}
	*ret_state = v;
	return 0;
}

static int report_event(void *state, const struct twt_event *ev)
{
	return side_event(((struct report_view *)state)->side, ev);
}

static int report_transition(void *state, const struct transition *tr)
{
	return side_transition(((struct report_view *)state)->side, tr);
}

static int report_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	return side_closed(((struct report_view *)state)->side, c, ts_ns);
}

static int report_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	return side_gone(((struct report_view *)state)->side, c, ts_ns);
}

static int report_accepted(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	return side_accepted(((struct report_view *)state)->side, c, ts_ns, wait_ns, by_use);
}

static int report_interval(void *state, __u64 boundary_ns)
{
	return side_interval(((struct report_view *)state)->side, boundary_ns);
}

/* Returns 0, -ENODATA (its recording was used as far as it goes, and that was said), or another negative errno. */
static int read_other(struct report_view *v, struct side **ret)
{
	int err = v->other ? other_read(v->other, ret) : 0;

	if (err == -EINTR) {
		log_error("interrupted: there is no report");
		return -ECANCELED;
	}
	if (!err && *ret && (*ret)->cut) {
		log_error("%s", (*ret)->cut);
		return -ENODATA;
	}
	return err;
}

static int report_end(void *state, __u64 now_ns)
{
	struct report_view *v = state;
	struct side *other = NULL;
	struct strbuf page = { 0 };
	int err = side_end(v->side, now_ns, v->env->cut), said = 0;

	if (!err)
		said = read_other(v, &other);
	if (!err)
		err = said == -ENODATA ? 0 : said == -ECANCELED ? -ENODATA : said;
	if (!err)
		err = report_html(v->side, other, &page);
	if (!err)
		err = sink_put(v->sink, &page);
	if (!err)
		err = sink_done(v->sink);
	strbuf_free(&page);
	return err ? err : said;
}

const struct view_ops view_report = {
	.name = "report",
	.summary = "one page in one file, for a ticket: what was traced, findings, states, counts over time, who closes first, TIME_WAITs, phases, ports, "
		   "listeners, what is stuck or slow; two recordings side by side with --compare",
	.may_want_listeners = true,
	.open = report_open,
	.event = report_event,
	.transition = report_transition,
	.closed = report_closed,
	.gone = report_gone,
	.accepted = report_accepted,
	.interval = report_interval,
	.end = report_end,
	.close = report_close,
};
