// SPDX-License-Identifier: GPL-2.0-only
/* Events of the source's own, and what the wire did, which comes apart from its event. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "core/event/event.h"
#include "source/bpf/bpf.h"

static __u64 clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

__u64 source_bpf_now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

long long source_bpf_clock_offset(void)
{
	return (long long)(clock_ns(CLOCK_REALTIME) - source_bpf_now());
}

void source_bpf_make(struct twt_event *ev, __u8 kind, __u64 ts)
{
	memset(ev, 0, sizeof(*ev));
	ev->size = TWT_EVENT_SHORT;
	ev->version = TWT_VERSION;
	ev->kind = kind;
	ev->ts_ns = ts;
}

void source_bpf_tell(struct source *s, const struct twt_event *ev)
{
	s->sink(s->ctx, ev);
}

/*
 * Joins what the wire did to its event. A program sends both in a row, so few are ever waiting: interruptions in between, one for each processor.
 */
#define STASH 1024	/* direct-mapped by cookie, of which neighbours are next to each other */

struct wire_stash { struct { __u64 cookie; struct twt_wire wire; } at[STASH]; };

int source_bpf_wires_new(struct source *s)
{
	s->wires = calloc(1, sizeof(*s->wires));
	return s->wires ? 0 : -ENOMEM;
}

void source_bpf_wires_keep(struct source *s, const struct twt_wire_slot *slot)
{
	if (!s->wires)
		return;
	s->wires->at[slot->cookie % STASH].cookie = slot->cookie;
	s->wires->at[slot->cookie % STASH].wire = slot->wire;
}

void source_bpf_wires_join(struct source *s, union twt_record *rec)
{
	__u64 cookie = rec->event.cookie;

	if (!s->wires || !cookie || s->wires->at[cookie % STASH].cookie != cookie)
		return;
	rec->wired.wire = s->wires->at[cookie % STASH].wire;
	rec->event.flags |= TWT_F_WIRE;
	rec->event.size = sizeof(rec->wired);
	s->wires->at[cookie % STASH].cookie = 0;
}
