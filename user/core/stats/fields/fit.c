/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of `stream` on a terminal: so many of them, and so much of each, that no line wraps. */
#include <stdio.h>
#include <string.h>
#include "core/stats/fields/parts.h"
#include "core/text/fmt.h"
#include "core/text/utf8.h"

#define LAST_ROOM 16	/* for the new state and what follows it: "CLOSE reused by 8" */

/* All of them end with the new state, at once followed by the note: most states have none. */
#define ENDS { "newstate", FIT_LOOSE, 0 }, { "note", FIT_LOOSE, 0 }, { 0 }
#define WHO { "pid", FIT_WHOLE, 0 }, { "comm", FIT_END, 8 }
#define LOCAL { "laddr", FIT_MIDDLE, 15 }
#define PORTS { "lport", FIT_WHOLE, 0 }, { "raddr", FIT_MIDDLE, 15 }, { "rport", FIT_WHOLE, 0 }, { "in_state_ns", FIT_WHOLE, 0 }
#define FROM { "oldstate", FIT_WHOLE, 0 }, { "arrow", FIT_WHOLE, 0 }

static const struct fit_column all[] = { { "clock", FIT_WHOLE, 0 }, WHO, LOCAL, PORTS, FROM, ENDS };
static const struct fit_column seconds[] = { { "clock", FIT_END, 8 }, WHO, LOCAL, PORTS, FROM, ENDS };
static const struct fit_column no_local[] = { { "clock", FIT_END, 8 }, WHO, PORTS, FROM, ENDS };
static const struct fit_column no_old[] = { { "clock", FIT_END, 8 }, WHO, PORTS, ENDS };
static const struct fit_column *const narrower[] = { all, seconds, no_local, no_old };
#define LAYOUTS (sizeof(narrower) / sizeof(narrower[0]))

static size_t width_of(const struct fit_column *c)
{
	int width = field_by_key(c->key)->width;

	return c->how == FIT_LOOSE ? 0 : c->width ? c->width : (size_t)(width < 0 ? -width : width);
}

/* The width of @keys without the last one, which is loose. */
static size_t width_of_list(const char *const *keys, size_t more)
{
	for (; keys[1]; keys++)
		more += width_of(&(struct fit_column){ *keys, FIT_WHOLE, 0 }) + 1;
	return more;
}

static size_t width_of_layout(const struct fit_column *c, size_t more)
{
	for (; c->how != FIT_LOOSE; c++)
		more += width_of(c) + 1;
	return more;
}

const struct fit_column *fields_fit(const char *const *keys, size_t cols, size_t more)
{
	size_t i;

	if (!cols || width_of_list(keys, more) + LAST_ROOM <= cols)
		return NULL;
	for (i = 0; i + 1 < LAYOUTS; i++)
		if (width_of_layout(narrower[i], more) + LAST_ROOM <= cols)
			break;
	return narrower[i];
}

/* How many bytes the first @n characters of @s take. */
static size_t bytes_of(const char *s, size_t n)
{
	const char *at = s;
	unsigned int cp, len;

	for (; *at && n; n--, at += len) {
		len = utf8_next(at, &cp);
		len = len ? len : 1;
	}
	return (size_t)(at - s);
}

/* @text, at most @width characters of it, in @room bytes. Addresses are told apart by both their ends. */
static void shorten(const char *text, const struct fit_column *c, char *ret, size_t room)
{
	size_t columns = fmt_columns(text), head = c->width, tail = 0;

	if (c->how == FIT_LOOSE || c->how == FIT_WHOLE || columns <= c->width) {
		(void)snprintf(ret, room, "%s", text);
		return;
	}
	if (c->how == FIT_MIDDLE) {
		head = (c->width - 2U) / 2;
		tail = c->width - 2U - head;
		(void)snprintf(ret, room, "%.*s..%s", (int)bytes_of(text, head), text, text + bytes_of(text, columns - tail));
		return;
	}
	(void)snprintf(ret, room, "%.*s", (int)bytes_of(text, head), text);
}

static void add(struct strbuf *b, const struct fit_column *c, const struct field *f, const char *text, size_t start)
{
	size_t width = width_of(c), used = fmt_columns(text), blanks = used < width ? width - used : 0;

	if (b->len > start)
		strbuf_addc(b, ' ');
	if (f->width > 0)
		strbuf_addf(b, "%*s", (int)blanks, "");
	fmt_comm(b, text);
	if (f->width < 0)
		strbuf_addf(b, "%*s", (int)blanks, "");
}

/* No longer than @cols, no blanks at its end. */
static void trim(struct strbuf *b, size_t start, size_t cols)
{
	if (b->failed)
		return;
	b->len = start + bytes_of(b->s + start, cols);
	while (b->len > start && b->s[b->len - 1] == ' ')
		b->len--;
	b->s[b->len] = '\0';
}

void fields_fit_text(struct strbuf *b, const struct fit_column *columns, size_t cols, const struct field_src *src)
{
	char digits[FIELD_DIGITS], text[sizeof(((struct field_value *)0)->s)];
	size_t start = b->len;
	struct field_value v;

	for (; columns->key; columns++) {
		const struct field *f = field_by_key(columns->key);

		v.type = FT_NONE;
		f->get(src, &v);
		/* Nothing follows it. */
		if (columns->how == FIT_LOOSE && (v.type == FT_NONE || !*v.s))
			continue;
		shorten(field_value_text(&v, digits), columns, text, sizeof(text));
		add(b, columns, f, text, start);
	}
	trim(b, start, cols);
}

void fields_fit_header(struct strbuf *b, const struct fit_column *columns, size_t cols)
{
	size_t start = b->len;

	for (; columns->key; columns++) {
		const struct field *f = field_by_key(columns->key);

		add(b, columns, f, f->title, start);
	}
	trim(b, start, cols);
}
