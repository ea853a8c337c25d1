/* SPDX-License-Identifier: GPL-2.0-only */
/* The pane of states: the diagram, or a table where it has no room. */
#include <stdio.h>
#include "core/text/brief.h"
#include "views/panes/panes.h"

static const struct column columns[] = {
	{ "STATE", 11, 0, 0, 0, false, -1 }, { "NOW", 8, 0, 0, 0, true, -1 }, { "MIN", 7, 0, 0, 0, true, -1 },
	{ "MAX", 7, 0, 0, 0, true, -1 }, { "IN/s", 6, 0, 0, 0, true, -1 }, { "OUT/s", 6, 0, 0, 0, true, -1 },
	{ "LAST MINUTE", 20, 0, 1, SPARK_LEN, false, -1 },
};
enum { COL_STATE, COL_NOW, COL_MIN, COL_MAX, COL_IN, COL_OUT, COL_SPARK, N_COLS };

static void range_of(const struct spark *s, __u64 *ret_min, __u64 *ret_max)
{
	__u64 v;

	*ret_min = ~0ULL;
	*ret_max = 0;
	for (unsigned int i = 0; spark_get(s, i, &v); i++) {
		*ret_min = v < *ret_min ? v : *ret_min;
		*ret_max = v > *ret_max ? v : *ret_max;
	}
	if (*ret_min > *ret_max)
		*ret_min = 0;
}

static void draw_row(struct top *t, int y, const struct placed *p, unsigned int state, struct strbuf *b)
{
	const struct gauges *g = &t->shown;
	enum look look = g->counts[state] ? LOOK_BOLD : LOOK_DIM;
	char text[BRIEF_LEN];
	__u64 min, max;

	range_of(&g->sparks[state], &min, &max);
	min = g->counts[state] < min ? g->counts[state] : min;
	max = g->counts[state] > max ? g->counts[state] : max;
	columns_cell(t, y, columns, p, COL_STATE, g->counts[state] ? LOOK_NAME : LOOK_DIM, tcp_state_name(state));
	columns_cell(t, y, columns, p, COL_NOW, look, brief_count(g->counts[state], text));
	columns_cell(t, y, columns, p, COL_MIN, LOOK_DIM, brief_count(min, text));
	columns_cell(t, y, columns, p, COL_MAX, LOOK_DIM, brief_count(max, text));
	columns_cell(t, y, columns, p, COL_IN, LOOK_PLAIN, brief_rate(flow_in(&g->flow, state), text));
	columns_cell(t, y, columns, p, COL_OUT, LOOK_PLAIN, brief_rate(flow_out(&g->flow, state), text));
	spark_draw(b, &g->sparks[state], (unsigned int)p->width[COL_SPARK]);
	columns_cell(t, y, columns, p, COL_SPARK, LOOK_LINE, b->s ? b->s : "");
	strbuf_reset(b);
}

/* "TIME_WAIT ended: expired 8.0/s (1,234), reused 0.2/s (12)" over several lines. */
static void draw_ends(struct top *t, struct area a, int y)
{
	const struct flow *f = &t->shown.flow;
	char rate[BRIEF_LEN], count[BRIEF_LEN], text[64];
	int x = 16;

	if (y >= a.y + a.rows)
		return;
	(void)term_put(t->term, y, 0, 16, LOOK_DIM, "TIME_WAIT ends:");
	for (unsigned int end = TW_END_NONE + 1; end < TW_END_MAX; end++) {
		if (x + 26 > a.cols) {
			x = 16;
			if (++y >= a.y + a.rows)
				return;
		}
		(void)snprintf(text, sizeof(text), "%-8s %5s/s %7s", tw_end_name(end), brief_rate(flow_end_rate(f, end), rate),
			       brief_count(f->total.tw_ends[end], count));
		(void)term_put(t->term, y, x, 26, f->total.tw_ends[end] ? LOOK_PLAIN : LOOK_DIM, text);
		x += 27;
	}
}

static void draw_table(struct top *t, struct area a)
{
	struct strbuf b = { 0 };
	struct placed p;
	int y = a.y;

	columns_place(columns, N_COLS, a.cols, &p);
	columns_titles(t, y++, columns, N_COLS, &p, -1, false);
	for (unsigned int i = 0; i < ST_SHOWN && y < a.y + a.rows; i++)
		draw_row(t, y++, &p, head_order[i], &b);
	strbuf_free(&b);
}

static int states_draw(struct top *t, struct area a)
{
	bool has_room = term_cols(t->term) >= DIAGRAM_COLS && term_rows(t->term) >= DIAGRAM_ROWS;

	if (has_room) {
		diagram_draw(t, a);
		a.y += DIAGRAM_USED;
		a.rows -= DIAGRAM_USED;
	}
	if (!has_room || a.rows > ST_SHOWN)
		draw_table(t, a);
	if (!has_room)
		draw_ends(t, a, a.y + 1 + ST_SHOWN);
	return 0;
}

const struct pane_ops pane_states = { .title = "States", .draw = states_draw };
