/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many connections, TIME_WAITs and stuck sockets each code path is behind. What is over is counted when it ends, what exists when somebody looks.
 * Bounded: what comes after the limit of rows is counted in one more, the rest.
 */
#ifndef CORE_STATS_PATHS_PATHS_H
#define CORE_STATS_PATHS_PATHS_H
#include "core/conn/conn.h"
#include "core/event/actor.h"
#include "core/stacks/stacks.h"
#include "core/track/tracker.h"

#define PATHS_MAX 4096
#define PATHS_LISTENERS_MAX 4096

/* By which path of a connection it is counted; which connections are. */
enum paths_of {
	PATHS_OPENED,	/* connect(), accept(): all */
	PATHS_CLOSED,	/* shutdown(), close(), aborts: those that this end closed */
	PATHS_STUCK,	/* as PATHS_OPENED: those that are stuck now */
	PATHS_LISTENED,	/* listen(): connections of that port */
	PATHS_OF_MAX
};
const char *paths_of_name(enum paths_of of);
int paths_of_parse(const char *text, enum paths_of *ret);	/* 0 or -EINVAL */

struct path_row {
	__u32 stack;			/* tracker_stacks(); 0: not seen */
	bool rest;
	char comm[TWT_COMM_LEN + 1];	/* of the owner, of PATHS_CLOSED the closer; "": unknown */
	/* since the start */
	__u64 over;			/* connections that ended */
	__u64 time_waits;		/* that began */
	/* now */
	__u64 open, time_wait_now, stuck, listeners;
	__u64 oldest_ns;		/* of the stuck ones */
};

struct paths;

struct paths *paths_new(enum paths_of of);	/* NULL without memory */
void paths_free(struct paths *p);		/* NULL is fine */
/* Before each of the following, as it may come to be: where numbers of paths are known. NULL: nowhere. */
void paths_set_stacks(struct paths *p, const struct stacks *ss);
/* What the tracker tells. Return 0 or -ENOMEM. */
int paths_transition(struct paths *p, const struct transition *tr, const struct actors *as);
int paths_gone(struct paths *p, const struct conn *c, const struct actors *as);
/* Look at all that is there now: forget the last look, then each live connection, listeners first. Stuck: for @stuck_ns or longer. */
void paths_look_begin(struct paths *p, __u64 now_ns, __u64 stuck_ns);
int paths_look_listener(struct paths *p, const struct conn *c, const struct actors *as);
int paths_look(struct paths *p, const struct conn *c, const struct actors *as);
/* Rows that count something, most connections first (of PATHS_STUCK: most stuck ones). Valid until the next call. Returns 0 or -ENOMEM. */
int paths_rows(struct paths *p, const struct path_row *const **ret, size_t *ret_n);

__u64 path_connections(const struct path_row *r);	/* in all */
#endif
