/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Going to and fro in a recording. A few replays stand where somebody looked last; who wants another moment gets the nearest one before it, which then goes
 * on to there, or else one that begins anew: the table of connections is not kept in copies. Bounded: MOMENTS_MAX tables.
 */
#ifndef VIEWS_SERVE_MOMENTS_H
#define VIEWS_SERVE_MOMENTS_H
#include "views/serve/replay.h"

#define MOMENTS_MAX 6

struct moments;

/* @ret is NULL where the recording is no file, or there is none: then there is nothing to go to. Returns 0 or -ENOMEM. */
int moments_new(const struct view_env *env, struct moments **ret);
void moments_free(struct moments *m);		/* NULL is fine */
/* While it is read for the first time: an event, before it is told to the tracker; when all sockets that existed are in the table; and the end. */
void moments_event(struct moments *m, const struct twt_event *ev);
void moments_base(struct moments *m, __u64 now_ns);
void moments_whole(struct moments *m, __u64 now_ns);
const struct live_span *moments_span(const struct moments *m);
/* The object of /api/v1/timeline. */
void moments_json(const struct moments *m, struct strbuf *b);
/* "12.5": seconds since the first event, as ns since boot, the last event's at most. Returns 0, or -EINVAL with one sentence in @err. */
int moments_parse(const struct moments *m, const char *text, __u64 *ret_ns, char *err, size_t errlen);
/* "0.1": how many times as fast as it was; 0: it does not play. */
double moments_speed(const char *text);
/*
 * One that is on its way to @at_ns, or there. @hold: it is the caller's until moments_release(); else good until the next call. Returns 0, -EBUSY, or
 * another negative errno, with one sentence in @err.
 */
int moments_take(struct moments *m, __u64 at_ns, bool hold, __u64 mono_ns, struct replay **ret, char *err, size_t errlen);
void moments_release(struct moments *m, struct replay *r);	/* NULL is fine */
#endif
