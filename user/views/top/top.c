/* SPDX-License-Identifier: GPL-2.0-only */
/* The screen: what keys do, when it is drawn, and its frame. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/fmt.h"
#include "run/log.h"
#include "run/opts.h"
#include "source/pace.h"
#include "views/top/top.h"

#define REFRESH_NS 200000000ULL		/* lists are made anew no more often ... */
#define REFRESH_ROW_NS 1000ULL		/* ... and more seldom with many rows: a million take a second's rest */
#define FRAME_NS 100000000ULL		/* between two frames that nobody asked for by a key */
#define TINY_COLS 40
#define TINY_ROWS 12
#define SPEED_MAX 4096.0
#define SPEED_MIN (1.0 / 64)

/* What others log is shown in the bottom line, and once more when the screen is gone. */
static void take_log(void *ctx, const char *line)
{
	struct top *t = ctx;

	top_say(t, LOOK_WARN, "%s", line);
	if (t->said_lines == MESSAGES_MAX) {
		t->said_left_out++;
		return;
	}
	t->said_lines++;
	strbuf_adds(&t->said, line);
	strbuf_addc(&t->said, '\n');
}

static void leave_screen(struct top *t)
{
	if (!t->term)
		return;
	log_to(NULL, NULL);
	term_close(t->term);
	t->term = NULL;
	if (t->said.len)
		log_info("%.*s", (int)t->said.len - 1, t->said.s);
	if (t->said_left_out)
		log_info("... and %u more lines like these", t->said_left_out);
}

/* --- open and close --------------------------------------------------------------------------------------------------- */

static void top_close(void *state)
{
	struct top *t = state;

	if (!t)
		return;
	leave_screen(t);
	recording_stop(t);
	for (unsigned int i = 0; i < PANE_MAX; i++)
		if (top_panes[i]->close)
			top_panes[i]->close(t);
	page_close(t);
	filter_free(t->filter);
	strbuf_free(&t->said);
	free(t);
}

static void look_at_pane(struct top *t, bool shown)
{
	if (top_panes[t->pane]->show)
		top_panes[t->pane]->show(t, shown);
}

static int top_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct term_config cfg = { .color = env->opts->color != 0, .ascii = env->opts->ascii };
	struct top *t = calloc(1, sizeof(*t));
	int e = t ? 0 : -ENOMEM;

	if (!e) {
		t->env = env;
		t->pane = (enum pane)env->opts->pane;
		t->interval_ns = (__u64)(env->opts->interval_s * 1e9);
		t->dirty = t->stale = true;
		head_about(t);
	}
	for (unsigned int i = 0; i < PANE_MAX && !e; i++)
		if (top_panes[i]->open)
			e = top_panes[i]->open(t);
	if (e) {
		(void)snprintf(err, errlen, "out of memory");
		goto out;
	}
	e = term_open(&cfg, &t->term, err, errlen);
	if (e)
		goto out;
	log_to(take_log, t);
	look_at_pane(t, true);
	*ret_state = t;
	return 0;
out:
	top_close(t);
	return e;
}

static int top_end(void *state, __u64 now_ns)
{
	(void)now_ns;
	recording_stop(state);
	leave_screen(state);
	return 0;
}

/* --- drawing ------------------------------------------------------------------------------------------------------------ */

static struct area pane_area(const struct top *t)
{
	int head = head_rows(t) + 1, rows = term_rows(t->term) - head - 1;

	return (struct area){ .y = head, .rows = rows > 0 ? rows : 0, .cols = term_cols(t->term) };
}

static const char *tab_title(unsigned int pane, bool brief)
{
	return brief && top_panes[pane]->brief ? top_panes[pane]->brief : top_panes[pane]->title;
}

/* Warnings, and worse, are counted in the title of their pane, whatever pane is shown. */
static unsigned int tab_count(const struct top *t, unsigned int pane)
{
	return pane == PANE_FINDINGS ? t->shown.warnings + t->shown.criticals : 0;
}

static enum look tab_look(const struct top *t, unsigned int pane)
{
	if (pane == (unsigned int)t->pane)
		return LOOK_TAB_ON;
	return !tab_count(t, pane) ? LOOK_TAB : t->shown.criticals ? LOOK_BAD : LOOK_WARN;
}

/* All panes, and the order of the one that is shown: with short titles where there is no room for both. */
static void draw_tabs(struct top *t, int y)
{
	const char *const *sorts = top_panes[t->pane]->sorts;
	int x = 0, cols = term_cols(t->term), all = 0;
	char text[48], order[64] = "";

	if (sorts)
		(void)snprintf(order, sizeof(order), "by %s%s", sorts[t->sort[t->pane]], t->reverse[t->pane] ? ", reversed" : "");
	for (unsigned int i = 0; i < PANE_MAX; i++)
		all += (int)strlen(top_panes[i]->title) + (tab_count(t, i) ? 7 : 4);
	all += (int)strlen(order) + 2;
	term_fill(t->term, y, 0, cols, LOOK_TAB, false, "");
	for (unsigned int i = 0; i < PANE_MAX; i++) {
		char count[12] = "";

		if (tab_count(t, i))
			(void)snprintf(count, sizeof(count), " %u", tab_count(t, i));
		(void)snprintf(text, sizeof(text), " %u %s%s%s", i + 1, tab_title(i, all > cols), count, all > cols ? "" : " ");
		x += term_put(t->term, y, x, cols - x, tab_look(t, i), text);
	}
	if (x + (int)strlen(order) + 2 < cols)
		(void)term_put(t->term, y, cols - (int)strlen(order) - 1, cols, LOOK_TAB, order);
}

/* Where the cursor is in its list, at the right end of the bottom line. Returns the columns that are taken. */
static int draw_place(struct top *t, int y)
{
	const struct list *l = &t->lists[t->pane];
	struct strbuf b = { 0 };
	int used = 0;

	if (l->n && !t->page.make) {
		fmt_count(&b, l->at + 1);
		strbuf_adds(&b, " of ");
		fmt_count(&b, l->n);
		used = (int)b.len + 2;
		(void)term_put(t->term, y, term_cols(t->term) - used + 1, used, LOOK_BOLD, b.s ? b.s : "");
	}
	strbuf_free(&b);
	return used;
}

static void draw_keys(struct top *t, int y)
{
	static const char *const keys[] = {
		"?", "help", "q", "quit", "Tab", "pane", "Enter", "more", "/", "filter", "s", "sort", "p", "pause", "w", "record",
		"c", "clear", "+-", "interval", NULL,
	}, *const page_keys[] = { "Esc", "back", "j k", "scroll", "?", "help", NULL };
	const char *const *k = t->page.make ? page_keys : keys;
	int x = 0, cols = term_cols(t->term) - draw_place(t, y);

	for (; *k && x + (int)strlen(k[0]) + 1 + (int)strlen(k[1]) <= cols; k += 2) {
		x += term_put(t->term, y, x, cols - x, LOOK_KEY, k[0]) + 1;
		x += term_put(t->term, y, x, cols - x, LOOK_DIM, k[1]) + 2;
	}
}

static int draw(struct top *t)
{
	struct area a = pane_area(t);
	int bottom = term_rows(t->term) - 1, err = 0;

	term_clear(t->term);
	term_cursor(t->term, -1, 0);
	if (term_cols(t->term) < TINY_COLS || bottom < TINY_ROWS - 1) {
		(void)term_put(t->term, 0, 0, 80, LOOK_PLAIN, "make me larger");
		term_show(t->term);
		return 0;
	}
	if (t->page.make)
		page_draw(t, a);
	else
		err = top_panes[t->pane]->draw(t, a);
	head_draw(t);
	draw_tabs(t, a.y - 1);
	if (t->menu.open)
		menu_draw(t, a);
	if (t->prompt.what)
		prompt_draw(t, bottom);
	else if (*t->message)
		term_fill(t->term, bottom, 0, term_cols(t->term) - draw_place(t, bottom), t->message_look, false, t->message);
	else
		draw_keys(t, bottom);
	term_show(t->term);
	return err;
}

/* A replay that is over: its last interval is whole, though no tick ends it. */
static void see_end(struct top *t)
{
	if (t->ended || !t->env->paced || !pace_ended(t->env->paced))
		return;
	t->ended = t->asked = true;
	data_end_interval(t);
}

static int top_redraw(void *state, __u64 mono_ns)
{
	__u64 rest = REFRESH_ROW_NS * tracker_size(((struct top *)state)->env->tracker);
	struct top *t = state;
	/* A replay that is held stands still by itself; the kernel does not. */
	bool still = t->paused && !t->env->paced;
	int err = 0;

	see_end(t);
	rest = rest > REFRESH_NS ? rest : REFRESH_NS;
	if (t->asked || (t->stale && !still && mono_ns - t->rebuilt_ns >= rest)) {
		err = data_rebuild(t);
		t->asked = t->stale = false;
		t->rebuilt_ns = mono_ns;
		t->dirty = true;
	}
	if (t->fresh && !still && mono_ns - t->redrawn_ns >= FRAME_NS)
		t->dirty = true;
	if (err || !t->dirty)
		return err;
	if (!still || t->last_look || !t->shown.now_ns)
		t->shown = t->live;
	t->dirty = t->fresh = t->last_look = false;
	t->redrawn_ns = mono_ns;
	return draw(t);
}

/* --- keys --------------------------------------------------------------------------------------------------------------- */

static void show_pane(struct top *t, unsigned int pane)
{
	look_at_pane(t, false);
	t->pane = (enum pane)(pane % PANE_MAX);
	look_at_pane(t, true);
	page_close(t);
	t->menu.open = false;
	t->asked = true;
}

static void hold(struct top *t)
{
	t->paused = !t->paused;
	t->asked = t->last_look = t->paused;	/* what stands still is what is, not what was a second ago */
	if (t->env->paced)
		pace_hold(t->env->paced, t->paused);
	top_say(t, LOOK_WARN, !t->paused ? "goes on" : t->env->paced ? "the replay stands still; Space: go on" :
		"the screen stands still, counting goes on; Space: go on");
}

static void change_interval(struct top *t, int step)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
	double now = (double)t->interval_ns / 1e9, next = now;
	size_t n = sizeof(steps) / sizeof(steps[0]), i;

	for (i = 0; i < n && step > 0; i++) {
		if (steps[i] > now * 1.001) {
			next = steps[i];
			break;
		}
	}
	for (i = n; i-- > 0 && step < 0;) {
		if (steps[i] < now * 0.999) {
			next = steps[i];
			break;
		}
	}
	t->interval_ns = (__u64)(next * 1e9);
	t->next_ns = t->began_ns + t->interval_ns;
	top_say(t, LOOK_PLAIN, "every %g seconds", next);
}

static void change_speed(struct top *t, double factor)
{
	struct source *s = t->env->paced;
	double speed;

	if (!s) {
		top_say(t, LOOK_WARN, "events come when they happen: only a replay has a speed");
		return;
	}
	speed = pace_speed(s) > PACE_MAX ? pace_speed(s) * factor : factor < 1 ? SPEED_MAX : PACE_MAX;
	speed = speed > SPEED_MAX ? PACE_MAX : speed > PACE_MAX && speed < SPEED_MIN ? SPEED_MIN : speed;
	pace_set_speed(s, speed);
	if (speed > PACE_MAX)
		top_say(t, LOOK_PLAIN, "%g times as fast as it was", speed);
	else
		top_say(t, LOOK_PLAIN, "as fast as it goes");
}

static void record_key(struct top *t)
{
	if (t->recording)
		recording_stop(t);
	else if (t->env->opts->write_path)
		top_say(t, LOOK_WARN, "everything is recorded to %s since the start (-w)", t->env->opts->write_path);
	else
		prompt_open(t, PROMPT_RECORD);
}

/* Keys that every pane understands. Returns 1 for the end, 0, or a negative errno. */
static int common_key(struct top *t, int key)
{
	switch (key) {
	case 'q':
	case KEY_F10_:
		return 1;
	case '\t': show_pane(t, t->pane + 1); break;
	case KEY_BACK_TAB_: show_pane(t, t->pane + PANE_MAX - 1); break;
	case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		if (key - '1' < PANE_MAX)
			show_pane(t, (unsigned int)(key - '1'));
		break;
	case 'p': case ' ': hold(t); break;
	case '+': case '=': change_interval(t, 1); break;
	case '-': change_interval(t, -1); break;
	case ']': change_speed(t, 2); break;
	case '[': change_speed(t, 0.5); break;
	case 'c':
		data_clear(t, true);
		top_say(t, LOOK_PLAIN, "counting anew");
		break;
	case 'r':
		t->reverse[t->pane] = !t->reverse[t->pane];
		t->asked = true;
		break;
	case 's': menu_open(t); break;
	case 'w': record_key(t); break;
	case '/': prompt_open(t, PROMPT_FILTER); break;
	case '?': case 'h': case KEY_F1_: return page_open(t, "HELP", help_make);
	case KEY_REPAINT_: term_repaint(t->term); break;
	case KEY_ENTER_:
		return top_panes[t->pane]->enter ? top_panes[t->pane]->enter(t) : 0;
	}
	return 0;
}

static int press(struct top *t, int key)
{
	size_t rows = (size_t)pane_area(t).rows;
	const struct pane_ops *p = top_panes[t->pane];

	t->message[0] = '\0';
	t->dirty = true;
	if (t->prompt.what)
		return prompt_key(t, key);
	if (t->asked) {		/* keys that were typed ahead mean what will be there */
		int err = data_rebuild(t);

		t->asked = false;
		if (err)
			return err;
	}
	if (t->menu.open) {
		menu_key(t, key);
		return 0;
	}
	if (t->page.make) {
		int to = key == KEY_ENTER_ && p->follow && t->page.make != help_make ? p->follow(t) : 0;

		if (to) {
			show_pane(t, (unsigned int)to - 1);
			return 0;
		}
		if (page_key(t, key, rows ? rows - 1 : 0))
			return 0;
		if (key == 'q') {
			page_close(t);
			return 0;
		}
		return common_key(t, key);
	}
	if ((p->key && p->key(t, key)) || list_key(&t->lists[t->pane], key, rows ? rows - 1 : 0))
		return 0;
	return common_key(t, key);
}

static int top_input(void *state)
{
	struct top *t = state;
	int key, err = 0;

	if (term_look_at_size(t->term))
		t->dirty = t->asked = true;
	while (!err && (key = term_get_key(t->term)) != KEY_NONE_)
		err = press(t, key);
	return err;
}

static int top_fd(const void *state)
{
	return term_fd(((const struct top *)state)->term);
}

static void top_stopped(void *state, bool stopped)
{
	struct top *t = state;

	if (stopped)
		term_leave(t->term);
	else
		term_return(t->term);
	t->dirty = true;
}

/* --- what the pipeline calls -------------------------------------------------------------------------------------------- */

static int top_event(void *state, const struct twt_event *ev)
{
	return data_event(state, ev);
}

static int top_transition(void *state, const struct transition *tr)
{
	return data_transition(state, tr);
}

static int top_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	return data_closed(state, c, ts_ns);
}

static int top_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	return data_gone(state, c, ts_ns);
}

static int top_accepted(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	(void)ts_ns;
	return data_accepted(state, c, wait_ns, by_use);
}

const struct view_ops view_top = {
	.name = "top",
	.summary = "the interactive screen: states, processes, connections, destinations, latency, events, ports, listeners, findings",
	.wants_interval = true,
	.may_want_listeners = true,
	.open = top_open,
	.event = top_event,
	.transition = top_transition,
	.closed = top_closed,
	.gone = top_gone,
	.accepted = top_accepted,
	.end = top_end,
	.close = top_close,
	.fd = top_fd,
	.input = top_input,
	.redraw = top_redraw,
	.stopped = top_stopped,
};
