/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots: what exists when the tracer comes, and healing after a loss, while sockets go on living. */
#include <errno.h>
#include <string.h>
#include "unit/world_fixture.h"

static void begin(__u64 us, __u32 why)
{
	at(&w, us, NULL, SNAP_BEGIN(0, why));
	at(&w, us, NULL, SNAP_BEGIN(NETNS, why));
}

static void end(__u64 us)
{
	at(&w, us, NULL, SNAP_END(NETNS));
	at(&w, us, NULL, SNAP_END(0));
}

/* Every row goes: a pass that finds nothing. */
static void clear(void)
{
	settle(&w);
	w.begin_ns = tracker_now(w.t) + 1000000;
	begin(0, TWT_SNAP_HEAL);
	end(1);
	forget(&w);
}

/* The kernel's own have no descriptor that could tell an owner; what they accept is the kernel's too. */
static void kernels_own(void **state)
{
	(void)state;
	begin(0, TWT_SNAP_START);
	at(&w, 1, &lis, SNAP(LISTEN, .flags = TWT_F_KERN_SOCK));
	at(&w, 2, &srv, SNAP(ESTABLISHED, .flags = TWT_F_UNACCEPTED));
	end(20);
	forget(&w);
	at(&w, 100, &srv, RST_RCVD(ESTABLISHED));
	at(&w, 101, &srv, STATE(ESTABLISHED, CLOSE, .err = ECONNRESET));
	at(&w, 200, &lis, STATE(LISTEN, CLOSE, ASKED(70, TWT_F_KERN_SOCK)));
	settle(&w);
	assert_non_null(strstr(w.text, "s gone 101 server reset - - own=0 before\n"));
	assert_non_null(strstr(w.text, "l LISTEN>CLOSE 200 by=0\n"));
	forget(&w);
}

static int role_of_last(void *ctx, const struct conn *c)
{
	*(int *)ctx = c->role;
	return 0;
}

/* By its locks a client, unless somebody listens at its port: then it may be that listener's child. */
static void bound_by_itself(void **state)
{
	static const struct sk c = { .name = "c", .cookie = 46, .lport = 40003, .rport = 80, .last = { 1, 2 } };
	int role = -1;

	(void)state;
	begin(0, TWT_SNAP_START);
	at(&w, 1, &c, SNAP(ESTABLISHED, .flags = TWT_F_BOUND | TWT_F_AUTOBOUND));
	end(20);
	(void)tracker_foreach(w.t, role_of_last, &role);
	assert_int_equal(role, ROLE_CLIENT);
	clear();
	begin(0, TWT_SNAP_START);
	at(&w, 1, &lis, SNAP(LISTEN));
	at(&w, 2, &srv, SNAP(ESTABLISHED, .flags = TWT_F_BOUND | TWT_F_AUTOBOUND));
	end(20);
	(void)tracker_foreach(w.t, role_of_last, &role);
	assert_int_equal(role, ROLE_UNKNOWN);
	forget(&w);
	clear();
}

static void seeded(void **state)
{
	static const struct sk tw = {
		.name = "t", .cookie = 44, .lport = 40001, .rport = 80, .last = { 1, 2 }
	};
	static const struct sk fw2 = {
		.name = "f", .cookie = 45, .lport = 40002, .rport = 80, .last = { 1, 2 }
	};

	(void)state;
	begin(0, TWT_SNAP_START);
	at(&w, 1, &lis, SNAP(LISTEN));
	at(&w, 2, &srv, SNAP(CLOSE_WAIT, .flags = TWT_F_UNACCEPTED));
	at(&w, 3, &cli, SNAP(FIN_WAIT1));
	at(&w, 4, &tw, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT, .flags = TWT_F_MINISOCK, US(20000000)));
	at(&w, 5, &fw2, SNAP(TIME_WAIT, .substate = ST_FIN_WAIT2, .flags = TWT_F_MINISOCK, US(20000000)));
	at(&w, 6, &cli, SNAP(NEW_SYN_RECV, .flags = TWT_F_REQSK));
	at(&w, 7, &cli, SNAP(CLOSE));
	at(&w, 8, &lis, SNAP_OWNER(50));
	at(&w, 9, &cli, SNAP_OWNER(60));
	at(&w, 10, &cli, SNAP_OWNER(61));	/* inherited by another process: the first one is named */
	at(&w, 11, &tw, SNAP_OWNER(62));
	end(20);
	told(&w, "l ->LISTEN 1 seeded\n"
		 "s ->CLOSE_WAIT 2 seeded\n"
		 "c ->FIN_WAIT1 3 seeded\n"
		 "t ->TIME_WAIT 4 seeded\n"
		 "f ->FIN_WAIT2 5 seeded\n"
		 "snapshot why=0 found=5 changed=0\n");
	assert_int_equal(count_of(&w, ST_FIN_WAIT2), 1);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_seeded, 2);
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 0);
	assert_int_equal(totals_at(&w, NETNS)->transitions, 0);
	assert_int_equal(totals_at(&w, NETNS)->opened, 0);

	at(&w, 100, &srv, STATE(CLOSE_WAIT, LAST_ACK, ASKED(52, SHUT_BOTH)));
	at(&w, 110, &srv, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	at(&w, 200, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	at(&w, 201, &cli, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 205, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 300, &fw2, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_FIN));
	told(&w, "s CLOSE_WAIT>LAST_ACK 100 by=52\n"		/* since when is unknown */
		 "s LAST_ACK>CLOSE 110 for=10\n"
		 "s closed 110 passive\n"
		 "s gone 110 server passive - - own=52 close=52 before\n"
		 "c FIN_WAIT1>FIN_WAIT2 200\n"
		 "c FIN_WAIT2>TIME_WAIT 201 for=1\n"
		 "c closed 205 active\n"
		 "f FIN_WAIT2>TIME_WAIT 300\n");
	at(&w, 400, &cli, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	at(&w, 400, &tw, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	at(&w, 400, &fw2, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	told(&w, "c TIME_WAIT>CLOSE 400 for=199\n"
		 "c gone 400 - active - reused own=60 before\n"
		 "t TIME_WAIT>CLOSE 400\n"
		 "t gone 400 - unknown - reused own=62 before\n"
		 "f TIME_WAIT>CLOSE 400 for=100\n"
		 "f gone 400 - active - reused before\n");
	at(&w, 500, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
}

/* An unaccepted child is its listener's until somebody uses it. */
static void unaccepted_children(void **state)
{
	(void)state;
	begin(0, TWT_SNAP_START);
	at(&w, 1, &lis, SNAP(LISTEN));
	at(&w, 2, &lis, SNAP_OWNER(50));
	at(&w, 3, &srv, SNAP(ESTABLISHED, .flags = TWT_F_UNACCEPTED));
	end(5);
	forget(&w);
	at(&w, 10, &srv, RST_RCVD(ESTABLISHED));
	at(&w, 11, &srv, STATE(ESTABLISHED, CLOSE));
	told(&w, "s ESTABLISHED>CLOSE 11 rst-rcvd\n"
		 "s closed 11 reset\n"
		 "s gone 11 server reset - - own=50 before\n");
	at(&w, 20, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
}

/* Live events come before the record of the same socket: the record adds nothing. */
static void live_events_first(void **state)
{
	(void)state;
	begin(0, TWT_SNAP_START);
	at(&w, 1, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 2, &cli, SNAP(FIN_WAIT1));
	at(&w, 3, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	at(&w, 4, &cli, TW(START, FIN_WAIT2, US(TW_US)));
	at(&w, 5, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 6, &cli, SNAP(TIME_WAIT, .substate = ST_FIN_WAIT2, US(TW_US)));
	at(&w, 7, &cli, TW(SEGMENT, TIME_WAIT, .flags = TWT_F_SEG_FIN));
	at(&w, 8, &cli, SNAP(TIME_WAIT, .substate = ST_FIN_WAIT2, US(TW_US)));	/* read before, told after */
	at(&w, 9, &cli, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	at(&w, 10, &cli, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT));		/* shown on its way out */
	at(&w, 11, &cli, TOUCH(70));
	at(&w, 12, &cli, SNAP_OWNER(71));
	at(&w, 13, &cli, RST_SENT(TIMEWAIT, .flags = TWT_F_MINISOCK));
	at(&w, 14, &cli, TW(CANCEL, TIME_WAIT));
	at(&w, 15, &cli, TW(EXPIRE, TIME_WAIT));
	at(&w, 16, &cli, TW(SEGMENT, TIME_WAIT));
	at(&w, 17, &cli, DESTROY());
	end(20);
	told(&w, "c ->ESTABLISHED 1 seeded\n"
		 "c ESTABLISHED>FIN_WAIT1 1 by=60\n"
		 "c FIN_WAIT1>FIN_WAIT2 3 for=2\n"
		 "c closed 5 active\n"
		 "c FIN_WAIT2>TIME_WAIT 7 for=4\n"
		 "c TIME_WAIT>CLOSE 9 for=2\n"
		 "c gone 9 - active - reused own=60 close=60 before\n"
		 "snapshot why=0 found=4 changed=0\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_seeded, 0);
}

/* Ended while the pass runs, and the same name comes again: a new connection, not its tombstone. */
static void born_again_during_a_pass(void **state)
{
	(void)state;
	begin(0, TWT_SNAP_REFRESH);
	at(&w, 1, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 2, &cli_unbound, STATE(SYN_SENT, CLOSE, OWNED(60, 0)));
	at(&w, 3, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 4, &cli, STATE(SYN_SENT, ESTABLISHED));
	at(&w, 5, &cli, SNAP(ESTABLISHED));
	assert_int_equal(count_of(&w, ST_ESTABLISHED), 1);
	at(&w, 6, &cli, DESTROY());
	/* Its minisock is all that is left to be heard of. */
	at(&w, 7, &cli, TW(START, TIME_WAIT, US(TW_US)));
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	at(&w, 8, &cli, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	end(10);
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 1);
	forget(&w);
}

/*
 * After a loss: states are put right, what is gone ends, what is new appears; other namespaces are not
 * judged.
 */
static void healed(void **state)
{
	static const struct sk other = {
		.name = "o", .cookie = 77, .netns = NETNS + 1, .lport = 1, .rport = 2
	};
	static const struct sk lost = { .name = "x", .cookie = 78, .lport = 3, .rport = 4 };
	static const struct sk born = { .name = "b", .cookie = 79, .lport = 5, .rport = 6 };

	(void)state;
	listens(&w, 50);
	connects(&w, 100, 60);
	at(&w, 200, &other, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 201, &lost, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	forget(&w);
	begin(1000, TWT_SNAP_HEAL);
	at(&w, 1001, &lis, SNAP(LISTEN));
	at(&w, 1002, &cli, SNAP(ESTABLISHED));
	at(&w, 1003, &srv, SNAP(CLOSE_WAIT));
	at(&w, 1004, &born, SNAP(ESTABLISHED));
	at(&w, 1005, &(struct sk){ .name = "y", .cookie = 80, .lport = 9, .rport = 9 },
	   STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	end(1010);
	told(&w, "s ESTABLISHED>CLOSE_WAIT 1003 healed\n"
		 "b ->ESTABLISHED 1004 healed seeded\n"
		 "y CLOSE>SYN_SENT 1005 by=60\n"
		 "x SYN_SENT>CLOSE 1010 healed\n"
		 "x closed 1010 unknown\n"
		 "x gone 1010 client unknown - - open=60 own=60 gap\n"
		 "snapshot why=1 found=4 changed=3\n");
	/* The time in a state that was found by a snapshot is not known. */
	at(&w, 2000, &srv, STATE(CLOSE_WAIT, LAST_ACK, ASKED(51, SHUT_BOTH)));
	told(&w, "s CLOSE_WAIT>LAST_ACK 2000 by=51\n");
	assert_int_equal(count_of(&w, ST_SYN_SENT), 2);
	at(&w, 3000, &other, DESTROY());
	clear();
}

/* Not shown (a connect() that is not in the hash table yet), but heard of since the pass began: it lives. */
static void heard_of_during_the_pass(void **state)
{
	(void)state;
	at(&w, 0, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	begin(10, TWT_SNAP_HEAL);
	at(&w, 20, &cli, STATE(SYN_SENT, ESTABLISHED));
	forget(&w);
	end(30);
	told(&w, "snapshot why=1 found=0 changed=0\n");
	assert_int_equal(count_of(&w, ST_ESTABLISHED), 1);
	clear();
}

/* Minisocks whose birth, conversion or end was lost. */
static void minisocks_healed(void **state)
{
	(void)state;
	/* The start was lost; CLOSE still waits for its verdict. */
	connects(&w, 0, 60);
	at(&w, 100, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 110, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	at(&w, 120, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	forget(&w);
	begin(200, TWT_SNAP_HEAL);
	at(&w, 201, &cli, SNAP(TIME_WAIT, .substate = ST_FIN_WAIT2, US(TW_US)));
	at(&w, 202, &srv, SNAP(ESTABLISHED));
	end(210);
	told(&w, "c closed 201 active\n"
		 "snapshot why=1 found=2 changed=1\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_born, 1);
	settle(&w);
	told(&w, "");
	/*
	 * Converted unseen: a later look tells, with the timer's word for since when. Not a change: nothing
	 * was lost.
	 */
	begin(10000000, TWT_SNAP_REFRESH);
	at(&w, 10000001, &cli, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT, US(TW_US - 2000001)));
	at(&w, 10000002, &srv, SNAP(ESTABLISHED));
	end(10000010);
	told(&w, "c FIN_WAIT2>TIME_WAIT 8000000 reconstructed for=7999890\n"
		 "snapshot why=3 found=2 changed=0\n");
	/* Gone. */
	begin(70000000, TWT_SNAP_HEAL);
	at(&w, 70000002, &srv, SNAP(ESTABLISHED));
	end(70000010);
	told(&w, "c TIME_WAIT>CLOSE 70000010 healed\n"
		 "c gone 70000010 client active - unknown open=60 own=60 close=60 gap\n"
		 "snapshot why=1 found=1 changed=1\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_UNKNOWN], 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_alive, 0);
	clear();
}

/* What waits for its verdict when the pass comes by: the verdict decides, not the pass. */
static void pending_rows_are_left_alone(void **state)
{
	(void)state;
	connects(&w, 0, 60);
	at(&w, 50, &srv, DESTROY());
	at(&w, 100, &cli, STATE(ESTABLISHED, CLOSE, OWNED(60, SHUT_BOTH)));
	forget(&w);
	begin(110, TWT_SNAP_HEAL);
	end(120);
	told(&w, "snapshot why=1 found=0 changed=0\n");
	begin(130, TWT_SNAP_HEAL);
	at(&w, 135, &cli, SNAP(CLOSE_WAIT));		/* read before, told after */
	at(&w, 140, &cli, RST_SENT(ABORT_ON_CLOSE));
	end(150);
	told(&w, "c ESTABLISHED>CLOSE 100 rst-sent for=70 by=60\n"
		 "c closed 100 abort\n"
		 "c gone 100 client abort unread - open=60 own=60 close=60\n"
		 "snapshot why=1 found=1 changed=0\n");
}

/* Found by name later than heard of: the iterator gives a minisock its cookie. */
static void minisock_without_cookie(void **state)
{
	static const struct sk old = { .name = "o", .lport = 40000, .rport = 80, .last = { 1, 2 } };
	static const struct sk named = {
		.name = "n", .cookie = 90, .lport = 40000, .rport = 80, .last = { 1, 2 }
	};

	(void)state;
	begin(0, TWT_SNAP_START);
	at(&w, 1, &old, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 2, &named, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT, US(TW_US)));
	end(5);
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	assert_int_equal(totals_at(&w, NETNS)->tw_seeded, 0);
	at(&w, 61000000, &named, TW(CANCEL, TIME_WAIT, .flags = SOFTIRQ));
	at(&w, 61000008, &named, TW(EXPIRE, TIME_WAIT));
	told(&w, "o ->TIME_WAIT 1 seeded\n"
		 "snapshot why=0 found=1 changed=0\n"
		 "n TIME_WAIT>CLOSE 61000000\n"
		 "n gone 61000000 - unknown - expired before\n");
	/* Shown on its way out. */
	later(&w);
	begin(0, TWT_SNAP_REFRESH);
	at(&w, 1, &old, TW(START, TIME_WAIT, US(TW_US)));
	at(&w, 2, &named, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	at(&w, 3, &named, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT));
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 0);
	at(&w, 4, &named, TW(START, TIME_WAIT, US(TW_US)));
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	at(&w, 5, &named, TW(CANCEL, TIME_WAIT, .flags = TWT_F_UNHASHED));
	end(10);
}

/*
 * Programs begin to run on one processor after the other: what did not fit until the first look is over is no loss; and who is not met there, though it
 * was heard of before, has come to its end unseen.
 */
static void attaching_is_no_gap(void **state)
{
	(void)state;
	at(&w, 0, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 1, &cli, STATE(ESTABLISHED, FIN_WAIT1, .flags = ORPHAN));
	at(&w, 2, &srv, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 3, &srv, STATE(ESTABLISHED, CLOSE_WAIT));
	assert_int_equal(tracker_gaps(w.t), 2);
	begin(10, TWT_SNAP_START);
	assert_int_equal(tracker_gaps(w.t), 0);
	at(&w, 11, &cli, SNAP(FIN_WAIT1, .flags = ORPHAN));
	at(&w, 12, &cli, STATE(FIN_WAIT2, CLOSING, .flags = ORPHAN));
	end(20);
	assert_int_equal(tracker_gaps(w.t), 0);
	assert_int_equal(count_of(&w, ST_CLOSE_WAIT), 0);
	at(&w, 30, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	assert_int_equal(tracker_gaps(w.t), 1);
	settle(&w);
	forget(&w);
}

/* The socket of a minisock, or of a listener, is another connection by now, and nothing told so. */
static void another_life_is_found(void **state)
{
	static const struct sk again = {
		.name = "a", .cookie = 11, .lport = 41000, .rport = 80, .last = { 1, 2 }
	};

	(void)state;
	at(&w, 0, &cli, TW(START, TIME_WAIT, US(TW_US)));
	forget(&w);
	begin(1000, TWT_SNAP_HEAL);
	at(&w, 1001, &again, SNAP(ESTABLISHED));
	at(&w, 1002, &cli, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT, US(TW_US)));
	end(1010);
	told(&w, "a ->ESTABLISHED 1001 healed seeded\n"
		 "snapshot why=1 found=2 changed=2\n");
	assert_int_equal(count_of(&w, ST_TIME_WAIT), 1);
	assert_int_equal(count_of(&w, ST_ESTABLISHED), 1);
	begin(2000, TWT_SNAP_HEAL);
	at(&w, 2001, &again, SNAP(LISTEN));
	at(&w, 2002, &cli, SNAP(TIME_WAIT, .substate = ST_TIME_WAIT, US(TW_US)));
	end(2010);
	told(&w, "a ESTABLISHED>CLOSE 2001 healed\n"
		 "a closed 2001 unknown\n"
		 "a gone 2001 - unknown - - before gap\n"
		 "a ->LISTEN 2001 healed seeded\n"
		 "snapshot why=1 found=2 changed=2\n");
	clear();
}

/*
 * A pass that never ended (the run was cut) does not keep the next one from its work, nor tombstones for
 * ever.
 */
static void interrupted_pass(void **state)
{
	(void)state;
	at(&w, 0, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 10, &srv, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	begin(20, TWT_SNAP_REFRESH);
	at(&w, 21, &cli, SNAP(SYN_SENT));
	at(&w, 22, &cli, SNAP(SYN_SENT));
	at(&w, 25, &srv, DESTROY());
	forget(&w);
	begin(1000, TWT_SNAP_HEAL);
	end(1010);
	told(&w, "c SYN_SENT>CLOSE 1010 healed\n"
		 "c closed 1010 unknown\n"
		 "c gone 1010 client unknown - - open=60 own=60 gap\n"
		 "snapshot why=1 found=0 changed=1\n");
	/* Ends without a beginning. */
	at(&w, 2000, NULL, SNAP_END(0));
	at(&w, 2001, NULL, SNAP_END(NETNS));
	told(&w, "");
}

/* A record outside of any pass is believed like others; nothing is swept. */
static void record_without_a_pass(void **state)
{
	(void)state;
	at(&w, 0, &cli, SNAP(ESTABLISHED));
	told(&w, "c ->ESTABLISHED 0 seeded\n");
	at(&w, 10, &cli, DESTROY());
}

/* More namespaces than the list of a pass holds: counted, and the rest of them is not judged. */
static void many_namespaces(void **state)
{
	__u64 losses[LOSS_MAX];
	__u32 i;

	(void)state;
	at(&w, 0, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	forget(&w);
	for (i = 0; i < 70000; i++) {
		struct twt_event ev = SNAP_BEGIN(1 + i, TWT_SNAP_HEAL);

		ev.ts_ns = w.begin_ns + 1000000;
		tracker_event(w.t, &ev);
	}
	at(&w, 1000, NULL, SNAP_BEGIN(NETNS, TWT_SNAP_HEAL));
	at(&w, 1001, NULL, SNAP_END(0));
	told(&w, "snapshot why=1 found=0 changed=0\n");
	tracker_losses(w.t, losses);
	assert_int_equal(losses[LOSS_TABLE_FULL], 70000 - 65536 + 1);
	at(&w, 1002, &cli, DESTROY());
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(seeded),
		T(kernels_own),
		T(bound_by_itself),
		T(unaccepted_children),
		T(live_events_first),
		T(born_again_during_a_pass),
		T(healed),
		T(heard_of_during_the_pass),
		T(minisocks_healed),
		T(pending_rows_are_left_alone),
		T(minisock_without_cookie), T(attaching_is_no_gap),
		T(another_life_is_found),
		T(interrupted_pass),
		T(record_without_a_pass),
		T(many_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
