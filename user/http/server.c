// SPDX-License-Identifier: GPL-2.0-only
#include "http/server.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "http/parts.h"
#include "run/log.h"

#define ROUNDS 4		/* of libmicrohttpd in one of ours */
#define LIMITS_EVERY_NS 500000000ULL

static void __attribute__((format(printf, 2, 0))) on_log(void *ctx, const char *fmt, va_list ap)
{
	char line[256];

	(void)ctx;
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_debug("http: %s", line);
}

static int watch(struct http *h, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	return epoll_ctl(h->ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* TLS, for those that others can reach. */
static int start(struct http *h, struct listener_at *at, char *cert, char *key)
{
	const char *versions = h->web.tls_minor == 3 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" : "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3";
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, cert }, { MHD_OPTION_HTTPS_MEM_KEY, 0, key }, { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)versions },
		{ MHD_OPTION_END, 0, NULL },
	};
	bool secure = cert && !at->where.is_unix;
	const union MHD_DaemonInfo *info;

	at->d = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | (secure ? MHD_USE_TLS : 0), 0, NULL, NULL,
				 http_on_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				 MHD_OPTION_LISTEN_SOCKET, at->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)HTTP_CLIENTS_MAX,
				 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_LIMIT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
				 MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, at,
				 MHD_OPTION_ARRAY, secure ? tls : tls + 3, MHD_OPTION_END);
	if (!at->d)
		return -EINVAL;
	info = MHD_get_daemon_info(at->d, MHD_DAEMON_INFO_EPOLL_FD);
	return info ? watch(h, info->epoll_fd) : -EINVAL;
}

bool __attribute__((weak)) http_has_tls(void) { return true; }

static int start_all(struct http *h, char *err, size_t errlen)
{
	char *cert = NULL, *key = NULL;
	size_t len;
	int e = 0;

	if (h->web.cert_file && !http_has_tls()) {
		(void)snprintf(err, errlen, "this static program has no TLS: use one that is linked to libmicrohttpd, or put a proxy in front of it; passwords work here");
		return -EINVAL;
	}
	if (h->web.cert_file) {
		cert = web_config_slurp(h->web.cert_file, &len, err, errlen);
		key = cert ? web_config_slurp(h->web.key_file, &len, err, errlen) : NULL;
		e = key ? 0 : -EINVAL;
	}
	for (size_t i = 0; i < h->n_at && !e; i++) {
		e = start(h, &h->at[i], cert, key);
		if (e)
			(void)snprintf(err, errlen, cert ? "cannot serve with the certificate %s and its key: are they PEM, and do they belong together?" :
				       "cannot start the server%s", cert ? h->web.cert_file : "");
	}
	free(cert);
	if (key)
		explicit_bzero(key, len);
	free(key);
	return e;
}

int http_open(const struct http_config *cfg, const struct http_route *routes, void *ctx, struct http **ret, char *err, size_t errlen)
{
	struct http *h = calloc(1, sizeof(*h));
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!h)
		return -ENOMEM;
	h->routes = routes;
	while (routes[h->n_routes].path && h->n_routes < HTTP_ROUTES_MAX)
		h->n_routes++;
	h->ctx = ctx;
	h->hosts = cfg->hosts;
	h->n_hosts = cfg->n_hosts;
	h->ep = epoll_create1(EPOLL_CLOEXEC);
	if (h->ep < 0)
		goto out;
	e = cfg->web_config ? web_config_read(cfg->web_config, &h->web, err, errlen) : 0;
	if (!e)
		e = http_listen(h, cfg, err, errlen);
	if (!e)
		e = start_all(h, err, errlen);
	if (!e && h->web.n_users) {
		e = auth_new(h->web.users, h->web.n_users, &h->auth);
		if (!e)
			e = watch(h, auth_fd(h->auth));
		if (e)
			(void)snprintf(err, errlen, "cannot start the process that checks passwords: %s", strerror(-e));
	}
out:
	if (e) {
		http_close(h);
		return e;
	}
	*ret = h;
	return 0;
}

/* libmicrohttpd does not end while anybody is suspended. */
static void let_all_go(struct http *h)
{
	h->closing = true;
	for (struct client *cl = h->clients; cl; cl = cl->next) {
		if (cl->ticket || cl->later)
			MHD_resume_connection(cl->c);
		cl->ticket = 0;
		cl->later = false;
		http_wake(cl);
	}
	for (size_t i = 0; i < h->n_at; i++)
		if (h->at[i].d)
			(void)MHD_run(h->at[i].d);
}

void http_close(struct http *h)
{
	if (!h)
		return;
	let_all_go(h);
	for (size_t i = 0; i < h->n_at; i++) {
		if (!h->at[i].d)
			continue;
		(void)MHD_quiesce_daemon(h->at[i].d);	/* the socket is ours */
		MHD_stop_daemon(h->at[i].d);
	}
	http_unlisten(h);
	auth_free(h->auth);
	web_config_clear(&h->web);
	if (h->ep >= 0)
		close(h->ep);
	free(h);
}

int http_fd(const struct http *h)
{
	return h->ep;
}

static void read_verdicts(struct http *h)
{
	__u64 ticket;
	bool ok;

	while (h->auth && auth_read(h->auth, &ticket, &ok)) {
		for (struct client *cl = h->clients; cl; cl = cl->next) {
			if (cl->ticket != ticket)
				continue;
			cl->ticket = 0;
			cl->verdict = ok ? AUTH_YES : AUTH_NO;
			h->resumed = true;
			MHD_resume_connection(cl->c);
			break;
		}
	}
	if (h->auth && auth_is_dead(h->auth))	/* its end would be told for ever */
		(void)epoll_ctl(h->ep, EPOLL_CTL_DEL, auth_fd(h->auth), NULL);
}

static void keep_limits(struct http *h)
{
	struct client *cl, *next;

	if (h->now_ns < h->limits_ns)
		return;
	h->limits_ns = h->now_ns + LIMITS_EVERY_NS;
	for (cl = h->clients; cl; cl = next) {
		next = cl->next;
		if (cl->limit_ns && h->now_ns >= cl->limit_ns && !cl->ticket) {
			cl->limit_ns = 0;
			(void)shutdown(cl->fd, SHUT_RDWR);
		}
		/* What it has not read is gone; where it reads nothing at all, nobody would ask it again. */
		if (cl->feed && !cl->over && feed_end(cl->feed) - cl->at > FEED_KEPT) {
			cl->over = true;
			h->dropped++;
			(void)shutdown(cl->fd, SHUT_RDWR);
		}
		if (cl->feed && h->now_ns >= cl->beat_ns)
			http_wake(cl);
	}
}

static void wake_streams(struct http *h)
{
	for (struct client *cl = h->clients; cl; cl = cl->next)
		if (cl->feed && cl->suspended && cl->at != feed_end(cl->feed))
			http_wake(cl);
}

/* Those whose answer takes more than a round. */
static void wake_later(struct http *h)
{
	for (struct client *cl = h->clients; cl; cl = cl->next) {
		if (!cl->later)
			continue;
		cl->later = false;
		h->resumed = true;
		MHD_resume_connection(cl->c);
	}
}

static bool any_later(const struct http *h)
{
	for (const struct client *cl = h->clients; cl; cl = cl->next)
		if (cl->later)
			return true;
	return false;
}

int http_turn(struct http *h, __u64 mono_ns)
{
	MHD_UNSIGNED_LONG_LONG wait;
	bool more = true;

	h->now_ns = mono_ns;
	read_verdicts(h);
	wake_streams(h);
	wake_later(h);
	keep_limits(h);
	for (int i = 0; i < ROUNDS && more; i++) {
		more = h->resumed;
		h->resumed = false;
		for (size_t k = 0; k < h->n_at; k++) {
			(void)MHD_run(h->at[k].d);
			more |= MHD_get_timeout(h->at[k].d, &wait) == MHD_YES && !wait;
		}
	}
	return more || any_later(h);
}

void http_say(const struct http *h, struct strbuf *b)
{
	for (size_t i = 0; i < h->n_at; i++) {
		strbuf_adds(b, i ? " and " : "");
		web_where_say(b, &h->at[i].where, h->web.cert_file != NULL);
	}
}

__u64 http_count(const struct http *h, size_t route, unsigned int code)
{
	return h->counts[route][code];
}

unsigned int http_clients(const struct http *h)
{
	return h->n_clients;
}

unsigned int http_streams(const struct http *h)
{
	return h->n_streams;
}

__u64 http_dropped(const struct http *h)
{
	return h->dropped;
}

const char *http_trouble(const struct http *h)
{
	return h->auth && auth_is_dead(h->auth) ? "passwords can no longer be checked: their process has ended" : NULL;
}
