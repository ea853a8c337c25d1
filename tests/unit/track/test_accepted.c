/* SPDX-License-Identifier: GPL-2.0-only */
/* When a connection left its listener's queue, and how long it had waited there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/track/tracker.h"

#define START 1000000000ULL

static struct { unsigned int n; __u64 wait_ns; bool by_use; } told_accepted;

static void on_accepted(void *ctx, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	(void)ctx;
	/* Nobody chose a port by connect() or bind(). */
	assert_int_equal(c->flags & (CONN_AUTOBOUND | CONN_BOUND), 0);
	assert_true(c->flags & CONN_ACCEPTED);
	(void)ts_ns;
	told_accepted.n++;
	told_accepted.wait_ns = wait_ns;
	told_accepted.by_use = by_use;
}

static void feed(struct tracker *t, struct twt_event ev)
{
	ev.cookie = 77;
	ev.netns = 4026531840U;
	ev.family = 2;
	ev.lport = 80;
	ev.rport = 40000;
	ev.ts_ns += START;
	ev.laddr[10] = ev.laddr[11] = ev.raddr[10] = ev.raddr[11] = 0xff;
	ev.laddr[12] = ev.raddr[12] = 127;
	ev.laddr[15] = 1;
	ev.raddr[15] = 2;
	tracker_event(t, &ev);
}

static struct tracker *child_of(const struct tracker_ops *ops, bool established)
{
	struct tracker *t;

	memset(&told_accepted, 0, sizeof(told_accepted));
	assert_int_equal(tracker_new(NULL, ops, NULL, &t), 0);
	feed(t, (struct twt_event){ .kind = TWT_STATE, .old_state = ST_LISTEN, .new_state = ST_SYN_RECV });
	if (established)
		feed(t, (struct twt_event){ .kind = TWT_STATE, .old_state = ST_SYN_RECV, .new_state = ST_ESTABLISHED, .ts_ns = 10 });
	return t;
}

static void test_accept_wait(void **state)
{
	static const struct tracker_ops ops = { .accepted = on_accepted }, none = { 0 };
	struct tracker *t = child_of(&ops, true);
	struct twt_event used = { .kind = TWT_TOUCH, .ts_ns = 510, .flags = TWT_F_TASK | TWT_F_ACCEPTED, .size = 128, .tgid = 5 };

	(void)state;
	feed(t, used);
	assert_int_equal(told_accepted.n, 1);
	assert_int_equal(told_accepted.wait_ns, 500);
	assert_false(told_accepted.by_use);
	used.flags = TWT_F_TASK;		/* the first read comes too late */
	used.ts_ns = 900;
	feed(t, used);
	assert_int_equal(told_accepted.n, 1);
	tracker_free(t);

	/* accept() is not seen; meanwhile the peer has closed. */
	t = child_of(&ops, true);
	feed(t, (struct twt_event){ .kind = TWT_STATE, .old_state = ST_ESTABLISHED, .new_state = ST_CLOSE_WAIT, .ts_ns = 100 });
	feed(t, used);
	assert_int_equal(told_accepted.n, 1);
	assert_int_equal(told_accepted.wait_ns, 890);
	assert_true(told_accepted.by_use);
	tracker_free(t);

	/* Fast Open hands it out before the handshake is over: it waited for nobody. */
	t = child_of(&ops, false);
	feed(t, used);
	assert_int_equal(told_accepted.n, 0);
	tracker_free(t);

	t = child_of(&none, true);
	feed(t, used);
	tracker_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_accept_wait) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
