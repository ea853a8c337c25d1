/* SPDX-License-Identifier: GPL-2.0-only */
/* What a service manager is told (sd_notify(3)): one datagram to the socket that NOTIFY_SOCKET names; nothing where there is none. */
#ifndef RUN_NOTIFY_H
#define RUN_NOTIFY_H
#include <linux/types.h>

/* "READY=1", "WATCHDOG=1", "STOPPING=1". */
void notify_manager(const char *state);
/* How often the manager wants to hear WATCHDOG=1, half of what it allows, in ns; 0: it does not. */
__u64 notify_watchdog_ns(void);
#endif
