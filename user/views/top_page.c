/* SPDX-License-Identifier: GPL-2.0-only */
/* A page of text over a pane: details of a row, help. */
#include <errno.h>
#include <string.h>
#include "views/top.h"

static void count_lines(struct page *p)
{
	p->lines.n = 0;
	for (const char *s = p->text.s; s && *s; p->lines.n++)
		s += strcspn(s, "\n") + (s[strcspn(s, "\n")] == '\n');
}

int page_rebuild(struct top *t)
{
	struct page *p = &t->page;
	int err;

	if (!p->make)
		return 0;
	strbuf_reset(&p->text);
	err = p->make(t, &p->text);
	count_lines(p);
	return err ? err : p->text.failed ? -ENOMEM : 0;
}

int page_open(struct top *t, const char *title, int (*make)(struct top *t, struct strbuf *b))
{
	t->page.make = make;
	t->page.title = title;
	t->page.lines = (struct list){ 0 };
	return page_rebuild(t);
}

void page_close(struct top *t)
{
	t->page.make = NULL;
	strbuf_free(&t->page.text);
}

void page_draw(struct top *t, struct area a)
{
	struct page *p = &t->page;
	size_t rows = a.rows > 1 ? (size_t)a.rows - 1 : 0, i;
	const char *s = p->text.s ? p->text.s : "";
	char line[1024];
	int y = a.y;

	term_fill(t->term, y++, 0, a.cols, LOOK_TITLE, false, p->title);
	if (p->lines.first + rows > p->lines.n)
		p->lines.first = p->lines.n > rows ? p->lines.n - rows : 0;
	for (i = 0; *s && i < p->lines.first + rows; i++) {
		size_t n = strcspn(s, "\n"), len = n < sizeof(line) ? n : sizeof(line) - 1;

		if (i >= p->lines.first) {
			memcpy(line, s, len);
			line[len] = '\0';
			(void)term_put(t->term, y++, 0, a.cols, LOOK_PLAIN, line);
		}
		s += n + (s[n] == '\n');
	}
}

bool page_key(struct top *t, int key, size_t rows)
{
	struct list *l = &t->page.lines;
	size_t last = l->n > rows ? l->n - rows : 0;

	switch (key) {
	case KEY_ESCAPE_:
	case KEY_ENTER_:
	case KEY_LEFT_:
	case KEY_BACKSPACE_:
		page_close(t);
		return true;
	case KEY_UP_: case 'k': l->first -= l->first > 0; break;
	case KEY_DOWN_: case 'j': l->first += l->first < last; break;
	case KEY_PAGE_UP_: l->first = l->first > rows ? l->first - rows : 0; break;
	case KEY_PAGE_DOWN_: l->first = l->first + rows < last ? l->first + rows : last; break;
	case KEY_HOME_: case 'g': l->first = 0; break;
	case KEY_END_: case 'G': l->first = last; break;
	default: return false;
	}
	return true;
}
