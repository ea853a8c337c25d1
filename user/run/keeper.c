/* SPDX-License-Identifier: GPL-2.0-only */
#include "run/keeper.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TERM_MS 1000	/* between SIGTERM and SIGKILL */

static int env_id(const char *name, unsigned int *ret)
{
	const char *s = getenv(name);
	char *end;
	unsigned long n;

	if (!s || !*s || strspn(s, "0123456789") != strlen(s))
		return -EINVAL;
	errno = 0;
	n = strtoul(s, &end, 10);
	if (errno || n >= 0xffffffffUL)
		return -EINVAL;
	*ret = (unsigned int)n;
	return 0;
}

/* Its groups as they are: those of the process that called sudo, the first one above us that runs as the user. 0 if none is found. */
static int groups_of_caller(uid_t uid, gid_t *ret, int max)
{
	char path[64], line[1 << 14];
	pid_t pid = getppid();

	for (int depth = 0; pid > 1 && depth < 32; depth++) {
		unsigned int real = 0;
		pid_t parent = 0;
		int n = 0;
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
		f = fopen(path, "re");
		if (!f)
			return 0;
		while (fgets(line, sizeof(line), f)) {
			char *s = line + 7, *end;

			(void)sscanf(line, "PPid: %d", &parent);
			(void)sscanf(line, "Uid: %u", &real);
			if (strncmp(line, "Groups:", 7) != 0)
				continue;
			for (; n < max; s = end) {
				unsigned long gid = strtoul(s, &end, 10);

				if (end == s)
					break;
				ret[n++] = (gid_t)gid;
			}
		}
		(void)fclose(f);
		if (real == uid)
			return n;
		pid = parent;
	}
	return 0;
}

/* From the file alone: name services cannot be asked by a static program. Who is not in it keeps what the environment says. */
static void find_home(struct keeper_user *u)
{
	const struct passwd *pw;
	FILE *f = fopen("/etc/passwd", "re");

	while (f && (pw = fgetpwent(f))) {
		if (pw->pw_uid != u->uid)
			continue;
		(void)snprintf(u->name, sizeof(u->name), "%s", pw->pw_name);
		(void)snprintf(u->home, sizeof(u->home), "%s", pw->pw_dir);
		(void)snprintf(u->shell, sizeof(u->shell), "%s", pw->pw_shell);
		break;
	}
	if (f)
		(void)fclose(f);
}

int keeper_find_user(struct keeper_user *ret)
{
	if (geteuid() || !getenv("SUDO_UID"))
		return 0;
	if (env_id("SUDO_UID", &ret->uid) || env_id("SUDO_GID", &ret->gid))
		return -EINVAL;
	if (!ret->uid)
		return 0;
	ret->other = true;
	ret->n_groups = groups_of_caller(ret->uid, ret->groups, KEEPER_GROUPS);
	if (!ret->n_groups)
		ret->groups[ret->n_groups++] = ret->gid;
	find_home(ret);
	return 0;
}

/* No way back to root, and what sudo set for root is the user's again. Returns 0 or an errno. */
static int become(const struct keeper_user *u)
{
	if (!u->other)
		return 0;
	if (setgroups((size_t)u->n_groups, u->groups) || setresgid(u->gid, u->gid, u->gid) || setresuid(u->uid, u->uid, u->uid))
		return errno;
	if (*u->name && (setenv("USER", u->name, 1) || setenv("LOGNAME", u->name, 1) || setenv("HOME", u->home, 1) ||
			 setenv("SHELL", u->shell, 1)))
		return ENOMEM;
	return 0;
}

static void take_from_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = STDIN_FILENO; fd >= 0 && i <= STDERR_FILENO; i++)
		if (isatty(i))
			(void)dup2(fd, i);
}

/* Returns the program's pid, or a negative errno. @mask: the signals that were blocked before us. */
static pid_t run(char **argv, const struct keeper_user *u, bool quiet, const sigset_t *mask)
{
	int err[2], code = 0;
	pid_t pid;

	if (pipe2(err, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(err[0]);
		code = become(u);
		/* If the keeper is ended by force; after the change of user, which takes it back. */
		if (!code && prctl(PR_SET_PDEATHSIG, SIGKILL))
			code = errno;
		if (quiet)
			take_from_terminal();
		(void)sigprocmask(SIG_SETMASK, mask, NULL);
		if (!code) {
			(void)execvp(argv[0], argv);
			code = errno;
		}
		(void)!write(err[1], &code, sizeof(code));
		_exit(127);
	}
	if (pid < 0)
		code = errno;
	close(err[1]);
	if (pid > 0 && read(err[0], &code, sizeof(code)) == (ssize_t)sizeof(code))	/* closed by exec: 0 bytes */
		(void)waitpid(pid, NULL, 0);
	close(err[0]);
	return code ? -code : pid;
}

static void say(int fd, enum keeper_order what, int arg)
{
	struct keeper_word w = { .what = what, .arg = arg };

	(void)!send(fd, &w, sizeof(w), MSG_NOSIGNAL);
}

/* Collect all that ended. Returns false when no child is left. */
static bool reap(int fd, pid_t *program)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != *program)
			continue;
		*program = 0;
		say(fd, KEEPER_EXITED, status);
	}
	return pid == 0;
}

/* Whose child is it? 0: nobody's, or gone. */
static pid_t parent_of(const char *pid)
{
	char path[300], buf[512], *s;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	s = strrchr(buf, ')');		/* the name may hold anything, parentheses included */
	return s && strlen(s) > 4 ? (pid_t)strtol(s + 4, NULL, 10) : 0;
}

/* A signal for all that are our children now. Those of one that ends become ours. None of them can be another's pid: only we collect them. */
static void signal_children(int signo)
{
	DIR *dir = opendir("/proc");
	const struct dirent *d;

	if (!dir)
		return;
	while ((d = readdir(dir)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' && parent_of(d->d_name) == getpid())
			(void)kill((pid_t)strtol(d->d_name, NULL, 10), signo);
	closedir(dir);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* End every descendant: all of them come to us, generation by generation. */
static void end_all(int fd, int signals, pid_t *program)
{
	long long until = now_ms() + TERM_MS;
	struct signalfd_siginfo si;
	bool forced = false;

	signal_children(SIGTERM);
	while (reap(fd, program)) {
		struct pollfd p = { .fd = signals, .events = POLLIN };

		forced = forced || now_ms() >= until;
		if (forced)
			signal_children(SIGKILL);
		(void)poll(&p, 1, forced ? 20 : 50);
		while (read(signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
			;
	}
}

static int block_signals(sigset_t *before)
{
	sigset_t set;

	/* What a terminal sends to its whole group is for the program, and for us to judge. */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, before))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void keeper_main(int fd, char **argv, const struct keeper_user *user, bool quiet)
{
	sigset_t before;
	pid_t program = 0;
	int signals = block_signals(&before);

	if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1))
		_exit(1);
	for (;;) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
		struct signalfd_siginfo si;
		struct keeper_word w = { .what = KEEPER_END_ALL };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			w.what = KEEPER_END_ALL;
		while (read(signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
			;
		(void)reap(fd, &program);
		if (!p[0].revents)
			continue;
		if (recv(fd, &w, sizeof(w), 0) <= 0)
			w.what = KEEPER_END_ALL;	/* they are gone: by force, or they would have said so */
		switch (w.what) {
		case KEEPER_START:
			program = run(argv, user, quiet, &before);
			if (program < 0) {
				say(fd, KEEPER_EXEC_FAILED, -program);
				program = 0;
			}
			break;
		case KEEPER_SIGNAL:
			if (program)
				(void)kill(program, w.arg);
			break;
		case KEEPER_LET_GO:
			_exit(0);
		default:
			end_all(fd, signals, &program);
			_exit(0);
		}
	}
}
