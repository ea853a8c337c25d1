/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which connections a view shows. All conditions must hold; several values of one condition are alternatives. The tracker itself
 * is never filtered by these (a connection's port is unknown in its first and last event): views ask per connection.
 */
#ifndef CORE_CONN_FILTER_H
#define CORE_CONN_FILTER_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"
#include "core/event/actor.h"
#include "core/event/tree.h"

struct filter;	/* empty: everything matches */

struct filter *filter_new(void);	/* NULL without memory */
void filter_free(struct filter *f);

enum filter_key {
	FK_PID,		/* "812" or "812,813": owner, opener or closer */
	FK_COMM,	/* exact name of the owner, or a glob with * and ?; such keys' text is no list */
	FK_LPORT,	/* "80", "80,443", "8000-8999" */
	FK_RPORT,
	FK_PORT,	/* either side */
	/*
	 * Address or CIDR, v4 or v6. All 16 bytes are compared, IPv4 as v4-mapped: 10.0.0.0/8 matches such addresses of
	 * IPv6 sockets too, 0.0.0.0/0 nothing but IPv4, ::ffff:0:0/96 the same, ::/0 everything.
	 */
	FK_LADDR,
	FK_RADDR,
	FK_FAMILY,	/* "4" or "6" (of the socket) */
	FK_STATE,	/* as tcp_state_parse(): of a transition old or new, of a connection its state */
	FK_NETNS,	/* inode number in decimal (names and paths are resolved before) */
	/* Of the owner, exact or a glob, where the stream has names (core/event/names.h). */
	FK_CONTAINER,	/* name, NS/POD/NAME in a pod, or the first digits of its id, at least four */
	FK_POD,		/* NAMESPACE/NAME, or NAME in any namespace */
	FK_UNIT,	/* with or without .service */
	/* What the wire did: nothing matches of which that is not known (conn.h, struct wire). */
	FK_MIN_RTT,	/* at least so many milliseconds, "20" or "0.5" */
	FK_RETRANS,	/* "yes": something was sent again */
	FK_SLOWER,	/* filter_add_slower() */
	FK_MAX
};
/*
 * Add a condition from text. Returns 0, or -EINVAL with one sentence that says what is wrong and what would be right in
 * @err (at most @errlen bytes, no newline), or -ENOMEM. All of a list is added or none of it; at most 256 values a key.
 */
int filter_add(struct filter *f, enum filter_key key, const char *text, char *err, size_t errlen);

/* Only connections that a process of @t owns, opened or closed. @t must outlive @f. */
void filter_set_tree(struct filter *f, const struct tree *t);

/*
 * Add: @ns or more were spent in @states (mask of (1 << state)), as far as that is known. @seen: it must have been in one of these, or 0. Returns 0,
 * -ENOMEM, or -EINVAL for more than 256.
 */
int filter_add_slower(struct filter *f, __u32 states, __u32 seen, __u64 ns);

/* @states: mask of (1 << state) that is looked at for FK_STATE (a transition's both ends, or a connection's state). */
bool filter_match(const struct filter *f, const struct conn *c, const struct actors *as, __u32 states);
bool filter_has(const struct filter *f, enum filter_key key);	/* is there a condition of this kind? */
bool filter_wants_names(const struct filter *f);	/* of containers, pods or units */
bool filter_only(const struct filter *f, __u32 keys);	/* none but of these, mask of (1 << key), and no tree */
/* Those that ask nothing else than what tracker_foreach_brief() tells. */
#define FILTER_BRIEF (1U << FK_COMM | 1U << FK_LPORT | 1U << FK_RPORT | 1U << FK_PORT | 1U << FK_FAMILY | 1U << FK_STATE | 1U << FK_NETNS | \
		      1U << FK_CONTAINER | 1U << FK_POD | 1U << FK_UNIT)
/* ... and tracker_foreach_ends(). */
#define FILTER_ENDS (FILTER_BRIEF | 1U << FK_LADDR | 1U << FK_RADDR)
/* ... and say the same of a connection for as long as nothing happens to it, whatever becomes of the names of processes. */
#define FILTER_LASTS (FILTER_ENDS & ~(1U << FK_COMM | 1U << FK_CONTAINER | 1U << FK_POD | 1U << FK_UNIT))
bool filter_is_empty(const struct filter *f);
#endif
