/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pane of destinations: remote addresses, with the port where we connected to it (a peer's own port is another one each
 * time).
 */
#include "views/panes/groups.h"

static const char *const sort_names[] = {
	"TIME_WAIT now", "TIME_WAIT per second", "TIME_WAIT seconds", "open now", "closed", "closed first (active)", "passive",
	"abort", "reset", "stuck", "sent again", "round trip", NULL,
};
static const enum closers_sort sorts[] = {
	CLOSERS_SORT_TIME_WAIT, CLOSERS_SORT_RATE, CLOSERS_SORT_SECONDS, CLOSERS_SORT_MAX, CLOSERS_SORT_CLOSED,
	CLOSERS_SORT_ACTIVE, CLOSERS_SORT_PASSIVE, CLOSERS_SORT_ABORT, CLOSERS_SORT_RESET, CLOSERS_SORT_STUCK,
	CLOSERS_SORT_RETRANS, CLOSERS_SORT_RTT,
};
_Static_assert(sizeof(sort_names) / sizeof(sort_names[0]) == sizeof(sorts) / sizeof(sorts[0]) + 1, "a name for each order");

static const struct column columns[] = {
	{ "REMOTE", 18, 0, 1, 53, false, -1 }, { "OPEN", 6, 0, 0, 0, true, 3 }, { "CLOSED", 7, 0, 0, 0, true, 4 },
	{ "ACT%", 5, 0, 0, 0, true, 5 }, { "PAS%", 5, 0, 0, 0, true, 6 }, { "SIM%", 5, 125, 0, 0, true, -1 },
	{ "ABT%", 5, 0, 0, 0, true, 7 }, { "RST%", 5, 0, 0, 0, true, 8 }, { "OTH%", 5, 125, 0, 0, true, -1 },
	{ "TW", 7, 0, 0, 0, true, 0 }, { "TW/s", 5, 0, 0, 0, true, 1 }, { "TW-SEC", 8, 125, 0, 0, true, 2 },
	{ "STUCK", 6, 0, 0, 0, true, 9 }, { "OLDEST", 9, 125, 0, 0, true, -1 },
	{ "RTX%", 5, 95, 0, 0, true, 10 }, { "RTT", 8, 95, 0, 0, true, 11 },
};
static const enum group_column cells[] = {
	G_REMOTE, G_OPEN, G_CLOSED, G_ACTIVE, G_PASSIVE, G_SIMULTANEOUS, G_ABORT, G_RESET, G_OTHER, G_TW, G_TW_RATE,
	G_TW_SECONDS, G_STUCK, G_OLDEST, G_RETRANS, G_RTT,
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))
_Static_assert(sizeof(cells) / sizeof(cells[0]) == N_COLUMNS && N_COLUMNS <= COLUMNS_MAX, "a cell for each column");

static const struct group_pane pane = {
	.pane = PANE_DESTINATIONS, .by = CLOSERS_BY_REMOTE, .page_title = "DESTINATION", .columns = columns, .cells = cells,
	.n_columns = N_COLUMNS, .sorts = sorts,
};

static int open_(struct top *t) { return groups_open(t, &pane); }
static void close_(struct top *t) { groups_close(t, &pane); }
static void clear(struct top *t) { groups_clear(t, &pane); }
static void interval(struct top *t, __u64 ns) { groups_interval(t, &pane, ns); }
static int rebuild(struct top *t) { return groups_rebuild(t, &pane); }
static int draw(struct top *t, struct area a) { return groups_draw(t, &pane, a); }
static int make_page(struct top *t, struct strbuf *b) { return groups_page(t, &pane, b); }
static int enter(struct top *t) { return groups_enter(t, &pane, make_page); }
static int transition(struct top *t, const struct transition *tr) { return groups_transition(t, &pane, tr); }

static int closed(struct top *t, const struct conn *c, __u64 ts_ns)
{
	(void)ts_ns;
	return groups_closed(t, &pane, c);
}

static int gone(struct top *t, const struct conn *c, __u64 ts_ns)
{
	return groups_gone(t, &pane, c, ts_ns);
}

const struct pane_ops pane_destinations = {
	.title = "Destinations", .brief = "Dests", .sorts = sort_names, .open = open_, .close = close_, .clear = clear, .interval = interval,
	.rebuild = rebuild, .draw = draw, .enter = enter, .transition = transition, .closed = closed, .gone = gone,
};
