/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names that have series of their own. Not a ranking: one that was made anew for each scrape would let counters jump between a name and "other". A name
 * gets a slot when it is first seen and one is free, and keeps it until nothing was heard of it for an hour: its series ends then.
 */
#ifndef CORE_METRICS_SLOTS_H
#define CORE_METRICS_SLOTS_H
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define SLOTS_MAX 200			/* of one kind */
#define SLOT_KEY_MAX 128		/* bytes of a name */
#define SLOT_IDLE_NS (3600ULL * 1000000000)

struct slot { char key[SLOT_KEY_MAX]; __u64 touched_ns; __u8 len; bool used; };

struct slots;

struct slots *slots_new(unsigned int max);	/* 1..SLOTS_MAX; NULL without memory */
void slots_free(struct slots *s);		/* NULL is fine */
/* The slot of @key (@len bytes, more than SLOT_KEY_MAX are cut), given to it if one is free: its number from 0 on, or -1 for "other". */
int slots_get(struct slots *s, const void *key, size_t len, __u64 now_ns);
/* Something was heard of slot @i, which is in use. */
void slots_touch(struct slots *s, unsigned int i, __u64 now_ns);
/* NULL: it is free. */
const struct slot *slots_at(const struct slots *s, unsigned int i);
unsigned int slots_max(const struct slots *s);
unsigned int slots_used(const struct slots *s);
/* Free those that were idle for SLOT_IDLE_NS; @freed is told of each. */
void slots_expire(struct slots *s, __u64 now_ns, void (*freed)(void *ctx, unsigned int i), void *ctx);
#endif
