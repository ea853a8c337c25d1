/* SPDX-License-Identifier: GPL-2.0-only */
#include "loop.h"
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "run/program.h"
#include "source/pace.h"
#include "source/progress.h"

#define TICK_NS 50000000ULL
#define UNHURRIED_NS 250000000ULL	/* between two looks where nobody sees more often what came of them */
#define REST_NS 1000000000ULL		/* the longest between two looks at a source that has nothing to tell */

int loop_catch_signals(bool screen)
{
	struct sigaction old;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	if (screen) {
		sigaddset(&set, SIGWINCH);
		sigaddset(&set, SIGTSTP);
		sigaddset(&set, SIGCONT);
	}
	/* nohup: a signal that is blocked arrives even if it is ignored, so it must be left alone. */
	if (sigaction(SIGHUP, NULL, &old) || old.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	/* Writes that cannot be done fail as calls, where there is somebody to say it. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Live there is one. */
static const struct pipeline *only(const struct loop *l)
{
	return l->tracks->t[0].pipeline;
}

enum { ON_SOURCE, ON_TICK, ON_SIGNAL, ON_OUT, ON_KEYS, ON_PROGRAM, ON_CLIENTS, ON_MAX };

static int watch(int ep, int fd, __u32 events, __u32 what)
{
	struct epoll_event ev = { .events = events, .data.u32 = what };

	if (fd < 0 || !epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		return 0;
	return errno == EPERM ? 0 : -errno;	/* a regular file is always ready and has no reader */
}

/* The first tick after @first_ns, then every @every_ns; 0: no other. Returns 0 or a negative errno. */
static int set_tick(int fd, __u64 first_ns, __u64 every_ns)
{
	struct itimerspec t = {
		.it_value = { (time_t)(first_ns / 1000000000ULL), (long)(first_ns % 1000000000ULL) },
		.it_interval = { (time_t)(every_ns / 1000000000ULL), (long)(every_ns % 1000000000ULL) },
	};

	return timerfd_settime(fd, 0, &t, NULL) ? -errno : 0;
}

static int tick_fd(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	err = set_tick(fd, TICK_NS, TICK_NS);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static __u64 mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

/* What happened while we waited. */
struct news { bool end, keys, tick, program, clients; int err; };

/*
 * The first one that asks for the end is for the program, which may have much to say about it; the run ends when it has ended. The second one is for
 * us. What a terminal sends (the kernel, then) has reached the program already.
 */
static bool for_program(const struct loop *l, const struct signalfd_siginfo *si)
{
	struct loop_program *lp = l->program;
	bool first = lp && !lp->asked && !program_has_ended(lp->p);

	if (!lp)
		return false;
	lp->asked = true;
	if (first && si->ssi_code <= 0)
		program_signal(lp->p, (int)si->ssi_signo);
	return first;
}

/* SIGUSR1 asks for a look at all sockets anew; what else is no matter of the terminal asks for the end. */
static void read_signals(const struct loop *l, struct news *news)
{
	struct signalfd_siginfo si;

	while (read(l->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		switch (si.ssi_signo) {
		case SIGUSR1:
			if (l->ops->heal)
				(void)l->ops->heal(l->source);
			break;
		case SIGTSTP:
			l->screen->stopped(l->screen_state, true);
			(void)raise(SIGSTOP);
			l->screen->stopped(l->screen_state, false);
			break;
		case SIGCONT:
			l->screen->stopped(l->screen_state, false);
			break;
		case SIGWINCH:
			break;
		default:
			news->end |= !for_program(l, &si);
		}
		news->keys |= l->screen != NULL;
	}
}

static int add_watches(const struct loop *l, int ep, int tick)
{
	int err = watch(ep, tick, EPOLLIN, ON_TICK);

	if (!err)
		err = watch(ep, l->ops->fd(l->source), EPOLLIN, ON_SOURCE);
	if (!err)
		err = watch(ep, l->signals, EPOLLIN, ON_SIGNAL);
	if (!err)
		err = watch(ep, l->out ? fileno(l->out) : -1, 0, ON_OUT);	/* errors are always told */
	if (!err && l->program)
		err = watch(ep, program_fd(l->program->p), EPOLLIN, ON_PROGRAM);
	if (!err && l->screen)
		err = watch(ep, l->screen->fd(l->screen_state), EPOLLIN, ON_KEYS);
	if (!err && l->server)
		err = watch(ep, l->server->clients_fd(l->server_state), EPOLLIN, ON_CLIENTS);
	return err;
}

/* Returns true when the run is over since the program is. */
static bool look_at_program(struct loop_program *lp, int ep)
{
	if (!lp->ended_ns && program_read(lp->p)) {
		lp->ended_ns = mono_ns();
		(void)epoll_ctl(ep, EPOLL_CTL_DEL, program_fd(lp->p), NULL);
	}
	return lp->ended_ns && (lp->asked || mono_ns() - lp->ended_ns >= lp->linger_ns);
}

/* Wait until there is something to do, or only look if @more is to be had from the source. Returns 0 or a negative errno. */
static int wait_for_news(const struct loop *l, int ep, int tick, bool more, struct news *news)
{
	struct epoll_event got[ON_MAX];
	__u64 ticks;
	int n = epoll_wait(ep, got, ON_MAX, more ? 0 : -1);

	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < n; i++) {
		switch (got[i].data.u32) {
		case ON_SIGNAL:
			read_signals(l, news);
			break;
		case ON_TICK:
			(void)!read(tick, &ticks, sizeof(ticks));
			news->tick = true;
			break;
		case ON_OUT:
			if (got[i].events & EPOLLERR)
				news->err = -EPIPE;
			break;
		case ON_PROGRAM:
			news->program = true;
			break;
		case ON_CLIENTS:
			news->clients = true;
			break;
		case ON_KEYS:
			news->keys = true;
			if (got[i].events & (EPOLLERR | EPOLLHUP))	/* the terminal is gone */
				news->end = true;
			break;
		}
	}
	return 0;
}

/* Returns as tracks_status(). */
static int serve_screen(const struct loop *l, const struct news *news)
{
	int err = news->keys ? l->screen->input(l->screen_state) : 0;

	if (!err && (news->keys || news->tick))
		err = l->screen->redraw(l->screen_state, mono_ns());
	return err;
}

/* What is shown is what was told by now: after the events. Sets *@more; returns 0 or a negative errno. */
static int serve_clients(const struct loop *l, const struct news *news, bool *more)
{
	int err;

	if (!l->server || !(news->clients || news->tick || *more))
		return 0;
	err = l->server->clients(l->server_state, mono_ns());
	*more = err == 1;
	return err < 0 ? err : 0;
}

/* Lines go out many at a time, but none of them waits for the next event. Returns 0 or a negative errno. */
static int send_lines(const struct loop *l)
{
	errno = 0;
	if (!l->out || !fflush(l->out))
		return 0;
	return errno ? -errno : -EIO;
}

/* What there is to do without waiting: 1 in .source, as its pump() says (-ENODATA: nothing ever again), and clients that wait. */
struct more { int source; bool clients; };

/* One round: wait, keys, events, the screen, clients. Sets *ret_end and returns true when the run is over. */
static bool turn(const struct loop *l, int ep, int tick, struct more *more, bool *ret_ticked, enum loop_end *ret_end, int *ret_err)
{
	struct news news = { 0 };
	__u64 gaps;
	int err = wait_for_news(l, ep, tick, more->source > 0 || more->clients, &news);

	*ret_ticked = news.tick;
	*ret_end = LOOP_SYSTEM;
	if (err)
		goto failed;
	if (l->program && (news.program || news.tick))
		news.end |= look_at_program(l->program, ep);
	*ret_end = LOOP_PIPELINE;
	err = news.err;
	if (!err && !news.end && l->screen)
		err = serve_screen(l, &news);
	if (err < 0)
		goto failed;
	if (news.end || err)
		goto done;
	if (more->source == -ENODATA) {	/* the end of a recording is shown until somebody has seen it */
		err = serve_clients(l, &news, &more->clients);
		if (err)
			goto failed;
		return false;
	}
	if (l->paced)
		pace_clock(l->paced, mono_ns());
	pipeline_clock(l->tracks->t[0].pipeline, mono_ns());
	gaps = tracker_gaps(pipeline_tracker(only(l)));
	more->source = l->ops->pump(l->source, tracks_feed, l->tracks);
	if (more->source == 1)
		progress_step(l->progress);
	else
		progress_end(l->progress);
	/* Events are missing that the kernel counted nowhere: look at the sockets themselves. */
	if (l->ops->heal && tracker_gaps(pipeline_tracker(only(l))) != gaps)
		(void)l->ops->heal(l->source);
	err = more->source == -ENODATA ? tracks_settle(l->tracks) : tracks_status(l->tracks);
	if (!err && (more->source <= 0 || news.tick))
		err = send_lines(l);
	if (!err)
		err = serve_clients(l, &news, &more->clients);
	if (err < 0)
		goto failed;
	if (err || (more->source == -ENODATA && !l->screen && !l->server))
		goto done;
	*ret_end = LOOP_SOURCE;
	err = more->source;
	if (err < 0 && err != -ENODATA)
		goto failed;
	return false;
done:
	*ret_end = LOOP_DONE;
	err = 0;
failed:
	*ret_err = err;
	return true;
}

/*
 * Each look costs more than its events: all that it needs is out of the caches by then. Where nothing happens we look only when an interval ends, or what
 * waits is to be judged, and once a second: a source that can rest wakes us with its next event. Where nobody sees anything before the interval is over, some times a second: the source
 * wakes us when it fills. Elsewhere every tick. @ticked: the tick that was set is over; @once: it was a single one. Returns 0 or a negative errno.
 */
static int choose_tick(const struct loop *l, int tick, int more, bool ticked, bool *once)
{
	bool may = !l->screen && !l->program;
	__u64 rest = may && !more && l->ops->rest ? l->ops->rest(l->source) : 0, left = pipeline_left_ns(only(l)), longest = UNHURRIED_NS;
	bool unhurried = rest || (may && l->unhurried && l->ops->waits && l->ops->waits(l->source));

	if (!unhurried) {
		if (!*once)
			return 0;
		*once = false;
		return set_tick(tick, TICK_NS, TICK_NS);
	}
	if (more && *once && !ticked)
		return 0;
	*once = true;
	if (rest) {
		longest = pipeline_unsettled_ns(only(l));
		longest = longest < rest ? longest : rest;
		longest = longest < REST_NS ? longest : REST_NS;
	}
	return set_tick(tick, left < longest ? left : longest, 0);
}

enum loop_end loop_run(const struct loop *l, int *ret_err)
{
	enum loop_end end = LOOP_SYSTEM;
	struct more more = { .source = 1 };
	int ep, tick;
	bool once = false, ticked = false;

	*ret_err = 0;
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (ep < 0) {
		*ret_err = -errno;
		return LOOP_SYSTEM;
	}
	tick = tick_fd();
	*ret_err = tick < 0 ? tick : add_watches(l, ep, tick);
	while (!*ret_err && !turn(l, ep, tick, &more, &ticked, &end, ret_err)) {
		*ret_err = choose_tick(l, tick, more.source, ticked, &once);
		end = LOOP_SYSTEM;
	}
	if (tick >= 0)
		close(tick);
	close(ep);
	return end;
}
