/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the kernel symbols that matter to us. */
#ifndef HOST_KALLSYMS_H
#define HOST_KALLSYMS_H

enum { SYM_TW_TIMER, SYM_REQSK_TIMER, SYM_PREEMPT_COUNT, SYM_PCPU_HOT, SYM_PER_CPU_OFFSET, SYM_MAX };

/*
 * 0 for what is not there, or where the kernel hides addresses (kptr_restrict, no CAP_SYSLOG). Asked one by one through a BPF program where the
 * kernel has that (5.16+): microseconds from 6.2 on; else all in one reading of /proc/kallsyms, which takes some 30 ms.
 */
void kallsyms_read(unsigned long ret_addresses[SYM_MAX]);
#endif
