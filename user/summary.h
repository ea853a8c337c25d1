/* SPDX-License-Identifier: GPL-2.0-only */
/* The closing summary: what happened, what was lost, and our totals beside the kernel's counters. */
#ifndef SUMMARY_H
#define SUMMARY_H
#include "core/track/pipeline.h"
#include "views/view.h"

/* For people, to standard error; below @host, raw bytes, unless it is NULL. */
void summary_print(const struct pipeline *p, const char *host);
/* One JSON line to @env->out. Returns 0 or a negative errno. */
int summary_json(const struct pipeline *p, const struct view_env *env);
/* Share of all events that was lost, 0..1. */
double summary_loss(const struct pipeline *p);
#endif
