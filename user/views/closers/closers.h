/* SPDX-License-Identifier: GPL-2.0-only */
/* The view closers, shared by its files: closers.c (when), text.c and json.c (how). */
#ifndef VIEWS_CLOSERS_CLOSERS_H
#define VIEWS_CLOSERS_CLOSERS_H
#include <string.h>
#include "core/stats/closers/closers.h"
#include "core/stats/closers/columns.h"
#include "run/opts.h"
#include "views/out.h"
#include "views/reports.h"

/* Who does not ask what the wire did pays nothing for it. */
static inline bool closers_asks_wire(const struct options *o)
{
	enum closers_sort sort;

	for (const char *const *k = o->fields; k && *k; k++)
		if (!strcmp(*k, "wire_connections") || !strncmp(*k, "retrans_", 8) || !strcmp(*k, "segs_out") || !strncmp(*k, "rtt_", 4))
			return true;
	if (o->wide || (o->by && !strcmp(o->by, closers_by_name(CLOSERS_BY_REMOTE))))
		return true;
	return o->sort && !closers_sort_parse(o->sort, &sort) && (sort == CLOSERS_SORT_RETRANS || sort == CLOSERS_SORT_RTT);
}

struct closers_view {
	const struct view_env *env;
	struct out out;
	struct closers *closers;
	enum closers_by by;
	enum closers_sort sort;
	bool full;				/* -p: each row as a paragraph */
	bool sees_processes;			/* /proc tells about the processes of the events */
	bool said_rest;
	struct reports reports;
	__u64 interval_ns;			/* what this report is about */
};

#define OUTLIERS_SAID 3

/* One report, of rows that are in order; @rows[n - 1] may be what --top left over. */
struct closers_report {
	struct closer_row *const *rows;
	size_t n;
	const struct closer_row *total;
	const struct closer_row *worst;		/* or NULL */
	const struct closer_row *out[OUTLIERS_SAID];	/* destinations that stand out, the first ones */
	size_t n_out;				/* all of them */
	size_t left_over;			/* rows that are summed up in the last one */
	__u64 ts_ns;
};

/* One process with all that is known about it, as a paragraph: added to v->out.b. Uses .env, .by, .interval_ns. */
void closers_full(struct closers_view *v, const struct closer_row *r);
int closers_text(struct closers_view *v, const struct closers_report *rep);
int closers_json(struct closers_view *v, const struct closers_report *rep);
int closers_chosen(struct closers_view *v, const struct closers_report *rep);

/* What fields of @r look at, at @ts_ns. @label: empty; what the row is called stays in it, for the caller to free. */
void closers_src(const struct closers_view *v, const struct closer_row *r, __u64 ts_ns, struct strbuf *label, struct closer_src *ret_of,
		 struct field_src *ret);
void closers_members(struct json *j, const char *const *keys, const struct field_src *src);

/* The cgroup that a row is or belongs to; 0 if unknown. (name.c) */
__u64 closers_cgroup(const struct closers_view *v, const struct closer_row *r);
/* What is known of the cgroup, container, pod, unit or network namespace that a row is or belongs to; NULL: nothing. */
const struct name *closers_name(const struct closers_view *v, const struct closer_row *r);
/* What a row is called that is one of these: raw bytes, added to @b. False: it is none, or only its number is known. */
bool closers_label(const struct closers_view *v, const struct closer_row *r, struct strbuf *b);
#endif
