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
	__u64 used_ns;			/* newest thing that happened */
	bool shown;			/* somebody wanted to see something of it, in this interval or look */
	union { struct dest_id dest; struct group_id group; } id;
	/* this look */
	struct forecast cast;		/* .slot_s 0: not begun */
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
	bool seen;			/* this look: it has connections */
};

/* How a connection came to its port. */
enum way { WAY_CONNECT, WAY_BIND, WAY_OTHER, WAY_UNKNOWN };

/* One that holds a port, until the look is over. */
struct holding {
	struct entry *dest, *group;	/* NULL: beyond the limit; no groups */
	struct space *space;
	__u32 actor;
	__u16 port;			/* 0: connect() is about to choose it */
	__u8 state;
	__u8 way;
	bool reusable;
	float age_s, left_s;		/* since it began; TIME_WAIT: until its timer is due, or it may be taken over */
};

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
	struct holding *held;
	size_t n_held, cap_held;
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
