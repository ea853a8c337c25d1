/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/conn/timeline.h"

#define T0 5000000000ULL

static void client_in_time_wait(void **state)
{
	struct conn c = {
		.state = ST_TIME_WAIT, .since_ns = T0 + 1030,
		.states_seen = 1U << ST_SYN_SENT | 1U << ST_ESTABLISHED | 1U << ST_FIN_WAIT1 | 1U << ST_FIN_WAIT2 | 1U << ST_TIME_WAIT,
		.in_ns = { [ST_SYN_SENT] = 10, [ST_ESTABLISHED] = 1000, [ST_FIN_WAIT1] = 5, [ST_FIN_WAIT2] = 15 },
	};
	static const struct { __u8 state; __u64 at, spent; } want[] = {
		{ ST_SYN_SENT, T0, 10 }, { ST_ESTABLISHED, T0 + 10, 1000 }, { ST_FIN_WAIT1, T0 + 1010, 5 },
		{ ST_FIN_WAIT2, T0 + 1015, 15 }, { ST_TIME_WAIT, T0 + 1030, 70 },
	};
	struct step s[ST_MAX];
	size_t n = timeline_of(&c, T0 + 1100, s), i;

	(void)state;
	assert_int_equal(n, 5);
	for (i = 0; i < n; i++) {
		assert_int_equal(s[i].state, want[i].state);
		assert_true(s[i].entered_known && s[i].spent_known);
		assert_int_equal(s[i].entered_ns, want[i].at);
		assert_int_equal(s[i].spent_ns, want[i].spent);
		assert_int_equal(s[i].present, i == 4);
	}
}

static void a_closed_one_ends_with_close(void **state)
{
	struct conn c = {
		.state = ST_CLOSE, .since_ns = T0,
		.states_seen = 1U << ST_SYN_RECV | 1U << ST_ESTABLISHED | 1U << ST_CLOSE_WAIT | 1U << ST_LAST_ACK | 1U << ST_CLOSE,
		.in_ns = { [ST_SYN_RECV] = 1, [ST_ESTABLISHED] = 2, [ST_CLOSE_WAIT] = 3, [ST_LAST_ACK] = 4 },
	};
	struct step s[ST_MAX];
	size_t n = timeline_of(&c, T0, s);

	(void)state;
	assert_int_equal(n, 5);
	assert_int_equal(s[0].state, ST_SYN_RECV);
	assert_int_equal(s[0].entered_ns, T0 - 10);
	assert_int_equal(s[3].state, ST_LAST_ACK);
	assert_int_equal(s[4].state, ST_CLOSE);
	assert_true(s[4].present && s[4].spent_ns == 0);
}

static void unknown_stays_unknown(void **state)
{
	/* Found by a snapshot in ESTABLISHED: when it began that is not known, nor anything before. */
	struct conn c = {
		.state = ST_FIN_WAIT1, .since_ns = T0, .flags = CONN_BEGAN_BEFORE,
		.states_seen = 1U << ST_ESTABLISHED | 1U << ST_FIN_WAIT1, .states_unknown = 1U << ST_ESTABLISHED,
	};
	struct step s[ST_MAX];

	(void)state;
	assert_int_equal(timeline_of(&c, T0 + 5, s), 2);
	assert_false(s[0].entered_known || s[0].spent_known);
	assert_true(s[1].entered_known && s[1].spent_known);
	assert_int_equal(s[1].spent_ns, 5);

	c.state = ST_ESTABLISHED;
	c.states_seen = 1U << ST_ESTABLISHED;
	c.flags |= CONN_SINCE_UNKNOWN;
	assert_int_equal(timeline_of(&c, T0 + 5, s), 1);
	assert_false(s[0].entered_known || s[0].spent_known);
	assert_true(s[0].present);
}

static void a_time_before_the_entry_is_no_time(void **state)
{
	struct conn c = { .state = ST_LISTEN, .since_ns = T0, .states_seen = 1U << ST_LISTEN };
	struct step s[ST_MAX];

	(void)state;
	assert_int_equal(timeline_of(&c, T0 - 1, s), 1);
	assert_int_equal(s[0].spent_ns, 0);
	c.state = ST_NONE;
	c.states_seen = 0;
	assert_int_equal(timeline_of(&c, T0, s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_in_time_wait),
		cmocka_unit_test(a_closed_one_ends_with_close),
		cmocka_unit_test(unknown_stays_unknown),
		cmocka_unit_test(a_time_before_the_entry_is_no_time),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
