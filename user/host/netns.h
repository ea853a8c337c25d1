/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of network namespaces. */
#ifndef HOST_NETNS_H
#define HOST_NETNS_H
#include <linux/types.h>
#include <stddef.h>

/*
 * The inode number of the namespace that @text names: a name of `ip netns`, a path (/run/netns/x,
 * /proc/7/ns/net), an inode number, "pid:N" or "self". Returns 0; -EINVAL (no such form), -ENOENT (nothing
 * there), -EACCES, or another negative errno, each with one sentence in @err.
 */
int netns_resolve(const char *text, __u32 *ret_inode, char *err, size_t errlen);
/* Calls @fn for each name of `ip netns`, which may hold any bytes. In no order. */
void netns_each_name(void (*fn)(void *ctx, const char *name), void *ctx);
#endif
