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
	const struct sock_common *skc = &req->__req_common;
	struct twt_halfopen_key key = {};
	struct twt_halfopen *n, zero = {};
	struct twt_counts *c;

	key.netns = BPF_CORE_READ(skc, skc_net.net, ns.inum);
	if (!filter_passes(key.netns, BPF_CORE_READ(skc, skc_family)) || !skc_is_tcp(skc))
		return;
	key.lport = BPF_CORE_READ(skc, skc_num);
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
	wake_reader(false);
}

#endif
