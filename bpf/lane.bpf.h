/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How events leave: a ring of slots for each processor, a "lane", in an array that user space maps. bpf/README.md says why not one ring buffer.
 * A slot is claimed by moving the lane's head, atomically, since a softirq or an interrupt may claim the next one meanwhile; then it is stamped, filled, and
 * given free by its lap number. The reader merges the lanes by time. What is stamped was claimed before: a reader that takes the time, and then looks at
 * all heads, has seen all slots that hold anything older.
 */
#ifndef LANE_BPF_H
#define LANE_BPF_H

#include "arch.h"
#include "maps.bpf.h"

struct twt_lane lanes[TWT_LANES_MAX] __attribute__((aligned(64)));

/* Set by a reader that goes to sleep for long: whoever comes first takes it back and wakes it. */
__u32 reader_sleeps;

/* Slots. The loader sets how many. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct twt_event);
} ring SEC(".maps");
_Static_assert(sizeof(struct twt_event) <= TWT_SLOT && !(TWT_SLOT & (TWT_SLOT - 1)), "an event fits a slot");

/* What a reader can wait for. Nothing is in it but that it rang. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PAGE_MAX);
} bell SEC(".maps");

/*
 * What is rare stays out of line: programs run once for some thousand instructions of the kernel, and find most of their own out of the first cache.
 * Wake the reader if it sleeps for long; or anyhow. Called from under the timer base's lock too: the waking itself is put off until interrupts are on.
 */
static __noinline int wake_reader(bool anyhow)
{
	__u64 rings = 1;

	if (*(volatile __u32 *)&reader_sleeps && __sync_lock_test_and_set(&reader_sleeps, 0))
		anyhow = true;
	if (anyhow)
		bpf_ringbuf_output(&bell, &rings, sizeof(rings), BPF_RB_FORCE_WAKEUP);
	return 0;
}

#define NOT_CLAIMED (~0ULL)

/* One step of a claim: the slot's number; or NOT_CLAIMED, with *@full where it cannot be. */
static __always_inline __u64 claim_once(struct twt_lane *l, bool *ret_full)
{
	__u64 head = *(volatile __u64 *)&l->head, used = head - *(volatile __u64 *)&l->tail;

	*ret_full = used >> config.slot_bits;
	if (*ret_full || __sync_val_compare_and_swap(&l->head, head, head + 1) != head)
		return NOT_CLAIMED;
	if (used == config.wake_at || *(volatile __u32 *)&reader_sleeps)
		wake_reader(used == config.wake_at);
	return head;
}

/* Programs that claim, too, came between: there are less contexts than this on a processor. */
static __noinline __u64 claim_again(__u32 lane)
{
	bool full = false;
	int i;

#pragma clang loop unroll(disable)
	for (i = 0; i < 5; i++) {
		__u64 head = claim_once(&lanes[lane & (TWT_LANES_MAX - 1)], &full);

		if (full || head != NOT_CLAIMED)
			return head;
	}
	return NOT_CLAIMED;
}

/* A slot of this processor's lane, its lap number still the last round's; NULL: full. */
static __always_inline struct twt_event *lane_claim(void)
{
	__u32 cpu = bpf_get_smp_processor_id(), lane = cpu, at;
	struct twt_event *ev;
	bool full;
	__u64 head;

	/* A processor that came later shares one: all is atomic. */
	if (lane >= config.lanes)
		lane %= config.lanes;
	head = claim_once(&lanes[lane & (TWT_LANES_MAX - 1)], &full);
	if (head == NOT_CLAIMED) {
		if (full)
			return NULL;
		head = claim_again(lane);
		if (head == NOT_CLAIMED)
			return NULL;
	}
	at = (lane << config.slot_bits) + (head & ((1U << config.slot_bits) - 1));
	ev = bpf_map_lookup_elem(&ring, &at);
	if (ev)
		ev->cpu = cpu | (__u32)(head >> config.slot_bits) << TWT_LAP_SHIFT;
	return ev;
}

/* What was claimed is complete: its lap number becomes this round's, after all else that was written. */
static __always_inline void lane_commit(struct twt_event *ev)
{
	store_release(&ev->cpu, ev->cpu + (1U << TWT_LAP_SHIFT));
}

#endif
