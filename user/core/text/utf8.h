/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether bytes are UTF-8 (RFC 3629). Process names are whatever bytes a program chose. */
#ifndef CORE_TEXT_UTF8_H
#define CORE_TEXT_UTF8_H
#include <stddef.h>

/*
 * Length in bytes (1..4) of the character at @s, and the character in @ret_cp; 0 if the bytes there are not UTF-8:
 * cut short, longer than needed, a surrogate or beyond U+10FFFF. @s ends with NUL, which is never read past.
 */
static inline unsigned int utf8_next(const char *s, unsigned int *ret_cp)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned int cp = u[0], n, i;

	if (cp < 0x80) {
		*ret_cp = cp;
		return 1;
	}
	if (cp < 0xc2 || cp > 0xf4)
		return 0;
	n = cp < 0xe0 ? 2 : cp < 0xf0 ? 3 : 4;
	cp &= 0xffU >> (n + 1);
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (u[i] & 0x3f);
	}
	if (n == 3 && (cp < 0x800 || (cp >= 0xd800 && cp <= 0xdfff)))
		return 0;
	if (n == 4 && (cp < 0x10000 || cp > 0x10ffff))
		return 0;
	*ret_cp = cp;
	return n;
}

/* Characters that move a terminal's cursor instead of printing: C0, DEL and C1. */
static inline int utf8_is_control(unsigned int cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f);
}
/* How many bytes of @text fit into @max: whole characters, where it is UTF-8. */
static inline size_t utf8_kept(const char *text, size_t max)
{
	size_t n = 0;
	unsigned int cp, step;

	while (text[n]) {
		step = utf8_next(text + n, &cp);
		step = step ? step : 1;
		if (n + step > max)
			break;
		n += step;
	}
	return n;
}
#endif
