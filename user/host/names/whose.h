/* SPDX-License-Identifier: GPL-2.0-only */
/* The container, pod and unit of a process that is asked about now and then, by what /proc says of its cgroup. Needs no events. */
#ifndef HOST_NAMES_WHOSE_H
#define HOST_NAMES_WHOSE_H
#include <linux/types.h>

struct name;
struct whose;

/* @root as of namer_new(). NULL without memory. */
struct whose *whose_new(const char *root);
void whose_free(struct whose *w);		/* NULL is fine */
/* NULL: the process is gone, or nothing is known of its cgroup. Each cgroup's files are read once. Good as long as @w. */
const struct name *whose_process(struct whose *w, __u32 tgid);
#endif
