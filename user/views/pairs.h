/* SPDX-License-Identifier: GPL-2.0-only */
/* conn --pairs: one line for each connection both whose ends are there. What conn tells of its own is told to this instead. */
#ifndef VIEWS_PAIRS_H
#define VIEWS_PAIRS_H
#include "views/out.h"

struct pair_view;

/* @first: of several recordings the first one's, which has the ends of all, or NULL. NULL without memory. */
struct pair_view *pair_view_new(const struct view_env *env, struct pair_view *first);
void pair_view_free(struct pair_view *v);	/* NULL is fine; the first one last */
/* As of struct view_ops. */
int pair_view_transition(struct pair_view *v, const struct transition *tr);
int pair_view_closed(struct pair_view *v, const struct conn *c, __u64 ts_ns);
int pair_view_end(struct pair_view *v, __u64 now_ns);
#endif
