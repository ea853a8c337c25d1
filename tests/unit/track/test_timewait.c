/* SPDX-License-Identifier: GPL-2.0-only */
/* Each way into, through and out of a minisock, as the kernel tells it. */
#include "unit/world_fixture.h"

/* After fin_acked(), a FIN_WAIT2 minisock: C3, the usual way. */
static void fin_wait2_minisock(void)
{
	fin_acked(&w);
	at(&w, 1012, &cli, TW(START, FIN_WAIT2, US(TW_US)));
	at(&w, 1020, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN, .arg0 = 7, .arg1 = 9));
	at(&w, 1021, &cli, DESTROY());
	forget(&w);
}

/*
 * --- made ------------------------------------------------------------------------------------------------
 * ------------
 */

/* C1: FIN and ACK in one segment. E1: expired. */
static void time_wait_at_once(void **state)
{
	(void)state;
	fin_acked(&w);
	at(&w, 1012, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 1020, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 1021, &cli, DESTROY());
	told(&w, "c FIN_WAIT2>TIME_WAIT 1012 for=2\n"
		 "c closed 1020 active\n");
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_alive, 1);
	expires(&w, 61001012, TW(CANCEL, TIME_WAIT, US(-1001000), .flags = SOFTIRQ, .arg1 = 4),
		TW(EXPIRE, TIME_WAIT, US(-1001000)));
	told(&w, "c TIME_WAIT>CLOSE 61001012 for=61000000\n"
		 "c gone 61001012 client active - expired open=60 own=60 close=60\n");
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 0);
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_EXPIRED], 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_alive, 0);
}

/*
 * C1 with the descriptor open: shutdown(SHUT_WR), the peer's FIN; close() comes later and is no event of
 * state.
 */
static void half_close(void **state)
{
	(void)state;
	client_alone(&w);
	at(&w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, TWT_F_SHUT_WR)));
	at(&w, 1010, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = TWT_F_SHUT_WR));
	forget(&w);
	at(&w, 5000, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 5005, &cli, STATE(FIN_WAIT2, CLOSE, .flags = SHUT_BOTH));
	at(&w, 9000000, &cli, DESTROY());
	expires(&w, 61000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c FIN_WAIT2>TIME_WAIT 5000 for=3990\n"
		 "c closed 5005 active\n"
		 "c TIME_WAIT>CLOSE 61000000 for=60995000\n"
		 "c gone 61000000 client active - expired open=60 own=60 close=60 shutdown-first\n");
}

/* C2 */
static void simultaneous_close(void **state)
{
	(void)state;
	client_alone(&w);
	at(&w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 1010, &cli, STATE(FIN_WAIT1, CLOSING, .flags = ORPHAN));
	at(&w, 1020, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 1025, &cli, STATE(CLOSING, CLOSE, .flags = ORPHAN));
	forget(&w);
	expires(&w, 61000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c TIME_WAIT>CLOSE 61000000 for=60998980\n"
		 "c gone 61000000 client simultaneous - expired open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->kernel_state[ST_CLOSING][ST_CLOSE], 1);
}

/* C3 and C5, then E1: the peer never closes. A hand-over is no transition. */
static void fin_wait2_runs_out(void **state)
{
	(void)state;
	fin_acked(&w);
	at(&w, 1012, &cli, TW(START, FIN_WAIT2, US(TW_US)));
	at(&w, 1020, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	told(&w, "c closed 1020 active\n");
	assert_int_equal(count_of(&w, ST_FIN_WAIT2), 1);
	expires(&w, 61000000, TW(CANCEL, FIN_WAIT2, .flags = SOFTIRQ), TW(EXPIRE, FIN_WAIT2));
	told(&w, "c FIN_WAIT2>CLOSE 61000000 for=60998990\n"
		 "c gone 61000000 client orphan-timeout - expired open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_EXPIRED], 1);
}

/* C4: close() of a socket that shutdown() left in FIN_WAIT2: the kernel sets the state again first. */
static void close_in_fin_wait2(void **state)
{
	(void)state;
	client_alone(&w);
	at(&w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, TWT_F_SHUT_WR)));
	at(&w, 1010, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = TWT_F_SHUT_WR));
	forget(&w);
	at(&w, 5000, &cli, STATE(FIN_WAIT2, FIN_WAIT2, ASKED(61, SHUT_BOTH)));
	at(&w, 5001, &cli, TW(START, FIN_WAIT2, US(TW_US)));
	at(&w, 5005, &cli, STATE(FIN_WAIT2, CLOSE, OWNED(61, ORPHAN)));
	at(&w, 5006, &cli, DESTROY());
	told(&w, "c closed 5005 active\n");
	at(&w, 9000, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_FIN));
	expires(&w, 61000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c FIN_WAIT2>TIME_WAIT 9000 for=7990\n"
		 "c TIME_WAIT>CLOSE 61000000 for=60991000\n"
		 "c gone 61000000 client active - expired open=60 own=60 close=60 shutdown-first\n");
}

/* C6: no minisock, no RST. It has its verdict when the RST that would tell otherwise has not come. */
static void table_full(void **state)
{
	(void)state;
	fin_acked(&w);
	at(&w, 1012, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 1013, &cli, DESTROY());
	told(&w, "");
	settle(&w);
	told(&w, "c FIN_WAIT2>CLOSE 1012 for=2\n"
		 "c closed 1012 active\n"
		 "c gone 1012 client active - overflow open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_OVERFLOW], 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 0);
}

/*
 * --- changed
 * ---------------------------------------------------------------------------------------------------------
 */

/*
 * FIN_WAIT2 -> TIME_WAIT told by the segment, by a re-arm (cancel and start), or only by the timer at the
 * end.
 */
static void converted_by_segment(void **state)
{
	(void)state;
	fin_wait2_minisock();
	at(&w, 3000, &cli, TW(SEGMENT, TIME_WAIT, US(TW_US), .flags = TWT_F_SEG_FIN));
	at(&w, 4000, &cli, TW(SEGMENT, TIME_WAIT, US(TW_US), .flags = TWT_F_SEG_FIN));	/* sent again */
	told(&w, "c FIN_WAIT2>TIME_WAIT 3000 for=1990\n");
	expires(&w, 61000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c TIME_WAIT>CLOSE 61000000 for=60997000\n"
		 "c gone 61000000 client active - expired open=60 own=60 close=60\n");
}

static void converted_by_rearm(void **state)
{
	(void)state;
	fin_wait2_minisock();
	at(&w, 4000000, &cli, TW(CANCEL, TIME_WAIT, US(TW_US), .flags = SOFTIRQ, .arg1 = 4));
	told(&w, "");
	at(&w, 4000010, &cli, TW(START, TIME_WAIT, US(TW_US)));
	told(&w, "c FIN_WAIT2>TIME_WAIT 4000010 for=3999000\n");
	settle(&w);
	told(&w, "");
	/* Once more: a retransmitted FIN. */
	at(&w, 9000000, &cli, TW(CANCEL, TIME_WAIT, US(TW_US), .flags = SOFTIRQ, .arg1 = 4));
	at(&w, 9000010, &cli, TW(START, TIME_WAIT, US(TW_US)));
	expires(&w, 70000000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT));
	told(&w, "c TIME_WAIT>CLOSE 70000000 for=65999990\n"
		 "c gone 70000000 client active - expired open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 1);
}

static void converted_unseen(void **state)
{
	(void)state;
	fin_wait2_minisock();
	/* Due 1 s ago, so armed 61 s ago. */
	expires(&w, 62000000, TW(CANCEL, TIME_WAIT, US(-1000000), .flags = SOFTIRQ),
		TW(EXPIRE, TIME_WAIT, US(-1000000)));
	told(&w, "c FIN_WAIT2>TIME_WAIT 1000000 reconstructed for=998990\n"
		 "c TIME_WAIT>CLOSE 62000000 for=61000000\n"
		 "c gone 62000000 client active - expired open=60 own=60 close=60\n");
	/* Jiffies are coarse: never before FIN_WAIT2 began, never after its end, whatever the timer says. */
	fin_wait2_minisock();
	expires(&w, 60000500, TW(CANCEL, TIME_WAIT, US(-4000), .flags = SOFTIRQ),
		TW(EXPIRE, TIME_WAIT, US(-4000)));
	told(&w, "c FIN_WAIT2>TIME_WAIT 1010 reconstructed for=0\n"
		 "c TIME_WAIT>CLOSE 60000500 for=59999490\n"
		 "c gone 60000500 client active - expired open=60 own=60 close=60\n");
	fin_wait2_minisock();
	expires(&w, 2000, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ), TW(EXPIRE, TIME_WAIT, .arg0 = 1ULL << 63));
	told(&w, "c FIN_WAIT2>TIME_WAIT 1010 reconstructed for=0\n"
		 "c TIME_WAIT>CLOSE 2000 for=990\n"
		 "c gone 2000 client active - expired open=60 own=60 close=60\n");
}

/*
 * --- ended -----------------------------------------------------------------------------------------------
 * ------------
 */

/*
 * E2, E3: the connecting socket's first event comes before, then the minisock that is out of the hash table
 * already.
 */
static void reused_by_connect(void **state)
{
	static const struct sk next = { .name = "n", .cookie = 12, .rport = 80, .last = { 1, 2 } };
	static const struct sk next_bound = {
		.name = "n", .cookie = 12, .lport = 40000, .rport = 80, .last = { 1, 2 }
	};

	(void)state;
	time_wait(&w);
	at(&w, 2000000, &next, STATE(CLOSE, SYN_SENT, ASKED(77, 0)));
	at(&w, 2000003, &cli,
	   TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX | TWT_F_UNHASHED, .arg1 = 2, .tgid = 77));
	told(&w, "n CLOSE>SYN_SENT 2000000 by=77\n"
		 "c TIME_WAIT>CLOSE 2000003 for=1998991 by=77\n"
		 "c gone 2000003 client active - reused open=60 own=60 close=60 end=77\n");
	at(&w, 2000030, &next_bound, STATE(SYN_SENT, ESTABLISHED));
	told(&w, "n SYN_SENT>ESTABLISHED 2000030 for=30\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_REUSED], 1);
	at(&w, 2000040, &next, DESTROY());
	/* A FIN_WAIT2 minisock, of a connection that was reset with nobody seeing: E3 takes these too. */
	fin_wait2_minisock();
	at(&w, 5000, &cli, TW(CANCEL, FIN_WAIT2, .flags = TWT_F_UNHASHED, .arg1 = 3, .tgid = 77));
	told(&w, "c FIN_WAIT2>CLOSE 5000 for=3990 by=77\n"
		 "c gone 5000 client active - reused open=60 own=60 close=60 end=77\n");
}

/* E4, E10: a SYN. Proof is the child with the same ends, or that no RST did it where RSTs are seen. */
static void reopened_by_syn(void **state)
{
	static const struct sk child = {
		.name = "k", .cookie = 99, .lport = 40000, .rport = 80, .last = { 1, 2 }
	};
	static const struct sk other = {
		.name = "o", .cookie = 98, .lport = 40000, .rport = 81, .last = { 1, 2 }
	};

	(void)state;
	time_wait(&w);
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ, .arg1 = 4, .tgid = 88));
	at(&w, 2000010, &other, STATE(LISTEN, SYN_RECV));
	at(&w, 2000012, &child, STATE(LISTEN, SYN_RECV));
	told(&w, "o LISTEN>SYN_RECV 2000010\n"
		 "k LISTEN>SYN_RECV 2000012\n"
		 "c TIME_WAIT>CLOSE 2000000 for=1998988\n"
		 "c gone 2000000 client active - reopened open=60 own=60 close=60\n");
	at(&w, 2000020, &child, DESTROY());
	at(&w, 2000020, &other, DESTROY());

	time_wait(&w);
	at(&w, 2000000, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_SYN));
	at(&w, 2000003, &cli, TW(CANCEL, TIME_WAIT, .arg1 = 4));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000003 for=1998991\n"
		 "c gone 2000003 client active - reopened open=60 own=60 close=60\n");

	time_wait(&w);
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ, .arg1 = 4));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988\n"
		 "c gone 2000000 client active - unknown open=60 own=60 close=60\n");

	time_wait(&w);
	at(&w, 1000000, NULL, PLAN(TWT_PLAN_SEGMENT | TWT_PLAN_CONTEXT));
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ, .arg1 = 4));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988\n"
		 "c gone 2000000 client active - reopened open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_REOPENED], 3);
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_UNKNOWN], 1);
}

/* E5, E6: the timer stops, then the RST that did it is freed. */
static void reset_by_peer(void **state)
{
	(void)state;
	time_wait(&w);
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ, .arg1 = 4));
	at(&w, 2000004, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_RST | TWT_F_UNHASHED));
	told(&w, "c TIME_WAIT>CLOSE 2000000 rst-rcvd for=1998988\n"
		 "c gone 2000000 client active - reset open=60 own=60 close=60\n");
	fin_wait2_minisock();
	at(&w, 5000, &cli, TW(CANCEL, FIN_WAIT2, .flags = SOFTIRQ, .arg1 = 4));
	at(&w, 5004, &cli, TW(SEGMENT, FIN_WAIT2, .flags = TWT_F_SEG_RST | TWT_F_UNHASHED));
	told(&w, "c FIN_WAIT2>CLOSE 5000 rst-rcvd for=3990\n"
		 "c gone 5000 client reset - reset open=60 own=60 close=60\n");
	/* One that is out of the window ends nothing. A SYN that nobody listened to, then the RST. */
	time_wait(&w);
	at(&w, 2000000, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_RST));
	at(&w, 2000001, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_SYN));
	settle(&w);
	told(&w, "");
	at(&w, 2000000, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_SYN));
	at(&w, 2000010, &cli, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ, .arg1 = 4));
	at(&w, 2000014, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_RST | TWT_F_UNHASHED));
	told(&w, "c TIME_WAIT>CLOSE 2000010 rst-rcvd for=1998998\n"
		 "c gone 2000010 client active - reset open=60 own=60 close=60\n");
}

/* E7: data for a FIN_WAIT2 minisock is answered by an RST of ours, before the timer stops. */
static void data_after_close(void **state)
{
	(void)state;
	fin_wait2_minisock();
	at(&w, 5000, &cli, RST_SENT(TIMEWAIT, .flags = TWT_F_MINISOCK, .new_state = ST_TIME_WAIT));
	at(&w, 5003, &cli, TW(CANCEL, FIN_WAIT2, .flags = SOFTIRQ, .arg1 = 4));
	settle(&w);
	told(&w, "c FIN_WAIT2>CLOSE 5003 rst-sent for=3993\n"
		 "c gone 5003 client abort data-after-close reset open=60 own=60 close=60\n");
	fin_wait2_minisock();
	at(&w, 5000, &cli, TW(SEGMENT, FIN_WAIT2, .flags = TWT_F_SEG_REFUSED));
	at(&w, 5003, &cli, TW(CANCEL, FIN_WAIT2, .arg1 = 4));
	settle(&w);
	told(&w, "c FIN_WAIT2>CLOSE 5003 rst-sent for=3993\n"
		 "c gone 5003 client abort data-after-close reset open=60 own=60 close=60\n");
}

/* E8: `ss -K`. Where the context is not shown, the references tell. */
static void killed(void **state)
{
	(void)state;
	time_wait(&w);
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX, .arg1 = 5, .tgid = 99));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988 by=99\n"
		 "c gone 2000000 client active - killed open=60 own=60 close=60 end=99\n");
	time_wait(&w);
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .arg1 = 5, .tgid = 99));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988 by=99\n"
		 "c gone 2000000 client active - killed open=60 own=60 close=60 end=99\n");
	time_wait(&w);
	at(&w, 2000000, &cli, TW(CANCEL, TIME_WAIT, .arg1 = 4, .tgid = 99)); /* whom a packet interrupted */
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988\n"
		 "c gone 2000000 client active - unknown open=60 own=60 close=60\n");
}

/* E9: the namespace goes, in a kworker. */
static void purged(void **state)
{
	(void)state;
	time_wait(&w);
	at(&w, 2000000, &cli,
	   TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX | TWT_F_KTHREAD | TWT_F_NETNS_DEAD, .arg1 = 4,
	      .tgid = 7));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988\n"
		 "c gone 2000000 client active - purged open=60 own=60 close=60\n");
	time_wait(&w);
	at(&w, 2000000, &cli,
	   TW(CANCEL, TIME_WAIT, .flags = TWT_F_CTX | TWT_F_KTHREAD, .arg1 = 4, .tgid = 7));
	settle(&w);
	told(&w, "c TIME_WAIT>CLOSE 2000000 for=1998988\n"
		 "c gone 2000000 client active - unknown open=60 own=60 close=60\n");
}

/* Old kernels count a minisock when it expires: the totals know which. */
static void plan_is_noted(void **state)
{
	(void)state;
	assert_false(tracker_totals(w.t)->tw_at_expiry);
	at(&w, 0, NULL, PLAN(TWT_PLAN_TW_AT_EXPIRY));
	assert_true(tracker_totals(w.t)->tw_at_expiry);
	at(&w, 0, NULL, PLAN(0));
	assert_false(tracker_totals(w.t)->tw_at_expiry);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(time_wait_at_once), T(half_close), T(simultaneous_close), T(fin_wait2_runs_out),
		T(close_in_fin_wait2), T(table_full), T(converted_by_segment), T(converted_by_rearm),
		T(converted_unseen), T(reused_by_connect), T(reopened_by_syn), T(reset_by_peer),
		T(data_after_close), T(killed), T(purged), T(plan_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
