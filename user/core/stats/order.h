/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list in order of which only a window is looked at. Only that window is sorted: to find it among a million keys takes a few
 * milliseconds, sorting all of them some hundred. Memory: 32 bytes a key.
 */
#ifndef CORE_STATS_ORDER_H
#define CORE_STATS_ORDER_H
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

struct order_key {
	__u64 hi, lo;		/* compared in this order, then .id: no two are equal */
	__u64 stamp;		/* the caller's: tells what .id meant when the key was made */
	__u32 id;
};

struct order {
	struct order_key *keys;
	size_t n, cap;
	size_t from, to;	/* this part is in its place and sorted */
	__u64 rng;
};

void order_free(struct order *o);	/* leaves an empty one */
void order_clear(struct order *o);	/* keeps the memory */
/* A key's .hi and .lo: IPv4 before IPv6, then by address and, where there is room, port. */
void order_by_address(struct order_key *k, const __u8 addr[16], __u16 port);
/* Returns 0 or -ENOMEM. */
int order_add(struct order *o, const struct order_key *key);
/*
 * The keys at places @from up to @from + @n of the whole order, ascending; at most o->n of them are there. Valid until the
 * next call.
 */
const struct order_key *order_window(struct order *o, size_t from, size_t n);
/* Keep the first @n of the whole order alone. */
void order_cut(struct order *o, size_t n);
bool order_less(const struct order_key *a, const struct order_key *b);
#endif
