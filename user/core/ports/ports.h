/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ephemeral ports by destination: how many a connect() can choose from, how many are taken, when they run out.
 *
 * A port that connect() chose is taken for one destination (address and port) from one source address, for all others it is
 * free. Ports that somebody bound to by hand, or listens on, are closed to every connect() that looks for one, whatever the
 * address (__inet_hash_connect()). Clients that bind() an address and port 0 without IP_BIND_ADDRESS_NO_PORT hold a port for
 * all destinations together: a row of their own for each source address, with .any.
 *
 * Pure: what the tracker tells, the raw events for settings of namespaces, and a look at all connections before each report.
 */
#ifndef CORE_PORTS_PORTS_H
#define CORE_PORTS_PORTS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/filter.h"
#include "core/event/actor.h"
#include "core/ports/params.h"
#include "core/track/tracker.h"

#define PORTS_DESTS_MAX 65536		/* destinations, and groups */
#define PORTS_TOP 5

/* What a row is of. The destinations themselves; or what a process, a name or an address holds for all of its destinations. */
enum ports_by { PORTS_BY_DEST, PORTS_BY_PID, PORTS_BY_COMM, PORTS_BY_RADDR, PORTS_BY_CONTAINER, PORTS_BY_POD, PORTS_BY_UNIT,
		PORTS_BY_MAX };
const char *ports_by_name(enum ports_by by);		/* "destination", "pid", ... */
bool ports_name_by(enum ports_by by, enum name_by *ret_by);	/* rows are containers, pods or units: which of these */
int ports_by_parse(const char *text, enum ports_by *ret);	/* 0 or -EINVAL */

/* Rows of @by say who holds their ports: all but those of one process or name. */
static inline bool ports_tells_holders(enum ports_by by) { return by != PORTS_BY_PID && by != PORTS_BY_COMM; }

struct ports_holder { __u32 tgid, start_ms, ports; __u64 cgroup; char comm[TWT_COMM_LEN + 1]; };

struct ports_row {
	/* The destination; of a group, that of its destinations which is nearest to its end. */
	__u32 netns;
	__u8 laddr[16], raddr[16];	/* as in events */
	__u16 rport;
	__u8 family;
	bool any;			/* no destination: clients that bind to @laddr and port 0 */
	/* The group: PORTS_BY_PID, PORTS_BY_COMM; PORTS_BY_CONTAINER, _POD, _UNIT. */
	bool known;			/* its process is, or its container, pod or unit */
	__u32 name_group;		/* its name_group() */
	__u64 cgroup;			/* PORTS_BY_PID: newest id; 0: unknown */
	__u32 tgid, start_ms;
	char comm[TWT_COMM_LEN + 1];
	__u32 destinations;		/* of a group, those that it holds ports for */
	/* What the destination has. */
	bool has_range;			/* the namespace's settings are known: .lo to .exhausted_in_s are */
	__u16 lo, hi;
	__u32 usable;			/* of the range: neither reserved nor closed */
	__u32 closed;			/* of the range: listened on or bound by hand (.any: held at the address) */
	__u32 free;			/* connect() calls that would still succeed */
	double used_ratio;		/* 0..1 */
	double exhausted_in_s;		/* at the rate of the last ten seconds; INFINITY: never */
	double steady;			/* ports that it comes to rest at, where it never runs out */
	/* What is taken; of a group: by it, for all its destinations. */
	__u32 in_use;			/* not to be had: usable - in_use is free */
	__u32 time_wait;		/* all TIME_WAITs ... */
	__u32 reusable;			/* ... and those of them that a connect() may take over now: not in use */
	__u32 states[ST_SHOWN + 1];	/* sockets by enum tcp_state, reusable ones too */
	/* What happened. */
	__u64 opened, failed;		/* connects that got a port, and that got none, since the start */
	__u64 opened_now, failed_now;	/* ... in this interval */
	double opened_per_s;		/* in this interval */
	double hold_s;			/* mean of those that ended; NAN: none did */
	struct ports_holder top[PORTS_TOP];	/* by falling .ports; where ports_tells_holders() */
	__u32 n_top;
};

struct ports;

/* NULL without memory. */
struct ports *ports_new(enum ports_by by);
void ports_free(struct ports *ps);		/* NULL is fine */

/*
 * A raw event, before the tracker sees it: settings of namespaces, and sockets that are bound and nothing else. Returns 0 or
 * -ENOMEM, as do the next three.
 */
int ports_event(struct ports *ps, const struct twt_event *ev);
/*
 * What the tracker tells. @wanted: somebody wants to see it. Numbers are always of all connections, since the ports of a
 * destination are everybody's; only rows that something wanted belongs to are shown.
 */
int ports_transition(struct ports *ps, const struct transition *tr, const struct actors *as, bool wanted);
int ports_closed(struct ports *ps, const struct conn *c, const struct actors *as, __u64 ts_ns);
int ports_gone(struct ports *ps, const struct conn *c, const struct actors *as, __u64 ts_ns);

/*
 * A TWT_CALL that failed, @c as much of a connection as it told: a bind() to port 0 that found none counts for all destinations of its address. What
 * connect() finds none for is told by its states already. Returns 0 or -ENOMEM.
 */
int ports_call_failed(struct ports *ps, const struct twt_event *ev, const struct conn *c, const struct actors *as, bool wanted);

/* A report: begin, look at each live connection, then the rows. Return 0 or -ENOMEM. */
void ports_look_begin(struct ports *ps, __u64 now_ns);
int ports_look(struct ports *ps, const struct conn *c, const struct actors *as, bool wanted);
/*
 * The same two for all connections of @t; wanted are those that match @filter, which is the same in each look, or all (NULL). Rows of destinations and
 * addresses are kept up to date: only connections that something happened to since the last look are looked at, the others are just counted.
 */
int ports_look_all(struct ports *ps, __u64 now_ns, const struct tracker *t, const struct filter *filter);
/*
 * Rows in order of how near their end is; valid until the next call. @interval_ns: since ports_next(). Those that hold nothing
 * and where nothing happened in this interval are left out.
 */
int ports_rows(struct ports *ps, __u64 interval_ns, const struct actors *as, struct ports_row ***ret, size_t *ret_n);
/* The interval is over. */
void ports_next(struct ports *ps);

/* For core/ports/whatif: keep all calls from here on, in memory. */
void ports_keep_calls(struct ports *ps);
/* A connection that is still there at the end. Returns 0 or -ENOMEM. */
int ports_still_there(struct ports *ps, const struct conn *c, const struct actors *as);
/* Calls that were not kept, for want of room. */
__u64 ports_calls_left_out(const struct ports *ps);

/* Settings of @netns; NULL: none are known. */
const struct port_params *ports_params(const struct ports *ps, __u32 netns);
/* All that is known of settings, as TWT_SYSCTL events of @ts_ns: for a recording that begins now. As port_params_tell(). */
int ports_tell_settings(const struct ports *ps, __u64 ts_ns, int (*fn)(void *ctx, const struct twt_event *ev), void *ctx);
/* Ports of @netns that were closed to connect() in the last look; NULL: no such namespace was seen. */
const struct portset *ports_closed_set(const struct ports *ps, __u32 netns);
/* Are there connections, but no namespace with settings? So it is in recordings of before there was TWT_SYSCTL. */
bool ports_lack_settings(const struct ports *ps);
/* Connections that were left out because there were too many destinations, groups or namespaces. */
__u64 ports_left_out(const struct ports *ps);
#endif
