// SPDX-License-Identifier: GPL-2.0-only
#include "http/check.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "core/web/where.h"
#include "run/log.h"
#include "run/opts.h"

#define PATIENCE_S 5

static int connect_to(const struct web_where *w)
{
	struct timeval limit = { .tv_sec = PATIENCE_S };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(w->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(w->port) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr *sa = w->is_unix ? (void *)&un : w->family == AF_INET ? (void *)&in : (void *)&in6;
	socklen_t len = w->is_unix ? sizeof(un) : w->family == AF_INET ? sizeof(in) : sizeof(in6);
	int fd, err;

	memcpy(un.sun_path, w->path, sizeof(un.sun_path));
	memcpy(&in.sin_addr, w->addr + 12, 4);
	memcpy(&in6.sin6_addr, w->addr, 16);
	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, sa, len)) {
		err = errno == EINPROGRESS ? -ETIMEDOUT : -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* The answer with its head, as far as it fits. Returns its length or a negative errno. */
static ssize_t ask(int fd, char *text, size_t size)
{
	static const char question[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	size_t have = 0;
	ssize_t n;

	if (send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(question) - 1)
		return -errno;
	while (have + 1 < size && (n = recv(fd, text + have, size - 1 - have, 0)) != 0) {
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		have += (size_t)n;
	}
	text[have] = '\0';
	return (ssize_t)have;
}

int http_check(const char *url)
{
	char text[4096], err[256];
	struct web_where w;
	const char *body;
	unsigned int code;
	ssize_t n;
	int fd;

	if (web_url_parse(url, &w, err, sizeof(err)))
		return log_usage("%s", err);
	fd = connect_to(&w);
	n = fd < 0 ? fd : ask(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		log_error("%s does not answer: %s", url, strerror((int)-n));
		return EX_FAILURE;
	}
	body = strstr(text, "\r\n\r\n");
	if (sscanf(text, "HTTP/1.%*1[01] %3u", &code) != 1 || !body) {
		log_error("%s is no twtrace serve: it does not answer as one", url);
		return EX_FAILURE;
	}
	body += 4;
	(void)printf("%.*s\n", (int)strcspn(body, "\r\n"), body);
	return code == 200 ? EX_OK_ : EX_FAILURE;
}
