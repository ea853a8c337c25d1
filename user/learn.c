// SPDX-License-Identifier: GPL-2.0-only
#include "learn.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER, CLIENT, SERVER, DEFER_LISTENER, DEFER_CLIENT, N_FD };

/* "ffffffff81000000 t name" or "... name	[module]". */
static void match_line(const char *line, size_t len, struct ksym *syms)
{
	static const char *const names[SYM_MAX] = {
		[SYM_TW_TIMER] = "tw_timer_handler", [SYM_REQSK_TIMER] = "reqsk_timer_handler",
		[SYM_PREEMPT_COUNT] = "__preempt_count", [SYM_PCPU_HOT] = "pcpu_hot",
		[SYM_PER_CPU_OFFSET] = "__per_cpu_offset",
	};
	const char *name = memchr(line, ' ', len), *end = line + len;
	size_t i, name_len;

	if (!name || end - name < 4)
		return;
	name += 3;
	name_len = end - name;
	for (i = 0; i < SYM_MAX; i++) {
		if (syms[i].present || strncmp(names[i], name, name_len) || names[i][name_len])
			continue;
		syms[i].present = true;
		syms[i].address = strtoul(line, NULL, 16);
	}
}

void kallsyms_read(struct ksym ret[SYM_MAX])
{
	char buf[65536], *line, *nl;
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	memset(ret, 0, SYM_MAX * sizeof(*ret));
	if (fd < 0)
		return;
	while ((got = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		have += got;
		for (line = buf; (nl = memchr(line, '\n', buf + have - line)); line = nl + 1)
			match_line(line, nl - line, ret);
		have = buf + have - line;
		if (have == sizeof(buf))	/* a line of 64 KiB: none of ours */
			have = 0;
		memmove(buf, line, have);
	}
	close(fd);
}

static int listen_on_loopback(int *ret_fd, struct sockaddr_in *ret_addr, int defer)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	if ((defer && setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof(defer))) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		return -errno;
	*ret_addr = addr;
	return 0;
}

static int connect_to(int *ret_fd, const struct sockaddr_in *addr)
{
	struct pollfd p = { .events = POLLOUT };
	int err = 0;
	socklen_t len = sizeof(err);

	*ret_fd = p.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p.fd < 0)
		return -errno;
	if (connect(p.fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno != EINPROGRESS)
		return -errno;
	if (poll(&p, 1, 1000) != 1 || getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -ETIMEDOUT;
	return -err;
}

static void close_with_rst(int fd)
{
	struct linger now = { .l_onoff = 1 };

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

int learn_begin(struct learn *l)
{
	struct pollfd p = { .events = POLLIN };
	struct sockaddr_in addr;
	int one = 1, err;
	char byte;

	memset(l->fd, 0xff, sizeof(l->fd));
	err = listen_on_loopback(&l->fd[LISTENER], &addr, 0);
	if (!err)
		err = connect_to(&l->fd[CLIENT], &addr);
	if (err)
		goto out;
	p.fd = l->fd[LISTENER];
	if (poll(&p, 1, 1000) != 1) {
		err = -ETIMEDOUT;
		goto out;
	}
	l->fd[SERVER] = accept4(p.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (l->fd[SERVER] < 0) {
		err = -errno;
		goto out;
	}
	/* Its FIN is acknowledged, the peer's never comes: a FIN_WAIT2 minisock, of a second at most. */
	setsockopt(l->fd[CLIENT], IPPROTO_TCP, TCP_LINGER2, &one, sizeof(one));
	close(l->fd[CLIENT]);
	l->fd[CLIENT] = -1;
	p.fd = l->fd[SERVER];
	if (poll(&p, 1, 1000) != 1) {
		err = -ETIMEDOUT;
		goto out;
	}
	/* Have the FIN acknowledged at once: that needs an empty receive queue. */
	(void)!recv(l->fd[SERVER], &byte, 1, 0);
	setsockopt(l->fd[SERVER], IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
	/* A listener that waits for data leaves the connection half open. */
	err = listen_on_loopback(&l->fd[DEFER_LISTENER], &addr, 5);
	if (!err)
		err = connect_to(&l->fd[DEFER_CLIENT], &addr);
out:
	if (err)
		learn_end(l);
	return err;
}

void learn_end(struct learn *l)
{
	close_with_rst(l->fd[SERVER]);
	close_with_rst(l->fd[CLIENT]);
	close_with_rst(l->fd[DEFER_CLIENT]);
	if (l->fd[LISTENER] >= 0)
		close(l->fd[LISTENER]);
	if (l->fd[DEFER_LISTENER] >= 0)
		close(l->fd[DEFER_LISTENER]);
	memset(l->fd, 0xff, sizeof(l->fd));
}
