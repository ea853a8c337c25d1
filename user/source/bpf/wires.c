/* SPDX-License-Identifier: GPL-2.0-only */
/* Joins what the wire did to its event. A program sends both in a row, so few are ever waiting: interruptions in between, one for each processor. */
#include <errno.h>
#include <stdlib.h>
#include "source/bpf/bpf.h"

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
