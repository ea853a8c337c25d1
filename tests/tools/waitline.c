/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waitline [-a LINES] [-p PID] FILE REGEX SECONDS
 *
 * Wait until a line of FILE, which others still write, matches the extended regular expression, and print that line.
 * -a: look past the first LINES lines only. -p: give up when this process ends. FILE may not exist yet.
 * Exit: 0 found, 1 time is up, 2 process ended, 3 trouble.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void trouble(const char *what)
{
	fprintf(stderr, "waitline: %s: %s\n", what, strerror(errno));
	exit(3);
}

/* Read on from where the last call stopped; not 0 if a whole line past the first @skip ones matched. */
static int scan(const char *path, FILE **f, const regex_t *re, unsigned long skip)
{
	static char *line;
	static size_t cap;
	static unsigned long n;
	ssize_t len;
	long at;

	if (!*f)
		*f = fopen(path, "re");
	if (!*f)
		return 0;
	clearerr(*f);
	for (;;) {
		at = ftell(*f);
		len = getline(&line, &cap, *f);
		if (len <= 0)
			return 0;
		if (line[len - 1] != '\n') {	/* still being written */
			fseek(*f, at, SEEK_SET);
			return 0;
		}
		line[len - 1] = '\0';
		if (++n > skip && regexec(re, line, 0, NULL, 0) == 0) {
			puts(line);
			return 1;
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long skip = 0;
	struct pollfd p[2] = { { .fd = -1, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	char events[4096], *dir;
	const char *path;
	regex_t re;
	double until;
	FILE *f = NULL;
	int opt, ended = 0;

	while ((opt = getopt(argc, argv, "a:p:")) != -1) {
		if (opt == 'a') {
			skip = strtoul(optarg, NULL, 10);
		} else if (opt == 'p') {
			p[1].fd = (int)syscall(SYS_pidfd_open, (pid_t)atoi(optarg), 0);
			if (p[1].fd < 0 && errno != ESRCH)
				trouble("pidfd_open");
			ended = p[1].fd < 0;
		} else {
			return 3;
		}
	}
	if (argc - optind != 3) {
		fprintf(stderr, "usage: waitline [-a LINES] [-p PID] FILE REGEX SECONDS\n");
		return 3;
	}
	path = argv[optind];
	until = seconds() + atof(argv[optind + 2]);
	if (regcomp(&re, argv[optind + 1], REG_EXTENDED | REG_NOSUB)) {
		fprintf(stderr, "waitline: bad expression %s\n", argv[optind + 1]);
		return 3;
	}
	dir = strdup(path);
	p[0].fd = inotify_init1(IN_CLOEXEC);
	if (!dir || p[0].fd < 0 || inotify_add_watch(p[0].fd, dirname(dir), IN_CREATE | IN_MODIFY | IN_MOVED_TO) < 0)
		trouble(path);
	for (;;) {
		double left = until - seconds();

		ended |= p[1].revents != 0;	/* before the scan: its last words count */
		if (scan(path, &f, &re, skip))
			return 0;
		if (ended)
			return 2;
		if (left <= 0)
			return 1;
		if (poll(p, 2, (int)(left * 1000) + 1) < 0 && errno != EINTR)
			trouble("poll");
		if (p[0].revents && read(p[0].fd, events, sizeof(events)) < 0)
			trouble("inotify");
	}
}
