/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A string that grows, to 256 MiB at most. An addition that finds no room sets .failed and is dropped whole, and so is
 * everything after it until strbuf_reset(); nothing else happens.
 */
#ifndef CORE_TEXT_STRBUF_H
#define CORE_TEXT_STRBUF_H
#include <stdbool.h>
#include <stddef.h>

struct strbuf { char *s; size_t len, cap; bool failed; };	/* s is NUL-terminated once anything was added */

void strbuf_free(struct strbuf *b);	/* leaves an empty one */
void strbuf_reset(struct strbuf *b);	/* empties, keeps the memory */
void strbuf_add(struct strbuf *b, const char *s, size_t n);
/* @n more bytes, for the caller to write now; NULL: no room, as where an addition finds none. */
char *strbuf_room(struct strbuf *b, size_t n);
void strbuf_adds(struct strbuf *b, const char *s);
static inline void strbuf_addc(struct strbuf *b, char c)
{
	if (b->failed || b->cap - b->len < 2) {
		strbuf_add(b, &c, 1);
		return;
	}
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}
/* Decimal digits, zeros in front up to @width of them. A stream prints a dozen numbers a line: printf() is too slow. */
void strbuf_addu(struct strbuf *b, unsigned long long n, unsigned int width);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Pad with blanks up to @width columns from @start (an earlier .len), or at least one blank. */
void strbuf_pad_to(struct strbuf *b, size_t start, size_t width);
#endif
