/* SPDX-License-Identifier: GPL-2.0-only */
/* What a network namespace is called: by `ip netns`, else after the container, pod or process that was first in it. */
#ifndef HOST_NAMES_NETNS_H
#define HOST_NAMES_NETNS_H
#include <linux/types.h>
#include <stddef.h>
#include "core/text/strbuf.h"
#include "host/names/cgroups.h"
#include "host/names/facts.h"

/* A namespace to be named. */
struct netns_want { __u32 inode; char name[FACT_LEN * 2]; };	/* "": nobody knows */

/* "container:NAME" or "pod:NS/POD", as -N takes them; false: @n is in neither. */
bool netns_name_of(const struct name *n, struct strbuf *b);
/* Fill .name of all @n of @want: one look at /run/netns, and one through /proc where that is not enough. */
void netns_find_names(const struct cgroups *cs, struct places *p, __u64 now_ns, struct netns_want *want, size_t n);
/* The network namespace of process @tgid; 0: it is gone, or not ours to see. */
__u32 netns_of_process(__u32 tgid);
#endif
