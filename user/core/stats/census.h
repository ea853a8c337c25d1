/* SPDX-License-Identifier: GPL-2.0-only */
/* How many connections are in which state, in all or by namespace, local port or owning process. */
#ifndef CORE_STATS_CENSUS_H
#define CORE_STATS_CENSUS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"
#include "core/event/actor.h"

enum census_by { CENSUS_ALL, CENSUS_NETNS, CENSUS_LPORT, CENSUS_PID, CENSUS_COMM, CENSUS_CONTAINER, CENSUS_POD, CENSUS_UNIT };

struct census_group {
	bool known;			/* false: a connection whose owner is unknown, or @other */
	bool other;			/* what came after the limit of groups */
	__u64 num;			/* namespace, port, pid or name_group() */
	char comm[TWT_COMM_LEN + 1];	/* CENSUS_COMM: raw bytes */
	__u64 counts[ST_MAX];		/* ST_ESTABLISHED..ST_CLOSING; request sockets are in ST_SYN_RECV */
};

struct census;

/* At most @limit groups, then one more for all others. NULL without memory. */
struct census *census_new(enum census_by by, size_t limit);
void census_free(struct census *c);	/* NULL is fine */
void census_clear(struct census *c);	/* keeps the memory */
/* Count @n connections like @conn, all in @state. Returns 0 or -ENOMEM. */
int census_add(struct census *c, const struct conn *conn, const struct actors *as, unsigned int state,
	       __u64 n);
/*
 * All groups by ascending key, the unknown one and the others last. CENSUS_ALL has exactly one group, even where
 * nothing was counted. Valid until the next call.
 */
const struct census_group *census_groups(struct census *c, size_t *ret_n);
#endif
