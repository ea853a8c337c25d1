// SPDX-License-Identifier: GPL-2.0-only
/* The live source: what is counted, by our programs and by the kernel itself. */
#include "source/bpf/bpf.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "host/nslist.h"
#include "host/kcounters.h"
#include "twtrace.skel.h"

enum { BASE = 0, NOW = 1 };

/* By number only: an open descriptor would keep a namespace alive. */
struct base { __u32 netns; bool read; __u64 counters[TWT_C_KERNEL_MAX]; };

static void tell_counter(struct source *s, __u64 ts, __u32 netns, __u32 id, __u8 when, __u64 value)
{
	struct twt_event ev;

	source_bpf_make(&ev, TWT_COUNTER, ts);
	ev.netns = netns;
	ev.aux = id;
	ev.old_state = when;
	ev.arg0 = value;
	source_bpf_tell(s, &ev);
}

/* --- losses --- */

__u64 source_bpf_sum(const struct source *s, size_t offset)
{
	size_t slots = sizeof(s->skel->bss->counts) / sizeof(s->skel->bss->counts[0]), i;
	int cpus = libbpf_num_possible_cpus();
	__u64 sum = 0;

	if (cpus > 0 && (size_t)cpus < slots)
		slots = cpus;
	for (i = 0; i < slots; i++)
		sum += *(const volatile __u64 *)((const char *)&s->skel->bss->counts[i] + offset);
	return sum;
}

/* Events that no program took: all misses, less those that second copies took. */
static __u64 recursion_misses(const struct source *s)
{
	__u64 sum = 0, taken = 0;
	size_t i;

	for (i = 0; i < TWT_NEST_MAX; i++)
		taken += source_bpf_sum(s, offsetof(struct twt_counts, nest) + i * sizeof(struct twt_nest) +
				    offsetof(struct twt_nest, taken));
	for (i = 0; i < s->n_programs; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(s->programs[i], &info, &len))
			sum += info.recursion_misses;
	}
	return sum > taken ? sum - taken : 0;
}

void source_bpf_losses(struct source *s, __u64 ts)
{
	__u64 now[TWT_L_MAX - TWT_L_RING];
	size_t i;

	s->loss_checked_ns = ts;
	now[TWT_L_RING - TWT_L_RING] = source_bpf_sum(s, offsetof(struct twt_counts, ring_full));
	now[TWT_L_RECURSION - TWT_L_RING] = recursion_misses(s);
	now[TWT_L_HALFOPEN - TWT_L_RING] = source_bpf_sum(s, offsetof(struct twt_counts, halfopen_full));
	now[TWT_L_BAD - TWT_L_RING] = s->undecodable;
	for (i = 0; i < sizeof(now) / sizeof(now[0]); i++) {
		if (now[i] == s->losses[i])
			continue;
		s->loss_seen_ns = ts;
		s->losses[i] = now[i];
		tell_counter(s, ts, 0, TWT_L_RING + i, NOW, now[i]);
	}
}

/* --- half-open sockets --- */

void source_bpf_halfopen(struct source *s, __u64 ts)
{
	__u64 moves, far;
	bool moved, far_moved;
	struct twt_event ev;
	size_t i;

	if (!(s->cfg.needs & TWT_NEED_HALFOPEN))
		return;
	moves = source_bpf_sum(s, offsetof(struct twt_counts, halfopen_moves));
	far = source_bpf_sum(s, offsetof(struct twt_counts, halfopen_far));
	moved = moves != s->halfopen_moves;
	far_moved = far != s->halfopen_far;
	if (moved || s->halfopen_again)
		halfopen_read(&s->halfopen, far_moved || s->halfopen_far_again);
	s->halfopen_again = moved;
	s->halfopen_far_again = far_moved;
	s->halfopen_moves = moves;
	s->halfopen_far = far;
	for (i = 0; i < s->halfopen.n; i++) {
		struct halfopen_port *p = &s->halfopen.p[i];

		if (halfopen_count(p) == p->told)
			continue;
		p->told = halfopen_count(p);
		source_bpf_make(&ev, TWT_HALFOPEN, ts);
		ev.netns = p->key.netns;
		ev.lport = p->key.lport;
		ev.arg0 = p->told;
		source_bpf_tell(s, &ev);
	}
}

/* --- the kernel's counters --- */

static int read_counters(void *ctx)
{
	return kcounters_read(ctx);
}

static int read_all(const struct source *s, struct base **ret, size_t *ret_n, size_t *ret_refused)
{
	struct base *all;
	struct nslist l;
	int err;

	/* The kernel's counters know no families: there is nothing to compare with. */
	if (s->cfg.family || s->cfg.only_looks)
		return 0;
	err = nslist_read(&l, s->cfg.netns, s->cfg.n_netns);
	if (err)
		return err;
	all = calloc(l.n ? l.n : 1, sizeof(*all));
	for (size_t i = 0; all && i < l.n; i++) {
		all[i].netns = l.ns[i].inum;
		all[i].read = !nslist_within(&l, i, read_counters, all[i].counters);
	}
	if (all) {
		*ret = all;
		*ret_n = l.n;
		*ret_refused = l.refused;
	}
	nslist_free(&l);
	return all ? 0 : -ENOMEM;
}

int source_bpf_read_base(struct source *s)
{
	return read_all(s, &s->base, &s->n_base, &s->base_refused);
}

static void tell_counters(struct source *s, __u64 ts, __u32 netns, __u8 when, const __u64 *values)
{
	__u32 i;

	for (i = 1; i < TWT_C_KERNEL_MAX; i++)
		tell_counter(s, ts, netns, i, when, values[i]);
}

void source_bpf_tell_listen_counters(struct source *s, __u64 ts, __u32 netns, const __u64 *now)
{
	__u32 i;

	for (i = TWT_C_LISTEN_OVERFLOWS; i <= TWT_C_COOKIES_FAILED; i++)
		tell_counter(s, ts, netns, i, NOW, now[i]);
}

void source_bpf_tell_base(struct source *s, __u64 ts)
{
	size_t i;

	for (i = 0; i < s->n_base; i++) {
		if (s->base[i].read)
			tell_counters(s, ts, s->base[i].netns, BASE, s->base[i].counters);
	}
}

static bool known_at_start(const struct source *s, __u32 inum)
{
	size_t i;

	for (i = 0; i < s->n_base; i++) {
		if (s->base[i].netns == inum)
			return true;
	}
	return false;
}

int source_bpf_read_final(struct source *s)
{
	size_t refused;

	return read_all(s, &s->final, &s->n_final, &refused);
}

void source_bpf_tell_final(struct source *s, __u64 ts)
{
	static const __u64 zero[TWT_C_KERNEL_MAX];
	size_t i;

	for (i = 0; i < s->n_final; i++) {
		const struct base *now = &s->final[i];

		if (!now->read)
			continue;
		/* A namespace younger than the tracer began at 0; one that we could not read then is left out. */
		if (!known_at_start(s, now->netns)) {
			if (s->base_refused)
				continue;
			tell_counters(s, ts, now->netns, BASE, zero);
		}
		tell_counters(s, ts, now->netns, NOW, now->counters);
	}
}
