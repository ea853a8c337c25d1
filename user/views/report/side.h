/* SPDX-License-Identifier: GPL-2.0-only */
/* One recording of a report: what is counted while it is read, and the rows of its tables when it is over. */
#ifndef VIEWS_REPORT_SIDE_H
#define VIEWS_REPORT_SIDE_H
#include "core/conn/conn.h"
#include "core/page/report.h"
#include "core/stats/longest.h"
#include "core/stats/series.h"
#include "views/hist/hist.h"
#include "views/live/live.h"
#include "views/report/towards.h"

#define SIDE_ROWS 100U		/* of a table */
#define SLOWEST_EACH 10U	/* of a state */

/* Columns of the course: gauges are the states (number - 1), then these. */
enum {
	COL_OPENED = ST_SHOWN, COL_CLOSED, COL_TW_BEGUN = COL_CLOSED + CLOSE_KIND_MAX, COL_TW_ENDED, COL_EVENTS = COL_TW_ENDED + TW_END_MAX, COL_MAX
};

struct side_table { struct strbuf text; struct page_rows own, rows; };

struct side {
	const struct view_env *env;
	const char *file;		/* the path it was named by; NULL: no recording */
	const char *cut;		/* why it ends before its end, in a sentence, or NULL */
	struct live *live;
	struct series course;
	__u64 most[ST_MAX];		/* of a state, at any interval */
	__u64 closed[CLOSE_KIND_MAX];	/* as it was known in the end; the course has what was known when they closed */
	struct towards towards;
	struct hist_collect ends;	/* TIME_WAITs by how they ended */
	struct longest *slow, *stuck;
	__u64 start_ns, now_ns, events;
	struct side_table tables[REPORT_TABLES];
};

/* Returns 0 or a negative errno, with a sentence in @err. @env, @file outlive it. */
int side_open(const struct view_env *env, const char *file, struct side **ret, char *err, size_t errlen);
void side_free(struct side *s);		/* NULL is fine */
/* As in struct view_ops. */
int side_event(void *side, const struct twt_event *ev);
int side_transition(void *side, const struct transition *tr);
int side_closed(void *side, const struct conn *c, __u64 ts_ns);
int side_gone(void *side, const struct conn *c, __u64 ts_ns);
int side_accepted(void *side, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use);
int side_interval(void *side, __u64 boundary_ns);
/* It is over: the tables are filled (tables.c), once. @cut as in struct side. Returns 0 or a negative errno. */
int side_end(struct side *s, __u64 now_ns, const char *cut);
int side_fill(struct side *s);
/* Events that were lost when it was recorded. */
__u64 side_lost(const struct side *s);
double side_seconds(const struct side *s);

/* data.c: its object of the report's data. */
void side_json(const struct side *s, struct strbuf *b);
/* The rows of the table of differences, into @ret, whose text is @ret's too. Returns 0 or -ENOMEM. */
int side_differences(const struct side *a, const struct side *b, struct side_table *ret);
#endif
