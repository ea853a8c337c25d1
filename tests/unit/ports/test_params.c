/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/params.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define SEC 1000000000ULL

static void learn(struct port_params *pp, __u32 id, __u16 lo, __u16 hi, __u64 arg0)
{
	struct twt_event ev = { .kind = TWT_SYSCTL, .aux = id, .lport = lo, .rport = hi, .arg0 = arg0 };

	port_params_learn(pp, &ev);
}

static void sets_count_what_is_in_them(void **state)
{
	static struct portset s, t;
	__u32 lo, hi, p, n;

	(void)state;
	for (p = 1; p < 400; p += 1 + p % 7)
		portset_add(&s, (__u16)p);
	portset_add_range(&t, 100, 130);
	portset_add(&t, 65535);
	for (lo = 0; lo < 300; lo += 13) {
		for (hi = lo; hi < 330; hi += 11) {
			for (n = 0, p = lo; p <= hi; p++)
				n += portset_has(&s, (__u16)p) || portset_has(&t, (__u16)p);
			assert_int_equal(portset_count(&s, &t, (__u16)lo, (__u16)hi), n);
		}
	}
	assert_int_equal(portset_count(&t, NULL, 0, 65535), 32);
	assert_int_equal(portset_count(&t, NULL, 5, 4), 0);
}

/* Measured: tests/live/ports.bats. */
static void what_a_range_has(void **state)
{
	static struct port_params pp;
	static struct portset closed;

	(void)state;
	assert_false(port_params_usable(&pp));
	assert_int_equal(port_params_count(&pp, NULL), 0);
	learn(&pp, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	assert_true(port_params_usable(&pp));
	assert_int_equal(port_params_count(&pp, NULL), 200);
	learn(&pp, TWT_SC_RESERVED_PORTS, 0, 0, 0);
	learn(&pp, TWT_SC_RESERVED_PORTS, 40010, 40019, 1);
	learn(&pp, TWT_SC_RESERVED_PORTS, 39990, 40000, 2);
	assert_int_equal(port_params_count(&pp, NULL), 189);
	portset_add(&closed, 40000);		/* reserved too */
	portset_add(&closed, 40199);
	portset_add(&closed, 40200);		/* outside */
	assert_int_equal(port_params_count(&pp, &closed), 188);
	learn(&pp, TWT_SC_RESERVED_PORTS, 0, 0, 0);	/* the list is another one now */
	assert_int_equal(port_params_count(&pp, &closed), 198);
	learn(&pp, TWT_SC_PORT_RANGE, 40000, 40000, 0);
	assert_int_equal(port_params_count(&pp, NULL), 1);
	learn(&pp, TWT_SC_PORT_RANGE, 40000, 40002, 0);
	assert_int_equal(port_params_count(&pp, NULL), 2);
	learn(&pp, TWT_SC_PORT_RANGE, 40000, 40200, 0);
	assert_int_equal(port_params_count(&pp, NULL), 201);
	/* What a damaged recording may say. */
	learn(&pp, TWT_SC_PORT_RANGE, 0, 5, 0);
	learn(&pp, TWT_SC_PORT_RANGE, 9, 5, 0);
	learn(&pp, TWT_SC_MAX, 1, 5, 0);
	assert_int_equal(port_params_count(&pp, NULL), 201);
}

static struct conn time_wait(__u8 host, __u64 at)
{
	return (struct conn){
		.state = ST_TIME_WAIT, .since_ns = at, .tw_start_ns = at, .tw_armed_ns = at, .family = 2,
		.laddr = { [10] = 0xff, [11] = 0xff, host, 0, 0, 1 }, .raddr = { [10] = 0xff, [11] = 0xff, host, 0, 0, 2 },
	};
}

static void who_may_take_a_time_wait_over(void **state)
{
	static struct port_params pp;
	struct conn lo = time_wait(127, 100 * SEC + 5), far = time_wait(10, 100 * SEC + 5), six = far;

	(void)state;
	memset(six.laddr, 0, 16);
	memset(six.raddr, 0, 16);
	six.laddr[15] = six.raddr[15] = 1;
	/* Not known: nobody. */
	assert_int_equal(port_params_reuse_ns(&pp, &lo), TW_LEN_NS);
	assert_false(port_params_reusable(&pp, &lo, 150 * SEC));
	/* 2: on loopback only. Without a delay of its own (up to 6.12) the clock's second must be another one. */
	learn(&pp, TWT_SC_TW_REUSE, 0, 0, 2);
	assert_false(port_params_reusable(&pp, &lo, 101 * SEC - 1));
	assert_true(port_params_reusable(&pp, &lo, 101 * SEC));
	assert_true(port_params_reusable(&pp, &six, 101 * SEC));
	assert_false(port_params_reusable(&pp, &far, 150 * SEC));
	learn(&pp, TWT_SC_TW_REUSE, 0, 0, 1);
	assert_true(port_params_reusable(&pp, &far, 101 * SEC));
	learn(&pp, TWT_SC_TW_REUSE_DELAY, 0, 0, 1000);
	assert_false(port_params_reusable(&pp, &far, 101 * SEC + 1000000));
	assert_true(port_params_reusable(&pp, &far, 101 * SEC + 1000005));
	learn(&pp, TWT_SC_TW_REUSE_DELAY, 0, 0, 60000);
	assert_int_equal(port_params_reuse_ns(&pp, &far), TW_LEN_NS);
	learn(&pp, TWT_SC_TW_REUSE_DELAY, 0, 0, 100);
	/* Found by a look: its timer says when it began. */
	far.flags = CONN_SINCE_UNKNOWN;
	far.tw_armed_ns = 90 * SEC;
	assert_true(port_params_reusable(&pp, &far, 91 * SEC));
	far.flags = CONN_NO_TSTAMP;
	assert_false(port_params_reusable(&pp, &far, 150 * SEC));
	lo.state = ST_FIN_WAIT2;
	assert_false(port_params_reusable(&pp, &lo, 150 * SEC));
	learn(&pp, TWT_SC_TW_REUSE, 0, 0, 0);
	assert_int_equal(port_params_reuse_ns(&pp, &far), TW_LEN_NS);
}

struct copy { struct port_params pp; unsigned int n, left; };

static int tell_copy(void *ctx, const struct twt_event *ev)
{
	struct copy *c = ctx;

	assert_int_equal(ev->kind, TWT_SYSCTL);
	assert_int_equal(ev->netns, 7);
	assert_int_equal(ev->ts_ns, 9);
	c->n++;
	port_params_learn(&c->pp, ev);
	return c->n == c->left ? -28 : 0;
}

/* What was learnt, said again, is the same; who listens may end it. */
static void settings_are_told_again(void **state)
{
	static struct port_params pp;
	static struct copy c, few = { .left = 2 }, none;

	(void)state;
	learn(&pp, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	learn(&pp, TWT_SC_RESERVED_PORTS, 0, 0, 0);
	learn(&pp, TWT_SC_RESERVED_PORTS, 40000, 40003, 1);
	learn(&pp, TWT_SC_RESERVED_PORTS, 40010, 40010, 2);
	learn(&pp, TWT_SC_RESERVED_PORTS, 65535, 65535, 3);
	learn(&pp, TWT_SC_TW_REUSE, 0, 0, 2);
	learn(&pp, TWT_SC_SOMAXCONN, 0, 0, 4096);
	assert_int_equal(port_params_tell(&pp, 7, 9, tell_copy, &c), 0);
	assert_int_equal(c.n, 1 + 4 + 1 + 1);
	assert_memory_equal(&c.pp, &pp, sizeof(pp));
	assert_int_equal(port_params_tell(&pp, 7, 9, tell_copy, &few), -28);
	assert_int_equal(few.n, 2);
	memset(&pp, 0, sizeof(pp));
	assert_int_equal(port_params_tell(&pp, 7, 9, tell_copy, &none), 0);
	assert_int_equal(none.n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_count_what_is_in_them), cmocka_unit_test(what_a_range_has),
		cmocka_unit_test(who_may_take_a_time_wait_over), cmocka_unit_test(settings_are_told_again),
	};

	return cmocka_run_group_tests_name("ports params", tests, NULL, NULL);
}
