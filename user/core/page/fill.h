/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of a page with places to be filled in, and JSON within a script of one. */
#ifndef CORE_PAGE_FILL_H
#define CORE_PAGE_FILL_H
#include "core/text/strbuf.h"

/*
 * @file, of @len bytes, into @b: where it says "@NAME@", @put is called with NAME, and what it adds stands there. Of one '@' in a line nothing is made.
 * Returns 0, or the first negative number that @put returned.
 */
int page_fill(struct strbuf *b, const char *file, size_t len, int (*put)(void *ctx, const char *name, struct strbuf *b), void *ctx);
/* JSON as a script of type application/json has it: what could end the script, or a line of one, is written as an escape. */
void page_script_json(struct strbuf *b, const char *json, size_t len);
#endif
