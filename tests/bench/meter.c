/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meter FILE COMMAND...: run COMMAND and write what it used to FILE: a line "pid N" when it runs, one of JSON
 * when it is over, {"cpu_ns":N,"max_kb":N,"status":N,"first_ns":N}. Only with -1 in front: standard output is
 * a pipe, first_ns is the time until its first byte, and then the command is ended (INT).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void pass_on(int sig)
{
	if (child)
		kill(child, sig);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * 1000000000ULL + (unsigned long long)ts.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The first byte that comes out of @fd; then ask for the end, and take the rest. */
static unsigned long long first_byte(int fd, unsigned long long begin)
{
	unsigned long long ns = 0;
	char buf[4096];

	if (read(fd, buf, 1) == 1)
		ns = now_ns() - begin;
	kill(child, SIGINT);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	return ns;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	int first = argc > 1 && !strcmp(argv[1], "-1"), out[2] = { -1, -1 }, status;
	unsigned long long begin, first_ns = 0;
	struct rusage ru;
	FILE *f;

	argv += first;
	argc -= first;
	if (argc < 3) {
		fprintf(stderr, "usage: meter [-1] FILE COMMAND...\n");
		return 1;
	}
	f = fopen(argv[1], "we");
	if (!f)
		die(argv[1]);
	if (first && pipe(out))
		die("pipe");
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	begin = now_ns();
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		if (first) {
			dup2(out[1], STDOUT_FILENO);
			close(out[0]);
			close(out[1]);
		}
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	fprintf(f, "pid %d\n", (int)child);
	fflush(f);
	if (first) {
		close(out[1]);
		first_ns = first_byte(out[0], begin);
	}
	if (wait4(child, &status, 0, &ru) < 0)
		die("wait4");
	fprintf(f, "{\"cpu_ns\":%llu,\"max_kb\":%ld,\"status\":%d,\"first_ns\":%llu}\n",
		(unsigned long long)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000000ULL +
		(unsigned long long)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1000ULL, ru.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), first_ns);
	return fclose(f) ? 1 : 0;
}
