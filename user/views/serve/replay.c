/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/serve/replay.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/track/pipeline.h"
#include "run/opts.h"
#include "source/pace.h"

#define RATES_NS 1000000000ULL		/* what rates are of */
#define PUMPS 16			/* of some thousand events each, in a step */

struct replay {
	struct view_env env;
	struct source_wants wants;
	struct source *source;		/* paced */
	struct pipeline *pipeline;
	struct live *live;
	__u64 start_ns, base_ns, aim_ns;
	bool based, there, plays, ended;
};

static int on_event(void *live, const struct twt_event *ev) { return live_event(live, ev); }
static int on_transition(void *live, const struct transition *tr) { return live_transition(live, tr); }
static int on_closed(void *live, const struct conn *c, __u64 ts_ns) { return live_closed(live, c, ts_ns); }
static int on_gone(void *live, const struct conn *c, __u64 ts_ns) { return live_gone(live, c, ts_ns); }
static int on_accepted(void *live, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use) { return live_accepted(live, c, ts_ns, wait_ns, by_use); }

static const struct pipeline_hooks hooks = {
	.event = on_event, .transition = on_transition, .closed = on_closed, .gone = on_gone, .accepted = on_accepted,
};

static int open_source(struct replay *r, char *err, size_t errlen)
{
	struct source_config cfg = r->env.opts->source;
	struct source *file;
	int e = source_file.open(&cfg, &file, err, errlen);

	if (e)
		return e;
	r->source = pace_new(&source_file, file, PACE_MAX);
	if (!r->source) {
		source_file.close(file);
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	return 0;
}

int replay_open(const struct view_env *env, const struct live_span *span, struct replay **ret, char *err, size_t errlen)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct pipeline_config cfg = { 0 };
	struct tracker_config tcfg = { 0 };
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!r)
		return -ENOMEM;
	r->env = *env;
	r->env.wants = &r->wants;
	r->env.paced = NULL;
	r->start_ns = span->start_ns;
	if (!pipeline_new(&cfg, &tcfg, &r->pipeline)) {
		r->env.tracker = pipeline_tracker(r->pipeline);
		e = open_source(r, err, errlen);
	}
	if (!e)
		e = live_open(&r->env, &r->live, err, errlen);
	if (e) {
		replay_close(r);
		return e;
	}
	live_set_span(r->live, span);
	(void)pipeline_add(r->pipeline, &hooks, r->live);
	*ret = r;
	return 0;
}

void replay_close(struct replay *r)
{
	if (!r)
		return;
	live_close(r->live);
	pipeline_free(r->pipeline);
	source_paced.close(r->source);
	free(r);
}

static __u64 base_of(const struct replay *r, __u64 at_ns)
{
	return at_ns > r->start_ns + RATES_NS ? at_ns - RATES_NS : r->start_ns;
}

bool replay_can(const struct replay *r, __u64 at_ns)
{
	return r->aim_ns == at_ns || replay_now(r) <= base_of(r, at_ns);
}

void replay_aim(struct replay *r, __u64 at_ns)
{
	if (r->aim_ns == at_ns)
		return;
	r->aim_ns = at_ns;
	r->base_ns = base_of(r, at_ns);
	r->there = false;
	if (r->plays)
		pace_set_speed(r->source, PACE_MAX);
	r->plays = false;
	r->based = r->base_ns == r->start_ns;	/* views have had that one by themselves */
}

__u64 replay_aimed(const struct replay *r)
{
	return r->aim_ns;
}

bool replay_is_there(const struct replay *r)
{
	return r->there;
}

__u64 replay_now(const struct replay *r)
{
	return tracker_now(r->env.tracker);
}

static void feed(void *ctx, const struct twt_event *ev)
{
	(void)pipeline_event(ctx, ev);
}

/* What was due before that moment is in it. Returns 0 or a negative errno. */
static int arrive(struct replay *r, __u64 ts_ns)
{
	struct twt_event tick = { .kind = TWT_TICK, .ts_ns = ts_ns };

	return r->ended ? 0 : pipeline_event(r->pipeline, &tick);
}

/* Some events up to the limit. Returns 1 if there are more, 0 or a negative errno. */
static int some(struct replay *r, __u64 until_ns)
{
	int err;

	pace_until(r->source, until_ns);
	for (int i = 0; i < PUMPS && !r->ended && !pace_reached(r->source); i++) {
		int more = source_paced.pump(r->source, feed, r->pipeline);

		if (more == -ENODATA) {
			r->ended = true;
			err = pipeline_settle(r->pipeline);
		} else {
			err = more < 0 ? more : pipeline_status(r->pipeline);
		}
		if (err < 0)
			return err;
		if (more == 0 && r->plays)
			return 0;
	}
	return !r->ended && !pace_reached(r->source);
}

int replay_step(struct replay *r, __u64 mono_ns)
{
	int err;

	pace_clock(r->source, mono_ns);
	if (r->plays) {
		err = some(r, ~0ULL);
		return err < 0 ? err : REPLAY_THERE;
	}
	if (r->there)
		return REPLAY_THERE;
	err = some(r, r->based ? r->aim_ns : r->base_ns);
	if (err)
		return err < 0 ? err : REPLAY_FAR;
	if (!r->based) {
		r->based = true;
		err = arrive(r, r->base_ns);
		if (!err)
			err = live_base(r->live, r->base_ns);
		return err ? err : REPLAY_BASE;
	}
	r->there = true;
	return arrive(r, r->aim_ns);
}

void replay_play(struct replay *r, double speed, __u64 mono_ns)
{
	pace_clock(r->source, mono_ns);
	pace_set_speed(r->source, speed);
	r->plays = true;
	r->aim_ns = 0;
}

const char *replay_error(const struct replay *r)
{
	return source_paced.error(r->source);
}

struct live *replay_live(struct replay *r)
{
	return r->live;
}
