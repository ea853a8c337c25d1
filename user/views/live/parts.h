/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this room share. */
#ifndef VIEWS_LIVE_PARTS_H
#define VIEWS_LIVE_PARTS_H
#include "core/page/table.h"
#include "core/stats/flow.h"
#include "core/stats/history.h"
#include "core/stats/order.h"
#include "run/opts.h"
#include "run/source_config.h"
#include "views/hist/hist.h"
#include "views/live/live.h"

#define SECOND_NS 1000000000ULL
#define ENDED_KEPT ROWS_MAX

/* A command's view whose lines are caught. */
struct feed {
	const struct view_ops *ops;
	struct view_env env;
	struct options opts;
	void *state;
	struct source_wants wants;	/* what the view asks a live source for */
	FILE *out;		/* writes .text */
	char *text;
	size_t len;
	__u64 made_ns;		/* when .text was made; 0: never */
	struct page_rows rows;
};

enum { FEED_FINDINGS, FEED_PROCESSES, FEED_DESTINATIONS, FEED_LISTENERS, FEED_MAX };
/* What is counted while somebody looks: feeds, and what is no command's. */
enum { PART_LATENCY = FEED_MAX, PART_ENDED, PART_MAX };
#define KEEP_NS (120 * SECOND_NS)	/* ... and for so long after that: it may be looked at again */
#define ENDED_A_SECOND 100		/* kept while another table is looked at */

struct live {
	const struct view_env *env;
	struct feed feeds[FEED_MAX];
	struct flow flow;
	struct hist_collect latency;
	struct history *ended;
	struct order order;		/* of connections, for the query that looks */
	struct source_wants alone;	/* what is asked of the source where nobody looks */
	struct ports *lent;		/* counted by whoever lent them; NULL: destinations count their own */
	__u32 counting;			/* mask of (1 << part): what is looked at, or was lately */
	__u32 to;			/* mask of (1 << new state): transitions that a feed is told */
	__u64 until_ns[PART_MAX];	/* counted until then */
	__u64 counting_ns;		/* since then; .start_ns of recordings */
	unsigned int ended_left;	/* of ENDED_A_SECOND */
	__u64 start_ns;			/* of the first event */
	__u64 events;
	const struct live_span *span;	/* it is a moment of; or NULL */
	__u64 rolled_ns;		/* findings are of the last minutes ... */
	bool whole;			/* ... or live_whole() */
};

/* feed.c */
int feed_open(struct feed *f, struct live *l, const struct view_ops *ops, char *err, size_t errlen);
void feed_close(struct feed *f);
/* Its rates are of the time since @now_ns. Returns 0 or a negative errno. */
int feed_base(struct feed *f, __u64 now_ns);
/* Rows as of now, or as they were made not long ago. Returns 0 or a negative errno. */
int feed_rows(struct feed *f, const struct live *l, const struct page_table *t, const struct page_rows **ret);

/* Somebody looks at what @part counts (PART_MAX: at what nobody counts): from now on it is counted. Returns 0 or -ENOMEM. */
int live_ask(struct live *l, unsigned int part);
/* How old rows may be: looking at the table takes time. */
__u64 live_period_ns(const struct live *l);

/* Lines of the rows that one query asks for, added to @text. All return how many rows there are in all, or a negative errno. */
int conns_rows(struct live *l, const struct live_query *q, const struct filter *filter, struct strbuf *text);
int ended_rows(const struct live *l, const struct live_query *q, const struct filter *filter, struct strbuf *text);
int states_rows(const struct live *l, const struct filter *filter, struct strbuf *text);
int latency_rows(struct live *l, struct strbuf *text);
/* True where @sort is one of live_query's words, NULL and "" too. */
bool conns_can_sort(const char *sort);

/* The filter of @q; NULL in @ret where there is none. Returns 0, -EINVAL with one sentence in @err, or -ENOMEM. */
int live_filter(const struct live_query *q, struct filter **ret, char *err, size_t errlen);
unsigned int live_limit(const struct live_query *q);

/* page.c: the page with its tables in it. */
int page_html(struct live *l, const struct live_query *q, struct strbuf *b);
#endif
