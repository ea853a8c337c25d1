/* SPDX-License-Identifier: GPL-2.0-only */
/* A line to type in, and the menu of orders. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "views/top/top.h"

void prompt_open(struct top *t, enum prompt what)
{
	time_t wall = (time_t)(((long long)t->live.now_ns + tracker_clock_offset(t->env->tracker)) / (long long)SECOND_NS);
	struct tm tm;

	t->prompt.what = what;
	t->prompt.error[0] = '\0';
	if (what == PROMPT_FILTER) {
		memcpy(t->prompt.text, t->filter_text, sizeof(t->prompt.text));
		return;
	}
	wall += t->env->utc_offset;
	if (!gmtime_r(&wall, &tm) || !strftime(t->prompt.text, sizeof(t->prompt.text), "twtrace-%Y%m%d-%H%M%S.twr", &tm))
		t->prompt.text[0] = '\0';
}

static void append(char *text, size_t size, unsigned int cp)
{
	size_t n = strlen(text);

	if (cp >= 0x10000 || n + 4 > size)
		return;
	if (cp < 0x80) {
		text[n++] = (char)cp;
	} else if (cp < 0x800) {
		text[n++] = (char)(0xc0 | cp >> 6);
		text[n++] = (char)(0x80 | (cp & 0x3f));
	} else {
		text[n++] = (char)(0xe0 | cp >> 12);
		text[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		text[n++] = (char)(0x80 | (cp & 0x3f));
	}
	text[n] = '\0';
}

static void drop_last(char *text)
{
	size_t n = strlen(text);

	while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	text[n ? n - 1 : 0] = '\0';
}

/* What was counted was counted through another filter: begin anew. */
static int apply_filter(struct top *t)
{
	struct filter *f = NULL;
	int err = filter_parse(t->prompt.text, &f, t->prompt.error, sizeof(t->prompt.error));

	if (err)
		return err == -ENOMEM ? err : 0;
	filter_free(t->filter);
	t->filter = f;
	memcpy(t->filter_text, t->prompt.text, sizeof(t->filter_text));
	if (filter_is_empty(f)) {
		filter_free(f);
		t->filter = NULL;
		t->filter_text[0] = '\0';
	}
	t->prompt.what = PROMPT_NONE;
	page_close(t);
	data_clear(t, false);		/* what is kept of events can still be chosen from */
	top_say(t, LOOK_PLAIN, t->filter ? "counting anew, through the filter" : "no filter; counting anew");
	return 0;
}

int prompt_key(struct top *t, int key)
{
	t->prompt.error[0] = '\0';
	switch (key) {
	case KEY_ESCAPE_:
		t->prompt.what = PROMPT_NONE;
		return 0;
	case KEY_ENTER_:
		if (t->prompt.what == PROMPT_FILTER)
			return apply_filter(t);
		if (*t->prompt.text && !recording_start(t, t->prompt.text))
			t->prompt.what = PROMPT_NONE;
		return 0;
	case KEY_BACKSPACE_:
	case KEY_DELETE_:
		drop_last(t->prompt.text);
		return 0;
	case KEY_CLEAR_LINE_:
		t->prompt.text[0] = '\0';
		return 0;
	}
	if (key >= ' ' && key < KEY_BACK_TAB_)
		append(t->prompt.text, sizeof(t->prompt.text), (unsigned int)key);
	return 0;
}

void prompt_draw(struct top *t, int y)
{
	const char *label = t->prompt.what == PROMPT_FILTER ? "filter: " : "record to: ";
	int x = 0, cols = term_cols(t->term), room;
	const char *text = t->prompt.text;

	if (*t->prompt.error)
		term_fill(t->term, y - 1, 0, cols, LOOK_BAD, false, t->prompt.error);
	else if (t->prompt.what == PROMPT_FILTER)
		term_fill(t->term, y - 1, 0, cols, LOOK_DIM, false, "pid=812 comm=nginx* lport=80,443 raddr=10.0.0.0/8 "
			  "state=time-wait ipv6");
	term_fill(t->term, y, 0, cols, LOOK_PLAIN, false, "");
	x += term_put(t->term, y, x, cols, LOOK_KEY, label);
	/* The end is what one types at. */
	room = cols - x - 1;
	while ((int)strlen(text) > room && *text)
		text++;
	x += term_put(t->term, y, x, room, LOOK_BOLD, text);
	term_cursor(t->term, y, x);
}

/* --- the menu of orders ------------------------------------------------------------------------------------------------- */

static unsigned int orders(const struct top *t)
{
	const char *const *s = top_panes[t->pane]->sorts;
	unsigned int n = 0;

	while (s && s[n])
		n++;
	return n;
}

void menu_open(struct top *t)
{
	if (!orders(t)) {
		top_say(t, LOOK_WARN, "this pane has one order only");
		return;
	}
	page_close(t);
	t->menu.open = true;
	t->menu.at = t->sort[t->pane];
}

void menu_key(struct top *t, int key)
{
	unsigned int n = orders(t);

	switch (key) {
	case KEY_UP_: case 'k': t->menu.at = (t->menu.at + n - 1) % n; break;
	case KEY_DOWN_: case 'j': case 's': t->menu.at = (t->menu.at + 1) % n; break;
	case KEY_HOME_: t->menu.at = 0; break;
	case KEY_END_: t->menu.at = n - 1; break;
	case KEY_ENTER_:
		t->sort[t->pane] = t->menu.at;
		t->lists[t->pane] = (struct list){ 0 };
		t->menu.open = false;
		t->asked = true;
		break;
	case KEY_ESCAPE_: case 'q': t->menu.open = false; break;
	}
}

void menu_draw(struct top *t, struct area a)
{
	unsigned int n = orders(t), i, first = t->menu.at >= (unsigned int)a.rows - 1 ? t->menu.at - (unsigned int)a.rows + 2 : 0;
	char text[64];
	int y = a.y;

	term_fill(t->term, y++, 0, 22, LOOK_SORTED, false, " sort by");
	for (i = first; i < n && y < a.y + a.rows; i++) {
		(void)snprintf(text, sizeof(text), " %s", top_panes[t->pane]->sorts[i]);
		term_fill(t->term, y++, 0, 22, i == t->menu.at ? LOOK_SELECTED : LOOK_TAB, false, text);
	}
}
