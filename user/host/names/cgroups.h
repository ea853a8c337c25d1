/* SPDX-License-Identifier: GPL-2.0-only */
/* From the ids that the kernel gives to paths of cgroups, as long as those exist. */
#ifndef HOST_NAMES_CGROUPS_H
#define HOST_NAMES_CGROUPS_H
#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>
#include "core/text/strbuf.h"

struct cgroups {
	char root[PATH_MAX];	/* where the v2 hierarchy is mounted; "": nowhere */
	__u64 root_id;
	bool has_v1;		/* hierarchies of v1 have processes, which v2 then may know nothing about */
	bool sees_pids;		/* /proc is that of the pids in events */
	/* All that the last look found, by id. */
	struct found { __u64 id; size_t at; } *found;
	size_t n_found, cap_found;
	struct strbuf paths;
	__u64 rest_until_ns;	/* CLOCK_MONOTONIC: no look through the hierarchy before */
	__u64 scans;		/* looks through the whole hierarchy, for -v */
};

void cgroups_init(struct cgroups *cs);
void cgroups_free(struct cgroups *cs);
/*
 * The path of cgroup @id below the root of its hierarchy, "/" for the root itself: what process @tgid (0: none) says, if that is it, else a
 * look through the hierarchy, which never takes more than a twentieth of the time. 0, -ENOENT: gone, or not ours to see; -EAGAIN: a look is not
 * allowed yet.
 */
int cgroups_path(struct cgroups *cs, __u64 id, __u32 tgid, char ret[PATH_MAX]);
/* @id is the root of v2, and only v1 can tell more about its processes. */
bool cgroups_ask_v1(const struct cgroups *cs, __u64 id);
/* The path of @tgid in v1: name=systemd, else memory, pids, cpu. False: it is gone, or in the root there too. */
bool cgroups_v1_path(__u32 tgid, char ret[PATH_MAX]);
/* The path of @tgid, in v2 or, where that is the root, in v1. False: it is gone. */
bool cgroups_of_process(const struct cgroups *cs, __u32 tgid, char ret[PATH_MAX]);
#endif
