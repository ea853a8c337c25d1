/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that fail, and that end otherwise than by FIN, as the kernel tells it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "unit/world_fixture.h"

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
	assert_int_equal(totals_at(&w, NETNS)->no_syn, 0);
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
	assert_int_equal(totals_at(&w, NETNS)->no_syn, 1);
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
	assert_int_equal(totals_at(&w, NETNS)->no_syn, 1);
}

/* Fast Open puts connect() off until there are data: closed before, it was none that the kernel counts. */
static void connect_put_off(void **state)
{
	(void)state;
	at(&w, 0, &cli_unbound, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 9, &cli, STATE(SYN_SENT, CLOSE, OWNED(60, SHUT_BOTH | TWT_F_NO_SYN)));
	told(&w, "c CLOSE>SYN_SENT 0 by=60\n"
		 "c SYN_SENT>CLOSE 9 for=9 by=60\n"
		 "c closed 9 connect-cancelled\n"
		 "c gone 9 client connect-cancelled - - open=60 own=60 close=60\n");
	assert_int_equal(totals_at(&w, NETNS)->no_syn, 1);
	/* Of one that began before the tracer its beginning was not counted either. */
	at(&w, 20, &srv, STATE(SYN_SENT, CLOSE, OWNED(60, SHUT_BOTH | TWT_F_NO_SYN)));
	assert_int_equal(totals_at(&w, NETNS)->no_syn, 1);
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

static void reset_by_peer(void **state)
{
	(void)state;
	client_only(&w);
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
		{ "linger", TWT_F_OWNED | SHUT_BOTH | TWT_F_LINGER0, 60, 0, TWT_RST_UNKNOWN,
		  3 }, /* up to 6.9 */
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
		const struct twt_event rst = { .kind = TWT_RST_SENT,
					       .reason = c->rst,
					       .new_state = ST_CLOSE };
		const __u64 us = 1000;

		client_only(&w);
		forget(&w);
		if (c->rst_after < 0)
			at(&w, us - 3, &cli, rst);
		at(&w, us, &cli,
		   (struct twt_event){ .kind = TWT_STATE,
				       .old_state = ST_ESTABLISHED,
				       .new_state = ST_CLOSE,
				       .flags = c->flags,
				       .tgid = c->pid,
				       .err = c->err });
		if (c->rst_after > 0)
			at(&w, us + 3, &cli, rst);
		at(&w, us + 5, &cli, DESTROY());
		settle(&w);
		snprintf(want, sizeof(want), "gone %llu client abort %s - open=60 own=60%s\n",
			 (unsigned long long)us, c->reason,
			 c->pid == 60 ? " close=60"
			 : c->pid     ? " close=70"
				      : "");
		if (!strstr(w.text, want))
			fail_msg("case %zu: told\n%s--- not\n%s", i, w.text, want);
		assert_true(!!strstr(w.text, " rst-sent") == (c->rst_after != 0));
		assert_true(!!strstr(w.text, c->pid == 60 ? " by=60\n"
					     : c->pid	  ? " by=70\n"
							  : "\n") &&
			    !strstr(w.text, "rst-rcvd"));
	}
	forget(&w);
}

/* ESTABLISHED -> CLOSE with no RST, no error, in softirq: nothing tells why. */
static void close_for_no_reason_is_unknown(void **state)
{
	(void)state;
	client_only(&w);
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
	client_only(&w);
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
	/*
	 * In FIN_WAIT2 it goes through tcp_reset(), which says that an RST was received. Up to 6.9 there is
	 * no reason.
	 */
	client_only(&w);
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
	client_only(&w);
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

/*
 * A full socket in FIN_WAIT2 whose timer runs out is reset, RST first; one whose FIN is never acknowledged
 * just ends.
 */
static void orphans_time_out(void **state)
{
	(void)state;
	client_only(&w);
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

	client_only(&w);
	at(&w, 70000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, SHUT_BOTH)));
	at(&w, 80000, &cli, STATE(FIN_WAIT1, CLOSE, .flags = ORPHAN, .err = ETIMEDOUT));
	settle(&w);
	assert_non_null(strstr(w.text, "c gone 80000 client orphan-timeout - - open=60 own=60 close=60\n"));

	client_only(&w);
	at(&w, 90000, &cli, STATE(ESTABLISHED, CLOSE_WAIT));
	at(&w, 91000, &cli, STATE(CLOSE_WAIT, LAST_ACK, ASKED(60, SHUT_BOTH)));
	at(&w, 99000, &cli, STATE(LAST_ACK, CLOSE, .flags = ORPHAN, .err = ETIMEDOUT));
	assert_non_null(strstr(w.text, "c gone 99000 client orphan-timeout - - open=60 own=60 close=60\n"));

	/* shutdown(SHUT_WR) with the descriptor open is no orphan. */
	client_only(&w);
	at(&w, 100000, &cli, STATE(ESTABLISHED, FIN_WAIT1, ASKED(60, TWT_F_SHUT_WR)));
	at(&w, 109000, &cli, STATE(FIN_WAIT1, CLOSE, .flags = SHUT_BOTH, .err = ETIMEDOUT));
	settle(&w);
	assert_non_null(strstr(w.text, "client abort retransmit-timeout - open=60 own=60 close=60 "
				       "shutdown-first\n"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(connect_refused), T(connect_times_out), T(connect_finds_no_port), T(connect_put_off), T(connect_given_up),
		T(reset_by_peer), T(aborts), T(close_for_no_reason_is_unknown), T(data_after_close),
		T(orphans_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
