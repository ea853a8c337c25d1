/* SPDX-License-Identifier: GPL-2.0-only */
/* Listeners, their children, and request sockets. */
#include <string.h>
#include "unit/world_fixture.h"

/* listen() on a port that is taken, and without bind(): the port is chosen after the state. */
static void listening(void **state)
{
	static const struct sk unbound = { .name = "l", .cookie = 33, .last = { 0, 0 } };

	(void)state;
	listens(&w, 50);
	at(&w, 2, &lis, STATE(LISTEN, CLOSE, ASKED(50, 0)));
	told(&w, "l CLOSE>LISTEN 0 by=50\n"
		 "l LISTEN>CLOSE 2 for=2 by=50\n"
		 "l gone 2 listener - - - own=50\n");
	at(&w, 10, &unbound, STATE(CLOSE, LISTEN, ASKED(50, 0)));
	at(&w, 20, &lis, SNAP_BEGIN(NETNS, TWT_SNAP_REFRESH));
	at(&w, 21, &lis, SNAP(LISTEN));
	at(&w, 22, NULL, SNAP_END(0));
	connects(&w, 30, 60);
	at(&w, 90, &srv, STATE(ESTABLISHED, CLOSE_WAIT));
	forget(&w);
	at(&w, 100, &srv, STATE(CLOSE_WAIT, LAST_ACK, .flags = SHUT_BOTH));
	at(&w, 101, &srv, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	assert_non_null(strstr(w.text, "s gone 101 server passive - - own=50\n"));
	at(&w, 110, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
	forget(&w);
	/* Without the snapshot the port shows when it is over. */
	at(&w, 120, &unbound, STATE(CLOSE, LISTEN, ASKED(50, 0)));
	at(&w, 130, &lis, STATE(LISTEN, CLOSE, ASKED(50, 0)));
	told(&w, "l CLOSE>LISTEN 120 by=50\n"
		 "l LISTEN>CLOSE 130 for=10 by=50\n"
		 "l gone 130 listener - - - own=50\n");
	at(&w, 140, &cli, DESTROY());
}

/*
 * Which listener a child is of: by address; of several with one owner, that one; with different ones,
 * nobody's.
 */
static void listeners_of_a_port(void **state)
{
	static const struct sk on[] = {
		{ .name = "l", .cookie = 71, .lport = 80, .last = { 0, 0 } },
		{ .name = "m", .cookie = 72, .lport = 80, .last = { 9, 0 } },
		{ .name = "n", .cookie = 73, .lport = 80, .last = { 0, 0 } },
		{ .name = "o",
		  .cookie = 74,
		  .lport = 80,
		  .last = { 0, 0 },
		  .netns = NETNS + 256 }, /* same bucket */
	};
	static const struct { __u32 closes; const char *owner; } steps[] = {
		{ 2, "server reset - -\n" },			/* l or n */
		{ 0, "server reset - - own=50\n" },
		{ 1, "server reset - -\n" },			/* m has another address */
		{ 3, "server reset - -\n" },			/* o is elsewhere */
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		at(&w, i, &on[i], STATE(CLOSE, LISTEN, ASKED((__u32)(50 + i), 0)));
	for (i = 0; i < 4; i++) {
		__u64 us = 100 * (i + 1);

		forget(&w);
		at(&w, us, &srv, STATE(LISTEN, SYN_RECV));
		at(&w, us + 5, &srv, RST_RCVD(SYN_RECV));
		at(&w, us + 6, &srv, STATE(SYN_RECV, CLOSE));
		if (!strstr(w.text, steps[i].owner))
			fail_msg("step %zu: %s", i, w.text);
		at(&w, us + 10, &on[steps[i].closes], STATE(LISTEN, CLOSE, ASKED(50, 0)));
	}
	/* Several of one process (SO_REUSEPORT). */
	for (i = 0; i < 3; i++)
		at(&w, 1000 + i, &on[i], STATE(CLOSE, LISTEN, ASKED(50, 0)));
	at(&w, 1100, &srv, STATE(LISTEN, SYN_RECV));
	at(&w, 1101, &srv, RST_RCVD(SYN_RECV));
	forget(&w);
	at(&w, 1102, &srv, STATE(SYN_RECV, CLOSE));
	assert_non_null(strstr(w.text, "own=50\n"));
	for (i = 0; i < 3; i++)
		at(&w, 1200 + i, &on[i], STATE(LISTEN, CLOSE, ASKED(50, 0)));
}

static int count_halfopen(void *ctx, __u32 netns, __u16 lport, __u64 count, const struct conn *listener)
{
	__u64 *sum = ctx;

	sum[0] += count;
	sum[1] += listener != NULL;
	sum[2] = sum[2] * 10 + lport + (netns == NETNS ? 0 : 1);	/* their order */
	return 0;
}

static void half_open_sockets(void **state)
{
	static const struct { __u32 netns; __u16 lport; __u64 count;
	} set[] = {
		{ NETNS, 3, 5 }, { NETNS, 1, 2 }, { NETNS + 1, 1, 3 }, { NETNS, 80, 7 },
		{ NETNS, 2, 0 }, { NETNS, 1, 4 }, { NETNS, 3, 0 },     { NETNS, 3, 0 },
	};
	__u64 sum[3] = { 0 };
	size_t i;

	(void)state;
	listens(&w, 50);
	for (i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		at(&w, i, NULL,
		   (struct twt_event){ .kind = TWT_HALFOPEN,
				       .netns = set[i].netns,
				       .lport = set[i].lport,
				       .arg0 = set[i].count });
	assert_int_equal(tracker_foreach_halfopen(w.t, count_halfopen, sum), 0);
	assert_int_equal(sum[0], 4 + 7 + 3);
	assert_int_equal(sum[1], 1);
	assert_int_equal(sum[2], (1 * 10 + 80) * 10 + 2);
	assert_int_equal(count_of(&w, ST_SYN_RECV), 14);
	at(&w, 100, &lis, STATE(LISTEN, CLOSE, ASKED(50, 0)));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(listening), T(listeners_of_a_port), T(half_open_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
