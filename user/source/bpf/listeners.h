/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at the queues of listening sockets, while a view asks for them (struct source_wants). One look walks over the listeners of each namespace and reads
 * its counters; who holds the listeners is asked for more seldom, since that is a walk over all descriptors of the machine.
 */
#ifndef SOURCE_BPF_LISTENERS_H
#define SOURCE_BPF_LISTENERS_H
#include <linux/types.h>
#include <stdbool.h>

struct source;

struct listeners_look {
	int tcp_link, file_link;		/* fds of the iterators' links, or -1: nobody can ask */
	int iter_fd;				/* during a look */
	int (*drain)(struct source *s);		/* tells what is in the ring */
	__u64 began_ns;				/* the last look */
	__u64 next_ns, owners_next_ns;		/* not before */
	__u64 *counters;			/* of the namespace in work */
	bool counters_read;
};

/* Look if one is asked for and due. Returns 0 or -errno. */
int source_bpf_listeners(struct source *s, __u64 ts);
/* The last look of a run, due or not. */
void source_bpf_listeners_last(struct source *s);
#endif
