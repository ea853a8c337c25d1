/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracker's inside. Each line calls only those below it:
 *   tracker.c   from the kind of an event to its machine
 *   full.c timewait.c snap.c   one machine each: full sockets, minisocks, snapshots
 *   conclude.c  ends of rows: verdicts that waited, events that were lost
 *   minisock.c  what can be done to a row that is a minisock
 *   rows.c      what can be done to any row: shift, gone, gap, learn
 *   settle.c judge.c listen.c   what waits; verdicts; listeners by port
 */
#ifndef CORE_TRACK_PARTS_H
#define CORE_TRACK_PARTS_H
#include "core/conn/table.h"
#include "core/event/event.h"
#include "core/track/tracker.h"

enum pending { PENDING_NONE = 0, PENDING_CLOSE, PENDING_TW_END };

/* Something that is judged a moment after it happened. */
struct pend {
	__u64 ts_ns;
	__u64 due_ns;		/* judged TRACKER_SETTLE_NS after this */
	__u64 seq;
	long long remaining_ns;	/* minisock's timer at the cancel */
	__u32 row;
	__u32 actor;		/* a reference of ours */
	__u32 flags;		/* TWT_F_* of the event */
	__u16 err;
	__u8 kind;		/* enum pending; PENDING_NONE: settled already */
	__u8 refs;		/* tw_refcnt at the cancel */
	bool rst_in;		/* an RST that hit the minisock was seen */
	bool reopened;		/* a child with the same 4-tuple was seen */
};

/* FIFO of pends; entries stay in order of time, holes are skipped. */
struct settle {
	struct pend *q;
	size_t cap;		/* power of two */
	__u64 head, tail;	/* sequence numbers: [head, tail) */
};

#define MAX_CPUS 1024
struct birth { __u64 cookie; __u32 stack; };
struct half_copy { __u64 ts_ns; __u32 netns; __u16 lport; };

#define LISTENER_BUCKETS 256
#define HALFOPEN_MAX 65536
struct halfopen_row { __u32 netns; __u16 lport; __u64 count; };

struct tracker {
	const struct tracker_ops *ops;
	void *ctx;
	struct table *table;
	__u64 gaps;
	const struct twt_event *ev;	/* in work; NULL at the end of the stream */
	struct actors *actors;
	struct names *names;
	struct stacks *stacks;		/* made when the stream has some */
	struct birth *births;		/* by CPU: the path of a socket that is about to connect or to listen; made with the first */
	struct totals totals;
	struct netns_totals beyond;	/* of namespaces beyond the limit: never shown, see totals.overflow */
	struct settle settle;
	__u64 counts[ST_MAX];
	__u64 now_ns;
	long long clock_offset;
	__u64 plan;		/* TWT_PLAN_* */
	__u64 losses[LOSS_MAX];	/* of ours */
	__u64 told_losses[LOSS_MAX];	/* the kernel's and the source's, as TWT_COUNTER said */
	struct half_copy *half;	/* by CPU */
	__u32 listeners[LISTENER_BUCKETS];
	struct halfopen_row *halfopen;	/* sorted by netns, lport */
	size_t n_halfopen, cap_halfopen;
	/* snapshot pass */
	bool pass_open;
	bool starting;		/* the first one is under way, or all before it is just told */
	__u32 pass, pass_why;
	__u64 pass_begin_ns, pass_found, pass_changed;
	__u32 *pass_netns;	/* namespaces that this pass looked at */
	size_t n_pass_netns, cap_pass_netns;
};

/* rows.c */
/* An event of @r does not fit what came before: some are missing. */
void tracker_gap(struct tracker *t, struct row *r);
struct row *tracker_row_new(struct tracker *t, const struct twt_event *ev);
/* Move @r to @state at @ts and tell. In_state times are kept here and nowhere else. */
void tracker_shift(struct tracker *t, struct row *r, __u8 state, __u64 ts, __u32 marks, __u32 actor);
/* Its full socket is gone: tell, once. */
void tracker_full_gone(struct tracker *t, struct row *r, __u64 ts);
/* The last trace of @r is gone: tell, then free it, or keep a tombstone while a pass runs. */
void tracker_gone(struct tracker *t, struct row *r, __u64 ts);
void tracker_set_actor(struct tracker *t, __u32 *slot, __u32 actor);	/* takes a reference of its own */
static inline struct netns_totals *tracker_netns(struct tracker *t, __u32 netns)
{
	struct netns_totals *nt = totals_of(&t->totals, netns);

	return nt ? nt : &t->beyond;
}
/* Nothing is to be expected of @r for long, if it is a TIME_WAIT that is alone now. */
void tracker_rests(struct tracker *t, const struct row *r);
/* Actor that an event names, with a reference; kernel threads count only for the kernel's own sockets. */
__u32 tracker_actor(struct tracker *t, const struct twt_event *ev);
/* The kernel itself, pid 0, with a reference too. */
__u32 tracker_kernel(struct tracker *t);
/* The port of a connect() and the address of an unbound socket become known on the way. */
void tracker_learn_tuple(struct tracker *t, struct row *r, const struct twt_event *ev);
void tracker_row_free(struct tracker *t, struct row *r);

/* listen.c: listeners by port, request sockets */
const struct conn *tracker_listener(const struct tracker *t, __u32 netns, __u16 lport, const __u8 *laddr);
void tracker_add_listener(struct tracker *t, struct row *r);
void tracker_remove_listener(struct tracker *t, struct row *r);
void tracker_halfopen(struct tracker *t, const struct twt_event *ev);

/* minisock.c */
/* FIN_WAIT2 or TIME_WAIT, whatever the event says. */
__u8 minisock_state(const struct twt_event *ev);
/*
 * The row that a minisock's event is about: tombstones and full sockets (before their hand-over) too; NULL
 * if unknown.
 */
struct row *tracker_minisock(struct tracker *t, const struct twt_event *ev);
/* @r's full socket becomes a minisock. @late: what should have told so was lost. */
void tracker_hand_over(struct tracker *t, struct row *r, const struct twt_event *ev, bool late);
/* @r is in TIME_WAIT, and only its timer, due @remaining_ns after @ts, tells since when. */
void tracker_converted(struct tracker *t, struct row *r, __u64 ts, long long remaining_ns);
/* End @r's minisock: how, when; says FIN_WAIT2 -> TIME_WAIT first if only the end told us. */
void tracker_tw_end(struct tracker *t, struct row *r, __u64 ts, enum tw_end end, long long remaining_ns);

/* conclude.c */
/* Judge @p, an end of @r, a moment later; takes over the reference p->actor. */
void conclude_later(struct tracker *t, struct row *r, struct pend *p);
void conclude_now(struct tracker *t, struct row *r);	/* judge what is pending on @r, if anything is */
#define SETTLE_ALL (~0ULL)				/* the stream is over: nothing to wait for */
void conclude_due(struct tracker *t, __u64 ts);		/* judge everything that was due by then */
/* A child was born: does it reopen a pending minisock? */
void conclude_reopened(struct tracker *t, const struct row *child);
/* @r's end was lost: tell, as of @ts. */
void tracker_lost(struct tracker *t, struct row *r, __u64 ts);
/*
 * @r's socket lives on after disconnect() or a failed connect(), and @ev is of its next connection with the
 * same cookie: @r ends, or, if it is a minisock, lives on beside it under its 4-tuple.
 */
void tracker_next_connection(struct tracker *t, struct row *r, const struct twt_event *ev);

/* full.c: the states of full sockets */
void tracker_state(struct tracker *t, const struct twt_event *ev);
void tracker_rst(struct tracker *t, const struct twt_event *ev);
void tracker_destroy(struct tracker *t, const struct twt_event *ev);
void tracker_touch(struct tracker *t, const struct twt_event *ev);

/* timewait.c: the life of a minisock */
void tracker_tw_start(struct tracker *t, const struct twt_event *ev);
void tracker_tw_cancel(struct tracker *t, const struct twt_event *ev);
void tracker_tw_expire(struct tracker *t, const struct twt_event *ev);
void tracker_tw_segment(struct tracker *t, const struct twt_event *ev);

/* snap.c: what exists already, and healing */
void tracker_snap_begin(struct tracker *t, const struct twt_event *ev);
void tracker_snap(struct tracker *t, const struct twt_event *ev);
void tracker_snap_owner(struct tracker *t, const struct twt_event *ev);
void tracker_snap_end(struct tracker *t, const struct twt_event *ev);

/* settle.c: what waits for a moment */
int settle_init(struct settle *s);
/*
 * Queue @p (its seq is set here) for row @r; takes over the reference p->actor. True: the queue is full, and the oldest was taken out
 * of it, to be judged without what may still come.
 */
bool settle_add(struct tracker *t, struct row *r, struct pend *p, struct pend *ret_displaced);
struct pend *settle_get(struct tracker *t, const struct row *r);	/* NULL if nothing is pending */
/* Take out what is pending on @r, with its reference; false: nothing is. */
bool settle_take(struct tracker *t, const struct row *r, struct pend *ret);
void settle_drop(struct tracker *t, struct row *r);	/* forget what is pending on @r: it did not happen */
bool settle_due(struct tracker *t, __u64 ts, struct pend *ret);	/* take out the next that was due by @ts, if any */
__u64 settle_next_ns(const struct tracker *t);	/* .due_ns of the oldest that waits; ~0: none does */
/* The row of a pending minisock with @child's 4-tuple, which is marked as reopened; or NULL. */
struct row *settle_same_tuple(struct tracker *t, const struct row *child);

/* judge.c: verdicts, from what the row and the pend know */
void judge_close(struct row *r, const struct pend *p);
enum tw_end judge_tw_proof(const struct row *r, const struct pend *p);	/* TW_END_NONE: nothing proves it */
enum tw_end judge_tw_end(const struct tracker *t, const struct row *r, const struct pend *p);

/* stack.c */
void tracker_stack(struct tracker *t, const struct twt_event *ev);	/* the kinds from TWT_STACK_USE to TWT_STACK_COUNT */
/* @r begins with @ev, and may have been asked for by what was told just before. */
void tracker_stack_born(struct tracker *t, struct row *r, const struct twt_event *ev);
/* The verdict on @r is there: what may have been an abort was one, or the path is not that of its end. */
void tracker_stack_judged(struct row *r);

/* wire.c */
/* Keep what @ev says of the wire on @r, if it does. Before the transition is told: who hears of that may ask. */
void tracker_wire(struct tracker *t, struct row *r, const struct twt_event *ev);
#endif
