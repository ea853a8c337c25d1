/* SPDX-License-Identifier: GPL-2.0-only */
/* Who descends from whom: for those who follow the processes of a program. */
#ifndef FORK_BPF_H
#define FORK_BPF_H

#include "event.bpf.h"

/* In the parent, before the child can run: what the child does comes after this in the ring. */
static __always_inline void on_fork(struct task_struct *child)
{
	struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct twt_event *ev;
	__u32 level;

	if (child->pid != child->tgid)	/* a thread */
		return;
	ev = event_begin(TWT_FORK);
	if (!ev)
		return;
	event_current(ev);
	/* The innermost namespace's number is the one that the process itself knows. */
	level = BPF_CORE_READ(pid, level);
	ev->cookie = BPF_CORE_READ((struct upid *)((char *)pid + bpf_core_field_offset(struct pid, numbers) +
						   level * bpf_core_type_size(struct upid)), nr);
	ev->arg0 = child->tgid;
	ev->arg1 = child->start_boottime / 1000000;
	event_send(ev);
}

#endif
