/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields as members of a JSON object and as columns of a line. */
#include <stdio.h>
#include <string.h>
#include "core/field.h"
#include "core/fmt.h"

/* Lists mostly follow the table's order: look behind the last hit first. */
static const struct field *next_field(const struct field *last, const char *key)
{
	if (last && last[1].key && strcmp(last[1].key, key) == 0)
		return last + 1;
	return field_by_key(key);
}

void fields_json(struct json *j, const char *const *keys, const struct field_src *src)
{
	const struct field *f = NULL;

	for (; *keys; keys++) {
		struct field_value v = { .type = FT_NONE };

		f = next_field(f, *keys);
		if (!f)
			continue;
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

/* Columns that the text from @start takes: bytes that do not continue a character. */
static size_t columns(const struct strbuf *b, size_t start)
{
	size_t n = 0;

	for (; start < b->len; start++)
		n += (b->s[start] & 0xc0) != 0x80;
	return n;
}

/* @text as one column of @f, @first or after another. */
static void add_column(struct strbuf *b, const struct field *f, const char *text, bool first)
{
	size_t width = (size_t)(f->width < 0 ? -f->width : f->width), used;
	struct strbuf cell = { 0 };

	if (!first)
		strbuf_addc(b, ' ');
	fmt_comm(&cell, text);
	used = columns(&cell, 0);
	if (f->width > 0 && used < width)
		strbuf_addf(b, "%*s", (int)(width - used), "");
	strbuf_add(b, cell.s ? cell.s : "", cell.len);
	if (f->width < 0 && used < width)
		strbuf_addf(b, "%*s", (int)(width - used), "");
	b->failed |= cell.failed;
	strbuf_free(&cell);
}

static void trim_end(struct strbuf *b, size_t start)
{
	while (b->len > start && b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
}

void fields_text(struct strbuf *b, const char *const *keys, const struct field_src *src)
{
	const struct field *f = NULL;
	size_t start = b->len;

	for (; *keys; keys++) {
		struct field_value v = { .type = FT_NONE };
		__u64 us;

		f = next_field(f, *keys);
		if (!f)
			continue;
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
	const struct field *f = NULL;
	size_t start = b->len;

	for (; *keys; keys++) {
		f = next_field(f, *keys);
		if (f && f->title)
			add_column(b, f, f->title, b->len == start);
	}
	trim_end(b, start);
}
