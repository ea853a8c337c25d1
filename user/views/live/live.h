/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the live page and the API tell: rows of tables, as the objects that -j prints, and what changes in them. Nothing of HTTP is known here.
 *
 * Nothing but transitions is counted where nobody looks, and for the tables alone that somebody looks at: who wants metrics alone does not pay for it, who
 * shuts the page does so for two minutes. Rows are made when somebody asks, at most once a second, and more seldom where looking at the table takes longer.
 */
#ifndef VIEWS_LIVE_LIVE_H
#define VIEWS_LIVE_LIVE_H
#include "core/page/table.h"
#include "core/text/strbuf.h"
#include "views/view.h"

struct json;
struct live;
struct ports;
struct ports_row;

/* As view_ops: open() first, then what happens. What they ask of the source is in @env->wants. */
int live_open(const struct view_env *env, struct live **ret, char *err, size_t errlen);
void live_close(struct live *l);		/* NULL is fine */
int live_event(struct live *l, const struct twt_event *ev);
int live_transition(struct live *l, const struct transition *tr);
int live_closed(struct live *l, const struct conn *c, __u64 ts_ns);
int live_gone(struct live *l, const struct conn *c, __u64 ts_ns);
int live_accepted(struct live *l, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use);

/* Destinations are those of @ports, which outlives @l: its owner tells it what happens, and calls ports_next() while live_looks_at_ports() is false. */
void live_lend_ports(struct live *l, struct ports *ports);
bool live_looks_at_ports(const struct live *l);

/* Of a recording that one can go to and fro in: the whole of it. */
struct live_span {
	__u64 start_ns, end_ns;		/* first and last event */
	bool whole;			/* it was read to its end: until then .end_ns grows */
};

/* @l is a moment of @span, which outlives it. */
void live_set_span(struct live *l, const struct live_span *span);
/* What is told as a rate is of the time since now. Returns 0 or a negative errno. */
int live_base(struct live *l, __u64 now_ns);

/*
 * Before the first event, for who tells of a whole run once: findings are of all of it, not of the last minutes; what ended is not kept; and all is counted
 * from the beginning, durations as finely as hist does. Returns 0 or -ENOMEM.
 */
int live_whole(struct live *l);

#define LIVE_LIMIT 100		/* rows, if nobody says how many */

/* What is asked for. Strings may be NULL or "". */
struct live_query {
	const char *view;	/* of streams: ids of tables (core/page/table.h) with commas */
	const char *filter;	/* filter_parse(): which connections */
	const char *sort;	/* of connections: newest (the default), in-state, age, state, process, local, remote */
	bool down;		/* the other way round */
	unsigned int limit;	/* rows; 0: LIVE_LIMIT; at most ROWS_MAX */
	unsigned int offset;	/* of connections: rows to leave out before */
};

struct live_answer {
	unsigned int code;	/* 200, 400, 404 or 500 */
	const char *type;	/* of the body */
	struct strbuf body;	/* the caller's */
	const unsigned char *bytes;	/* instead of it: a file of the page; stays */
	size_t len;
};

/* "/", files of the page, "/api/v1/summary" and "/api/v1/ID" of each table. */
void live_get(struct live *l, const char *path, const struct live_query *q, struct live_answer *ret);

/*
 * The rows of table @t that @q asks for, in @ret: good until the next call, and nothing of it to be freed. @text and @own are the caller's, to be used
 * again. @filter may be NULL. Returns 0 or a negative errno.
 */
int live_rows(struct live *l, const struct page_table *t, const struct live_query *q, const struct filter *filter, struct strbuf *text,
	      struct page_rows *own, struct page_rows *ret);
/* The object of /api/v1/summary, on one line. */
void live_summary(const struct live *l, struct strbuf *b);
/* Members of an object that is a connection, as of conn -j. */
void live_conn(const struct live *l, struct json *j, const struct conn *c, const struct actors *as, __u64 now_ns, bool alive);
/* Ports by destination as of now, rows that are good until the next call for @l. Returns 0 or -ENOMEM. */
int live_ports(struct live *l, struct ports_row ***ret, size_t *ret_n);

/* One page that is open. */
struct live_stream;

/* Returns 0, -EINVAL with one sentence in @err (the client's mistake), or -ENOMEM. */
int live_stream_new(struct live *l, const struct live_query *q, struct live_stream **ret, char *err, size_t errlen);
void live_stream_free(struct live_stream *s);	/* NULL is fine */
#define LIVE_STEP_MAX (200U << 10)
/* From now on it tells of @l, which has told nobody of itself by it yet. */
void live_stream_move(struct live_stream *s, struct live *l);
/* Add the state of the whole host alone: for rates, which are differences. */
void live_stream_tell(struct live_stream *s, struct strbuf *b);
/*
 * Add messages that are due at @mono_ns to @b (Server-Sent Events), some LIVE_STEP_MAX bytes at most: one table, since each is a look at all connections, and
 * events come meanwhile. Returns 1 (there are more), 0 or -ENOMEM.
 */
int live_stream_step(struct live_stream *s, __u64 mono_ns, struct strbuf *b);
#endif
