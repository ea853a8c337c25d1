/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths of cgroups (v2) from the ids that the kernel gives, as long as they exist; once found they are remembered. */
#ifndef HOST_CGROUP_H
#define HOST_CGROUP_H
#include <linux/types.h>

struct cgroup_cache;

struct cgroup_cache *cgroup_cache_new(void);		/* NULL without memory */
void cgroup_cache_free(struct cgroup_cache *c);		/* NULL is fine */
/*
 * The path of cgroup @id below the root of the hierarchy ("/" is the root itself), or NULL: gone, or not ours to see. Looks through
 * the hierarchy at most once in a second of @now_ns, and only for an id that is new. Valid until cgroup_cache_free().
 */
const char *cgroup_path(struct cgroup_cache *c, __u64 id, __u64 now_ns);
#endif
