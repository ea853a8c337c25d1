/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Half-open connections: request sockets, before the handshake's third segment. Each has one pending timer while it is in the
 * hash table, so timers started less timers cancelled (or expired: the kernel cancels those too) are the sockets that exist.
 * Counted by port, never pushed.
 */
#ifndef HALFOPEN_BPF_H
#define HALFOPEN_BPF_H

#include "sock.bpf.h"

static __always_inline const struct request_sock *timer_to_request(struct timer_list *timer)
{
	return (void *)timer - bpf_core_field_offset(struct request_sock, rsk_timer);
}

static __always_inline void halfopen_timer(struct timer_list *timer, bool start)
{
	const struct request_sock *req = timer_to_request(timer);
	struct twt_halfopen_key key = {};
	struct skc_copy copy;
	struct twt_halfopen *n, zero = {};
	struct twt_counts *c;

	if (!copy_wanted(&copy, req, &key.netns))
		return;
	key.lport = SKC(&copy, skc_num);
	n = bpf_map_lookup_elem(&halfopen, &key);
	if (!n) {
		bpf_map_update_elem(&halfopen, &key, &zero, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&halfopen, &key);
	}
	c = this_cpu_counts();
	if (!n) {
		__sync_fetch_and_add(&c->halfopen_full, 1);
		return;
	}
	__sync_fetch_and_add(start ? &n->started : &n->ended, 1);
	__sync_fetch_and_add(&c->halfopen_moves, 1);
	if (*(volatile __u32 *)&reader_sleeps)
		wake_reader(false);
}

#endif
