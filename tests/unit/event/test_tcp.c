/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/tcp.h>
#include "core/conn/conn.h"
#include "core/event/tcp.h"

/* Ours are the kernel's numbers. */
_Static_assert((int)ST_ESTABLISHED == TCP_ESTABLISHED && (int)ST_SYN_SENT == TCP_SYN_SENT, "");
_Static_assert((int)ST_SYN_RECV == TCP_SYN_RECV && (int)ST_FIN_WAIT1 == TCP_FIN_WAIT1, "");
_Static_assert((int)ST_FIN_WAIT2 == TCP_FIN_WAIT2 && (int)ST_TIME_WAIT == TCP_TIME_WAIT, "");
_Static_assert((int)ST_CLOSE == TCP_CLOSE && (int)ST_CLOSE_WAIT == TCP_CLOSE_WAIT, "");
_Static_assert((int)ST_LAST_ACK == TCP_LAST_ACK && (int)ST_LISTEN == TCP_LISTEN, "");
_Static_assert((int)ST_CLOSING == TCP_CLOSING && ST_SHOWN == TCP_CLOSING, "");

static void names_states(void **state)
{
	static const char *const want[] = {
		"-", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
		"LAST_ACK", "LISTEN", "CLOSING", "SYN_RECV", "-", "-",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_string_equal(tcp_state_name(i), want[i]);
	assert_string_equal(tcp_state_name(UINT32_MAX), "-");
}

#define SYN_RECV_MASK (1U << ST_SYN_RECV | 1U << ST_NEW_SYN_RECV)
#define ALL_MASK 0x1ffeU

static void parses_states(void **state)
{
	static const struct { const char *text; __u32 mask; } cases[] = {
		{ "established", 1U << ST_ESTABLISHED }, { "ESTABLISHED", 1U << ST_ESTABLISHED },
		{ "syn-sent", 1U << ST_SYN_SENT }, { "SYN_SENT", 1U << ST_SYN_SENT },
		{ "syn-recv", SYN_RECV_MASK }, { "SYN_RECV", SYN_RECV_MASK }, { "NEW_SYN_RECV", SYN_RECV_MASK },
		{ "fin-wait-1", 1U << ST_FIN_WAIT1 }, { "FIN_WAIT1", 1U << ST_FIN_WAIT1 },
		{ "fin_wait_1", 1U << ST_FIN_WAIT1 },
		{ "fin-wait-2", 1U << ST_FIN_WAIT2 }, { "Fin_Wait2", 1U << ST_FIN_WAIT2 },
		{ "time-wait", 1U << ST_TIME_WAIT }, { "TIME_WAIT", 1U << ST_TIME_WAIT },
		{ "closed", 1U << ST_CLOSE }, { "CLOSE", 1U << ST_CLOSE },
		{ "close-wait", 1U << ST_CLOSE_WAIT }, { "CLOSE_WAIT", 1U << ST_CLOSE_WAIT },
		{ "last-ack", 1U << ST_LAST_ACK }, { "listening", 1U << ST_LISTEN }, { "LISTEN", 1U << ST_LISTEN },
		{ "closing", 1U << ST_CLOSING },
		{ "all", ALL_MASK },
		{ "connected", ALL_MASK & ~(1U << ST_LISTEN | 1U << ST_CLOSE) },
		{ "synchronized", ALL_MASK & ~(1U << ST_LISTEN | 1U << ST_CLOSE | 1U << ST_SYN_SENT) },
		{ "bucket", SYN_RECV_MASK | 1U << ST_TIME_WAIT },
		{ "BIG", ALL_MASK & ~(SYN_RECV_MASK | 1U << ST_TIME_WAIT) },
	};
	__u32 mask;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mask = 0;
		assert_int_equal(tcp_state_parse(cases[i].text, &mask), 0);
		assert_int_equal(mask, cases[i].mask);
	}
}

static void refuses_other_words(void **state)
{
	static const char *const bad[] = {
		"", "-", "timewait", "time-wait ", " time-wait", "established,listen", "time--wait", "closedd", "6",
		"a-word-that-is-much-too-long-for-a-state", "synchronized-xyz",
	};
	__u32 mask = 42;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tcp_state_parse(bad[i], &mask), -EINVAL);
	assert_int_equal(mask, 42);
}

/* Every verdict has a word of its own, and numbers out of range have "-". */
static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(conn_role_name(ROLE_UNKNOWN), "-");
	assert_string_equal(conn_role_name(ROLE_CLIENT), "client");
	assert_string_equal(conn_role_name(ROLE_SERVER), "server");
	assert_string_equal(conn_role_name(ROLE_LISTENER), "listener");
	assert_string_equal(conn_role_name(ROLE_MAX), "-");
	assert_string_equal(close_kind_name(CLOSE_NOT_YET), "-");
	assert_string_equal(close_kind_name(CLOSE_ACTIVE), "active");
	assert_string_equal(close_kind_name(CLOSE_PASSIVE), "passive");
	assert_string_equal(close_kind_name(CLOSE_SIMULTANEOUS), "simultaneous");
	assert_string_equal(close_kind_name(CLOSE_ABORT), "abort");
	assert_string_equal(close_kind_name(CLOSE_RESET), "reset");
	assert_string_equal(close_kind_name(CLOSE_REFUSED), "refused");
	assert_string_equal(close_kind_name(CLOSE_CONNECT_TIMEOUT), "connect-timeout");
	assert_string_equal(close_kind_name(CLOSE_CONNECT_CANCELLED), "connect-cancelled");
	assert_string_equal(close_kind_name(CLOSE_UNREACHABLE), "unreachable");
	assert_string_equal(close_kind_name(CLOSE_NO_PORT), "no-port");
	assert_string_equal(close_kind_name(CLOSE_ORPHAN_TIMEOUT), "orphan-timeout");
	assert_string_equal(close_kind_name(CLOSE_UNKNOWN), "unknown");
	assert_string_equal(close_kind_name(CLOSE_KIND_MAX), "-");
	assert_string_equal(close_reason_name(REASON_NONE), "-");
	assert_string_equal(close_reason_name(REASON_LINGER), "linger");
	assert_string_equal(close_reason_name(REASON_UNREAD), "unread");
	assert_string_equal(close_reason_name(REASON_KEEPALIVE), "keepalive");
	assert_string_equal(close_reason_name(REASON_USER_TIMEOUT), "user-timeout");
	assert_string_equal(close_reason_name(REASON_RETRANSMIT_TIMEOUT), "retransmit-timeout");
	assert_string_equal(close_reason_name(REASON_KILLED), "killed");
	assert_string_equal(close_reason_name(REASON_DATA_AFTER_CLOSE), "data-after-close");
	assert_string_equal(close_reason_name(REASON_DISCONNECT), "disconnect");
	assert_string_equal(close_reason_name(REASON_MEMORY), "memory");
	assert_string_equal(close_reason_name(REASON_NOT_ACCEPTED), "not-accepted");
	assert_string_equal(close_reason_name(REASON_UNKNOWN), "unknown");
	assert_string_equal(close_reason_name(CLOSE_REASON_MAX), "-");
	assert_string_equal(tw_end_name(TW_END_NONE), "-");
	assert_string_equal(tw_end_name(TW_END_EXPIRED), "expired");
	assert_string_equal(tw_end_name(TW_END_REUSED), "reused");
	assert_string_equal(tw_end_name(TW_END_REOPENED), "reopened");
	assert_string_equal(tw_end_name(TW_END_RESET), "reset");
	assert_string_equal(tw_end_name(TW_END_PURGED), "purged");
	assert_string_equal(tw_end_name(TW_END_KILLED), "killed");
	assert_string_equal(tw_end_name(TW_END_UNKNOWN), "unknown");
	assert_string_equal(tw_end_name(TW_END_OVERFLOW), "overflow");
	assert_string_equal(tw_end_name(TW_END_MAX), "-");
}

/* As completion offers them: the spellings of ss, each meaning once, all of them. */
static void lists_words_of_states(void **state)
{
	__u32 masks[32], all = 0;
	const char *word;
	unsigned int n;

	(void)state;
	for (n = 0; (word = tcp_state_word(n)); n++) {
		assert_true(n < 32);
		assert_int_equal(tcp_state_parse(word, &masks[n]), 0);
		all |= masks[n];
		for (unsigned int i = 0; i < n; i++)
			assert_int_not_equal(masks[i], masks[n]);
	}
	assert_string_equal(tcp_state_word(0), "established");
	assert_int_equal(n, 16);
	assert_int_equal(all, (1U << ST_MAX) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_states),
		cmocka_unit_test(parses_states),
		cmocka_unit_test(refuses_other_words),
		cmocka_unit_test(verdicts_have_names),
		cmocka_unit_test(lists_words_of_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
