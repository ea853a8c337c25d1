/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs do to lanes, one step after the other as a test says: claim, stamp, commit, each interrupted by others on that processor that run
 * to their end; and what a reader must make of it. Breaches are abort()ed.
 */
#ifndef LANE_MODEL_H
#define LANE_MODEL_H
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/merge.h"

#define MODEL_LANES 4
#define MODEL_BITS 4
#define MODEL_SLOTS (1U << MODEL_BITS)
#define MODEL_DEPTH 4

struct model_frame { __u64 at, ts; };

struct lane_model {
	struct twt_lane lanes[MODEL_LANES];
	struct twt_event slots[MODEL_LANES * MODEL_SLOTS];
	struct model_frame stack[MODEL_LANES][MODEL_DEPTH];
	unsigned int depth[MODEL_LANES];
	__u64 clock, told_ts, stamped, told, full;
	__u64 untold[MODEL_LANES * MODEL_SLOTS];	/* stamps of those that the reader does not know; 0: none */
	struct merge *merge;
};

static inline void model_init(struct lane_model *m)
{
	memset(m, 0, sizeof(*m));
	if (merge_new(m->lanes, m->slots, MODEL_LANES, MODEL_BITS, &m->merge))
		abort();
}

static inline size_t model_place(unsigned int lane, __u64 at)
{
	return lane * MODEL_SLOTS + (at & (MODEL_SLOTS - 1));
}

static inline void model_claim(struct lane_model *m, unsigned int lane)
{
	struct twt_lane *l = &m->lanes[lane];

	if (m->depth[lane] == MODEL_DEPTH)
		return;
	if (l->head - l->tail >= MODEL_SLOTS) {
		m->full++;
		return;
	}
	m->stack[lane][m->depth[lane]++] = (struct model_frame){ .at = l->head++ };
}

/* The innermost one goes a step on. */
static inline void model_step(struct lane_model *m, unsigned int lane)
{
	struct model_frame *f;
	struct twt_event *ev;

	if (!m->depth[lane])
		return;
	f = &m->stack[lane][m->depth[lane] - 1];
	ev = &m->slots[model_place(lane, f->at)];
	if (!f->ts) {
		f->ts = ++m->clock;
		m->untold[model_place(lane, f->at)] = f->ts;
		m->stamped++;
		return;
	}
	ev->ts_ns = f->ts;
	ev->cookie = f->at;
	ev->cpu = lane | (__u32)((f->at >> MODEL_BITS) + 1) << TWT_LAP_SHIFT;
	m->depth[lane]--;
}

/* Look, and read at most @max. */
static inline void model_read(struct lane_model *m, unsigned int max)
{
	__u64 until = ++m->clock;
	const struct twt_event *slot;
	int more = 1;

	merge_look(m->merge);
	while (max-- && (more = merge_next(m->merge, until, &slot)) > 0) {
		size_t place = model_place(slot->cpu & 0xffff, slot->cookie);

		if (slot->ts_ns >= until || slot->ts_ns <= m->told_ts || m->untold[place] != slot->ts_ns)
			abort();
		m->told_ts = slot->ts_ns;
		m->untold[place] = 0;
		m->told++;
	}
	if (more && more != 1 && more != -EAGAIN)
		abort();
	/* None may be older than one that was told; and when it says that these were all, these were all. */
	for (size_t i = 0; i < MODEL_LANES * MODEL_SLOTS; i++)
		if (m->untold[i] && (m->untold[i] < m->told_ts || (!more && m->untold[i] < until)))
			abort();
	merge_release(m->merge);
}

/* All writers go to their end; then all must be told, and all slots given back. */
static inline void model_end(struct lane_model *m)
{
	for (unsigned int lane = 0; lane < MODEL_LANES; lane++)
		while (m->depth[lane])
			model_step(m, lane);
	model_read(m, ~0U);
	if (m->told != m->stamped || !merge_is_empty(m->merge))
		abort();
	for (unsigned int lane = 0; lane < MODEL_LANES; lane++)
		if (m->lanes[lane].tail != m->lanes[lane].head)
			abort();
	merge_free(m->merge);
}
#endif
