/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/report/other.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include "core/track/pipeline.h"
#include "run/opts.h"
#include "source/progress.h"

struct other {
	struct view_env env;
	struct source_wants wants;
	struct source *source;
	struct pipeline *pipeline;
	struct strbuf about;
	struct side *side;
};

static const struct pipeline_hooks hooks = {
	.event = side_event, .transition = side_transition, .closed = side_closed, .gone = side_gone, .accepted = side_accepted, .interval = side_interval,
};

int other_open(const struct view_env *env, const char *path, struct other **ret, char *err, size_t errlen)
{
	struct pipeline_config cfg = { .interval_ns = (__u64)(env->opts->interval_s * 1e9) };
	struct source_config source = { .path = path };
	struct other *o = calloc(1, sizeof(*o));
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!o)
		return -ENOMEM;
	e = source_file.open(&source, &o->source, err, errlen);
	if (!e)
		e = pipeline_new(&cfg, NULL, &o->pipeline);
	if (e)
		goto out;
	source_file.describe(o->source, &o->about);
	o->env = *env;
	o->env.tracker = pipeline_tracker(o->pipeline);
	o->env.about = o->about.s ? o->about.s : "";
	o->env.live = false;
	o->env.wants = &o->wants;
	e = side_open(&o->env, path, &o->side, err, errlen);
	if (e)
		goto out;
	(void)pipeline_add(o->pipeline, &hooks, o->side);
	*ret = o;
	return 0;
out:
	other_free(o);
	return e;
}

void other_free(struct other *o)
{
	if (!o)
		return;
	side_free(o->side);
	pipeline_free(o->pipeline);
	if (o->source)
		source_file.close(o->source);
	strbuf_free(&o->about);
	free(o);
}

static void feed(void *ctx, const struct twt_event *ev)
{
	(void)pipeline_event(ctx, ev);
}

/* Signals are kept for the loop, which does not run now. */
static bool is_over(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGHUP) == 1);
}

int other_read(struct other *o, struct side **ret)
{
	struct progress progress;
	int more = 1, err = 0;

	progress_begin(&progress, &source_file, o->source, !o->env.opts->quiet);
	while (more >= 0 && !err) {
		more = source_file.pump(o->source, feed, o->pipeline);
		progress_step(&progress);
		err = is_over() ? -EINTR : pipeline_status(o->pipeline);
	}
	progress_end(&progress);
	if (err >= 0)
		err = pipeline_end(o->pipeline);
	if (err)
		return err;
	*ret = o->side;
	return side_end(o->side, tracker_now(o->env.tracker), more == -ENODATA ? NULL : source_file.error(o->source));
}
