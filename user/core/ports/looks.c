/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/looks.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Sockets that are bound only have no cookie yet, but a file; what the tables list has a cookie, whoever tells of it. */
static __u64 key_of(const struct twt_look *look)
{
	return look->cookie ? look->cookie : look->inode ? look->inode | 1ULL << 63 : 0;
}

static size_t slot_of(const struct looks *l, __u64 key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 20) & (l->n_slots - 1);

	while (l->slots[i] && key_of(&l->v[l->slots[i] - 1].s) != key)
		i = (i + 1) & (l->n_slots - 1);
	return i;
}

static int grow(struct looks *l)
{
	size_t cap = l->cap ? l->cap * 2 : 256;
	struct looked *v;
	__u32 *slots;

	if (cap > LOOKS_MAX)
		return -ENOSPC;
	v = realloc(l->v, cap * sizeof(*v));
	if (!v)
		return -ENOMEM;
	l->v = v;
	slots = calloc(cap * 2, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(l->slots);
	l->slots = slots;
	l->n_slots = cap * 2;
	l->cap = cap;
	for (size_t i = 0; i < l->n; i++)
		if (key_of(&v[i].s))
			slots[slot_of(l, key_of(&v[i].s))] = (__u32)i + 1;
	return 0;
}

static void add_owner(struct looked *have, const struct twt_look *look)
{
	if (!have->owners++) {
		have->s.flags |= TWT_LOOK_OWNER;
		have->s.tgid = look->tgid;
		have->s.start_ms = look->start_ms;
		have->s.inode = look->inode;
		memcpy(have->s.comm, look->comm, sizeof(have->s.comm));
	}
}

int looks_add(struct looks *l, const struct twt_look *look)
{
	__u64 key = key_of(look);
	size_t slot = 0;

	if (l->n == l->cap) {
		int err = grow(l);

		if (err) {
			l->lost++;
			return err;
		}
	}
	if (key) {
		slot = slot_of(l, key);
		if (l->slots[slot]) {
			if (look->flags & TWT_LOOK_OWNER)
				add_owner(&l->v[l->slots[slot] - 1], look);
			return 0;
		}
		l->slots[slot] = (__u32)l->n + 1;
	}
	l->v[l->n].s = *look;
	l->v[l->n].owners = look->flags & TWT_LOOK_OWNER ? 1 : 0;
	l->n++;
	return 0;
}

void looks_reset(struct looks *l)
{
	if (l->n)
		memset(l->slots, 0, l->n_slots * sizeof(*l->slots));
	l->n = 0;
	l->lost = 0;
}

void looks_free(struct looks *l)
{
	free(l->v);
	free(l->slots);
	memset(l, 0, sizeof(*l));
}
