/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bindcases TWTRACE SEED COUNT: does `explain bind` say what bind() does? Makes COUNT random situations on a port of the network namespace that it runs
 * in (as root; lo is up and has fd00::1, a second device is called other, if there is one), asks one running `TWTRACE explain -j -`, and lets a real bind() of the same
 * kind, right after, be the judge.
 *
 * Prints each difference, then for each kind of situation how often bind() succeeded and failed. Exit code 1 if there was a difference.
 */
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
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bindsock.h"

static bool have_other;		/* a second device */

/* --- situations: each returns the port in question, or 0 if it could not be made --- */

enum { NOT_MADE = 0 };

static int s_bound(const struct how *h, int port)
{
	return bound(h, port) >= 0 ? port : NOT_MADE;
}

static int s_listen(const struct how *h, int port)
{
	int fd = bound(h, port);

	return fd >= 0 && !listen(fd, 8) ? port : NOT_MADE;
}

static int s_listener_shut_down(const struct how *h, int port)
{
	int fd = bound(h, port);

	return fd >= 0 && !listen(fd, 8) && !shutdown(fd, SHUT_RDWR) ? port : NOT_MADE;
}

/* A client of the server; @port 0: connect() chooses it. Both ends are returned. */
static int client(const struct how *h, int port, bool no_port, int *ret_child)
{
	int fd;

	become(h->uid);
	fd = make(h);
	if (no_port)
		set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	if ((port || no_port) && bind_as(fd, h, no_port ? 0 : port)) {
		become(0);
		drop(fd);
		return -1;
	}
	become(0);
	if (connect_to(fd, h->family, loopback_for(h), PEER_PORT)) {
		drop(fd);
		return -1;
	}
	*ret_child = accept_as(peer, 0);
	return fd;
}

static int s_connected(const struct how *h, int port)
{
	int child;

	return client(h, port, false, &child) >= 0 ? port : NOT_MADE;
}

static int s_connected_auto(const struct how *h, int port)
{
	int child, fd = client(h, 0, draw(2), &child);

	(void)port;
	return fd >= 0 ? local_port(fd) : NOT_MADE;
}

static int s_half_closed(const struct how *h, int port)
{
	int child, fd = client(h, port, false, &child);

	if (fd < 0 || shutdown(fd, SHUT_WR))
		return NOT_MADE;
	read_to_end(child);
	wait_without(port, TCP_FIN_WAIT1);
	return port;
}

/* TIME_WAIT of a client that had or had not a port of its own. */
static int time_wait(const struct how *h, int port, bool no_port)
{
	int child, fd = client(h, port, no_port, &child), p;

	if (fd < 0)
		return NOT_MADE;
	p = local_port(fd);
	drop(fd);
	read_to_end(child);
	drop(child);
	wait_without(p, TCP_FIN_WAIT1);
	wait_without(p, TCP_FIN_WAIT2);
	return p;
}

static int s_time_wait(const struct how *h, int port) { return time_wait(h, port, false); }
static int s_time_wait_auto(const struct how *h, int port) { (void)port; return time_wait(h, 0, draw(2)); }

static int s_fin_wait2(const struct how *h, int port)
{
	int child, fd = client(h, draw(2) ? port : 0, false, &child), p;

	if (fd < 0)
		return NOT_MADE;
	p = local_port(fd);
	drop(fd);
	read_to_end(child);
	wait_without(p, TCP_FIN_WAIT1);
	return p;
}

/* An orphan that cannot send: its peer reads nothing. */
static int s_fin_wait1(const struct how *h, int port)
{
	static const char data[65536];
	int child, fd = client(h, draw(2) ? port : 0, false, &child), p;

	if (fd < 0)
		return NOT_MADE;
	p = local_port(fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, data, sizeof(data)) > 0)
		;
	drop(fd);
	return p;
}

/* Nobody listens there: refused, but the port stays. */
static int s_failed_connect(const struct how *h, int port)
{
	int fd = bound(h, port);

	return fd >= 0 && connect_to(fd, h->family, loopback_for(h), 9) && errno == ECONNREFUSED ? port : NOT_MADE;
}

static int s_reset(const struct how *h, int port)
{
	struct linger now = { 1, 0 };
	int child, fd = client(h, port, false, &child);
	char c;

	if (fd < 0 || setsockopt(child, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
		return NOT_MADE;
	drop(child);
	(void)!read(fd, &c, 1);
	return port;
}

/* A server of our own: children hold its port too. @how: closes first, the listener stays, another user accepts. */
static int children(const struct how *h, int port, bool close_first, bool keep_listener)
{
	struct how c = { .family = h->family, .addr = "", .v6only = h->v6only };
	int server = bound(h, port), fd, child;

	if (server < 0 || listen(server, 8))
		return NOT_MADE;
	become(0);
	fd = make(&c);
	if (connect_to(fd, h->family, loopback_for(h), port) && connect_to(fd, h->family, h->addr, port))
		return NOT_MADE;
	child = accept_as(server, draw(2) ? OTHER_UID : 0);
	if (!keep_listener)
		drop(server);
	if (close_first) {
		drop(child);
		read_to_end(fd);
		drop(fd);
		wait_without(port, TCP_FIN_WAIT1);
		wait_without(port, TCP_FIN_WAIT2);
	}
	return port;
}

static int s_accepted(const struct how *h, int port) { return children(h, port, false, false); }
static int s_accepted_listener(const struct how *h, int port) { return children(h, port, false, true); }
static int s_time_wait_child(const struct how *h, int port) { return children(h, port, true, draw(2)); }

/* A child that nobody accepts. */
static int s_unaccepted(const struct how *h, int port)
{
	struct how c = { .family = h->family, .addr = "", .v6only = h->v6only };
	int server = bound(h, port), fd;

	if (server < 0 || listen(server, 8))
		return NOT_MADE;
	fd = make(&c);
	return connect_to(fd, h->family, loopback_for(h), port) && connect_to(fd, h->family, h->addr, port) ? NOT_MADE : port;
}

/* The same port connects to the same place again: the kernel takes the TIME_WAIT away. */
static int s_recycled(const struct how *h, int port)
{
	struct how again = *h;
	int child;

	again.reuseaddr = true;
	if (!time_wait(&again, port, false))
		return NOT_MADE;
	again.uid = draw(2) ? OTHER_UID : 0;
	if (client(&again, port, false, &child) < 0)
		return NOT_MADE;
	return draw(2) || (drop(child), true) ? port : NOT_MADE;
}

/* connect() chooses the port that an older TIME_WAIT, to somewhere else, has too. */
static int s_port_of_time_wait(const struct how *h, int port)
{
	struct how c = *h;
	unsigned int range;
	int fd, p = s_time_wait_auto(h, port);

	if (!p)
		return NOT_MADE;
	range = (unsigned int)p << 16 | (unsigned int)p;
	become(c.uid);
	fd = make(&c);
	become(0);
	if (setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)))
		return p;		/* before 6.3 */
	if (is_v6_only(h) ? connect_to(fd, AF_INET6, "fd00::1", PEER_PORT) :
	    connect_to(fd, h->family, h->family == AF_INET ? "127.0.0.3" : "::ffff:127.0.0.3", PEER_PORT))
		return p;
	accept_as(peer, 0);
	return p;
}

/* A SO_REUSEPORT socket that came in under SO_REUSEADDR, or on another device, and left: the bucket remembers it. */
static int s_reuseport_left(const struct how *h, int port)
{
	struct how one = *h, two = *h;
	int fd;

	if (draw(2) || !have_other) {
		one.reuseaddr = two.reuseaddr = true;
	} else {
		one.dev = "lo";
		two.dev = "other";
	}
	two.reuseport = true;
	two.uid = draw(2) ? OTHER_UID : 0;
	if (draw(2))		/* comes first, too: or the bucket remembers nothing of reuseport */
		one.reuseport = true;
	if (bound(&one, port) < 0)
		return NOT_MADE;
	fd = bound(&two, port);
	if (fd < 0)
		return NOT_MADE;
	drop(fd);
	return port;
}

/* An option set or cleared after bind(). */
static int s_option_changed(const struct how *h, int port)
{
	int fd = bound(h, port);

	if (fd < 0)
		return NOT_MADE;
	if (draw(2))
		set(fd, SOL_SOCKET, SO_REUSEADDR, !h->reuseaddr);
	else
		set(fd, SOL_SOCKET, SO_REUSEPORT, !h->reuseport);
	return port;
}

static struct kind {
	const char *name;
	int (*make)(const struct how *h, int port);
	bool device;		/* works on a device that carries nothing */
	unsigned int ok, failed, wrong;
} kinds[] = {
	{ "bound", s_bound, true, 0, 0, 0 }, { "listen", s_listen, true, 0, 0, 0 },
	{ "listener shut down", s_listener_shut_down, true, 0, 0, 0 }, { "connected", s_connected, false, 0, 0, 0 },
	{ "connected, port chosen", s_connected_auto, false, 0, 0, 0 }, { "half-closed", s_half_closed, false, 0, 0, 0 },
	{ "TIME_WAIT", s_time_wait, false, 0, 0, 0 }, { "TIME_WAIT, port chosen", s_time_wait_auto, false, 0, 0, 0 },
	{ "FIN_WAIT2 orphan", s_fin_wait2, false, 0, 0, 0 }, { "FIN_WAIT1 orphan", s_fin_wait1, false, 0, 0, 0 },
	{ "failed connect", s_failed_connect, false, 0, 0, 0 }, { "reset", s_reset, false, 0, 0, 0 },
	{ "accepted", s_accepted, false, 0, 0, 0 }, { "accepted and listener", s_accepted_listener, false, 0, 0, 0 },
	{ "not accepted", s_unaccepted, false, 0, 0, 0 }, { "TIME_WAIT of a child", s_time_wait_child, false, 0, 0, 0 },
	{ "TIME_WAIT recycled", s_recycled, false, 0, 0, 0 }, { "port of a TIME_WAIT", s_port_of_time_wait, false, 0, 0, 0 },
	{ "SO_REUSEPORT left", s_reuseport_left, true, 0, 0, 0 }, { "option changed", s_option_changed, true, 0, 0, 0 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct how any_socket(bool device)
{
	static const char *const v4[] = { "127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.6", "0.0.0.0", "0.0.0.0" };
	static const char *const v6[] = { "::1", "::", "::", "fd00::1", "::ffff:127.0.0.1", "::ffff:127.0.0.2", "::ffff:0.0.0.0" };
	static const char *const devices[] = { NULL, NULL, NULL, "lo", "other" };
	struct how h = { .family = draw(2) ? AF_INET : AF_INET6 };

	h.addr = h.family == AF_INET ? v4[draw(6)] : v6[draw(7)];
	h.reuseaddr = draw(2);
	h.reuseport = draw(2);
	h.v6only = h.family == AF_INET6 && strncmp(h.addr, "::ffff:", 7) != 0 && draw(2);
	h.uid = draw(3) ? 0 : OTHER_UID;
	h.dev = devices[draw(device && have_other ? 5 : 4)];
	return h;
}

/* Ask, bind, compare. Returns the bound descriptor, or -1. */
static int judge(struct kind *k, const struct how *h, int port, unsigned int n)
{
	static char *line;
	static size_t cap;
	char want[64] = "ok", *would;
	int fd, err;

	fprintf(ask_to, "bind %s%s%s:%d uid=%u%s%s%s%s%s\n", h->family == AF_INET6 ? "[" : "", h->addr, h->family == AF_INET6 ? "]" : "", port,
		h->uid, h->reuseaddr ? " reuseaddr" : "", h->reuseport ? " reuseport" : "", h->v6only ? " v6only" : "",
		h->dev ? " device=" : "", h->dev ? h->dev : "");
	fflush(ask_to);
	if (getline(&line, &cap, answers) < 0)
		die("no answer");
	fd = bound(h, port);
	err = fd < 0 ? -fd : 0;
	if (err)
		snprintf(want, sizeof(want), "%s", strerrorname_np(err));
	*(err ? &k->failed : &k->ok) += 1;
	would = strstr(line, "\"would\":\"");
	if (!would || strncmp(would + 9, want, strlen(want)) != 0 || would[9 + strlen(want)] != '"') {
		k->wrong++;
		printf("# case %u, %s: bind %s port %d dev %s v6only %d uid %u%s%s: the kernel says %s\n#   %s", n, k->name, h->addr, port,
		       h->dev ? h->dev : "-", h->v6only, h->uid, h->reuseaddr ? " reuseaddr" : "", h->reuseport ? " reuseport" : "", want, line);
	}
	return fd;
}

static unsigned int one_case(unsigned int n, int *port)
{
	struct kind *k = &kinds[draw(KINDS)];
	struct how h = any_socket(k->device);
	unsigned int judged = 0;
	int p = k->make(&h, (*port)++);

	if (!p)
		goto out;
	/* One more, where it can be: another kind of sharing. */
	if (draw(10) < 3) {
		struct how other = any_socket(true);

		(void)bound(&other, p);
	}
	/* The second one sees what the first left in the bucket. */
	for (int i = 0; i < 2; i++) {
		struct how call = any_socket(true);
		int fd = judge(k, &call, p, n);

		judged++;
		if (fd >= 0 && draw(2))
			drop(fd);
	}
out:
	while (n_fds)
		close(fds[--n_fds]);
	return judged;
}

static void start(const char *twtrace)
{
	int to[2], from[2];
	pid_t pid;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execl(twtrace, twtrace, "explain", "-j", "-", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	ask_to = fdopen(to[1], "w");
	answers = fdopen(from[0], "r");
}

int main(int argc, char **argv)
{
	struct how server = { .family = AF_INET6, .addr = "::" };
	unsigned int count = 0, judged = 0, wrong = 0;
	int port = FIRST_PORT, status;

	if (argc != 4) {
		fprintf(stderr, "usage: bindcases TWTRACE SEED COUNT\n");
		return 64;
	}
	rng = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ULL + 1;
	count = (unsigned int)strtoul(argv[3], NULL, 10);
	have_other = if_nametoindex("other") != 0;
	start(argv[1]);
	peer = bound(&server, PEER_PORT);
	if (peer < 0 || listen(peer, 64))
		die("the server");
	n_fds = 0;		/* the server stays */
	for (unsigned int n = 0; judged < count; n++) {
		judged += one_case(n, &port);
		if (port > 39000)
			port = FIRST_PORT;	/* what is left there is minutes old, or part of the case */
	}
	fclose(ask_to);
	fclose(answers);
	if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		die("twtrace failed");
	printf("%-24s %6s %6s %6s\n", "SITUATION", "OK", "FAILED", "WRONG");
	for (size_t i = 0; i < KINDS; i++) {
		printf("%-24s %6u %6u %6u\n", kinds[i].name, kinds[i].ok, kinds[i].failed, kinds[i].wrong);
		wrong += kinds[i].wrong;
	}
	printf("%u of %u as the kernel\n", judged - wrong, judged);
	return wrong != 0;
}
