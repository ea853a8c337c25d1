/* SPDX-License-Identifier: GPL-2.0-only */
/* The live page over HTTP: what views/live makes, to whom it goes. */
#ifndef VIEWS_SERVE_PAGES_H
#define VIEWS_SERVE_PAGES_H
#include "http/server.h"
#include "views/live/live.h"
#include "views/serve/moments.h"

struct open_page;
struct pages {
	struct live *live;
	struct moments *moments;	/* NULL: there are none to go to */
	struct open_page *first;
	unsigned int n;
	__u64 mono_ns;
};

/* "/", files of the page, and /api/v1/ without the stream. */
void pages_answer(struct pages *p, const struct http_request *q, struct http_reply *ret);
/* /api/v1/stream: each page has one of its own, since it asks for rows of its own. */
void pages_stream(struct pages *p, const struct http_request *q, struct http_reply *ret);
/* Tell a page a table that is due at @mono_ns, by the loop's clock. Returns 1 (there may be more), 0 or -ENOMEM. */
int pages_turn(struct pages *p, __u64 mono_ns);
#endif
