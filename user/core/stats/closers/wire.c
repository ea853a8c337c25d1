// SPDX-License-Identifier: GPL-2.0-only
/* What the wire did to the connections of a group. */
#include <errno.h>
#include <stdlib.h>
#include "core/stats/closers/parts.h"

void closer_rtt_init(struct hist *h)
{
	hist_init(h, RTT_BITS, NULL);
}

static int add_rtt(struct closers *cs, struct closer_wire *w, __u32 us)
{
	int err;

	if (!w->rtt) {
		w->rtt = malloc(sizeof(*w->rtt));
		if (!w->rtt)
			return -ENOMEM;
		hist_init(w->rtt, RTT_BITS, &cs->rtt_budget);
	}
	err = hist_add(w->rtt, us, 1);
	if (err != -ENOSPC)
		return err;
	w->rtt_missed++;
	return 0;
}

int closers_wire(struct closers *cs, struct closer_row *r, const struct conn *c)
{
	const struct wire *from = c->wire;
	struct closer_wire *w = &r->wire;

	if (!from || !from->at_end)
		return 0;
	w->conns++;
	w->retrans_conns += from->retrans_segs != 0;
	w->segs_out += from->segs_out;
	w->retrans_segs += from->retrans_segs;
	return from->srtt_us ? add_rtt(cs, w, from->srtt_us) : 0;
}

void closer_wire_add_up(struct closer_wire *into, const struct closer_wire *from)
{
	into->conns += from->conns;
	into->retrans_conns += from->retrans_conns;
	into->segs_out += from->segs_out;
	into->retrans_segs += from->retrans_segs;
	into->rtt_missed += from->rtt_missed;
	if (into->rtt && from->rtt && hist_merge(into->rtt, from->rtt))
		into->rtt_missed += from->rtt->count;
}

__u32 closer_retrans_ppm(const struct closer_row *r)
{
	const struct closer_wire *w = &r->wire;

	/* A child begins with the SYN-ACKs of its request socket sent again, but not with their first sending. */
	if (w->retrans_segs >= w->segs_out)
		return w->retrans_segs ? 1000000 : 0;
	return (__u32)((unsigned __int128)w->retrans_segs * 1000000 / w->segs_out);
}

void closer_rtt_update(struct closer_row *r)
{
	struct closer_wire *w = &r->wire;

	if (!w->rtt || w->rtt->count == w->rtt_of)
		return;
	w->rtt_of = w->rtt->count;
	w->rtt_us = (__u32)hist_percentile(w->rtt, 500000);
}
