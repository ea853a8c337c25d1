// SPDX-License-Identifier: GPL-2.0-only
#include "source/window.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PIECE_BYTES ((size_t)256 << 10)	/* whole pages on all machines */
#define KEEP_NS 2000000000ULL

struct piece { bool mapped; __u64 used_ns; };

struct window {
	int map_fd;
	size_t bytes, lanes, lane_pieces, piece_bytes;
	unsigned int slot_bits;
	const struct twt_lane *shared;
	char *base;
	__u64 now_ns, tidied_ns;
	__u64 reached[TWT_LANES_MAX];	/* by lane: mapped until there */
	struct piece pieces[];
};

int window_open(int map_fd, const struct twt_lane *shared, size_t lanes, unsigned int slot_bits, struct window **ret)
{
	size_t lane_bytes = (size_t)TWT_SLOT << slot_bits, piece = lane_bytes < PIECE_BYTES ? lane_bytes * lanes : PIECE_BYTES;
	size_t n = lanes * lane_bytes / piece;
	struct window *w = calloc(1, sizeof(*w) + n * sizeof(w->pieces[0]));
	int err;

	if (!w)
		return -ENOMEM;
	w->map_fd = map_fd;
	w->shared = shared;
	w->lanes = lanes;
	w->slot_bits = slot_bits;
	w->bytes = lanes * lane_bytes;
	w->piece_bytes = piece;
	w->lane_pieces = lane_bytes / piece;	/* 0: all lanes are one */
	for (size_t i = 0; i < lanes; i++)
		w->reached[i] = shared[i].tail;
	/* A place for all of it, where nothing is. */
	w->base = mmap(NULL, w->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w->base == MAP_FAILED) {
		err = -errno;
		free(w);
		return err;
	}
	*ret = w;
	return 0;
}

void window_close(struct window *w)
{
	if (!w)
		return;
	munmap(w->base, w->bytes);
	free(w);
}

const void *window_slots(const struct window *w)
{
	return w->base;
}

static size_t slots_of_piece(const struct window *w)
{
	return w->piece_bytes / TWT_SLOT;
}

static size_t piece_of(const struct window *w, size_t lane, __u64 at)
{
	return w->lane_pieces ? lane * w->lane_pieces + (at & ((1ULL << w->slot_bits) - 1)) / slots_of_piece(w) : 0;
}

static bool map_piece(const struct window *w, size_t i)
{
	size_t at = i * w->piece_bytes;

	return mmap(w->base + at, w->piece_bytes, PROT_READ, MAP_SHARED | MAP_FIXED, w->map_fd, (off_t)at) != MAP_FAILED;
}

__u64 window_reach(void *window, size_t lane, __u64 until)
{
	struct window *w = window;
	__u64 at = w->reached[lane];

	while (at < until) {
		struct piece *p = &w->pieces[piece_of(w, lane, at)];
		__u64 next = (at / slots_of_piece(w) + 1) * slots_of_piece(w);

		if (!p->mapped && !map_piece(w, piece_of(w, lane, at)))
			break;
		p->mapped = true;
		p->used_ns = w->now_ns;
		at = w->lane_pieces && next < until ? next : until;
	}
	return w->reached[lane] = at;
}

/* What is read again: slots that are not given back yet, and the last one that was. */
static void mark_in_use(struct window *w)
{
	for (size_t lane = 0; lane < w->lanes; lane++) {
		__u64 at = w->shared[lane].tail, until = w->reached[lane];

		for (at -= at > 0; at < until; at = (at / slots_of_piece(w) + 1) * slots_of_piece(w))
			w->pieces[piece_of(w, lane, at)].used_ns = w->now_ns;
	}
}

void window_tidy(struct window *w, __u64 now_ns)
{
	w->now_ns = now_ns;
	if (now_ns < w->tidied_ns + KEEP_NS / 4)
		return;
	w->tidied_ns = now_ns;
	mark_in_use(w);
	for (size_t i = 0; i < w->bytes / w->piece_bytes; i++) {
		struct piece *p = &w->pieces[i];

		if (!p->mapped || now_ns < p->used_ns + KEEP_NS)
			continue;
		/* Where this fails it stays, which is no harm. */
		p->mapped = mmap(w->base + i * w->piece_bytes, w->piece_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
			    MAP_FAILED;
	}
}
