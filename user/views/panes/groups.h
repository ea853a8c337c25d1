/* SPDX-License-Identifier: GPL-2.0-only */
/* What the panes of processes and of destinations share: closes counted by group (core/closer.h), in an order, with a page each. */
#ifndef VIEWS_PANES_GROUPS_H
#define VIEWS_PANES_GROUPS_H
#include "core/stats/closers/closers.h"
#include "views/closers/closers.h"
#include "views/panes/panes.h"

#define GROUPS_MAX 16384	/* of each kind: beyond, those that are idle longest are summed up as the rest */

/* A copy of a row as it was at the last refresh: what is shown stands still, however many events come. */
struct group {
	struct closer_row row;		/* but .dests and .wire.rtt, which are empty */
	struct dest top;		/* its first destination; .closed 0: none */
	double tw_rate;
};

struct top_groups {
	struct closers *closers;
	struct group *rows;
	size_t n, cap;
	struct closers_view view;	/* for the page: names, and how long the last interval was */
	struct closer_key entered;	/* whose page is open */
};

enum group_column { G_PID, G_COMM, G_REMOTE, G_OPEN, G_CLOSED, G_ACTIVE, G_PASSIVE, G_SIMULTANEOUS, G_ABORT, G_RESET, G_OTHER,
		    G_TW, G_TW_RATE, G_TW_SECONDS, G_STUCK, G_OLDEST, G_RETRANS, G_RTT, G_DEST, G_STATUS, G_PLACE };

/* One column of such a pane: @column.sort is a place in the pane's orders. */
struct group_pane {
	enum pane pane;
	enum closers_by by;
	const char *page_title;
	const struct column *columns;
	const enum group_column *cells;
	size_t n_columns;
	const enum closers_sort *sorts;		/* of the pane's names; CLOSERS_SORT_MAX: by open connections */
};

int groups_open(struct top *t, const struct group_pane *g);
void groups_close(struct top *t, const struct group_pane *g);
void groups_clear(struct top *t, const struct group_pane *g);
void groups_interval(struct top *t, const struct group_pane *g, __u64 ns);
int groups_rebuild(struct top *t, const struct group_pane *g);
int groups_draw(struct top *t, const struct group_pane *g, struct area a);
int groups_enter(struct top *t, const struct group_pane *g, int (*make)(struct top *t, struct strbuf *b));
int groups_page(struct top *t, const struct group_pane *g, struct strbuf *b);
int groups_transition(struct top *t, const struct group_pane *g, const struct transition *tr);
int groups_closed(struct top *t, const struct group_pane *g, const struct conn *c);
int groups_gone(struct top *t, const struct group_pane *g, const struct conn *c, __u64 ts_ns);
#endif
