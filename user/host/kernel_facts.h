/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel's types (BTF) tell about it, asked once. */
#ifndef HOST_KERNEL_FACTS_H
#define HOST_KERNEL_FACTS_H

enum {
	FACT_RX_SK = 1 << 0,		/* kfree_skb tells the receiving socket (6.11+) */
	FACT_RESET_REASON = 1 << 1,	/* tcp_send_reset tells a reason (6.10+) */
	FACT_FUNC_RET = 1 << 2,		/* fexit programs can ask for the return value (5.17+) */
	FACT_BIND_BY_ADDRESS = 1 << 3,	/* bound ports are listed by address, too (6.1+) */
	FACT_BIND_MAPPED_ANY = 1 << 5,	/* ... where ::ffff:0.0.0.0 is a wildcard for v4-mapped addresses, too (6.8+) */
	FACT_UID_OF_INODE = 1 << 4,	/* bind() takes a socket's user from its file: none is root's (up to 6.16) */
};

struct kernel_facts {
	unsigned int has;		/* FACT_* */
	unsigned long pcpu_hot_offset;	/* bytes from pcpu_hot to its preempt_count (6.2 to 6.14), or 0 */
};

/* Takes some 8 ms. Returns 0 or a negative errno. */
int kernel_facts_read(struct kernel_facts *ret);
#endif
