/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the kernel symbols that matter to us. */
#ifndef KALLSYMS_H
#define KALLSYMS_H
#include <stdbool.h>

enum { SYM_TW_TIMER, SYM_REQSK_TIMER, SYM_PREEMPT_COUNT, SYM_PCPU_HOT, SYM_PER_CPU_OFFSET, SYM_MAX };

struct ksym {
	bool present;
	unsigned long address;	/* 0 where the kernel hides addresses (kptr_restrict, no CAP_SYSLOG) */
};

/* All of them in one reading of /proc/kallsyms, which takes some 70 ms. What is not there is not present. */
void kallsyms_read(struct ksym ret[SYM_MAX]);
#endif
