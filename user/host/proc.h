/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc says about processes. One that is gone when it is asked for is unknown. */
#ifndef HOST_PROC_H
#define HOST_PROC_H
#include <linux/types.h>
#include <stdbool.h>

bool proc_exists(__u32 pid);
/* Calls @fn for each process that is a program, not a thread of the kernel, with its name, which may hold any bytes. In no order. */
void proc_each(void (*fn)(void *ctx, __u32 pid, const char *comm), void *ctx);
/* When @pid started, ms since boot, to within a clock tick; 0: unknown. */
__u32 proc_start_ms(__u32 pid);
/* Does @pid still name the process that started at @start_ms, ms since boot as in struct actor? */
bool proc_is(__u32 pid, __u32 start_ms);
/* Are the pids in /proc those of the kernel's events? Not within a pid namespace of our own. */
bool proc_sees_all_pids(void);
/* Neither do mounts of this host hide from us: we are in the mount namespace of its first process, as far as that can be seen. */
bool proc_sees_all_mounts(void);
#endif
