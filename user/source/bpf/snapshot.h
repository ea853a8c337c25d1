/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pass of iter/tcp over the network namespaces (and of iter/task_file for owners), taken in small steps, so that the ring, which carries the
 * records, can be drained in between. The source puts TWT_SNAP_BEGIN and _END around what a step brings.
 */
#ifndef SOURCE_BPF_SNAPSHOT_H
#define SOURCE_BPF_SNAPSHOT_H
#include <stdbool.h>
#include "host/nslist.h"

struct snapshot {
	struct nslist list;
	size_t at;		/* namespace in work */
	int tcp_link, file_link;/* fds of the iterators' links; file_link -1: no owners */
	int iter_fd;		/* open iterator, or -1 */
	bool active, files_done;
	size_t refused;		/* namespaces that could not be entered */
	/* at the borders of a namespace, in its order in the stream */
	void (*begin)(void *ctx, __u32 netns);	/* 0: the pass as a whole */
	void (*end)(void *ctx, __u32 netns);
	void *ctx;
};

/* Start a pass. Returns 0 or -errno. */
int snapshot_start(struct snapshot *s, const __u32 *only, size_t n_only);
/* The same of descriptors alone. */
void snapshot_start_files(struct snapshot *s);
/* Bring at most some hundred records into the ring. Returns 1: more to do, 0: the pass is over, -errno. */
int snapshot_step(struct snapshot *s);
void snapshot_stop(struct snapshot *s);
#endif
