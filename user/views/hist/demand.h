/* SPDX-License-Identifier: GPL-2.0-only */
/* hist --assert: histograms of the whole run, whatever intervals and groups are shown, held against what was demanded. */
#ifndef VIEWS_HIST_DEMAND_H
#define VIEWS_HIST_DEMAND_H
#include "core/track/tracker.h"
#include "views/out.h"
#include "views/view.h"

struct hist_demand;

/* NULL without memory. */
struct hist_demand *hist_demand_new(const struct view_env *env);
void hist_demand_free(struct hist_demand *d);	/* NULL is fine */
/* Return 0 or -ENOMEM. */
int hist_demand_transition(struct hist_demand *d, const struct transition *tr);
int hist_demand_closed(struct hist_demand *d, const struct conn *c, __u64 ts_ns);
/* With -j a line for each; those that do not hold are said on standard error. Returns 0 or a negative errno. */
int hist_demand_check(struct hist_demand *d, struct out *out, __u64 now_ns);
bool hist_demand_failed(const struct hist_demand *d);
#endif
