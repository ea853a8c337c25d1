/* SPDX-License-Identifier: GPL-2.0-only */
/* The view listeners, shared by its files: listeners.c (when), text.c and json.c (how). */
#ifndef VIEWS_LISTENERS_LISTENERS_H
#define VIEWS_LISTENERS_LISTENERS_H
#include "core/ports/listen/listeners.h"
#include "views/out.h"
#include "views/reports.h"

struct listeners_view {
	const struct view_env *env;
	struct out out;
	struct listeners *listeners;
	enum listeners_sort sort;
	bool said_unlooked, said_left_out;
	struct reports reports;
};

/* One report, of rows that are in order and pass the filter. */
struct listeners_report {
	const struct listener *const *rows;
	size_t n;			/* shown */
	size_t left_over;		/* by --top */
	__u64 ts_ns;
};

int listeners_text(struct listeners_view *v, const struct listeners_report *rep);
int listeners_json(struct listeners_view *v, const struct listeners_report *rep);
/* All about one listener, as a paragraph. */
void listeners_full(struct strbuf *b, const struct view_env *env, const struct listeners *ls, const struct listener *l);
#endif
