/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histograms by phase, and by group: one for each process, port, address, ... Groups are bounded (4096, and
 * 64 MiB of counters); what comes beyond goes to one more, "other", so that sums stay right.
 */
#ifndef CORE_STATS_HIST_SET_H
#define CORE_STATS_HIST_SET_H
#include "core/conn/conn.h"
#include "core/event/actor.h"
#include "core/stats/hist/out.h"
#include "core/stats/hist/phase.h"

enum hist_by {
	HIST_BY_ALL, HIST_BY_COMM, HIST_BY_PID, HIST_BY_LPORT, HIST_BY_RADDR, HIST_BY_CLOSE, HIST_BY_END,
	HIST_BY_CONTAINER, HIST_BY_POD, HIST_BY_UNIT, HIST_BY_SYN, HIST_BY_MAX
};

const char *hist_by_name(enum hist_by by);	/* "comm", ... as --by says; NULL for HIST_BY_ALL */
int hist_by_parse(const char *text, enum hist_by *ret_by);	/* 0 or -EINVAL */

#define HIST_SLOTS 16	/* phases, or states for ages */
#define HIST_GROUPS_MAX 4096
#define HIST_GROUPS_BYTES ((size_t)64 << 20)

struct hist_set;

/* @max_groups: 0 = HIST_GROUPS_MAX. NULL without memory. */
struct hist_set *hist_set_new(enum hist_by by, size_t max_groups);
/* Empty yet: 1 % is exact enough also where there is one group. Its histograms stay in the caches. */
void hist_set_coarse(struct hist_set *s);
void hist_set_free(struct hist_set *s);		/* NULL is fine */
void hist_set_clear(struct hist_set *s);	/* as new */

/* Record @sample of @c; its .phase is the slot. Returns 0 or -ENOMEM. */
int hist_set_add(struct hist_set *s, const struct conn *c, const struct actors *as,
		 const struct phase_sample *sample);
/* @c is in @slot now. Returns 0 or -ENOMEM. */
int hist_set_open(struct hist_set *s, const struct conn *c, const struct actors *as, unsigned int slot);
void hist_set_clear_open(struct hist_set *s);

/*
 * The groups of @slot by falling count, at most @top and the rest as "other"; without groups always one.
 * .phase and .about are the caller's business. Returns 0 or -ENOMEM. Valid until the next call for @s.
 */
int hist_set_items(struct hist_set *s, unsigned int slot, size_t top, struct hist_item **ret, size_t *ret_n);
#endif
