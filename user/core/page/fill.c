/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/page/fill.h"
#include <string.h>

#define NAME_LEN 16

/* Length of the name behind the '@' at @at; 0: it is none of ours. */
static size_t name_at(const char *at, const char *end)
{
	size_t n = 1;

	while (at + n < end && n <= NAME_LEN && at[n] >= 'A' && at[n] <= 'Z')
		n++;
	return at + n < end && at[n] == '@' ? n - 1 : 0;
}

int page_fill(struct strbuf *b, const char *file, size_t len, int (*put)(void *ctx, const char *name, struct strbuf *b), void *ctx)
{
	const char *end = file + len, *p = file, *at;
	char name[NAME_LEN + 1];
	int err = 0;

	while (p < end && !err) {
		size_t n;

		at = memchr(p, '@', (size_t)(end - p));
		if (!at)
			at = end;
		strbuf_add(b, p, (size_t)(at - p));
		if (at == end)
			break;
		n = name_at(at, end);
		if (n) {
			memcpy(name, at + 1, n);
			name[n] = '\0';
			err = put(ctx, name, b);
			p = at + n + 2;
		} else {
			strbuf_addc(b, '@');
			p = at + 1;
		}
	}
	return err;
}

void page_script_json(struct strbuf *b, const char *json, size_t len)
{
	const char *from = json, *end = json + len, *p;

	for (p = json; p < end; p++) {
		/* U+2028 and U+2029, which end a line of a script. */
		bool line = end - p > 2 && !memcmp(p, "\xe2\x80", 2) && (p[2] == '\xa8' || p[2] == '\xa9');

		if (!line && *p != '<' && *p != '>' && *p != '&')
			continue;
		strbuf_add(b, from, (size_t)(p - from));
		if (line)
			strbuf_adds(b, p[2] == '\xa8' ? "\\u2028" : "\\u2029");
		else
			strbuf_addf(b, "\\u%04x", (unsigned int)*p);
		p += line ? 2 : 0;
		from = p + 1;
	}
	strbuf_add(b, from, (size_t)(end - from));
}
