/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the ring that is mapped: pages of a map count as ours while they are, all 32 MB of them, and what is read in two seconds is mostly a fraction of
 * that. So it is mapped piece by piece, as the reader comes there, and a piece that was not come to for two seconds is let go. Where the whole ring is gone through
 * in less, it stays.
 */
#ifndef SOURCE_WINDOW_H
#define SOURCE_WINDOW_H
#include <linux/types.h>
#include <stddef.h>
#include "twtrace.h"

struct window;

/* Of @map_fd, an array of @lanes times 1 << @slot_bits slots. @shared outlives it. Returns 0 or a negative errno. */
int window_open(int map_fd, const struct twt_lane *shared, size_t lanes, unsigned int slot_bits, struct window **ret);
void window_close(struct window *w);		/* NULL is fine */
/* Where slot 0 of lane 0 is, or would be. */
const void *window_slots(const struct window *w);
/* Slots of @lane before @until are to be read. Returns until where they can be: @until, unless there is no memory. */
__u64 window_reach(void *window, size_t lane, __u64 until);
/* It is @now_ns: let go what was not come to lately. Between reads. */
void window_tidy(struct window *w, __u64 now_ns);
#endif
