/* SPDX-License-Identifier: GPL-2.0-only */
/* Every hook on one page. user/source/bpf/probes.c says what is lost without each, and which are alternatives of each other. */
#include "vmlinux.h"
#include "listen.bpf.h"
#include "look.bpf.h"
#include "cgroup.bpf.h"
#include "calls.bpf.h"
#include "fork.bpf.h"
#include "maps.bpf.h"
#include "nest.bpf.h"
#include "reset.bpf.h"
#include "snapshot.bpf.h"
#include "state.bpf.h"
#include "timewait.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Only with --stacks: which code it is. Before the program below, as it stands before it here, so that the event is told after its path. */
SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(stack_state, struct sock *sk, int old, int new)
{
	stack_of_state(sk, old, new);
	return 0;
}

SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(stack_touch, struct sock *sk)
{
	stack_of_touch(sk);
	return 0;
}

/* The return value's place moved with the arguments (4 up to 6.9, 2 from 6.10, "net: change proto and proto_ops accept type"): a helper finds it. */
static __always_inline struct sock *returned_sock(void *ctx)
{
	__u64 sk = 0;

	return bpf_get_func_ret(ctx, &sk) ? NULL : (struct sock *)sk;
}

SEC("?fexit/inet_csk_accept")
int stack_accepted(void *ctx)
{
	stack_of_accept(returned_sock(ctx));
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, struct sock *sk, int old, int new)
{
	nest_first_begin(TWT_NEST_STATE);
	on_set_state(sk, old, new);
	nest_first_end(TWT_NEST_STATE);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state_nested, struct sock *sk, int old, int new)
{
	if (nest_first_missed(TWT_NEST_STATE))
		on_set_state(sk, old, new);
	return 0;
}

SEC("tp_btf/timer_start")
int BPF_PROG(timer_start, struct timer_list *timer)
{
	on_timer_start(timer);
	return 0;
}

SEC("tp_btf/timer_cancel")
int BPF_PROG(timer_cancel, struct timer_list *timer)
{
	on_timer_cancel(timer);
	return 0;
}

SEC("tp_btf/timer_expire_entry")
int BPF_PROG(timer_expire, struct timer_list *timer)
{
	on_timer_expire(timer);
	return 0;
}

/* 6.11 and later: rx_sk was added by "net: introduce sk_skb_reason_drop function". */
SEC("?tp_btf/kfree_skb")
int BPF_PROG(segment, struct sk_buff *skb, void *location, int reason, struct sock *rx_sk)
{
	nest_first_begin(TWT_NEST_SEGMENT);
	on_kfree_skb(skb, rx_sk);
	nest_first_end(TWT_NEST_SEGMENT);
	return 0;
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(segment_nested, struct sk_buff *skb, void *location, int reason, struct sock *rx_sk)
{
	if (nest_first_missed(TWT_NEST_SEGMENT))
		on_kfree_skb(skb, rx_sk);
	return 0;
}

/* Before that. Only the first three arguments, whose places never moved. */
SEC("?fexit/tcp_timewait_state_process")
int BPF_PROG(segment_fexit, struct inet_timewait_sock *tw, struct sk_buff *skb, const void *th)
{
	__u64 status = 0;

	if (!bpf_get_func_ret(ctx, &status))
		on_timewait_segment(tw, th, status);
	return 0;
}

/* 6.10 and later: with a reason, and for minisocks too ("rstreason: make it work in trace world"). */
SEC("?tp_btf/tcp_send_reset")
int BPF_PROG(send_reset_reason, struct sock *sk, struct sk_buff *skb, int reason)
{
	on_send_reset(sk, rst_reason(reason));
	return 0;
}

SEC("?tp_btf/tcp_send_reset")
int BPF_PROG(send_reset, struct sock *sk)
{
	on_send_reset(sk, TWT_RST_UNKNOWN);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(receive_reset, struct sock *sk)
{
	on_receive_reset(sk);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy_sock, struct sock *sk)
{
	on_destroy(sk);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(touch, struct sock *sk)
{
	on_touch(sk);
	return 0;
}

SEC("?fexit/inet_csk_accept")
int accepted(void *ctx)
{
	on_accept(returned_sock(ctx));
	return 0;
}

SEC("?tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_made, struct cgroup *cgrp, const char *path)
{
	on_cgroup(cgrp);
	return 0;
}

SEC("?tp_btf/sched_process_fork")
int BPF_PROG(forked, struct task_struct *parent, struct task_struct *child)
{
	on_fork(child);
	return 0;
}

SEC("iter/tcp")
int iter_tcp(struct bpf_iter__tcp *ctx)
{
	return on_iter_tcp(ctx);
}

SEC("iter/task_file")
int iter_task_file(struct bpf_iter__task_file *ctx)
{
	return on_iter_task_file(ctx, 0);
}

/* Both only where a view asks for listeners. */
SEC("?iter/tcp")
int iter_listener(struct bpf_iter__tcp *ctx)
{
	return on_iter_listener(ctx);
}

SEC("?iter/task_file")
int iter_listener_file(struct bpf_iter__task_file *ctx)
{
	return on_iter_task_file(ctx, TCP_LISTEN);
}

/* Only with --calls: it is on the way of every system call of the machine. */
SEC("?tp_btf/sys_exit")
int BPF_PROG(call_failed, struct pt_regs *regs, long ret)
{
	on_call(regs, ret);
	return 0;
}

/* Who holds a port: read by their own descriptors, not through the ring. Listed in user/source/bpf/look.c. */
SEC("?iter/tcp")
int look_tcp(struct bpf_iter__tcp *ctx)
{
	return on_look_tcp(ctx);
}

SEC("?iter/task_file")
int look_files(struct bpf_iter__task_file *ctx)
{
	return on_look_file(ctx);
}
