/* SPDX-License-Identifier: GPL-2.0-only */
/* An event: room for it in the ring, zeroed, stamped, filled by a topic, sent; what is lost is counted. */
#ifndef EVENT_BPF_H
#define EVENT_BPF_H

#include "maps.bpf.h"

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

static __always_inline void event_head(struct twt_event *ev, __u16 size, __u8 kind)
{
	ev->size = size;
	ev->version = TWT_VERSION;
	ev->kind = kind;
	ev->cpu = bpf_get_smp_processor_id();
	ev->ts_ns = bpf_ktime_get_boot_ns();
}

/* Describe @task, whose own memory is trusted (current, or an iterator's task). */
static __always_inline void event_task(struct twt_event *ev, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	__u32 pf = task->flags;

	ev->flags |= TWT_F_TASK;
	if (pf & PF_EXITING)
		ev->flags |= TWT_F_EXITING;
	if (pf & PF_KTHREAD)
		ev->flags |= TWT_F_KTHREAD;
	ev->tgid = task->tgid;
	ev->tid = task->pid;
	ev->aux = leader->start_boottime / 1000000;
	bpf_probe_read_kernel(ev->comm, sizeof(ev->comm), &leader->comm);
}

/*
 * Room in the ring for an event, zeroed and stamped: to be filled where it lies, then sent. NULL if the ring is full. The verifier sees to it that
 * the task part of a short one is left alone.
 */
static __always_inline struct twt_event *event_reserve(__u8 kind)
{
	struct twt_event *ev = bpf_ringbuf_reserve(&ring, TWT_EVENT_SHORT, 0);

	if (!ev)
		return NULL;
	__builtin_memset(ev, 0, TWT_EVENT_SHORT);
	event_head(ev, TWT_EVENT_SHORT, kind);
	return ev;
}

static __always_inline struct twt_event *event_reserve_long(__u8 kind)
{
	struct twt_event *ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);

	if (!ev)
		return NULL;
	__builtin_memset(ev, 0, sizeof(*ev));
	event_head(ev, sizeof(*ev), kind);
	return ev;
}

/* NULL: lost, and counted. */
static __always_inline struct twt_event *event_counted(struct twt_event *ev)
{
	if (!ev)
		__sync_fetch_and_add(&this_cpu_counts()->ring_full, 1);
	return ev;
}

static __always_inline struct twt_event *event_begin(__u8 kind)
{
	return event_counted(event_reserve(kind));
}

/* With current's description. */
static __always_inline struct twt_event *event_begin_current(__u8 kind)
{
	struct twt_event *ev = event_counted(event_reserve_long(kind));

	if (ev) {
		event_task(ev, bpf_get_current_task_btf());
		ev->cgroup = bpf_get_current_cgroup_id();
	}
	return ev;
}

/* The reader looks every tick anyway: it is woken only where much waits. */
static __always_inline void event_send(struct twt_event *ev)
{
	bool much = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= config.wakeup_bytes;

	bpf_ringbuf_submit(ev, much ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
