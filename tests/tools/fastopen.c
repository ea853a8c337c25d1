/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fastopen [-4|-6] COUNT
 *
 * TCP Fast Open over loopback, connect() put off until there are data (TCP_FASTOPEN_CONNECT). Both ends in this process; needs
 * net.ipv4.tcp_fastopen=3. One connection fetches the cookie. Then COUNT are closed before their first write, which must have sent nothing,
 * COUNT write first, which must go out with the SYN. One JSON object for each: {"event":"conn","kind","cookie","port"}.
 */
#include <linux/tcp.h>		/* first: its struct tcp_info is whole */
#include <poll.h>
#include "work.h"

static struct tcp_info info_of(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO: %s", strerror(errno));
	return info;
}

static int dial(enum fam f, const struct sockaddr_storage *to, socklen_t len)
{
	int fd = new_socket(f, 0), on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)))
		die("TCP_FASTOPEN_CONNECT: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)to, len))
		die("connect: %s", strerror(errno));
	return fd;
}

static void say(int fd, const char *kind)
{
	unsigned long long cookie = 0;
	struct sockaddr_storage a;
	socklen_t len = sizeof(cookie);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	len = sizeof(a);
	getsockname(fd, (struct sockaddr *)&a, &len);
	printf("{\"event\":\"conn\",\"kind\":\"%s\",\"cookie\":%llu,\"port\":%u}\n", kind, cookie, addr_port(&a));
}

static void read_to_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[64];

	do {
		if (poll(&p, 1, WORK_TIMEOUT_MS) <= 0)
			die("nothing to read within %d ms", WORK_TIMEOUT_MS);
	} while (read(fd, buf, sizeof(buf)) > 0);
}

/* Write, and close both ends, the client's first. Returns whether the data went with the SYN. */
static bool talk(int fd, int listener)
{
	bool with_syn;
	int srv;

	if (write(fd, "x", 1) != 1)
		die("write: %s", strerror(errno));
	srv = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (srv < 0)
		die("accept: %s", strerror(errno));
	with_syn = info_of(fd).tcpi_options & TCPI_OPT_SYN_DATA;
	shutdown(fd, SHUT_WR);
	read_to_end(srv);
	close(srv);
	read_to_end(fd);
	close(fd);
	return with_syn;
}

int main(int argc, char **argv)
{
	enum fam f = argc == 3 ? parse_fam(argv[1]) : FAM_4;
	struct sockaddr_storage to;
	int listener, fd, queue = 64;
	unsigned long n;
	unsigned int port;
	socklen_t len;

	if (argc < 2 || f == FAM_N)
		die("usage: fastopen [-4|-6] COUNT");
	n = parse_count(argv[argc - 1]);
	listener = bound_socket(f, f == FAM_6 ? "::1" : "127.0.0.1", 0, 64, &port);
	if (setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)))
		die("TCP_FASTOPEN: %s", strerror(errno));
	len = make_addr(f, f == FAM_6 ? "::1" : "127.0.0.1", port, &to);
	fd = dial(f, &to, len);
	say(fd, "cookie");
	(void)talk(fd, listener);
	for (unsigned long i = 0; i < n; i++) {
		struct tcp_info info;

		fd = dial(f, &to, len);
		info = info_of(fd);
		if (info.tcpi_state != 2 || info.tcpi_segs_out)
			die("connect() was not put off: state %u, %u segments sent", info.tcpi_state, info.tcpi_segs_out);
		say(fd, "put-off");
		close(fd);
	}
	for (unsigned long i = 0; i < n; i++) {
		fd = dial(f, &to, len);
		say(fd, "with-data");
		if (!talk(fd, listener))
			die("the data did not go with the SYN");
	}
	puts("{\"event\":\"done\"}");
	return 0;
}
