/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What many clients are told as it happens: one text for all of them, and where in it each of them is. Who falls behind by more than the text that is
 * kept is dropped; nobody is waited for.
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H
#include <linux/types.h>
#include <stddef.h>
#include <sys/types.h>

#define FEED_KEPT (256U << 10)		/* bytes */

struct http_feed;

struct http_feed *feed_new(void);		/* NULL without memory */
void feed_free(struct http_feed *f);		/* NULL is fine */
/* More of the text: @n bytes, at most FEED_KEPT. What was told before it makes room. */
void feed_add(struct http_feed *f, const char *text, size_t n);
/* Where the text ends now: where a new client begins. */
__u64 feed_end(const struct http_feed *f);
/* Up to @max bytes from @at on, into @to. Returns how many, 0 for none yet, -1 where that text is gone. */
ssize_t feed_read(const struct http_feed *f, __u64 at, char *to, size_t max);
#endif
