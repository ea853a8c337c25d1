/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * talk N: two processes, N bytes to and fro between them, no TCP. Each wait has a time-out: a kernel timer
 * that is started, and cancelled when the byte comes. Timers that twtrace is shown and leaves alone.
 */
#include <sys/wait.h>
#include "../tools/work.h"

static void talk(int fd, unsigned long n, bool first)
{
	struct timeval limit = { .tv_sec = 20 };
	char b = 'x';

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt: %s", strerror(errno));
	while (n--) {
		if (first && write(fd, &b, 1) != 1)
			die("write: %s", strerror(errno));
		if (read(fd, &b, 1) != 1)
			die("read: %s", strerror(errno));
		if (!first && write(fd, &b, 1) != 1)
			die("write: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	unsigned long n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	int fd[2], status;
	pid_t child;

	if (!n)
		die("usage: talk N");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		die("socketpair: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	talk(fd[!child], n, child != 0);
	if (!child)
		_exit(0);
	if (waitpid(child, &status, 0) != child || status)
		die("the other process failed");
	return 0;
}
