/* SPDX-License-Identifier: GPL-2.0-only */
/* The connections with the largest values, some for each of several groups, as they were when they were offered. Bounded: smaller ones make room. */
#ifndef CORE_STATS_LONGEST_H
#define CORE_STATS_LONGEST_H
#include "core/stats/history.h"

struct longest;

/* NULL without memory. @groups times @each connections at most. */
struct longest *longest_new(size_t groups, size_t each);
void longest_free(struct longest *l);		/* NULL is fine */
/* @c, at @ts_ns, with @value in @group. */
void longest_offer(struct longest *l, size_t group, __u64 value, const struct conn *c, const struct actors *as, __u64 ts_ns);
/* How many of @group are kept, and how many were offered. */
size_t longest_n(const struct longest *l, size_t group);
__u64 longest_offered(const struct longest *l, size_t group);
/* @i: 0 is the largest one. Call longest_sort() after the last offer. Valid until the next one. */
void longest_sort(struct longest *l);
const struct moment *longest_at(const struct longest *l, size_t group, size_t i, __u64 *ret_value);
const struct actors *longest_actors(const struct longest *l);
#endif
