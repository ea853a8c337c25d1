/* SPDX-License-Identifier: GPL-2.0-only */
/* What the wire did to a connection, as its events bring it along. */
#include "core/track/parts.h"

/* Until ESTABLISHED, only the handshake can have been sent again: a child starts with what its request socket had (tcp_create_openreq_child()). */
static bool in_handshake(const struct twt_event *ev)
{
	if (ev->kind == TWT_SNAP)
		return ev->new_state == ST_SYN_SENT;
	return ev->new_state == ST_ESTABLISHED || ev->old_state == ST_SYN_SENT || ev->old_state == ST_SYN_RECV;
}

void tracker_wire(struct tracker *t, struct row *r, const struct twt_event *ev)
{
	const struct twt_wire *from = event_wire(ev);
	struct wire *w = from ? table_wire(t->table, r) : NULL;

	if (!w)
		return;
	w->bytes_sent = from->bytes_sent;
	w->bytes_retrans = from->bytes_retrans;
	w->busy_ns = from->busy_ns;
	w->rwnd_limited_ns = from->rwnd_limited_ns;
	w->sndbuf_limited_ns = from->sndbuf_limited_ns;
	w->srtt_us = from->srtt_us;
	w->min_rtt_us = from->min_rtt_us;
	w->segs_out = from->segs_out;
	w->segs_in = from->segs_in;
	w->retrans_segs = from->retrans_segs;
	w->reord_seen = from->reord_seen;
	w->mss = from->mss;
	w->flags = from->flags;
	w->unanswered = from->unanswered;
	w->at_end = ev->kind == TWT_STATE && ev->new_state == ST_CLOSE;
	if (in_handshake(ev)) {
		w->syn_retrans = from->retrans_segs < 255 ? (__u8)from->retrans_segs : 255;
		w->syn_known = true;
	}
	if (ev->kind == TWT_SNAP) {	/* others bring them along when it is over */
		r->c.bytes_acked = ev->arg0;
		r->c.bytes_received = ev->arg1;
	}
}
