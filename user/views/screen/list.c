/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists: moving in them, their columns, and their rows. */
#include <stdio.h>
#include "views/screen/screen.h"

bool list_key(struct list *l, int key, size_t page)
{
	size_t last = l->n ? l->n - 1 : 0;

	page = page ? page : 1;
	switch (key) {
	case KEY_UP_:
	case 'k':
		l->at -= l->at > 0;
		break;
	case KEY_DOWN_:
	case 'j':
		l->at += l->at < last;
		break;
	case KEY_PAGE_UP_:
		l->at = l->at > page ? l->at - page : 0;
		l->first = l->first > page ? l->first - page : 0;
		break;
	case KEY_PAGE_DOWN_:
		l->at = last - l->at > page ? l->at + page : last;
		l->first += page;
		break;
	case KEY_HOME_:
	case 'g':
		l->at = 0;
		break;
	case KEY_END_:
	case 'G':
		l->at = last;
		break;
	default:
		return false;
	}
	list_fit(l, l->n, page);
	return true;
}

void list_fit(struct list *l, size_t n, size_t page)
{
	page = page ? page : 1;
	l->n = n;
	if (l->at >= n)
		l->at = n ? n - 1 : 0;
	if (l->first > l->at)
		l->first = l->at;
	if (l->at - l->first >= page)
		l->first = l->at - page + 1;
	if (n <= page)
		l->first = 0;
	else if (l->first > n - page)
		l->first = n - page;
}

void columns_place(const struct column *c, size_t n, int cols, struct placed *ret)
{
	int used = 0, left, shares = 0, x = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		ret->width[i] = cols >= c[i].from ? c[i].width : 0;
		used += ret->width[i] ? ret->width[i] + 1 : 0;
		shares += ret->width[i] ? c[i].share : 0;
	}
	left = cols - used + 1;
	for (i = 0; i < n; i++) {
		if (ret->width[i] && c[i].share && left > 0) {
			int more = left * c[i].share / shares;

			if (c[i].most && ret->width[i] + more > c[i].most)
				more = c[i].most > ret->width[i] ? c[i].most - ret->width[i] : 0;
			ret->width[i] += more;
			left -= more;
			shares -= c[i].share;
		}
		ret->x[i] = x;
		x += ret->width[i] ? ret->width[i] + 1 : 0;
	}
}

void columns_titles(struct top *t, int y, const struct column *c, size_t n, const struct placed *p, int sort, bool reverse)
{
	char text[64];
	size_t i;

	term_fill(t->term, y, 0, term_cols(t->term), LOOK_TITLE, false, "");
	for (i = 0; i < n; i++) {
		bool sorted = c[i].sort >= 0 && c[i].sort == sort;

		if (!p->width[i])
			continue;
		(void)snprintf(text, sizeof(text), "%s%s", c[i].title, !sorted ? "" : reverse ? "\u25b2" : "\u25bc");
		term_fill(t->term, y, p->x[i], p->width[i], sorted ? LOOK_SORTED : LOOK_TITLE, c[i].right, text);
	}
}

void columns_cell(struct top *t, int y, const struct column *c, const struct placed *p, size_t i, enum look look, const char *text)
{
	if (p->width[i])
		term_fill(t->term, y, p->x[i], p->width[i], look, c[i].right, text);
}

static void draw_row(struct top *t, int y, const struct placed *p, const struct listing *of, size_t row, bool at, struct strbuf *b)
{
	if (at)
		term_fill(t->term, y, 0, term_cols(t->term), LOOK_SELECTED, false, "");
	for (size_t k = 0; k < of->n_columns; k++) {
		if (!p->width[k])
			continue;
		strbuf_reset(b);
		of->say(t, of->ctx, b, row, k);
		columns_cell(t, y, of->columns, p, k, of->look(t, of->ctx, row, k, at), b->s ? b->s : "");
	}
}

size_t list_draw(struct top *t, struct area a, const struct listing *of, size_t n)
{
	size_t rows = a.rows > 1 ? (size_t)a.rows - 1 : 0, i;
	struct list *l = &t->lists[of->pane];
	struct strbuf b = { 0 };
	struct placed p;

	list_fit(l, n, rows);
	columns_place(of->columns, of->n_columns, a.cols, &p);
	columns_titles(t, a.y, of->columns, of->n_columns, &p, (int)t->sort[of->pane], t->reverse[of->pane]);
	for (i = 0; i < rows && l->first + i < n; i++)
		draw_row(t, a.y + 1 + (int)i, &p, of, l->first + i, l->first + i == l->at, &b);
	strbuf_free(&b);
	return rows;
}
