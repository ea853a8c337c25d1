/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/stats/flow.h"

static void move(struct flow *f, __u8 from, __u8 to, __u32 marks, __u8 tw_end)
{
	struct conn c = { .tw_end = tw_end };
	struct transition tr = { .conn = &c, .old_state = from, .new_state = to, .marks = marks };

	flow_add(f, &tr);
}

static void rates_are_of_the_interval_that_is_over(void **state)
{
	struct flow f = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		move(&f, ST_CLOSE, ST_SYN_SENT, 0, 0);
	move(&f, ST_LISTEN, ST_SYN_RECV, 0, 0);
	assert_true(flow_rate(&f, ST_CLOSE, ST_SYN_SENT) == 0);
	flow_next(&f, 2000000000);
	assert_true(flow_rate(&f, ST_CLOSE, ST_SYN_SENT) == 5);
	assert_true(flow_opens(&f) == 5.5);
	move(&f, ST_CLOSE, ST_SYN_SENT, 0, 0);
	assert_true(flow_rate(&f, ST_CLOSE, ST_SYN_SENT) == 5);
	flow_next(&f, 500000000);
	assert_true(flow_rate(&f, ST_CLOSE, ST_SYN_SENT) == 2);
	assert_int_equal(f.total.moves[ST_CLOSE][ST_SYN_SENT], 11);
	flow_next(&f, 0);
	assert_true(flow_rate(&f, ST_CLOSE, ST_SYN_SENT) == 0);
	flow_clear(&f);
	assert_int_equal(f.total.moves[ST_CLOSE][ST_SYN_SENT], 0);
}

static void in_and_out(void **state)
{
	struct flow f = { 0 };

	(void)state;
	move(&f, ST_SYN_SENT, ST_ESTABLISHED, 0, 0);
	move(&f, ST_NEW_SYN_RECV, ST_ESTABLISHED, 0, 0);
	move(&f, ST_ESTABLISHED, ST_CLOSE_WAIT, 0, 0);
	flow_next(&f, 1000000000);
	assert_true(flow_in(&f, ST_ESTABLISHED) == 2);
	assert_true(flow_out(&f, ST_ESTABLISHED) == 1);
	assert_true(flow_out(&f, ST_SYN_RECV) == 1);
	assert_true(flow_in(&f, ST_CLOSE_WAIT) == 1);
	assert_true(flow_in(&f, ST_MAX) == 0 && flow_rate(&f, 200, 1) == 0);
}

static void what_a_snapshot_found_is_left_out(void **state)
{
	struct flow f = { 0 };

	(void)state;
	move(&f, ST_NONE, ST_ESTABLISHED, TR_SEEDED, 0);
	move(&f, ST_ESTABLISHED, ST_CLOSE, TR_HEALED, 0);
	move(&f, 77, ST_CLOSE, 0, 0);
	flow_next(&f, 1000000000);
	assert_true(flow_in(&f, ST_ESTABLISHED) == 0 && flow_in(&f, ST_CLOSE) == 0);
}

static void ends_of_time_wait(void **state)
{
	struct flow f = { 0 };

	(void)state;
	move(&f, ST_TIME_WAIT, ST_CLOSE, 0, TW_END_EXPIRED);
	move(&f, ST_TIME_WAIT, ST_CLOSE, 0, TW_END_REUSED);
	move(&f, ST_FIN_WAIT2, ST_CLOSE, 0, TW_END_EXPIRED);	/* never was a TIME_WAIT */
	move(&f, ST_CLOSING, ST_CLOSE, 0, TW_END_OVERFLOW);
	move(&f, ST_TIME_WAIT, ST_CLOSE, 0, TW_END_MAX);
	flow_next(&f, 1000000000);
	assert_true(flow_end_rate(&f, TW_END_EXPIRED) == 1);
	assert_true(flow_end_rate(&f, TW_END_REUSED) == 1);
	assert_true(flow_end_rate(&f, TW_END_OVERFLOW) == 1);
	assert_true(flow_end_rate(&f, TW_END_MAX) == 0);
	assert_true(flow_rate(&f, ST_TIME_WAIT, ST_CLOSE) == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_of_the_interval_that_is_over),
		cmocka_unit_test(in_and_out),
		cmocka_unit_test(what_a_snapshot_found_is_left_out),
		cmocka_unit_test(ends_of_time_wait),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
