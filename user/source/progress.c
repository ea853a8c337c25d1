/* SPDX-License-Identifier: GPL-2.0-only */
#include "source/progress.h"
#include <stdio.h>
#include <stdio_ext.h>
#include <time.h>
#include <unistd.h>
#include "core/text/brief.h"
#include "run/log.h"

#define FIRST_NS 400000000ULL	/* what is over by then needs no line */
#define EVERY_NS 200000000ULL

static __u64 mono_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

void progress_begin(struct progress *p, const struct source_ops *ops, const struct source *s, bool wanted)
{
	struct source_progress at;

	*p = (struct progress){ .ops = ops, .source = s };
	p->on = wanted && isatty(STDERR_FILENO) && ops->progress && ops->progress(s, &at);
	if (!p->on)
		return;
	p->begun_ns = mono_ns();
	p->due_ns = p->begun_ns + FIRST_NS;
}

void progress_step(struct progress *p)
{
	struct source_progress at;
	struct strbuf b = { 0 };
	__u64 now;

	if (!p->on)
		return;
	/* The view's own lines say how far it is. */
	if (__fpending(stdout) && isatty(STDOUT_FILENO)) {
		progress_end(p);
		p->on = false;
		return;
	}
	now = mono_ns();
	if (now < p->due_ns || !p->ops->progress(p->source, &at))
		return;
	p->due_ns = now + EVERY_NS;
	strbuf_adds(&b, "reading: ");
	brief_progress(&b, at.done, at.all, at.events, now - p->begun_ns);
	if (!b.failed)
		log_progress(b.s);
	p->shown = true;
	strbuf_free(&b);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		log_progress(NULL);
	p->shown = false;
}
