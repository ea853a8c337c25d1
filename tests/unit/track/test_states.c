/* SPDX-License-Identifier: GPL-2.0-only */
/* Each way a full socket can go, as the kernel tells it. */
#include <errno.h>
#include <string.h>
#include "unit/world_fixture.h"

static void handshake_and_passive_close(void **state)
{
	(void)state;
	listens(&w, 50);
	connects(&w, 100, 60);
	told(&w, "l CLOSE>LISTEN 0 by=50\n"
		 "c CLOSE>SYN_SENT 100 by=60\n"
		 "c SYN_SENT>ESTABLISHED 130 for=30\n"
		 "s LISTEN>SYN_RECV 140\n"
		 "s SYN_RECV>ESTABLISHED 148 for=8\n");
	assert_int_equal(count_of(&w, ST_ESTABLISHED), 2);
	assert_int_equal(count_of(&w, ST_LISTEN), 1);
	assert_int_equal(totals_at(&w, NETNS)->opened, 2);

	at(&w, 200, &srv, TOUCH(51));		/* who accepted it is known from its first use */
	at(&w, 210, &srv, TOUCH(52));		/* ... not from the next one's */
	at(&w, 300, &srv, STATE(ESTABLISHED, CLOSE_WAIT, .flags = TWT_F_SHUT_RD));
	at(&w, 400, &srv, STATE(CLOSE_WAIT, LAST_ACK, ASKED(53, SHUT_BOTH)));
	at(&w, 405, &srv, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	at(&w, 407, &srv, DESTROY());
	told(&w, "s ESTABLISHED>CLOSE_WAIT 300 for=152\n"
		 "s CLOSE_WAIT>LAST_ACK 400 for=100 by=53\n"
		 "s LAST_ACK>CLOSE 405 for=5\n"
		 "s closed 405 passive\n"
		 "s gone 405 server passive - - own=51 close=53\n");
	at(&w, 500, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
	told(&w, "l LISTEN>CLOSE 500 for=500 by=50\n"
		 "l gone 500 listener - - - own=50\n");
	assert_int_equal(totals_at(&w, NETNS)->closed, 1);	/* a listener is no connection */
	at(&w, 600, &cli, DESTROY());
}

/* Up to 6.14 the child begins as a copy of its listener: no cookie, no remote end. */
static void half_copied_child(void **state)
{
	static const struct sk half = { .name = "?", .lport = 80, .last = { 2, 0 }, .cpu = 1 };
	static const struct sk half_other_cpu = { .name = "?", .lport = 80, .last = { 2, 0 }, .cpu = 2 };

	(void)state;
	listens(&w, 50);
	at(&w, 10, &half, STATE(LISTEN, SYN_RECV, .flags = TWT_F_HALF_COPY | TWT_F_UNACCEPTED));
	at(&w, 12, &half_other_cpu, STATE(LISTEN, SYN_RECV, .flags = TWT_F_HALF_COPY | TWT_F_UNACCEPTED));
	at(&w, 18, &srv, STATE(SYN_RECV, ESTABLISHED, .flags = TWT_F_UNACCEPTED));
	told(&w, "l CLOSE>LISTEN 0 by=50\n"
		 "s LISTEN>SYN_RECV 10\n"
		 "s SYN_RECV>ESTABLISHED 18 for=8\n");
	assert_int_equal(totals_at(&w, NETNS)->kernel_state[ST_LISTEN][ST_SYN_RECV], 2);
	assert_int_equal(totals_at(&w, NETNS)->opened, 1);
	at(&w, 20, &srv, RST_RCVD(ESTABLISHED));
	at(&w, 21, &srv, STATE(ESTABLISHED, CLOSE, .err = ECONNRESET));
	told(&w, "s ESTABLISHED>CLOSE 21 rst-rcvd for=3\n"
		 "s closed 21 reset\n"
		 "s gone 21 server reset - - own=50\n");
	/* One that is refused before it is established. */
	at(&w, 30, &half, STATE(LISTEN, SYN_RECV, .flags = TWT_F_HALF_COPY | TWT_F_UNACCEPTED));
	at(&w, 35, &srv, STATE(SYN_RECV, CLOSE, .flags = ORPHAN));
	at(&w, 36, &srv, DESTROY());
	settle(&w);
	told(&w, "s LISTEN>SYN_RECV 30\n"
		 "s SYN_RECV>CLOSE 35 for=5\n"
		 "s closed 35 unknown\n"
		 "s gone 35 server unknown - - own=50\n");
	/* Each copy becomes one child: this one's beginning was lost. */
	settle(&w);
	forget(&w);
	at(&w, 5000, &srv, STATE(SYN_RECV, ESTABLISHED));
	told(&w, "s ->SYN_RECV 5000 seeded\n"
		 "s SYN_RECV>ESTABLISHED 5000\n");
	at(&w, 5001, &srv, DESTROY());
	forget(&w);
	/* Nobody's copy: another port. */
	at(&w, 6000, &half, STATE(LISTEN, SYN_RECV, .flags = TWT_F_HALF_COPY));
	at(&w, 6001, &(struct sk){ .name = "x", .cookie = 44, .lport = 81, .rport = 4, .cpu = 1 },
	   STATE(SYN_RECV, ESTABLISHED));
	told(&w, "x ->SYN_RECV 6001 seeded\n"
		 "x SYN_RECV>ESTABLISHED 6001\n");
	at(&w, 6002, &(struct sk){ .name = "x", .cookie = 44 }, DESTROY());
	at(&w, 9000, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
}

static void simultaneous_open(void **state)
{
	(void)state;
	at(&w, 0, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 10, &cli, STATE(SYN_SENT, SYN_RECV));
	at(&w, 20, &cli, STATE(SYN_RECV, ESTABLISHED));
	told(&w, "c CLOSE>SYN_SENT 0 by=60\n"
		 "c SYN_SENT>SYN_RECV 10 for=10\n"
		 "c SYN_RECV>ESTABLISHED 20 for=10\n");
	at(&w, 30, &cli, RST_RCVD(ESTABLISHED));
	at(&w, 31, &cli, STATE(ESTABLISHED, CLOSE, .err = ECONNRESET));
}

/* close() after shutdown(): the kernel sets the same state again. */
static void old_is_new(void **state)
{
	(void)state;
	client_only(&w);
	at(&w, 1000, &cli, STATE(ESTABLISHED, CLOSE_WAIT));
	at(&w, 1100, &cli, STATE(CLOSE_WAIT, LAST_ACK, ASKED(60, TWT_F_SHUT_WR)));
	forget(&w);
	at(&w, 1200, &cli, STATE(LAST_ACK, LAST_ACK, ASKED(61, SHUT_BOTH)));
	told(&w, "");
	assert_int_equal(totals_at(&w, NETNS)->kernel_state[ST_LAST_ACK][ST_LAST_ACK], 0);
	at(&w, 1300, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	told(&w, "c LAST_ACK>CLOSE 1300 for=200\n"
		 "c closed 1300 passive\n"
		 "c gone 1300 client passive - - open=60 own=60 close=60\n");
	at(&w, 1400, &cli,
	   STATE(LAST_ACK, LAST_ACK, ASKED(61, SHUT_BOTH))); /* of a socket that nobody knows */
	at(&w, 1401, &cli, STATE(CLOSE, CLOSE));
	told(&w, "");
}

/*
 * A kworker that closes for a user (delayed fput) is nobody's name; the kernel's own sockets are the
 * kernel's.
 */
static void kernel_threads(void **state)
{
	(void)state;
	client_only(&w);
	at(&w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(9, TWT_F_KTHREAD | SHUT_BOTH)));
	at(&w, 1010, &cli, RST_RCVD(FIN_WAIT1));
	at(&w, 1011, &cli, STATE(FIN_WAIT1, CLOSE, .err = ECONNRESET));
	settle(&w);
	assert_non_null(strstr(w.text, "c gone 1011 client reset - - open=60 own=60\n"));
	forget(&w);
	at(&w, 4000, &cli, STATE(CLOSE, SYN_SENT, ASKED(9, TWT_F_KTHREAD | TWT_F_KERN_SOCK)));
	at(&w, 4001, &cli, STATE(SYN_SENT, CLOSE, OWNED(9, TWT_F_KTHREAD | TWT_F_KERN_SOCK)));
	told(&w, "c CLOSE>SYN_SENT 4000 by=9\n"
		 "c SYN_SENT>CLOSE 4001 for=1 by=9\n"
		 "c closed 4001 connect-cancelled\n"
		 "c gone 4001 client connect-cancelled - - open=9 own=9 close=9\n");
	/* In the context of mount(8), say: the kernel's all the same. */
	at(&w, 5000, &cli, STATE(CLOSE, SYN_SENT, ASKED(70, TWT_F_KERN_SOCK)));
	told(&w, "c CLOSE>SYN_SENT 5000 by=0\n");
	at(&w, 5001, &cli, STATE(SYN_SENT, CLOSE, .err = ECONNREFUSED));
	settle(&w);
	forget(&w);
}

/* Events that were lost: the kernel's old state is right. */
static void gaps_are_healed(void **state)
{
	(void)state;
	client_only(&w);
	at(&w, 1000, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	told(&w, "c ESTABLISHED>FIN_WAIT1 1000 healed\n"
		 "c FIN_WAIT1>FIN_WAIT2 1000\n");
	at(&w, 1100, &cli, RST_RCVD(FIN_WAIT2));
	at(&w, 1101, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	settle(&w);
	told(&w, "c FIN_WAIT2>CLOSE 1101 rst-rcvd for=101\n"
		 "c closed 1101 reset\n"
		 "c gone 1101 client reset - - open=60 own=60 gap\n");

	/* The close is judged from the state that the kernel says. */
	client_only(&w);
	at(&w, 4000, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	told(&w, "c ESTABLISHED>LAST_ACK 4000 healed\n"
		 "c LAST_ACK>CLOSE 4000\n"
		 "c closed 4000 passive\n"
		 "c gone 4000 client passive - - open=60 own=60 gap\n");

	/* Its CLOSE was lost: the end of the socket tells, ... */
	client_only(&w);
	at(&w, 5000, &cli, DESTROY());
	told(&w, "c ESTABLISHED>CLOSE 5000 healed\n"
		 "c closed 5000 unknown\n"
		 "c gone 5000 client unknown - - open=60 own=60 gap\n");

	/* ... or that its socket connects again. */
	client_only(&w);
	at(&w, 6000, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	told(&w, "c ESTABLISHED>CLOSE 6000 healed\n"
		 "c closed 6000 unknown\n"
		 "c gone 6000 client unknown - - open=60 own=60 gap\n"
		 "c CLOSE>SYN_SENT 6000 by=60\n");
	/* ... or that it listens. */
	at(&w, 7000, &cli, STATE(LISTEN, CLOSE, ASKED(60, 0)));
	told(&w, "c SYN_SENT>CLOSE 7000 healed\n"
		 "c closed 7000 unknown\n"
		 "c gone 7000 client unknown - - open=60 own=60 gap\n"
		 "c ->LISTEN 7000 seeded\n"
		 "c LISTEN>CLOSE 7000 by=60\n"
		 "c gone 7000 listener - - - own=60 before\n");
	assert_int_equal(totals_at(&w, NETNS)->closed, 9);
}

/* Met in the middle of its life. */
static void unknown_sockets_are_adopted(void **state)
{
	(void)state;
	at(&w, 0, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 10, &cli, STATE(FIN_WAIT1, FIN_WAIT2));
	at(&w, 20, &cli, RST_RCVD(FIN_WAIT2));
	at(&w, 21, &cli, STATE(FIN_WAIT2, CLOSE));
	settle(&w);
	told(&w, "c ->ESTABLISHED 0 seeded\n"
		 "c ESTABLISHED>FIN_WAIT1 0 by=60\n"
		 "c FIN_WAIT1>FIN_WAIT2 10 for=10\n"
		 "c FIN_WAIT2>CLOSE 21 rst-rcvd for=11\n"
		 "c closed 21 reset\n"
		 "c gone 21 - reset - - own=60 close=60 before\n");
	/* What it did shows which end it is. */
	at(&w, 3000, &srv, STATE(CLOSE_WAIT, LAST_ACK, ASKED(50, SHUT_BOTH)));
	at(&w, 3001, &srv, STATE(LAST_ACK, CLOSE));
	assert_non_null(strstr(w.text, "s gone 3001 - passive - - own=50 close=50 before\n"));
	assert_int_equal(totals_at(&w, NETNS)->opened, 0);
}

/* Repeated, or after the end: nothing is told twice, and what a socket cannot do is no transition. */
static void nonsense_is_ignored(void **state)
{
	(void)state;
	client_only(&w);
	at(&w, 1000, &cli, STATE(ESTABLISHED, CLOSE));
	at(&w, 1001, &cli, STATE(ESTABLISHED, CLOSE));
	at(&w, 1002, &cli, STATE(ESTABLISHED, FIN_WAIT1));
	at(&w, 1003, &cli, RST_SENT(ABORT_ON_CLOSE));
	at(&w, 1004, &cli, RST_SENT(ABORT_ON_CLOSE));
	at(&w, 1005, &cli, RST_RCVD(CLOSE));
	at(&w, 1006, &cli, DESTROY());
	at(&w, 1007, &cli, DESTROY());
	at(&w, 1008, &cli, TOUCH(60));
	told(&w, "c ESTABLISHED>CLOSE 1000 rst-sent for=970\n"
		 "c closed 1000 abort\n"
		 "c gone 1000 client abort unread - open=60 own=60\n");
	at(&w, 2000, &cli, STATE(ESTABLISHED, TIME_WAIT));
	at(&w, 2001, &cli, STATE(NONE, ESTABLISHED));
	at(&w, 2002, &cli, STATE(NEW_SYN_RECV, ESTABLISHED));
	at(&w, 2003, NULL, (struct twt_event){ .kind = TWT_KIND_MAX + 1 });
	told(&w, "");
}

/* Two CPUs, one ring: what was reserved later may be stamped earlier. No time is negative. */
static void time_does_not_go_back(void **state)
{
	(void)state;
	at(&w, 100, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 98, &cli, STATE(SYN_SENT, ESTABLISHED));
	told(&w, "c CLOSE>SYN_SENT 100 by=60\n"
		 "c SYN_SENT>ESTABLISHED 100 for=0\n");
	assert_int_equal(tracker_now(w.t), WORLD_BEGIN_NS + 100000);
	at(&w, 200, &cli, DESTROY());
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(handshake_and_passive_close), T(half_copied_child), T(simultaneous_open), T(old_is_new),
		T(kernel_threads), T(gaps_are_healed), T(unknown_sockets_are_adopted),
		T(nonsense_is_ignored), T(time_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
