/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who closes first, and what that costs: connections and their TIME_WAITs counted per process, or per group.
 *
 * A connection is its owner's. It is counted once, when its full socket is gone; if its minisock changes the verdict later
 * (FIN_WAIT2: the peer never closed), the count moves. Groups are bounded: what comes beyond is counted in one more, the
 * rest. Destinations of a group are bounded too (core/dests.h).
 */
#ifndef CORE_STATS_CLOSERS_CLOSERS_H
#define CORE_STATS_CLOSERS_CLOSERS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"
#include "core/event/actor.h"
#include "core/stats/dests.h"
#include "core/stats/hist/hist.h"
#include "core/track/tracker.h"

enum closers_by {
	/* Ports that a kernel made up for a client are no groups: LPORT has one (0) for all of ours, REMOTE none of the peer's. */
	CLOSERS_BY_PID, CLOSERS_BY_COMM, CLOSERS_BY_CGROUP, CLOSERS_BY_NETNS, CLOSERS_BY_LPORT, CLOSERS_BY_REMOTE,
	CLOSERS_BY_CONTAINER, CLOSERS_BY_POD, CLOSERS_BY_UNIT,
	CLOSERS_BY_MAX
};

enum closers_sort {
	CLOSERS_SORT_TIME_WAIT, CLOSERS_SORT_CLOSED, CLOSERS_SORT_ACTIVE, CLOSERS_SORT_PASSIVE, CLOSERS_SORT_SIMULTANEOUS,
	CLOSERS_SORT_ABORT, CLOSERS_SORT_RESET, CLOSERS_SORT_OTHER, CLOSERS_SORT_CREATED, CLOSERS_SORT_RATE,
	CLOSERS_SORT_SECONDS, CLOSERS_SORT_STUCK, CLOSERS_SORT_RETRANS, CLOSERS_SORT_RTT, CLOSERS_SORT_PID, CLOSERS_SORT_COMM,
	CLOSERS_SORT_MAX
};

/* The words of --by and --sort; '-' and '_' are the same. Return 0 or -EINVAL. */
int closers_by_parse(const char *text, enum closers_by *ret);
int closers_sort_parse(const char *text, enum closers_sort *ret);
const char *closers_by_name(enum closers_by by);
/* Rows of @by are containers, pods or units: @ret_by says which. */
bool closers_name_by(enum closers_by by, enum name_by *ret_by);

#define CLOSERS_ROWS_MAX 65536
#define CLOSERS_STRANGERS 4

/* What a group is called. All bytes are compared: unused ones are zero. */
struct closer_key {
	__u64 num;			/* pid and start time, cgroup, namespace, port, name_group(): closer_pid() for the pid */
	struct dest_key remote;
	char comm[TWT_COMM_LEN + 1];
	__u8 known;			/* 0: the owner is unknown, or the kernel, or this is the rest */
	__u8 kernel;			/* the kernel's own sockets */
	__u8 rest;			/* what came after the limit of groups */
};

/* States in which a socket waits for somebody: for its own process, for the peer's FIN, for the peer's last ACK. */
enum { STUCK_CLOSE_WAIT, STUCK_FIN_WAIT2, STUCK_LAST_ACK, STUCK_MAX };
__u8 closer_stuck_state(unsigned int stuck);	/* enum tcp_state */

/* A process that closed sockets of another one. */
struct closer_stranger { __u32 tgid, start_ms; char comm[TWT_COMM_LEN + 1]; __u64 closed; };

/* What stands out of a destination: see closers_outliers(). */
enum { CLOSER_OUT_RETRANS = 1, CLOSER_OUT_RTT = 2 };

/* What the wire did to connections that ended, as far as the run looked at that. */
struct closer_wire {
	__u64 conns;			/* of so many it is known */
	__u64 retrans_conns;		/* that sent something again, of the handshake too */
	__u64 segs_out, retrans_segs;
	struct hist *rtt;		/* smoothed round trips at their ends, us; NULL: none. Owned by closers, or by who calls closers_add_up() */
	__u64 rtt_missed;		/* that the histograms had no memory for */
	/* closers_rows() */
	__u64 rtt_of;			/* .rtt->count, of which this is the median: */
	__u32 rtt_us;			/* 0: none */
	/* closers_outliers() */
	bool judged;
	__u8 out;			/* CLOSER_OUT_* */
	__u32 others_rtt_us, others_ppm;/* the others' medians */
};

struct closer_row {
	struct closer_key key;
	char comm[TWT_COMM_LEN + 1];	/* CLOSERS_BY_PID: newest name */
	__u64 cgroup;			/* CLOSERS_BY_PID: newest id; 0 = unknown */
	bool exited;
	/* since the start */
	__u64 closed;			/* = sum of kinds[] */
	__u64 kinds[CLOSE_KIND_MAX];
	__u64 reasons[CLOSE_REASON_MAX];/* of the aborts */
	__u64 tw_created;		/* TIME_WAITs whose beginning we saw */
	__u64 tw_ends[TW_END_MAX];	/* of real TIME_WAITs, found ones too; overflow: those that never came to be */
	__u64 tw_ended_ns;		/* time that ended TIME_WAITs lasted, as far as we watched */
	__u64 failed_calls;		/* bind(), listen() and connect(), where they are told (--calls) */
	__u64 by_strangers;		/* closed by another process than the owner */
	__u64 strangers_rest;		/* of these, by processes that strangers[] has no room for */
	struct closer_stranger strangers[CLOSERS_STRANGERS];
	struct dests dests;
	struct closer_wire wire;
	/* now: closers_look() */
	__u64 open;			/* connections in any state but TIME_WAIT; only with closers_count_open() */
	__u64 tw_now;
	__u64 tw_now_ns;		/* how long these last already, as far as we watched */
	__u64 stuck[STUCK_MAX];
	__u64 oldest_ns;		/* of the stuck ones */
	bool oldest_at_least;		/* it was stuck before we came */
	/* this interval */
	__u64 tw_created_before;	/* tw_created when it began */
	__u64 tw_created_last;		/* in the interval before: the last one that is whole */
};

struct closers;

/* @max_rows: 0 = CLOSERS_ROWS_MAX. NULL without memory. */
struct closers *closers_new(enum closers_by by, size_t max_rows);
void closers_free(struct closers *cs);		/* NULL is fine */

/* What the tracker tells. Return 0 or -ENOMEM. */
int closers_transition(struct closers *cs, const struct transition *tr, const struct actors *as);
/* A call of @c's owner failed; @c is as much of a connection as the call told. Returns 0 or -ENOMEM. */
int closers_call_failed(struct closers *cs, const struct conn *c, const struct actors *as);
int closers_closed(struct closers *cs, const struct conn *c, const struct actors *as);
int closers_gone(struct closers *cs, const struct conn *c, const struct actors *as, __u64 ts_ns);

/* From the next look on, count all connections that exist: each is looked up then, not only those that wait. */
void closers_count_open(struct closers *cs);
/* Look at all that is there now: forget the last look, then each live connection. Stuck: for @stuck_ns or longer. */
void closers_look_begin(struct closers *cs, __u64 now_ns, __u64 stuck_ns);
int closers_look(struct closers *cs, const struct conn *c, const struct actors *as);

/* All rows, worst first; rows without anything to tell are left out, the rest is last. Valid until the next call. 0 or -ENOMEM. */
int closers_rows(struct closers *cs, enum closers_sort sort, struct closer_row ***ret, size_t *ret_n);
/* The interval is over: rates count from here. */
void closers_next(struct closers *cs);
/* @from's counts and gauges are added to @into; names, destinations and strangers are not. Round trips are where @into->wire.rtt is. */
void closers_add_up(struct closer_row *into, const struct closer_row *from);
/* Sum over all rows: counters and gauges, no names. */
void closers_total(const struct closers *cs, struct closer_row *ret);

/* An empty histogram as those of rows, without a limit. */
void closer_rtt_init(struct hist *h);
/* Segments that were sent again, of a million that were sent; 0 where nothing is known. */
__u32 closer_retrans_ppm(const struct closer_row *r);
void closer_rtt_update(struct closer_row *r);		/* .wire.rtt_us */

/*
 * Which of @rows, destinations, stand out from the others? Judged, and compared with, are those of at least OUTLIER_CONNS connections, if there are at
 * least OUTLIER_OTHERS others. Round trips stand out if their median is more than twice the median of the others', more than 1 ms above it and
 * more than five times the spread (the median distance of all from the median of all); loss if at least OUTLIER_SEGS segments and 1 % were sent again, more than
 * three times the median of the others and more than five times the spread above it. Fills .wire.judged to .others_ppm. Returns 0 or -ENOMEM.
 */
#define OUTLIER_CONNS 10
#define OUTLIER_OTHERS 3
#define OUTLIER_SEGS 10
int closers_outliers(struct closer_row *const *rows, size_t n);

__u32 closer_pid(const struct closer_row *r);		/* CLOSERS_BY_PID */
__u32 closer_start_ms(const struct closer_row *r);
__u64 closer_other(const struct closer_row *r);		/* closed in none of the five usual ways */
__u64 closer_stuck(const struct closer_row *r);
__u64 closer_tw_ns(const struct closer_row *r);		/* TIME_WAIT time in all, ended and now */
#endif
