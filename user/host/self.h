/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process costs. */
#ifndef HOST_SELF_H
#define HOST_SELF_H
#include <linux/types.h>

struct self {
	__u64 cpu_ns;			/* user and system */
	__u64 rss_bytes;
	__u64 open_fds, max_fds;
	__u64 start_ns;			/* since 1970 */
};

/* What cannot be told is 0. */
void self_look(struct self *ret);
#endif
