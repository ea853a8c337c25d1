// SPDX-License-Identifier: GPL-2.0-only
#include "http/auth.h"
#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/web/request.h"

#define WAITING_MAX 16		/* checks at a time: under a second of bcrypt at the usual cost */
#define KNOWN_MAX 16
/* Of nobody: an unknown user takes as long as a wrong password. Cost 10, as most files have it. */
#define NOBODY "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

struct secret { char user[WEB_USER_MAX], password[WEB_PASSWORD_MAX]; };
struct question { __u64 ticket; struct secret s; };
struct verdict { __u64 ticket; __u8 ok; };

struct auth {
	const struct web_user *users;
	size_t n_users;
	int sock;
	pid_t pid;
	bool dead;
	__u64 tickets;
	struct question waiting[WAITING_MAX];	/* .ticket 0: free */
	struct secret known[KNOWN_MAX];
	unsigned int next_known;
};

static bool is_right(const struct auth *a, const struct secret *s)
{
	const char *hash = NOBODY, *made;
	struct crypt_data data = { .initialized = 0 };
	bool found = false, same;

	for (size_t i = 0; i < a->n_users; i++) {
		if (!strcmp(a->users[i].name, s->user)) {
			hash = a->users[i].hash;
			found = true;
		}
	}
	made = crypt_r(s->password, hash, &data);
	same = made && strlen(made) == strlen(hash) && web_same_secret(made, hash, strlen(hash));
	explicit_bzero(&data, sizeof(data));
	return found && same;
}

/* The process: one question after the other, until nobody is there to ask. */
static void __attribute__((noreturn)) check(const struct auth *a, int sock)
{
	struct question q;
	cap_t none = cap_init();

	/* Ctrl-C is for the tracer, which ends us. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (none)
		(void)cap_set_proc(none);
	if (dup2(sock, STDIN_FILENO) < 0)
		_exit(1);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	(void)!nice(10);
	while (recv(STDIN_FILENO, &q, sizeof(q), 0) == (ssize_t)sizeof(q)) {
		struct verdict v = { .ticket = q.ticket, .ok = is_right(a, &q.s) };

		if (send(STDIN_FILENO, &v, sizeof(v), MSG_NOSIGNAL) != (ssize_t)sizeof(v))
			break;
	}
	_exit(0);
}

int auth_new(const struct web_user *users, size_t n, struct auth **ret)
{
	struct auth *a = calloc(1, sizeof(*a));
	int pair[2];

	if (!a)
		return -ENOMEM;
	a->users = users;
	a->n_users = n;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		free(a);
		return -errno;
	}
	a->pid = fork();
	if (a->pid == 0)
		check(a, pair[1]);
	close(pair[1]);
	a->sock = pair[0];
	if (a->pid < 0) {
		int err = -errno;

		auth_free(a);
		return err;
	}
	*ret = a;
	return 0;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	close(a->sock);
	if (a->pid > 0) {
		(void)kill(a->pid, SIGKILL);
		(void)waitpid(a->pid, NULL, 0);
	}
	explicit_bzero(a, sizeof(*a));
	free(a);
}

int auth_fd(const struct auth *a)
{
	return a->sock;
}

bool auth_is_dead(const struct auth *a)
{
	return a->dead;
}

static bool is_known(const struct auth *a, const struct secret *s)
{
	bool known = false;

	for (int i = 0; i < KNOWN_MAX; i++)
		known |= a->known[i].user[0] && web_same_secret((const char *)&a->known[i], (const char *)s, sizeof(*s));
	return known;
}

enum auth_verdict auth_ask(struct auth *a, const char *authorization, __u64 *ret_ticket)
{
	struct secret s = { "", "" };
	struct question *q = NULL;

	if (web_basic(authorization, s.user, s.password))
		return AUTH_NO;
	if (is_known(a, &s))
		return AUTH_YES;
	for (int i = 0; i < WAITING_MAX && !q; i++)
		if (!a->waiting[i].ticket)
			q = &a->waiting[i];
	if (!q || a->dead)
		return AUTH_BUSY;
	q->ticket = ++a->tickets;
	q->s = s;
	if (send(a->sock, q, sizeof(*q), MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof(*q)) {
		a->dead |= errno != EAGAIN;
		explicit_bzero(q, sizeof(*q));
		return AUTH_BUSY;
	}
	*ret_ticket = q->ticket;
	return AUTH_LATER;
}

int auth_read(struct auth *a, __u64 *ret_ticket, bool *ret_ok)
{
	struct verdict v;
	ssize_t n = recv(a->sock, &v, sizeof(v), MSG_DONTWAIT);

	if (n == 0)
		a->dead = true;
	if (n == (ssize_t)sizeof(v)) {
		*ret_ticket = v.ticket;
		*ret_ok = v.ok;
	} else if (a->dead) {		/* none of these will be answered */
		*ret_ticket = 0;
		*ret_ok = false;
	} else {
		return 0;
	}
	for (int i = 0; i < WAITING_MAX; i++) {
		struct question *q = &a->waiting[i];

		if (!q->ticket || (*ret_ticket && q->ticket != *ret_ticket))
			continue;
		*ret_ticket = q->ticket;
		if (*ret_ok) {
			a->known[a->next_known] = q->s;
			a->next_known = (a->next_known + 1) % KNOWN_MAX;
		}
		explicit_bzero(q, sizeof(*q));
		return 1;
	}
	return 0;
}
