/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened over the whole window, per network namespace, beside what the kernel's own counters say:
 * the proof of coverage. What the kernel's counters mean in our terms: totals.c.
 */
#ifndef CORE_CONN_TOTALS_H
#define CORE_CONN_TOTALS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/conn/conn.h"
#include "twtrace.h"

struct netns_totals {
	__u32 netns;
	__u64 opened, closed;			/* connections (no listeners): born in the window; gone */
	__u64 transitions;			/* logical ones */
	__u64 kernel_state[ST_MAX][ST_MAX];	/* inet_sock_set_state: [old][new], old != new */
	__u64 no_syn;				/* left SYN_SENT without a SYN: no port, no route, Fast Open without data */
	__u64 tw_born;				/* minisocks, FIN_WAIT2 ones included */
	__u64 tw_seeded;			/* found by a snapshot */
	__u64 tw_ended[TW_END_MAX];
	__u64 tw_alive;				/* gauge: minisocks now */
	__u64 counter_base[TWT_C_KERNEL_MAX], counter_now[TWT_C_KERNEL_MAX];
	bool has_base, has_now;
};

struct totals {
	struct netns_totals *netns;	/* in order of first appearance */
	size_t n;
	bool tw_at_expiry;	/* this kernel counts TW at expiry (up to 5.17), not when it is made */
	size_t last;		/* totals.c: position of the one asked for last */
	__u64 overflow;		/* times that a namespace beyond the limit was asked for: it is in no row */
	__u16 *index;			/* totals.c: hash of .netns, 1 + position; 0 = empty */
};

/*
 * The row of @netns, made if needed; NULL (and counted) beyond the limit or without memory. Valid until the
 * next call for a namespace that has none yet.
 */
struct netns_totals *totals_find(struct totals *ts, __u32 netns);
static inline struct netns_totals *totals_of(struct totals *ts, __u32 netns)
{
	/* Most hosts have one that is busy, and events ask several times each. */
	return ts->last < ts->n && ts->netns[ts->last].netns == netns ? &ts->netns[ts->last] : totals_find(ts, netns);
}
void totals_clear(struct totals *ts);

/* One line of the proof of coverage, summed over the namespaces whose counters were read at both ends. */
struct proof_line {
	const char *name;	/* nstat's name, or "sockstat.tw" */
	__u64 ours, kernel;
};
#define PROOF_MAX 8
/* Returns the number of lines written to @ret (0 where no namespace has both ends). */
size_t totals_proof(const struct totals *ts, struct proof_line ret[PROOF_MAX]);
#endif
