// SPDX-License-Identifier: GPL-2.0-only
#include "core/text/json_pick.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NESTED_MAX 64
#define KEY_MAX 256		/* longer names of members are none that anybody wants */

struct reader {
	const char *p, *end;
	const struct json_want *want;
	size_t n;
	unsigned int depth;
	unsigned int matched[JSON_PICK_MAX];	/* how many names of its path are those that we are in */
	bool done[JSON_PICK_MAX];
};

/* Where a string goes. Without room it is read all the same. */
struct sink { char *to; size_t size, len; bool full; };

static bool value(struct reader *r);

static void blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* Whole or not at all, and nothing after what did not fit. */
static void put(struct sink *s, const char *bytes, size_t n)
{
	if (!s->to || s->full || n >= s->size - s->len) {
		s->full = true;
		return;
	}
	memcpy(s->to + s->len, bytes, n);
	s->len += n;
	s->to[s->len] = '\0';
}

static void put_char(struct sink *s, unsigned int cp)
{
	char b[4];

	if (cp == 0 || (cp >= 0xd800 && cp <= 0xdfff))
		cp = 0xfffd;
	if (cp < 0x80) {
		b[0] = (char)cp;
		put(s, b, 1);
	} else if (cp < 0x800) {
		b[0] = (char)(0xc0 | cp >> 6);
		b[1] = (char)(0x80 | (cp & 63));
		put(s, b, 2);
	} else if (cp < 0x10000) {
		b[0] = (char)(0xe0 | cp >> 12);
		b[1] = (char)(0x80 | (cp >> 6 & 63));
		b[2] = (char)(0x80 | (cp & 63));
		put(s, b, 3);
	} else {
		b[0] = (char)(0xf0 | cp >> 18);
		b[1] = (char)(0x80 | (cp >> 12 & 63));
		b[2] = (char)(0x80 | (cp >> 6 & 63));
		b[3] = (char)(0x80 | (cp & 63));
		put(s, b, 4);
	}
}

static bool hex4(struct reader *r, unsigned int *ret)
{
	unsigned int v = 0;

	if (r->end - r->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = *r->p++;

		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned int)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | (unsigned int)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

static bool escaped(struct reader *r, struct sink *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned int cp, low;
	const char *at;

	if (r->p == r->end)
		return false;
	if (*r->p != 'u') {
		at = *r->p ? strchr(from, *r->p) : NULL;
		if (!at)
			return false;
		r->p++;
		put(s, &to[at - from], 1);
		return true;
	}
	r->p++;
	if (!hex4(r, &cp))
		return false;
	if (cp >= 0xd800 && cp < 0xdc00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
		const char *back = r->p;

		r->p += 2;
		if (!hex4(r, &low))
			return false;
		if (low >= 0xdc00 && low < 0xe000)
			cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
		else
			r->p = back;
	}
	put_char(s, cp);
	return true;
}

/* How many bytes at @p belong to one character; bytes that are no UTF-8 stand for themselves. */
static size_t char_len(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, i;

	for (i = 1; i < n; i++) {
		if (p + i == end || ((unsigned char)p[i] & 0xc0) != 0x80)
			return 1;
	}
	return n;
}

/* Behind the opening quote. */
static bool string(struct reader *r, struct sink *s)
{
	while (r->p < r->end && *r->p != '"') {
		size_t n;

		if (*r->p == '\\') {
			r->p++;
			if (!escaped(r, s))
				return false;
			continue;
		}
		n = char_len(r->p, r->end);
		if (*r->p)
			put(s, r->p, n);
		r->p += n;
	}
	if (r->p == r->end)
		return false;
	r->p++;
	return true;
}

/* The value of the member or element called @key. */
static bool inside(struct reader *r, const char *key)
{
	bool went[JSON_PICK_MAX], ok;

	for (size_t i = 0; i < r->n; i++) {
		const char *const *path = r->want[i].path;
		unsigned int m = r->matched[i];

		went[i] = m + 1 == r->depth && m < JSON_PICK_DEPTH && path[m] && !strcmp(path[m], key);
		r->matched[i] += went[i];
	}
	ok = value(r);
	for (size_t i = 0; i < r->n; i++)
		r->matched[i] -= went[i];
	return ok;
}

static bool object(struct reader *r)
{
	char key[KEY_MAX];

	if (take(r, '}'))
		return true;
	do {
		struct sink s = { .to = key, .size = sizeof(key) };

		key[0] = '\0';
		if (!take(r, '"') || !string(r, &s) || !take(r, ':') || !inside(r, s.full ? "" : key))
			return false;
	} while (take(r, ','));
	return take(r, '}');
}

static bool array(struct reader *r)
{
	unsigned int i = 0;
	char key[16];

	if (take(r, ']'))
		return true;
	do {
		(void)snprintf(key, sizeof(key), "%u", i++);
		if (!inside(r, key))
			return false;
	} while (take(r, ','));
	return take(r, ']');
}

static bool text_value(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct json_want *w = &r->want[i];
		unsigned int m = r->matched[i];
		struct sink s = { .to = w->to, .size = w->size };

		if (m != r->depth || r->done[i] || (m < JSON_PICK_DEPTH && w->path[m]))
			continue;
		r->done[i] = true;
		if (w->size)
			w->to[0] = '\0';
		return string(r, &s);
	}
	return string(r, &(struct sink){ 0 });
}

/* Numbers and words are not looked at closely: nobody wants them. */
static bool value(struct reader *r)
{
	const char *from;
	bool ok;

	blanks(r);
	if (r->p == r->end)
		return false;
	switch (*r->p) {
	case '"':
		r->p++;
		return text_value(r);
	case '{':
	case '[':
		if (r->depth == NESTED_MAX)
			return false;
		r->depth++;
		ok = *r->p++ == '{' ? object(r) : array(r);
		r->depth--;
		return ok;
	default:
		from = r->p;
		while (r->p < r->end && *r->p && strchr("+-.0123456789Eaeflnrstu", *r->p))
			r->p++;
		return r->p > from;
	}
}

int json_pick(const char *text, size_t len, const struct json_want *want, size_t n)
{
	struct reader r = { .p = text, .end = text + len, .want = want, .n = n < JSON_PICK_MAX ? n : JSON_PICK_MAX };

	return value(&r) ? 0 : -EBADMSG;
}

int json_each(const char *text, size_t len, int (*fn)(void *ctx, const char *element, size_t len), void *ctx)
{
	struct reader r = { .p = text, .end = text + len };
	const char *from;
	int err;

	if (!take(&r, '['))
		return -EBADMSG;
	if (take(&r, ']'))
		return 0;
	do {
		blanks(&r);
		from = r.p;
		if (!value(&r))
			return -EBADMSG;
		err = fn(ctx, from, (size_t)(r.p - from));
		if (err)
			return err;
	} while (take(&r, ','));
	return take(&r, ']') ? 0 : -EBADMSG;
}
