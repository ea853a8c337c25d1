/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The remote ends that a group of connections goes to most. Exact for up to DESTS_MAX of them. With more, the one that is
 * seen least makes room for a new one (the "space-saving" method): every remote end with more than 1/DESTS_MAX of
 * all connections is in the table, and .missed bounds how many of its own were not counted.
 */
#ifndef CORE_STATS_DESTS_H
#define CORE_STATS_DESTS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"

#define DESTS_MAX 64

struct dest_key {
	__u8 addr[16];
	__u16 port;		/* 0: all ports, where the remote one is made up by the peer's kernel */
	__u16 family;
};

struct dest { struct dest_key key; __u64 closed, active, missed; };
struct dests { struct dest *d; __u32 n, cap; };

/* The remote end that @c is counted for. A port counts only if we connected to it: a peer's own changes every time. */
struct dest_key dest_of(const struct conn *c);

/*
 * Count a connection. *@budget is how many more entries all tables together may get; without budget or memory a table
 * stays as it is, and makes room as if it were full.
 */
void dests_add(struct dests *ds, const struct dest_key *key, bool active, size_t *budget);
/* One that was counted as active was not. */
void dests_not_active(struct dests *ds, const struct dest_key *key);
/* The entries by falling .closed, then by address: sorted in place. */
void dests_sort(struct dests *ds);
void dests_clear(struct dests *ds);	/* frees */
#endif
