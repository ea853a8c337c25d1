/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/portset.h"

void portset_add_range(struct portset *s, __u16 lo, __u16 hi)
{
	for (__u32 p = lo; p <= hi; p++)
		portset_add(s, (__u16)p);
}

__u32 portset_count(const struct portset *a, const struct portset *b, __u16 lo, __u16 hi)
{
	__u32 n = 0;

	for (__u32 w = lo >> 6; lo <= hi && w <= (__u32)hi >> 6; w++) {
		__u64 bits = a->bits[w] | (b ? b->bits[w] : 0);

		if (w == (__u32)lo >> 6)
			bits &= ~0ULL << (lo & 63);
		if (w == (__u32)hi >> 6)
			bits &= ~0ULL >> (63 - (hi & 63));
		n += (__u32)__builtin_popcountll(bits);
	}
	return n;
}
