/* SPDX-License-Identifier: GPL-2.0-only */
#include "run/program.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "run/keeper.h"
#include "run/log.h"
#include "run/opts.h"

struct program {
	pid_t keeper;		/* 0: was waited for */
	int fd;
	bool started, ended;
	int code;
	char *name;
};

/* The file that execvp() would take, so that a typing mistake is told before anything is traced. Returns 0 or an errno. */
static int look_for(const char *name)
{
	const char *path = getenv("PATH"), *dir, *next;
	int err = ENOENT;

	if (strchr(name, '/'))
		return access(name, F_OK) ? errno : 0;
	for (dir = path ? path : "/bin:/usr/bin"; dir; dir = next ? next + 1 : NULL) {
		char file[4096];
		struct stat st;
		int len;

		next = strchr(dir, ':');
		len = next ? (int)(next - dir) : (int)strlen(dir);
		(void)snprintf(file, sizeof(file), "%.*s%s%s", len, dir, len ? "/" : "", name);
		if (stat(file, &st) || !S_ISREG(st.st_mode))
			continue;
		if (!access(file, X_OK))
			return 0;
		err = EACCES;
	}
	return err;
}

static int cannot_run(const char *name, int err)
{
	log_error("cannot run '%s': %s", name, strerror(err));
	return err == ENOENT ? PROGRAM_NOT_FOUND : PROGRAM_CANNOT_RUN;
}

int program_prepare(char **argv, bool quiet, struct program **ret)
{
	struct keeper_user user = { 0 };
	struct program *p;
	int pair[2], err;

	err = look_for(argv[0]);
	if (err)
		return cannot_run(argv[0], err);
	if (keeper_find_user(&user)) {
		log_error("bad SUDO_UID or SUDO_GID in the environment: cannot tell whom to run '%s' as", argv[0]);
		return EX_FAILURE;
	}
	p = calloc(1, sizeof(*p));
	if (!p || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		log_error("cannot run '%s': %s", argv[0], strerror(errno));
		free(p);
		return EX_FAILURE;
	}
	p->fd = pair[0];
	p->name = argv[0];
	p->keeper = fork();
	if (p->keeper == 0) {
		close(pair[0]);
		keeper_main(pair[1], argv, &user, quiet);	/* does not return */
	}
	err = errno;
	close(pair[1]);
	if (p->keeper < 0) {
		log_error("cannot run '%s': %s", argv[0], strerror(err));
		close(p->fd);
		free(p);
		return EX_FAILURE;
	}
	*ret = p;
	return 0;
}

pid_t program_keeper(const struct program *p)
{
	return p->keeper;
}

int program_fd(const struct program *p)
{
	return p->fd;
}

static void tell(const struct program *p, enum keeper_order order, int arg)
{
	struct keeper_word w = { .what = order, .arg = arg };

	/* A keeper that is gone is told by the end of its stream. */
	(void)!send(p->fd, &w, sizeof(w), MSG_NOSIGNAL);
}

void program_start(struct program *p)
{
	if (!p->started)
		tell(p, KEEPER_START, 0);
	p->started = true;
}

void program_signal(struct program *p, int signo)
{
	tell(p, KEEPER_SIGNAL, signo);
}

/* Returns false if there was nothing to read. */
static bool take(struct program *p, int flags)
{
	struct keeper_word w = { 0 };
	ssize_t n;

	do
		n = recv(p->fd, &w, sizeof(w), flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n == (ssize_t)sizeof(w)) {
		if (w.what == KEEPER_EXEC_FAILED)
			p->code = cannot_run(p->name, w.arg);
		else if (WIFSIGNALED(w.arg))
			p->code = 128 + WTERMSIG(w.arg);
		else
			p->code = WEXITSTATUS(w.arg);
	} else {
		p->code = 128 + SIGKILL;	/* somebody ended the keeper, and the kernel the program with it */
	}
	p->ended = true;
	return true;
}

bool program_read(struct program *p)
{
	if (!p->ended)
		(void)take(p, MSG_DONTWAIT);
	return p->ended;
}

bool program_has_ended(const struct program *p)
{
	return p->ended;
}

int program_finish(struct program *p, bool end_all)
{
	if (!p->keeper)
		return p->code;
	tell(p, end_all ? KEEPER_END_ALL : KEEPER_LET_GO, 0);
	while (p->started && !p->ended && take(p, 0))
		;
	while (waitpid(p->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	p->keeper = 0;
	return p->code;
}

void program_free(struct program *p)
{
	if (!p)
		return;
	(void)program_finish(p, true);
	close(p->fd);
	free(p);
}
