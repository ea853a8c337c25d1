/* SPDX-License-Identifier: GPL-2.0-only */
/* Some strings out of a JSON text that others wrote: read once, nothing allocated, whatever the text is. */
#ifndef CORE_TEXT_JSON_PICK_H
#define CORE_TEXT_JSON_PICK_H
#include <stddef.h>

#define JSON_PICK_DEPTH 3	/* longest path */
#define JSON_PICK_MAX 16	/* things to want at once */

/*
 * The string at @path: names of members, from outside in, NULL behind the last where it is shorter; of an array's elements decimal
 * numbers from "0". @to gets it as UTF-8, NUL-terminated, cut after a whole character where @size is too small; it stays as it was where
 * there is no such string. \u0000 and lone surrogates become U+FFFD. Of a member that comes twice the first counts.
 */
struct json_want { const char *path[JSON_PICK_DEPTH]; char *to; size_t size; };

/* Returns 0, or -EBADMSG where the text is no JSON: what came before that was picked. */
int json_pick(const char *text, size_t len, const struct json_want *want, size_t n);
/* Call @fn for each element of the array that @text is. @fn returns 0 to go on. Returns as json_pick(), or what @fn returned. */
int json_each(const char *text, size_t len, int (*fn)(void *ctx, const char *element, size_t len), void *ctx);
#endif
