/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that we support (5.15 and later). Each entry says since when. The choice is always made by
 * asking the running kernel's BTF, never by its version: stable series move too.
 */
#ifndef COMPAT_BPF_H
#define COMPAT_BPF_H

#include "maps.bpf.h"

/*
 * The preempt counter of this CPU. x86: a per-CPU variable of its own up to 6.1 and again from 6.15 ("x86/percpu: Move preempt_count to percpu hot
 * section"), a member of pcpu_hot in between (6.2, "x86: Put hot per CPU variables into a struct"). It is found by its address, which the loader
 * takes from kallsyms: a typed ksym, or a type, that this kernel does not have makes libbpf look through all modules' BTF, which needs
 * CAP_SYS_ADMIN. Without CONFIG_KALLSYMS_ALL or where addresses are hidden it stays unknown. arm64 keeps it in the task.
 */
unsigned long preempt_count_at;		/* &__preempt_count or &pcpu_hot.preempt_count; 0: unknown */
unsigned long per_cpu_offset_at;	/* __per_cpu_offset[] */

struct thread_info___in_task {
	struct {
		__u32 count;
	} preempt;
} __attribute__((preserve_access_index));

struct task_struct___in_task {
	struct thread_info___in_task thread_info;
} __attribute__((preserve_access_index));

#define SERVING_SOFTIRQ 0x100	/* include/linux/preempt.h: SOFTIRQ_OFFSET; disabling alone adds twice that */

/* TWT_F_CTX if it can be told whether this CPU is serving a softirq, and TWT_F_SOFTIRQ if it is. */
static __always_inline __u32 context_flags(void)
{
	unsigned long at = preempt_count_at, base = 0;
	__u32 count;

	if (bpf_core_field_exists(struct task_struct___in_task, thread_info.preempt.count)) {
		struct task_struct___in_task *task = (void *)bpf_get_current_task_btf();

		count = BPF_CORE_READ(task, thread_info.preempt.count);
	} else {
		if (!at)
			return 0;
		if (bpf_probe_read_kernel(&base, sizeof(base),
					  (void *)(per_cpu_offset_at + bpf_get_smp_processor_id() * sizeof(base))) ||
		    bpf_probe_read_kernel(&count, sizeof(count), (void *)(base + at)))
			return 0;
	}
	return TWT_F_CTX | (count & SERVING_SOFTIRQ ? TWT_F_SOFTIRQ : 0);
}

/* Up to 5.17 the minisock keeps a bit for its timer's handler, which does the counting (until 5.18). */
struct inet_timewait_sock___kill {
	__u32 tw_kill : 1;
} __attribute__((preserve_access_index));

static __always_inline bool kernel_counts_tw_at_expiry(void)
{
	struct inet_timewait_sock___kill *tw = NULL;

	return bpf_core_field_exists(tw->tw_kill);
}

/* When a minisock became what it is, ms; from 6.14 on ("tcp: use tw_entry_stamp"). */
struct inet_timewait_sock___entry {
	__u32 tw_entry_stamp;
} __attribute__((preserve_access_index));

/* The port was chosen by connect(): a flag of minisocks beside SOCK_CONNECT_BIND in sk_userlocks; 6.18+. */
struct inet_timewait_sock___connect {
	__u32 tw_connect_bind : 1;
} __attribute__((preserve_access_index));

/* IP_LOCAL_PORT_RANGE: 6.3+ and in stable 6.1; two __u16 at first, one __u32 from 6.8 on; low half first in both. Two kinds of types, two names. */
struct inet_sock___range {
	__u32 local_port_range;
} __attribute__((preserve_access_index));
struct inet_sock___pair {
	struct { __u16 lo; __u16 hi; } local_port_range;
} __attribute__((preserve_access_index));

/* Users of a network namespace: ns.count until 6.17, ns.__ns_ref from 6.18 ("nsfs/net: use ns_ref helpers"). 0 once it is being torn down. */
struct ns_common___count {
	refcount_t count;
} __attribute__((preserve_access_index));

struct net___count {
	struct ns_common___count ns;
} __attribute__((preserve_access_index));

struct ns_common___ref {
	refcount_t __ns_ref;
} __attribute__((preserve_access_index));

struct net___ref {
	struct ns_common___ref ns;
} __attribute__((preserve_access_index));

static __always_inline bool netns_is_dead(struct net *net)
{
	struct net___count *with_count = (void *)net;
	struct net___ref *with_ref = (void *)net;

	if (bpf_core_field_exists(with_ref->ns.__ns_ref))
		return BPF_CORE_READ(with_ref, ns.__ns_ref.refs.counter) == 0;
	if (bpf_core_field_exists(with_count->ns.count))
		return BPF_CORE_READ(with_count, ns.count.refs.counter) == 0;
	return false;
}

#endif
