/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A view turns transitions and the table into output. One file each, one const struct view_ops, no statics: its state is what open() returns.
 * Views never touch BPF and never ask the clock.
 */
#ifndef VIEWS_VIEW_H
#define VIEWS_VIEW_H
#include <stdio.h>
#include "core/conn/filter.h"
#include "core/track/tracker.h"

struct options;	/* run/opts.h */
struct source;
struct source_wants;

/* One of several recordings that are read at once. Each has a tracker, and a state of the view, of its own. */
struct view_host {
	const char *name;		/* raw bytes of others */
	size_t i;			/* its place among them */
	struct view_hosts {
		size_t n;
		const struct view_host *last;	/* whose line was printed last, by views that do not say it in each ... */
		bool blank;			/* ... and it was an empty one */
	} *all;
};

struct view_env {
	const struct options *opts;
	const struct tracker *tracker;	/* valid from the first call after open() */
	const struct filter *filter;	/* never NULL */
	FILE *out;			/* stdout; flushed before each wait for events */
	long utc_offset;
	const char *about;		/* "key=value\n" lines about the source, for a recording's header; never NULL */
	bool live;			/* false: replay of a recording */
	const char *host_name;		/* what the host is called whose events these are: raw bytes; "": nobody said. Never NULL */
	const struct view_host *host;	/* NULL: there is one only, and lines do not say which */
	bool headed;			/* there are several, and lines of text do not say which: out_line() does */
	void *first;			/* of several: the first one's state of this view, which is closed last; its own .first is NULL */
	const char *labels;		/* `,"KEY":"VALUE"` of each, for the end of every object of -j; NULL: none */
	const char *cut;		/* at end(): why the recording ended before its end, in a sentence; NULL: it did not */
	struct source_wants *wants;	/* what the view asks a live source for, now; never NULL */
	struct source *paced;		/* where a screen sets the speed (pace.h); NULL: events come when they happen */
};

struct view_ops {
	const char *name;		/* the command's name */
	const char *summary;		/* one line for --help */
	__u32 needs;			/* TWT_NEED_*: what its numbers are made of; 0: everything */
	bool wants_interval;		/* takes [interval [count]] */
	bool wants_looks;		/* TWT_LOOK events each interval: who holds which port */
	bool may_want_listeners;	/* it asks for looks at listeners, or might (view_env.wants) */
	bool unhurried;			/* nothing is seen of it before an interval is over */
	bool says_host;			/* where several recordings are read, its lines of text say themselves of which host they are */
	bool sums_up;			/* reports on an interval that is over: the call at the base is not counted */
	/* Returns 0 or a negative errno, with a sentence in @err. */
	int (*open)(const struct view_env *env, void **ret_state, char *err, size_t errlen);
	/* All of these may be NULL. A negative return (-EPIPE, -ENOSPC, ...) ends the run. */
	int (*event)(void *state, const struct twt_event *ev);		/* raw, before the tracker sees it */
	int (*transition)(void *state, const struct transition *tr);
	int (*closed)(void *state, const struct conn *c, __u64 ts_ns);
	int (*gone)(void *state, const struct conn *c, __u64 ts_ns);
	int (*accepted)(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use);	/* tracker.h */
	int (*interval)(void *state, __u64 boundary_ns);	/* every interval of event time; boundary, not print time */
	int (*settled)(void *state, __u64 now_ns);		/* a recording was read to its end, and the run goes on: for who is asked later */
	int (*end)(void *state, __u64 now_ns);			/* once, after the last event, before the summary */
	int (*verdict)(const void *state);			/* after end(): the exit code of a run that went well otherwise */
	void (*close)(void *state);				/* NULL is fine */
	/*
	 * A view with a screen has all of these; the others none. Keys are there to be read, or the terminal may have another
	 * size: a negative errno ends the run, so does 1, as a signal would.
	 */
	int (*fd)(const void *state);
	int (*input)(void *state);
	int (*redraw)(void *state, __u64 mono_ns);		/* every tick, and after input; now, as the loop's clock says */
	void (*stopped)(void *state, bool stopped);		/* true: give the terminal back; false: we run again */
	/*
	 * A view that others ask has both of these; it has no screen, and what it shows of a recording stays. The descriptor is readable when
	 * somebody wants something; -1: nobody is listened to in this run.
	 */
	int (*clients_fd)(const void *state);
	int (*clients)(void *state, __u64 mono_ns);		/* then, and every tick: bounded work. 1: call again at once; or a negative errno */
};

extern const struct view_ops view_stream, view_count, view_hist, view_record, view_conn, view_closers, view_top, view_ports,
	view_listeners, view_doctor, view_explain, view_export, view_stacks, view_serve, view_report;
#endif
