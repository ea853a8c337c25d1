// SPDX-License-Identifier: GPL-2.0-only
/* The sockets that are listened at. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "http/parts.h"

#define BACKLOG 128

union address { struct sockaddr sa; struct sockaddr_in in; struct sockaddr_in6 in6; struct sockaddr_un un; };

static socklen_t address_of(const struct web_where *w, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (w->is_unix) {
		ret->un.sun_family = AF_UNIX;
		memcpy(ret->un.sun_path, w->path, sizeof(ret->un.sun_path));
		return sizeof(ret->un);
	}
	if (w->family == AF_INET) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons(w->port);
		memcpy(&ret->in.sin_addr, w->addr + 12, 4);
		return sizeof(ret->in);
	}
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons(w->port);
	memcpy(&ret->in6.sin6_addr, w->addr, 16);
	return sizeof(ret->in6);
}

/* A socket that nobody listens at any more is in the way. */
static void remove_stale(const union address *a, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (!lstat(a->un.sun_path, &st) && S_ISSOCK(st.st_mode) && connect(fd, &a->sa, len) && errno == ECONNREFUSED)
		(void)unlink(a->un.sun_path);
	close(fd);
}

static int open_at(const struct web_where *w)
{
	union address a;
	socklen_t len = address_of(w, &a);
	int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, err;

	if (fd < 0)
		return -errno;
	if (w->is_unix)
		remove_stale(&a, len);
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a.sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	/* For its owner and group alone: a password is not asked for there. */
	if (bind(fd, &a.sa, len) || (w->is_unix && chmod(w->path, 0660)) || listen(fd, BACKLOG)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int listen_at(struct http *h, const struct web_where *w)
{
	int fd = open_at(w);

	if (fd < 0)
		return fd;
	h->at[h->n_at++] = (struct listener_at){ .h = h, .where = *w, .fd = fd };
	return 0;
}

static int explain(int e, const struct web_where *w, char *err, size_t errlen)
{
	struct strbuf b = { 0 };

	web_where_say(&b, w, false);
	if (e == -EADDRINUSE)
		(void)snprintf(err, errlen, "cannot listen at %s: something else does, perhaps another twtrace serve; choose another one with "
			       "--listen ADDR:PORT", b.s ? b.s : "");
	else
		(void)snprintf(err, errlen, "cannot listen at %s: %s", b.s ? b.s : "", strerror(-e));
	strbuf_free(&b);
	return e;
}

/* This host alone, by both families; one that it does not have is left out. */
static int listen_usual(struct http *h, char *err, size_t errlen)
{
	static const char *const usual[] = { "127.0.0.1", "[::1]" };
	struct web_where w;
	char text[32];
	int e, last = 0;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof(text), "%s:%d", usual[i], WEB_PORT);
		e = web_where_parse(text, &w, err, errlen);
		if (!e)
			e = listen_at(h, &w);
		if (e && e != -EADDRNOTAVAIL && e != -EAFNOSUPPORT)
			return explain(e, &w, err, errlen);
		last = e;
	}
	return h->n_at ? 0 : explain(last, &w, err, errlen);
}

int http_listen(struct http *h, const struct http_config *cfg, char *err, size_t errlen)
{
	struct web_where w;
	int e;

	if (!cfg->n_listen)
		return listen_usual(h, err, errlen);
	if (cfg->n_listen > LISTEN_MAX) {
		(void)snprintf(err, errlen, "more than %d addresses to listen at", LISTEN_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < cfg->n_listen; i++) {
		e = web_where_parse(cfg->listen[i], &w, err, errlen);
		if (e)
			return e;
		if (!web_is_loopback(&w) && !h->web.n_users && !cfg->insecure) {
			(void)snprintf(err, errlen, "%s is not this host alone: all that can reach it could see its connections; ask for a password with "
				       "--web-config FILE, or say --insecure-listen", cfg->listen[i]);
			return -EPERM;
		}
		e = listen_at(h, &w);
		if (e)
			return explain(e, &w, err, errlen);
	}
	return 0;
}

void http_unlisten(struct http *h)
{
	for (size_t i = 0; i < h->n_at; i++) {
		close(h->at[i].fd);
		if (h->at[i].where.is_unix)
			(void)unlink(h->at[i].where.path);
	}
	h->n_at = 0;
}
