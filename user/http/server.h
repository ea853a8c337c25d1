/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An HTTP server that runs in somebody else's loop: libmicrohttpd reads and writes, here is what it leaves to us. Whose requests are refused (Host, method,
 * password), how many clients there may be, how long each may take. Nothing waits, and no client can make another one wait.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include "core/text/strbuf.h"

#define HTTP_CLIENTS_MAX 256		/* of each address that is listened at */
#define HTTP_ROUTES_MAX 16

struct http;
struct http_body;			/* an answer without its code; one for as many clients as ask */
struct http_feed;			/* stream.h */

struct http_config {
	const char *const *listen;	/* as web_where_parse(); NULL: this host alone, at the usual port */
	size_t n_listen;
	bool insecure;			/* other addresses than this host's, without a password */
	const char *const *hosts;	/* names that Host may have */
	size_t n_hosts;
	const char *web_config;		/* file with TLS and users, or NULL */
};

struct http_request {
	const char *path;
	const char *accept;		/* header; or NULL */
	/* A parameter of the query; NULL: it is not there. Good until the reply. */
	const char *(*param)(const struct http_request *q, const char *name);
	void *private;
};

/* Either of the first two. */
struct http_reply {
	struct http_body *body;		/* the server gives one reference up */
	struct http_feed *feed;		/* a stream of events, from now on */
	void (*gone)(void *arg);	/* ... whose client has gone, or was refused: called once; or NULL */
	void *gone_arg;
	unsigned int code;		/* 0: 200 */
	bool later;			/* instead of both: not yet; ask again at the next round, which comes at once */
};

struct http_route {
	const char *path;		/* ... and a star: all that begins so; the first one that fits */
	bool open;			/* without password, and whatever Host says */
	bool same_site;			/* refused where a page of another site asks */
	void (*answer)(void *ctx, const struct http_request *q, struct http_reply *ret);
};

/* @routes end with .path NULL and outlive the server. Returns 0 or a negative errno with one sentence in @err. */
int http_open(const struct http_config *cfg, const struct http_route *routes, void *ctx, struct http **ret, char *err, size_t errlen);
void http_close(struct http *h);	/* NULL is fine */
/* Readable when a client wants something. */
int http_fd(const struct http *h);
/* One bounded round; also to be called now and then without a reason, for limits of time. Returns 1 if there is more to do at once, else 0. */
int http_turn(struct http *h, __u64 mono_ns);
/* "http://127.0.0.1:19293/ and unix:/run/x.sock", added to @b. */
void http_say(const struct http *h, struct strbuf *b);

/* @text is taken, whatever happens, and left empty. NULL without memory. */
struct http_body *http_body_new(const char *type, struct strbuf *text);
/* The same of bytes that stay. */
struct http_body *http_body_of(const char *type, const void *bytes, size_t len);
struct http_body *http_body_ref(struct http_body *body);
void http_body_unref(struct http_body *body);	/* NULL is fine */

/* What was answered: the codes, and how often each by route (the last one: paths that are none). */
#define HTTP_CODES 8
extern const unsigned int http_codes[HTTP_CODES];
__u64 http_count(const struct http *h, size_t route, unsigned int code);
unsigned int http_clients(const struct http *h);
unsigned int http_streams(const struct http *h);	/* of these, streams */
__u64 http_dropped(const struct http *h);		/* streams that did not read, since the start */
/* NULL: all is well; else why not (a password can no longer be checked). */
const char *http_trouble(const struct http *h);
#endif
