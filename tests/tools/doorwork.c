/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * doorwork [-4|-6|-m] [--port P] [--backlog N] [--sockets N] [--children N] [--connect N] [--accept N] [--any]
 *
 * A server that does not come to the door. It listens with one socket, or with several of one address (SO_REUSEPORT), which children hold too; then it
 * connects to itself; then it accepts so many of what waits, reads a byte of each and closes it. Each step begins when a line comes on standard input, and
 * what it did is one JSON line. Connections that the kernel turned away are given up, so that nothing is sent again and all numbers stand still.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include "work.h"

#define SOCKETS_MAX 64
#define CLIENTS_MAX 4096

static struct { enum fam fam; unsigned int port; int backlog; unsigned long sockets, children, connects, accepts; bool any; } o = {
	.port = 7777, .backlog = 8, .sockets = 1,
};
static int listeners[SOCKETS_MAX], clients[CLIENTS_MAX];
static unsigned long n_clients;

/* The next step may begin. At the end of the input there is no next one. */
static void wait_for_line(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1)
		if (c == '\n')
			return;
	exit(0);
}

static void open_door(void)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(o.fam, o.any ? (o.fam == FAM_6 ? "::" : "0.0.0.0") : o.fam == FAM_6 ? "::1" : "127.0.0.1", o.port, &a);
	int on = 1;

	for (unsigned long i = 0; i < o.sockets; i++) {
		listeners[i] = new_socket(o.fam, SOCK_NONBLOCK);
		if (o.sockets > 1)
			setsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
		setsockopt(listeners[i], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(listeners[i], (struct sockaddr *)&a, len) || listen(listeners[i], o.backlog))
			die("listen on port %u: %s", o.port, strerror(errno));
	}
}

static void fork_children(void)
{
	printf("{\"step\":\"listen\",\"pids\":[%d", getpid());
	fflush(stdout);
	for (unsigned long i = 0; i < o.children; i++) {
		pid_t parent = getpid(), pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			while (getppid() == parent)
				pause();
			_exit(0);
		}
		printf(",%d", pid);
		fflush(stdout);
	}
	printf("]}\n");
	fflush(stdout);
}

/* How many wait for accept() in all; *ret_full: one of the queues takes no more. */
static unsigned long queued(bool *ret_full)
{
	unsigned long n = 0;

	*ret_full = false;
	for (unsigned long i = 0; i < o.sockets; i++) {
		struct tcp_info info;
		socklen_t len = sizeof(info);

		/* Of a listener: queue and limit (tcp_get_info()). */
		if (getsockopt(listeners[i], IPPROTO_TCP, TCP_INFO, &info, &len))
			die("TCP_INFO: %s", strerror(errno));
		n += info.tcpi_unacked;
		*ret_full |= info.tcpi_unacked > info.tcpi_sacked;
	}
	return n;
}

/*
 * On loopback the handshake is over when connect() returns, or the SYN was dropped; unless ksoftirqd has to do it. So the next one comes only when this
 * one is in the queue, and one that finds a full queue is not waited for.
 */
static bool gets_in(struct pollfd *p)
{
	bool full;

	(void)queued(&full);
	if (poll(p, 1, full ? 0 : WORK_TIMEOUT_MS) != 1)
		return false;
	for (int ms = 0; queued(&full) <= n_clients && ms < WORK_TIMEOUT_MS; ms++)
		(void)poll(NULL, 0, 1);
	return true;
}

static unsigned long knock(void)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(o.fam, o.fam == FAM_6 ? "::1" : "127.0.0.1", o.port, &a);
	unsigned long turned_away = 0;

	for (unsigned long i = 0; i < o.connects; i++) {
		struct pollfd p = { .fd = new_socket(o.fam, SOCK_NONBLOCK), .events = POLLOUT };

		if (connect(p.fd, (struct sockaddr *)&a, len) && errno != EINPROGRESS)
			die("connect: %s", strerror(errno));
		if (n_clients == CLIENTS_MAX || !gets_in(&p)) {
			turned_away++;
			close(p.fd);
			continue;
		}
		if (write(p.fd, "x", 1) != 1)
			die("write: %s", strerror(errno));
		clients[n_clients++] = p.fd;
	}
	return turned_away;
}

static unsigned long let_in(void)
{
	unsigned long n = 0;
	char c;

	while (n < o.accepts) {
		int fd = accept4(listeners[n % o.sockets], NULL, NULL, SOCK_CLOEXEC);

		for (unsigned long i = 0; fd < 0 && i < o.sockets; i++)
			fd = accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			break;
		if (read(fd, &c, 1) != 1)
			die("read: %s", strerror(errno));
		n++;
	}
	return n;
}

static void parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *s = argv[i];

		if (parse_fam(s) != FAM_N) {
			o.fam = parse_fam(s);
			continue;
		}
		if (!strcmp(s, "--any")) {
			o.any = true;
			continue;
		}
		if (i + 1 == argc)
			die("%s needs a number", s);
		unsigned long n = parse_count(argv[++i]);

		if (!strcmp(s, "--port"))
			o.port = (unsigned int)n;
		else if (!strcmp(s, "--backlog"))
			o.backlog = (int)n;
		else if (!strcmp(s, "--sockets") && n && n <= SOCKETS_MAX)
			o.sockets = n;
		else if (!strcmp(s, "--children"))
			o.children = n;
		else if (!strcmp(s, "--connect"))
			o.connects = n;
		else if (!strcmp(s, "--accept"))
			o.accepts = n;
		else
			die("unknown option %s %lu", s, n);
	}
}

int main(int argc, char **argv)
{
	unsigned long long knocked_ns;
	unsigned long away;

	parse(argc, argv);
	raise_nofile();
	open_door();
	fork_children();
	wait_for_line();
	away = knock();
	knocked_ns = now_ns();
	printf("{\"step\":\"connect\",\"established\":%lu,\"turned_away\":%lu}\n", n_clients, away);
	fflush(stdout);
	wait_for_line();
	/* Each of them waited at least as long. */
	knocked_ns = now_ns() - knocked_ns;
	away = let_in();
	printf("{\"step\":\"accept\",\"accepted\":%lu,\"waited_ns\":%llu}\n", away, knocked_ns);
	fflush(stdout);
	wait_for_line();
	return 0;
}
