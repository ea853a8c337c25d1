/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/actor.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Blocks never move, so that a pointer from actors_get() survives growth. */
#define BLOCK 256

struct slot {
	struct actor a;		/* refs == 0: free */
	__u32 next;		/* id of the next in the chain or in the free list; 0 ends both */
};

struct actors {
	struct slot **blocks;
	size_t limit;
	__u32 made;		/* ids 1..made have a slot */
	__u32 live;
	__u32 free;		/* first of the free list */
	__u32 *heads;		/* n_heads chains, a power of two */
	__u32 n_heads;
	__u64 overflow;
	const struct names *names;
};

static struct slot *slot_of(const struct actors *as, __u32 id)
{
	return &as->blocks[(id - 1) / BLOCK][(id - 1) % BLOCK];
}

static __u32 hash(__u32 tgid, __u32 start_ms)
{
	__u64 h = ((__u64)start_ms << 32 | tgid) * 0x9e3779b97f4a7c15ULL;

	return (__u32)(h >> 32);
}

struct actors *actors_new(size_t limit)
{
	struct actors *as = calloc(1, sizeof(*as));

	if (!as)
		return NULL;
	as->limit = limit < UINT32_MAX - BLOCK ? limit : UINT32_MAX - BLOCK;
	as->n_heads = 64;
	as->heads = calloc(as->n_heads, sizeof(*as->heads));
	as->blocks = calloc(as->limit / BLOCK + 1, sizeof(*as->blocks));
	if (!as->heads || !as->blocks) {
		actors_free(as);
		return NULL;
	}
	return as;
}

void actors_free(struct actors *as)
{
	size_t i;

	if (!as)
		return;
	for (i = 0; as->blocks && i <= as->limit / BLOCK; i++)
		free(as->blocks[i]);
	free(as->blocks);
	free(as->heads);
	free(as);
}

/* Chains get longer if there is no memory for more heads: slower, not wrong. */
static void grow_heads(struct actors *as)
{
	__u32 n = as->n_heads * 2, id, *heads = calloc(n, sizeof(*heads));

	if (!heads)
		return;
	for (id = 1; id <= as->made; id++) {
		struct slot *s = slot_of(as, id);
		__u32 *head = &heads[hash(s->a.tgid, s->a.start_ms) & (n - 1)];

		if (s->a.refs == 0)
			continue;
		s->next = *head;
		*head = id;
	}
	free(as->heads);
	as->heads = heads;
	as->n_heads = n;
}

/* A zeroed slot, or 0. */
static __u32 take_slot(struct actors *as)
{
	__u32 id = as->free;

	if (id) {
		as->free = slot_of(as, id)->next;
		return id;
	}
	if (as->made >= as->limit)
		return 0;
	if (as->made % BLOCK == 0 && !as->blocks[as->made / BLOCK]) {
		as->blocks[as->made / BLOCK] = calloc(BLOCK, sizeof(struct slot));
		if (!as->blocks[as->made / BLOCK])
			return 0;
	}
	return ++as->made;
}

static __u32 find_or_add(struct actors *as, __u32 tgid, __u32 start_ms)
{
	__u32 id, *head = &as->heads[hash(tgid, start_ms) & (as->n_heads - 1)];
	struct slot *s;

	for (id = *head; id; id = s->next) {
		s = slot_of(as, id);
		if (s->a.tgid == tgid && s->a.start_ms == start_ms)
			return id;
	}
	id = take_slot(as);
	if (!id) {
		as->overflow++;
		return 0;
	}
	s = slot_of(as, id);
	*s = (struct slot){ .a = { .tgid = tgid, .start_ms = start_ms }, .next = *head };
	*head = id;
	as->live++;
	return id;
}

__u32 actors_of_event(struct actors *as, const struct twt_event *ev)
{
	struct actor *a;
	__u32 id;

	/* Pid 0 is the idle task: a packet came in while nobody ran. It owns nothing. */
	if (!(ev->flags & TWT_F_TASK) || (ev->tgid == 0 && !(ev->flags & TWT_F_KTHREAD)))
		return 0;
	id = find_or_add(as, ev->tgid, ev->aux);
	if (!id)
		return 0;
	a = &slot_of(as, id)->a;
	a->refs++;
	if (ev->cgroup)		/* snapshots do not tell it */
		a->cgroup = ev->cgroup;
	memcpy(a->comm, ev->comm, TWT_COMM_LEN);	/* exec() may have changed it */
	a->comm[TWT_COMM_LEN] = '\0';
	if (ev->flags & TWT_F_KTHREAD)
		a->kernel = true;
	if (ev->flags & TWT_F_EXITING)
		a->exited = true;
	if (as->live > as->n_heads)
		grow_heads(as);
	return id;
}

__u32 actors_ref(struct actors *as, __u32 id)
{
	if (id)
		slot_of(as, id)->a.refs++;
	return id;
}

void actors_unref(struct actors *as, __u32 id)
{
	struct slot *s;
	__u32 *link;

	if (!id)
		return;
	s = slot_of(as, id);
	if (--s->a.refs)
		return;
	link = &as->heads[hash(s->a.tgid, s->a.start_ms) & (as->n_heads - 1)];
	while (*link != id)
		link = &slot_of(as, *link)->next;
	*link = s->next;
	s->next = as->free;
	as->free = id;
	as->live--;
}

const struct actor *actors_get(const struct actors *as, __u32 id)
{
	return id ? &slot_of(as, id)->a : NULL;
}

void actors_set_names(struct actors *as, const struct names *ns)
{
	as->names = ns;
}

const struct names *actors_names(const struct actors *as)
{
	return as->names;
}

const struct name *actors_name(const struct actors *as, __u32 id)
{
	return id && as->names ? names_cgroup(as->names, slot_of(as, id)->a.cgroup) : NULL;
}

size_t actors_count(const struct actors *as)
{
	return as->live;
}

__u64 actors_overflow(const struct actors *as)
{
	return as->overflow;
}
