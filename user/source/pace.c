/* SPDX-License-Identifier: GPL-2.0-only */
#include "source/pace.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "core/event/record.h"

#define QUEUE_FIRST 4096	/* what one pump of a source gives; grows if one gives more */

/* Records that wait. Names are too long for that, and never wait. */
union queued { struct twt_event event; struct twt_look look; };

struct source {
	const struct source_ops *ops;
	struct source *inner;
	double speed;
	bool hold, begun;
	int ended;			/* what the inner pump() ended with, once it did */
	__u64 clock_ns;			/* now */
	__u64 event_ns, mono_ns;	/* event time @event_ns was due at @mono_ns */
	__u64 newest_ns;		/* handed out */
	__u64 until_ns;			/* this and what is later is not */
	union queued *queue;	/* taken from the inner source, but not due: [head, tail) */
	size_t head, tail, cap;
	int lost;			/* -ENOMEM: there was no room */
	int ep;				/* readable if the inner source is and we want more of it */
	bool watched;			/* it is in ep */
	source_sink sink;
	void *ctx;
};

struct source *pace_new(const struct source_ops *ops, struct source *inner, double speed)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->cap = QUEUE_FIRST;
	s->queue = malloc(s->cap * sizeof(*s->queue));
	s->ep = epoll_create1(EPOLL_CLOEXEC);
	if (!s->queue || s->ep < 0) {
		if (s->ep >= 0)
			close(s->ep);
		free(s->queue);
		free(s);
		return NULL;
	}
	s->ops = ops;
	s->inner = inner;
	s->speed = speed;
	s->until_ns = ~0ULL;
	return s;
}

/* Time goes on from what was handed out last. */
static void anchor(struct source *s)
{
	s->event_ns = s->newest_ns;
	s->mono_ns = s->clock_ns;
}

void pace_clock(struct source *s, __u64 mono_ns)
{
	s->clock_ns = mono_ns;
	if (s->hold)
		anchor(s);
}

void pace_set_speed(struct source *s, double speed)
{
	anchor(s);
	s->speed = speed;
}

double pace_speed(const struct source *s)
{
	return s->speed;
}

void pace_hold(struct source *s, bool hold)
{
	anchor(s);
	s->hold = hold;
}

void pace_until(struct source *s, __u64 ts_ns)
{
	s->until_ns = ts_ns;
}

bool pace_reached(const struct source *s)
{
	return s->head < s->tail && s->queue[s->head].event.ts_ns >= s->until_ns;
}

bool pace_ended(const struct source *s)
{
	return s->ended && s->head == s->tail;
}

static bool due(struct source *s, __u64 ts_ns)
{
	double elapsed = (double)(s->clock_ns - s->mono_ns) * s->speed;

	if (s->hold || ts_ns >= s->until_ns)
		return false;
	if (s->speed <= PACE_MAX)
		return true;
	if (!s->begun || (ts_ns > s->newest_ns && ts_ns - s->newest_ns > PACE_HOLE_NS)) {
		s->begun = true;
		s->newest_ns = ts_ns;
		anchor(s);
	}
	return ts_ns <= s->event_ns || (double)(ts_ns - s->event_ns) <= elapsed;
}

static void give(struct source *s, const struct twt_event *ev)
{
	if (ev->ts_ns > s->newest_ns)
		s->newest_ns = ev->ts_ns;
	s->begun = true;
	s->sink(s->ctx, ev);
}

static void take(void *ctx, const struct twt_event *ev)
{
	struct source *s = ctx;
	union queued *grown;

	/* Before the events that they are for, whenever those are due. Time does not go on with them. */
	if (ev->kind == TWT_NAME || ev->kind == TWT_FRAME || ev->kind == TWT_STACK) {
		union twt_record rec;

		(void)record_event(ev, &rec);
		if (s->begun)
			rec.event.ts_ns = s->newest_ns;
		s->sink(s->ctx, &rec.event);
		return;
	}
	if (s->head == s->tail && due(s, ev->ts_ns)) {
		give(s, ev);
		return;
	}
	if (s->tail == s->cap) {
		grown = realloc(s->queue, s->cap * 2 * sizeof(*grown));
		if (!grown) {
			s->lost = -ENOMEM;
			return;
		}
		s->queue = grown;
		s->cap *= 2;
	}
	if (ev->kind == TWT_LOOK)
		s->queue[s->tail++].look = *event_look(ev);
	else
		s->queue[s->tail++].event = *ev;
}

static int paced_fd(const struct source *s)
{
	return s->ep;
}

/* What is due is the clock's business, and comes with a tick. A pipe that is empty is waited for. */
static void watch_inner(struct source *s, bool on)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = s->ops->fd(s->inner);

	if (fd < 0 || on == s->watched)
		return;
	if (!epoll_ctl(s->ep, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &ev))
		s->watched = on;
}

static int pump(struct source *s)
{
	int more;

	for (; s->head < s->tail && due(s, s->queue[s->head].event.ts_ns); s->head++)
		give(s, &s->queue[s->head].event);
	if (s->head < s->tail)
		return 0;
	s->head = s->tail = 0;
	if (s->ended)
		return s->ended;
	if (s->hold)
		return 0;
	more = s->ops->pump(s->inner, take, s);
	if (s->lost)
		return s->lost;
	if (more < 0)
		s->ended = more;
	return s->head < s->tail ? 0 : more;
}

static int paced_pump(struct source *s, source_sink sink, void *ctx)
{
	int more;

	s->sink = sink;
	s->ctx = ctx;
	more = pump(s);
	watch_inner(s, !more && !s->hold && s->head == s->tail);
	return more;
}

static void paced_finish(struct source *s, source_sink sink, void *ctx)
{
	s->ops->finish(s->inner, sink, ctx);
}

static void paced_describe(const struct source *s, struct strbuf *b)
{
	s->ops->describe(s->inner, b);
}

static const char *paced_error(const struct source *s)
{
	return s->ops->error(s->inner);
}

static void paced_close(struct source *s)
{
	if (!s)
		return;
	close(s->ep);
	s->ops->close(s->inner);
	free(s->queue);
	free(s);
}

const struct source_ops source_paced = {
	.name = "paced", .fd = paced_fd, .pump = paced_pump, .finish = paced_finish, .describe = paced_describe,
	.error = paced_error, .close = paced_close,
};
