/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state diagram of RFC 9293, section 3.3.2, with what is going on in it: counts in the states, rates on the arrows. A way
 * straight to CLOSED (reset, abort, timeout) is a rate in the lower edge of its state's box.
 */
#include <stdio.h>
#include <string.h>
#include "core/text/brief.h"
#include "views/panes/panes.h"

#define BOX_COLS 17
#define LABEL_LEN 64
#define COLS DIAGRAM_COLS

/* Boxes and arrows. Counts and labels are put over it; where lines can be drawn, they are drawn. */
static const char *const art[] = {
	"  +---------------+",
	"  |               |<------------------------- CLOSED ------------------------------------------+",
	"  +---------------+                                                                            |",
	"    |            +-----------------------------------------------------------------+           |",
	"  +-v------------v+                      +---------------+                      +--------------v+",
	"  |               |--------------------->|               |<---------------------|               |",
	"  +---------------+                      +---------------+                      +---------------+",
	"    |            +--------------------------+         +----------------------------------------+",
	"  +-v------------v+                      +---------------+                      +--------------v+",
	"  |               |--------------------->|               |                      |               |",
	"  +---------------+                      +---------------+                      +---------------+",
	"    |            +--------------------------+         |                                        |",
	"  +-v-------------+                      +--v---------v--+                      +--------------v+",
	"  |               |--------------------->|               |                      |               |",
	"  +---------------+                      +---------------+                      +---------------+",
	"                                                 |                                             |",
	"                                                                                               v",
	"                                                                                            CLOSED",
};
#define ART_ROWS ((int)(sizeof(art) / sizeof(art[0])))
#define ENDS_ROW 15

enum { LEFT, CENTER, RIGHT };

static const struct { int y, x; __u8 state; } boxes[] = {
	{ 0, 2, ST_LISTEN }, { 4, 2, ST_SYN_RECV }, { 4, 41, ST_ESTABLISHED }, { 4, 80, ST_SYN_SENT },
	{ 8, 2, ST_FIN_WAIT1 }, { 8, 41, ST_CLOSING }, { 8, 80, ST_CLOSE_WAIT },
	{ 12, 2, ST_FIN_WAIT2 }, { 12, 41, ST_TIME_WAIT }, { 12, 80, ST_LAST_ACK },
};

/* What makes a connection take the arrow, and between which columns that stands. */
static const struct { int y, x, width, where; __u8 from, to; const char *what; } arrows[] = {
	{ 1, 21, 23, CENTER, ST_CLOSE, ST_LISTEN, "listen()" },
	{ 1, 54, 40, CENTER, ST_CLOSE, ST_SYN_SENT, "connect()" },
	{ 3, 6, 11, LEFT, ST_LISTEN, ST_SYN_RECV, "SYN" },
	{ 3, 19, 63, CENTER, ST_SYN_SENT, ST_SYN_RECV, "SYN (simultaneous open)" },
	{ 5, 20, 19, CENTER, ST_SYN_RECV, ST_ESTABLISHED, "ACK" },
	{ 5, 60, 19, CENTER, ST_SYN_SENT, ST_ESTABLISHED, "SYN+ACK" },
	{ 7, 6, 11, LEFT, ST_SYN_RECV, ST_FIN_WAIT1, "close" },
	{ 7, 19, 24, CENTER, ST_ESTABLISHED, ST_FIN_WAIT1, "close" },
	{ 7, 56, 38, CENTER, ST_ESTABLISHED, ST_CLOSE_WAIT, "FIN" },
	{ 9, 20, 19, CENTER, ST_FIN_WAIT1, ST_CLOSING, "FIN" },
	{ 11, 6, 11, LEFT, ST_FIN_WAIT1, ST_FIN_WAIT2, "ACK" },
	{ 11, 19, 24, CENTER, ST_FIN_WAIT1, ST_TIME_WAIT, "FIN+ACK" },
	{ 11, 56, 12, LEFT, ST_CLOSING, ST_TIME_WAIT, "ACK" },
	{ 11, 76, 17, RIGHT, ST_CLOSE_WAIT, ST_LAST_ACK, "close" },
	{ 13, 20, 19, CENTER, ST_FIN_WAIT2, ST_TIME_WAIT, "FIN" },
	{ 15, 82, 11, RIGHT, ST_LAST_ACK, ST_CLOSE, "ACK" },
};

static char at(int y, int x)
{
	if (y < 0 || y >= ART_ROWS || x < 0 || x >= (int)strlen(art[y]))
		return ' ';
	return art[y][x];
}

static bool is_of(char c, const char *set)
{
	return c != ' ' && strchr(set, c);
}

/* A corner, from what it joins. Lines that only pass by end in no arrow and no upright. */
static const char *corner(int y, int x)
{
	bool right = is_of(at(y, x + 1), "-+<>");
	bool up = is_of(at(y - 1, x), "|+v"), down = is_of(at(y + 1, x), "|+v");

	if (!up && !down) {
		up = at(y - 1, x) == '-';
		down = !up;
	}
	if (down && !up)
		return right ? "\u250c" : "\u2510";
	return right ? "\u2514" : "\u2518";
}

static void draw_art(struct top *t, struct area a, int left)
{
	static const char *const arrowheads[] = { "<", "\u25c0", ">", "\u25b6", "v", "\u25bc" };
	char text[8];
	size_t i;

	for (int y = 0; y < ART_ROWS && y < a.rows; y++) {
		for (int x = 0; x < (int)strlen(art[y]); x++) {
			const char *s = text;

			(void)snprintf(text, sizeof(text), "%c", art[y][x]);
			if (art[y][x] == ' ')
				continue;
			if (art[y][x] == '-')
				s = "\u2500";
			else if (art[y][x] == '|')
				s = "\u2502";
			else if (art[y][x] == '+' && !term_is_ascii(t->term))
				s = corner(y, x);
			for (i = 0; i < 6; i += 2)
				if (art[y][x] == arrowheads[i][0])
					s = arrowheads[i + 1];
			(void)term_put(t->term, a.y + y, left + x, 1, LOOK_LINE, s);
		}
	}
}

static void draw_box(struct top *t, int y, int x, unsigned int state)
{
	double straight = flow_rate(&t->shown.flow, state, ST_CLOSE);
	__u64 count = t->shown.counts[state];
	char text[BRIEF_LEN], label[LABEL_LEN];

	/* Arrows end in the upper edge, to the left and to the right of the name. */
	(void)term_put(t->term, y, x + 4, BOX_COLS, LOOK_NAME, tcp_state_name(state));
	term_fill(t->term, y + 1, x + 1, BOX_COLS - 3, count ? LOOK_BOLD : LOOK_DIM, true, brief_count(count, text));
	if (state == ST_TIME_WAIT || state == ST_LAST_ACK || !(straight > 0))
		return;
	(void)snprintf(label, sizeof(label), " \u00d7 %s/s ", brief_rate(straight, text));
	(void)term_put(t->term, y + 2, x + 4, BOX_COLS - 5, LOOK_WARN, label);
}

static void draw_arrow(struct top *t, struct area a, int left, size_t i)
{
	double rate = flow_rate(&t->shown.flow, arrows[i].from, arrows[i].to);
	char text[BRIEF_LEN], label[LABEL_LEN];
	bool on_line = arrows[i].where == CENTER;
	int x = left + arrows[i].x, len;

	len = snprintf(label, sizeof(label), "%s%s %s/s%s", on_line ? " " : "", arrows[i].what, brief_rate(rate, text),
		       on_line ? " " : "");
	if (arrows[i].where == CENTER)
		x += (arrows[i].width - len) / 2;
	else if (arrows[i].where == RIGHT)
		x += arrows[i].width - len;
	(void)term_put(t->term, a.y + arrows[i].y, x, arrows[i].width, rate > 0 ? LOOK_BOLD : LOOK_DIM, label);
}

/* How TIME_WAITs end: rates, and all since the start. */
static void draw_ends(struct top *t, struct area a, int left)
{
	const struct flow *f = &t->shown.flow;
	unsigned int end;

	(void)term_put(t->term, a.y + ENDS_ROW, left + 22, 40, LOOK_DIM, "TIME_WAIT ends by");
	for (end = TW_END_NONE + 1; end < TW_END_MAX; end++) {
		int y = a.y + ENDS_ROW + 1 + (int)(end - 1) % 4, x = left + 22 + (int)(end - 1) / 4 * 33;
		char text[BRIEF_LEN], label[LABEL_LEN];

		if (y >= a.y + a.rows)
			continue;
		(void)term_put(t->term, y, x, 2, LOOK_LINE, "\u25b6");
		(void)term_put(t->term, y, x + 2, 10, f->total.tw_ends[end] ? LOOK_NAME : LOOK_DIM, tw_end_name(end));
		(void)snprintf(label, sizeof(label), "%s/s", brief_rate(flow_end_rate(f, end), text));
		term_fill(t->term, y, x + 11, 8, flow_end_rate(f, end) > 0 ? LOOK_BOLD : LOOK_DIM, true, label);
		term_fill(t->term, y, x + 20, 8, LOOK_DIM, true, brief_count(f->total.tw_ends[end], text));
	}
}

void diagram_draw(struct top *t, struct area a)
{
	int left = (a.cols - COLS) / 2;
	size_t i;

	draw_art(t, a, left);
	for (i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++)
		draw_box(t, a.y + boxes[i].y, left + boxes[i].x, boxes[i].state);
	for (i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++)
		draw_arrow(t, a, left, i);
	draw_ends(t, a, left);
	if (a.rows > ENDS_ROW + 6)
		(void)term_put(t->term, a.y + ENDS_ROW + 6, left + 2, COLS - 2, LOOK_DIM, "\u00d7 straight to CLOSED by reset, abort or "
			       "timeout   overflow: no TIME_WAIT, the kernel's table full");
}
