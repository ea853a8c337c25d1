/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of struct ports, shared by its files: ports.c (events), table.c (who is counted where), look.c, rows.c (reports), calls.c;
 * and by core/ports/whatif. */
#ifndef CORE_PORTS_PARTS_H
#define CORE_PORTS_PARTS_H
#include "core/ports/forecast/activity.h"
#include "core/ports/forecast/forecast.h"
#include "core/ports/ports.h"

/* All bytes are compared. */
struct dest_id { __u8 laddr[16], raddr[16]; __u32 netns; __u16 rport, any; };
struct group_id { __u8 raddr[16]; __u64 process; char comm[TWT_COMM_LEN]; __u32 known, pad; };

#define CALL_STILL_THERE (~0ULL)

/* A connect(), for what-if. */
struct call {
	__u64 take_ns;			/* 0: before the start */
	__u64 wait_ns;			/* its TIME_WAIT began; 0: it had none */
	__u64 gone_ns;			/* or CALL_STILL_THERE */
	__u32 who;			/* one number for each process */
	bool failed, no_tstamp, expired;
};

struct entry {
	struct ports_row row;
	struct activity act;
	struct space *space;		/* of a destination */
	__u64 used_ns;			/* newest thing that happened */
	bool shown;			/* somebody wanted to see something of it, in this interval or look */
	union { struct dest_id dest; struct group_id group; } id;
	/* this look */
	struct forecast cast;		/* .slot_s 0: not begun, nor are ... */
	double live_s, wait_s, wait_share;	/* activity_live_s() and so on: the same for all of its ports */
	size_t tally;			/* of the one that was counted last */
	const struct ports_row *nearest;	/* a group's: of its destinations */
	struct call *calls;		/* with .keep_calls */
	size_t n_calls, cap_calls;
	bool ever_shown;
	struct portset *held;		/* .any: ports held at its address by others */
};

/* Entries of one kind with an index by .id. */
struct entries {
	struct entry **e;
	size_t n, cap;
	__u32 *slots;			/* open addressing: place in .e plus 1 */
	size_t n_slots;
	size_t id_size;
	struct entry *last;		/* found last: mostly the same one again */
};

struct space {
	__u32 netns;
	struct port_params params;
	struct portset closed;		/* this look: bound by hand, listened on, children of listeners */
	struct portset listen;		/* this look: listened on */
	struct portset bound, bound_next;	/* sockets that are bound and nothing else; of a pass that is not over */
	struct portset ever_closed;	/* with .keep_calls: in any look */
	bool listens;			/* there is something in .listen */
};

/* How a connection came to its port. */
enum way { WAY_CONNECT, WAY_BIND, WAY_OTHER, WAY_UNKNOWN };

/*
 * What a look makes of a connection: all that it takes to count it, so that one that nothing happens to need not be looked at again. There may be a
 * million, and each is read once in a look: 32 bytes.
 */
enum hold { HOLD_NOTHING, HOLD_CLOSED, HOLD_PORT };
struct holding {
	union {
		struct entry *dest;	/* HOLD_PORT */
		struct space *space;	/* HOLD_CLOSED: it only takes its port from connect() */
	};
	__u64 since_ns;			/* when it began; of a TIME_WAIT, when its timer was set last */
	__u64 wait_ns;			/* a TIME_WAIT's: struct wait_facts */
	__u32 actor;
	__u16 port;			/* 0: connect() is about to choose it */
	__u8 state;
	__u8 hold : 2, way : 2, wanted : 1, no_tstamp : 1, loopback : 1;
};
_Static_assert(sizeof(struct holding) == 32, "two in a cache line");

struct tally { struct entry *dest, *group; __u32 actor, n; };

struct ports {
	enum ports_by by;
	struct entries dests, groups;
	struct space **spaces;		/* by number */
	size_t n_spaces, cap_spaces;
	struct space *last_space;
	bool settings_heard, conns_heard;
	__u64 left_out;
	__u64 now_ns;
	bool keep_calls;
	__u64 n_calls, calls_left_out;
	struct entry **any;		/* .dests with .row.any: as many as there are addresses that somebody bound to port 0 */
	size_t n_any, cap_any;
	/* Of each connection of a look, by number where ports_look_all() looks, or as they come. */
	struct holding *held;
	struct entry **held_groups;	/* the same: NULL beyond the limit. There is none where rows are destinations */
	__u8 *closing, *again;		/* a bit for each: it closes its port to connect(); it has to be looked at in any case */
	size_t n_held, cap_held;
	__u32 since;			/* the look that they are of; 0: the next one looks at all */
	struct tally *tallies;		/* open addressing */
	size_t n_tallies, cap_tallies;
	struct ports_row **rows;
	size_t cap_rows;
};

/* table.c. All return NULL beyond the limit, which is counted, or without memory. */
struct space *ports_space(struct ports *ps, __u32 netns);
struct entry *ports_dest(struct ports *ps, const struct conn *c, bool any);
struct entry *ports_group(struct ports *ps, const struct conn *c, const struct actors *as);
void ports_drop_idle(struct ports *ps);		/* entries that nothing holds and nothing happened to lately */
void ports_entries_free(struct entries *es);

enum way ports_way(const struct conn *c);
/* calls.c */
int ports_call_over(struct ports *ps, struct entry *e, const struct conn *c, const struct actors *as, __u64 gone_ns);
#endif
