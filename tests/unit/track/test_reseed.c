/* SPDX-License-Identifier: GPL-2.0-only */
/* A table said as events is the same table, and lives on in the same way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
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
	struct twt_event checked;

	(void)ctx;
	assert_int_equal(ev->version, TWT_VERSION);
	assert_int_equal(ev->size, ev->flags & TWT_F_TASK ? sizeof(*ev) : TWT_EVENT_SHORT);
	checked = *ev;
	tracker_event(b.t, &checked);
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
		cmocka_unit_test_setup_teardown(a_sink_that_fails_ends_it, setup, teardown),
	};

	return cmocka_run_group_tests_name("reseed", tests, NULL, NULL);
}
