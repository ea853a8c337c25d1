/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own counters of the calling thread's network namespace, as nstat and /proc/net/sockstat show them. */
#ifndef HOST_KCOUNTERS_H
#define HOST_KCOUNTERS_H
#include "twtrace.h"

/* @ret[enum twt_counter], 0 where this kernel has no such counter. Returns 0 or -errno if /proc cannot be read. */
int kcounters_read(__u64 ret[TWT_C_KERNEL_MAX]);
#endif
