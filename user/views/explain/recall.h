/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose sockets were that nobody holds any more: what a recording of this host tells, be it one that is still written. */
#ifndef VIEWS_EXPLAIN_RECALL_H
#define VIEWS_EXPLAIN_RECALL_H
#include <stddef.h>
#include "twtrace.h"

struct actor;
struct name;
struct recall;

/*
 * Read @path to its end, or to where it is written now. Returns 0, or a negative errno with one sentence in @err: it cannot be read, or is not of this
 * host since it was booted.
 */
int recall_open(const char *path, struct recall **ret, char *err, size_t errlen);
void recall_close(struct recall *r);		/* NULL is fine */
/*
 * The process that used the socket which @look is, as the recording says; *ret_name: its container, pod and unit, or NULL. NULL: it does not say. Both are
 * good as long as @r.
 */
const struct actor *recall_owner(const struct recall *r, const struct twt_look *look, const struct name **ret_name);
#endif
