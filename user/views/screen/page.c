/* SPDX-License-Identifier: GPL-2.0-only */
/* A page of text over a pane: details of a row, help. */
#include <errno.h>
#include <string.h>
#include "views/screen/screen.h"

#define INDENT_MAX 20

/* Where lines that continue @line begin: behind its label ("  closed:       "), where it begins itself if that is there, or a little in. */
static size_t indent_of(const char *line, size_t n)
{
	size_t i = strspn(line, " ");

	if (i != 2)
		return i > 4 && i <= INDENT_MAX ? i : 4;
	for (; i + 1 < n && i < INDENT_MAX; i++) {
		if (line[i] == ' ' && line[i + 1] == ' ')
			return i + strspn(line + i, " ");
	}
	return 4;
}

/* Bytes of @s, at most @n, that @cols columns have room for; whole words if that leaves any. */
static size_t bytes_that_fit(const char *s, size_t n, size_t cols)
{
	size_t i, used = 0, blank = 0;

	for (i = 0; i < n; i++) {
		used += ((unsigned char)s[i] & 0xc0) != 0x80;
		if (used > cols)
			return blank ? blank : i;
		if (s[i] == ' ' && used > INDENT_MAX)
			blank = i + 1;
	}
	return n;
}

/* @text in lines that fit. */
static void wrap(const char *text, size_t cols, struct strbuf *b, size_t *ret_lines)
{
	size_t n, fits, indent;

	for (*ret_lines = 0; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		indent = indent_of(text, n);
		fits = bytes_that_fit(text, n, cols);
		strbuf_add(b, text, fits);
		strbuf_addc(b, '\n');
		for (++*ret_lines; fits < n; ++*ret_lines) {
			size_t more = bytes_that_fit(text + fits, n - fits, cols - indent);

			strbuf_addf(b, "%*s", (int)indent, "");
			strbuf_add(b, text + fits, more);
			strbuf_addc(b, '\n');
			fits += more;
		}
	}
}

int page_rebuild(struct top *t)
{
	struct page *p = &t->page;
	struct strbuf raw = { 0 };
	size_t cols = (size_t)term_cols(t->term);
	int err;

	if (!p->make)
		return 0;
	strbuf_reset(&p->text);
	err = p->make(t, &raw);
	wrap(raw.s ? raw.s : "", cols > 40 ? cols : 40, &p->text, &p->lines.n);
	if (raw.failed || p->text.failed)
		err = err ? err : -ENOMEM;
	strbuf_free(&raw);
	return err;
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
