/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From 6.1 the kernel skips a program that is running on this CPU already: a softirq that interrupts it would lose its event. A second copy of the
 * program, called after the first for each event, takes those and only those: a run of the first is in progress, and none has ended that the second
 * was not called for. What is lost for good is what the first missed less what the second took. Timers cannot nest: they run with interrupts off.
 */
#ifndef NEST_BPF_H
#define NEST_BPF_H

#include "maps.bpf.h"

static __always_inline void nest_first_begin(int which)
{
	struct twt_nest *n = &this_cpu_counts()->nest[which];

	/* Nothing in progress: a run left over belongs to an event that interrupted the second copy, which was skipped then. */
	if (!n->running)
		n->done = 0;
	n->running++;
}

static __always_inline void nest_first_end(int which)
{
	struct twt_nest *n = &this_cpu_counts()->nest[which];

	n->running--;
	n->done++;
}

static __always_inline bool nest_first_missed(int which)
{
	struct twt_nest *n = &this_cpu_counts()->nest[which];

	if (n->done) {
		n->done--;
		return false;
	}
	if (!n->running)
		return false;
	__sync_fetch_and_add(&n->taken, 1);
	return true;
}

#endif
