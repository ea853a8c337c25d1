/* SPDX-License-Identifier: GPL-2.0-only */
/* An event: zeroed, stamped, filled by a topic, sent, counted. */
#ifndef EVENT_BPF_H
#define EVENT_BPF_H

#include "maps.bpf.h"

#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

static __always_inline void event_init(struct twt_event *ev, __u8 kind)
{
	__builtin_memset(ev, 0, sizeof(*ev));
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

static __always_inline void event_current(struct twt_event *ev)
{
	event_task(ev, bpf_get_current_task_btf());
	ev->cgroup = bpf_get_current_cgroup_id();
}

/*
 * Send it, without its task part if there is none. The reader looks every tick anyway: it is woken only where much waits.
 * Returns 0, or negative if the ring was full; the loss is counted here.
 */
static __always_inline long event_send(struct twt_event *ev)
{
	struct twt_counts *c = &counts[ev->cpu & (COUNT_SLOTS - 1)].c;
	__u64 wakeup = BPF_RB_NO_WAKEUP;
	long err;

	ev->size = ev->flags & TWT_F_TASK ? sizeof(*ev) : TWT_EVENT_SHORT;
	__sync_fetch_and_add(&c->seen[ev->kind & 31], 1);
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= config.wakeup_bytes)
		wakeup = BPF_RB_FORCE_WAKEUP;
	if (ev->flags & TWT_F_TASK)
		err = bpf_ringbuf_output(&ring, ev, sizeof(*ev), wakeup);
	else
		err = bpf_ringbuf_output(&ring, ev, TWT_EVENT_SHORT, wakeup);
	if (err)
		__sync_fetch_and_add(&c->ring_full, 1);
	return err;
}

#endif
