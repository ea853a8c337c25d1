/* SPDX-License-Identifier: GPL-2.0-only */
/* Each way a full socket can go, as the kernel tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "events.h"

static struct world w;

static int setup(void **state)
{
	(void)state;
	world_new(&w, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_end(&w);
	return 0;
}

/* From here on only the client is looked at; its server leaves quietly. */
static void client_only(void)
{
	later(&w);
	connects(&w, 0, 60);
	at(&w, 60, &srv, RST_RCVD(ESTABLISHED));
	at(&w, 61, &srv, STATE(ESTABLISHED, CLOSE, .err = ECONNRESET));
	forget(&w);
}

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
	/* Nobody's copy: another port. */
	at(&w, 6000, &half, STATE(LISTEN, SYN_RECV, .flags = TWT_F_HALF_COPY));
	at(&w, 6001, &(struct sk){ .name = "x", .cookie = 44, .lport = 81, .rport = 4, .cpu = 1 }, STATE(SYN_RECV, ESTABLISHED));
	told(&w, "x ->SYN_RECV 6001 seeded\n"
		 "x SYN_RECV>ESTABLISHED 6001\n");
	at(&w, 6002, &(struct sk){ .name = "x", .cookie = 44 }, DESTROY());
	at(&w, 9000, &lis, STATE(LISTEN, CLOSE, ASKED(50, SHUT_BOTH)));
}

static void connect_refused(void **state)
{
	(void)state;
	at(&w, 0, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 20, &cli, RST_RCVD(SYN_SENT));
	at(&w, 21, &cli, STATE(SYN_SENT, CLOSE, OWNED(60, SHUT_BOTH), .err = ECONNREFUSED));
	at(&w, 30, &cli, DESTROY());
	told(&w, "c CLOSE>SYN_SENT 0 by=60\n"
		 "c SYN_SENT>CLOSE 21 rst-rcvd for=21\n"
		 "c closed 21 refused\n"
		 "c gone 21 client refused - - open=60 own=60\n");
	assert_int_equal(totals_at(&w, NETNS)->no_port, 0);
}

static void connect_times_out(void **state)
{
	(void)state;
	at(&w, 0, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 131000000, &cli, STATE(SYN_SENT, CLOSE, .flags = SHUT_BOTH, .err = ETIMEDOUT));
	told(&w, "c CLOSE>SYN_SENT 0 by=60\n"
		 "c SYN_SENT>CLOSE 131000000 for=131000000\n"
		 "c closed 131000000 connect-timeout\n"
		 "c gone 131000000 client connect-timeout - - open=60 own=60\n");
}

/* The last event of a socket that never had a port, and of one that gave it back already. */
static void connect_finds_no_port(void **state)
{
	(void)state;
	at(&w, 0, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 3, &cli_unbound, STATE(SYN_SENT, CLOSE, OWNED(60, 0)));
	told(&w, "c CLOSE>SYN_SENT 0 by=60\n"
		 "c SYN_SENT>CLOSE 3 for=3\n"
		 "c closed 3 no-port\n"
		 "c gone 3 client no-port - - open=60 own=60\n");
	assert_int_equal(totals_at(&w, NETNS)->no_port, 1);
	/* The same socket tries again. */
	at(&w, 10, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 40, &cli, STATE(SYN_SENT, ESTABLISHED));
	at(&w, 50, &cli, STATE(ESTABLISHED, CLOSE_WAIT));
	at(&w, 60, &cli, STATE(CLOSE_WAIT, LAST_ACK, ASKED(60, SHUT_BOTH)));
	forget(&w);
	at(&w, 70, &cli_unbound, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	told(&w, "c LAST_ACK>CLOSE 70 for=10\n"
		 "c closed 70 passive\n"
		 "c gone 70 client passive - - open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->no_port, 1);
}

static void connect_given_up(void **state)
{
	(void)state;
	at(&w, 0, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 500, &cli, STATE(SYN_SENT, CLOSE, OWNED(61, SHUT_BOTH)));
	told(&w, "c CLOSE>SYN_SENT 0 by=60\n"
		 "c SYN_SENT>CLOSE 500 for=500 by=61\n"
		 "c closed 500 connect-cancelled\n"
		 "c gone 500 client connect-cancelled - - open=60 own=60 close=61\n");
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

static void reset_by_peer(void **state)
{
	(void)state;
	client_only();
	at(&w, 100, &cli, STATE(ESTABLISHED, CLOSE_WAIT));
	at(&w, 200, &cli, RST_RCVD(CLOSE_WAIT));
	at(&w, 201, &cli, STATE(CLOSE_WAIT, CLOSE, OWNED(60, SHUT_BOTH), .err = EPIPE));
	at(&w, 900, &cli, DESTROY());
	told(&w, "c ESTABLISHED>CLOSE_WAIT 100 for=70\n"
		 "c CLOSE_WAIT>CLOSE 201 rst-rcvd for=101\n"
		 "c closed 201 reset\n"
		 "c gone 201 client reset - - open=60 own=60\n");
}

struct abort_case {
	const char *reason;
	__u32 flags, pid;
	__u16 err, rst;
	__s8 rst_after;		/* us; 0: none */
};

/* Aborts of an established connection, with what the kernel says beside. */
static void aborts(void **state)
{
	static const struct abort_case cases[] = {
		{ "linger", TWT_F_OWNED | SHUT_BOTH | TWT_F_LINGER0, 60, 0, TWT_RST_TCP_STATE, 3 },
		{ "linger", TWT_F_OWNED | SHUT_BOTH | TWT_F_LINGER0, 60, 0, TWT_RST_UNKNOWN, 3 },	/* up to 6.9 */
		{ "linger", TWT_F_OWNED | SHUT_BOTH | TWT_F_LINGER0, 60, 0, TWT_RST_ABORT_ON_DATA, 3 },
		{ "linger", TWT_F_OWNED | SHUT_BOTH, 60, 0, TWT_RST_ABORT_ON_LINGER, 3 },
		{ "unread", TWT_F_OWNED | SHUT_BOTH, 60, 0, TWT_RST_ABORT_ON_CLOSE, 3 },
		{ "unread", TWT_F_OWNED | SHUT_BOTH, 60, 0, TWT_RST_UNKNOWN, 3 },
		{ "disconnect", TWT_F_OWNED, 60, 0, TWT_RST_TCP_STATE, 3 },
		{ "disconnect", TWT_F_OWNED, 60, 0, TWT_RST_DISCONNECT, 3 },
		{ "memory", ORPHAN, 0, 0, TWT_RST_ABORT_ON_MEMORY, -3 },
		{ "not-accepted", TWT_F_UNACCEPTED, 0, 0, TWT_RST_TCP_STATE, 3 },
		{ "killed", TWT_F_OWNED, 70, ECONNABORTED, TWT_RST_TCP_STATE, -3 },
		{ "keepalive", 0, 0, ETIMEDOUT, TWT_RST_KEEPALIVE, -3 },
		{ "keepalive", 0, 0, ETIMEDOUT, TWT_RST_UNKNOWN, -3 },
		{ "retransmit-timeout", 0, 0, ETIMEDOUT, 0, 0 },
		{ "retransmit-timeout", 0, 0, EHOSTUNREACH, 0, 0 },
		{ "user-timeout", TWT_F_USER_TMO, 0, ETIMEDOUT, 0, 0 },
	};
	char want[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct abort_case *c = &cases[i];
		const struct twt_event rst = { .kind = TWT_RST_SENT, .reason = c->rst, .new_state = ST_CLOSE };
		const __u64 us = 1000;

		client_only();
		forget(&w);
		if (c->rst_after < 0)
			at(&w, us - 3, &cli, rst);
		at(&w, us, &cli, (struct twt_event){ .kind = TWT_STATE, .old_state = ST_ESTABLISHED, .new_state = ST_CLOSE,
						     .flags = c->flags, .tgid = c->pid, .err = c->err });
		if (c->rst_after > 0)
			at(&w, us + 3, &cli, rst);
		at(&w, us + 5, &cli, DESTROY());
		settle(&w);
		snprintf(want, sizeof(want), "gone %llu client abort %s - open=60 own=60%s\n", (unsigned long long)us, c->reason,
			 c->pid == 60 ? " close=60" : c->pid ? " close=70" : "");
		if (!strstr(w.text, want))
			fail_msg("case %zu: told\n%s--- not\n%s", i, w.text, want);
		assert_true(!!strstr(w.text, " rst-sent") == (c->rst_after != 0));
		assert_true(!!strstr(w.text, c->pid == 60 ? " by=60\n" : c->pid ? " by=70\n" : "\n") && !strstr(w.text, "rst-rcvd"));
	}
	forget(&w);
}

/* ESTABLISHED -> CLOSE with no RST, no error, in softirq: nothing tells why. */
static void close_for_no_reason_is_unknown(void **state)
{
	(void)state;
	client_only();
	at(&w, 1000, &cli, STATE(ESTABLISHED, CLOSE));
	tick(&w, 999 + SETTLE_US);
	told(&w, "");
	tick(&w, 1001 + SETTLE_US);
	told(&w, "c ESTABLISHED>CLOSE 1000 for=970\n"
		 "c closed 1000 unknown\n"
		 "c gone 1000 client unknown - - open=60 own=60\n");
}

/* The kernel says CLOSE, the end of the socket, then RST: the last one tells why. */
static void data_after_close(void **state)
{
	(void)state;
	client_only();
	at(&w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 1010, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	at(&w, 1012, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 1014, &cli, DESTROY());
	at(&w, 1017, &cli, RST_SENT(ABORT_ON_DATA));
	told(&w, "c ESTABLISHED>FIN_WAIT1 1000 for=970 by=60\n"
		 "c FIN_WAIT1>FIN_WAIT2 1010 for=10\n"
		 "c FIN_WAIT2>CLOSE 1012 rst-sent for=2\n"
		 "c closed 1012 abort\n"
		 "c gone 1012 client abort data-after-close - open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->tw_ended[TW_END_OVERFLOW], 0);
	/* In FIN_WAIT2 it goes through tcp_reset(), which says that an RST was received. Up to 6.9 there is no reason. */
	client_only();
	at(&w, 2000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 2010, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	forget(&w);
	at(&w, 3000, &cli, RST_RCVD(FIN_WAIT2));
	at(&w, 3001, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN, .err = ECONNRESET));
	at(&w, 3002, &cli, DESTROY());
	at(&w, 3003, &cli, RST_SENT(UNKNOWN));
	told(&w, "c FIN_WAIT2>CLOSE 3001 rst-sent for=991\n"
		 "c closed 3001 abort\n"
		 "c gone 3001 client abort data-after-close - open=60 own=60 close=60\n");
	/* An RST that did come. */
	client_only();
	at(&w, 4000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	forget(&w);
	at(&w, 4100, &cli, RST_RCVD(FIN_WAIT1));
	at(&w, 4101, &cli, STATE(FIN_WAIT1, CLOSE, .flags = ORPHAN, .err = ECONNRESET));
	at(&w, 4102, &cli, DESTROY());
	settle(&w);
	told(&w, "c FIN_WAIT1>CLOSE 4101 rst-rcvd for=101\n"
		 "c closed 4101 reset\n"
		 "c gone 4101 client reset - - open=60 own=60 close=60\n");
}

/* A full socket in FIN_WAIT2 whose timer runs out is reset, RST first; one whose FIN is never acknowledged just ends. */
static void orphans_time_out(void **state)
{
	(void)state;
	client_only();
	at(&w, 1000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 1010, &cli, STATE(FIN_WAIT1, FIN_WAIT2, .flags = ORPHAN));
	forget(&w);
	at(&w, 61000, &cli, RST_SENT(TCP_STATE));
	at(&w, 61002, &cli, STATE(FIN_WAIT2, CLOSE, .flags = ORPHAN));
	at(&w, 61003, &cli, DESTROY());
	settle(&w);
	told(&w, "c FIN_WAIT2>CLOSE 61002 rst-sent for=59992\n"
		 "c closed 61002 orphan-timeout\n"
		 "c gone 61002 client orphan-timeout - - open=60 own=60 close=60\n");

	client_only();
	at(&w, 70000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 80000, &cli, STATE(FIN_WAIT1, CLOSE, .flags = ORPHAN, .err = ETIMEDOUT));
	settle(&w);
	assert_non_null(strstr(w.text, "c gone 80000 client orphan-timeout - - open=60 own=60 close=60\n"));

	client_only();
	at(&w, 90000, &cli, STATE(ESTABLISHED, CLOSE_WAIT));
	at(&w, 91000, &cli, STATE(CLOSE_WAIT, LAST_ACK, ASKED(60, SHUT_BOTH)));
	at(&w, 99000, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN, .err = ETIMEDOUT));
	assert_non_null(strstr(w.text, "c gone 99000 client orphan-timeout - - open=60 own=60 close=60\n"));

	/* shutdown(SHUT_WR) with the descriptor open is no orphan. */
	client_only();
	at(&w, 100000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, TWT_F_SHUT_WR)));
	at(&w, 109000, &cli, STATE(FIN_WAIT1, CLOSE, .flags = SHUT_BOTH, .err = ETIMEDOUT));
	settle(&w);
	assert_non_null(strstr(w.text, "client abort retransmit-timeout - open=60 own=60 close=60 shutdown-first\n"));
}

/* close() after shutdown(): the kernel sets the same state again. */
static void old_is_new(void **state)
{
	(void)state;
	client_only();
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
	at(&w, 1400, &cli, STATE(LAST_ACK, LAST_ACK, ASKED(61, SHUT_BOTH)));	/* of a socket that nobody knows */
	at(&w, 1401, &cli, STATE(CLOSE, CLOSE));
	told(&w, "");
}

/* A kworker that closes for a user (delayed fput) is nobody's name; the kernel's own sockets are the kernel's. */
static void kernel_threads(void **state)
{
	(void)state;
	client_only();
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
}

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

/* Which listener a child is of: by address; of several with one owner, that one; with different ones, nobody's. */
static void listeners_of_a_port(void **state)
{
	static const struct sk on[] = {
		{ .name = "l", .cookie = 71, .lport = 80, .last = { 0, 0 } },
		{ .name = "m", .cookie = 72, .lport = 80, .last = { 9, 0 } },
		{ .name = "n", .cookie = 73, .lport = 80, .last = { 0, 0 } },
		{ .name = "o", .cookie = 74, .lport = 80, .last = { 0, 0 }, .netns = NETNS + 256 },	/* same bucket */
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
	static const struct { __u32 netns; __u16 lport; __u64 count; } set[] = {
		{ NETNS, 3, 5 }, { NETNS, 1, 2 }, { NETNS + 1, 1, 3 }, { NETNS, 80, 7 }, { NETNS, 2, 0 }, { NETNS, 1, 4 },
		{ NETNS, 3, 0 }, { NETNS, 3, 0 },
	};
	__u64 sum[3] = { 0 };
	size_t i;

	(void)state;
	listens(&w, 50);
	for (i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		at(&w, i, NULL, (struct twt_event){ .kind = TWT_HALFOPEN, .netns = set[i].netns, .lport = set[i].lport,
						    .arg0 = set[i].count });
	assert_int_equal(tracker_foreach_halfopen(w.t, count_halfopen, sum), 0);
	assert_int_equal(sum[0], 4 + 7 + 3);
	assert_int_equal(sum[1], 1);
	assert_int_equal(sum[2], (1 * 10 + 80) * 10 + 2);
	assert_int_equal(count_of(&w, ST_SYN_RECV), 14);
	at(&w, 100, &lis, STATE(LISTEN, CLOSE, ASKED(50, 0)));
}

/* Events that were lost: the kernel's old state is right. */
static void gaps_are_healed(void **state)
{
	(void)state;
	client_only();
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
	client_only();
	at(&w, 4000, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN));
	told(&w, "c ESTABLISHED>LAST_ACK 4000 healed\n"
		 "c LAST_ACK>CLOSE 4000\n"
		 "c closed 4000 passive\n"
		 "c gone 4000 client passive - - open=60 own=60 gap\n");

	/* Its CLOSE was lost: the end of the socket tells, ... */
	client_only();
	at(&w, 5000, &cli, DESTROY());
	told(&w, "c ESTABLISHED>CLOSE 5000 healed\n"
		 "c closed 5000 unknown\n"
		 "c gone 5000 client unknown - - open=60 own=60 gap\n");

	/* ... or that its socket connects again. */
	client_only();
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
	client_only();
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
		T(handshake_and_passive_close), T(half_copied_child), T(connect_refused), T(connect_times_out),
		T(connect_finds_no_port), T(connect_given_up), T(simultaneous_open), T(reset_by_peer), T(aborts),
		T(close_for_no_reason_is_unknown), T(data_after_close), T(orphans_time_out), T(old_is_new), T(kernel_threads),
		T(listening), T(listeners_of_a_port), T(half_open_sockets), T(gaps_are_healed),
		T(unknown_sockets_are_adopted), T(nonsense_is_ignored), T(time_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
