/* SPDX-License-Identifier: GPL-2.0-only */
/* What the wire did: from the record to the connection, through packed rows, and only where it was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/event/event.h"
#include "core/event/record.h"
#include "core/event/tcp.h"
#include "core/track/reseed.h"
#include "core/track/tracker.h"

#define MS 1000000ULL

struct seen { struct conn c; struct wire w; bool has_wire; int n; };

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct seen *s = ctx;

	(void)ts_ns;
	s->c = *c;
	s->has_wire = c->wire != NULL;
	if (c->wire)
		s->w = *c->wire;
	s->n++;
}

static const struct tracker_ops ops = { .gone = on_gone };

static struct tracker *new_tracker(struct seen *s)
{
	struct tracker_config cfg = { .max_whole = 1 };
	struct tracker *t;

	memset(s, 0, sizeof(*s));
	assert_int_equal(tracker_new(&cfg, &ops, s, &t), 0);
	return t;
}

static union twt_record record(__u64 ts_ns, __u8 kind, __u64 cookie, __u8 from, __u8 to)
{
	union twt_record rec;

	memset(&rec, 0, sizeof(rec));
	rec.event = (struct twt_event){ .size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = kind, .ts_ns = ts_ns, .cookie = cookie, .netns = 1,
					.family = 2, .old_state = from, .new_state = to, .lport = 40000, .rport = 80 };
	return rec;
}

static void feed(struct tracker *t, __u64 ms, __u64 cookie, __u8 from, __u8 to)
{
	union twt_record rec = record(ms * MS, TWT_STATE, cookie, from, to);

	tracker_event(t, &rec.event);
}

static void feed_wire(struct tracker *t, __u64 ms, __u8 kind, __u64 cookie, __u8 from, __u8 to, struct twt_wire w)
{
	union twt_record rec = record(ms * MS, kind, cookie, from, to);

	rec.event.size = sizeof(rec.wired);
	rec.event.flags |= TWT_F_WIRE;
	rec.wired.wire = w;
	if (kind == TWT_SNAP) {
		rec.event.arg0 = 700;
		rec.event.arg1 = 800;
	}
	tracker_event(t, &rec.event);
}

static const struct twt_wire at_end = {
	.bytes_sent = 1 << 20, .bytes_retrans = 2896, .busy_ns = 5 * MS, .rwnd_limited_ns = 2 * MS, .sndbuf_limited_ns = MS, .srtt_us = 20123,
	.min_rtt_us = 20001, .segs_out = 900, .segs_in = 500, .retrans_segs = 4, .reord_seen = 1, .mss = 1448,
	.flags = TWT_WIRE_KEEPALIVE | TWT_WIRE_ECN,
};

/* SYNs sent again are known from ESTABLISHED on; what comes later does not add to them. The row is packed in between. */
static void handshake_and_end(void **state)
{
	struct tracker *t;
	struct seen s;

	(void)state;
	t = new_tracker(&s);
	feed(t, 1, 5, ST_CLOSE, ST_SYN_SENT);
	feed_wire(t, 1001, TWT_STATE, 5, ST_SYN_SENT, ST_ESTABLISHED, (struct twt_wire){ .retrans_segs = 1, .srtt_us = 20000 });
	for (__u64 i = 0; i < 20; i++)		/* others, so that it is packed */
		feed(t, 1002 + i, 100 + i, ST_CLOSE, ST_SYN_SENT);
	feed(t, 2000, 5, ST_ESTABLISHED, ST_CLOSE_WAIT);
	feed(t, 2001, 5, ST_CLOSE_WAIT, ST_LAST_ACK);
	for (__u64 i = 0; i < 20; i++)
		feed(t, 2002 + i, 200 + i, ST_CLOSE, ST_SYN_SENT);
	feed_wire(t, 2100, TWT_STATE, 5, ST_LAST_ACK, ST_CLOSE, at_end);
	tracker_finish(t);
	assert_int_equal(s.n, 1);
	assert_true(s.has_wire && s.w.syn_known && s.w.at_end);
	assert_int_equal(s.w.syn_retrans, 1);
	assert_int_equal(s.w.retrans_segs, 4);
	assert_int_equal(s.w.bytes_sent, 1 << 20);
	assert_int_equal(s.w.bytes_retrans, 2896);
	assert_int_equal(s.w.busy_ns, 5 * MS);
	assert_int_equal(s.w.rwnd_limited_ns, 2 * MS);
	assert_int_equal(s.w.sndbuf_limited_ns, MS);
	assert_int_equal(s.w.srtt_us, 20123);
	assert_int_equal(s.w.min_rtt_us, 20001);
	assert_int_equal(s.w.segs_out, 900);
	assert_int_equal(s.w.segs_in, 500);
	assert_int_equal(s.w.reord_seen, 1);
	assert_int_equal(s.w.mss, 1448);
	assert_int_equal(s.w.flags, TWT_WIRE_KEEPALIVE | TWT_WIRE_ECN);
	tracker_free(t);
}

/* A connect() that failed has what is known of it. */
static void failed_connect(void **state)
{
	struct tracker *t;
	struct seen s;

	(void)state;
	t = new_tracker(&s);
	feed(t, 1, 5, ST_CLOSE, ST_SYN_SENT);
	feed_wire(t, 7001, TWT_STATE, 5, ST_SYN_SENT, ST_CLOSE, (struct twt_wire){ .retrans_segs = 300, .segs_out = 3 });
	tracker_finish(t);
	assert_true(s.n == 1 && s.has_wire && s.w.syn_known);
	assert_int_equal(s.w.syn_retrans, 255);
	assert_int_equal(s.w.segs_out, 3);
	/* One whose events said nothing of it has nothing, and a new connection of a socket does not inherit. */
	feed(t, 8000, 5, ST_CLOSE, ST_SYN_SENT);
	feed(t, 8001, 5, ST_SYN_SENT, ST_CLOSE);
	tracker_finish(t);
	assert_true(s.n == 2 && !s.has_wire);
	tracker_free(t);
}

/* Of a connection that exists a look tells; not how its handshake went. */
static void looked_at(void **state)
{
	const struct conn *c;
	struct tracker *t;
	struct seen s;
	union twt_record rec;

	(void)state;
	t = new_tracker(&s);
	rec = record(MS, TWT_SNAP_BEGIN, 0, 0, 0);
	rec.event.netns = 0;
	tracker_event(t, &rec.event);
	feed_wire(t, 2, TWT_SNAP, 9, 0, ST_ESTABLISHED, at_end);
	rec.event.kind = TWT_SNAP_END;
	tracker_event(t, &rec.event);
	c = tracker_conn(t, 0);
	assert_non_null(c);
	assert_non_null(c->wire);
	assert_true(!c->wire->syn_known && !c->wire->at_end);
	assert_int_equal(c->wire->srtt_us, 20123);
	assert_int_equal(c->bytes_acked, 700);
	assert_int_equal(c->bytes_received, 800);
	tracker_free(t);
}

static int into(void *ctx, const struct twt_event *ev)
{
	union twt_record rec, decoded;
	size_t len = record_event(ev, &rec);

	assert_int_equal(record_decode(&rec, len, &decoded), 0);	/* as from a file */
	tracker_event(ctx, &decoded.event);
	return 0;
}

/* A recording that begins in the middle of a run knows what the run knew; of what is over already, only that. */
static void told_again(void **state)
{
	struct tracker *t, *copy;
	const struct conn *c;
	struct seen s, s2;
	union twt_record rec;

	(void)state;
	t = new_tracker(&s);
	copy = new_tracker(&s2);
	rec = record(MS, TWT_SNAP_BEGIN, 0, 0, 0);
	rec.event.netns = 0;
	tracker_event(t, &rec.event);
	feed_wire(t, 2, TWT_SNAP, 9, 0, ST_ESTABLISHED, at_end);
	rec.event.kind = TWT_SNAP_END;
	tracker_event(t, &rec.event);
	assert_int_equal(reseed(t, into, copy), 0);
	c = tracker_conn(copy, 0);
	assert_non_null(c);
	assert_non_null(c->wire);
	assert_int_equal(c->bytes_acked, 700);
	assert_int_equal(c->bytes_received, 800);
	assert_int_equal(c->wire->srtt_us, 20123);
	assert_int_equal(c->wire->busy_ns, 5 * MS);
	assert_int_equal(c->wire->segs_in, 500);
	assert_int_equal(c->wire->mss, 1448);
	assert_false(c->wire->at_end);
	tracker_free(t);
	tracker_free(copy);
}

/* --- the record ------------------------------------------------------------------------------------------------------- */

static union twt_record wired(void)
{
	union twt_record rec = record(MS, TWT_STATE, 5, ST_LAST_ACK, ST_CLOSE);

	rec.event.size = sizeof(rec.wired);
	rec.event.flags |= TWT_F_WIRE;
	rec.wired.wire = at_end;
	return rec;
}

/* In memory of exactly that size. */
static int decode(const void *data, size_t len, union twt_record *ret)
{
	unsigned char *p = malloc(len + 1);
	int err;

	memcpy(p + 1, data, len);
	memset(ret, 0xee, sizeof(*ret));
	err = record_decode(p + 1, len, ret);
	free(p);
	return err;
}

static void whole_records(void **state)
{
	union twt_record rec = wired(), got, out;
	struct twt_event old;

	(void)state;
	assert_int_equal(decode(&rec, sizeof(rec.wired), &got), 0);
	assert_memory_equal(&got.wired, &rec.wired, sizeof(rec.wired));
	assert_memory_equal(event_wire(&got.event), &at_end, sizeof(at_end));
	assert_int_equal(record_event(&got.event, &out), sizeof(rec.wired));
	assert_memory_equal(&out.wired, &rec.wired, sizeof(rec.wired));
	/* A reader that takes the event alone, as those before did, has one that says so. */
	assert_int_equal(event_decode(&rec, sizeof(rec.wired), &old), 0);
	assert_int_equal(old.size, sizeof(old));
	assert_null(event_wire(&old));
	assert_int_equal(record_event(&old, &out), sizeof(old));
}

/* Of a newer writer the tail is left away, of an older one zeros follow; a flag alone promises nothing. */
static void longer_and_shorter(void **state)
{
	union twt_record rec = wired(), got;
	unsigned char bytes[300] = { 0 };

	(void)state;
	for (__u16 size = sizeof(rec.event) + 1; size < sizeof(bytes); size++) {
		struct twt_wire want = { 0 };
		size_t have = size - sizeof(rec.event);

		memcpy(bytes, &rec, sizeof(rec.wired));
		memset(bytes + sizeof(rec.wired), 0xaa, sizeof(bytes) - sizeof(rec.wired));
		memcpy(bytes, &size, sizeof(size));
		memcpy(&want, &at_end, have < sizeof(want) ? have : sizeof(want));
		assert_int_equal(decode(bytes, size, &got), 0);
		assert_int_equal(got.event.size, sizeof(rec.wired));
		assert_memory_equal(event_wire(&got.event), &want, sizeof(want));
	}
	rec.event.size = sizeof(rec.event);
	assert_int_equal(decode(&rec, sizeof(rec.event), &got), 0);
	assert_null(event_wire(&got.event));
	assert_int_equal(got.event.flags & TWT_F_WIRE, 0);
	rec = wired();
	rec.event.kind = TWT_DESTROY;		/* never brings it along */
	assert_int_equal(decode(&rec, sizeof(rec.wired), &got), 0);
	assert_null(event_wire(&got.event));
	assert_int_equal(got.event.size, sizeof(rec.event));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake_and_end), cmocka_unit_test(failed_connect), cmocka_unit_test(looked_at), cmocka_unit_test(told_again),
		cmocka_unit_test(whole_records), cmocka_unit_test(longer_and_shorter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
