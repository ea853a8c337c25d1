/* SPDX-License-Identifier: GPL-2.0-only */
/* All processes that there are now, by their cgroups: what each cgroup's path and its engine's files say is found once. */
#ifndef HOST_NAMES_WALK_H
#define HOST_NAMES_WALK_H
#include <linux/types.h>
#include <stdbool.h>

struct facts;

struct walk_ops {
	bool (*cgroup)(void *ctx, const struct facts *f);	/* once for each; true: its processes are wanted, too */
	void (*process)(void *ctx, __u32 pid);			/* may be NULL */
};

/* @root as of namer_new(). Returns 0 or -ENOMEM. */
int walk_processes(const char *root, const struct walk_ops *ops, void *ctx);
#endif
