/* SPDX-License-Identifier: GPL-2.0-only */
/* How far a long recording has been read: one line on standard error that is written anew, if that is a terminal. */
#ifndef SOURCE_PROGRESS_H
#define SOURCE_PROGRESS_H
#include "source/source.h"

struct progress {
	const struct source_ops *ops;
	const struct source *source;
	bool on, shown;
	__u64 begun_ns, due_ns;		/* CLOCK_MONOTONIC */
};

/* @wanted: false: nothing is ever shown. Nor is it for what takes no time, and where lines come out on a terminal meanwhile. */
void progress_begin(struct progress *p, const struct source_ops *ops, const struct source *s, bool wanted);
void progress_step(struct progress *p);		/* after each pump() */
void progress_end(struct progress *p);		/* the line is gone; again and again, if need be */
#endif
