/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * portwork: takes ports as it is told, one command a line on standard input; each answers with one JSON object. Both ends of all
 * connections are in this process. FAM is 4, 6 or m (IPv6 sockets that talk IPv4). SRC is an address to bind to or "-"; HOW says how: connect
 * (bind() with IP_BIND_ADDRESS_NO_PORT: connect() chooses the port), bind (bind() chooses it), a port, or, with "-", range:LO-HI (6.3+).
 *
 *   serve FAM ADDR PORT                    listen there, and accept what comes
 *   bind FAM ADDR PORT                     a socket that is bound and nothing else
 *   open N FAM SRC HOW ADDR PORT           N connections, which stay
 *   wait N FAM SRC HOW ADDR PORT           N connections that this end closes first: TIME_WAITs
 *   fill FAM SRC HOW ADDR PORT             connections until a call fails; then all of these are reset
 *   pace RATE N MS CLOSE FAM SRC HOW ADDR PORT   N connections, RATE of them a second by the clock, each closed after MS by client,
 *                                          peer or reset; one whose turn was missed is made at once. keepalive:K: requests instead, each
 *                                          over a connection that is idle, if there is one; after K requests the client closes it
 *   reset                                  what stays is reset
 * End of input ends it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <poll.h>
#include "work.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
#define WORDS 12
#define SERVERS 16

struct pair { int client, server; unsigned long long due; unsigned long uses; };
struct pairs { struct pair *p; size_t n, cap, head; };
struct server { enum fam fam; char addr[64]; unsigned int port; int fd; };
struct target { enum fam fam; const char *src, *how, *addr; unsigned int port; };

static struct server servers[SERVERS];
static int n_servers;
static struct pairs kept;

static void keep(struct pairs *ps, struct pair p)
{
	if (ps->n == ps->cap) {
		ps->cap = ps->cap ? ps->cap * 2 : 256;
		ps->p = realloc(ps->p, ps->cap * sizeof(*ps->p));
		if (!ps->p)
			die("out of memory");
	}
	ps->p[ps->n++] = p;
}

static enum fam fam_of(const char *word)
{
	char option[3] = { '-', word[0], 0 };
	enum fam f = word[1] ? FAM_N : parse_fam(option);

	if (f == FAM_N)
		die("bad family %s", word);
	return f;
}

static const struct server *server_of(const struct target *t)
{
	for (int i = 0; i < n_servers; i++) {
		const struct server *s = &servers[i];

		if (s->port == t->port && !strcmp(s->addr, t->addr) && (s->fam == FAM_6) == (t->fam == FAM_6))
			return s;
	}
	die("nobody serves %s port %u", t->addr, t->port);
}

static void reset(int fd)
{
	struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* HOW is "range:LO-HI": its own range of ports (6.3+). */
static void set_range(int fd, const char *how)
{
	unsigned int lo, hi, both;

	if (sscanf(how, "range:%u-%u", &lo, &hi) != 2)
		return;
	both = hi << 16 | lo;
	if (setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &both, sizeof(both)))
		die("IP_LOCAL_PORT_RANGE: %s", strerror(errno));
}

/* Returns 0 and both ends, or the errno of the call that found no port. */
static int connect_one(const struct target *t, struct pair *ret)
{
	const struct server *s = server_of(t);
	int fd = new_socket(t->fam, 0), on = 1, err;
	struct sockaddr_storage a;
	socklen_t len;

	set_range(fd, t->how);
	if (strcmp(t->src, "-") != 0) {
		unsigned int port = strcmp(t->how, "connect") && strcmp(t->how, "bind") ? (unsigned int)parse_count(t->how) : 0;

		if (!strcmp(t->how, "connect"))
			setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		len = make_addr(t->fam, t->src, port, &a);
		if (bind(fd, (struct sockaddr *)&a, len))
			goto failed;
	}
	len = make_addr(t->fam, t->addr, t->port, &a);
	if (connect(fd, (struct sockaddr *)&a, len))
		goto failed;
	ret->client = fd;
	ret->server = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	if (ret->server < 0)
		die("accept: %s", strerror(errno));
	return 0;
failed:
	err = errno;
	close(fd);
	if (err != EADDRNOTAVAIL && err != EADDRINUSE)
		die("connect to %s port %u: %s", t->addr, t->port, strerror(err));
	return err;
}

/* Wait until the peer's FIN is here, or its RST. */
static void wait_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, WORK_TIMEOUT_MS) != 1)
		die("the peer does not close");
}

static void close_pair(const struct pair *p, const char *how)
{
	bool peer = !strcmp(how, "peer");
	int first = peer ? p->server : p->client, second = peer ? p->client : p->server;

	if (!strcmp(how, "reset"))
		reset(first);
	else
		close(first);
	wait_end(second);
	close(second);
}

static struct target target_of(char **w, int n)
{
	if (n < 5)
		die("too few words");
	return (struct target){ fam_of(w[0]), w[1], w[2], w[3], (unsigned int)parse_count(w[4]) };
}

static void reset_all(struct pairs *ps)
{
	for (size_t i = ps->head; i < ps->n; i++) {
		reset(ps->p[i].client);
		wait_end(ps->p[i].server);
		close(ps->p[i].server);
	}
	ps->n = ps->head = 0;
}

static void do_serve(char **w, int n, bool listening)
{
	struct server *s = &servers[n_servers];

	if (n < 3 || n_servers == SERVERS)
		die("too few words, or too many servers");
	s->fam = fam_of(w[0]);
	(void)snprintf(s->addr, sizeof(s->addr), "%s", w[1]);
	s->fd = bound_socket(s->fam, w[1], (unsigned int)parse_count(w[2]), listening ? 4096 : 0, &s->port);
	n_servers += listening;
	printf("{\"event\":\"done\",\"port\":%u}\n", s->port);
}

static void do_open(char **w, int n, bool waits)
{
	struct target t = target_of(w + 1, n - 1);
	unsigned long want = parse_count(w[0]), done = 0;
	struct pair p = { 0 };
	int err = 0;

	while (done < want && !(err = connect_one(&t, &p))) {
		done++;
		if (waits)
			close_pair(&p, "client");
		else
			keep(&kept, p);
	}
	printf("{\"event\":\"done\",\"opened\":%lu,\"errno\":%d}\n", done, err);
}

static void do_fill(char **w, int n)
{
	struct target t = target_of(w, n);
	struct pairs mine = { 0 };
	struct pair p = { 0 };
	int err;

	while (!(err = connect_one(&t, &p)))
		keep(&mine, p);
	printf("{\"event\":\"done\",\"opened\":%zu,\"errno\":%d}\n", mine.n, err);
	reset_all(&mine);
	free(mine.p);
}

static void wait_until(unsigned long long due)
{
	unsigned long long now = now_ns();

	while (now < due) {
		struct timespec left = { (time_t)((due - now) / 1000000000ULL), (long)((due - now) % 1000000000ULL) };

		ppoll(NULL, 0, &left, NULL);
		now = now_ns();
	}
}

/* The one that was used last of those that are idle at @now; NULL: none. */
static struct pair *idle_one(struct pairs *ps, unsigned long most, unsigned long long now)
{
	struct pair *best = NULL;

	for (size_t i = 0; i < ps->n; i++) {
		struct pair *p = &ps->p[i];

		if (p->uses < most && p->due <= now && (!best || p->due > best->due))
			best = p;
	}
	return best;
}

/* Those that had their last request are closed when that is over, in order, until @now. */
static void close_used(struct pairs *ps, unsigned long most, unsigned long long now)
{
	for (;;) {
		struct pair *next = NULL;

		for (size_t i = 0; i < ps->n; i++)
			if (ps->p[i].uses == most && ps->p[i].due <= now && (!next || ps->p[i].due < next->due))
				next = &ps->p[i];
		if (!next)
			return;
		wait_until(next->due);
		close_pair(next, "client");
		*next = ps->p[--ps->n];
	}
}

static void do_requests(unsigned long rate, unsigned long want, unsigned long hold_ms, unsigned long most, const struct target *t)
{
	unsigned long long begin = now_ns() + 1000000, late = 0;
	unsigned long opened = 0, failed = 0;
	struct pairs mine = { 0 };

	for (unsigned long i = 0; i < want; i++) {
		unsigned long long next = begin + i * 1000000000ULL / rate;
		struct pair *idle, p = { 0 };

		close_used(&mine, most, next);
		wait_until(next);
		if (now_ns() - next > late)
			late = now_ns() - next;
		idle = idle_one(&mine, most, next);
		if (idle) {
			idle->uses++;
			idle->due = next + hold_ms * 1000000ULL;
		} else if (!connect_one(t, &p)) {
			opened++;
			p.uses = 1;
			p.due = next + hold_ms * 1000000ULL;
			keep(&mine, p);
		} else {
			failed++;
		}
	}
	close_used(&mine, most, ~0ULL);
	reset_all(&mine);
	printf("{\"event\":\"done\",\"opened\":%lu,\"failed\":%lu,\"late_ns\":%llu}\n", opened, failed, late);
	free(mine.p);
}

static void do_pace(char **w, int n)
{
	struct target t = target_of(w + 4, n - 4);
	unsigned long rate = parse_count(w[0]), want = parse_count(w[1]), hold_ms = parse_count(w[2]), i = 0, failed = 0;
	unsigned long long begin = now_ns() + 1000000, first_failed = 0, late = 0;
	struct pairs mine = { 0 };
	struct pair p = { 0 };

	if (!rate)
		die("bad rate 0");
	if (!strncmp(w[3], "keepalive:", 10)) {
		do_requests(rate, want, hold_ms, parse_count(w[3] + 10), &t);
		return;
	}
	while (i < want || mine.head < mine.n) {
		unsigned long long next = begin + i * 1000000000ULL / rate;

		if (mine.head < mine.n && (i == want || mine.p[mine.head].due <= next)) {
			wait_until(mine.p[mine.head].due);
			close_pair(&mine.p[mine.head++], w[3]);
			continue;
		}
		wait_until(next);
		if (now_ns() - next > late)
			late = now_ns() - next;
		i++;
		if (!connect_one(&t, &p)) {
			p.due = next + hold_ms * 1000000ULL;
			keep(&mine, p);
		} else if (!failed++) {
			first_failed = now_ns();
		}
	}
	printf("{\"event\":\"done\",\"opened\":%lu,\"failed\":%lu,\"begin_ns\":%llu,\"first_failed_ns\":%llu,\"late_ns\":%llu}\n", want - failed,
	       failed, begin, first_failed, late);
	free(mine.p);
}

static void obey(char *line)
{
	char *w[WORDS], *save = NULL, *word = strtok_r(line, " \n", &save);
	int n = 0;

	for (; word && n < WORDS; word = strtok_r(NULL, " \n", &save))
		w[n++] = word;
	if (!n)
		return;
	if (!strcmp(w[0], "serve") || !strcmp(w[0], "bind")) {
		do_serve(w + 1, n - 1, w[0][0] == 's');
	} else if (!strcmp(w[0], "open") || !strcmp(w[0], "wait")) {
		do_open(w + 1, n - 1, w[0][0] == 'w');
	} else if (!strcmp(w[0], "fill")) {
		do_fill(w + 1, n - 1);
	} else if (!strcmp(w[0], "pace") && n > 5) {
		do_pace(w + 1, n - 1);
	} else if (!strcmp(w[0], "reset")) {
		reset_all(&kept);
		printf("{\"event\":\"done\"}\n");
	} else {
		die("unknown command %s", w[0]);
	}
	fflush(stdout);
}

int main(void)
{
	char *line = NULL;
	size_t cap = 0;

	raise_nofile();
	while (getline(&line, &cap, stdin) > 0)
		obey(line);
	free(line);
	return 0;
}
