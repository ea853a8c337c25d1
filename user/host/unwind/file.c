/* SPDX-License-Identifier: GPL-2.0-only */
/* Files as a process has them mapped: in another mount namespace, in another root, deleted. Nothing that somebody put in their place is opened but as data. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "host/unwind/parts.h"

#define READ_STEP 65536

/* Devices and pipes do things when they are opened: first looked at, then opened. */
static int open_regular(int dir, const char *path, __u64 resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };
	char self[64];
	struct stat st;
	int at, fd = -1;

	at = resolve ? (int)syscall(SYS_openat2, dir, path, &how, sizeof(how)) : openat(dir, path, O_PATH | O_CLOEXEC);
	if (at < 0)
		return -1;
	if (!fstat(at, &st) && S_ISREG(st.st_mode)) {
		(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
		fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	}
	close(at);
	return fd;
}

/* Of that name here, if it is that very file: a container has others of the same name. */
static int open_here(const char *name, const struct mapping *m)
{
	int fd = open_regular(AT_FDCWD, name, 0);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && st.st_ino == m->inode && st.st_dev == makedev(m->major, m->minor))
		return fd;
	close(fd);
	return -1;
}

/*
 * By its mapping: exactly that file, in whatever mount namespace, deleted too (needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN, and CAP_SYS_PTRACE). Else by its
 * name, below the process's root, which symbolic links do not leave (CAP_SYS_PTRACE); else here.
 */
int file_of_mapping(const struct process *p, __u64 start, const char *name)
{
	struct mapping m;
	char path[96];
	int fd;

	if (!maps_at(p->maps, start, &m) || m.start != start)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/%u/map_files/%llx-%llx", p->tgid, m.start, m.end);
	fd = open_regular(AT_FDCWD, path, 0);
	if (fd < 0 && p->root >= 0 && *name == '/')
		fd = open_regular(p->root, name, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (fd < 0 && *name == '/')
		fd = open_here(name, &m);
	return fd;
}

char *file_of_process(__u32 pid, const char *file, size_t max, size_t *ret_len)
{
	char path[64], *text = NULL, *more;
	size_t len = 0, size = 0;
	ssize_t n = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%u/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (size - len < READ_STEP + 1) {
			more = realloc(text, size + 2 * READ_STEP);
			if (!more)
				break;
			text = more;
			size += 2 * READ_STEP;
		}
		n = read(fd, text + len, READ_STEP);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < max) || (n < 0 && errno == EINTR));
	close(fd);
	if (n < 0 || !len) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	*ret_len = len;
	return text;
}
