/* SPDX-License-Identifier: GPL-2.0-only */
/* `stacks`: code paths and how many connections are behind each. stacks.c: the run; write.c: a report as a tree, as lines for flame graphs, as JSON. */
#ifndef VIEWS_STACKS_STACKS_H
#define VIEWS_STACKS_STACKS_H
#include "core/stats/paths/paths.h"
#include "views/out.h"
#include "views/reports.h"
#include "views/view.h"

struct stacks_view {
	const struct view_env *env;
	struct out out;
	struct paths *paths;
	enum paths_of of;
	struct reports reports;
};

/* Write @rows as they were asked for. Returns 0 or a negative errno. */
int stacks_write(struct stacks_view *v, const struct path_row *const *rows, size_t n, __u64 ts_ns);
#endif
