/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/track/reseed.h"
#include <string.h>
#include "core/event/event.h"

struct reseed {
	const struct tracker *t;
	int (*sink)(void *ctx, const struct twt_event *ev);
	void *ctx;
	bool listeners;		/* these now, or all others */
};

static struct twt_event event(const struct reseed *r, __u8 kind)
{
	return (struct twt_event){
		.size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = kind, .ts_ns = tracker_now(r->t),
	};
}

static struct twt_event event_of(const struct reseed *r, __u8 kind, const struct conn *c)
{
	struct twt_event ev = event(r, kind);

	ev.cookie = c->cookie;
	ev.netns = c->netns;
	ev.family = c->family;
	memcpy(ev.laddr, c->laddr, sizeof(ev.laddr));
	memcpy(ev.raddr, c->raddr, sizeof(ev.raddr));
	ev.lport = c->lport;
	ev.rport = c->rport;
	ev.new_state = c->state;
	if (c->flags & CONN_KERNEL)
		ev.flags |= TWT_F_KERN_SOCK;
	if (c->flags & CONN_BOUND)
		ev.flags |= TWT_F_BOUND | (c->role == ROLE_CLIENT ? TWT_F_AUTOBOUND : 0);
	else if (c->flags & CONN_AUTOBOUND)
		ev.flags |= TWT_F_AUTOBOUND;
	if (c->flags & CONN_NO_TSTAMP)
		ev.flags |= TWT_F_NO_TSTAMP;
	if (c->flags & CONN_MINISOCK) {
		ev.flags |= TWT_F_MINISOCK;
		ev.new_state = ST_TIME_WAIT;
		ev.substate = c->state;
		if (c->state == ST_TIME_WAIT && c->tw_armed_ns && c->tw_armed_ns <= ev.ts_ns)
			ev.arg0 = c->tw_armed_ns + TW_LEN_NS - ev.ts_ns;
	}
	/* Its owner is only the listener's: whoever reads this finds that again, and may learn better. */
	if (c->owner && c->role == ROLE_SERVER && !(c->flags & CONN_OWNER_FIRM))
		ev.flags |= TWT_F_UNACCEPTED;
	return ev;
}

/* What the wire did until now, as a look tells it: only while the full socket lives. */
static void add_wire(union twt_record *rec, const struct conn *c)
{
	const struct wire *w = c->wire;

	if (!w || w->at_end || c->flags & (CONN_MINISOCK | CONN_FULL_SOCK_GONE))
		return;
	rec->event.size = sizeof(rec->wired);
	rec->event.flags |= TWT_F_WIRE;
	rec->event.arg0 = c->bytes_acked;
	rec->event.arg1 = c->bytes_received;
	rec->wired.wire = (struct twt_wire){
		.bytes_sent = w->bytes_sent, .bytes_retrans = w->bytes_retrans, .busy_ns = w->busy_ns,
		.rwnd_limited_ns = w->rwnd_limited_ns, .sndbuf_limited_ns = w->sndbuf_limited_ns, .srtt_us = w->srtt_us,
		.min_rtt_us = w->min_rtt_us, .segs_out = w->segs_out, .segs_in = w->segs_in, .retrans_segs = w->retrans_segs,
		.reord_seen = w->reord_seen, .mss = w->mss, .flags = w->flags, .unanswered = w->unanswered,
	};
}

static int send_conn(void *ctx, const struct conn *c)
{
	struct reseed *r = ctx;
	union twt_record rec;

	if (c->pending || (c->state == ST_LISTEN) != r->listeners)
		return 0;
	memset(&rec.wired, 0, sizeof(rec.wired));
	rec.event = event_of(r, TWT_SNAP, c);
	add_wire(&rec, c);
	return r->sink(r->ctx, &rec.event);
}

static int send_owner(void *ctx, const struct conn *c)
{
	struct reseed *r = ctx;
	const struct actor *a = actors_get(tracker_actors(r->t), c->owner);
	struct twt_event ev = event_of(r, TWT_SNAP_OWNER, c);

	if (!a || c->pending || !(c->flags & CONN_OWNER_FIRM) || (c->state == ST_LISTEN) != r->listeners)
		return 0;
	ev.size = sizeof(ev);
	ev.flags |= TWT_F_TASK | (a->kernel ? TWT_F_KTHREAD | TWT_F_KERN_SOCK : 0);
	ev.tgid = ev.tid = a->tgid;
	ev.aux = a->start_ms;
	ev.cgroup = a->cgroup;
	memcpy(ev.comm, a->comm, sizeof(ev.comm));
	return r->sink(r->ctx, &ev);
}

static int send_halfopen(void *ctx, __u32 netns, __u16 lport, __u64 count, const struct conn *listener)
{
	struct reseed *r = ctx;
	struct twt_event ev = event(r, TWT_HALFOPEN);

	(void)listener;
	ev.netns = netns;
	ev.lport = lport;
	ev.arg0 = count;
	return r->sink(r->ctx, &ev);
}

static int send_name(void *ctx, const struct name *n)
{
	struct reseed *r = ctx;
	struct twt_name rec;

	name_record(n, tracker_now(r->t), &rec);
	return r->sink(r->ctx, (const struct twt_event *)&rec);
}

static int send(struct reseed *r, __u8 kind, __u64 arg0)
{
	struct twt_event ev = event(r, kind);

	ev.arg0 = arg0;
	return r->sink(r->ctx, &ev);
}

int reseed(const struct tracker *t, int (*sink)(void *ctx, const struct twt_event *ev), void *ctx)
{
	struct reseed r = { t, sink, ctx, true };
	int err;

	err = send(&r, TWT_CLOCK, (__u64)tracker_clock_offset(t));
	if (!err)
		err = send(&r, TWT_PLAN, tracker_plan(t));
	if (!err)
		err = names_foreach(tracker_names(t), send_name, &r);
	if (!err)
		err = send(&r, TWT_SNAP_BEGIN, 0);
	for (int pass = 0; pass < 2; pass++, r.listeners = false) {	/* listeners with their owners first */
		if (!err)
			err = tracker_foreach(t, send_conn, &r);
		if (!err)
			err = tracker_foreach(t, send_owner, &r);
	}
	if (!err)
		err = tracker_foreach_halfopen(t, send_halfopen, &r);
	if (!err)
		err = send(&r, TWT_SNAP_END, 0);
	if (!err)
		err = send(&r, TWT_TICK, 0);
	return err;
}
