/* SPDX-License-Identifier: GPL-2.0-only */
#include "source/bpf/bpf.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "host/unwind/unwinder.h"
#include "twtrace.skel.h"

/*
 * Events wait in their ring for the stack that they name, for so long at most, and not where they fill it. Unwinding a path costs milliseconds once, where its
 * files have debug information.
 */
#define HOLD_NS 2000000000ULL
#define PIECE_NS 50000000ULL		/* between two looks at signals and keys */
#define SHORT_NS 5000000ULL		/* the same while events fill their ring */
#define ALL_NS HOLD_NS			/* where what comes next must be told after all of them */

struct stacks_feed {
	struct source *source;
	struct ring_buffer *ring;
	struct unwinder *unwinder;
	__u64 gone, dropped, named;
	__u64 told[TWT_STK_MAX];
	bool begun;
};

void source_bpf_stacks_configure(struct twtrace_bpf *skel, bool wanted)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	bpf_map__set_autocreate(skel->maps.stack_rooms, wanted);
	bpf_map__set_autocreate(skel->maps.stack_seen, wanted);
	bpf_map__set_autocreate(skel->maps.stack_ring, wanted);
	bpf_map__set_max_entries(skel->maps.stack_rooms, n < 1 ? 1 : (__u32)n);
}

static void forget(struct stacks_feed *f, __u64 id)
{
	(void)bpf_map_delete_elem(bpf_map__fd(f->source->skel->maps.stack_seen), &id);	/* so that it comes again */
}

static int on_sample(void *ctx, void *data, size_t len)
{
	const struct twt_stack_sample *sample = data;
	struct stacks_feed *f = ctx;
	int err = unwinder_take(f->unwinder, sample, len);

	if (!err)
		return 0;
	if (err == -ESRCH)
		f->gone++;
	else
		f->dropped++;
	if (err != -EBADMSG)
		forget(f, sample->id);
	return 0;
}

int source_bpf_stacks_new(struct source *s)
{
	struct stacks_feed *f = calloc(1, sizeof(*f));
	int err = -ENOMEM;

	if (!f)
		return -ENOMEM;
	f->source = s;
	f->unwinder = unwinder_new();
	if (f->unwinder) {
		f->ring = ring_buffer__new(bpf_map__fd(s->skel->maps.stack_ring), on_sample, f, NULL);
		err = f->ring ? 0 : -errno;
	}
	s->stacks = f;
	return err;
}

void source_bpf_stacks_free(struct source *s)
{
	struct stacks_feed *f = s->stacks;

	if (!f)
		return;
	ring_buffer__free(f->ring);
	unwinder_free(f->unwinder);
	free(f);
}

static void tell(void *ctx, const void *rec)
{
	source_bpf_tell(ctx, rec);
}

__u64 source_bpf_stacks_read(struct source *s, __u64 now, bool all)
{
	struct stacks_feed *f = s->stacks;
	bool filling = ring_is_filling(s->ring);
	__u64 oldest;

	(void)ring_buffer__consume(f->ring);
	f->named += unwinder_work(f->unwinder, filling ? SHORT_NS : all ? ALL_NS : PIECE_NS, tell, s);
	oldest = unwinder_oldest(f->unwinder);
	return oldest && oldest < now && now - oldest < HOLD_NS && !all && !filling ? oldest : now;
}

void source_bpf_stacks_count(struct source *s, __u64 ts)
{
	struct stacks_feed *f = s->stacks;
	__u64 now[TWT_STK_MAX] = { [TWT_STK_GONE] = f->gone, [TWT_STK_DROPPED] = f->dropped, [TWT_STK_NAMED] = f->named };
	struct twt_event ev;

	for (__u32 i = TWT_STK_TAKEN; i <= TWT_STK_ABSENT; i++)
		now[i] = source_bpf_sum(s, offsetof(struct twt_counts, stacks) + (i - TWT_STK_TAKEN) * sizeof(__u64));
	for (__u32 i = TWT_STK_TAKEN; i < TWT_STK_MAX; i++) {
		if (now[i] == f->told[i] && f->begun)
			continue;
		f->told[i] = now[i];
		source_bpf_make(&ev, TWT_STACK_COUNT, ts);
		ev.aux = i;
		ev.arg0 = now[i];
		source_bpf_tell(s, &ev);
	}
	f->begun = true;
}
