/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * delaywork [--slow-accept MS] [--hold] [--port N] COUNT ESTABLISHED_MS CLOSE_WAIT_MS
 *
 * COUNT connections over 127.0.0.1, both ends in this process, whose phases last as long as asked. The client
 * closes first; the server's end is left in CLOSE_WAIT for CLOSE_WAIT_MS. One JSON object for each phase of
 * each connection says between what the phase can have lasted, from the boot time before and after each step:
 * {"phase","side","lo_ns","hi_ns"}. Both ends are closed by shutdown() first, so that their last states can
 * be watched to their end.
 *
 *   --slow-accept MS the accept queue is full for MS, then it has room: SYNs are sent again after a second
 *   --hold wait for a line on standard input while the server's ends are in CLOSE_WAIT
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/timerfd.h>
#include "work.h"

/* tcpi_state: RFC 9293 states in the kernel's numbering */
enum { ESTABLISHED = 1, FIN_WAIT2 = 5, CLOSED = 7 };

typedef unsigned long long ns_t;

struct conn {
	int cli, srv;
	unsigned int port;
	ns_t dial, dialled, up;		/* connect() called, back, seen to be done */
	ns_t room;			/* not before this could the SYN be answered */
	ns_t accepted;
	ns_t shut, shut_done, fin_seen, fin_acked; /* client's FIN: sent, seen by the server, acknowledged */
	ns_t close, close_done, closed, gone;	/* server's FIN: sent, seen by the client; no state left */
};

static struct conn *conns;
static size_t n;

static void wait_fd(int fd, short events, const char *what)
{
	struct pollfd p = { .fd = fd, .events = events };

	while (poll(&p, 1, WORK_TIMEOUT_MS) <= 0)
		die("%s: nothing happened within %d ms", what, WORK_TIMEOUT_MS);
}

static void wait_ms(unsigned long ms)
{
	struct itimerspec in = { .it_value = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 } };
	unsigned long long ticks;
	int fd;

	if (!ms)	/* would disarm the timer */
		return;
	fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	if (fd < 0 || timerfd_settime(fd, 0, &in, NULL) || read(fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		die("timerfd: %s", strerror(errno));
	close(fd);
}

/* Nothing tells that a state was reached: look every millisecond. Returns when it was seen. */
static ns_t wait_state(int fd, int state)
{
	ns_t until = now_ns() + WORK_TIMEOUT_MS * 1000000ULL;
	struct tcp_info info;
	socklen_t len;

	for (;;) {
		len = sizeof(info);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
			die("TCP_INFO: %s", strerror(errno));
		if (info.tcpi_state == state)
			return now_ns();
		if (now_ns() > until)
			die("state %d instead of %d after %d ms", info.tcpi_state, state, WORK_TIMEOUT_MS);
		wait_ms(1);
	}
}

static void dial(struct conn *c, unsigned int port, bool wait)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(FAM_4, "127.0.0.1", port, &a);

	c->cli = new_socket(FAM_4, wait ? 0 : SOCK_NONBLOCK);
	c->dial = now_ns();
	if (connect(c->cli, (struct sockaddr *)&a, len) && errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
	c->dialled = c->up = now_ns();
	c->room = c->dial;
	len = sizeof(a);
	getsockname(c->cli, (struct sockaddr *)&a, &len);
	c->port = addr_port(&a);
}

static void accept_one(int listener)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);
	int fd;

	wait_fd(listener, POLLIN, "accept");
	fd = accept4(listener, (struct sockaddr *)&a, &len, SOCK_CLOEXEC);
	if (fd < 0)
		die("accept: %s", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		if (conns[i].port == addr_port(&a)) {
			conns[i].srv = fd;
			conns[i].accepted = now_ns();
			return;
		}
	}
	close(fd);	/* what filled the queue */
}

/* A full accept queue drops SYNs; they come again when there is room. */
static void dial_slowly(int listener, unsigned int port, unsigned long ms)
{
	struct conn filler;
	ns_t room;
	size_t i;

	dial(&filler, port, true);
	for (i = 0; i < n; i++)
		dial(&conns[i], port, false);
	wait_ms(ms);
	room = now_ns();
	if (listen(listener, (int)n + 1))
		die("listen: %s", strerror(errno));
	for (i = 0; i < n; i++) {
		wait_fd(conns[i].cli, POLLOUT, "connect");
		conns[i].up = wait_state(conns[i].cli, ESTABLISHED);
		conns[i].room = room;
	}
	accept_one(listener);
	close(filler.cli);
}

static void read_eof(int fd, const char *what)
{
	char c;

	wait_fd(fd, POLLIN, what);
	if (read(fd, &c, 1) != 0)
		die("%s: no end of file", what);
}

static void close_all(unsigned long close_wait_ms, bool hold)
{
	struct conn *c;
	size_t i;
	char line;

	for (i = 0; i < n; i++) {
		conns[i].shut = now_ns();
		shutdown(conns[i].cli, SHUT_WR);
		conns[i].shut_done = now_ns();
	}
	for (i = 0; i < n; i++) {
		read_eof(conns[i].srv, "client's FIN");
		conns[i].fin_seen = now_ns();
	}
	for (i = 0; i < n; i++)
		conns[i].fin_acked = wait_state(conns[i].cli, FIN_WAIT2);
	if (hold) {
		printf("{\"event\":\"close-wait\",\"lo_ts\":%llu,\"hi_ts\":%llu}\n", conns[0].shut,
		       conns[n - 1].fin_seen);
		fflush(stdout);
		while (read(STDIN_FILENO, &line, 1) == 1 && line != '\n')
			;
	}
	wait_ms(close_wait_ms);
	for (i = 0; i < n; i++) {
		conns[i].close = now_ns();
		shutdown(conns[i].srv, SHUT_WR);
		conns[i].close_done = now_ns();
	}
	for (i = 0; i < n; i++) {
		c = &conns[i];
		read_eof(c->cli, "server's FIN");
		c->closed = now_ns();
		c->gone = wait_state(c->srv, CLOSED);
		close(c->srv);
		close(c->cli);
	}
}

static void bound(const char *phase, const char *side, ns_t lo, ns_t hi)
{
	printf("{\"phase\":\"%s\",\"side\":\"%s\",\"lo_ns\":%llu,\"hi_ns\":%llu}\n", phase, side, lo, hi);
}

/* @later - @earlier of two moments that may have swapped places. */
static ns_t since(ns_t later, ns_t earlier)
{
	return later > earlier ? later - earlier : 0;
}

static void print(const struct conn *c)
{
	bound("connect", "client", since(c->room, c->dialled), c->up - c->dial);
	bound("established", "client", since(c->shut, c->up), c->shut_done - c->room);
	bound("fin-wait1", "client", 0, c->fin_acked - c->shut);
	bound("fin-wait2", "client", since(c->close, c->fin_acked), c->closed - c->shut);
	bound("close", "client", since(c->close, c->shut_done), c->closed - c->shut);
	bound("handshake", "server", 0, c->accepted - c->room);
	bound("established", "server", since(c->shut, c->accepted), c->fin_seen - c->room);
	bound("close-wait", "server", since(c->close, c->fin_seen), c->close_done - c->shut);
	bound("last-ack", "server", 0, c->gone - c->close);
	bound("close", "server", since(c->close, c->fin_seen), c->gone - c->shut);
	bound("life", "server", since(c->close, c->accepted), c->gone - c->room);
}

int main(int argc, char **argv)
{
	unsigned long established_ms, close_wait_ms, slow_ms = 0;
	unsigned int port = 8800;
	bool hold = false;
	int listener, at = 1;
	size_t i;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--hold"))
			hold = true;
		else if (!strcmp(argv[at], "--slow-accept") && at + 1 < argc)
			slow_ms = parse_count(argv[++at]);
		else if (!strcmp(argv[at], "--port") && at + 1 < argc)
			port = (unsigned int)parse_count(argv[++at]);
		else
			die("unknown option %s", argv[at]);
	}
	if (argc - at != 3)
		die("usage: delaywork [--slow-accept MS] [--hold] [--port N] COUNT ESTABLISHED_MS "
		    "CLOSE_WAIT_MS");
	n = parse_count(argv[at]);
	established_ms = parse_count(argv[at + 1]);
	close_wait_ms = parse_count(argv[at + 2]);
	conns = calloc(n ? n : 1, sizeof(*conns));
	if (!n || !conns)
		die("give at least one connection");
	raise_nofile();
	listener = bound_socket(FAM_4, "127.0.0.1", port, slow_ms ? 0 : (int)n + 1, &port);
	if (slow_ms) {
		if (listen(listener, 0))	/* room for one */
			die("listen: %s", strerror(errno));
		dial_slowly(listener, port, slow_ms);
	} else {
		for (i = 0; i < n; i++)
			dial(&conns[i], port, true);
	}
	for (i = 0; i < n; i++)
		accept_one(listener);
	wait_ms(established_ms);
	close_all(close_wait_ms, hold);
	for (i = 0; i < n; i++)
		print(&conns[i]);
	puts("{\"event\":\"done\"}");
	return 0;
}
