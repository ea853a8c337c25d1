/* SPDX-License-Identifier: GPL-2.0-only */
/* An event: a slot for it, zeroed, stamped, filled by a topic, sent; what is lost is counted. */
#ifndef EVENT_BPF_H
#define EVENT_BPF_H

#include "lane.bpf.h"

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

/* Add the task part: describe @task, whose own memory is trusted (current, or an iterator's task), but for its cgroup. */
static __always_inline void event_task(struct twt_event *ev, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	__u32 pf = task->flags;

	ev->size = sizeof(*ev);
	ev->flags |= TWT_F_TASK;
	if (pf & PF_EXITING)
		ev->flags |= TWT_F_EXITING;
	if (pf & PF_KTHREAD)
		ev->flags |= TWT_F_KTHREAD;
	ev->tgid = task->tgid;
	ev->tid = task->pid;
	ev->cgroup = 0;
	ev->aux = leader->start_boottime / 1000000;
	/* Sixteen direct loads are 15 ns less than one checked copy; the verifier takes them byte by byte only. */
#pragma unroll
	for (int i = 0; i < TWT_COMM_LEN; i++)
		ev->comm[i] = leader->comm[i];
}

/* ... of current, cgroup and all. */
static __always_inline void event_current(struct twt_event *ev)
{
	event_task(ev, bpf_get_current_task_btf());
	ev->cgroup = bpf_get_current_cgroup_id();
}

/* A slot, zeroed but for the task part, and stamped: to be filled where it lies, then sent, whatever happens. NULL: full. */
static __always_inline struct twt_event *event_reserve(__u8 kind)
{
	struct twt_event *ev = lane_claim();
	__u64 *words = (__u64 *)ev;
	unsigned int i;

	if (!ev)
		return NULL;
	/* memset() from the middle of it would be a store for each byte. The first word has the lap number: see lane_commit(). */
#pragma unroll
	for (i = offsetof(struct twt_event, cookie) / sizeof(*words); i < TWT_EVENT_SHORT / sizeof(*words); i++)
		words[i] = 0;
	ev->size = TWT_EVENT_SHORT;
	ev->version = TWT_VERSION;
	ev->kind = kind;
	ev->ts_ns = bpf_ktime_get_boot_ns();
	return ev;
}

/* NULL: lost, and counted. */
static __always_inline struct twt_event *event_begin(__u8 kind)
{
	struct twt_event *ev = event_reserve(kind);

	if (!ev)
		__sync_fetch_and_add(&this_cpu_counts()->ring_full, 1);
	return ev;
}

static __always_inline void event_send(struct twt_event *ev)
{
	lane_commit(ev);
}

#endif
