/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of struct closers, shared by its files: closers.c (counting), group.c (groups), row.c (one row), rows.c (order, names), wire.c. */
#ifndef CORE_STATS_CLOSERS_PARTS_H
#define CORE_STATS_CLOSERS_PARTS_H
#include "core/stats/closers/closers.h"

#define RTT_BITS 5			/* at most 3 % above the exact value */
#define RTT_BUDGET ((size_t)32 << 20)	/* bytes of all groups' histograms together: a page has 256 */
#define DESTS_BUDGET (1U << 20)		/* entries in all groups together: 48 MiB */

struct closer_slot { struct closer_row row; __u64 touched_ns; };

struct closers {
	enum closers_by by;
	size_t max_rows;
	struct closer_slot **slots;	/* the first @n; room for @cap */
	size_t n, cap;
	__u32 *index;			/* @index_len places, a power of two, open addressing: number in slots plus 1 */
	size_t index_len;
	struct closer_slot *last[8];	/* found last, by owner: most connections are those of a few */
	struct closer_slot *rest;	/* NULL: nothing in it */
	struct closer_row **sorted;	/* room for cap + 1 */
	size_t sorted_cap;
	size_t dests_budget;
	struct hist_budget rtt_budget;
	__u64 now_ns, look_ns, stuck_ns;
	bool count_open;
	bool folded;			/* since the last look: not again before the next */
};

/* wire.c: count what is known of @c, which has ended. Returns 0 or -ENOMEM. */
int closers_wire(struct closers *cs, struct closer_row *r, const struct conn *c);
void closer_wire_add_up(struct closer_wire *into, const struct closer_wire *from);

/* group.c */
/* The row that @c is counted in, made if needed; its names are brought up to date. NULL without memory. */
struct closer_row *closers_row_of(struct closers *cs, const struct conn *c, const struct actors *as);
#endif
