/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields as members of a JSON object and as columns of a line. */
#include <stdio.h>
#include <string.h>
#include "core/field.h"
#include "core/fmt.h"

void fields_json(struct json *j, const char *const *keys, const struct field_src *src)
{
	for (; *keys; keys++) {
		const struct field *f = field_by_key(*keys);
		struct field_value v;

		if (!f)
			continue;
		v.type = FT_NONE;
		f->get(src, &v);
		if (v.type == FT_NONE)
			json_null(j, f->key);
		else if (v.type == FT_STR)
			json_str(j, f->key, v.s);
		else if (v.type == FT_BOOL)
			json_bool(j, f->key, v.u != 0);
		else
			json_u64(j, f->key, v.u);
	}
}

static void add_blanks(struct strbuf *b, size_t n)
{
	while (n-- > 0)
		strbuf_addc(b, ' ');
}

/* @text as one column of @f, first or not. Widths count characters, not bytes. */
static void add_column(struct strbuf *b, const struct field *f, const char *text, bool first)
{
	size_t width = (size_t)(f->width < 0 ? -f->width : f->width), used = fmt_columns(text);

	if (!first)
		strbuf_addc(b, ' ');
	if (f->width > 0 && used < width)
		add_blanks(b, width - used);
	fmt_comm(b, text);
	if (f->width < 0 && used < width)
		add_blanks(b, width - used);
}

static void trim_end(struct strbuf *b, size_t start)
{
	while (b->len > start && b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
}

void fields_text(struct strbuf *b, const char *const *keys, const struct field_src *src)
{
	size_t start = b->len;

	for (; *keys; keys++) {
		const struct field *f = field_by_key(*keys);
		struct field_value v;
		__u64 us;

		if (!f)
			continue;
		v.type = FT_NONE;
		f->get(src, &v);
		switch (v.type) {
		case FT_NONE:
			strcpy(v.s, "-");
			break;
		case FT_U64:
			snprintf(v.s, sizeof(v.s), "%llu", (unsigned long long)v.u);
			break;
		case FT_BOOL:
			strcpy(v.s, v.u ? "yes" : "no");
			break;
		case FT_NS:	/* milliseconds, rounded to a microsecond */
			us = v.u / 1000 + (v.u % 1000 >= 500);
			snprintf(v.s, sizeof(v.s), "%llu.%03llu", (unsigned long long)(us / 1000),
				 (unsigned long long)(us % 1000));
			break;
		case FT_STR:
			break;
		}
		add_column(b, f, v.s, b->len == start);
	}
	trim_end(b, start);
}

void fields_header(struct strbuf *b, const char *const *keys)
{
	size_t start = b->len;

	for (; *keys; keys++) {
		const struct field *f = field_by_key(*keys);

		if (f && f->title)
			add_column(b, f, f->title, b->len == start);
	}
	trim_end(b, start);
}
