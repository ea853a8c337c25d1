/* SPDX-License-Identifier: GPL-2.0-only */
/* The one place that waits: for the source, for the next tick, for a signal, for a reader that went away. */
#ifndef LOOP_H
#define LOOP_H
#include <stdio.h>
#include "source/source.h"
#include "tracks.h"
#include "views/view.h"

/*
 * Take INT, TERM, HUP and USR1 as bytes of a descriptor from here on, and PIPE not at all. Before anything that takes long, so that
 * none of them finds us half set up. For a screen also what stops and continues us and WINCH. Returns the descriptor or a
 * negative errno.
 */
int loop_catch_signals(bool screen);

/* A program that the run is about. */
struct loop_program {
	struct program *p;			/* run/program.h */
	__u64 linger_ns;			/* how long after its end the run goes on */
	__u64 ended_ns;				/* when it ended; 0: it has not */
	bool asked;				/* a signal asked for the end of it all */
};

struct loop {
	const struct source_ops *ops;
	struct source *source;
	struct tracks *tracks;
	int signals;				/* from loop_catch_signals() */
	const struct view_ops *screen;		/* a view that has one, or NULL */
	void *screen_state;
	const struct view_ops *server;		/* a view that others ask, or NULL */
	void *server_state;
	struct source *paced;			/* .source, if it wants to know the time (pace.h), or NULL */
	struct loop_program *program;		/* or NULL */
	struct progress *progress;		/* how far a recording is read (source/progress.h) */
	bool unhurried;				/* no view shows anything before an interval is over */
	FILE *out;				/* flushed before each wait; the run ends when its reader is gone; or NULL */
};

enum loop_end {
	LOOP_DONE = 0,		/* signal, -d, count, end of the recording or of the program */
	LOOP_SOURCE,		/* the source failed: ret_err, and its sentence */
	LOOP_PIPELINE,		/* a view failed */
	LOOP_SYSTEM		/* epoll and friends */
};

/* Run until something ends it. @ret_err: the negative errno, or 0. */
enum loop_end loop_run(const struct loop *l, int *ret_err);
#endif
