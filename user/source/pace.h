/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source whose events are handed out as time goes by, as they once happened or faster: for a screen. Its clock is the
 * caller's: pace_clock(). Holes of more than PACE_HOLE_NS are skipped: a source that runs says at least every 50 ms that it does.
 */
#ifndef SOURCE_PACE_H
#define SOURCE_PACE_H
#include "source/source.h"

#define PACE_HOLE_NS 2000000000ULL
#define PACE_MAX 0.0		/* as a speed: as fast as it goes */

extern const struct source_ops source_paced;

/* Takes over @inner, whose events have @ops. NULL without memory: then @inner is still the caller's. @speed 1: as it was. */
struct source *pace_new(const struct source_ops *ops, struct source *inner, double speed);
/* What time it is, of a clock that only goes forward. Before each pump. */
void pace_clock(struct source *s, __u64 mono_ns);
void pace_set_speed(struct source *s, double speed);
double pace_speed(const struct source *s);
void pace_hold(struct source *s, bool hold);	/* nothing is handed out until it is let go */
/* Nothing of @ts_ns or later is handed out; ~0: no limit. pace_reached(): there is something, and all before it was handed out. */
void pace_until(struct source *s, __u64 ts_ns);
bool pace_reached(const struct source *s);
bool pace_ended(const struct source *s);	/* everything was handed out */
#endif
