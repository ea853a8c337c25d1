/* SPDX-License-Identifier: GPL-2.0-only */
/* Minisocks older than the tracer, with names that come late, and with events that got lost. */
#include "unit/world_fixture.h"

/* Older than any cookie: named by its ends. connect() takes the tuple over; the old one dies later. */
static void no_cookie(void **state)
{
	static const struct sk old = { .name = "o", .lport = 40000, .rport = 80, .last = { 1, 2 } };
	static const struct sk old2 = { .name = "p", .lport = 40001, .rport = 80, .last = { 1, 2 } };

	(void)state;
	at(&w, 0, &old, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 1, &old2, TW(START, FIN_WAIT2, US(TW_US)));
	told(&w, "o ->TIME_WAIT 0 seeded\n"
		 "p ->FIN_WAIT2 1 seeded\n");
	/* Its socket gets a cookie from its last event; that is not another connection. */
	at(&w, 3, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 4, &cli, DESTROY());
	settle(&w);
	told(&w, "");
	at(&w, 100000, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 100010, &cli, STATE(SYN_SENT, ESTABLISHED));
	at(&w, 100020, &old, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED, .tgid = 60));
	told(&w, "c CLOSE>SYN_SENT 100000 by=60\n"
		 "c SYN_SENT>ESTABLISHED 100010 for=10\n"
		 "o TIME_WAIT>CLOSE 100020 by=60\n"
		 "o gone 100020 - unknown - reused end=60 before\n");
	at(&w, 100030, &old2, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_FIN));
	at(&w, 100040, &old2, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ));
	at(&w, 100050, &old2, TW(EXPIRE, TIME_WAIT));
	told(&w, "p FIN_WAIT2>TIME_WAIT 100030\n"
		 "p TIME_WAIT>CLOSE 100040 for=10\n"
		 "p gone 100040 - active - expired before\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 2);
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_OVERFLOW], 0);
	at(&w, 200000, &cli, DESTROY());
}

/* `ss` gives a minisock a cookie that had none: the same one. */
static void cookie_given_later(void **state)
{
	static const struct sk old = { .name = "o", .lport = 40000, .rport = 80, .last = { 1, 2 } };
	static const struct sk named = {
		.name = "o", .cookie = 55, .lport = 40000, .rport = 80, .last = { 1, 2 }
	};

	(void)state;
	at(&w, 0, &old, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 10, &named, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ));
	at(&w, 20, &named, TW(START, TIME_WAIT, US(TW_US)));
	forget(&w);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	at(&w, 61000000, &named, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ));
	at(&w, 61000008, &named, TW(EXPIRE, TIME_WAIT));
	told(&w, "o TIME_WAIT>CLOSE 61000000\n"
		 "o gone 61000000 - unknown - expired before\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 1);
}

/* The socket is used again (disconnect, connect) while its minisock lives: two with one cookie. */
static void socket_connects_again(void **state)
{
	static const struct sk again = {
		.name = "a", .cookie = 11, .lport = 41000, .rport = 80, .last = { 1, 2 }
	};

	(void)state;
	time_wait(&w);
	at(&w, 3000, &again, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 3010, &again, STATE(SYN_SENT, ESTABLISHED));
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	assert_int_equal(count_of(&w, ST_ESTABLISHED), 1);
	told(&w, "a CLOSE>SYN_SENT 3000 by=60\n"
		 "a SYN_SENT>ESTABLISHED 3010 for=10\n");
	at(&w, 4000, &again, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 4010, &again, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	at(&w, 4012, &again, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 4020, &again, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	forget(&w);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 2);
	expires(&w, 61000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c TIME_WAIT>CLOSE 61000000 for=60998988\n"
		 "c gone 61000000 client active - expired open=60 own=60 close=60\n");
	at(&w, 62000000, &again, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ));
	at(&w, 62000008, &again, TW(EXPIRE, TIME_WAIT));
	told(&w, "a TIME_WAIT>CLOSE 62000000 for=61995988\n"
		 "a gone 62000000 client active - expired open=60 own=60 close=60\n");
}

static void lost_events(void **state)
{
	(void)state;
	/* The start: the end tells. */
	fin_acked(&w);
	expires(&w, 61000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c FIN_WAIT2>TIME_WAIT 61000000 healed\n"
		 "c closed 61000000 active\n"
		 "c TIME_WAIT>CLOSE 61000000\n"
		 "c gone 61000000 client active - expired open=60 own=60 close=60 gap\n");
	/*
	 * The start, and CLOSE comes: what looked like a full table is a hand-over once the minisock shows.
	 */
	fin_acked(&w);
	at(&w, 1020, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 5000, &cli, TW(CANCEL, FIN_WAIT2, .flags = SOFTIRQ));
	at(&w, 5004, &cli, TW(START, TIME_WAIT, US(TW_US)));
	told(&w, "c closed 5000 active\n"
		 "c FIN_WAIT2>TIME_WAIT 5004 for=3994\n");
	/* The cancel: the expiry tells. */
	at(&w, 61000008, &cli, TW(EXPIRE, TIME_WAIT));
	told(&w, "c TIME_WAIT>CLOSE 61000008 for=60995004\n"
		 "c gone 61000008 client active - expired open=60 own=60 close=60 gap\n");
	/* CLOSE overtook the start: a hand-over all the same. */
	fin_acked(&w);
	at(&w, 1020, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 1021, &cli, TW(START, TIME_WAIT, US(TW_US)));
	told(&w, "c FIN_WAIT2>TIME_WAIT 1021 for=11\n"
		 "c closed 1021 active\n");
	at(&w, 2000, &cli, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	/* All state events since ESTABLISHED. */
	client_alone(&w);
	forget(&w);
	at(&w, 100, &cli, TW(START, FIN_WAIT2, US(TW_US)));
	told(&w, "c ESTABLISHED>FIN_WAIT2 100 healed\n");
	/* Start and expiry again: a re-arm of something that ended is its birth. */
	expires(&w, 200, TW(CANCEL, FIN_WAIT2, .flags = SOFTIRQ), TW(EXPIRE, FIN_WAIT2));
	forget(&w);
	at(&w, 300, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 310, &cli, TW(EXPIRE, TIME_WAIT));
	at(&w, 320, &cli, TW(EXPIRE, TIME_WAIT));
	at(&w, 330, &cli, TW(SEGMENT, TIME_WAIT));
	told(&w, "c ->TIME_WAIT 300 seeded\n"
		 "c TIME_WAIT>CLOSE 310\n"
		 "c gone 310 - unknown - expired before\n");
	/* Unknown until its end: it was there, and its end counts. */
	at(&w, 400, &cli, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ));
	at(&w, 408, &cli, TW(EXPIRE, TIME_WAIT));
	told(&w, "c ->TIME_WAIT 400 seeded\n"
		 "c TIME_WAIT>CLOSE 400\n"
		 "c gone 400 - unknown - expired before\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_seeded, 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 5);
}

/* Substates that no minisock has. */
static void odd_substates(void **state)
{
	(void)state;
	fin_acked(&w);
	at(&w, 1012, &cli, TW(START, CLOSE));
	told(&w, "");
	at(&w, 1020, &cli, TW(SEGMENT, LISTEN));
	at(&w, 1030, &cli, TW(CANCEL, NONE, .flags = TWT_F_UNHASHED));
	told(&w, "c FIN_WAIT2>CLOSE 1030 for=20\n"
		 "c closed 1030 active\n"
		 "c gone 1030 client active - reused open=60 own=60 close=60\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(no_cookie), T(cookie_given_later), T(socket_connects_again), T(lost_events),
		T(odd_substates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
