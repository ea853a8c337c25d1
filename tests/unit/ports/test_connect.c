/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/ports/connect.h"

#define LO 40000
#define HI 40009

struct world { struct looks looks; struct port_params pp; __u64 cookie; };

static const __u8 me[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, you[16] = { [10] = 0xff, 0xff, 10, 0, 0, 2 }, other[16] = { [10] = 0xff, 0xff, 10, 0, 0, 3 };

static void learn(struct port_params *pp, __u32 id, __u64 value)
{
	struct twt_event ev = { .kind = TWT_SYSCTL, .aux = id, .arg0 = value };

	if (id == TWT_SC_PORT_RANGE) {
		ev.lport = LO;
		ev.rport = HI;
	}
	port_params_learn(pp, &ev);
}

static struct world begin(__u64 tw_reuse)
{
	struct world w = { 0 };

	learn(&w.pp, TWT_SC_PORT_RANGE, 0);
	learn(&w.pp, TWT_SC_TW_REUSE, tw_reuse);
	learn(&w.pp, TWT_SC_TW_REUSE_DELAY, 1000);
	return w;
}

/* A connection whose port connect() chose, unless @flags say TWT_LOOK_BIND_PORT. */
static struct twt_look *add(struct world *w, __u16 lport, const __u8 raddr[16], __u8 state, __u32 flags)
{
	struct twt_look l = { .cookie = ++w->cookie, .netns = 1, .family = 2, .state = state, .lport = lport, .rport = 80, .tw_age_ms = ~0U };

	memcpy(l.laddr, me, 16);
	memcpy(l.raddr, raddr, 16);
	l.flags = flags | TWT_LOOK_BUCKET;
	if (!(flags & TWT_LOOK_BIND_PORT))
		l.fastreuse = l.fastreuseport = -1;
	if (state == ST_TIME_WAIT) {
		l.flags |= TWT_LOOK_MINISOCK;
		l.substate = ST_TIME_WAIT;
		l.left_ns = 50000000000ULL;
	}
	assert_int_equal(looks_add(&w->looks, &l), 0);
	return &w->looks.v[w->looks.n - 1].s;
}

static struct connect_answer ask(struct world *w, __u16 sport)
{
	struct connect_call c = { .netns = 1, .sport = sport, .dport = 80 };
	struct connect_answer a;

	memcpy(c.saddr, me, 16);
	memcpy(c.daddr, you, 16);
	assert_int_equal(connect_ask(&c, &w->looks, &w->pp, &a), 0);
	return a;
}

static __u32 free_ports(struct world *w)
{
	struct connect_answer a = ask(w, 0);
	__u32 n = a.free;

	assert_int_equal(a.err, n ? 0 : EADDRNOTAVAIL);
	connect_answer_free(&a);
	return n;
}

static void each_destination_has_all_ports(void **state)
{
	struct world w = begin(0);

	(void)state;
	assert_int_equal(free_ports(&w), 10);
	for (__u16 p = LO; p <= HI; p++)
		add(&w, p, other, ST_ESTABLISHED, 0);
	assert_int_equal(free_ports(&w), 10);
	for (__u16 p = LO; p < HI; p++)
		add(&w, p, you, ST_ESTABLISHED, 0);
	assert_int_equal(free_ports(&w), 1);
	add(&w, HI, you, ST_SYN_SENT, 0);
	assert_int_equal(free_ports(&w), 0);
	looks_free(&w.looks);
}

/* Whatever a bind() touched, on any address, in any state: the port is skipped. */
static void bound_ports_are_closed(void **state)
{
	struct world w = begin(0);
	struct connect_answer a;
	struct twt_look *l;

	(void)state;
	add(&w, LO, you, ST_CLOSE, TWT_LOOK_BIND_PORT);
	add(&w, LO + 1, other, ST_LISTEN, TWT_LOOK_BIND_PORT);
	add(&w, LO + 2, other, ST_TIME_WAIT, TWT_LOOK_BIND_PORT);
	l = add(&w, LO + 3, other, ST_ESTABLISHED, TWT_LOOK_BIND_PORT);
	l->fastreuse = -1;	/* only SO_REUSEPORT's half is remembered */
	l = add(&w, LO + 4, other, ST_ESTABLISHED, 0);
	l->flags &= ~TWT_LOOK_BUCKET;
	a = ask(&w, 0);
	assert_int_equal(a.closed, 4);
	assert_int_equal(a.free, 6);
	assert_int_equal(a.in_use, 0);
	connect_answer_free(&a);
	looks_free(&w.looks);
}

static void reserved_and_outside(void **state)
{
	struct twt_event list = { .kind = TWT_SYSCTL, .aux = TWT_SC_RESERVED_PORTS }, range = list;
	struct world w = begin(0);
	struct connect_answer a;

	(void)state;
	range.arg0 = 1;
	range.lport = LO + 8;
	range.rport = HI + 100;
	port_params_learn(&w.pp, &list);
	port_params_learn(&w.pp, &range);
	add(&w, LO + 8, you, ST_ESTABLISHED, 0);
	add(&w, LO - 1, you, ST_ESTABLISHED, 0);
	a = ask(&w, 0);
	assert_int_equal(a.reserved, 2);
	assert_int_equal(a.usable, 8);
	assert_int_equal(a.free, 8);
	connect_answer_free(&a);
	looks_free(&w.looks);
}

static void time_waits_may_be_taken_over(void **state)
{
	static const struct { __u64 tw_reuse; __u32 flags; __u32 age_ms; bool loopback; __u32 left_s; bool taken; } rows[] = {
		{ 0, TWT_LOOK_TIMESTAMPS, 5000, true, 50, false }, { 1, TWT_LOOK_TIMESTAMPS, 5000, false, 50, true },
		{ 1, TWT_LOOK_TIMESTAMPS, 1000, false, 50, false }, { 1, TWT_LOOK_TIMESTAMPS, 1001, false, 50, true },
		{ 1, 0, 5000, false, 50, false }, { 2, TWT_LOOK_TIMESTAMPS, 5000, false, 50, false },
		{ 2, TWT_LOOK_TIMESTAMPS, 5000, true, 50, true },
		/* Up to 6.12 the age is the timer's. */
		{ 1, TWT_LOOK_TIMESTAMPS, ~0U, false, 50, true }, { 1, TWT_LOOK_TIMESTAMPS, ~0U, false, 60, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = begin(rows[i].tw_reuse);
		struct twt_look *l = add(&w, LO, you, ST_TIME_WAIT, rows[i].flags);

		l->tw_age_ms = rows[i].age_ms;
		l->left_ns = rows[i].left_s * 1000000000ULL;
		if (rows[i].loopback)
			l->bound_dev = 1;
		if (connect_may_reuse(l, &w.pp) != rows[i].taken)
			fail_msg("row %zu", i);
		l->bound_dev = 0;
		if (!rows[i].loopback)
			assert_int_equal(free_ports(&w), rows[i].taken ? 10 : 9);
		l->substate = ST_FIN_WAIT2;
		assert_false(connect_may_reuse(l, &w.pp));
		looks_free(&w.looks);
	}
}

/* With a port of its own: only the two ends count; a minisock goes, whatever tcp_tw_reuse says, if it had timestamps. */
static void the_same_two_ends(void **state)
{
	static const struct { __u8 state; __u32 flags; int err; } rows[] = {
		{ ST_ESTABLISHED, 0, EADDRNOTAVAIL }, { ST_FIN_WAIT1, TWT_LOOK_ORPHAN, EADDRNOTAVAIL }, { ST_TIME_WAIT, 0, EADDRNOTAVAIL },
		{ ST_TIME_WAIT, TWT_LOOK_TIMESTAMPS, 0 }, { ST_CLOSE, 0, 0 }, { ST_LISTEN, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = begin(0);
		struct connect_answer a;

		add(&w, 5000, you, rows[i].state, rows[i].flags | TWT_LOOK_BIND_PORT);
		add(&w, 5000, other, ST_ESTABLISHED, TWT_LOOK_BIND_PORT);
		a = ask(&w, 5000);
		assert_int_equal(a.err, rows[i].err);
		assert_int_equal(a.n_blockers, rows[i].err ? 1 : 0);
		connect_answer_free(&a);
		a = ask(&w, 5001);
		assert_int_equal(a.err, 0);
		connect_answer_free(&a);
		looks_free(&w.looks);
	}
}

static void without_a_range_nothing_is_missing(void **state)
{
	struct world w = { 0 };
	struct connect_answer a = ask(&w, 0);

	(void)state;
	assert_int_equal(a.err, 0);
	connect_answer_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_destination_has_all_ports), cmocka_unit_test(bound_ports_are_closed), cmocka_unit_test(reserved_and_outside),
		cmocka_unit_test(time_waits_may_be_taken_over), cmocka_unit_test(the_same_two_ends), cmocka_unit_test(without_a_range_nothing_is_missing),
	};

	return cmocka_run_group_tests_name("connect", tests, NULL, NULL);
}
