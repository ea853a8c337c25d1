/* SPDX-License-Identifier: GPL-2.0-only */
/* The same calls under another setting. Against the kernel: tests/live/ports.bats. */
#include "core/ports/whatif/whatif.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SEC 1000000000ULL
#define T0 (1000 * SEC)
#define NS 7

struct fixture { struct actors *as; struct ports *ps; struct what_if *w; };

static int setup(void **state)
{
	static struct fixture f;
	struct twt_event ev = { .kind = TWT_SYSCTL, .netns = NS, .aux = TWT_SC_PORT_RANGE, .lport = 40000, .rport = 40199 };

	f.as = actors_new(100);
	f.ps = ports_new(PORTS_BY_DEST);
	f.w = calloc(1, sizeof(*f.w));
	*state = &f;
	if (!f.as || !f.ps || !f.w)
		return -1;
	ports_keep_calls(f.ps);
	ports_event(f.ps, &ev);
	ev = (struct twt_event){ .kind = TWT_SYSCTL, .netns = NS, .aux = TWT_SC_TW_REUSE_DELAY, .arg0 = 1000 };
	ports_event(f.ps, &ev);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ports_free(f->ps);
	actors_free(f->as);
	free(f->w);
	return 0;
}

/* One connection by process @pid (0: unknown), opened at @at and open for @open; a TIME_WAIT after it, or none. */
static void call(struct fixture *f, __u32 pid, __u64 at, __u64 open, bool waits, bool failed)
{
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = pid, .tid = pid, .aux = 1000 + pid };
	struct conn c = {
		.cookie = 1, .owner = pid ? actors_of_event(f->as, &ev) : 0, .role = ROLE_CLIENT, .family = 2, .netns = NS,
		.state = ST_SYN_SENT, .born_ns = at, .since_ns = at, .rport = 80, .flags = CONN_AUTOBOUND,
		.laddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 }, .raddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 2 },
	};
	struct transition tr = { .conn = &c, .old_state = ST_CLOSE, .new_state = ST_SYN_SENT, .ts_ns = at };

	assert_int_equal(ports_transition(f->ps, &tr, f->as, true), 0);
	c.close = failed ? CLOSE_NO_PORT : CLOSE_ACTIVE;
	if (waits) {
		c.tw_start_ns = at + open;
		c.tw_end = TW_END_EXPIRED;
	}
	assert_int_equal(ports_closed(f->ps, &c, f->as, at + open), 0);
	assert_int_equal(ports_gone(f->ps, &c, f->as, at + open + (waits ? 61 * SEC : 0)), 0);
}

static struct what_if_row ask(struct fixture *f, const char *setting)
{
	struct what_if_row *rows, row;
	char err[256];
	size_t n;

	memset(f->w, 0, sizeof(*f->w));
	assert_int_equal(what_if_parse(f->w, setting, err, sizeof(err)), 0);
	assert_int_equal(ports_what_if(f->ps, f->w, &rows, &n), 0);
	assert_int_equal(n, 1);
	row = rows[0];
	free(rows);
	return row;
}

/* 20 a second for 20 s, each open for 1/2 s: after 10 s nothing is free, and 200 fail. */
static void busy(struct fixture *f)
{
	for (int i = 0; i < 400; i++)
		call(f, 5, T0 + (__u64)i * SEC / 20, i < 200 ? SEC / 2 : 0, i < 200, i >= 200);
}

static void settings_change_the_peak(void **state)
{
	struct fixture *f = *state;
	struct what_if_row r;

	busy(f);
	r = ask(f, "tcp_tw_reuse=1");		/* half a second open, one second and a millisecond until it may be taken over */
	assert_int_equal(r.calls, 400);
	assert_int_equal(r.peak, 200);
	assert_int_equal(r.failed, 200);
	assert_int_equal(r.usable, 200);
	assert_int_equal(r.failed_then, 0);
	assert_int_equal(r.opened_then, 400);
	assert_int_equal(r.peak_then, 31);
	r = ask(f, "tcp_tw_reuse=0");		/* as it was */
	assert_int_equal(r.peak_then, 200);
	assert_int_equal(r.failed_then, 200);
	r = ask(f, "ip_local_port_range=40000-40299");
	assert_int_equal(r.usable_then, 300);
	assert_int_equal(r.peak_then, 300);
	assert_int_equal(r.failed_then, 100);
	r = ask(f, "ip_local_port_range=1024-65535");
	assert_int_equal(r.peak_then, 400);
	assert_int_equal(r.failed_then, 0);
	r = ask(f, "ip_local_reserved_ports=40000-40149");
	assert_int_equal(r.usable_then, 50);
	assert_int_equal(r.failed_then, 350);
	r = ask(f, "close=peer");
	assert_int_equal(r.peak_then, 10);
	assert_int_equal(r.failed_then, 0);
	assert_int_equal(ask(f, "close=reset").peak_then, 10);
	r = ask(f, "close=keepalive:10");	/* ten at a time; each is used up after ten requests, and waits then */
	assert_int_equal(r.opened_then, 40);
	assert_int_equal(r.peak_then, 40);
	assert_int_equal(r.failed_then, 0);
	r = ask(f, "close=keepalive:1000");
	assert_int_equal(r.opened_then, 10);
	assert_int_equal(r.peak_then, 10);
}

static void processes_do_not_share_connections(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++)
		call(f, 1 + (__u32)i % 5, T0 + (__u64)i * SEC, SEC / 2, true, false);
	assert_int_equal(ask(f, "close=keepalive:100").opened_then, 5);
}

static void without_timestamps_nothing_is_taken_over(void **state)
{
	struct fixture *f = *state;
	struct what_if_row r;
	struct twt_event ev = { .kind = TWT_SYSCTL, .netns = NS, .aux = TWT_SC_TW_REUSE, .arg0 = 1 };

	ports_event(f->ps, &ev);
	for (int i = 0; i < 100; i++)
		call(f, 5, T0 + (__u64)i * SEC / 10, 0, true, false);
	r = ask(f, "tcp_timestamps=0");
	assert_int_equal(r.peak, 11);
	assert_int_equal(r.peak_then, 100);
}

static void those_that_are_still_there_count(void **state)
{
	struct fixture *f = *state;
	struct conn c = {
		.cookie = 1, .role = ROLE_CLIENT, .family = 2, .netns = NS, .state = ST_ESTABLISHED, .flags = CONN_AUTOBOUND | CONN_BEGAN_BEFORE,
		.rport = 80, .laddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 }, .raddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 2 },
	};

	call(f, 5, T0, SEC, false, false);
	for (int i = 0; i < 7; i++)
		assert_int_equal(ports_still_there(f->ps, &c, f->as), 0);
	assert_int_equal(ask(f, "close=peer").peak, 8);
	assert_int_equal(ask(f, "close=peer").peak_then, 8);
}

static void settings_are_checked(void **state)
{
	static const char *const bad[] = {
		"", "=", "tcp_tw_reuse", "tcp_tw_reuse=", "tcp_tw_reuse=3", "tcp_tw_reuse=-1", "tcp_tw_reuse=1x", "tcp_tw_reuse_delay=60001",
		"ip_local_port_range=1", "ip_local_port_range=9-1", "ip_local_port_range=0-1", "ip_local_reserved_ports=a", "close=", "close=never",
		"close=keepalive", "close=keepalive:0", "close=keepalive:", "close=keepalive:99999999999", "tcp_tw_recycle=1", "somaxconn=1",
	};
	static const char *const good[] = {
		"tcp_tw_reuse=2", "net.ipv4.tcp_tw_reuse=1", "tcp_tw_reuse_delay=0", "ip_local_port_range=1024-65535",
		"ip_local_reserved_ports=", "ip_local_reserved_ports=1,2-3", "close=peer", "close=reset", "close=keepalive:1", "tcp_timestamps=0",
	};
	struct fixture *f = *state;
	char err[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		*err = '\0';
		assert_int_equal(what_if_parse(f->w, bad[i], err, sizeof(err)), -EINVAL);
		assert_true(strlen(err) > 20);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(what_if_parse(f->w, good[i], err, sizeof(err)), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(settings_change_the_peak), T(processes_do_not_share_connections), T(without_timestamps_nothing_is_taken_over),
		T(those_that_are_still_there_count), T(settings_are_checked),
	};

	return cmocka_run_group_tests_name("ports what-if", tests, NULL, NULL);
}
