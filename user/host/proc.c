/* SPDX-License-Identifier: GPL-2.0-only */
#include "host/proc.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INIT_PID_NS 4026531836UL	/* PROC_PID_INIT_INO: the same on every kernel */

bool proc_exists(__u32 pid)
{
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

/* Bytes read, NUL-terminated; -1 if there is nothing to read. */
static ssize_t slurp(__u32 pid, const char *file, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%u/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

void proc_each(void (*fn)(void *ctx, __u32 pid, const char *comm), void *ctx)
{
	const struct dirent *e;
	DIR *dir = opendir("/proc");

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		unsigned long pid;
		char buf[64], *end;

		pid = strtoul(e->d_name, &end, 10);
		/* The kernel's threads have no command line. */
		if (*end || pid == 0 || slurp((__u32)pid, "cmdline", buf, 2) <= 0 || slurp((__u32)pid, "comm", buf, sizeof(buf)) <= 0)
			continue;
		end = strrchr(buf, '\n');
		if (end)
			*end = '\0';
		fn(ctx, (__u32)pid, buf);
	}
	closedir(dir);
}

/* In clock ticks, as the file counts. */
static bool start_ticks(__u32 pid, unsigned long long *ret)
{
	char buf[1024], *s;

	if (slurp(pid, "stat", buf, sizeof(buf)) <= 0)
		return false;
	s = strrchr(buf, ')');		/* the name may hold anything, parentheses included */
	return s && sscanf(s + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			   " %*s %*s %*s %*s %*s %llu", ret) == 1;
}

bool proc_is(__u32 pid, __u32 start_ms)
{
	unsigned long long ticks, hz = (unsigned long long)sysconf(_SC_CLK_TCK);

	return start_ticks(pid, &ticks) && (__u32)(start_ms * hz / 1000) == (__u32)ticks;
}

__u32 proc_start_ms(__u32 pid)
{
	unsigned long long ticks, hz = (unsigned long long)sysconf(_SC_CLK_TCK);

	return start_ticks(pid, &ticks) ? (__u32)(ticks * 1000 / hz) : 0;
}

bool proc_sees_all_pids(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INIT_PID_NS;
}

bool proc_sees_all_mounts(void)
{
	struct stat own, first;

	if (!proc_sees_all_pids() || stat("/proc/self/ns/mnt", &own))
		return false;
	/* A first process that lets nobody look at it tells nothing. */
	return stat("/proc/1/ns/mnt", &first) || own.st_ino == first.st_ino;
}
