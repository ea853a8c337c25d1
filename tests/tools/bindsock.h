/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of every kind, for bindcases.c: made, bound, connected, accepted, as another user. */
#ifndef BINDSOCK_H
#define BINDSOCK_H
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

#define PEER_PORT 9999		/* a server on all addresses, for clients */
#define FIRST_PORT 10000	/* below the ephemeral range that the test sets: each case has ports of its own */
#define OTHER_UID 1000
#define FDS 64

struct how {			/* a socket, as it is made */
	int family;
	const char *addr;	/* to bind to */
	bool reuseaddr, reuseport, v6only;
	uid_t uid;
	const char *dev;	/* or NULL */
};

static unsigned long long rng;
static int fds[FDS], n_fds;	/* of the case: closed when it is over */
static int peer;		/* the server */
static FILE *ask_to, *answers;

static unsigned int draw(unsigned int n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned int)(rng >> 33) % n;
}

static void die(const char *what)
{
	fprintf(stderr, "bindcases: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int keep(int fd)
{
	if (fd >= 0 && n_fds < FDS)
		fds[n_fds++] = fd;
	return fd;
}

static void drop(int fd)
{
	for (int i = 0; i < n_fds; i++)
		if (fds[i] == fd)
			fds[i] = fds[--n_fds];
	close(fd);
}

static void become(uid_t uid)
{
	if (seteuid(0) || (uid && seteuid(uid)))
		die("seteuid");
}

static socklen_t address(struct sockaddr_storage *to, int family, const char *addr, int port)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		v4->sin_port = htons((uint16_t)port);
		inet_pton(AF_INET, addr, &v4->sin_addr);
		return sizeof(*v4);
	}
	v6->sin6_port = htons((uint16_t)port);
	inet_pton(AF_INET6, addr, &v6->sin6_addr);
	return sizeof(*v6);
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		die("setsockopt");
}

static int make(const struct how *h)
{
	int fd = socket(h->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	keep(fd);
	if (h->reuseaddr)
		set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (h->reuseport)
		set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (h->family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, h->v6only);
	if (h->dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, h->dev, (socklen_t)strlen(h->dev) + 1))
		die(h->dev);
	return fd;
}

static int bind_as(int fd, const struct how *h, int port)
{
	struct sockaddr_storage to;
	socklen_t len = address(&to, h->family, h->addr, port);

	return bind(fd, (struct sockaddr *)&to, len) ? errno : 0;
}

/* Socket and bind() as its user. Returns a descriptor, or -errno of bind(). */
static int bound(const struct how *h, int port)
{
	int fd, err;

	become(h->uid);
	fd = make(h);
	err = bind_as(fd, h, port);
	become(0);
	if (!err)
		return fd;
	drop(fd);
	return -err;
}

static int local_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len))
		die("getsockname");
	return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

static bool is_v6_only(const struct how *h)
{
	return h->family == AF_INET6 && strncmp(h->addr, "::ffff:", 7) != 0 && (h->v6only || strcmp(h->addr, "::") != 0);
}

/* An address that a socket bound as @h reaches itself by. */
static const char *loopback_for(const struct how *h)
{
	return is_v6_only(h) || (!strcmp(h->addr, "::") && draw(2)) ? "::1" : h->family == AF_INET6 ? "::ffff:127.0.0.1" : "127.0.0.1";
}

static int connect_to(int fd, int family, const char *addr, int port)
{
	struct sockaddr_storage to;
	socklen_t len = address(&to, family, addr, port);

	return connect(fd, (struct sockaddr *)&to, len);
}

static int accept_as(int server, uid_t uid)
{
	int fd;

	become(uid);
	fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	become(0);
	if (fd < 0)
		die("accept");
	set(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
	return keep(fd);
}

/* Until somebody has read to the end, its FIN has come; then the other end is no earlier than FIN_WAIT2 once it is acknowledged. */
static void read_to_end(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/* Wait until /proc/net/tcp{,6} shows no socket on @port in @state any more. */
static void wait_without(int port, int state)
{
	const char *files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	bool found = true;
	char line[512];

	while (found) {
		found = false;
		for (int i = 0; i < 2; i++) {
			FILE *f = fopen(files[i], "r");
			unsigned int p, s;

			while (f && fgets(line, sizeof(line), f))
				if (sscanf(line, " %*[0-9]: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &p, &s) == 2 && (int)p == port && (int)s == state)
					found = true;
			if (f)
				fclose(f);
		}
	}
}
#endif
