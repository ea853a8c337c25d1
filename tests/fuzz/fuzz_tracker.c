/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any events, as far as they can be decoded: the tracker's books stay right, and a snapshot that finds
 * nothing empties it. Eight bytes of input are one event over few sockets, namespaces and processes, so
 * that they meet; its time moves with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "unit/check_tracker.h"

#define RECORD 8
#define CONNS 12

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static void check(const struct tracker *t)
{
	const char *bad = check_tracker(t);

	if (bad) {
		fprintf(stderr, "%s\n", bad);
		abort();
	}
}

static void feed(struct tracker *t, struct twt_event ev, __u64 ts_ns)
{
	union twt_record rec, decoded;

	memset(&rec, 0, sizeof(rec));
	ev.size = ev.arg0 & 1 ? sizeof(rec.wired) : sizeof(ev);
	ev.flags |= ev.arg0 & 1 ? TWT_F_WIRE : 0;
	ev.version = TWT_VERSION;
	ev.ts_ns = ts_ns;
	rec.event = ev;
	rec.wired.wire = (struct twt_wire){ .retrans_segs = ev.tgid, .bytes_sent = ev.arg0, .srtt_us = ev.aux };
	if (!record_decode(&rec, sizeof(rec.wired), &decoded))
		tracker_event(t, &decoded.event);
	check(t);
}

static void set_sock(struct twt_event *ev, unsigned char what)
{
	ev->netns = 1 + (what >> 6);
	ev->cookie = what & 7;				/* 0: named by the tuple */
	ev->lport = (__u16)(what >> 3 & 3);		/* 0 too */
	ev->rport = (__u16)(what >> 5 & 1);
	ev->family = 2;
}

static struct twt_event unpack(const unsigned char *d)
{
	struct twt_event ev = { .kind = d[0] % TWT_KIND_MAX, .cpu = d[0] >> 6 };

	set_sock(&ev, d[1]);
	ev.old_state = d[2] & 15;
	ev.new_state = d[2] >> 4;
	ev.substate = d[3] & 7;
	ev.reason = d[3] >> 4;
	ev.flags = (__u32)d[4] << 16 | (__u32)d[5] << 8 | d[6];	/* TWT_F_TASK is one of them */
	ev.tgid = 1 + (d[7] & 7);
	ev.aux = d[7] >> 4;
	ev.err = d[6] & 1 ? 110 : 0;
	ev.arg0 = (__u64)d[7] << (d[3] & 63);
	return ev;
}

/* Counts by state, and books of minisocks, must not depend on who listens. */
static const struct tracker_ops nobody;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	const struct tracker_config cfg = { .max_conns = CONNS, .max_actors = 6, .max_whole = 1 };
	__u64 now = 1000000000;
	struct tracker *t;
	unsigned int i;

	if (tracker_new(&cfg, &nobody, NULL, &t))
		return 0;
	for (; len >= RECORD; data += RECORD, len -= RECORD) {
		/* Mostly microseconds; sometimes beyond the settle time; sometimes back. */
		__u64 step = data[0] & 32 ? TRACKER_SETTLE_NS / 2 : data[7] * 1000ULL;

		now += step;
		feed(t, unpack(data), data[7] == 255 ? now - 3 * step : now);
	}
	tracker_finish(t);
	check(t);
	now += 1000 * TRACKER_SETTLE_NS;
	feed(t, (struct twt_event){ .kind = TWT_SNAP_BEGIN, .aux = TWT_SNAP_HEAL }, now);
	for (i = 1; i <= 4; i++)
		feed(t, (struct twt_event){ .kind = TWT_SNAP_BEGIN, .netns = i, .aux = TWT_SNAP_HEAL }, now);
	feed(t, (struct twt_event){ .kind = TWT_SNAP_END }, now + 1);
	if (table_size(t->table) || actors_count(t->actors))
		abort();
	tracker_free(t);
	return 0;
}
