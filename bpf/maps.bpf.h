/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that the programs keep. All of it has a fixed size: the machine's traffic cannot make it grow, and what
 * does not fit is counted.
 */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include "vmlinux.h"
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "twtrace.h"

const volatile struct twt_config config;

/* A ring buffer is a power of two of whole pages: of the largest that a kernel may have (arm64: 4, 16 or 64 KiB). */
#define PAGE_MAX 65536

/*
 * Addresses of the kernel functions tw_timer_handler and reqsk_timer_handler: what tells the minisocks' and the request sockets' timers from
 * all others. Set by the loader from kallsyms; where that is hidden (kptr_restrict, no CAP_SYSLOG) they are 0 and learned at first sight.
 */
unsigned long tw_timer_fn, reqsk_timer_fn;
/* This kernel counts TW and TWKilled when a minisock expires. */
bool tw_counted_at_expiry;
/* Programs can tell softirq from process context here: tried out by the iterator, which runs in process context. */
bool context_is_seen;

/* One slot per CPU, read by user space through mmap. A CPU beyond the last slot shares one; adds are atomic anyhow. */
#define COUNT_SLOTS 1024
struct {
	struct twt_counts c;
} __attribute__((aligned(64))) counts[COUNT_SLOTS];

static __always_inline struct twt_counts *this_cpu_counts(void)
{
	return &counts[bpf_get_smp_processor_id() & (COUNT_SLOTS - 1)].c;
}

/* Request sockets by port. Preallocated: its users hold the timer base's raw lock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct twt_halfopen_key);
	__type(value, struct twt_halfopen);
} halfopen SEC(".maps");

/* ... of the first few ports, for each processor. The loader sets how many. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct twt_near_lane);
} halfopen_near SEC(".maps");

/*
 * What was told already, so that it is not told again: a direct-mapped cache of hashes. A collision only repeats an event. It stands in for storage on
 * the socket, which would have to be allocated. Cookies come one after the other: neighbours' places are neighbours, in a cache line that is warm.
 */
#define TOLD_BITS 15
__u64 told[1 << TOLD_BITS];

static __always_inline bool told_before(__u64 cookie, __u64 what)
{
	__u64 spread = what * 0xc2b2ae3d27d4eb4fULL, h = (cookie * 0x9e3779b97f4a7c15ULL) ^ spread;
	__u32 slot = (cookie + (spread >> (64 - TOLD_BITS))) & ((1 << TOLD_BITS) - 1);

	if (told[slot] == h)
		return true;
	told[slot] = h;
	return false;
}

#endif
