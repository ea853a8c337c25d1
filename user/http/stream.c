// SPDX-License-Identifier: GPL-2.0-only
#include "http/stream.h"
#include <stdlib.h>
#include <string.h>

struct http_feed { __u64 end; char kept[FEED_KEPT]; };

struct http_feed *feed_new(void)
{
	return calloc(1, sizeof(struct http_feed));
}

void feed_free(struct http_feed *f)
{
	free(f);
}

void feed_add(struct http_feed *f, const char *text, size_t n)
{
	size_t at = f->end % FEED_KEPT, first;

	if (n > FEED_KEPT)
		return;
	first = n < FEED_KEPT - at ? n : FEED_KEPT - at;
	memcpy(f->kept + at, text, first);
	memcpy(f->kept, text + first, n - first);
	f->end += n;
}

__u64 feed_end(const struct http_feed *f)
{
	return f->end;
}

ssize_t feed_read(const struct http_feed *f, __u64 at, char *to, size_t max)
{
	size_t from = at % FEED_KEPT, n = f->end - at < max ? (size_t)(f->end - at) : max, first;

	if (f->end - at > FEED_KEPT)
		return -1;
	first = n < FEED_KEPT - from ? n : FEED_KEPT - from;
	memcpy(to, f->kept + from, first);
	memcpy(to + first, f->kept, n - first);
	return (ssize_t)n;
}
