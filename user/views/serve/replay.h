/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording as it was at a moment: what the page tells, of a source, a table and counts of its own. It goes forward only, in bounded steps; who wants an
 * earlier moment begins anew.
 */
#ifndef VIEWS_SERVE_REPLAY_H
#define VIEWS_SERVE_REPLAY_H
#include "views/live/live.h"

struct replay;

/* Before the first event of the recording that @env's command line names. Returns 0 or a negative errno with one sentence in @err. */
int replay_open(const struct view_env *env, const struct live_span *span, struct replay **ret, char *err, size_t errlen);
void replay_close(struct replay *r);		/* NULL is fine */
/*
 * Where it is to go: what happened before @at_ns is in it then, and nothing else, as at an interval of `count` that ends there. What is told as a rate is
 * of the second before. Not before replay_can() is true.
 */
void replay_aim(struct replay *r, __u64 at_ns);
bool replay_can(const struct replay *r, __u64 at_ns);
__u64 replay_aimed(const struct replay *r);
bool replay_is_there(const struct replay *r);
__u64 replay_now(const struct replay *r);
/*
 * Some thousands of events. Returns REPLAY_FAR, REPLAY_BASE (once, a second before: rates can be told from here on), REPLAY_THERE, or a negative errno:
 * replay_error() says why.
 */
enum { REPLAY_THERE, REPLAY_BASE, REPLAY_FAR };
int replay_step(struct replay *r, __u64 mono_ns);
/* From now on, since it is there: it goes on by itself as time goes by, @speed times as fast. */
void replay_play(struct replay *r, double speed, __u64 mono_ns);
const char *replay_error(const struct replay *r);
struct live *replay_live(struct replay *r);
#endif
