// SPDX-License-Identifier: GPL-2.0-only
/* In place of all other files of this room in a static program: Debian's libmicrohttpd needs GnuTLS, and there is no static one. */
#include <errno.h>
#include <stdio.h>
#include "http/check.h"
#include "http/server.h"
#include "http/stream.h"

const unsigned int http_codes[HTTP_CODES] = { 200 };

int http_open(const struct http_config *cfg, const struct http_route *routes, void *ctx, struct http **ret, char *err, size_t errlen)
{
	(void)cfg;
	(void)routes;
	(void)ctx;
	(void)ret;
	(void)snprintf(err, errlen, "this static program has no HTTP server: use one that is linked to libmicrohttpd; serve --once works here");
	return -ENOSYS;
}

void http_close(struct http *h) { (void)h; }
int http_fd(const struct http *h) { (void)h; return -1; }
int http_turn(struct http *h, __u64 mono_ns) { (void)h; (void)mono_ns; return 0; }
void http_say(const struct http *h, struct strbuf *b) { (void)h; (void)b; }
struct http_body *http_body_new(const char *type, struct strbuf *text) { (void)type; strbuf_free(text); return NULL; }
struct http_body *http_body_of(const char *type, const void *bytes, size_t len) { (void)type; (void)bytes; (void)len; return NULL; }
struct http_body *http_body_ref(struct http_body *body) { return body; }
void http_body_unref(struct http_body *body) { (void)body; }
__u64 http_count(const struct http *h, size_t route, unsigned int code) { (void)h; (void)route; (void)code; return 0; }
unsigned int http_clients(const struct http *h) { (void)h; return 0; }
unsigned int http_streams(const struct http *h) { (void)h; return 0; }
__u64 http_dropped(const struct http *h) { (void)h; return 0; }
const char *http_trouble(const struct http *h) { (void)h; return NULL; }
