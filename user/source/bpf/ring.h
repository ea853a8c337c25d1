/* SPDX-License-Identifier: GPL-2.0-only */
/* What carries events from the programs: one lane for each processor (bpf/lane.bpf.h), read as one stream in the order of time. */
#ifndef SOURCE_BPF_RING_H
#define SOURCE_BPF_RING_H
#include <stdbool.h>
#include <stddef.h>
#include "core/event/merge.h"
#include "twtrace.h"

struct twtrace_bpf;
struct ring;

/* For this machine's processors, at most @bytes in all (core/event/merge.h); 0: the default. */
struct ring_size ring_size_of(size_t bytes);
/* Tell the programs, before they are loaded. */
void ring_configure(struct twtrace_bpf *skel, struct ring_size size);

/* Of loaded programs. Returns 0 or a negative errno. */
int ring_open(struct twtrace_bpf *skel, struct ring_size size, struct ring **ret);
void ring_close(struct ring *r);	/* NULL is fine */
/* Readable when a lane fills. */
int ring_fd(const struct ring *r);
/* Is there so much unread that ring_fd() was readable for it, and is not again? It tells that a lane fills, not that it is full. */
bool ring_is_filling(const struct ring *r);
/* Have ring_fd() be readable with the next event, too. Returns false if there is one already. */
bool ring_rest(struct ring *r);
/*
 * Hand what was stamped before @until_ns, which is not later than now, to @each: oldest first, at most @max. A slot's bytes are only valid during the call, and its @cpu has
 * the lap's number above the processor's. Returns 0 if that was all, 1 if there may be more.
 */
int ring_read(struct ring *r, __u64 until_ns, size_t max, void (*each)(void *ctx, const struct twt_event *slot), void *ctx);
#endif
