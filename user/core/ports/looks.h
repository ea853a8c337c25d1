/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of one look (TWT_LOOK), each once: what the hash tables say of it, and the processes that have a descriptor of it. */
#ifndef CORE_PORTS_LOOKS_H
#define CORE_PORTS_LOOKS_H
#include <stddef.h>
#include "twtrace.h"

#define LOOKS_MAX (4U << 20)	/* sockets; what is more is counted */

struct looked {
	struct twt_look s;	/* with its first owner, if TWT_LOOK_OWNER */
	unsigned int owners;	/* processes that hold it */
};

struct looks {
	struct looked *v;
	size_t n, cap;
	__u32 *slots;		/* hash of places in @v, +1; 0: free */
	size_t n_slots;
	unsigned long long lost;/* no memory, or more than LOOKS_MAX */
};

/* Start with zeroes. Returns 0 or -ENOMEM/-ENOSPC, which is counted. */
int looks_add(struct looks *l, const struct twt_look *look);
void looks_reset(struct looks *l);	/* empties, keeps the memory */
void looks_free(struct looks *l);
#endif
