/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings of the calling thread's network namespace that decide about ports and listen queues. */
#ifndef HOST_SYSCTL_H
#define HOST_SYSCTL_H
#include "twtrace.h"

/*
 * Read all of enum twt_sysctl and hand each to @tell as a TWT_SYSCTL event without time and namespace. What this kernel does
 * not have, or what cannot be read, is left out. Returns how many settings were read.
 */
int sysctl_read(void (*tell)(void *ctx, const struct twt_event *ev), void *ctx);
#endif
