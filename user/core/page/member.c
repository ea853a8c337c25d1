/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/page/member.h"
#include <string.h>
#include "core/text/json_pick.h"

static const char *blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Behind the string that begins at @p; @end: it has none. */
static const char *behind_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\' && p + 1 < end;
	return p < end ? p + 1 : end;
}

/* Behind the value that begins at @p. Brackets are counted, not told apart. */
static const char *behind_value(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = behind_string(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			if (!depth)
				return p;
			depth--;
			p++;
		} else if (!depth && (*p == ',' || *p == ' ' || *p == '\n')) {
			return p;
		} else {
			p++;
			continue;
		}
		if (!depth)
			return p;
	}
	return end;
}

bool member_next(struct span text, const char **at, struct span *ret_name, struct span *ret_value)
{
	const char *end = text.s + text.len, *p, *name;

	if (!*at) {
		p = blanks(text.s, end);
		if (p == end || *p++ != '{')
			return false;
	} else {
		p = blanks(*at, end);
		if (p == end || *p++ != ',')
			return false;
	}
	p = blanks(p, end);
	if (p == end || *p != '"')
		return false;
	name = p + 1;
	p = behind_string(p, end);
	*ret_name = (struct span){ name, (size_t)(p - 1 - name) };
	p = blanks(p, end);
	if (p == end || *p != ':')
		return false;
	p = blanks(p + 1, end);
	ret_value->s = p;
	*at = behind_value(p, end);
	ret_value->len = (size_t)(*at - p);
	return ret_value->len > 0;
}

/* The member @name of the object at @text. */
static bool one(struct span text, const char *name, size_t name_len, struct span *ret)
{
	const char *at = NULL;
	struct span n;

	while (member_next(text, &at, &n, ret))
		if (n.len == name_len && !memcmp(n.s, name, name_len))
			return true;
	return false;
}

bool member_at(struct span text, const char *path, struct span *ret)
{
	struct span at = text;

	for (;;) {
		size_t n = strcspn(path, ".");

		if (!one(at, path, n, &at))
			return false;
		if (!path[n])
			break;
		path += n + 1;
	}
	*ret = at;
	return true;
}

bool member_is_null(struct span value)
{
	return value.len == 4 && !memcmp(value.s, "null", 4);
}

void member_text(struct span value, char *ret, size_t size)
{
	struct json_want want = { .to = ret, .size = size };
	size_t n = value.len < size - 1 ? value.len : size - 1;

	ret[0] = '\0';
	if (value.len && *value.s == '"') {
		(void)json_pick(value.s, value.len, &want, 1);
		return;
	}
	memcpy(ret, value.s, n);
	ret[n] = '\0';
}

void member_each(struct span value, void (*fn)(void *ctx, struct span element), void *ctx)
{
	const char *end = value.s + value.len, *p = blanks(value.s, end), *from;

	if (p == end || *p != '[')
		return;
	for (p = blanks(p + 1, end); p < end && *p != ']'; p = blanks(p + 1, end)) {
		from = p;
		p = behind_value(p, end);
		if (p == from)
			return;
		fn(ctx, (struct span){ from, (size_t)(p - from) });
		p = blanks(p, end);
		if (p == end || *p != ',')
			return;
	}
}
