// SPDX-License-Identifier: GPL-2.0-only
#include "source/bpf/listeners.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include "host/nslist.h"
#include "source/bpf/bpf.h"
#include "host/kcounters.h"

#define STEP 64			/* bpf/listen.bpf.h: LISTEN_STEP */
#define LOOK_NS 100000000ULL	/* between two looks, at least and at most; between two at the descriptors: */
#define LOOK_MOST_NS 2000000000ULL
#define OWNERS_NS 2000000000ULL
#define OWNERS_MOST_NS 20000000000ULL
#define REST 50			/* ... and in between so many times what the last one took: 2 % of a processor each */
/* Behind the last listener the kernel goes through all other sockets, 25 ms of 60,000: who is content with less often gets it for a 400th of a processor each. */
#define REST_SELDOM 400
#define SELDOM_MOST_NS 60000000000ULL

/* The iterator looks into the namespace that its creator is in. */
static int enter(void *ctx)
{
	struct source *s = ctx;

	s->listen.iter_fd = bpf_iter_create(s->listen.tcp_link);
	if (s->listen.iter_fd < 0)
		return -errno;
	s->listen.counters_read = !s->cfg.family && !kcounters_read(s->listen.counters);
	return 0;
}

/* What the open iterator has to tell goes into the ring; then it is closed. */
static int read_all(struct source *s)
{
	char tokens[STEP];
	ssize_t n;
	int err = 0;

	do {
		n = read(s->listen.iter_fd, tokens, sizeof(tokens));
		/* EAGAIN: the ring is full. The iterator comes back to the same socket. */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = -errno;
		if (s->listen.drain(s) < 0)
			err = -EIO;
	} while (!err && n && !(n > 0 && tokens[n - 1] != '.'));
	close(s->listen.iter_fd);
	s->listen.iter_fd = -1;
	return err;
}

static int look_at_queues(struct source *s)
{
	__u64 counters[TWT_C_KERNEL_MAX];
	struct nslist l;
	size_t i;
	int err;

	err = nslist_read(&l, s->cfg.netns, s->cfg.n_netns);
	if (err)
		return err;
	s->listen.counters = counters;
	for (i = 0; i < l.n && !err; i++) {
		if (nslist_within(&l, i, enter, s))	/* it went away, or may not be entered: the summary of a pass says so */
			continue;
		err = read_all(s);
		if (s->listen.counters_read)
			source_bpf_tell_listen_counters(s, source_bpf_now(), l.ns[i].inum, counters);
	}
	nslist_free(&l);
	return err;
}

/* What this thread has cost: on a busy machine it is not what the clock says. */
static __u64 spent_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

static __u64 rest_ns(const struct source *s, __u64 spent, __u64 least, __u64 most)
{
	bool seldom = s->cfg.wants->every_ns != 0;

	spent *= seldom ? REST_SELDOM : REST;
	if (seldom)
		most = SELDOM_MOST_NS;
	return spent < least ? least : spent > most ? most : spent;
}

static int look(struct source *s, bool owners)
{
	__u64 began = source_bpf_now(), spent = spent_ns(), half;
	struct twt_event ev;
	int err;

	s->listen.began_ns = began;
	err = look_at_queues(s);
	half = spent_ns();
	s->listen.next_ns = source_bpf_now() + rest_ns(s, half - spent, source_bpf_at_least(s, LOOK_NS, 1), LOOK_MOST_NS);
	if (!err && owners) {
		s->listen.iter_fd = bpf_iter_create(s->listen.file_link);
		err = s->listen.iter_fd < 0 ? -errno : read_all(s);
		s->listen.owners_next_ns = source_bpf_now() + rest_ns(s, spent_ns() - half, source_bpf_at_least(s, OWNERS_NS, DESCRIPTORS), OWNERS_MOST_NS);
	}
	if (err)
		return err;
	source_bpf_make(&ev, TWT_LISTENERS_END, source_bpf_now());
	ev.arg0 = began;
	ev.aux = owners ? TWT_LISTEN_OWNERS : 0;
	source_bpf_tell(s, &ev);
	return 0;
}

static bool is_asked(const struct source *s)
{
	return s->listen.tcp_link >= 0 && s->cfg.wants && s->cfg.wants->listeners;
}

int source_bpf_listeners(struct source *s, __u64 ts)
{
	if (!is_asked(s) || s->snap.active || !source_bpf_is_due(ts, s->listen.began_ns, source_bpf_listeners_due(s) - s->listen.began_ns))
		return 0;
	return look(s, s->listen.file_link >= 0 && ts >= s->listen.owners_next_ns);
}

void source_bpf_listeners_last(struct source *s)
{
	if (is_asked(s) && !s->snap.active)
		(void)look(s, s->listen.file_link >= 0);
}
