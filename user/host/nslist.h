/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces of this machine: those of processes, those bind-mounted (`ip netns`). Entering one needs CAP_SYS_ADMIN;
 * without it only our own is listed.
 */
#ifndef HOST_NSLIST_H
#define HOST_NSLIST_H
#include <stddef.h>
#include <linux/types.h>

struct nsent { __u32 inum; int fd; };
struct nslist { struct nsent *ns; size_t n, cap; size_t refused; int own; };

/* All of them, each once, own first; @only (n_only > 0): just these inode numbers. Returns 0 or -errno. */
int nslist_read(struct nslist *l, const __u32 *only, size_t n_only);
void nslist_free(struct nslist *l);
/* Run @fn with the calling thread inside namespace @i, then return to our own. Result of @fn, or -errno if it can't be entered. */
int nslist_within(const struct nslist *l, size_t i, int (*fn)(void *ctx), void *ctx);
#endif
