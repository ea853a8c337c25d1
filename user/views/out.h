/* SPDX-License-Identifier: GPL-2.0-only */
/* What views share: a line out, and losses beside it. */
#ifndef VIEWS_OUT_H
#define VIEWS_OUT_H
#include "core/text/json.h"
#include "core/text/strbuf.h"
#include "core/track/tracker.h"
#include "views/view.h"

struct out {
	struct strbuf b;		/* the line in the making */
	struct strbuf labelled;		/* the same with --label */
	__u64 lost[LOSS_MAX];		/* as last said */
};

void out_free(struct out *o);
/* @b, which are lines of JSON objects, with @labels (view_env.labels) at the end of each, in @scratch; @b itself where there are none. */
const struct strbuf *out_labelled(const struct strbuf *b, struct strbuf *scratch, const char *labels);
/*
 * Write .b and empty it. Where several recordings are read, lines of text that do not say it themselves have a line before them, "==> HOST <==", wherever they
 * are another host's than the line before. Returns 0 or a negative errno: -EPIPE, -ENOSPC; -ENOMEM if the line was cut.
 */
int out_line(struct out *o, const struct view_env *env);
/* Everything down to the descriptor. Returns as out_line(). */
int out_flush(const struct view_env *env);
/*
 * If more was lost since the last call: one line, {"event":"lost",...} with -j, else to stderr. The numbers are
 * totals of the run. Call it with an empty .b, before each line of data and at the end. @ts_ns: what the line says.
 */
int out_losses(struct out *o, const struct view_env *env, __u64 ts_ns);
/* For text, into .b: the time of day at @ts_ns; with -t alone the seconds since @base_ns. */
void out_time(struct out *o, const struct view_env *env, __u64 base_ns, __u64 ts_ns);
/* The members "event", "time" and "ts_ns". */
void out_stamp(struct json *j, const struct view_env *env, const char *event, __u64 ts_ns);
/* The members "container" to "unit" of whoever is in @n's cgroup; all null where nothing is known. */
void out_names(struct json *j, const struct name *n);
/* Where the run has them, from its first line on: the members "open_stack" to "close_stack_why" of @c. */
void out_stacks(struct json *j, const struct tracker *t, const struct conn *c);
/* The name of network namespace @inode; NULL: only its number is known. */
const char *out_netns_name(const struct view_env *env, __u32 inode);
/* For text: that name, or the number, flush left and padded to @width. */
void out_netns(struct strbuf *b, const struct view_env *env, __u32 inode, size_t width);
#endif
