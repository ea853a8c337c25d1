/* SPDX-License-Identifier: GPL-2.0-only */
/* What waits for its verdict: in order, not for ever, and not without bound. */
#include "unit/world_fixture.h"

/* In order of their time, not of rows; those that wait for nothing do not wait for others. */
static void settle_order(void **state)
{
	static const struct sk sks[] = {
		{ .name = "1", .cookie = 1, .lport = 1 },
		{ .name = "2", .cookie = 2, .lport = 2 },
		{ .name = "3", .cookie = 3, .lport = 3 },
	};
	size_t i;

	(void)state;
	for (i = 3; i-- > 0;)
		at(&w, i, &sks[i], TW(START, TIME_WAIT, US(TW_US)));
	forget(&w);
	at(&w, 100, &sks[1], TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX, .arg1 = 5, .tgid = 9));
	at(&w, 110, &sks[0], TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX, .arg1 = 5, .tgid = 9));
	at(&w, 120, &sks[2], TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX, .arg1 = 5, .tgid = 9));
	at(&w, 130, &sks[0], TW(EXPIRE, TIME_WAIT));
	told(&w, "1 TIME_WAIT>CLOSE 110\n"
		 "1 gone 110 - unknown - expired before\n");
	tick(&w, 105 + SETTLE_US);
	told(&w, "2 TIME_WAIT>CLOSE 100 by=9\n"
		 "2 gone 100 - unknown - killed end=9 before\n");
	tick(&w, 121 + SETTLE_US);
	told(&w, "3 TIME_WAIT>CLOSE 120 by=9\n"
		 "3 gone 120 - unknown - killed end=9 before\n");
}

/* A virtual CPU stood still between the cancel of a timer that was due and the word that it expired. */
static void late_expiry(void **state)
{
	(void)state;
	time_wait(&w);
	at(&w, 61000000, &cli, TW(CANCEL, TIME_WAIT, US(-1000), .flags = SOFTIRQ, .arg1 = 4));
	settle(&w);
	tick(&w, 61900000);
	told(&w, "");
	at(&w, 61900010, &cli, TW(EXPIRE, TIME_WAIT, US(-1000)));
	told(&w, "c TIME_WAIT>CLOSE 61000000 for=60998988\n"
		 "c gone 61000000 client active - expired open=60 own=60 close=60\n");
	/* It never comes: something else ended it in time. */
	time_wait(&w);
	at(&w, 61000000, &cli, TW(CANCEL, TIME_WAIT, US(-1000), .flags = SOFTIRQ, .arg1 = 4));
	tick(&w, 61999999);
	told(&w, "");
	tick(&w, 62000001);
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 61000000 for=60998988\n"
		 "c gone 61000000 client active - unknown open=60 own=60 close=60\n");
	/* It does not wait for what is proven, ... */
	time_wait(&w);
	at(&w, 61000000, &cli, TW(CANCEL, TIME_WAIT, US(-1000), .flags = TWT_F_CTX, .arg1 = 5, .tgid = 9));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 61000000 for=60998988 by=9\n"
		 "c gone 61000000 client active - killed open=60 own=60 close=60 end=9\n");
	/* ... nor beyond the end of the stream. */
	time_wait(&w);
	at(&w, 61000000, &cli, TW(CANCEL, TIME_WAIT, US(-1000), .flags = SOFTIRQ, .arg1 = 4));
}

static void cancel_and_start(__u64 cookie)
{
	struct twt_event ev = TW(START, TIME_WAIT, .cookie = cookie, .netns = NETNS, .lport = 7);

	ev.ts_ns = w.begin_ns;
	tracker_event(w.t, &ev);
	ev.kind = TWT_TW_CANCEL;
	tracker_event(w.t, &ev);
}

/* More at one moment than the queue holds: the oldest is judged early and counted, nothing else is harmed. */
static void settle_queue_is_bounded(void **state)
{
	__u64 losses[LOSS_MAX];
	size_t i;

	(void)state;
	w.mute = true;
	cancel_and_start(1);
	for (i = 0; i < 3000; i++)
		cancel_and_start(10 + i);
	for (i = 0; i < (1 << 20) - 3001; i++)		/* re-arms: they leave holes behind the oldest */
		cancel_and_start(10 + i % 3000);
	tracker_losses(w.t, losses);
	assert_int_equal(losses[LOSS_TABLE_FULL], 0);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 3001);
	for (i = 0; i < 1 << 20; i++)
		cancel_and_start(10 + i % 3000);
	tracker_losses(w.t, losses);
	assert_int_equal(losses[LOSS_TABLE_FULL], 1);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 3000);
	settle(&w);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 0);
}

/* Who sleeps until something is to be judged must not sleep for longer. */
static void tells_when_it_is_due(void **state)
{
	(void)state;
	assert_true(tracker_unsettled_ns(w.t) == ~0ULL);
	time_wait(&w);
	assert_true(tracker_unsettled_ns(w.t) == ~0ULL);
	at(&w, 61000000, &cli, TW(CANCEL, TIME_WAIT, US(-1000), .flags = SOFTIRQ, .arg1 = 4));
	assert_true(tracker_unsettled_ns(w.t) == TRACKER_SETTLE_NS);
	tick(&w, 61000000 + SETTLE_US - 7);
	assert_true(tracker_unsettled_ns(w.t) == 7000);
	at(&w, 61000000 + SETTLE_US, &cli, TW(EXPIRE, TIME_WAIT, US(-1000)));
	assert_true(tracker_unsettled_ns(w.t) == ~0ULL);
}

/* One that must wait longer goes to the end of a full queue. */
static void waiting_in_a_full_queue(void **state)
{
	size_t i;

	(void)state;
	w.mute = true;
	at(&w, 0, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 0, &cli, TW(CANCEL, TIME_WAIT, US(-1)));
	for (i = 0; i < (1 << 20) - 1; i++)
		cancel_and_start(1000 + (i < 10 ? i : 10));
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 12);
	tick(&w, SETTLE_US + 1);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	tick(&w, 1100000);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(settle_order), T(late_expiry), T(settle_queue_is_bounded), T(tells_when_it_is_due), T(waiting_in_a_full_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
