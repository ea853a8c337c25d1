// SPDX-License-Identifier: GPL-2.0-only
/* The live source: the lanes that programs write into, and the bell that wakes their reader. */
#include "source/bpf/ring.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "core/event/merge.h"
#include "source/window.h"
#include "twtrace.skel.h"

struct ring {
	struct twtrace_bpf *skel;
	struct ring_buffer *bell;
	struct merge *merge;
	struct window *window;
	__u64 wake_at;			/* unread slots of a lane that ring the bell */
};

struct ring_size ring_size_of(size_t bytes)
{
	return lanes_for(sysconf(_SC_NPROCESSORS_CONF), bytes);
}

void ring_configure(struct twtrace_bpf *skel, struct ring_size size)
{
	struct twt_config *c = (struct twt_config *)&skel->rodata->config;

	c->lanes = size.lanes;
	c->slot_bits = size.slot_bits;
	c->wake_at = lanes_wake_at(size);
	bpf_map__set_max_entries(skel->maps.ring, size.lanes << size.slot_bits);
	bpf_map__set_max_entries(skel->maps.halfopen_near, size.lanes);
}

static int on_bell(void *ctx, void *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return 0;
}

int ring_open(struct twtrace_bpf *skel, struct ring_size size, struct ring **ret)
{
	struct ring *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->skel = skel;
	r->wake_at = lanes_wake_at(size);
	err = window_open(bpf_map__fd(skel->maps.ring), skel->bss->lanes, size.lanes, size.slot_bits, &r->window);
	if (err)
		goto failed;
	r->bell = ring_buffer__new(bpf_map__fd(skel->maps.bell), on_bell, NULL, NULL);
	err = r->bell ? merge_new(skel->bss->lanes, window_slots(r->window), size.lanes, size.slot_bits, &r->merge) : -errno;
	if (err)
		goto failed;
	merge_set_reach(r->merge, window_reach, r->window);
	*ret = r;
	return 0;
failed:
	ring_close(r);
	return err;
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	merge_free(r->merge);
	ring_buffer__free(r->bell);
	window_close(r->window);
	free(r);
}

int ring_fd(const struct ring *r)
{
	return ring_buffer__epoll_fd(r->bell);
}

bool ring_rest(struct ring *r)
{
	/* Either we see a claim, or who claims sees this: both sides write first, then read. */
	__atomic_store_n(&r->skel->bss->reader_sleeps, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return merge_is_empty(r->merge);
}

bool ring_is_filling(const struct ring *r)
{
	return merge_backlog(r->merge) >= r->wake_at;
}

int ring_read(struct ring *r, __u64 until_ns, size_t max, void (*each)(void *ctx, const struct twt_event *slot), void *ctx)
{
	const struct twt_event *slot;
	int more = 0;

	ring_buffer__consume(r->bell);
	window_tidy(r->window, until_ns);
	merge_look(r->merge);
	while (max && (more = merge_next(r->merge, until_ns, &slot)) > 0) {
		each(ctx, slot);
		max--;
	}
	merge_release(r->merge);
	return more != 0;
}
