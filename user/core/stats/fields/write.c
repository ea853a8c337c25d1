/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields as members of a JSON object and as columns of a line. */
#include <stdio.h>
#include <string.h>
#include "core/stats/fields/parts.h"
#include "core/text/fmt.h"

/* field_of(): mostly a list goes through the table in its order. @last: the one before it in the list, or NULL. */
static const struct field *find_field(const struct field *table, const struct field *last, const char *key)
{
	return last && last[1].key == key ? &last[1] : field_of(table, key);
}

void fields_json_of(struct json *j, const struct field *table, const char *const *keys, const struct field_src *src)
{
	const struct field *f = NULL;
	struct field_value v;

	for (; *keys; keys++) {
		f = find_field(table, f, *keys);
		if (!f)
			continue;
		v.type = FT_NONE;
		v.member = NULL;
		f->get(src, &v);
		if (v.member)
			v.member(j, src);
		else if (v.type == FT_NONE)
			json_null(j, f->key);
		else if (v.type == FT_STR)
			json_str(j, f->key, v.s);
		else if (v.type == FT_BOOL)
			json_bool(j, f->key, v.u != 0);
		else if (v.type == FT_DIFF)
			json_s64(j, f->key, (long long)v.u);
		else if (v.type == FT_REAL)
			json_double(j, f->key, v.real);
		else
			json_u64(j, f->key, v.u);
	}
}

static void add_blanks(struct strbuf *b, size_t n)
{
	static const char blanks[] = "                                ";

	for (; n > sizeof(blanks) - 1; n -= sizeof(blanks) - 1)
		strbuf_add(b, blanks, sizeof(blanks) - 1);
	strbuf_add(b, blanks, n);
}

/* @text as one column of @f, first or not. Widths count characters, not bytes. */
static void add_column(struct strbuf *b, const struct field *f, const char *text, bool first)
{
	size_t width = (size_t)(f->width < 0 ? -f->width : f->width), used = fmt_columns(text);
	size_t blanks = used < width ? width - used : 0;

	add_blanks(b, !first + (f->width > 0 ? blanks : 0));
	fmt_comm(b, text);
	if (f->width < 0)
		add_blanks(b, blanks);
}

/* Thousands of thousandths if @milli. Returns where in @digits it begins. */
static const char *number_text(__u64 n, bool milli, char digits[FIELD_DIGITS])
{
	char *end = digits + FIELD_DIGITS - 1, *p = end;

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
		if (milli && end - p == 3)
			*--p = '.';
	} while (n || (milli && end - p < 5));
	return p;
}

const char *field_value_text(struct field_value *v, char digits[FIELD_DIGITS])
{
	switch (v->type) {
	case FT_U64:
		return number_text(v->u, false, digits);
	case FT_BOOL:
		return v->u ? "yes" : "no";
	case FT_NS:	/* milliseconds, rounded to a microsecond */
		return number_text(v->u / 1000 + (v->u % 1000 >= 500), true, digits);
	case FT_DIFF:	/* the same, which may be negative */
		(void)snprintf(v->s, sizeof(v->s), "%.3f", (double)(long long)v->u / 1e6);
		return v->s;
	case FT_REAL:
		(void)snprintf(v->s, sizeof(v->s), "%.*f", (int)v->u, v->real);
		return v->s;
	case FT_STR:
		return v->s;
	case FT_NONE:
		break;
	}
	return "-";
}

static void trim_end(struct strbuf *b, size_t start)
{
	while (b->len > start && b->s[b->len - 1] == ' ')
		b->s[--b->len] = '\0';
}

void fields_text_of(struct strbuf *b, const struct field *table, const char *const *keys, const struct field_src *src)
{
	const struct field *f = NULL;
	size_t start = b->len;
	struct field_value v;
	char digits[FIELD_DIGITS];

	for (; *keys; keys++) {
		f = find_field(table, f, *keys);
		if (!f)
			continue;
		v.type = FT_NONE;
		f->get(src, &v);
		add_column(b, f, field_value_text(&v, digits), b->len == start);
	}
	trim_end(b, start);
}

void fields_header_of(struct strbuf *b, const struct field *table, const char *const *keys)
{
	size_t start = b->len;

	for (; *keys; keys++) {
		const struct field *f = field_of(table, *keys);

		if (f)
			add_column(b, f, f->title ? f->title : f->key, b->len == start);
	}
	trim_end(b, start);
}

void fields_json(struct json *j, const char *const *keys, const struct field_src *src)
{
	fields_json_of(j, field_table(), keys, src);
}

void fields_text(struct strbuf *b, const char *const *keys, const struct field_src *src)
{
	fields_text_of(b, field_table(), keys, src);
}

void fields_header(struct strbuf *b, const char *const *keys)
{
	fields_header_of(b, field_table(), keys);
}
