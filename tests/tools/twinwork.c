/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * twinwork CLIENT SERVER ADDR PORT COUNT: COUNT connections between two network namespaces (paths), from CLIENT to ADDR:PORT in SERVER, one after the other.
 * In turn the client closes first, the server does, the client aborts, the server does. One line of JSON each: ports, who was first, and from
 * before its close() to after the other one saw that, in ns: a FIN took no longer.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include "work.h"

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("cannot enter %s: %s", path, strerror(errno));
	close(fd);
}

/* A socket is of the namespace that its maker is in. */
static int socket_in(const char *netns)
{
	int fd;

	enter(netns);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket: %s", strerror(errno));
	return fd;
}

static void wait_readable(int fd, const char *what)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, WORK_TIMEOUT_MS) != 1)
		die("%s does not come", what);
}

static void linger0(int fd)
{
	struct linger l = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		die("SO_LINGER: %s", strerror(errno));
}

static unsigned int port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len))
		die("getsockname: %s", strerror(errno));
	return addr_port(&a);
}

int main(int argc, char **argv)
{
	struct sockaddr_storage to;
	int listener, n, one = 1;
	socklen_t len;

	if (argc != 6)
		die("usage: twinwork CLIENT SERVER ADDR PORT COUNT");
	n = atoi(argv[5]);
	len = make_addr(FAM_4, argv[3], (unsigned int)atoi(argv[4]), &to);
	listener = socket_in(argv[2]);
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) || bind(listener, (struct sockaddr *)&to, len) || listen(listener, 64))
		die("cannot listen at %s: %s", argv[3], strerror(errno));
	for (int i = 0; i < n; i++) {
		bool client_first = i % 2 == 0, aborts = i % 4 >= 2;
		int c = socket_in(argv[1]), s, one_end, other;
		unsigned long long closed, seen;
		unsigned int port;
		char byte;

		if (connect(c, (struct sockaddr *)&to, len))
			die("connect: %s", strerror(errno));
		port = port_of(c);
		wait_readable(listener, "a connection");
		s = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (s < 0)
			die("accept: %s", strerror(errno));
		one_end = client_first ? c : s;
		other = client_first ? s : c;
		if (aborts)
			linger0(one_end);
		closed = now_ns();
		close(one_end);
		wait_readable(other, aborts ? "a reset" : "a FIN");
		seen = now_ns();
		if (read(other, &byte, 1) > 0)
			die("data that nobody sent");
		close(other);
		printf("{\"event\":\"conn\",\"cport\":%u,\"first\":\"%s\",\"aborts\":%s,\"took_ns\":%llu}\n", port, client_first ? "client" : "server",
		       aborts ? "true" : "false", seen - closed);
	}
	printf("{\"done\":true}\n");
	return 0;
}
