/* SPDX-License-Identifier: GPL-2.0-only */
/* Where bytes go that are of use only when all of them are there. */
#ifndef VIEWS_SINK_H
#define VIEWS_SINK_H
#include <stdio.h>
#include "core/text/strbuf.h"

/* Standard output, or a file that is there when all of it is. */
struct sink;

/*
 * @path: NULL is @out, which stays the caller's; where it ends in ".gz" it is compressed. Until sink_done() a file has another name; what
 * is no regular file (a pipe, a terminal) is written as it is. Returns 0 or a negative errno, with a sentence in @err.
 */
int sink_open(const char *path, FILE *out, struct sink **ret, char *err, size_t errlen);
/* Writes what @b holds and empties it. Returns 0 or a negative errno: -ENOMEM if @b was cut, -EPIPE, -ENOSPC, ... */
int sink_put(struct sink *s, struct strbuf *b);
/* All of it is written: the file gets its name. Returns as sink_put(). */
int sink_done(struct sink *s);
/* NULL is fine. What is not done is removed. */
void sink_free(struct sink *s);
#endif
