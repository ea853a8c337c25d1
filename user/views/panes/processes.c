/* SPDX-License-Identifier: GPL-2.0-only */
/* The pane of processes: who closes first, whose TIME_WAITs these are, whose sockets are stuck. */
#include "views/panes/groups.h"

static const char *const sort_names[] = {
	"TIME_WAIT now", "TIME_WAIT per second", "TIME_WAIT seconds", "closed", "closed first (active)", "passive", "abort",
	"reset", "stuck", "open now", "pid", "name", "sent again", "round trip", NULL,
};
static const enum closers_sort sorts[] = {
	CLOSERS_SORT_TIME_WAIT, CLOSERS_SORT_RATE, CLOSERS_SORT_SECONDS, CLOSERS_SORT_CLOSED, CLOSERS_SORT_ACTIVE,
	CLOSERS_SORT_PASSIVE, CLOSERS_SORT_ABORT, CLOSERS_SORT_RESET, CLOSERS_SORT_STUCK, CLOSERS_SORT_MAX, CLOSERS_SORT_PID,
	CLOSERS_SORT_COMM, CLOSERS_SORT_RETRANS, CLOSERS_SORT_RTT,
};
_Static_assert(sizeof(sort_names) / sizeof(sort_names[0]) == sizeof(sorts) / sizeof(sorts[0]) + 1, "a name for each order");

static const struct column columns[] = {
	{ "PID", 7, 0, 0, 0, true, 10 }, { "COMM", 8, 0, 1, 16, false, 11 }, { "OPEN", 6, 0, 0, 0, true, 9 },
	{ "CLOSED", 7, 0, 0, 0, true, 3 }, { "ACT%", 5, 0, 0, 0, true, 4 }, { "PAS%", 5, 0, 0, 0, true, 5 },
	{ "SIM%", 5, 130, 0, 0, true, -1 }, { "ABT%", 5, 0, 0, 0, true, 6 }, { "RST%", 5, 0, 0, 0, true, 7 },
	{ "OTH%", 5, 130, 0, 0, true, -1 }, { "TW", 7, 0, 0, 0, true, 0 }, { "TW/s", 5, 0, 0, 0, true, 1 },
	{ "TW-SEC", 8, 130, 0, 0, true, 2 }, { "STUCK", 6, 0, 0, 0, true, 8 }, { "OLDEST", 9, 130, 0, 0, true, -1 },
	{ "STATUS", 6, 130, 0, 0, false, -1 }, { "RTX%", 5, 95, 0, 0, true, 12 }, { "RTT", 8, 95, 0, 0, true, 13 },
	{ "CONTAINER", 12, 170, 1, 60, false, -1 }, { "TOP DESTINATION", 15, 146, 1, 46, false, -1 },
};
static const enum group_column cells[] = {
	G_PID, G_COMM, G_OPEN, G_CLOSED, G_ACTIVE, G_PASSIVE, G_SIMULTANEOUS, G_ABORT, G_RESET, G_OTHER, G_TW, G_TW_RATE,
	G_TW_SECONDS, G_STUCK, G_OLDEST, G_STATUS, G_RETRANS, G_RTT, G_PLACE, G_DEST,
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))
_Static_assert(sizeof(cells) / sizeof(cells[0]) == N_COLUMNS && N_COLUMNS <= COLUMNS_MAX, "a cell for each column");

static const struct group_pane pane = {
	.pane = PANE_PROCESSES, .by = CLOSERS_BY_PID, .page_title = "PROCESS", .columns = columns, .cells = cells,
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

const struct pane_ops pane_processes = {
	.title = "Processes", .brief = "Procs", .sorts = sort_names, .open = open_, .close = close_, .clear = clear, .interval = interval,
	.rebuild = rebuild, .draw = draw, .enter = enter, .transition = transition, .closed = closed, .gone = gone,
};
