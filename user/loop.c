/* SPDX-License-Identifier: GPL-2.0-only */
#include "loop.h"
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TICK_NS 50000000L

int loop_catch_signals(void)
{
	struct sigaction old;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	/* nohup: a signal that is blocked arrives even if it is ignored, so it must be left alone. */
	if (sigaction(SIGHUP, NULL, &old) || old.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	/* Writes that cannot be done fail as calls, where there is somebody to say it. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void feed(void *ctx, const struct twt_event *ev)
{
	(void)pipeline_event(ctx, ev);
}

enum { ON_SOURCE, ON_TICK, ON_SIGNAL, ON_OUT };

static int watch(int ep, int fd, __u32 events, __u32 what)
{
	struct epoll_event ev = { .events = events, .data.u32 = what };

	if (fd < 0 || !epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		return 0;
	return errno == EPERM ? 0 : -errno;	/* a regular file is always ready and has no reader */
}

static int tick_fd(void)
{
	struct itimerspec every = { .it_interval.tv_nsec = TICK_NS, .it_value.tv_nsec = TICK_NS };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (timerfd_settime(fd, 0, &every, NULL)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* Returns true if a signal asked for the end; SIGUSR1 asks for a look at all sockets anew. */
static bool read_signals(const struct loop *l)
{
	struct signalfd_siginfo si;
	bool end = false;

	while (read(l->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo != SIGUSR1)
			end = true;
		else if (l->ops->heal)
			(void)l->ops->heal(l->source);
	}
	return end;
}

enum loop_end loop_run(const struct loop *l, int *ret_err)
{
	enum loop_end end = LOOP_SYSTEM;
	struct epoll_event got[4];
	int ep, tick = -1, err, more = 1;
	bool stop = false;

	*ret_err = 0;
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (ep < 0) {
		*ret_err = -errno;
		return LOOP_SYSTEM;
	}
	tick = tick_fd();
	err = tick < 0 ? tick : 0;
	if (!err)
		err = watch(ep, tick, EPOLLIN, ON_TICK);
	if (!err)
		err = watch(ep, l->ops->fd(l->source), EPOLLIN, ON_SOURCE);
	if (!err)
		err = watch(ep, l->signals, EPOLLIN, ON_SIGNAL);
	if (!err)
		err = watch(ep, l->out, 0, ON_OUT);	/* errors are always told */

	while (!err && !stop) {
		__u64 ticks;
		int n = epoll_wait(ep, got, 4, more ? 0 : -1);

		if (n < 0 && errno != EINTR) {
			err = -errno;
			break;
		}
		for (int i = 0; i < n; i++) {
			if (got[i].data.u32 == ON_SIGNAL)
				stop = read_signals(l);
			else if (got[i].data.u32 == ON_TICK)
				(void)!read(tick, &ticks, sizeof(ticks));
			else if (got[i].data.u32 == ON_OUT && got[i].events & EPOLLERR)
				err = -EPIPE;
		}
		if (stop || err) {
			end = err ? LOOP_PIPELINE : LOOP_DONE;
			break;
		}
		more = l->ops->pump(l->source, feed, l->pipeline);
		err = pipeline_status(l->pipeline);
		if (err) {
			end = err < 0 ? LOOP_PIPELINE : LOOP_DONE;
			err = err < 0 ? err : 0;
			break;
		}
		if (more < 0) {
			end = more == -ENODATA ? LOOP_DONE : LOOP_SOURCE;
			err = more == -ENODATA ? 0 : more;
			break;
		}
	}
	if (tick >= 0)
		close(tick);
	close(ep);
	*ret_err = err;
	return end;
}
