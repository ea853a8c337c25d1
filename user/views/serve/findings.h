/* SPDX-License-Identifier: GPL-2.0-only */
/* What doctor finds, by rule, for metrics: counted all the time, and so only where somebody asked for it (--findings). */
#ifndef VIEWS_SERVE_FINDINGS_H
#define VIEWS_SERVE_FINDINGS_H
#include "core/doctor/facts.h"
#include "core/metrics/expo.h"
#include "views/view.h"

struct findings;

/* NULL without memory. @kernel: release as uname has it. What it asks of the source is in @env->wants. */
struct findings *findings_new(const struct view_env *env, const char *kernel);
void findings_free(struct findings *fs);	/* NULL is fine; so it is below: then nothing happens */
/* As in view_ops: 0 or -ENOMEM. */
int findings_event(struct findings *fs, const struct twt_event *ev);
int findings_transition(struct findings *fs, const struct transition *tr);
int findings_closed(struct findings *fs, const struct conn *c, __u64 ts_ns);
int findings_gone(struct findings *fs, const struct conn *c, __u64 ts_ns);
int findings_accepted(struct findings *fs, const struct conn *c, __u64 wait_ns, bool by_use);
/* The family: a series for each rule and severity, zeros too. Returns 0 or -ENOMEM. */
int findings_write(struct findings *fs, struct expo *x, __u64 now_ns);
#endif
