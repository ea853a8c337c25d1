/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Half-open connections: request sockets, before the handshake's third segment. Each has one pending timer while it is in the
 * hash table, so timers started less timers cancelled (or expired: the kernel cancels those too) are the sockets that exist.
 * Counted by port, never pushed. Timers are started and cancelled with interrupts off.
 */
#ifndef HALFOPEN_BPF_H
#define HALFOPEN_BPF_H

#include "sock.bpf.h"

static __always_inline const struct request_sock *timer_to_request(struct timer_list *timer)
{
	return (void *)timer - bpf_core_field_offset(struct request_sock, rsk_timer);
}

/* This processor's own place for @key, or NULL. Interrupts are off: nobody else writes there. */
static __always_inline struct twt_halfopen *halfopen_near_of(const struct twt_halfopen_key *key)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct twt_near_lane *lane = cpu < config.lanes ? bpf_map_lookup_elem(&halfopen_near, &cpu) : NULL;
	__u64 name = twt_near_name(key);
	struct twt_near *near;

	if (!lane)
		return NULL;
	near = &lane->at[twt_near_place(name) & ((1 << TWT_NEAR_BITS) - 1)];
	if (!near->name)
		near->name = name;
	return near->name == name ? &near->n : NULL;
}

static __noinline int halfopen_far(const struct twt_halfopen_key *key, bool start)
{
	struct twt_halfopen *n, zero = {};
	struct twt_counts *c = this_cpu_counts();

	n = bpf_map_lookup_elem(&halfopen, key);
	if (!n) {
		bpf_map_update_elem(&halfopen, key, &zero, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&halfopen, key);
	}
	if (!n) {
		__sync_fetch_and_add(&c->halfopen_full, 1);
		return 0;
	}
	__sync_fetch_and_add(start ? &n->started : &n->ended, 1);
	__sync_fetch_and_add(&c->halfopen_far, 1);
	return 0;
}

static __always_inline void halfopen_timer(struct timer_list *timer, bool start)
{
	const struct request_sock *req = timer_to_request(timer);
	struct twt_halfopen_key key = {};
	struct skc_copy copy;
	struct twt_halfopen *n;

	if (!copy_wanted(&copy, req, &key.netns))
		return;
	key.lport = SKC(&copy, skc_num);
	n = halfopen_near_of(&key);
	if (!n)
		halfopen_far(&key, start);
	else if (start)
		n->started++;
	else
		n->ended++;
	this_cpu_counts()->halfopen_moves++;
	if (*(volatile __u32 *)&reader_sleeps)
		wake_reader(false);
}

#endif
