/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of ports, as a bitmap of all 65,536. */
#ifndef CORE_PORTS_PORTSET_H
#define CORE_PORTS_PORTSET_H
#include <linux/types.h>
#include <stdbool.h>

struct portset { __u64 bits[1024]; };

static inline bool portset_has(const struct portset *s, __u16 port)
{
	return s->bits[port >> 6] >> (port & 63) & 1;
}

static inline void portset_add(struct portset *s, __u16 port)
{
	s->bits[port >> 6] |= 1ULL << (port & 63);
}

void portset_add_range(struct portset *s, __u16 lo, __u16 hi);
/* Ports of @lo..@hi that are in @a or, unless it is NULL, in @b. */
__u32 portset_count(const struct portset *a, const struct portset *b, __u16 lo, __u16 hi);
#endif
