/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What everything on the screen stands on: its state, the terminal, lists and columns, pages of text, messages, the header.
 * Panes (views/panes/) are above it, and above those what drives them (views/top/).
 *
 * Events are counted as they come. What needs a look at the whole table (lists, counts through a filter) is made anew at
 * most once in a refresh, and more seldom for a large table; drawing takes what is there and costs what the screen is large.
 */
#ifndef VIEWS_SCREEN_SCREEN_H
#define VIEWS_SCREEN_SCREEN_H
#include "core/conn/filter_expr.h"
#include "core/stats/flow.h"
#include "core/stats/history.h"
#include "core/stats/order.h"
#include "core/text/spark.h"
#include "core/text/strbuf.h"
#include "views/screen/panes.h"
#include "views/screen/term.h"
#include "views/view.h"

#define MIN_COLS 80
#define MIN_ROWS 24
#define DIAGRAM_COLS 100	/* from here on the states are drawn, not listed */
#define DIAGRAM_ROWS 30
#define DIAGRAM_USED 23	/* rows of it, and one below */
#define SECOND_NS 1000000000ULL

struct top;

/* --- rows of a list (list.c) ---------------------------------------------------------------------------------------- */

struct list { size_t n, at, first; };	/* rows; the selected one; the first that is shown */

/* Moves that every list understands. @page: rows that are shown. Returns false if @key is none of them. */
bool list_key(struct list *l, int key, size_t page);
/* Bring .at and .first into range. */
void list_fit(struct list *l, size_t n, size_t page);

#define COLUMNS_MAX 20
struct column {
	const char *title;
	int width;		/* at least */
	int from;		/* shown on screens of at least so many columns */
	int share;		/* of the columns that are left over, up to .most; 0: none */
	int most;
	bool right;		/* flush */
	int sort;		/* which of the pane's orders it shows, or -1 */
};
struct placed { int x[COLUMNS_MAX], width[COLUMNS_MAX]; };	/* width 0: not shown */

void columns_place(const struct column *c, size_t n, int cols, struct placed *ret);
/* The line of titles; the column of order @sort is marked. */
void columns_titles(struct top *t, int y, const struct column *c, size_t n, const struct placed *p, int sort, bool reverse);
/* Cell @i of row @y. */
void columns_cell(struct top *t, int y, const struct column *c, const struct placed *p, size_t i, enum look look, const char *text);

struct area { int y, rows, cols; };
/* A pane that is a list: what stands in each cell of its rows, and how that looks where its row is (@at) the selected one. */
struct listing {
	enum pane pane;
	const struct column *columns;
	size_t n_columns;
	void (*say)(const struct top *t, const void *ctx, struct strbuf *b, size_t row, size_t column);
	enum look (*look)(const struct top *t, const void *ctx, size_t row, size_t column, bool at);
	const void *ctx;
};
/* Titles, and those of @n rows that the list shows. Returns for how many there is room. */
size_t list_draw(struct top *t, struct area a, const struct listing *of, size_t n);

/* --- panes -------------------------------------------------------------------------------------------------------------- */


/* --- a page of text over a pane (page.c) ------------------------------------------------------------------------------ */

struct page {
	int (*make)(struct top *t, struct strbuf *b);	/* writes the text; NULL: no page is open */
	const char *title;
	struct strbuf text;
	struct list lines;
};

int page_open(struct top *t, const char *title, int (*make)(struct top *t, struct strbuf *b));
void page_close(struct top *t);
int page_rebuild(struct top *t);
void page_draw(struct top *t, struct area a);
bool page_key(struct top *t, int key, size_t rows);
/* --- the line at the bottom (top/prompt.c) --------------------------------------------------------------------------------- */

enum prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_RECORD };

/* --- all together --------------------------------------------------------------------------------------------------------- */

#define MESSAGES_MAX 100

/* What the header and the states show. */
struct gauges {
	__u64 now_ns, base_ns;			/* newest event; first */
	struct flow flow;
	double events_rate, closes_rate;
	__u64 counts[ST_MAX];
	struct spark sparks[ST_SHOWN + 1];
	__u64 losses[LOSS_MAX], gaps;
	__u64 gaps_healed;			/* of them: a look at all sockets came after */
	unsigned int warnings, criticals;	/* findings, of the last time that the rules were asked */
};

struct top {
	const struct view_env *env;
	struct term *term;
	enum pane pane;
	struct list lists[PANE_MAX];
	unsigned int sort[PANE_MAX];
	bool reverse[PANE_MAX];
	struct page page;
	struct { bool open; unsigned int at; } menu;
	struct {
		enum prompt what;
		char text[FILTER_EXPR_LEN];
		char error[512];
	} prompt;
	/* what is looked at */
	struct filter *filter;			/* typed; beside the command line's. NULL: none */
	char filter_text[FILTER_EXPR_LEN];
	bool paused;
	__u64 interval_ns;
	/* time: of events, except the last two */
	bool started;
	__u64 second_ns, next_ns;		/* next second and next end of an interval */
	__u64 began_ns;				/* of the present interval */
	__u64 redrawn_ns, rebuilt_ns;
	bool dirty, asked;			/* draw at once; and look at the table first */
	bool stale, fresh;			/* a refresh is due; something small changed */
	bool ended;				/* a replay is over */
	bool last_look;				/* the frame that a pause holds is still to come */
	__u64 events, events_before, closes, closes_before;
	__u64 gaps_at_look;			/* when the present look at all sockets began */
	__u64 counted[ST_MAX];			/* through the filter, at the last refresh */
	struct gauges live, shown;		/* shown: a copy, which stands still while the screen is paused */
	/* panes' own */
	struct top_groups *groups[PANE_MAX];	/* processes, destinations */
	struct top_conns *conns;
	struct top_latency *latency;
	struct top_events *history;
	struct top_ports *ports;
	struct top_listeners *listeners;
	struct top_calls *calls;		/* that failed; NULL: none */
	struct top_findings *findings;
	/* recording */
	void *recording;			/* state of view_record, NULL: none */
	char record_path[FILTER_EXPR_LEN];
	/* said while the screen was up */
	struct strbuf said;
	unsigned int said_lines, said_left_out;
	char message[512];
	enum look message_look;
	char degraded[256];			/* hooks that this kernel lacks; "" */
	char host[64];
};

/* say.c: a message in the bottom line */
void top_say(struct top *t, enum look look, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* wants.c: both filters. @states as in filter_match(). */
bool top_wants(const struct top *t, const struct conn *c, __u32 states);
bool top_wants_of(const struct top *t, const struct conn *c, const struct actors *as, __u32 states);

/* head.c */
int head_rows(const struct top *t);
void head_draw(struct top *t);
void head_about(struct top *t);			/* read what the source says about itself */
extern const __u8 head_order[ST_SHOWN];		/* the states, as they are listed */
const char *head_name(unsigned int state);	/* short: "ESTAB", ... */
void head_degraded(const struct top *t, struct strbuf *b);	/* each missing hook and what is lost without it */
#endif
