/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a server listens, and where one is asked, as people type it. */
#ifndef CORE_WEB_WHERE_H
#define CORE_WEB_WHERE_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include "core/text/strbuf.h"

#define WEB_PORT 19293		/* RFC 9293 is TCP; below the ephemeral ports */
#define WEB_PATH_MAX 108	/* sun_path of struct sockaddr_un, with NUL */

struct web_where {
	bool is_unix;
	char path[WEB_PATH_MAX];	/* a socket in the file system */
	__u8 family;			/* 2 or 10 */
	__u8 addr[16];			/* network order, IPv4 as v4-mapped */
	__u16 port;
};

/* "127.0.0.1:19293", "[::1]:19293", ":19293" (all of IPv4), "unix:/run/x.sock". Returns 0, or -EINVAL with one sentence in @err. */
int web_where_parse(const char *text, struct web_where *ret, char *err, size_t errlen);
/* The same, from a URL: "http://127.0.0.1:19293/healthz", "http://localhost:19293", "unix:/run/x.sock". The path is not looked at. */
int web_url_parse(const char *text, struct web_where *ret, char *err, size_t errlen);
bool web_is_loopback(const struct web_where *w);	/* a socket in the file system is, too */
/* "http://127.0.0.1:19293/", "unix:/run/x.sock" */
void web_where_say(struct strbuf *b, const struct web_where *w, bool tls);
#endif
