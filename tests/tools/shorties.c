// SPDX-License-Identifier: GPL-2.0-only
/*
 * shorties N [stay]: N processes, one after the other; each makes a connection to itself over loopback, which it brings up, and ends.
 * Then "done"; with "stay" it goes on until standard input ends or it is killed. Needs nothing but itself: for the image of a container.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int talk(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server;
	socklen_t len = sizeof(to);
	char byte;

	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&to, &len) || connect(client, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	server = accept(listener, NULL, NULL);
	close(client);
	return server < 0 || read(server, &byte, 1) != 0;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1, status, s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	char byte;

	(void)ioctl(s, SIOCSIFFLAGS, &lo);	/* no right to, where it is up already */
	while (n-- > 0) {
		pid_t child = fork();

		if (child < 0)
			return 1;
		if (!child)
			_exit(talk());
		if (waitpid(child, &status, 0) != child || status)
			return 1;
	}
	(void)puts("done");
	(void)fflush(stdout);
	if (argc > 2 && !strcmp(argv[2], "stay"))
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	return 0;
}
