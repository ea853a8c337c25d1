// SPDX-License-Identifier: GPL-2.0-only
#include "host/nslist.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NSLIST_MAX 4096

static bool wanted(__u32 inum, const __u32 *only, size_t n_only)
{
	size_t i;

	for (i = 0; i < n_only; i++) {
		if (only[i] == inum)
			return true;
	}
	return !n_only;
}

/* Add the namespace behind @path, unless it is there. Namespaces that go away meanwhile are no error. */
static int add(struct nslist *l, const char *path, const __u32 *only, size_t n_only)
{
	struct nsent *grown;
	struct stat st;
	size_t i;
	int fd;

	if (stat(path, &st) || !wanted(st.st_ino, only, n_only))
		return 0;
	for (i = 0; i < l->n; i++) {
		if (l->ns[i].inum == st.st_ino)
			return 0;
	}
	if (l->n == NSLIST_MAX)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		l->refused++;
		return 0;
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		grown = realloc(l->ns, l->cap * sizeof(*grown));
		if (!grown) {
			close(fd);
			return -ENOMEM;
		}
		l->ns = grown;
	}
	l->ns[l->n++] = (struct nsent){ st.st_ino, fd };
	return 0;
}

/* @dir/NAME@suffix for each name in @dir (numbers only, if @pids). */
static int add_all(struct nslist *l, const char *dir, const char *suffix, bool pids, const __u32 *only, size_t n_only)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *d = opendir(dir);
	int err = 0;

	if (!d)
		return 0;
	while (!err && (de = readdir(d))) {
		if (pids ? !isdigit((unsigned char)de->d_name[0]) : de->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s%s", dir, de->d_name, suffix) < (int)sizeof(path))
			err = add(l, path, only, n_only);
	}
	closedir(d);
	return err;
}

int nslist_read(struct nslist *l, const __u32 *only, size_t n_only)
{
	int err;

	memset(l, 0, sizeof(*l));
	l->own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (l->own < 0)
		return -errno;
	err = add(l, "/proc/self/ns/net", only, n_only);
	if (!err)
		err = add_all(l, "/run/netns", "", false, only, n_only);
	if (!err)
		err = add_all(l, "/run/docker/netns", "", false, only, n_only);
	if (!err)
		err = add_all(l, "/proc", "/ns/net", true, only, n_only);
	if (err)
		nslist_free(l);
	return err;
}

void nslist_free(struct nslist *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		close(l->ns[i].fd);
	free(l->ns);
	if (l->own > 0)
		close(l->own);
	memset(l, 0, sizeof(*l));
}

int nslist_within(const struct nslist *l, size_t i, int (*fn)(void *ctx), void *ctx)
{
	struct stat own;
	int ret;

	if (!fstat(l->own, &own) && own.st_ino == l->ns[i].inum)
		return fn(ctx);
	if (setns(l->ns[i].fd, CLONE_NEWNET))
		return -errno;
	ret = fn(ctx);
	if (setns(l->own, CLONE_NEWNET))
		return -errno;
	return ret;
}
