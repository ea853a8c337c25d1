/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports by destination: who is counted where. */
#include "core/ports/ports.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SEC 1000000000ULL
#define T0 (1000 * SEC)
#define NS 7

struct fixture { struct actors *as; struct ports *ps; struct ports_row **rows; size_t n; };

static int setup(void **state)
{
	static struct fixture f;

	f.as = actors_new(1000);
	f.ps = ports_new(PORTS_BY_DEST);
	*state = &f;
	return f.as && f.ps ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ports_free(f->ps);
	actors_free(f->as);
	return 0;
}

static void setting(struct fixture *f, __u32 id, __u16 lo, __u16 hi, __u64 arg0)
{
	struct twt_event ev = { .kind = TWT_SYSCTL, .netns = NS, .aux = id, .lport = lo, .rport = hi, .arg0 = arg0 };

	assert_int_equal(ports_event(f->ps, &ev), 0);
}

static __u32 actor(struct fixture *f, __u32 pid, const char *comm)
{
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = pid, .tid = pid, .aux = 1000 + pid };

	snprintf((char *)ev.comm, sizeof(ev.comm), "%s", comm);
	return actors_of_event(f->as, &ev);
}

/* 10.0.0.@from:@lport -> 10.0.0.@to:@rport, connected by @owner without bind(). */
static struct conn client(__u32 owner, unsigned int from, __u16 lport, unsigned int to, __u16 rport)
{
	struct conn c = {
		.cookie = 1, .owner = owner, .role = ROLE_CLIENT, .family = 2, .state = ST_ESTABLISHED, .netns = NS,
		.born_ns = T0, .since_ns = T0, .lport = lport, .rport = rport, .flags = CONN_AUTOBOUND,
		.laddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, (__u8)from }, .raddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, (__u8)to },
	};

	return c;
}

static void look(struct fixture *f, struct conn c)
{
	assert_int_equal(ports_look(f->ps, &c, f->as, true), 0);
}

static struct ports_row *report(struct fixture *f, size_t expected)
{
	assert_int_equal(ports_rows(f->ps, SEC, f->as, &f->rows, &f->n), 0);
	assert_int_equal(f->n, expected);
	return f->n ? f->rows[0] : NULL;
}

static void opens(struct fixture *f, struct conn *c, __u64 ts)
{
	struct transition tr = { .conn = c, .old_state = ST_CLOSE, .new_state = ST_SYN_SENT, .ts_ns = ts };

	c->state = ST_SYN_SENT;
	c->born_ns = ts;
	assert_int_equal(ports_transition(f->ps, &tr, f->as, true), 0);
	c->state = ST_ESTABLISHED;
}

static void each_destination_has_all_ports(void **state)
{
	struct fixture *f = *state;
	struct ports_row *r;

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	ports_look_begin(f->ps, T0);
	for (__u16 i = 0; i < 30; i++)
		look(f, client(0, 1, 40000 + i, 2, 80));
	for (__u16 i = 0; i < 20; i++)
		look(f, client(0, 1, 40000 + i, 3, 80));
	for (__u16 i = 0; i < 10; i++)
		look(f, client(0, 9, 40000 + i, 2, 80));
	r = report(f, 3);
	assert_int_equal(r->usable, 200);
	assert_int_equal(r->in_use, 30);
	assert_int_equal(r->free, 170);
	assert_int_equal(r->states[ST_ESTABLISHED], 30);
	assert_int_equal(r->lo, 40000);
	assert_int_equal(r->hi, 40199);
	assert_true(fabs(r->used_ratio - 0.15) < 1e-9);
	assert_true(isinf(r->exhausted_in_s));
	assert_int_equal(f->rows[1]->in_use, 20);
	assert_int_equal(f->rows[2]->in_use, 10);
	ports_look_begin(f->ps, T0);
	report(f, 0);
}

static void closed_ports_are_nobodys(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(0, 1, 40001, 2, 80), child = c, listener = c, bound = c;
	struct twt_event file = { .kind = TWT_SNAP_OWNER, .netns = NS, .new_state = ST_CLOSE, .lport = 40044 },
			 end = { .kind = TWT_SNAP_END };
	struct ports_row *r;

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	setting(f, TWT_SC_RESERVED_PORTS, 0, 0, 0);
	setting(f, TWT_SC_RESERVED_PORTS, 40100, 40109, 1);
	ports_event(f->ps, &file);
	ports_event(f->ps, &end);
	listener.state = ST_LISTEN;
	listener.role = ROLE_LISTENER;
	listener.lport = 40010;
	child.role = ROLE_SERVER;
	child.lport = 40010;
	bound.flags = CONN_BOUND;
	bound.role = ROLE_UNKNOWN;
	bound.lport = 40020;
	ports_look_begin(f->ps, T0);
	look(f, c);
	look(f, listener);
	look(f, child);
	look(f, bound);
	c.lport = 40020;		/* connect() had it before somebody bound to it */
	look(f, c);
	r = report(f, 1);
	assert_int_equal(r->usable, 200 - 10 - 3);
	assert_int_equal(r->closed, 3);
	assert_int_equal(r->in_use, 1);
	assert_int_equal(r->free, 186);
	ports_event(f->ps, &end);	/* a pass that did not find it */
	ports_look_begin(f->ps, T0);
	look(f, c);
	r = report(f, 1);
	assert_int_equal(r->usable, 190);
	assert_int_equal(r->free, 189);
}

static void bind_without_a_port_counts_for_all(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(actor(f, 5, "proxy"), 1, 0, 2, 80);
	struct ports_row *any = NULL, *dest = NULL;

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	c.flags = CONN_BOUND;
	c.lport = 40000;
	opens(f, &c, T0);		/* this one tells that there are such clients */
	ports_look_begin(f->ps, T0);
	for (__u16 i = 0; i < 50; i++) {
		c.lport = 40000 + i;
		c.raddr[15] = (__u8)(i % 5);
		look(f, c);
	}
	for (__u16 i = 0; i < 20; i++)	/* connect()'s ports are held at the address ... */
		look(f, client(0, 1, 40100 + i, 2, 80));
	for (__u16 i = 0; i < 20; i++)	/* ... or at another one */
		look(f, client(0, 9, 40150 + i, 2, 80));
	report(f, 3);
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i]->any)
			any = f->rows[i];
		else if (f->rows[i]->laddr[15] == 1)
			dest = f->rows[i];
	}
	assert_non_null(any);
	assert_non_null(dest);
	assert_int_equal(any->in_use, 50);
	assert_int_equal(any->usable, 180);
	assert_int_equal(any->free, 130);
	assert_int_equal(any->opened, 1);
	assert_int_equal(any->top[0].ports, 50);
	assert_string_equal(any->top[0].comm, "proxy");
	assert_int_equal(dest->usable, 150);
	assert_int_equal(dest->in_use, 20);
}

static void time_wait_that_may_be_taken_over_is_free(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(0, 1, 0, 2, 80);
	struct ports_row *r;

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	setting(f, TWT_SC_TW_REUSE, 0, 0, 1);
	setting(f, TWT_SC_TW_REUSE_DELAY, 0, 0, 1000);
	c.state = ST_TIME_WAIT;
	ports_look_begin(f->ps, T0 + 30 * SEC);
	for (__u16 i = 0; i < 60; i++) {
		c.lport = 40000 + i;
		c.tw_start_ns = c.tw_armed_ns = i < 40 ? T0 : T0 + 29 * SEC + SEC / 2;
		c.flags = CONN_AUTOBOUND | (i < 10 ? CONN_NO_TSTAMP : 0);
		look(f, c);
	}
	r = report(f, 1);
	assert_int_equal(r->time_wait, 60);
	assert_int_equal(r->reusable, 30);
	assert_int_equal(r->in_use, 30);
	assert_int_equal(r->free, 170);
	assert_int_equal(r->states[ST_TIME_WAIT], 60);
}

static void what_is_judged_or_not_begun_holds_nothing(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(0, 1, 40001, 2, 80);

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	ports_look_begin(f->ps, T0);
	look(f, c);
	c.pending = 1;
	c.lport++;
	look(f, c);
	c.pending = 0;
	c.lport = 0;
	look(f, c);			/* established without a port: of a damaged recording */
	c.state = ST_SYN_SENT;
	look(f, c);			/* connect() is about to choose */
	assert_int_equal(report(f, 1)->in_use, 2);
}

static void calls_that_failed_are_told(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(actor(f, 5, "curl"), 1, 0, 2, 80);
	struct ports_row *r;
	__u64 t = T0;

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	for (int i = 0; i < 25; i++, t += SEC / 20)
		opens(f, &c, t);
	c.close = CLOSE_NO_PORT;
	for (int i = 0; i < 5; i++) {
		opens(f, &c, t);
		assert_int_equal(ports_closed(f->ps, &c, f->as, t), 0);
		assert_int_equal(ports_gone(f->ps, &c, f->as, t), 0);
	}
	ports_look_begin(f->ps, t);
	r = report(f, 1);
	assert_int_equal(r->opened, 25);
	assert_int_equal(r->opened_now, 25);
	assert_int_equal(r->failed, 5);
	assert_int_equal(r->failed_now, 5);
	assert_true(r->opened_per_s == 25);
	assert_true(isnan(r->hold_s));
	ports_next(f->ps);
	ports_look_begin(f->ps, t);
	report(f, 0);			/* nothing held, nothing new */
}

static void holding_is_from_connect_to_the_end(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(0, 1, 40001, 2, 80);
	struct transition tr = { .conn = &c, .old_state = ST_FIN_WAIT2, .new_state = ST_TIME_WAIT, .ts_ns = T0 + 4 * SEC };

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	opens(f, &c, T0);
	c.state = ST_TIME_WAIT;
	c.tw_start_ns = T0 + 4 * SEC;
	ports_transition(f->ps, &tr, f->as, true);
	ports_closed(f->ps, &c, f->as, T0 + 4 * SEC);
	c.tw_end = TW_END_EXPIRED;
	ports_gone(f->ps, &c, f->as, T0 + 65 * SEC);
	opens(f, &c, T0 + 66 * SEC);
	c.tw_start_ns = 0;
	c.tw_end = TW_END_NONE;
	ports_closed(f->ps, &c, f->as, T0 + 67 * SEC);
	ports_gone(f->ps, &c, f->as, T0 + 67 * SEC);
	ports_look_begin(f->ps, T0 + 67 * SEC);
	assert_true(fabs(report(f, 1)->hold_s - (65 + 1) / 2.0) < 1e-9);
}

static void groups_speak_of_their_nearest_destination(void **state)
{
	struct fixture *f = *state;
	__u32 curl = actor(f, 5, "curl"), wget = actor(f, 6, "wget");
	struct ports_row *r;

	ports_free(f->ps);
	f->ps = ports_new(PORTS_BY_PID);
	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	ports_look_begin(f->ps, T0);
	for (__u16 i = 0; i < 100; i++)
		look(f, client(wget, 1, 40000 + i, 2, 80));
	for (__u16 i = 100; i < 110; i++)
		look(f, client(curl, 1, 40000 + i, 2, 80));
	for (__u16 i = 0; i < 60; i++)
		look(f, client(curl, 1, 40000 + i, 3, 80));
	look(f, client(0, 1, 40199, 4, 80));
	r = report(f, 3);
	/* Both use what is fullest; who holds more comes first. */
	assert_int_equal(r->tgid, 6);
	assert_string_equal(r->comm, "wget");
	assert_int_equal(r->in_use, 100);
	assert_int_equal(r->destinations, 1);
	assert_int_equal(r->free, 90);
	assert_int_equal(f->rows[1]->tgid, 5);
	assert_int_equal(f->rows[1]->in_use, 70);
	assert_int_equal(f->rows[1]->destinations, 2);
	assert_int_equal(f->rows[1]->raddr[15], 2);
	assert_int_equal(f->rows[1]->free, 90);
	assert_false(f->rows[2]->known);
	assert_int_equal(f->rows[2]->in_use, 1);
	ports_free(f->ps);
	f->ps = ports_new(PORTS_BY_RADDR);
	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	ports_look_begin(f->ps, T0);
	for (__u16 i = 0; i < 7; i++) {
		look(f, client(wget, 1, 40000 + i, 2, 80));
		look(f, client(curl, 1, 40000 + i, 2, (__u16)(81 + i)));
	}
	look(f, client(curl, 1, 40100, 2, 80));
	r = report(f, 1);
	assert_int_equal(r->in_use, 15);
	assert_int_equal(r->destinations, 8);
	assert_int_equal(r->rport, 80);
	assert_int_equal(r->n_top, 2);
	assert_int_equal(r->top[0].tgid, 5);
	assert_int_equal(r->top[0].ports, 8);
	assert_int_equal(r->top[1].ports, 7);
}

static void only_what_is_wanted_is_shown_but_all_is_counted(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(0, 1, 40001, 2, 80), d = client(0, 1, 40002, 2, 80), e = client(0, 1, 40002, 3, 80);

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	ports_look_begin(f->ps, T0);
	assert_int_equal(ports_look(f->ps, &c, f->as, true), 0);
	assert_int_equal(ports_look(f->ps, &d, f->as, false), 0);
	assert_int_equal(ports_look(f->ps, &e, f->as, false), 0);
	assert_int_equal(report(f, 1)->in_use, 2);
}

static void without_settings_only_what_is_held_is_known(void **state)
{
	struct fixture *f = *state;
	struct ports_row *r;

	assert_false(ports_lack_settings(f->ps));
	ports_look_begin(f->ps, T0);
	look(f, client(0, 1, 40001, 2, 80));
	r = report(f, 1);
	assert_true(ports_lack_settings(f->ps));
	assert_false(r->has_range);
	assert_int_equal(r->in_use, 1);
	assert_null(ports_params(f->ps, NS));
	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	assert_false(ports_lack_settings(f->ps));
	assert_non_null(ports_params(f->ps, NS));
}

static void it_runs_out_when_it_is_said(void **state)
{
	struct fixture *f = *state;
	struct ports_row *r;

	setting(f, TWT_SC_PORT_RANGE, 40000, 40199, 0);
	for (__u16 i = 0; i < 100; i++) {
		struct conn c = client(0, 1, 40000 + i, 2, 80);

		opens(f, &c, T0 + i * SEC / 20);
	}
	ports_look_begin(f->ps, T0 + 5 * SEC);
	for (__u16 i = 0; i < 100; i++)
		look(f, client(0, 1, 40000 + i, 2, 80));
	r = report(f, 1);
	if (fabs(r->exhausted_in_s - 5) > 0.15)
		fail_msg("%g is not 5", r->exhausted_in_s);
}

static void memory_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct conn c = client(0, 1, 40001, 2, 80);

	for (__u32 i = 0; i < PORTS_DESTS_MAX + 1000; i++) {
		c.raddr[13] = (__u8)(i >> 16);
		c.raddr[14] = (__u8)(i >> 8);
		c.raddr[15] = (__u8)i;
		opens(f, &c, T0);
	}
	assert_int_equal(ports_left_out(f->ps), 1000);
	ports_look_begin(f->ps, T0 + 3600 * SEC);
	report(f, PORTS_DESTS_MAX);
	ports_next(f->ps);		/* they make room once nothing happens there */
	c.raddr[12] = 11;
	opens(f, &c, T0 + 3600 * SEC);
	assert_int_equal(ports_left_out(f->ps), 1000);
	ports_look_begin(f->ps, T0 + 3600 * SEC);
	report(f, 1);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(each_destination_has_all_ports), T(closed_ports_are_nobodys), T(bind_without_a_port_counts_for_all),
		T(time_wait_that_may_be_taken_over_is_free), T(what_is_judged_or_not_begun_holds_nothing),
		T(calls_that_failed_are_told), T(holding_is_from_connect_to_the_end), T(groups_speak_of_their_nearest_destination),
		T(only_what_is_wanted_is_shown_but_all_is_counted), T(without_settings_only_what_is_held_is_known),
		T(it_runs_out_when_it_is_said), T(memory_is_bounded),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
