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
	static const __u8 any6[16];

	return !__builtin_memcmp(a, any6, 16) || (addr_is_v4(a) && !__builtin_memcmp(a + 12, any6, 4));
}
#endif
