/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/strbuf.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far above any line of ours: a caller that runs away fails instead of eating the machine. */
#define STRBUF_MAX ((size_t)256 << 20)

void strbuf_free(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){ 0 };
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->s)
		b->s[0] = '\0';
}

/* Room for @n more bytes and the NUL. */
static bool reserve(struct strbuf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	char *s;

	/* After one failure nothing more is taken: text with a hole in its middle would be a lie. */
	if (b->failed)
		return false;
	if (n < b->cap - b->len)
		return true;
	if (n >= STRBUF_MAX - b->len)
		goto fail;
	while (cap <= b->len + n)
		cap *= 2;
	s = realloc(b->s, cap);
	if (!s)
		goto fail;
	b->s = s;
	b->cap = cap;
	return true;
fail:
	b->failed = true;
	return false;
}

void strbuf_add(struct strbuf *b, const char *s, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
}

char *strbuf_room(struct strbuf *b, size_t n)
{
	if (!reserve(b, n))
		return NULL;
	b->len += n;
	b->s[b->len] = '\0';
	return b->s + b->len - n;
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addu(struct strbuf *b, unsigned long long n, unsigned int width)
{
	char digits[24], *end = digits + sizeof(digits), *p = end;

	if (width > sizeof(digits))
		width = sizeof(digits);
	/* Two at a time: a division takes longer than all else here. */
	for (; n >= 100; n /= 100) {
		unsigned int pair = (unsigned int)(n % 100);

		*--p = (char)('0' + pair % 10);
		*--p = (char)('0' + pair / 10);
	}
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (end - p < (long)width)
		*--p = '0';
	strbuf_add(b, p, (size_t)(end - p));
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!reserve(b, 0))
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= b->cap - b->len && reserve(b, (size_t)n)) {
		va_start(ap, fmt);
		n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
		va_end(ap);
	}
	if (n < 0)
		b->failed = true;
	if (b->failed)
		b->s[b->len] = '\0';	/* nothing of what did not fit */
	else
		b->len += (size_t)n;
}

void strbuf_pad_to(struct strbuf *b, size_t start, size_t width)
{
	size_t used = b->len - start, n = used < width ? width - used : 1;

	if (!reserve(b, n))
		return;
	memset(b->s + b->len, ' ', n);
	b->len += n;
	b->s[b->len] = '\0';
}
