/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * churn N [-4|-6|-m] [--procs 1|2] [--client-first] [--pause]
 *
 * N short connections over loopback, one after the other, as fast as they go. --procs 1 (default): both ends in this process;
 * 2: a server in a process of its own. The server closes first unless --client-first. --pause: set up, print
 * {"event":"ready"}, wait for a line on standard input, then start. Prints {"event":"churn",...} at the end.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "work.h"

static void read_exact(int fd, ssize_t want)
{
	char b;
	ssize_t n = read(fd, &b, 1);

	if (n != want)
		die("read: %zd %s", n, n < 0 ? strerror(errno) : "");
}

static int connect_to(enum fam f, const struct sockaddr_storage *a, socklen_t len)
{
	int fd = new_socket(f, 0);

	if (connect(fd, (const struct sockaddr *)a, len))
		die("connect: %s", strerror(errno));
	return fd;
}

static int accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept: %s", strerror(errno));
	return fd;
}

/*
 * The server's byte keeps the two in step: without it a client that closes first would run ahead of the server until the accept
 * queue is full, and wait for a retransmission.
 */
static void serve(int listener, unsigned long n, bool client_first)
{
	while (n--) {
		int fd = accept_one(listener);

		if (write(fd, "x", 1) != 1)
			die("write: %s", strerror(errno));
		if (client_first)
			read_exact(fd, 0);
		close(fd);
	}
}

static void ask(enum fam f, const struct sockaddr_storage *a, socklen_t len, unsigned long n, bool client_first)
{
	while (n--) {
		int fd = connect_to(f, a, len);

		read_exact(fd, 1);
		if (!client_first)
			read_exact(fd, 0);
		close(fd);
	}
}

static void both(int listener, enum fam f, const struct sockaddr_storage *a, socklen_t len, unsigned long n,
		 bool client_first)
{
	while (n--) {
		int c = connect_to(f, a, len), s = accept_one(listener);
		int first = client_first ? c : s, second = client_first ? s : c;

		close(first);
		read_exact(second, 0);
		close(second);
	}
}

int main(int argc, char **argv)
{
	unsigned long n = 0, procs = 1;
	enum fam f = FAM_4;
	bool client_first = false, want_pause = false;
	struct sockaddr_storage a;
	unsigned long long begin, ns;
	unsigned int port;
	int listener, status = 0;
	socklen_t len;
	pid_t child = 0, parent = getpid();
	char b;

	for (int i = 1; i < argc; i++) {
		if (parse_fam(argv[i]) != FAM_N)
			f = parse_fam(argv[i]);
		else if (strcmp(argv[i], "--procs") == 0 && i + 1 < argc)
			procs = parse_count(argv[++i]);
		else if (strcmp(argv[i], "--client-first") == 0)
			client_first = true;
		else if (strcmp(argv[i], "--pause") == 0)
			want_pause = true;
		else
			n = parse_count(argv[i]);
	}
	if (!n || procs < 1 || procs > 2)
		die("usage: churn N [-4|-6|-m] [--procs 1|2] [--client-first] [--pause]");
	listener = bound_socket(f, f == FAM_6 ? "::1" : "127.0.0.1", 0, 4096, &port);
	len = make_addr(f, f == FAM_6 ? "::1" : "127.0.0.1", port, &a);
	if (want_pause) {
		printf("{\"event\":\"ready\"}\n");
		fflush(stdout);
		while (read(STDIN_FILENO, &b, 1) == 1 && b != '\n')
			;
	}
	begin = now_ns();
	if (procs == 2) {
		child = fork();
		if (child < 0)
			die("fork: %s", strerror(errno));
		if (child == 0) {
			/* Nobody is left who asks when the client is ended from outside. */
			if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
				_exit(1);
			serve(listener, n, client_first);
			_exit(0);
		}
		close(listener);
		ask(f, &a, len, n, client_first);
		if (waitpid(child, &status, 0) != child || status)
			die("the server process failed");
	} else {
		both(listener, f, &a, len, n, client_first);
	}
	ns = now_ns() - begin;
	printf("{\"event\":\"churn\",\"connections\":%lu,\"pid\":%d,\"server_pid\":%d,\"port\":%u,\"ns\":%llu,\"per_second\":%llu}\n",
	       n, getpid(), procs == 2 ? child : getpid(), port, ns, n * 1000000000ULL / (ns ? ns : 1));
	return 0;
}
