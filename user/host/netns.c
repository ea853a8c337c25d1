/* SPDX-License-Identifier: GPL-2.0-only */
#include "host/netns.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const char forms[] = "a name of 'ip netns', a path, an inode number, pid:N, container:NAME, pod:NAMESPACE/NAME or self";

static int inode_of(const char *path, __u32 *ret_inode)
{
	struct statfs fs;
	struct stat st;
	int fd, type;

	if (stat(path, &st) || statfs(path, &fs))
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -ENOTTY;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	type = ioctl(fd, NS_GET_NSTYPE);	/* a namespace, but which kind? */
	close(fd);
	if (type >= 0 && type != CLONE_NEWNET)
		return -ENOTTY;
	*ret_inode = (__u32)st.st_ino;
	return 0;
}

static int number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (*end || errno || n == 0 || n > max)
		return -EINVAL;
	*ret = n;
	return 0;
}

static int explain(int e, const char *text, const char *path, char *err, size_t errlen)
{
	switch (e) {
	case -ENOENT:
		(void)snprintf(err, errlen, "no network namespace '%s' (no %s); give %s", text, path, forms);
		break;
	case -EACCES:
	case -EPERM:
		(void)snprintf(err, errlen,
			       "no permission to look at network namespace '%s' (%s): run with sudo", text, path);
		break;
	case -ENOTTY:
		(void)snprintf(err, errlen, "'%s' is not a network namespace; give %s", text, forms);
		break;
	default:
		(void)snprintf(err, errlen, "network namespace '%s': %s: %s", text, path, strerror(-e));
	}
	return e;
}

int netns_resolve(const char *text, __u32 *ret_inode, char *err, size_t errlen)
{
	char path[PATH_MAX];
	unsigned long n;
	int e;

	if (!*text) {
		(void)snprintf(err, errlen, "empty network namespace; give %s", forms);
		return -EINVAL;
	}
	if (!strcmp(text, "self")) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/net");
	} else if (!strncmp(text, "pid:", 4)) {
		(void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(text + 4, "/"), text + 4);	/* pid:812/nginx, as we print it */
		if (number(path, INT_MAX, &n)) {
			(void)snprintf(err, errlen,
				       "bad process id in '%s'; write pid:N, for example pid:812", text);
			return -EINVAL;
		}
		(void)snprintf(path, sizeof(path), "/proc/%lu/ns/net", n);
	} else if (strchr(text, '/')) {
		(void)snprintf(path, sizeof(path), "%s", text);
	} else {
		(void)snprintf(path, sizeof(path), "/run/netns/%s", text);
		/* A namespace may be named with digits: names first. */
		e = inode_of(path, ret_inode);
		if (e == -ENOENT && !number(text, UINT_MAX, &n)) {
			*ret_inode = (__u32)n;
			return 0;
		}
		return e ? explain(e, text, path, err, errlen) : 0;
	}
	e = inode_of(path, ret_inode);
	return e ? explain(e, text, path, err, errlen) : 0;
}

void netns_each_name(void (*fn)(void *ctx, const char *name), void *ctx)
{
	const struct dirent *e;
	DIR *dir = opendir("/run/netns");

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.')
			fn(ctx, e->d_name);
	closedir(dir);
}
