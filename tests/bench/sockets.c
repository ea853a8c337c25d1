/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sockets N: N sockets that exist: both ends of N / 2 connections over loopback, in as many processes as the
 * limit of open files makes necessary. Prints {"event":"ready"} when they do, and holds them until standard
 * input ends. Their end is an abort: no TIME_WAIT is left behind.
 */
#include "../tools/work.h"

static void open_both_ends(unsigned long n)
{
	struct linger abort_it = { 1, 0 };
	struct sockaddr_storage a;
	int listener, client, server;
	unsigned int port;
	socklen_t len;

	listener = bound_socket(FAM_4, "127.0.0.1", 0, 4096, &port);
	len = make_addr(FAM_4, "127.0.0.1", port, &a);
	for (unsigned long i = 0; i < n; i++) {
		client = new_socket(FAM_4, 0);
		if (connect(client, (const struct sockaddr *)&a, len))
			die("connect: %s", strerror(errno));
		server = accept(listener, NULL, NULL);
		if (server < 0)
			die("accept: %s", strerror(errno));
		setsockopt(client, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
		setsockopt(server, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	}
}

/* Until standard input, which all share, has ended. */
static void hold(void)
{
	char b;

	while (read(STDIN_FILENO, &b, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 2 ? strtoul(argv[1], NULL, 10) / 2 : 0, each, children = 0;
	struct rlimit lim;
	int ready[2];
	char b = 0;

	if (argc != 2)
		die("usage: sockets N");
	if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_max < 128 || pipe(ready))
		die("no files");
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	for (; n; n -= each, children++) {
		each = (lim.rlim_cur - 64) / 2 < n ? (lim.rlim_cur - 64) / 2 : n;
		switch (fork()) {
		case -1:
			die("fork: %s", strerror(errno));
		case 0:
			open_both_ends(each);
			if (write(ready[1], &b, 1) != 1)
				die("write: %s", strerror(errno));
			hold();
			return 0;
		}
	}
	close(ready[1]);
	while (children--)
		if (read(ready[0], &b, 1) != 1)
			die("a process failed");
	printf("{\"event\":\"ready\"}\n");
	fflush(stdout);
	hold();
	return 0;
}
