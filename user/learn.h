/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel hides its addresses (kallsyms shows 0 without CAP_SYSLOG), the timer handlers are learned from sockets: iter/tcp shows the
 * function of any minisock's and request socket's timer. These make one of each on loopback, for a moment, and take both away again by an RST.
 */
#ifndef LEARN_H
#define LEARN_H
#include <stdbool.h>

/* Kernel symbols that matter to us. */
enum { SYM_TW_TIMER, SYM_REQSK_TIMER, SYM_PREEMPT_COUNT, SYM_PCPU_HOT, SYM_PER_CPU_OFFSET, SYM_MAX };
struct ksym {
	bool present;
	unsigned long address;	/* 0 where the kernel hides addresses */
};
/* All of them in one reading of /proc/kallsyms, which takes some 70 ms. What is not there is not present. */
void kallsyms_read(struct ksym ret[SYM_MAX]);

struct learn { int fd[6]; };
/* One FIN_WAIT2 minisock and one request socket now exist in this namespace, until learn_end(). Returns 0 or -errno. */
int learn_begin(struct learn *l);
void learn_end(struct learn *l);
#endif
