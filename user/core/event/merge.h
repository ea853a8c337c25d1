/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lanes of events, one for each processor (struct twt_lane), read as one stream in the order of time. No event comes before an older one, and none waits
 * for longer than until the next look: what was stamped before a look began was claimed before it, so that look sees it.
 */
#ifndef CORE_EVENT_MERGE_H
#define CORE_EVENT_MERGE_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

struct merge;

/* Lanes, and 1 << slot_bits slots in each. */
struct ring_size { __u32 lanes, slot_bits; };

/* For @processors (0 or less: their number is not known), at most @bytes in all, and never less than LANE_BITS_LEAST each; 0: the default. */
#define LANE_BITS_LEAST 6
struct ring_size lanes_for(long processors, size_t bytes);
size_t lanes_bytes(struct ring_size size);
/* Unread slots of a lane that wake the reader: one that starts late has the rest of a lane to catch up in. */
__u64 lanes_wake_at(struct ring_size size);

/*
 * @lanes: @n of them, shared with writers; @slots: @n times 1 << @slot_bits slots of TWT_SLOT bytes. Both stay the caller's and must outlive it. Returns 0,
 * -EINVAL or -ENOMEM.
 */
int merge_new(struct twt_lane *lanes, const void *slots, size_t n, unsigned int slot_bits, struct merge **ret);
void merge_free(struct merge *m);	/* NULL is fine */

/* Slots of @lane before @until are to be read: called before they are. Returns until where they can be. */
typedef __u64 (*merge_reach)(void *ctx, size_t lane, __u64 until);
void merge_set_reach(struct merge *m, merge_reach reach, void *ctx);

/* Look at all lanes' heads. What merge_next() gives from here on lies before them. The caller has taken the time before that. */
void merge_look(struct merge *m);

/*
 * The oldest event that is stamped before @until_ns, where it lies: its bytes stay until the next call, and its @cpu has the lap's number above the
 * processor's. Returns 1 with @ret_slot, 0 if there is none (left), -EAGAIN if a slot is still being written: nothing may be told before it is known what
 * it says, which takes less than a microsecond unless its processor was taken away.
 */
int merge_next(struct merge *m, __u64 until_ns, const struct twt_event **ret_slot);
/* Has nothing been claimed that was not read? */
bool merge_is_empty(const struct merge *m);
/* The most that any lane holds unread, as of now. */
__u64 merge_backlog(const struct merge *m);
/* Give the writers all slots back that were read; those read long ago were given back already. */
void merge_release(struct merge *m);
#endif
