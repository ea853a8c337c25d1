/* SPDX-License-Identifier: GPL-2.0-only */
/* Values out of a JSON object that a view of ours wrote, where they stand; whatever the text is, nothing outside of it is read. */
#ifndef CORE_PAGE_MEMBER_H
#define CORE_PAGE_MEMBER_H
#include <stdbool.h>
#include <stddef.h>

struct span { const char *s; size_t len; };

/* Walk over the members of an object: *@at is NULL before the first one. The name is without its quotes. False: no more, or no JSON. */
bool member_next(struct span text, const char **at, struct span *ret_name, struct span *ret_value);

/*
 * The value at @path ("evidence.sockets": names of members, from outside in) of the object that @text is, as it is written: strings with their
 * quotes. False: there is none. Names with escapes are none that anybody asks for. Of a member that comes twice the first counts.
 */
bool member_at(struct span text, const char *path, struct span *ret);
bool member_is_null(struct span value);
/* As text: strings unescaped and cut to what fits, everything else as it is written. */
void member_text(struct span value, char *ret, size_t size);
/* Call @fn for each element of the array that @value is; nothing where it is none. */
void member_each(struct span value, void (*fn)(void *ctx, struct span element), void *ctx);
#endif
