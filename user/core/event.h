/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes from a source -> a checked struct twt_event. The only place that trusts nothing. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H
#include <stdbool.h>
#include <stddef.h>
#include "twtrace.h"

/*
 * Decode one event of @len bytes at @data into @ret_ev. A longer event (newer writer) loses its tail, a shorter one is
 * zero-filled. Returns 0, or -EBADMSG if size, kind or a state is outside what this reader can index safely;
 * @ret_ev is written only on success. @data needs no alignment.
 */
int event_decode(const void *data, size_t len, struct twt_event *ret_ev);

/* Signed value of arg0 (nanoseconds until a timer is due; clock offset). */
static inline long long event_sarg0(const struct twt_event *ev) { return (long long)ev->arg0; }

static inline bool addr_is_v4(const __u8 a[16])
{
	static const __u8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return __builtin_memcmp(a, mapped, 12) == 0;
}
#endif
