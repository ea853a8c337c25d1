/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpwork [-4|-6|-m] [OPTIONS] KIND COUNT [[-4|-6|-m] KIND COUNT ...]
 *
 * Makes COUNT connections of each KIND (kinds.h; a text with blanks is a script of its own), both ends in this process, and
 * prints one JSON object per connection: its ends, cookies and the boot time before and after each step. -m: IPv6 sockets
 * that talk IPv4. Deterministic: one thread, no sleeps; each step waits for what it names.
 *
 *   --pause      wait for a line on standard input after each phase but the last
 *   --hold       after the last phase too; end of input ends the program
 *   --port N     port of the (first) listener, counting up
 *   --no-cookie  do not ask for socket cookies (asking makes the kernel assign one)
 *   --list       print the kinds
 * {"event":"ready","phase":N} says that a phase is over; the last one says "done":true.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include "bulk.h"
#include "kinds.h"
#include "wire.h"
#include "work.h"

#define MAX_STEPS 40

struct step_time { char name[16]; unsigned long long begin, end; };

struct conn {
	const char *kind, *at;		/* @at: rest of its script */
	enum fam fam;
	bool on_wire, bound;
	int fd[2];			/* -1: not open */
	unsigned int port;		/* client's, once known */
	struct sockaddr_storage laddr[2], raddr[2];
	unsigned long long cookie[2];
	struct step_time steps[MAX_STEPS];
	int n_steps;
};

struct listener { int fd; unsigned int port, closed_port; bool filled; };

static struct listener listeners[2][FAM_N];	/* [on wire] */
static struct conn *conns;
static size_t n_conns;
static bool want_cookies = true, want_pause, want_hold;
static unsigned int next_port;

/* ---- waiting ------------------------------------------------------------------------------------------------- */

/* Wait until @fd has @events (or an error), moving packets on the wire meanwhile. @ms < 0: for ever. */
static void wait_for(int fd, short events, int ms, const char *what)
{
	unsigned long long until = now_ns() + (unsigned long long)(ms < 0 ? 0 : ms) * 1000000ULL;

	for (;;) {
		struct pollfd p[3] = { { .fd = fd, .events = events }, { .fd = wire.fd[END_C], .events = POLLIN },
				       { .fd = wire.fd[END_S], .events = POLLIN } };
		unsigned long long now;
		int left = -1;

		wire_pump();
		now = now_ns();
		if (ms >= 0)
			left = now < until ? (int)((until - now) / 1000000ULL) + 1 : 0;
		if (poll(p, 3, left) < 0 && errno != EINTR)
			die("poll: %s", strerror(errno));
		if (p[0].revents)
			return;
		if (ms >= 0 && now >= until) {
			if (what)
				die("%s: nothing happened within %d ms", what, ms);
			return;
		}
	}
}

static void wait_line(void)
{
	char c;

	do {
		wait_for(STDIN_FILENO, POLLIN, -1, NULL);
		if (read(STDIN_FILENO, &c, 1) != 1)
			return;
	} while (c != '\n');
}

/* ---- the ends ------------------------------------------------------------------------------------------------ */

static const char *listen_text(const struct conn *c)
{
	if (c->on_wire)
		return c->fam == FAM_6 ? "fd00:2::1" : "10.2.0.1";
	return c->fam == FAM_6 ? "::1" : "127.0.0.1";
}

static const char *target_text(const struct conn *c)
{
	if (c->on_wire)
		return c->fam == FAM_6 ? "fd00:2::2" : "10.2.0.2";
	return listen_text(c);
}

static const char *source_text(const struct conn *c)
{
	if (c->on_wire)
		return c->fam == FAM_6 ? "fd00:1::1" : "10.1.0.1";
	return listen_text(c);
}

static struct listener *listener_of(const struct conn *c)
{
	struct listener *l = &listeners[c->on_wire][c->fam];

	if (!l->port) {
		unsigned int port = next_port ? next_port++ : 0;

		l->fd = bound_socket(c->fam, listen_text(c), port, 4096, &l->port);
		if (c->on_wire && c->fam == FAM_M)
			wire.mapped_port = l->port;
		fcntl(l->fd, F_SETFL, O_NONBLOCK);
	}
	return l;
}

static void learn(struct conn *c, int end)
{
	socklen_t len = sizeof(c->laddr[end]);

	getsockname(c->fd[end], (struct sockaddr *)&c->laddr[end], &len);
	len = sizeof(c->raddr[end]);
	getpeername(c->fd[end], (struct sockaddr *)&c->raddr[end], &len);
	if (end == END_C)
		c->port = addr_port(&c->laddr[END_C]);
	len = sizeof(c->cookie[end]);
	if (want_cookies)
		getsockopt(c->fd[end], SOL_SOCKET, SO_COOKIE, &c->cookie[end], &len);
}

static void need_client(struct conn *c)
{
	if (c->fd[END_C] < 0)
		c->fd[END_C] = new_socket(c->fam, SOCK_NONBLOCK);
}

static void do_bind(struct conn *c, unsigned int port)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(c->fam, source_text(c), port, &a);
	int on = 1;

	need_client(c);
	setsockopt(c->fd[END_C], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(c->fd[END_C], (struct sockaddr *)&a, len))
		die("%s: bind port %u: %s", c->kind, port, strerror(errno));
	learn(c, END_C);
	c->bound = true;
}

/* Start to connect to @port. Returns connect()'s errno. */
static int do_syn(struct conn *c, unsigned int port)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(c->fam, target_text(c), port, &a);
	int err;

	need_client(c);
	err = connect(c->fd[END_C], (struct sockaddr *)&a, len) ? errno : 0;
	if (err == 0 || err == EINPROGRESS) {
		learn(c, END_C);
		c->raddr[END_C] = a;
		wire_pump();
	}
	return err;
}

/* Start to connect and leave it at that. */
static void do_start(struct conn *c, unsigned int port)
{
	int err = do_syn(c, port);

	if (err != EINPROGRESS)
		die("%s: connect: %s, expected it to wait", c->kind, strerror(err));
}

static int so_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

static void do_connect(struct conn *c, unsigned int port, int expect)
{
	int err = do_syn(c, port);

	if (err == EINPROGRESS) {
		wait_for(c->fd[END_C], POLLOUT, WORK_TIMEOUT_MS, "connect");
		err = so_error(c->fd[END_C]);
	}
	if (err != expect)
		die("%s: connect: %s, expected %s", c->kind, strerror(err), strerror(expect));
}

static void do_accept(struct conn *c)
{
	struct listener *l = listener_of(c);

	wait_for(l->fd, POLLIN, WORK_TIMEOUT_MS, "accept");
	c->fd[END_S] = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (c->fd[END_S] < 0)
		die("%s: accept: %s", c->kind, strerror(errno));
	learn(c, END_S);
}

/* bind() to the listener's port, without SO_REUSEADDR. */
static void do_bind_taken(const struct conn *c, unsigned int port)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(c->fam, listen_text(c), port, &a);
	int fd = new_socket(c->fam, 0);

	if (!bind(fd, (struct sockaddr *)&a, len) || errno != EADDRINUSE)
		die("%s: bind port %u: %s, expected it to be taken", c->kind, port, strerror(errno));
	close(fd);
}

/* Both ends connect to each other, and no listener is there: their SYNs cross on the wire. */
static void do_cross(struct conn *c)
{
	struct sockaddr_storage a;
	socklen_t len = make_addr(c->fam, listen_text(c), 0, &a);

	do_bind(c, 0);
	c->fd[END_S] = new_socket(c->fam, SOCK_NONBLOCK);
	if (bind(c->fd[END_S], (struct sockaddr *)&a, len) || getsockname(c->fd[END_S], (struct sockaddr *)&a, &len))
		die("%s: bind: %s", c->kind, strerror(errno));
	wire.mode[c->fam][c->port] = WIRE_HOLD;
	do_start(c, addr_port(&a));
	len = make_addr(c->fam, c->fam == FAM_6 ? "fd00:1::2" : "10.1.0.2", c->port, &a);
	if (!connect(c->fd[END_S], (struct sockaddr *)&a, len) || errno != EINPROGRESS)
		die("%s: connect: %s, expected it to wait", c->kind, strerror(errno));
	wire_flush();
	wire.mode[c->fam][c->port] = WIRE_PASS;
	wire_pump();
	for (int end = END_C; end <= END_S; end++) {
		wait_for(c->fd[end], POLLOUT, WORK_TIMEOUT_MS, "cross");
		if (so_error(c->fd[end]))
			die("%s: connect: no way", c->kind);
		learn(c, end);
	}
}

/* Read: @want_errno 0 is one byte or end of file (@want_eof), else that error. */
static void do_read(struct conn *c, int end, int flags, bool want_eof, int want_errno)
{
	char b;
	ssize_t n;

	for (;;) {
		n = recv(c->fd[end], &b, 1, flags);
		if (n >= 0 || errno != EAGAIN)
			break;
		wait_for(c->fd[end], POLLIN, WORK_TIMEOUT_MS, c->kind);
	}
	if (want_errno ? n >= 0 || errno != want_errno : n != !want_eof)
		die("%s: read on %c: %zd %s", c->kind, "cs"[end], n, n < 0 ? strerror(errno) : "");
}

/* One connection per port of ip_local_port_range, kept to the end, so that the next connect() finds none. */
static void do_fill(const struct conn *c, struct listener *l)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned int low, high;

	if (!f || fscanf(f, "%u %u", &low, &high) != 2)
		die("cannot read ip_local_port_range");
	fclose(f);
	if (high - low > 63)
		die("%s: set ip_local_port_range to 64 ports at most first", c->kind);
	for (; low <= high; low++) {
		struct conn x = { .kind = "fill", .fam = c->fam, .on_wire = c->on_wire, .fd = { -1, -1 } };

		do_connect(&x, l->port, 0);
		do_accept(&x);
	}
	l->filled = true;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

static void print_conn(const struct conn *c)
{
	char b[INET6_ADDRSTRLEN];

	printf("{\"event\":\"conn\",\"kind\":\"%s\",\"family\":\"%s\",\"pid\":%d", c->kind, fam_name[c->fam], getpid());
	for (int end = END_C; end <= END_S; end++)
		if (c->laddr[end].ss_family) {
			printf(",\"%c\":{\"laddr\":\"%s\",\"lport\":%u", "cs"[end], addr_text(&c->laddr[end], b),
			       addr_port(&c->laddr[end]));
			printf(",\"raddr\":\"%s\",\"rport\":%u,\"cookie\":%llu}", addr_text(&c->raddr[end], b),
			       addr_port(&c->raddr[end]), c->cookie[end]);
		}
	printf(",\"steps\":{");
	for (int i = 0; i < c->n_steps; i++)
		printf("%s\"%s\":[%llu,%llu]", i ? "," : "", c->steps[i].name, c->steps[i].begin, c->steps[i].end);
	printf("}}\n");
}

/* A new client socket for the same script: what was so far is a connection of its own. */
static void next_round(struct conn *c)
{
	print_conn(c);
	c->fd[END_C] = c->fd[END_S] = -1;
	c->n_steps = 0;
	memset(c->laddr, 0, sizeof(c->laddr));
}

#define WIRE_POLL_MS 20

static bool wire_word(struct conn *c, const char *w)
{
	static const struct { const char *name; uint8_t mode; } modes[] = {
		{ "wire:pass", WIRE_PASS }, { "wire:hold", WIRE_HOLD }, { "wire:drop", WIRE_DROP_C | WIRE_DROP_S },
		{ "wire:drop-c", WIRE_DROP_C }, { "wire:drop-s", WIRE_DROP_S },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(w, modes[i].name) == 0) {
			wire_pump();	/* what was sent until now follows the old mode */
			if (modes[i].mode == WIRE_PASS)
				wire_flush();
			else if (modes[i].mode != WIRE_HOLD)
				wire.n_held = 0;
			wire.mode[c->fam][c->port] = modes[i].mode;
			wire.sent[c->fam][END_C][c->port] = wire.sent[c->fam][END_S][c->port] = 0;
			wire_pump();
			return true;
		}
	if (strcmp(w, "wire:flush") == 0)
		wire_flush();
	else if (strncmp(w, "sent:", 5) == 0)	/* a packet came from that end since the wire's mode was set */
		while (!wire.sent[c->fam][w[5] == 's'][c->port])
			wait_for(-1, 0, WIRE_POLL_MS, NULL);
	else if (strncmp(w, "forge-rst:", 10) == 0)
		wire_forge_rst(c->fam, w[10] == 's', c->port, listener_of(c)->port, 0);
	else
		return false;
	return true;
}

/* Words about one end: "close:c" */
static bool end_word(struct conn *c, const char *w)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	const struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	const char *colon = strchr(w, ':');
	int end = colon && colon[1] == 's', on = 1, ms = 300;
	size_t n = colon ? (size_t)(colon - w) : 0;

	if (!colon)
		return false;
	if (end == END_C)
		need_client(c);
	if (strncmp(w, "close", n) == 0) {
		close(c->fd[end]);
		c->fd[end] = -1;
		wire_pump();
	} else if (strncmp(w, "shut", n) == 0) {
		shutdown(c->fd[end], SHUT_WR);
	} else if (strncmp(w, "send", n) == 0) {
		if (send(c->fd[end], "x", 1, MSG_NOSIGNAL) != 1)
			die("%s: send: %s", c->kind, strerror(errno));
	} else if (strncmp(w, "pour", n) == 0) {	/* as fast as it goes */
		bulk_pour(c->fd, end, BULK_BYTES, 65536, 0);
	} else if (strncmp(w, "drip", n) == 0) {	/* to a slow reader */
		bulk_drip(c->fd, end);
	} else if (strncmp(w, "stuff", n) == 0) {	/* to one that does not read */
		bulk_stuff(c->fd, end);
	} else if (strncmp(w, "recv", n) == 0) {
		do_read(c, end, 0, false, 0);
	} else if (strncmp(w, "data", n) == 0) {	/* has arrived; stays unread */
		do_read(c, end, MSG_PEEK, false, 0);
	} else if (strncmp(w, "eof", n) == 0) {
		do_read(c, end, 0, true, 0);
	} else if (strncmp(w, "rst", n) == 0) {
		/* read() says ECONNRESET, or EPIPE where the peer's FIN came before its reset: the error is asked for */
		wait_for(c->fd[end], POLLERR, WORK_TIMEOUT_MS, "reset");
		if (!so_error(c->fd[end]))
			die("%s: no reset on %c", c->kind, "cs"[end]);
	} else if (strncmp(w, "timeout", n) == 0) {
		wait_for(c->fd[end], POLLERR, WORK_TIMEOUT_MS, "timeout");
		if (so_error(c->fd[end]) != ETIMEDOUT)
			die("%s: no timeout on %c", c->kind, "cs"[end]);
	} else if (strncmp(w, "quickack", n) == 0) {	/* an acknowledgement that is due goes out now */
		setsockopt(c->fd[end], IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	} else if (strncmp(w, "linger0", n) == 0) {
		setsockopt(c->fd[end], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	} else if (strncmp(w, "disconnect", n) == 0) {
		connect(c->fd[end], &unspec, sizeof(unspec));
	} else if (strncmp(w, "keepalive", n) == 0) {
		setsockopt(c->fd[end], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(c->fd[end], IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof(on));
		setsockopt(c->fd[end], IPPROTO_TCP, TCP_KEEPINTVL, &on, sizeof(on));
		setsockopt(c->fd[end], IPPROTO_TCP, TCP_KEEPCNT, &on, sizeof(on));
	} else if (strncmp(w, "user-timeout", n) == 0) {
		setsockopt(c->fd[end], IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	} else {
		return false;
	}
	return true;
}

static void step(struct conn *c, const char *w)
{
	struct listener *l;
	unsigned int ignored;

	if (strcmp(w, "@wire") == 0 || wire_word(c, w) || end_word(c, w))
		return;
	if (strcmp(w, "listen") == 0) {
		c->fd[END_S] = bound_socket(c->fam, listen_text(c), 0, 1, &ignored);
		learn(c, END_S);
		return;
	}
	l = listener_of(c);
	if (strcmp(w, "bind") == 0)
		do_bind(c, 0);
	else if (strcmp(w, "syn") == 0)
		do_start(c, l->port);
	else if (strcmp(w, "connect") == 0)
		do_connect(c, l->port, 0);
	else if (strcmp(w, "accept") == 0)
		do_accept(c);
	else if (strcmp(w, "cross") == 0)
		do_cross(c);
	else if (strcmp(w, "unlisten") == 0)	/* with all that waits in its queue */
		l->fd = l->fd >= 0 ? close(l->fd), -1 : -1;
	else if (strcmp(w, "taken") == 0)
		do_bind_taken(c, l->port);
	else if (strcmp(w, "fill") == 0)
		l->filled ? (void)0 : do_fill(c, l);
	else if (strcmp(w, "noport") == 0)
		do_connect(c, l->port, EADDRNOTAVAIL);
	else if (strcmp(w, "again") == 0)
		next_round(c), do_bind(c, c->port);
	else if (strcmp(w, "fresh") == 0)
		next_round(c);
	else if (strncmp(w, "age:", 4) == 0) {
		unsigned long long due = c->steps[c->n_steps - 2].end + parse_count(w + 4) * 1000000ULL, now = now_ns();

		if (due > now)
			wait_for(-1, 0, (int)((due - now) / 1000000ULL) + 1, NULL);
	} else if (strcmp(w, "refuse") == 0) {
		if (!l->closed_port)	/* bound, never listening: nobody else can get it */
			bound_socket(c->fam, listen_text(c), 0, 0, &l->closed_port);
		do_connect(c, l->closed_port, ECONNREFUSED);
		close(c->fd[END_C]);
		c->fd[END_C] = -1;
	} else {
		die("%s: unknown word %s", c->kind, w);
	}
}

/* Run @c's script up to the end of its phase. */
static void run_phase(struct conn *c)
{
	while (*c->at && *c->at != '|') {
		struct step_time *t = &c->steps[c->n_steps];
		size_t n = strcspn(c->at, " |");

		if (n) {
			if (n >= sizeof(t->name) || c->n_steps >= MAX_STEPS - 1)
				die("%s: script too long", c->kind);
			memcpy(t->name, c->at, n);
			t->name[n] = '\0';
			t->begin = now_ns();
			c->n_steps++;
			c->at += n;
			step(c, t->name);
			t->end = now_ns();
		}
		c->at += strspn(c->at, " ");
	}
	if (*c->at == '|')
		c->at++;
}

static void add_conns(const char *kind, unsigned long count, enum fam fam)
{
	const char *script = strchr(kind, ' ') ? kind : NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i].name) == 0)
			script = kinds[i].script;
	if (!script)
		die("unknown kind %s (see --list)", kind);
	conns = realloc(conns, (n_conns + count) * sizeof(*conns));
	if (!conns)
		die("out of memory");
	for (unsigned long i = 0; i < count; i++, n_conns++)
		conns[n_conns] = (struct conn){ .kind = kind, .at = script, .fam = fam, .fd = { -1, -1 },
						.on_wire = strstr(script, "wire") != NULL };
}

static bool more_phases(void)
{
	for (size_t i = 0; i < n_conns; i++)
		if (*conns[i].at)
			return true;
	return false;
}

static void parse_args(int argc, char **argv)
{
	enum fam fam = FAM_4;

	for (int i = 1; i < argc; i++) {
		if (parse_fam(argv[i]) != FAM_N) {
			fam = parse_fam(argv[i]);
		} else if (strcmp(argv[i], "--pause") == 0) {
			want_pause = true;
		} else if (strcmp(argv[i], "--hold") == 0) {
			want_hold = true;
		} else if (strcmp(argv[i], "--no-cookie") == 0) {
			want_cookies = false;
		} else if (strcmp(argv[i], "--port") == 0 && i + 1 < argc) {
			next_port = (unsigned int)parse_count(argv[++i]);
		} else if (strcmp(argv[i], "--list") == 0) {
			for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
				printf("%-20s %s\n", kinds[k].name, kinds[k].script);
			exit(0);
		} else if (argv[i][0] != '-' && i + 1 < argc) {
			add_conns(argv[i], parse_count(argv[i + 1]), fam);
			i++;
		} else {
			die("bad argument %s; usage: tcpwork [-4|-6|-m] [--pause] [--hold] KIND COUNT ...", argv[i]);
		}
	}
}

int main(int argc, char **argv)
{
	raise_nofile();
	parse_args(argc, argv);
	for (size_t i = 0; i < n_conns; i++)
		if (conns[i].on_wire)
			wire_open();
	for (int phase = 1;; phase++) {
		bool last;

		for (size_t i = 0; i < n_conns; i++) {
			run_phase(&conns[i]);
			wire_pump();
		}
		last = !more_phases();
		for (size_t i = 0; last && i < n_conns; i++)
			print_conn(&conns[i]);
		printf("{\"event\":\"ready\",\"phase\":%d,\"done\":%s}\n", phase, last ? "true" : "false");
		fflush(stdout);
		if (last ? want_hold : want_pause)
			wait_line();
		if (last)
			return 0;
	}
}
