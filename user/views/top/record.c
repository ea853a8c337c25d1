/* SPDX-License-Identifier: GPL-2.0-only */
/* Recording that is started and stopped by a key. A recording that fails is stopped; the screen goes on. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/track/reseed.h"
#include "run/opts.h"
#include "run/source_config.h"
#include "views/top/top.h"

static int write_event(void *ctx, const struct twt_event *ev)
{
	return view_record.event(ctx, ev);
}

int recording_start(struct top *t, const char *path)
{
	struct options opts = *t->env->opts;
	struct view_env env = *t->env;
	void *state;
	int err;

	if (!access(path, F_OK)) {
		(void)snprintf(t->prompt.error, sizeof(t->prompt.error), "%s exists already: choose another name", path);
		return -1;
	}
	opts.write_path = path;
	env.opts = &opts;
	err = view_record.open(&env, &state, t->prompt.error, sizeof(t->prompt.error));
	if (err)
		return err;
	/* First what exists already: otherwise only what begins from now on would be in it. */
	err = reseed(t->env->tracker, write_event, state);
	if (!err)
		err = pane_ports_settings(t, write_event, state);
	if (err) {
		(void)snprintf(t->prompt.error, sizeof(t->prompt.error), "cannot write %s: %s", path, strerror(-err));
		view_record.close(state);
		return err;
	}
	t->recording = state;
	t->env->wants->binds = true;	/* as of all recordings */
	(void)snprintf(t->record_path, sizeof(t->record_path), "%s", path);
	top_say(t, LOOK_PLAIN, "recording to %s; w: stop", path);
	return 0;
}

static void over(struct top *t)
{
	view_record.close(t->recording);
	t->recording = NULL;
	t->env->wants->binds = t->pane == PANE_PORTS;
}

int recording_event(struct top *t, const struct twt_event *ev)
{
	int err = t->recording ? view_record.event(t->recording, ev) : 0;

	if (!err)
		return 0;
	over(t);
	top_say(t, LOOK_BAD, "recording stopped: cannot write %s: %s", t->record_path, strerror(-err));
	return 0;
}

void recording_stop(struct top *t)
{
	int err;

	if (!t->recording)
		return;
	err = view_record.end(t->recording, tracker_now(t->env->tracker));
	over(t);
	if (err)
		top_say(t, LOOK_BAD, "cannot write %s: %s", t->record_path, strerror(-err));
	else
		top_say(t, LOOK_PLAIN, "recorded to %s", t->record_path);
}
