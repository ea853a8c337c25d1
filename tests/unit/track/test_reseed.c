/* SPDX-License-Identifier: GPL-2.0-only */
/* A table said as events is the same table, and lives on in the same way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/event/record.h"
#include "core/track/reseed.h"
#include "unit/events.h"

static struct world a, b;
static size_t n_events;

static int setup(void **state)
{
	(void)state;
	world_new(&a, NULL);
	world_new(&b, NULL);
	n_events = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_drop(&a);
	world_drop(&b);
	return 0;
}

static int into_b(void *ctx, const struct twt_event *ev)
{
	union twt_record checked;

	(void)ctx;
	assert_int_equal(ev->version, TWT_VERSION);
	assert_int_equal(ev->size, ev->flags & TWT_F_WIRE ? sizeof(struct twt_event_wire) : ev->flags & TWT_F_TASK ? sizeof(*ev) : TWT_EVENT_SHORT);
	(void)record_event(ev, &checked);
	tracker_event(b.t, &checked.event);
	n_events++;
	return 0;
}

static void copy(void)
{
	assert_int_equal(reseed(a.t, into_b, NULL), 0);
	b.begin_ns = a.begin_ns;
	forget(&a);
	forget(&b);
}

static void same_counts(void)
{
	__u64 ca[ST_MAX], cb[ST_MAX];

	tracker_counts(a.t, ca);
	tracker_counts(b.t, cb);
	assert_memory_equal(ca, cb, sizeof(ca));
}

/* What follows, told to both. */
static void both(__u64 us, const struct sk *sk, struct twt_event ev)
{
	at(&a, us, sk, ev);
	at(&b, us, sk, ev);
}

struct owner { const char *comm; __u32 tgid; __u64 cookie; };

static int find_owner(void *ctx, const struct conn *c)
{
	struct owner *o = ctx;
	const struct actor *who = actors_get(tracker_actors(b.t), c->owner);

	if (c->cookie == o->cookie && who)
		o->tgid = who->tgid;
	return 0;
}

static __u32 owner_in_b(const struct sk *sk)
{
	struct owner o = { .cookie = sk->cookie };

	(void)tracker_foreach(b.t, find_owner, &o);
	return o.tgid;
}

static void empty_table(void **state)
{
	(void)state;
	copy();
	same_counts();
	assert_int_equal(n_events, 5);	/* clock, plan, begin, end, tick */
}

static void connections_and_their_owners(void **state)
{
	(void)state;
	at(&a, 0, NULL, PLAN(TWT_PLAN_SEGMENT));
	listens(&a, 50);
	connects(&a, 1000, 60);
	copy();
	same_counts();
	assert_int_equal(count_of(&b, ST_LISTEN), 1);
	assert_int_equal(count_of(&b, ST_ESTABLISHED), 2);
	assert_int_equal(owner_in_b(&lis), 50);
	assert_int_equal(owner_in_b(&cli), 60);
	assert_int_equal(owner_in_b(&srv), 50);		/* nobody used it yet: its listener's */
	assert_int_equal(tracker_plan(b.t), TWT_PLAN_SEGMENT);
	/* A worker that reads is found to be the owner there too. */
	both(2000, &srv, TOUCH(51));
	assert_int_equal(owner_in_b(&srv), 51);
}

static void lives_go_on(void **state)
{
	(void)state;
	listens(&a, 50);
	connects(&a, 1000, 60);
	at(&a, 2000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&a, 2010, &srv, STATE(ESTABLISHED, CLOSE_WAIT));
	at(&a, 2020, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	at(&a, 2021, &cli, TW(START, FIN_WAIT2, US(TW_US)));
	at(&a, 2022, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&a, 2023, &cli, DESTROY());
	copy();
	same_counts();
	assert_int_equal(count_of(&b, ST_FIN_WAIT2), 1);
	assert_int_equal(count_of(&b, ST_CLOSE_WAIT), 1);
	both(3000, &srv, STATE(CLOSE_WAIT, LAST_ACK, ASKED(50, SHUT_BOTH)));
	both(3010, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_FIN, US(TW_US)));
	both(3020, &srv, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	both(3030, &srv, DESTROY());
	settle(&a);
	settle(&b);
	same_counts();
	assert_int_equal(count_of(&b, ST_TIME_WAIT), 1);
	assert_int_equal(count_of(&b, ST_LAST_ACK), 0);
}

static void what_waits_for_its_verdict_is_left_out(void **state)
{
	(void)state;
	at(&a, 0, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&a, 30, &cli, STATE(SYN_SENT, ESTABLISHED));
	at(&a, 1000, &cli, STATE(ESTABLISHED, CLOSE, ASKED(60, 0)));
	copy();
	settle(&a);
	same_counts();
	assert_int_equal(count_of(&b, ST_ESTABLISHED), 0);
}

static const struct twt_wire as_seen = {
	.bytes_sent = 1000, .bytes_retrans = 20, .busy_ns = 3, .rwnd_limited_ns = 2, .sndbuf_limited_ns = 1, .srtt_us = 200, .min_rtt_us = 100,
	.segs_out = 9, .segs_in = 8, .retrans_segs = 7, .reord_seen = 6, .mss = 1448, .flags = TWT_WIRE_KEEPALIVE,
};

static int find_cli(void *ctx, const struct conn *c)
{
	if (c->cookie == cli.cookie)
		*(struct conn *)ctx = *c;
	return 0;
}

/* A client that bound its port itself, and what the wire did to it. */
static void ports_and_the_wire(void **state)
{
	union twt_record rec;
	struct conn in_a = { 0 }, in_b = { 0 };

	(void)state;
	memset(&rec, 0, sizeof(rec));
	at(&a, 0, NULL, SNAP_BEGIN(0, TWT_SNAP_START));
	rec.event = (struct twt_event){
		.size = sizeof(rec.wired), .version = TWT_VERSION, .kind = TWT_SNAP, .ts_ns = tracker_now(a.t), .cookie = cli.cookie, .netns = 1, .family = 2,
		.new_state = ST_ESTABLISHED, .lport = 40001, .rport = 80, .flags = TWT_F_WIRE | TWT_F_BOUND | TWT_F_AUTOBOUND, .arg0 = 700, .arg1 = 800,
	};
	rec.wired.wire = as_seen;
	tracker_event(a.t, &rec.event);
	at(&a, 20, NULL, SNAP_END(0));
	copy();
	(void)tracker_foreach(a.t, find_cli, &in_a);
	(void)tracker_foreach(b.t, find_cli, &in_b);
	assert_int_equal(in_a.role, ROLE_CLIENT);
	assert_int_equal(in_b.role, ROLE_CLIENT);
	assert_int_equal(in_b.flags & (CONN_BOUND | CONN_AUTOBOUND), CONN_BOUND);
	assert_non_null(in_a.wire);
	assert_non_null(in_b.wire);
	assert_int_equal(in_b.bytes_acked, 700);
	assert_int_equal(in_b.bytes_received, 800);
	assert_int_equal(in_b.wire->bytes_sent, 1000);
	assert_int_equal(in_b.wire->retrans_segs, 7);
	assert_int_equal(in_b.wire->min_rtt_us, in_a.wire->min_rtt_us);
	assert_int_equal(in_b.wire->mss, 1448);
	assert_int_equal(in_b.wire->flags, TWT_WIRE_KEEPALIVE);
	assert_false(in_b.wire->at_end);
}

static int full(void *ctx, const struct twt_event *ev)
{
	(void)ev;
	return --*(int *)ctx ? 0 : -28;
}

static void a_sink_that_fails_ends_it(void **state)
{
	int after;

	(void)state;
	listens(&a, 50);
	connects(&a, 1000, 60);
	for (after = 1; after < 11; after++) {
		int left = after;

		assert_int_equal(reseed(a.t, full, &left), -28);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty_table, setup, teardown),
		cmocka_unit_test_setup_teardown(connections_and_their_owners, setup, teardown),
		cmocka_unit_test_setup_teardown(lives_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(what_waits_for_its_verdict_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(ports_and_the_wire, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sink_that_fails_ends_it, setup, teardown),
	};

	return cmocka_run_group_tests_name("reseed", tests, NULL, NULL);
}
