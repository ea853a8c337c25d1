/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/tree.h"
#include <stdlib.h>

#define TICK_MS 10	/* what /proc counts start times in */

struct tree {
	__u32 root, start_ms;
	size_t limit, n, cap;	/* @cap: slots, a power of two, at least twice @n */
	__u64 *slots;		/* tgid and start time; 0: free */
	__u64 overflow;
};

static __u64 key(__u32 tgid, __u32 start_ms)
{
	return (__u64)start_ms << 32 | tgid;
}

struct tree *tree_new(__u32 root, __u32 start_ms, size_t limit)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->root = root;
	t->start_ms = start_ms;
	t->limit = limit;
	t->cap = 64;
	t->slots = calloc(t->cap, sizeof(*t->slots));
	if (!t->slots) {
		free(t);
		return NULL;
	}
	return t;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	free(t->slots);
	free(t);
}

/* Where @k is, or the free slot where it belongs. */
static size_t place(const __u64 *slots, size_t cap, __u64 k)
{
	size_t at = (size_t)((k * 0x9e3779b97f4a7c15ULL) >> 32) & (cap - 1);

	while (slots[at] && slots[at] != k)
		at = (at + 1) & (cap - 1);
	return at;
}

static bool grow(struct tree *t)
{
	size_t cap = t->cap * 2;
	__u64 *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slots[i])
			slots[place(slots, cap, t->slots[i])] = t->slots[i];
	free(t->slots);
	t->slots = slots;
	t->cap = cap;
	return true;
}

static void add(struct tree *t, __u64 k)
{
	size_t at = place(t->slots, t->cap, k);

	if (!k || t->slots[at])
		return;
	if (t->n == t->limit || (t->n + 1 > t->cap / 2 && !grow(t))) {
		t->overflow++;
		return;
	}
	t->slots[place(t->slots, t->cap, k)] = k;
	t->n++;
}

static bool is_root(const struct tree *t, const struct twt_event *ev)
{
	return ev->cookie == t->root && ev->aux + TICK_MS >= t->start_ms && ev->aux <= t->start_ms + TICK_MS;
}

void tree_event(struct tree *t, const struct twt_event *ev)
{
	if (ev->kind != TWT_FORK || !(ev->flags & TWT_F_TASK))
		return;
	if (is_root(t, ev) || tree_has(t, ev->tgid, ev->aux))
		add(t, key((__u32)ev->arg0, (__u32)ev->arg1));
}

bool tree_has(const struct tree *t, __u32 tgid, __u32 start_ms)
{
	__u64 k = key(tgid, start_ms);

	return k && t->slots[place(t->slots, t->cap, k)] == k;
}

size_t tree_size(const struct tree *t)
{
	return t->n;
}

__u64 tree_overflow(const struct tree *t)
{
	return t->overflow;
}
