/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers over the whole of a run, however long it is, in at most SERIES_STEPS steps of equal length: where they do not reach, each two become one.
 * Columns are counters, of which a step has the sum, or gauges, of which it has the value at its end.
 */
#ifndef CORE_STATS_SERIES_H
#define CORE_STATS_SERIES_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define SERIES_STEPS 360U	/* even */
#define SERIES_COLUMNS 48U

struct series {
	__u64 start_ns, step_ns;		/* step 0 begins at .start_ns */
	unsigned int n;				/* steps that are over */
	unsigned int gauges, columns;		/* columns [0, .gauges) are gauges, those up to .columns counters */
	__u64 now[SERIES_COLUMNS];		/* counters of the step that is not over */
	__u64 at[SERIES_STEPS][SERIES_COLUMNS];
	__u64 end_ns;				/* of the last step, which is half as long to one and a half times as long as the others */
};

/* An empty one that begins at @ts_ns with steps of @step_ns (not 0). @gauges <= @columns <= SERIES_COLUMNS. */
void series_begin(struct series *s, __u64 ts_ns, __u64 step_ns, unsigned int gauges, unsigned int columns);
/* @n more in this step. Before series_begin() it counts for the first one. */
static inline void series_add(struct series *s, unsigned int column, __u64 n) { s->now[column] += n; }
/* Is the step over at @ts_ns? Then somebody who knows the gauges calls series_close(). */
bool series_over(const struct series *s, __u64 ts_ns);
/* All steps that are over at @ts_ns; @gauges are what there is now. Steps in which nobody called are as quiet as they look. */
void series_close(struct series *s, __u64 ts_ns, const __u64 *gauges);
/* The run is over at @ts_ns: what is left is the last step. */
void series_end(struct series *s, __u64 ts_ns, const __u64 *gauges);
/* The sum of a counter over all steps, or the largest value of a gauge. */
__u64 series_sum(const struct series *s, unsigned int column);
#endif
