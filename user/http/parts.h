/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of struct http, shared by its files: server.c (daemons and their rounds), answer.c (one request), listen.c (sockets), body.c. */
#ifndef HTTP_PARTS_H
#define HTTP_PARTS_H
#include <microhttpd.h>
#include "core/web/where.h"
#include "http/auth.h"
#include "http/server.h"
#include "http/stream.h"
#include "http/web_config.h"

#define LISTEN_MAX 8
#define STREAMS_MAX 128

enum { REQUEST_LIMIT_S = 10, ANSWER_LIMIT_S = 30, IDLE_LIMIT_S = 30, BEAT_S = 15 };

struct http_body { struct MHD_Response *r; unsigned int refs; };

/* A connection of a client, from accept() to its end. */
struct client {
	struct http *h;
	struct MHD_Connection *c;
	int fd;
	bool local;			/* came through a socket in the file system */
	__u64 limit_ns;			/* is shut down then, unless it has got on; 0: a stream */
	__u64 ticket;			/* its password is being checked: suspended; 0: it is not */
	enum auth_verdict verdict;	/* AUTH_LATER: not asked yet */
	bool head_seen;			/* of this request */
	bool later;			/* its answer is in the making: suspended until the next round */
	bool suspended;			/* waits for more of the feed */
	bool over;			/* fell behind, or we end */
	struct http_feed *feed;		/* it is a stream */
	__u64 at;			/* ... and is here in it */
	void (*gone)(void *arg);	/* ... and who gave it is told at its end; or NULL */
	void *gone_arg;
	__u64 beat_ns;			/* ... and is to hear something then, so that we hear whether it is there */
	struct client *next, **self;
};

struct listener_at { struct http *h; struct web_where where; int fd; struct MHD_Daemon *d; };

struct http {
	int ep;
	struct listener_at at[LISTEN_MAX];
	size_t n_at;
	const struct http_route *routes;
	size_t n_routes;
	void *ctx;
	const char *const *hosts;
	size_t n_hosts;
	struct web_config web;
	struct auth *auth;		/* NULL: nobody needs a password */
	struct client *clients;
	unsigned int n_clients, n_streams;
	__u64 dropped;			/* streams that did not read */
	__u64 now_ns, limits_ns;
	__u64 counts[HTTP_ROUTES_MAX + 1][HTTP_CODES];
	bool closing, resumed;		/* resumed: somebody is to be served who was not before */
};

/* listen.c: fill .at from @cfg. Returns 0 or a negative errno with a sentence. */
int http_listen(struct http *h, const struct http_config *cfg, char *err, size_t errlen);
void http_unlisten(struct http *h);

/* False in static programs: no_tls.c. */
bool http_has_tls(void);

/* answer.c, for libmicrohttpd. */
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
				size_t *size, void **state);
void http_on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why);
void http_on_connection(void *cls, struct MHD_Connection *c, void **state, enum MHD_ConnectionNotificationCode what);
/* There is more in the feed, or it is over for @cl: it may be asked again. */
void http_wake(struct client *cl);
#endif
