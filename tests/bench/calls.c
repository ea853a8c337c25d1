/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls N: what a system call takes that has nothing to do with sockets, and a bind() that fails: ns each, of N calls, the best of nine runs. One line of JSON.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RUNS 9

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);	/* its own time, whoever else is busy */
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double of_getppid(long n)
{
	double begin = now_ns();

	for (long i = 0; i < n; i++)
		(void)syscall(SYS_getppid);
	return (now_ns() - begin) / (double)n;
}

/* A second bind() of one socket is refused at once: EINVAL. */
static double of_bind(long n)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	double begin, took;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		exit(1);
	begin = now_ns();
	for (long i = 0; i < n; i++)
		(void)bind(fd, (struct sockaddr *)&a, sizeof(a));
	took = now_ns() - begin;
	close(fd);
	return took / (double)n;
}

static double best(double (*of)(long n), long n)
{
	double least = of(n), one;

	for (int i = 1; i < RUNS; i++) {
		one = of(n);
		if (one < least)
			least = one;
	}
	return least;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

	if (n < 10)
		return 64;
	printf("{\"getppid_ns\":%.1f,\"bind_ns\":%.1f}\n", best(of_getppid, n), best(of_bind, n / 10));
	return 0;
}
