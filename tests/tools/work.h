/* SPDX-License-Identifier: GPL-2.0-only */
/* What the workload drivers share. They run to completion or die with one sentence: nothing here returns an error. */
#ifndef WORK_H
#define WORK_H
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#ifndef _LINUX_TCP_H
#include <netinet/tcp.h>	/* whose struct tcp_info ends early */
#endif
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WORK_TIMEOUT_MS 60000	/* an event that does not come within this is a failure, never a hang */

/* FAM_M: IPv6 sockets that talk IPv4 (v4-mapped addresses) */
enum fam { FAM_4, FAM_6, FAM_M, FAM_N };
static const char *const fam_name[FAM_N] = { "4", "6", "m" };

__attribute__((format(printf, 1, 2), noreturn)) static inline void die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* The clock that the tracer uses. */
static inline unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (unsigned long long)ts.tv_sec * 1000000000ULL + (unsigned long long)ts.tv_nsec;
}

static inline int fam_domain(enum fam f) { return f == FAM_4 ? AF_INET : AF_INET6; }

/* Socket address of @text (IPv4 text for FAM_4 and FAM_M) and @port. */
static inline socklen_t make_addr(enum fam f, const char *text, unsigned int port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	char mapped[INET6_ADDRSTRLEN];

	memset(ret, 0, sizeof(*ret));
	if (f == FAM_4) {
		in->sin_family = AF_INET;
		in->sin_port = htons((in_port_t)port);
		if (inet_pton(AF_INET, text, &in->sin_addr) != 1)
			die("bad address %s", text);
		return sizeof(*in);
	}
	snprintf(mapped, sizeof(mapped), "%s%s", f == FAM_M ? "::ffff:" : "", text);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((in_port_t)port);
	if (inet_pton(AF_INET6, mapped, &in6->sin6_addr) != 1)
		die("bad address %s", mapped);
	return sizeof(*in6);
}

static inline unsigned int addr_port(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)a)->sin_port) :
		ntohs(((const struct sockaddr_in6 *)a)->sin6_port);
}

/* Text of an address as the tracer prints it: v4-mapped ones of IPv6 sockets as "::ffff:1.2.3.4". */
static inline const char *addr_text(const struct sockaddr_storage *a, char buf[INET6_ADDRSTRLEN])
{
	const void *bytes = a->ss_family == AF_INET ? (const void *)&((const struct sockaddr_in *)a)->sin_addr :
		(const void *)&((const struct sockaddr_in6 *)a)->sin6_addr;

	buf[0] = '\0';
	inet_ntop(a->ss_family, bytes, buf, INET6_ADDRSTRLEN);
	return buf;
}

static inline int new_socket(enum fam f, int type_flags)
{
	int fd = socket(fam_domain(f), SOCK_STREAM | SOCK_CLOEXEC | type_flags, IPPROTO_TCP), off = 0;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	if (f == FAM_M)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	return fd;
}

/* A socket bound to @text and @port (0: any), listening unless @backlog is 0. Returns its port. */
static inline int bound_socket(enum fam f, const char *text, unsigned int port, int backlog, unsigned int *ret_port)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(f, text, port, &a);
	int fd = new_socket(f, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, len))
		die("bind %s port %u: %s", text, port, strerror(errno));
	if (backlog && listen(fd, backlog))
		die("listen: %s", strerror(errno));
	len = sizeof(a);
	getsockname(fd, (struct sockaddr *)&a, &len);
	*ret_port = addr_port(&a);
	return fd;
}

static inline void raise_nofile(void)
{
	struct rlimit rl;

	getrlimit(RLIMIT_NOFILE, &rl);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

static inline unsigned long parse_count(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*end || end == s || n > 10000000)
		die("bad count %s", s);
	return n;
}

/* "-4", "-6" or "-m"; FAM_N if @s is none of them */
static inline enum fam parse_fam(const char *s)
{
	for (int f = 0; f < FAM_N; f++)
		if (s[0] == '-' && strcmp(s + 1, fam_name[f]) == 0)
			return (enum fam)f;
	return FAM_N;
}
#endif
