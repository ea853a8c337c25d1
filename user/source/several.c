/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several recordings, of the hosts of one incident, as one stream in the order of the wall clock. Each has a tracker of its own behind it, so that equal numbers
 * of different hosts (cookies, pids, namespaces) never meet. A recording that is damaged is used up to there, the others to their ends.
 */
#include "source/several.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "core/several/hosts.h"
#include "core/several/weave.h"
#include "source/file.h"

_Static_assert(RECORDINGS_MAX == WEAVE_MAX, "as many as can be read can be put in order");

struct recording {
	struct source *file;
	union twt_record head;
	bool watched;			/* it is in .ep: a pipe that we wait for */
};

struct source {
	size_t n;
	struct recording *r;
	struct weave weave;
	struct hosts hosts;
	size_t which;
	int ep;				/* readable if a pipe is that something is wanted from */
	int err;			/* of the first recording that is damaged */
	char message[256];
};

static void several_close(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n && s->r; i++)
		source_file.close(s->r[i].file);
	if (s->ep >= 0)
		close(s->ep);
	free(s->r);
	free(s);
}

static int several_open(const struct source_config *cfg, struct source **ret, char *err, size_t errlen)
{
	struct source *s = calloc(1, sizeof(*s));
	const char *about[RECORDINGS_MAX];
	int e = -ENOMEM;

	if (!s)
		goto no_memory;
	s->ep = -1;
	s->n = cfg->n_paths;
	s->r = calloc(s->n, sizeof(*s->r));
	if (!s->r)
		goto no_memory;
	weave_init(&s->weave, s->n);
	for (size_t i = 0; i < s->n; i++) {
		struct source_config one = *cfg;

		one.path = cfg->paths[i];
		e = source_file.open(&one, &s->r[i].file, err, errlen);
		if (e)
			goto out;
		weave_clock(&s->weave, i, file_header(s->r[i].file, &about[i])->clock_offset);
	}
	hosts_name(&s->hosts, s->n, about, cfg->paths);
	s->ep = epoll_create1(EPOLL_CLOEXEC);
	if (s->ep < 0) {
		e = -errno;
		(void)snprintf(err, errlen, "cannot wait for recordings: %s", strerror(-e));
		goto out;
	}
	*ret = s;
	return 0;
no_memory:
	(void)snprintf(err, errlen, "out of memory");
out:
	several_close(s);
	return e;
}

static int several_fd(const struct source *s)
{
	return s->ep;
}

/* Does the loop wake up when there is something to read from @i? */
static void watch(struct source *s, size_t i, bool on)
{
	struct recording *r = &s->r[i];
	struct epoll_event ev = { .events = EPOLLIN };

	if (r->watched != on && !epoll_ctl(s->ep, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, source_file.fd(r->file), &ev))
		r->watched = on;
}

/* A head for each recording that goes on. Returns true if one must be waited for. */
static bool fill(struct source *s)
{
	bool wait = false;

	for (size_t i = 0; i < s->n; i++) {
		int e;

		if (s->weave.s[i].state != WEAVE_EMPTY)
			continue;
		e = file_next(s->r[i].file, &s->r[i].head);
		watch(s, i, e == 0);
		wait |= e == 0;
		if (e == 1)
			weave_head(&s->weave, i, &s->r[i].head.event);
		else if (e < 0)
			weave_over(&s->weave, i);
		if (e < 0 && e != -ENODATA && !s->err) {
			s->err = e;
			(void)snprintf(s->message, sizeof(s->message), "%s", source_file.error(s->r[i].file));
		}
	}
	return wait;
}

static int several_pump(struct source *s, source_sink sink, void *ctx)
{
	for (int n = 0; n < 1024; n++) {
		struct twt_event tick = { .size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = TWT_TICK };
		int next, behind;

		if (fill(s))
			return 0;
		next = weave_next(&s->weave);
		if (next < 0)
			return s->err ? s->err : -ENODATA;
		/* What the others wait for is decided before this happens, as far as their clocks agree. */
		while ((behind = weave_lagging(&s->weave, (size_t)next, &tick.ts_ns)) >= 0) {
			s->which = (size_t)behind;
			sink(ctx, &tick);
		}
		s->which = (size_t)next;
		sink(ctx, &s->r[next].head.event);
		weave_took(&s->weave, (size_t)next, &s->r[next].head.event);
	}
	return 1;
}

static size_t several_which(const struct source *s)
{
	return s->which;
}

static void several_finish(struct source *s, source_sink sink, void *ctx)
{
	(void)s;	/* each recording has its own last events */
	(void)sink;
	(void)ctx;
}

/* Nobody records several as one. */
static void several_describe(const struct source *s, struct strbuf *b)
{
	(void)s;
	(void)b;
}

static const char *several_error(const struct source *s)
{
	return *s->message ? s->message : NULL;
}

const char *several_host(const struct source *s, size_t i)
{
	return s->hosts.name[i];
}

const char *several_about(const struct source *s, size_t i)
{
	const char *text;

	(void)file_header(s->r[i].file, &text);
	return text;
}

static bool several_progress(const struct source *s, struct source_progress *ret)
{
	*ret = (struct source_progress){ 0 };
	for (size_t i = 0; i < s->n; i++) {
		struct source_progress one;

		if (!source_file.progress(s->r[i].file, &one))
			return false;
		ret->done += one.done;
		ret->all += one.all;
		ret->events += one.events;
	}
	return true;
}

const struct source_ops source_several = {
	.name = "several", .open = several_open, .fd = several_fd, .pump = several_pump, .which = several_which, .finish = several_finish,
	.progress = several_progress, .describe = several_describe, .error = several_error, .close = several_close,
};
