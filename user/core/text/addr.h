/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses as events carry them: 16 bytes in network order, IPv4 as v4-mapped. */
#ifndef CORE_TEXT_ADDR_H
#define CORE_TEXT_ADDR_H
#include <linux/types.h>
#include <stdbool.h>

static inline bool addr_is_v4(const __u8 a[16])
{
	static const __u8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return __builtin_memcmp(a, mapped, 12) == 0;
}

static inline bool addr_is_loopback(const __u8 a[16])
{
	static const __u8 one[16] = { [15] = 1 };

	return !__builtin_memcmp(a, one, 16) || (addr_is_v4(a) && a[12] == 127);
}

static inline bool addr_is_any(const __u8 a[16])
{
	static const __u8 any4[8] = { 0, 0, 0xff, 0xff, 0, 0, 0, 0 };
	__u64 half[2], v4;

	__builtin_memcpy(half, a, sizeof(half));
	__builtin_memcpy(&v4, any4, sizeof(v4));
	return !half[0] && (!half[1] || half[1] == v4);
}
#endif
