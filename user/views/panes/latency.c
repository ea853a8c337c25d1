/* SPDX-License-Identifier: GPL-2.0-only */
/* The pane of latencies: percentiles of each phase of a connection's life, and the picture of one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "views/hist/hist.h"
#include "views/panes/panes.h"

#define FIRST_COLS 12
#define ALL_PHASES ((1U << PHASE_MAX) - 1)

struct top_latency {
	struct hist_collect collect;
	struct strbuf lines, bars;		/* the table, the picture of the selected phase */
	unsigned int shown_phase;
};

static int latency_open(struct top *t)
{
	struct top_latency *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	t->latency = l;
	l->collect = (struct hist_collect){
		.tracker = t->env->tracker, .filter = t->env->filter, .by = HIST_BY_ALL, .phases = ALL_PHASES,
		.set = hist_set_new(HIST_BY_ALL, 0),
	};
	t->lists[PANE_LATENCY].n = PHASE_MAX;
	return l->collect.set ? 0 : -ENOMEM;
}

static void latency_close(struct top *t)
{
	struct top_latency *l = t->latency;

	if (!l)
		return;
	hist_set_free(l->collect.set);
	strbuf_free(&l->lines);
	strbuf_free(&l->bars);
	free(l);
	t->latency = NULL;
}

static void latency_clear(struct top *t)
{
	hist_set_clear(t->latency->collect.set);
}

/* The command line's filter is asked by hist_collect(). */
static int latency_transition(struct top *t, const struct transition *tr)
{
	const struct actors *as = tracker_actors(t->env->tracker);

	if (t->filter && !filter_match(t->filter, tr->conn, as, 1U << tr->old_state | 1U << tr->new_state))
		return 0;
	return hist_collect(&t->latency->collect, tr);
}

static int latency_closed(struct top *t, const struct conn *c, __u64 ts_ns)
{
	if (t->filter && !filter_match(t->filter, c, tracker_actors(t->env->tracker), 1U << c->state))
		return 0;
	return hist_collect_closed(&t->latency->collect, c, ts_ns);
}

static int item_of(struct top *t, unsigned int phase, struct hist_item **ret)
{
	size_t n;
	int err = hist_set_items(t->latency->collect.set, phase, 1, ret, &n);

	if (err)
		return err;
	(*ret)->phase = phases[phase].name;
	(*ret)->about = phases[phase].about;
	return 0;
}

static int make_bars(struct top *t)
{
	struct hist_style style = { .width = (unsigned int)term_cols(t->term), .ascii = term_is_ascii(t->term) };
	unsigned int phase = (unsigned int)t->lists[PANE_LATENCY].at;
	struct strbuf *b = &t->latency->bars;
	struct hist_item *it;
	int err = item_of(t, phase, &it);

	if (err)
		return err;
	strbuf_reset(b);
	hist_bars(b, it->h, &style);
	hist_notes(b, it);
	t->latency->shown_phase = phase;
	return b->failed ? -ENOMEM : 0;
}

static int latency_rebuild(struct top *t)
{
	struct strbuf *b = &t->latency->lines;
	struct hist_item *it;
	int err = 0;

	strbuf_reset(b);
	hist_table_head(b, "PHASE", FIRST_COLS);
	for (unsigned int phase = 0; phase < PHASE_MAX && !err; phase++) {
		err = item_of(t, phase, &it);
		if (!err)
			hist_table_row(b, it->phase, FIRST_COLS, it->h, HIST_AUTO);
	}
	if (!err)
		err = make_bars(t);
	return err ? err : b->failed ? -ENOMEM : 0;
}

/* Line @i of @text into @ret; false: there are not so many. */
static bool line_of(const struct strbuf *text, size_t i, char *ret, size_t size)
{
	const char *s = text->s ? text->s : "";
	size_t n;

	for (; *s && i; i--)
		s += strcspn(s, "\n") + (s[strcspn(s, "\n")] == '\n');
	if (!*s)
		return false;
	n = strcspn(s, "\n");
	n = n < size - 1 ? n : size - 1;
	memcpy(ret, s, n);
	ret[n] = '\0';
	return true;
}

/* At 24 lines the table leaves no room for a picture: then only a part of it is shown, around the selected phase. */
static int latency_draw(struct top *t, struct area a)
{
	struct list *list = &t->lists[PANE_LATENCY];
	struct top_latency *l = t->latency;
	size_t room = (size_t)a.rows, rows, i;
	int y = a.y, err = 0;
	char line[512];

	rows = room > PHASE_MAX + 12 ? PHASE_MAX : room > 8 ? room / 2 - 2 : room ? room - 1 : 0;
	rows = rows < PHASE_MAX ? rows : PHASE_MAX;
	list_fit(list, PHASE_MAX, rows);
	if (l->shown_phase != list->at)
		err = make_bars(t);
	if (line_of(&l->lines, 0, line, sizeof(line)))
		term_fill(t->term, y++, 0, a.cols, LOOK_TITLE, false, line);
	for (i = 0; i < rows && line_of(&l->lines, list->first + i + 1, line, sizeof(line)); i++)
		term_fill(t->term, y++, 0, a.cols, list->first + i == list->at ? LOOK_SELECTED : LOOK_PLAIN, false, line);
	if (y + 2 >= a.y + a.rows)
		return err;
	(void)snprintf(line, sizeof(line), "%s: %s", phases[list->at].name, phases[list->at].about);
	(void)term_put(t->term, ++y, 0, a.cols, LOOK_KEY, line);
	for (i = 0, y++; y < a.y + a.rows && line_of(&l->bars, i, line, sizeof(line)); i++)
		(void)term_put(t->term, y++, 0, a.cols, LOOK_LINE, line);
	return err;
}

static int phase_page(struct top *t, struct strbuf *b)
{
	unsigned int phase = (unsigned int)t->lists[PANE_LATENCY].at;
	struct hist_style style = { .width = (unsigned int)term_cols(t->term), .ascii = term_is_ascii(t->term) };
	struct hist_item *it;
	int err = item_of(t, phase, &it);

	if (err)
		return err;
	strbuf_addf(b, "%s: %s\n%s\n\n", phases[phase].name, phases[phase].about, phases[phase].help);
	hist_table_head(b, "", FIRST_COLS);
	hist_table_row(b, it->phase, FIRST_COLS, it->h, HIST_AUTO);
	strbuf_addc(b, '\n');
	hist_bars(b, it->h, &style);
	strbuf_addc(b, '\n');
	hist_notes(b, it);
	return 0;
}

static int latency_enter(struct top *t)
{
	return page_open(t, "PHASE", phase_page);
}

const struct pane_ops pane_latency = {
	.title = "Latency", .open = latency_open, .close = latency_close, .clear = latency_clear, .rebuild = latency_rebuild,
	.draw = latency_draw, .enter = latency_enter, .transition = latency_transition, .closed = latency_closed,
};
