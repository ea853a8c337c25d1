/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/merge.h"
#include <errno.h>
#include <stdlib.h>

#define DEFAULT_BYTES (32U << 20)	/* for all processors together, but ... */
#define LANE_BYTES (512U << 10)		/* ... at least this for each of many */
#define HELD_MAX 16	/* more than programs can interrupt each other */
#define BATCH 256	/* slots are given back that many at a time: the writers read that line for each event */
#define AHEAD 6		/* slots that are fetched before they are looked at: another processor wrote them */
#define SPINS 200	/* looks at a slot that is being written, before the caller hears of it */

/*
 * Within a lane slots are stamped in their order, but for those whose writer was interrupted between claim and stamp: the slots behind them
 * are older. They are held back until their time comes.
 */
struct source_lane {
	struct twt_lane *shared;
	const char *slots;
	__u64 at, until;		/* next to look at; the head as of the last look */
	__u64 given_back;
	const struct twt_event *front;	/* the oldest; NULL: none */
	bool front_held;
	unsigned int n_held;
	struct { const struct twt_event *slot; __u64 at; } held[HELD_MAX];	/* the oldest last */
};

struct merge {
	size_t n, n_heap, n_blocked;
	unsigned int slot_bits;
	size_t *heap;			/* lanes that have a front, the oldest first */
	size_t last;			/* lane of the slot told last; n: none */
	merge_reach reach;		/* NULL: all slots can be read */
	void *reach_ctx;
	bool *blocked;
	struct source_lane lanes[];
};

struct ring_size lanes_for(long processors, size_t bytes)
{
	struct ring_size size = {
		.lanes = processors < 1 ? 1 : processors > TWT_LANES_MAX ? TWT_LANES_MAX : (__u32)processors, .slot_bits = LANE_BITS_LEAST,
	};

	if (!bytes)
		bytes = (size_t)size.lanes * LANE_BYTES > DEFAULT_BYTES ? (size_t)size.lanes * LANE_BYTES : DEFAULT_BYTES;
	while (lanes_bytes((struct ring_size){ size.lanes, size.slot_bits + 1 }) <= bytes)
		size.slot_bits++;
	return size;
}

size_t lanes_bytes(struct ring_size size)
{
	return ((size_t)size.lanes << size.slot_bits) * TWT_SLOT;
}

__u64 lanes_wake_at(struct ring_size size)
{
	return 1ULL << (size.slot_bits - 3);
}

int merge_new(struct twt_lane *lanes, const void *slots, size_t n, unsigned int slot_bits, struct merge **ret)
{
	struct merge *m;

	if (!n || n > TWT_LANES_MAX || !slot_bits || slot_bits > 24)
		return -EINVAL;
	m = calloc(1, sizeof(*m) + n * sizeof(m->lanes[0]));
	if (!m)
		return -ENOMEM;
	m->heap = calloc(n, sizeof(*m->heap));
	m->blocked = calloc(n, sizeof(*m->blocked));
	if (!m->heap || !m->blocked) {
		merge_free(m);
		return -ENOMEM;
	}
	m->n = m->last = n;
	m->slot_bits = slot_bits;
	for (size_t i = 0; i < n; i++) {
		struct source_lane *l = &m->lanes[i];

		l->shared = &lanes[i];
		l->slots = (const char *)slots + ((i << slot_bits) * TWT_SLOT);
		l->at = l->until = l->given_back = lanes[i].tail;
	}
	*ret = m;
	return 0;
}

void merge_set_reach(struct merge *m, merge_reach reach, void *ctx)
{
	m->reach = reach;
	m->reach_ctx = ctx;
}

void merge_free(struct merge *m)
{
	if (!m)
		return;
	free(m->heap);
	free(m->blocked);
	free(m);
}

static const char *place_of(const struct merge *m, const struct source_lane *l, __u64 at)
{
	return l->slots + (at & ((1ULL << m->slot_bits) - 1)) * TWT_SLOT;
}

/* The slot at @at, or NULL while it is being written. */
static const struct twt_event *slot_of(const struct merge *m, const struct source_lane *l, __u64 at)
{
	const struct twt_event *slot = (const void *)place_of(m, l, at);
	__u16 lap = (__u16)((at >> m->slot_bits) + 1);

	return __atomic_load_n(&slot->cpu, __ATOMIC_ACQUIRE) >> TWT_LAP_SHIFT == lap ? slot : NULL;
}

static void hold(struct source_lane *l, const struct twt_event *slot)
{
	unsigned int i = l->n_held++;

	for (; i && l->held[i - 1].slot->ts_ns < slot->ts_ns; i--)
		l->held[i] = l->held[i - 1];
	l->held[i].slot = slot;
	l->held[i].at = l->at++;
}

/* Find the oldest that is there. Returns false if that is not known yet. */
static bool find_front(const struct merge *m, struct source_lane *l)
{
	const struct twt_event *slot, *next;

	__builtin_prefetch(place_of(m, l, l->at + AHEAD));
	__builtin_prefetch(place_of(m, l, l->at + AHEAD) + TWT_SLOT / 2);
	l->front = NULL;
	for (;;) {
		slot = NULL;
		if (l->at >= l->until)
			break;
		slot = slot_of(m, l, l->at);
		if (!slot)
			return false;
		/* A writer that was interrupted is done after those that interrupted it: if they are there at all, they are complete. */
		next = l->at + 1 < l->until ? slot_of(m, l, l->at + 1) : NULL;
		if (!next || next->ts_ns >= slot->ts_ns || l->n_held == HELD_MAX)
			break;
		hold(l, slot);
	}
	l->front_held = l->n_held && (!slot || l->held[l->n_held - 1].slot->ts_ns <= slot->ts_ns);
	l->front = l->front_held ? l->held[l->n_held - 1].slot : slot;
	return true;
}

static bool before(const struct merge *m, size_t a, size_t b)
{
	__u64 x = m->lanes[a].front->ts_ns, y = m->lanes[b].front->ts_ns;

	return x != y ? x < y : a < b;
}

static void sift_down(struct merge *m, size_t i)
{
	size_t child, lane = m->heap[i];

	for (; (child = 2 * i + 1) < m->n_heap; i = child) {
		if (child + 1 < m->n_heap && before(m, m->heap[child + 1], m->heap[child]))
			child++;
		if (!before(m, m->heap[child], lane))
			break;
		m->heap[i] = m->heap[child];
	}
	m->heap[i] = lane;
}

static void push(struct merge *m, size_t lane)
{
	size_t i = m->n_heap++;

	for (; i && before(m, lane, m->heap[(i - 1) / 2]); i = (i - 1) / 2)
		m->heap[i] = m->heap[(i - 1) / 2];
	m->heap[i] = lane;
}

static void block(struct merge *m, size_t lane)
{
	m->blocked[lane] = true;
	m->n_blocked++;
}

void merge_look(struct merge *m)
{
	m->n_heap = m->n_blocked = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct source_lane *l = &m->lanes[i];

		m->blocked[i] = false;
		l->until = __atomic_load_n(&l->shared->head, __ATOMIC_ACQUIRE);
		if (m->reach)
			l->until = m->reach(m->reach_ctx, i, l->until);
		if (!find_front(m, l))
			block(m, i);
		else if (l->front)
			push(m, i);
	}
}

/* Slots that are written meanwhile. Returns false if one still is. */
static bool unblock(struct merge *m)
{
	for (size_t i = 0; i < m->n && m->n_blocked; i++) {
		struct source_lane *l = &m->lanes[i];

		for (int spin = 0; m->blocked[i] && spin < SPINS; spin++) {
			if (!find_front(m, l))
				continue;
			m->blocked[i] = false;
			m->n_blocked--;
			if (l->front)
				push(m, i);
		}
	}
	return !m->n_blocked;
}

static void give_back(struct source_lane *l)
{
	__u64 read = l->at;

	for (unsigned int i = 0; i < l->n_held; i++)
		read = l->held[i].at < read ? l->held[i].at : read;
	if (read == l->given_back)
		return;
	l->given_back = read;
	__atomic_store_n(&l->shared->tail, read, __ATOMIC_RELEASE);
}

/* The slot that was told last is done with. */
static void drop_last(struct merge *m)
{
	if (m->last == m->n)
		return;
	if (m->lanes[m->last].at - m->lanes[m->last].given_back >= BATCH)
		give_back(&m->lanes[m->last]);
	m->last = m->n;
}

int merge_next(struct merge *m, __u64 until_ns, const struct twt_event **ret_slot)
{
	const struct twt_event *slot;
	struct source_lane *l;
	size_t lane;

	drop_last(m);
	if (m->n_blocked && !unblock(m))
		return -EAGAIN;
	if (!m->n_heap)
		return 0;
	lane = m->heap[0];
	l = &m->lanes[lane];
	slot = l->front;
	if (slot->ts_ns >= until_ns)
		return 0;
	if (l->front_held)
		l->n_held--;
	else
		l->at++;
	if (find_front(m, l) && l->front) {
		sift_down(m, 0);
	} else {
		if (l->at < l->until)	/* more, but not known yet */
			block(m, lane);
		m->heap[0] = m->heap[--m->n_heap];
		if (m->n_heap)
			sift_down(m, 0);
	}
	m->last = lane;
	*ret_slot = slot;
	return 1;
}

bool merge_is_empty(const struct merge *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->lanes[i].n_held || __atomic_load_n(&m->lanes[i].shared->head, __ATOMIC_ACQUIRE) != m->lanes[i].at)
			return false;
	return true;
}

__u64 merge_backlog(const struct merge *m)
{
	__u64 most = 0;

	for (size_t i = 0; i < m->n; i++) {
		__u64 n = __atomic_load_n(&m->lanes[i].shared->head, __ATOMIC_ACQUIRE) - m->lanes[i].given_back;

		most = n > most ? n : most;
	}
	return most;
}

void merge_release(struct merge *m)
{
	m->last = m->n;
	for (size_t i = 0; i < m->n; i++)
		give_back(&m->lanes[i]);
}
