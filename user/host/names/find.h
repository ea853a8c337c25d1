/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespace of a running container or pod. */
#ifndef HOST_NAMES_FIND_H
#define HOST_NAMES_FIND_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* Does @text ask for one: "container:NAME|ID", "pod:NS/NAME", "pod:NAME"? */
bool find_netns_takes(const char *text);
/*
 * Looks at the cgroups of all processes. @root as of namer_new(). Returns 0, or a negative errno with one sentence in @err: -EINVAL (no name is
 * given), -ENOENT, -EEXIST (several, in different namespaces), -EACCES.
 */
int find_netns(const char *text, const char *root, __u32 *ret_inode, char *err, size_t errlen);
#endif
