// SPDX-License-Identifier: GPL-2.0-only
#include "tracks.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/json.h"
#include "run/opts.h"

int tracks_open(struct tracks *ts, size_t n, const struct pipeline_config *cfg, const struct source_ops *ops, struct source *source)
{
	struct tracker_config tcfg = { 0 };

	ts->ops = ops;
	ts->source = source;
	ts->t = calloc(n, sizeof(*ts->t));
	if (!ts->t)
		return -ENOMEM;
	ts->n = n;
	ts->hosts.n = n;
	for (size_t i = 0; i < n; i++) {
		struct pipeline_config c = *cfg;
		struct track *t = &ts->t[i];
		int err;

		t->all = ts;
		c.ctx = t;
		err = pipeline_new(&c, &tcfg, &t->pipeline);
		if (err)
			return err;
		t->env.tracker = pipeline_tracker(t->pipeline);
	}
	return 0;
}

int tracks_name(struct tracks *ts, size_t i, const char *name, const char *labels)
{
	struct track *t = &ts->t[i];
	struct json j;

	t->host = (struct view_host){ .name = name, .i = i, .all = &ts->hosts };
	t->env.host = &t->host;
	json_init(&j, &t->labels);
	j.need_comma = true;
	json_str(&j, "host", name);
	strbuf_adds(&t->labels, labels ? labels : "");
	t->env.labels = t->labels.s;
	return t->labels.failed ? -ENOMEM : 0;
}

static bool chooses_host(const struct options *o)
{
	for (const char *const *k = (const char *const *)o->fields; k && *k; k++)
		if (!strcmp(*k, "host"))
			return true;
	return false;
}

int tracks_add(struct tracks *ts, const struct view_ops *v, char *err, size_t errlen)
{
	int n = ts->n_views;

	ts->views[n] = v;
	ts->n_views++;
	for (size_t i = 0; i < ts->n; i++) {
		struct track *t = &ts->t[i];
		int e;

		t->env.first = ts->t[0].states[n];
		t->env.headed = t->env.host && !v->says_host && !chooses_host(t->env.opts);
		e = v->open(&t->env, &t->states[n], err, errlen);
		if (e)
			return e;
		t->hooks[n] = (struct pipeline_hooks){
			.event = v->event, .transition = v->transition, .closed = v->closed, .gone = v->gone,
			.accepted = v->accepted, .interval = v->interval, .settled = v->settled, .end = v->end,
		};
		(void)pipeline_add(t->pipeline, &t->hooks[n], t->states[n]);
	}
	return 0;
}

/* Those that are not the first may stand on what is the first's. */
void tracks_free(struct tracks *ts)
{
	for (size_t i = ts->n; i-- > 0;) {
		struct track *t = &ts->t[i];

		for (int k = 0; k < ts->n_views; k++)
			ts->views[k]->close(t->states[k]);
		pipeline_free(t->pipeline);
		strbuf_free(&t->labels);
	}
	free(ts->t);
	memset(ts, 0, sizeof(*ts));
}

void tracks_feed(void *ctx, const struct twt_event *ev)
{
	struct tracks *ts = ctx;
	size_t i = ts->ops->which ? ts->ops->which(ts->source) : 0;

	(void)pipeline_event(ts->t[i].pipeline, ev);
}

int tracks_status(const struct tracks *ts)
{
	size_t done = 0;

	for (size_t i = 0; i < ts->n; i++) {
		int err = pipeline_status(ts->t[i].pipeline);

		if (err < 0)
			return err;
		done += err == 1;
	}
	return done == ts->n;
}

int tracks_settle(struct tracks *ts)
{
	for (size_t i = 0; i < ts->n; i++)
		(void)pipeline_settle(ts->t[i].pipeline);
	return tracks_status(ts);
}

int tracks_end(struct tracks *ts)
{
	int err = 0;

	for (size_t i = 0; i < ts->n; i++) {
		int e = pipeline_end(ts->t[i].pipeline);

		err = err ? err : e;
	}
	return err;
}

const struct view_ops *tracks_failed(const struct tracks *ts, int before)
{
	for (size_t i = 0; i < ts->n; i++) {
		int n = pipeline_failed_view(ts->t[i].pipeline) - before;

		if (n >= 0 && n < ts->n_views)
			return ts->views[n];
	}
	return NULL;
}

int tracks_verdict(const struct tracks *ts)
{
	int code = 0;

	for (size_t i = 0; i < ts->n; i++)
		for (int k = 0; k < ts->n_views && !code; k++)
			code = ts->views[k]->verdict ? ts->views[k]->verdict(ts->t[i].states[k]) : 0;
	return code;
}
