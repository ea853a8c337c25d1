/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connection table: kernel events in, transitions of logical connections out.
 *
 * A pure function of the event stream: it never asks a clock ("now" is the newest event's time) and reads
 * nothing else. The states are those that ss shows: the full socket's FIN_WAIT2 -> CLOSE is a hand-over
 * while its minisock lives. What needs a moment before it can be judged (a minisock's timer_cancel: end or
 * re-arm? a CLOSE: followed by an RST of ours?) settles TRACKER_SETTLE_NS of event time later, in order.
 */
#ifndef CORE_TRACK_TRACKER_H
#define CORE_TRACK_TRACKER_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"
#include "core/conn/totals.h"
#include "core/event/actor.h"
#include "core/stacks/stacks.h"
#include "twtrace.h"

/*
 * Microseconds would do on most machines, but a virtual CPU may stand still between two events that belong
 * together (7 ms seen in an emulated guest). A longer wait costs nothing: the proof, where there is one,
 * settles at once.
 */
#define TRACKER_SETTLE_NS 50000000ULL

/* struct transition.marks */
#define TR_RST_SENT		(1U << 0)
#define TR_RST_RCVD		(1U << 1)
#define TR_RECONSTRUCTED	(1U << 2)	/* ts_ns was computed from the kernel's timer, in jiffies */
#define TR_HEALED		(1U << 3)	/* found after a loss: when it happened is unknown */
#define TR_SEEDED		(1U << 4)	/* existed when the tracer came: old_state is ST_NONE */

struct transition {
	const struct conn *conn;	/* as it is after the transition */
	__u8 old_state, new_state;	/* enum tcp_state; ST_NONE -> x: seeded */
	bool in_state_known;
	__u32 marks;
	__u32 actor;			/* the process that asked for it, at intent transitions; else 0 */
	__u32 tid;			/* its thread, where known; else 0 */
	char thread[TWT_COMM_LEN + 1];	/* that thread's name where it is not the process's; else "" */
	__u64 ts_ns;
	__u64 in_state_ns;		/* time spent in old_state, where known */
};

struct tracker_ops {
	/* A logical transition. Order is that of the kernel to within TRACKER_SETTLE_NS. */
	void (*transition)(void *ctx, const struct transition *tr);
	/*
	 * The full socket of a connection (no listener) is gone, the minisock may live on: once, after the
	 * transition and before gone(). @c->close is the verdict so far, UNKNOWN where there is none. Not
	 * for minisocks older than the tracer.
	 */
	void (*closed)(void *ctx, const struct conn *c, __u64 ts_ns);
	/* The last trace of a connection (socket and minisock) is gone; @c is valid during the call only. */
	void (*gone)(void *ctx, const struct conn *c, __u64 ts_ns);
	/*
	 * A process took the connection @c out of its listener's queue, @wait_ns after it was established; once, and
	 * only where both moments were seen. @by_use: accept() itself is not seen on this kernel, this is the first read.
	 */
	void (*accepted)(void *ctx, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use);
	/*
	 * A snapshot pass ended: @why as in TWT_SNAP_BEGIN, @changed rows differed from what the table
	 * believed.
	 */
	void (*snapshot)(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed);
};

struct tracker_config {
	size_t max_conns;		/* rows, tombstones included; 0 = 1,048,576 */
	size_t max_actors;		/* 0 = 65,536 */
	size_t max_whole;		/* rows that are not packed (table.h); 0 = 2048 */
};

struct tracker;

/* Any of @ops' members may be NULL; @ops must outlive the tracker. Returns 0 or -ENOMEM. */
int tracker_new(const struct tracker_config *cfg, const struct tracker_ops *ops, void *ctx,
		struct tracker **ret);
void tracker_free(struct tracker *t);

/* Feed one decoded event. Never fails: what does not fit is counted in tracker_losses(). */
void tracker_event(struct tracker *t, const struct twt_event *ev);
/* Settle everything that still waits: at the end of a stream. */
void tracker_finish(struct tracker *t);

__u64 tracker_now(const struct tracker *t);		/* newest event time seen */
__u64 tracker_unsettled_ns(const struct tracker *t);	/* from then on until something is judged that waits; at least 1; ~0: nothing waits */
/* Wall clock minus boot clock in ns, as the newest TWT_CLOCK said. */
long long tracker_clock_offset(const struct tracker *t);
__u64 tracker_plan(const struct tracker *t);		/* TWT_PLAN_* */
const struct actors *tracker_actors(const struct tracker *t);	/* with names, as far as the stream had them */
const struct names *tracker_names(const struct tracker *t);
/* Code paths, whose numbers connections have; NULL: the stream has none, nobody asked for them. */
const struct stacks *tracker_stacks(const struct tracker *t);
/*
 * How often an event did not fit what came before: events are missing that nobody counted, or that were
 * counted as lost.
 */
__u64 tracker_gaps(const struct tracker *t);
const struct totals *tracker_totals(const struct tracker *t);

/*
 * Live connections by state over the whole table, request sockets in ST_SYN_RECV:
 * ret[ST_ESTABLISHED..ST_CLOSING].
 */
void tracker_counts(const struct tracker *t, __u64 ret[ST_MAX]);
/*
 * Each live connection (no tombstones), in an order that depends on the event stream alone. @fn returns 0
 * to go on.
 */
int tracker_foreach(const struct tracker *t, int (*fn)(void *ctx, const struct conn *c), void *ctx);
/*
 * The same, for whoever only counts: of those that nothing happens to (most TIME_WAITs) there are only .state, .role, .family, .close, .closed_as, .reason,
 * .substate, .flags, .states_seen, .states_unknown, .since_ns, .tw_start_ns, .owner, ports and .netns. A third of the time, and there may be a million.
 */
int tracker_foreach_brief(const struct tracker *t, int (*fn)(void *ctx, const struct conn *c), void *ctx);
/* The same with both addresses, .born_ns and .tw_armed_ns. */
int tracker_foreach_ends(const struct tracker *t, int (*fn)(void *ctx, const struct conn *c), void *ctx);
/* A number for @c, one of the tracker's own, as long as it lives; afterwards the number is another one's. */
__u32 tracker_id(const struct conn *c);
/* One more than the largest of them so far. */
__u32 tracker_numbers(const struct tracker *t);
/*
 * As tracker_foreach_ends(), by number, for whoever did so before and keeps what was told: where nothing happened since the look *@since (0: there was
 * none), same() is called instead, for @n numbers from @first on, a multiple of TRACKER_GROUP. It may return false to be told of them all the same. For
 * each other number there is a call of fn(), with NULL where no connection has it (any more). *@since is this look's, for the next time; 0 if fn() failed.
 */
#define TRACKER_GROUP 8
struct changed_ops {
	int (*fn)(void *ctx, __u32 id, const struct conn *c);
	bool (*same)(void *ctx, __u32 first, __u32 n);
};
int tracker_foreach_changed(const struct tracker *t, __u32 *since, const struct changed_ops *ops, void *ctx);
/* The live connection of that number, or NULL. */
const struct conn *tracker_conn(const struct tracker *t, __u32 id);
/* Rows in use, tombstones included. */
size_t tracker_size(const struct tracker *t);
/* Request sockets by (netns, local port). @listener: the one listener that it can belong to, or NULL. */
int tracker_foreach_halfopen(const struct tracker *t,
			     int (*fn)(void *ctx, __u32 netns, __u16 lport, __u64 count,
				       const struct conn *listener),
			     void *ctx);

/* What was lost, by reason, from the kernel's counters in the stream and from full tables of ours. */
enum loss { LOSS_RING, LOSS_RECURSION, LOSS_HALFOPEN, LOSS_BAD, LOSS_TABLE_FULL, LOSS_ACTORS_FULL, LOSS_MAX };
const char *loss_name(unsigned int loss);		/* "ring_full", ... as in JSON */
void tracker_losses(const struct tracker *t, __u64 ret[LOSS_MAX]);
#endif
