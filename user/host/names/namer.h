/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for what events say in numbers: each cgroup and network namespace is looked up when it is seen first, and told as a TWT_NAME record
 * before the event. Never again, so that what is gone keeps its name; where an engine had not written the name yet, once more a second later.
 * Costs an event whose cgroup is known one comparison, or one look into a table.
 */
#ifndef HOST_NAMES_NAMER_H
#define HOST_NAMES_NAMER_H
#include <stdbool.h>
#include "twtrace.h"

struct namer;

struct namer_counts {
	__u64 cgroups, netns;		/* looked up */
	__u64 scans;			/* looks through all cgroups */
	__u64 v1_reads;			/* processes asked, where only v1 tells about them */
	__u64 beyond;			/* not looked up: more than the limit */
};

/* Files of engines are looked for below @root; NULL: below /. NULL without memory. */
struct namer *namer_new(const char *root);
void namer_free(struct namer *n);		/* NULL is fine */
/*
 * Look at @ev, and tell the names that it needs first. Returns the event to hand on: @ev, or a copy in *@room with another .cgroup (TWT_CGROUP_V1).
 */
const struct twt_event *namer_see(struct namer *n, const struct twt_event *ev, struct twt_event *room,
				  void (*tell)(void *ctx, const struct twt_name *rec), void *ctx);
/* When is something to be looked up, in ns after the last tick? 0: at the next one; ~0: nothing is. */
__u64 namer_rest_ns(const struct namer *n);
bool namer_asks_processes(const struct namer *n);	/* on this host the cgroups of some are in their own files only (v1) */
const struct namer_counts *namer_counts(const struct namer *n);
#endif
