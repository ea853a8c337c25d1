/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * failcalls N: N times each of bind(), listen() and connect() that fail, then as many that only look so. Then it prints "done" and waits for a line of
 * standard input, so that what was in the way stays there. Blockers are on 127.0.0.1, ports 7001 and 7002; 10.1.2.3 is nobody's.
 *
 * failcalls N port-0: takes all ports of the range at 127.0.0.5 by bind() to port 0, then N more that find none.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int made(int reuse)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)))
		exit(2);
	return fd;
}

static struct sockaddr_in at(const char *addr, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	inet_pton(AF_INET, addr, &a.sin_addr);
	return a;
}

static int bind_to(int fd, const char *addr, int port)
{
	struct sockaddr_in a = at(addr, port);

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? errno : 0;
}

static int connect_to(int fd, const char *addr, int port)
{
	struct sockaddr_in a = at(addr, port);

	return connect(fd, (struct sockaddr *)&a, sizeof(a)) ? errno : 0;
}

static void expect(int have, int want, const char *what)
{
	if (have == want)
		return;
	fprintf(stderr, "failcalls: %s: %s\n", what, strerror(have));
	exit(2);
}

/* The sockets stay open: they are what is in the way. */
static void use_up(int n)
{
	int err;

	do
		err = bind_to(made(0), "127.0.0.5", 0);
	while (!err);
	for (; n > 0; n--) {	/* the one that ended the loop is the first */
		expect(err, EADDRINUSE, "bind to port 0");
		if (n > 1)
			err = bind_to(made(0), "127.0.0.5", 0);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un nowhere = { .sun_family = AF_UNIX, .sun_path = "/nowhere" };
	int n = argc >= 2 ? atoi(argv[1]) : 0, fd, u, listener = made(1), sharer = made(1);
	char line[8];

	if (n <= 0 || (argc > 2 && strcmp(argv[2], "port-0") != 0)) {
		fprintf(stderr, "usage: failcalls N [port-0]\n");
		return 64;
	}
	if (argc > 2) {
		use_up(n);
		n = 0;
	}
	expect(bind_to(listener, "127.0.0.1", 7001) || listen(listener, 64), 0, "listener");
	expect(bind_to(sharer, "127.0.0.1", 7002), 0, "sharer");
	for (int i = 0; i < n; i++) {
		fd = made(1);
		expect(bind_to(fd, "127.0.0.1", 7001), EADDRINUSE, "bind to a listener's port");
		expect(bind_to(fd, "10.1.2.3", 7001), EADDRNOTAVAIL, "bind to nobody's address");
		expect(bind_to(fd, "127.0.0.1", 7002), 0, "bind to a shared port");
		expect(listen(sharer, 1) ? errno : 0, 0, "listen");
		expect(listen(fd, 1) ? errno : 0, EADDRINUSE, "listen beside a listener");
		close(fd);
		/* The next one may bind again: the sharer must not listen. */
		if (i + 1 < n) {
			close(sharer);
			sharer = made(1);
			expect(bind_to(sharer, "127.0.0.1", 7002), 0, "sharer");
		}
		fd = made(0);
		expect(connect_to(fd, "127.0.0.1", 1), ECONNREFUSED, "connect");
		close(fd);
		/* No failures: no waiting, another family. */
		fd = made(0);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		(void)connect_to(fd, "127.0.0.1", 7001);
		(void)connect_to(fd, "127.0.0.1", 7001);
		/* Where ksoftirqd does the handshake it is not over yet. */
		expect(poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 60000) == 1 ? 0 : ETIMEDOUT, 0, "connect that does not wait");
		close(fd);
		close(accept(listener, NULL, NULL));
		u = socket(AF_UNIX, SOCK_STREAM, 0);
		(void)!connect(u, (struct sockaddr *)&nowhere, sizeof(nowhere));
		close(u);
	}
	puts("done");
	fflush(stdout);
	(void)!fgets(line, sizeof(line), stdin);
	return 0;
}
