// SPDX-License-Identifier: GPL-2.0-only
/* One request, from its head to its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "http/parts.h"

const unsigned int http_codes[HTTP_CODES] = { 200, 400, 401, 403, 404, 405, 500, 503 };

static void count(struct http *h, size_t route, unsigned int code)
{
	for (size_t i = 0; i < HTTP_CODES; i++)
		h->counts[route][i] += http_codes[i] == code;
}

static enum MHD_Result refuse(struct client *cl, size_t route, unsigned int code, const char *why)
{
	struct strbuf text = { 0 };
	struct http_body *body;
	enum MHD_Result ok = MHD_NO;

	strbuf_addf(&text, "%s\n", why);
	body = http_body_new("text/plain; charset=utf-8", &text);
	if (!body)
		return MHD_NO;
	if (code == 401)
		(void)MHD_add_response_header(body->r, "WWW-Authenticate", "Basic realm=\"twtrace\", charset=\"UTF-8\"");
	if (code == 405)
		(void)MHD_add_response_header(body->r, "Allow", "GET, HEAD");
	if (code == 503)
		(void)MHD_add_response_header(body->r, "Retry-After", "1");
	count(cl->h, route, code);
	ok = MHD_queue_response(cl->c, code, body->r);
	http_body_unref(body);
	return ok;
}

static const char *head(struct client *cl, const char *name)
{
	return MHD_lookup_connection_value(cl->c, MHD_HEADER_KIND, name);
}

/* --- streams --- */

void http_wake(struct client *cl)
{
	if (!cl->suspended)
		return;
	cl->suspended = false;
	cl->h->resumed = true;
	MHD_resume_connection(cl->c);
}

static ssize_t read_stream(void *cls, uint64_t pos, char *to, size_t max)
{
	struct client *cl = cls;
	ssize_t n;

	(void)pos;
	if (cl->over || cl->h->closing)
		return MHD_CONTENT_READER_END_OF_STREAM;
	n = feed_read(cl->feed, cl->at, to, max);
	if (n < 0) {
		cl->h->dropped++;
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	if (n == 0 && cl->h->now_ns >= cl->beat_ns) {
		memcpy(to, ":\n\n", 3);
		n = 3;
	} else if (n > 0) {
		cl->at += (__u64)n;
	}
	if (n > 0) {
		cl->beat_ns = cl->h->now_ns + BEAT_S * 1000000000ULL;
		return n;
	}
	cl->suspended = true;
	MHD_suspend_connection(cl->c);
	return 0;
}

static void let_go(struct http_reply *reply)
{
	if (reply->gone)
		reply->gone(reply->gone_arg);
}

static enum MHD_Result stream(struct client *cl, size_t route, struct http_reply *reply)
{
	struct MHD_Response *r = NULL;
	enum MHD_Result ok = MHD_NO;

	if (cl->h->n_streams >= STREAMS_MAX) {
		let_go(reply);
		return refuse(cl, route, 503, "there are as many streams as this server has room for");
	}
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, cl, NULL);
	if (!r) {
		let_go(reply);
		return MHD_NO;
	}
	(void)MHD_add_response_header(r, "Content-Type", "text/event-stream");
	(void)MHD_add_response_header(r, "Cache-Control", "no-store");
	(void)MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	cl->feed = reply->feed;
	cl->at = feed_end(cl->feed);
	cl->gone = reply->gone;
	cl->gone_arg = reply->gone_arg;
	cl->beat_ns = 0;	/* its head goes out with a first word */
	cl->limit_ns = 0;
	cl->h->n_streams++;
	count(cl->h, route, 200);
	ok = MHD_queue_response(cl->c, 200, r);
	MHD_destroy_response(r);
	return ok;
}

/* --- requests --- */

struct asked { struct http_request q; struct client *cl; };

static const char *param(const struct http_request *q, const char *name)
{
	return MHD_lookup_connection_value(((const struct asked *)q->private)->cl->c, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result answer(struct client *cl, size_t route, const char *path)
{
	struct asked a = { .cl = cl };
	struct http_reply reply = { .code = 0 };
	enum MHD_Result ok;

	a.q = (struct http_request){ .path = path, .accept = head(cl, "Accept"), .param = param, .private = &a };
	cl->h->routes[route].answer(cl->h->ctx, &a.q, &reply);
	if (reply.later) {
		cl->later = true;
		MHD_suspend_connection(cl->c);
		return MHD_YES;
	}
	if (reply.feed)
		return stream(cl, route, &reply);
	if (!reply.body)
		return refuse(cl, route, 500, "out of memory");
	reply.code = reply.code ? reply.code : 200;
	count(cl->h, route, reply.code);
	ok = MHD_queue_response(cl->c, reply.code, reply.body->r);
	http_body_unref(reply.body);
	return ok;
}

/* Returns NULL, or what is wrong with it. */
static const char *wrong_head(struct client *cl, const char *version, unsigned int *ret_code)
{
	const char *host = head(cl, "Host");

	*ret_code = 400;
	if (!host && strcmp(version, "HTTP/1.0") != 0)
		return "a request of HTTP/1.1 needs a Host";
	*ret_code = 403;
	if (host && !cl->local && !web_host_ok(host, cl->h->hosts, cl->h->n_hosts))
		return "this Host is not known here; name it with --allow-host";
	return NULL;
}

static bool is_cross_site(struct client *cl)
{
	const char *site = head(cl, "Sec-Fetch-Site"), *origin = head(cl, "Origin"), *host = head(cl, "Host"), *at;

	if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0 && strcmp(site, "same-site") != 0)
		return true;
	at = origin ? strstr(origin, "://") : NULL;
	return origin && (!at || !host || strcasecmp(at + 3, host) != 0);
}

static bool fits(const char *route, const char *path)
{
	size_t n = strcspn(route, "*");

	return route[n] ? !strncmp(route, path, n) : !strcmp(route, path);
}

static size_t route_of(const struct http *h, const char *path)
{
	size_t i = 0;

	while (i < h->n_routes && !fits(h->routes[i].path, path))
		i++;
	return i;
}

/* Whoever may open a socket in the file system may ask: its mode says who. */
static enum auth_verdict may(struct client *cl, const struct http_route *r)
{
	if (!cl->h->auth || cl->local || (r && r->open))
		return AUTH_YES;
	if (cl->verdict != AUTH_LATER)
		return cl->verdict;
	return auth_ask(cl->h->auth, head(cl, "Authorization"), &cl->ticket);
}

static enum MHD_Result request(struct client *cl, const char *url, const char *version)
{
	size_t route = route_of(cl->h, url);
	const struct http_route *r = route < cl->h->n_routes ? &cl->h->routes[route] : NULL;
	unsigned int code;
	const char *wrong = wrong_head(cl, version, &code);

	if (wrong && !(code == 403 && r && r->open))
		return refuse(cl, route, code, wrong);
	switch (may(cl, r)) {
	case AUTH_LATER:
		MHD_suspend_connection(cl->c);
		return MHD_YES;
	case AUTH_BUSY:
		return refuse(cl, route, 503, "too many passwords are being checked");
	case AUTH_NO:
		return refuse(cl, route, 401, "a password is needed");
	case AUTH_YES:
		break;
	}
	if (!r)
		return refuse(cl, route, 404, "there is nothing of that name");
	if (r->same_site && is_cross_site(cl))
		return refuse(cl, route, 403, "pages of other sites may not ask");
	return answer(cl, route, url);
}

static struct client *client_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
				size_t *size, void **state)
{
	struct client *cl = client_of(c);
	const char *len;

	(void)cls;
	(void)data;
	if (!cl || cl->h->closing)
		return MHD_NO;
	len = head(cl, "Content-Length");
	if (!cl->head_seen) {
		cl->head_seen = true;
		cl->verdict = AUTH_LATER;
		cl->limit_ns = cl->h->now_ns + ANSWER_LIMIT_S * 1000000000ULL;
		*state = cl;
		if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
			return refuse(cl, route_of(cl->h, url), 405, "this server answers GET and HEAD alone");
		if (head(cl, "Transfer-Encoding") || (len && strcmp(len, "0") != 0))
			return refuse(cl, route_of(cl->h, url), 400, "a request has no body here");
		return MHD_YES;
	}
	if (*size) {		/* its head said that there is none */
		*size = 0;
		return MHD_NO;
	}
	return request(cl, url, version);
}

void http_on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct client *cl = *state;

	(void)cls;
	(void)c;
	(void)why;
	if (!cl)
		return;
	*state = NULL;
	if (cl->feed)
		cl->h->n_streams--;
	cl->feed = NULL;
	if (cl->gone)
		cl->gone(cl->gone_arg);
	cl->gone = NULL;
	cl->head_seen = false;
	cl->ticket = 0;
	cl->limit_ns = cl->h->now_ns + IDLE_LIMIT_S * 1000000000ULL;
}

static void begin(struct listener_at *at, struct MHD_Connection *c, void **state)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *cl = calloc(1, sizeof(*cl));
	int room = 64 << 10;

	*state = cl;
	if (!cl)	/* its requests are refused */
		return;
	cl->h = at->h;
	cl->c = c;
	cl->fd = info ? info->connect_fd : -1;
	cl->local = at->where.is_unix;
	cl->limit_ns = at->h->now_ns + REQUEST_LIMIT_S * 1000000000ULL;
	/* What the kernel keeps for one that does not read; it would be some MB. */
	(void)setsockopt(cl->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	cl->next = at->h->clients;
	cl->self = &at->h->clients;
	if (cl->next)
		cl->next->self = &cl->next;
	at->h->clients = cl;
	at->h->n_clients++;
}

static void end(void **state)
{
	struct client *cl = *state;

	*state = NULL;
	if (!cl)
		return;
	*cl->self = cl->next;
	if (cl->next)
		cl->next->self = cl->self;
	cl->h->n_clients--;
	free(cl);
}

void http_on_connection(void *cls, struct MHD_Connection *c, void **state, enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		begin(cls, c, state);
	else
		end(state);
}
