/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ownwork [-4|-6] COUNT [CASE...]
 *
 * Connections whose ends belong to several processes: forked, passed on, exited, killed. Each case is a script of steps "A:step",
 * done by processes with a letter each, and says whom the ends belong to. COUNT connections of each case (default: all).
 * Prints one JSON object per end: {"case","end","lport","rport","opener","owner","closer"}, pids or null, then
 * {"done":true}. Deterministic: each step is answered before the next one is taken; no sleeps.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "work.h"

/*
 * Steps. listen, reuse (another listener on that port), connect, tconnect (in a thread of another name), accept, taccept,
 * read, write, eof (wait for the peer's FIN), rst (wait for its RST), shut, linger0, close, lclose (the listener),
 * forkX (X inherits everything), passX (X gets the connection, the giver closes its descriptor), exit, kill.
 * "AC:accept" is done by whichever of them has it.
 */
static const struct own_case {
	const char *name, *script;
	/* letters of opener, owner, closer of the client's end; owner, closer of the server's; '-' none, '*' who accepted */
	const char *client, *server;
} cases[] = {
	{ "client-first", "A:listen B:connect A:accept B:close A:eof A:close", "BBB", "AA" },
	{ "server-first", "A:listen B:connect A:accept A:close B:eof B:close", "BBB", "AA" },
	{ "prefork", "A:listen A:forkC A:forkD B:connect CD:accept *:close B:eof B:close", "BBB", "**" },
	{ "prefork-read", "A:listen A:forkC A:forkD B:connect CD:accept B:write *:read *:close B:eof B:close", "BBB", "**" },
	{ "reuseport", "A:listen C:reuse D:reuse B:connect ACD:accept B:write *:read *:close B:eof B:close", "BBB", "**" },
	{ "fork-after-accept", "A:listen B:connect A:accept A:forkC A:close B:write C:read C:close B:eof B:close", "BBB", "CC" },
	{ "pass-accepted", "A:listen B:connect A:accept A:passC B:write C:read C:close B:eof B:close", "BBB", "CC" },
	{ "pass-used", "A:listen B:connect A:accept B:write A:read A:passC C:close B:eof B:close", "BBB", "AC" },
	{ "pass-connected", "A:listen B:connect A:accept B:passC C:write A:read C:close A:eof A:close", "BBC", "AA" },
	{ "exit", "A:listen B:connect A:accept B:exit A:eof A:close", "BBB", "AA" },
	{ "exit-accepted", "A:listen B:connect A:accept A:exit B:eof B:close", "BBB", "AA" },
	{ "kill", "A:listen B:connect A:accept B:kill A:eof A:close", "BBB", "AA" },
	{ "shutdown", "A:listen B:connect A:accept B:shut A:eof A:close B:eof B:close", "BBB", "AA" },
	{ "shutdown-other", "A:listen B:connect A:accept B:forkC C:shut A:eof A:close C:eof C:close B:close", "BBC", "AA" },
	{ "close-other", "A:listen B:connect A:accept B:forkC B:close C:close A:eof A:close", "BBC", "AA" },
	{ "thread", "A:listen B:tconnect A:taccept B:close A:eof A:close", "BBB", "AA" },
	{ "linger0", "A:listen B:connect A:accept B:linger0 B:close A:rst A:close", "BBB", "A-" },
	/* The kernel ends it without holding its lock: who closed the listener is not seen. */
	{ "never-accepted", "A:listen B:connect A:lclose B:rst B:close", "BB-", "A-" },
};
#define N_CASES (sizeof(cases) / sizeof(cases[0]))

enum { MAX_ACTORS = 26 };
struct request { char step[12]; unsigned int port; };	/* a descriptor may come along */
struct answer { int err; unsigned int port; };		/* ENOENT: nothing to accept yet */

/* ---- one process ------------------------------------------------------------------------------------------------ */

static enum fam fam;
static int listener = -1, conn = -1;

static unsigned int local_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len))
		die("getsockname: %s", strerror(errno));
	return addr_port(&a);
}

static void open_listener(unsigned int port)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(fam, fam == FAM_6 ? "::1" : "127.0.0.1", port, &a);
	int on = 1;

	listener = new_socket(fam, SOCK_NONBLOCK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 128))
		die("listen: %s", strerror(errno));
}

static void connect_to(unsigned int port)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(fam, fam == FAM_6 ? "::1" : "127.0.0.1", port, &a);

	conn = new_socket(fam, 0);
	if (connect(conn, (struct sockaddr *)&a, len))
		die("connect: %s", strerror(errno));
}

/* False if there is none yet. */
static bool try_accept(void)
{
	conn = accept(listener, NULL, NULL);
	if (conn < 0 && errno != EAGAIN)
		die("accept: %s", strerror(errno));
	return conn >= 0;
}

struct thread_step { bool connect, done; unsigned int port; };

static void *in_thread(void *arg)
{
	struct thread_step *s = arg;

	prctl(PR_SET_NAME, "pool-thread");
	if (s->connect)
		connect_to(s->port);
	s->done = s->connect || try_accept();
	return NULL;
}

static bool threaded(bool connecting, unsigned int port)
{
	struct thread_step s = { .connect = connecting, .port = port };
	pthread_t t;

	if (pthread_create(&t, NULL, in_thread, &s) || pthread_join(t, NULL))
		die("cannot run a thread");
	return s.done;
}

static void wait_until(short events, bool reset)
{
	struct pollfd p = { .fd = conn, .events = events };
	char byte;

	if (poll(&p, 1, WORK_TIMEOUT_MS) != 1)
		die("the peer did nothing");
	if (read(conn, &byte, 1) != (reset ? -1 : 0) || (reset && errno != ECONNRESET))
		die("the peer did something else");
}

static void close_fd(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void send_with_fd(int channel, const void *data, size_t len, int fd)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } u = { { 0 } };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *c = &u.align;

		m.msg_control = u.buf;
		m.msg_controllen = sizeof(u.buf);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	if (sendmsg(channel, &m, MSG_NOSIGNAL) != (ssize_t)len)
		die("sendmsg: %s", strerror(errno));
}

/* False at the end of the channel. *ret_fd is a descriptor that came along, or -1. */
static bool receive_with_fd(int channel, void *data, size_t len, int *ret_fd)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } u;
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof(u.buf) };
	ssize_t n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	*ret_fd = -1;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n == (ssize_t)len;
}

static void be_process(int channel, char letter);

/* The channel of the new process comes with the request; the parent only forks. */
static void fork_off(int mine, int channel, char letter)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0) {
		close(mine);
		be_process(channel, letter);
	}
	close(channel);
}

/* Returns what to answer; *ret_fd: a descriptor to hand over. */
static int do_step(const struct request *q, int mine, int fd, int *ret_fd)
{
	struct linger linger0 = { .l_onoff = 1 };
	const char *s = q->step;
	char byte = 'x';

	if (!strcmp(s, "listen") || !strcmp(s, "reuse"))
		open_listener(q->port);
	else if (!strcmp(s, "connect"))
		connect_to(q->port);
	else if (!strcmp(s, "tconnect"))
		(void)threaded(true, q->port);
	else if (!strcmp(s, "accept"))
		return try_accept() ? 0 : ENOENT;
	else if (!strcmp(s, "taccept"))
		return threaded(false, 0) ? 0 : ENOENT;
	else if (!strcmp(s, "read") && read(conn, &byte, 1) != 1)
		die("read: %s", strerror(errno));
	else if (!strcmp(s, "write") && write(conn, &byte, 1) != 1)
		die("write: %s", strerror(errno));
	else if (!strcmp(s, "eof") || !strcmp(s, "rst"))
		wait_until(POLLIN, *s == 'r');
	else if (!strcmp(s, "shut"))
		shutdown(conn, SHUT_WR);
	else if (!strcmp(s, "linger0"))
		setsockopt(conn, SOL_SOCKET, SO_LINGER, &linger0, sizeof(linger0));
	else if (!strcmp(s, "close"))
		close_fd(&conn);
	else if (!strcmp(s, "lclose"))
		close_fd(&listener);
	else if (!strncmp(s, "fork", 4))
		fork_off(mine, fd, s[4]);
	else if (!strncmp(s, "pass", 4))
		*ret_fd = conn;
	else if (!strcmp(s, "take"))
		conn = fd;
	else if (!strcmp(s, "exit"))
		_exit(0);
	return 0;
}

__attribute__((noreturn)) static void be_process(int channel, char letter)
{
	char name[16];
	struct request q;
	int fd;

	snprintf(name, sizeof(name), "own-%c", letter);
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (receive_with_fd(channel, &q, sizeof(q), &fd)) {
		struct answer a = { 0 };
		int handed = -1;

		a.err = do_step(&q, channel, fd, &handed);
		a.port = !strcmp(q.step, "listen") ? local_port(listener) : conn >= 0 && !a.err ? local_port(conn) : 0;
		send_with_fd(channel, &a, sizeof(a), handed);
		if (handed >= 0)
			close_fd(&conn);
	}
	_exit(0);
}

/* ---- the director ------------------------------------------------------------------------------------------------ */

static struct process { int channel; pid_t pid; } procs[MAX_ACTORS];
static unsigned int server_port, client_port;

static struct process *proc_of(char letter)
{
	return &procs[letter - 'A'];
}

/* A channel whose other end is returned, for a process with that letter. Its pid is known from the first message. */
static int new_channel(char letter)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair: %s", strerror(errno));
	proc_of(letter)->channel = pair[0];
	return pair[1];
}

static void start(char letter)
{
	int theirs = new_channel(letter);
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0) {
		for (int i = 0; i < MAX_ACTORS; i++)
			if (procs[i].channel >= 0)
				close(procs[i].channel);
		be_process(theirs, letter);
	}
	close(theirs);
	proc_of(letter)->pid = pid;
}

static int ask(char letter, const char *step, unsigned int port, int fd, struct answer *ret)
{
	struct request q = { .port = port };
	int came;

	snprintf(q.step, sizeof(q.step), "%s", step);
	send_with_fd(proc_of(letter)->channel, &q, sizeof(q), fd);
	if (!receive_with_fd(proc_of(letter)->channel, ret, sizeof(*ret), &came))
		die("%c ended at %s", letter, step);
	return came;
}

/* The pid of a process that another one forked: the kernel says who is at the other end. */
static pid_t pid_of(char letter)
{
	union { char buf[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr align; } u;
	struct request q = { .step = "nothing" };
	struct answer a;
	struct iovec iov = { .iov_base = &a, .iov_len = sizeof(a) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof(u.buf) };
	int channel = proc_of(letter)->channel, on = 1, off = 0;
	struct cmsghdr *c;
	struct ucred cred;

	setsockopt(channel, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	send_with_fd(proc_of(letter)->channel, &q, sizeof(q), -1);
	if (recvmsg(channel, &m, 0) != sizeof(a))
		die("%c does not answer", letter);
	setsockopt(channel, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		return cred.pid;
	}
	die("no pid of %c", letter);
}

static void end(char letter, int sig)
{
	struct process *p = proc_of(letter);

	if (sig)
		kill(p->pid, sig);
	close(p->channel);
	p->channel = -1;
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Do one step by one of @who; returns its letter. */
static char step(const char *who, const char *what)
{
	unsigned long long until = now_ns() + WORK_TIMEOUT_MS * 1000000ULL;
	struct answer a = { .err = ENOENT };
	const char *w = who;
	int fd = -1;

	if (!strcmp(what, "exit") || !strcmp(what, "kill")) {
		struct request q = { .step = "exit" };

		if (*what == 'e')
			send_with_fd(proc_of(*who)->channel, &q, sizeof(q), -1);
		end(*who, *what == 'k' ? SIGKILL : 0);
		return *who;
	}
	if (!strncmp(what, "fork", 4)) {
		fd = new_channel(what[4]);
		(void)ask(*who, what, 0, fd, &a);
		close(fd);
		proc_of(what[4])->pid = pid_of(what[4]);
		return *who;
	}
	for (;; w = w[1] ? w + 1 : who) {
		fd = ask(*w, what, server_port, -1, &a);
		if (!a.err)
			break;
		if (now_ns() > until)
			die("nobody of %s can %s", who, what);
	}
	if (!strcmp(what, "listen"))
		server_port = a.port;
	else if (!strcmp(what, "connect") || !strcmp(what, "tconnect"))
		client_port = a.port;
	if (!strncmp(what, "pass", 4)) {
		(void)ask(what[4], "take", 0, fd, &a);
		close(fd);
	}
	return *w;
}

static void print_pid(const char *key, char letter, char accepter)
{
	if (letter == '*')
		letter = accepter;
	if (letter == '-')
		printf(",\"%s\":null,\"%s_comm\":null", key, key);
	else
		printf(",\"%s\":%d,\"%s_comm\":\"own-%c\"", key, (int)proc_of(letter)->pid, key, letter);
}

static void run_case(const struct own_case *c)
{
	char script[512], *save = NULL, *word, accepter = '-';

	for (int i = 0; i < MAX_ACTORS; i++)
		procs[i] = (struct process){ .channel = -1 };
	server_port = client_port = 0;
	for (char l = 'A'; l <= 'D'; l++)
		start(l);
	snprintf(script, sizeof(script), "%s", c->script);
	for (word = strtok_r(script, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *what = strchr(word, ':'), one[2] = { accepter };

		*what++ = '\0';
		if (!strncmp(what, "fork", 4))	/* the one that was started has nothing to do */
			end(what[4], 0);
		if (strstr(what, "accept"))
			accepter = step(word, what);
		else
			(void)step(*word == '*' ? one : word, what);
	}
	printf("{\"case\":\"%s\",\"end\":\"client\",\"family\":%s,\"lport\":%u,\"rport\":%u", c->name, fam_name[fam], client_port,
	       server_port);
	print_pid("opener", c->client[0], accepter);
	print_pid("owner", c->client[1], accepter);
	print_pid("closer", c->client[2], accepter);
	printf("}\n{\"case\":\"%s\",\"end\":\"server\",\"family\":%s,\"lport\":%u,\"rport\":%u,\"opener\":null,\"opener_comm\":null",
	       c->name, fam_name[fam], server_port, client_port);
	print_pid("owner", c->server[0], accepter);
	print_pid("closer", c->server[1], accepter);
	printf("}\n");
	/* A forked one ends with its channel; its parent waits for it, or init does. */
	for (char l = 'A'; l <= 'D'; l++)
		if (proc_of(l)->channel >= 0)
			end(l, 0);
}

int main(int argc, char **argv)
{
	long count = 0;
	int first;

	setvbuf(stdout, NULL, _IOLBF, 1 << 16);		/* nothing in it that a fork could print again */
	prctl(PR_SET_CHILD_SUBREAPER, 1);	/* whom a process leaves behind is ours to wait for */
	if (argc > 1 && (!strcmp(argv[1], "-4") || !strcmp(argv[1], "-6")))
		fam = argv[1][1] == '4' ? FAM_4 : FAM_6;
	first = 1 + (argc > 1 && argv[1][0] == '-');
	if (argc > first)
		count = strtol(argv[first], NULL, 10);
	if (count < 1)
		die("usage: ownwork [-4|-6] COUNT [CASE...]");
	for (size_t i = 0; i < N_CASES; i++) {
		bool wanted = argc == first + 1;

		for (int k = first + 1; k < argc; k++)
			wanted |= !strcmp(argv[k], cases[i].name);
		for (long n = 0; wanted && n < count; n++)
			run_case(&cases[i]);
	}
	printf("{\"done\":true}\n");
	return 0;
}
