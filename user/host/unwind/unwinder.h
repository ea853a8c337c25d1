/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From registers and a piece of a stack to named frames, with elfutils: unwound by .eh_frame, .debug_frame or frame pointers; symbols and lines of the
 * program's and its libraries' own files, and of debug files below /usr/lib/debug/.build-id. No process is stopped or written to; their memory is not read:
 * only /proc/PID/maps and the files that they map, as their mount namespace has them.
 *
 * Bounded: UNWIND_QUEUE samples wait, UNWIND_PROCESSES processes are kept open, frames are told once. Files are those of others: they are read, never mapped, since one
 * that is cut short meanwhile would kill who has it mapped; only regular ones are opened.
 */
#ifndef HOST_UNWIND_UNWINDER_H
#define HOST_UNWIND_UNWINDER_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

#define UNWIND_QUEUE 1024
#define UNWIND_PROCESSES 16

struct unwinder;

/* What it has to tell: a TWT_FRAME or TWT_STACK record, frames before the stacks that they are in. Valid during the call. */
typedef void (*unwinder_tell)(void *ctx, const void *rec);

struct unwinder *unwinder_new(void);		/* NULL without memory */
void unwinder_free(struct unwinder *u);		/* NULL is fine */
/*
 * Keep a copy of @s, of @len bytes, for later, and look at its process now, before it is gone. Returns 0; -ESRCH: it is gone, or not ours to see; -ENOSPC: too many wait;
 * -EBADMSG: it is no sample; -ENOMEM.
 */
int unwinder_take(struct unwinder *u, const struct twt_stack_sample *s, size_t len);
/* Unwind what waits, oldest first, for some @budget_ns at most, and tell. Returns how many stacks were told. */
unsigned int unwinder_work(struct unwinder *u, unsigned long long budget_ns, unwinder_tell tell, void *ctx);
/* When the oldest sample that waits was taken; 0: none waits. */
__u64 unwinder_oldest(const struct unwinder *u);
#endif
