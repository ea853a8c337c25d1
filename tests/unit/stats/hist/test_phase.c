/* SPDX-License-Identifier: GPL-2.0-only */
/* Phases, from the kernel's events through the connection table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/stats/hist/phase.h"

#define US 1000ULL
#define MS 1000000ULL
#define S 1000000000ULL
#define TW_LEN (60 * S)
#define SETTLE (2 * TRACKER_SETTLE_NS)

struct seen { unsigned int n, measured, before, lost, reconstructed; __u64 ns; };

struct world {
	struct tracker *t;
	bool past;			/* phase_past(): held back until the full socket is gone */
	__u64 ts;
	struct seen seen[PHASE_MAX];
};

static void take(struct world *w, const struct phase_sample *s, size_t n)
{
	size_t i;

	assert_true(n <= PHASE_MAX);
	for (i = 0; i < n; i++) {
		struct seen *seen = &w->seen[s[i].phase];

		seen->n++;
		seen->measured += s[i].fate == PHASE_MEASURED;
		seen->before += s[i].fate == PHASE_BEGAN_BEFORE;
		seen->lost += s[i].fate == PHASE_LOST;
		seen->reconstructed += s[i].reconstructed;
		seen->ns += s[i].ns;
	}
}

static void on_transition(void *ctx, const struct transition *tr)
{
	struct phase_sample s[PHASE_MAX];
	struct world *w = ctx;

	if (!w->past || tr->conn->flags & CONN_FULL_SOCK_GONE)
		take(w, s, phase_of(tr, s));
}

static void on_closed(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct phase_sample s[PHASE_MAX];
	struct world *w = ctx;

	take(w, s, w->past ? phase_past(c, ts_ns, s) : phase_close(c, ts_ns, s));
}

static const struct tracker_ops ops = { .transition = on_transition, .closed = on_closed };

static void begin(struct world *w, bool past)
{
	memset(w, 0, sizeof(*w));
	w->past = past;
	w->ts = 100 * S;
	assert_int_equal(tracker_new(NULL, &ops, w, &w->t), 0);
}

static void finish(struct world *w)
{
	tracker_finish(w->t);
	tracker_free(w->t);
}

static struct twt_event event(struct world *w, __u8 kind, __u64 cookie, __u64 after)
{
	struct twt_event ev = {
		.size = sizeof(ev),
		.version = TWT_VERSION,
		.kind = kind,
		.ts_ns = w->ts += after,
		.cookie = cookie,
		.netns = 1,
		.family = 2,
		.lport = 40000,
		.rport = 80,
		.laddr = { [10] = 0xff, 0xff, 127, 0, 0, 1 },
		.raddr = { [10] = 0xff, 0xff, 127, 0, 0, 2 },
	};

	return ev;
}

/* @after the event before it. */
static void state(struct world *w, __u64 cookie, __u64 after, __u8 from, __u8 to)
{
	struct twt_event ev = event(w, TWT_STATE, cookie, after);

	ev.old_state = from;
	ev.new_state = to;
	tracker_event(w->t, &ev);
}

static void minisock(struct world *w, __u8 kind, __u64 cookie, __u64 after, __u8 substate, __u64 remaining)
{
	struct twt_event ev = event(w, kind, cookie, after);

	ev.old_state = ev.new_state = ST_TIME_WAIT;
	ev.substate = substate;
	ev.flags = TWT_F_MINISOCK;
	ev.arg0 = remaining;
	tracker_event(w->t, &ev);
}

static void tick(struct world *w, __u64 after)
{
	struct twt_event ev = event(w, TWT_TICK, 0, after);

	tracker_event(w->t, &ev);
}

static void expect(const struct world *w, enum phase p, unsigned int n, __u64 ns)
{
	if (w->seen[p].n != n || w->seen[p].ns != ns || w->seen[p].measured != n)
		fail_msg("%s: %u samples (%u measured, %u before, %u lost), %llu ns; wanted %u, %llu ns",
			 phases[p].name, w->seen[p].n, w->seen[p].measured, w->seen[p].before,
			 w->seen[p].lost, (unsigned long long)w->seen[p].ns, n, (unsigned long long)ns);
}

static void expect_only(const struct world *w, __u32 mask)
{
	unsigned int p;

	for (p = 0; p < PHASE_MAX; p++) {
		if (!(mask & 1U << p) && w->seen[p].n)
			fail_msg("%s: %u samples; wanted none", phases[p].name, w->seen[p].n);
	}
}

#define BIT(p) (1U << PHASE_##p)

/* A client that closes first; its FIN_WAIT2 minisock becomes TIME_WAIT unseen and expires. */
static void active_close(struct world *w)
{
	state(w, 7, 0, ST_CLOSE, ST_SYN_SENT);
	state(w, 7, 40 * US, ST_SYN_SENT, ST_ESTABLISHED);
	state(w, 7, 5 * MS, ST_ESTABLISHED, ST_FIN_WAIT1);
	state(w, 7, 30 * US, ST_FIN_WAIT1, ST_FIN_WAIT2);
	minisock(w, TWT_TW_START, 7, 1 * US, ST_FIN_WAIT2, TW_LEN);
	state(w, 7, 1 * US, ST_FIN_WAIT2, ST_CLOSE);
	/* The peer's FIN 300 ms later only rewrites .expires; seen when the timer fires, 1 s late. */
	minisock(w, TWT_TW_CANCEL, 7, 61300 * MS, ST_TIME_WAIT, -(1 * S));
	minisock(w, TWT_TW_EXPIRE, 7, 5 * US, ST_TIME_WAIT, -(1 * S));
	tick(w, SETTLE);
}

#define FW2 (300 * MS + 2 * US)
static void check_active_close(const struct world *w)
{
	expect(w, PHASE_CONNECT, 1, 40 * US);
	expect(w, PHASE_ESTABLISHED, 1, 5 * MS);
	expect(w, PHASE_FIN_WAIT1, 1, 30 * US);
	expect(w, PHASE_FIN_WAIT2, 1, FW2);
	expect(w, PHASE_CLOSE, 1, 32 * US);		/* up to the hand-over */
	expect(w, PHASE_TIME_WAIT, 1, 61 * S);
	expect(w, PHASE_LIFE, 1, 5 * MS + 72 * US + 61300 * MS);
	assert_int_equal(w->seen[PHASE_FIN_WAIT2].reconstructed, 1);
	assert_int_equal(w->seen[PHASE_CLOSE].reconstructed, 0);
	assert_int_equal(w->seen[PHASE_TIME_WAIT].reconstructed, 1);
	assert_int_equal(w->seen[PHASE_FIN_WAIT1].reconstructed, 0);
	assert_int_equal(w->seen[PHASE_LIFE].reconstructed, 0);
	expect_only(w, BIT(CONNECT) | BIT(ESTABLISHED) | BIT(FIN_WAIT1) | BIT(FIN_WAIT2) | BIT(CLOSE) |
			       BIT(TIME_WAIT) | BIT(LIFE));
}

static void test_active(void **arg)
{
	struct world w;

	(void)arg;
	begin(&w, false);
	active_close(&w);
	check_active_close(&w);
	finish(&w);
}

static void passive_close(struct world *w)
{
	state(w, 8, 0, ST_LISTEN, ST_SYN_RECV);
	state(w, 8, 8 * US, ST_SYN_RECV, ST_ESTABLISHED);
	state(w, 8, 2 * MS, ST_ESTABLISHED, ST_CLOSE_WAIT);
	state(w, 8, 70 * MS, ST_CLOSE_WAIT, ST_LAST_ACK);
	state(w, 8, 50 * US, ST_LAST_ACK, ST_CLOSE);
	tick(w, SETTLE);
}

static void check_passive_close(const struct world *w)
{
	expect(w, PHASE_HANDSHAKE, 1, 8 * US);
	expect(w, PHASE_ESTABLISHED, 1, 2 * MS);
	expect(w, PHASE_CLOSE_WAIT, 1, 70 * MS);
	expect(w, PHASE_LAST_ACK, 1, 50 * US);
	expect(w, PHASE_CLOSE, 1, 70 * MS + 50 * US);
	expect(w, PHASE_LIFE, 1, 72 * MS + 58 * US);
	expect_only(w, BIT(HANDSHAKE) | BIT(ESTABLISHED) | BIT(CLOSE_WAIT) | BIT(LAST_ACK) | BIT(CLOSE) |
			       BIT(LIFE));
}

static void test_passive(void **arg)
{
	struct world w;

	(void)arg;
	begin(&w, false);
	passive_close(&w);
	check_passive_close(&w);
	finish(&w);
}

static void test_simultaneous(void **arg)
{
	struct world w;

	(void)arg;
	begin(&w, false);
	/* Crossed SYNs: both sides connect, no handshake on either. */
	state(&w, 9, 0, ST_CLOSE, ST_SYN_SENT);
	state(&w, 9, 20 * US, ST_SYN_SENT, ST_SYN_RECV);
	state(&w, 9, 25 * US, ST_SYN_RECV, ST_ESTABLISHED);
	expect(&w, PHASE_CONNECT, 1, 45 * US);
	/* Crossed FINs. */
	state(&w, 9, 1 * MS, ST_ESTABLISHED, ST_FIN_WAIT1);
	state(&w, 9, 10 * US, ST_FIN_WAIT1, ST_CLOSING);
	minisock(&w, TWT_TW_START, 9, 15 * US, ST_TIME_WAIT, TW_LEN);
	state(&w, 9, 1 * US, ST_CLOSING, ST_CLOSE);
	tick(&w, SETTLE);
	expect(&w, PHASE_FIN_WAIT1, 1, 10 * US);
	expect(&w, PHASE_CLOSING, 1, 15 * US);
	expect(&w, PHASE_CLOSE, 1, 26 * US);
	expect_only(&w, BIT(CONNECT) | BIT(ESTABLISHED) | BIT(FIN_WAIT1) | BIT(CLOSING) | BIT(CLOSE));
	finish(&w);
}

/* A reset has no close phase, a connect that fails no connect phase; both have a life. */
static void test_cut_short(void **arg)
{
	struct world w;

	(void)arg;
	begin(&w, false);
	state(&w, 1, 0, ST_CLOSE, ST_SYN_SENT);
	state(&w, 1, 90 * US, ST_SYN_SENT, ST_CLOSE);
	tick(&w, SETTLE);
	expect(&w, PHASE_LIFE, 1, 90 * US);
	expect_only(&w, BIT(LIFE));
	state(&w, 2, 0, ST_LISTEN, ST_SYN_RECV);
	state(&w, 2, 10 * US, ST_SYN_RECV, ST_ESTABLISHED);
	state(&w, 2, 3 * MS, ST_ESTABLISHED, ST_CLOSE);
	tick(&w, SETTLE);
	expect(&w, PHASE_ESTABLISHED, 1, 3 * MS);
	expect(&w, PHASE_LIFE, 2, 90 * US + 10 * US + 3 * MS);
	expect_only(&w, BIT(LIFE) | BIT(HANDSHAKE) | BIT(ESTABLISHED));
	/* A listener is no connection. */
	state(&w, 3, 0, ST_CLOSE, ST_LISTEN);
	state(&w, 3, 1 * S, ST_LISTEN, ST_CLOSE);
	tick(&w, SETTLE);
	expect(&w, PHASE_LIFE, 2, 90 * US + 10 * US + 3 * MS);
	finish(&w);
}

static void snapshot(struct world *w, __u64 cookie, __u8 st)
{
	struct twt_event ev = event(w, TWT_SNAP_BEGIN, 0, 0);

	ev.aux = TWT_SNAP_START;
	tracker_event(w->t, &ev);
	ev = event(w, TWT_SNAP, cookie, 1);
	ev.old_state = ev.new_state = st;
	tracker_event(w->t, &ev);
	ev = event(w, TWT_SNAP_END, 0, 1);
	tracker_event(w->t, &ev);
}

static void expect_before(const struct world *w, enum phase p)
{
	assert_int_equal(w->seen[p].n, 1);
	assert_int_equal(w->seen[p].before, 1);
	assert_int_equal(w->seen[p].ns, 0);
}

/*
 * What began before the tracer is counted; what began after it is measured, though the connection is older.
 */
static void test_began_before(void **arg)
{
	struct world w;
	int past;

	(void)arg;
	for (past = 0; past < 2; past++) {
		begin(&w, past);
		snapshot(&w, 5, ST_ESTABLISHED);
		state(&w, 5, 4 * MS, ST_ESTABLISHED, ST_CLOSE_WAIT);
		state(&w, 5, 7 * MS, ST_CLOSE_WAIT, ST_LAST_ACK);
		state(&w, 5, 9 * US, ST_LAST_ACK, ST_CLOSE);
		tick(&w, SETTLE);
		expect_before(&w, PHASE_ESTABLISHED);
		expect_before(&w, PHASE_LIFE);
		expect(&w, PHASE_CLOSE_WAIT, 1, 7 * MS);
		expect(&w, PHASE_LAST_ACK, 1, 9 * US);
		expect(&w, PHASE_CLOSE, 1, 7 * MS + 9 * US);
		finish(&w);

		begin(&w, past);
		snapshot(&w, 6, ST_CLOSE_WAIT);
		state(&w, 6, 7 * MS, ST_CLOSE_WAIT, ST_LAST_ACK);
		state(&w, 6, 9 * US, ST_LAST_ACK, ST_CLOSE);
		tick(&w, SETTLE);
		expect_before(&w, PHASE_CLOSE_WAIT);
		expect_before(&w, PHASE_CLOSE);
		expect_before(&w, PHASE_LIFE);
		expect(&w, PHASE_LAST_ACK, 1, 9 * US);
		expect_only(&w, BIT(CLOSE_WAIT) | BIT(CLOSE) | BIT(LIFE) | BIT(LAST_ACK));
		finish(&w);

		begin(&w, past);
		snapshot(&w, 4, ST_SYN_SENT);
		state(&w, 4, 7 * MS, ST_SYN_SENT, ST_ESTABLISHED);
		state(&w, 4, 2 * MS, ST_ESTABLISHED, ST_CLOSE);
		tick(&w, SETTLE);
		expect_before(&w, PHASE_CONNECT);
		expect_before(&w, PHASE_LIFE);
		expect(&w, PHASE_ESTABLISHED, 1, 2 * MS);
		finish(&w);
	}
}

/* An event of it was lost: the states around the hole have no duration. */
static void test_lost(void **arg)
{
	struct world w;
	int past;

	(void)arg;
	for (past = 0; past < 2; past++) {
		begin(&w, past);
		state(&w, 5, 0, ST_CLOSE, ST_SYN_SENT);
		state(&w, 5, 40 * US, ST_SYN_SENT, ST_ESTABLISHED);
		/* ESTABLISHED -> CLOSE_WAIT is missing. */
		state(&w, 5, 7 * MS, ST_CLOSE_WAIT, ST_LAST_ACK);
		state(&w, 5, 9 * US, ST_LAST_ACK, ST_CLOSE);
		tick(&w, SETTLE);
		expect(&w, PHASE_CONNECT, 1, 40 * US);
		expect(&w, PHASE_LAST_ACK, 1, 9 * US);
		expect(&w, PHASE_LIFE, 1, 7 * MS + 49 * US);
		assert_int_equal(w.seen[PHASE_ESTABLISHED].lost, 1);
		assert_int_equal(w.seen[PHASE_CLOSE_WAIT].lost, 1);
		assert_int_equal(w.seen[PHASE_CLOSE].lost, 1);
		assert_int_equal(w.seen[PHASE_ESTABLISHED].measured + w.seen[PHASE_CLOSE_WAIT].measured, 0);
		finish(&w);
	}
}

/* Held back until the kind of close is known, the same samples come out, and none before. */
static void test_past(void **arg)
{
	struct world w;

	(void)arg;
	begin(&w, true);
	state(&w, 3, 0, ST_CLOSE, ST_SYN_SENT);
	state(&w, 3, 40 * US, ST_SYN_SENT, ST_ESTABLISHED);
	state(&w, 3, 5 * MS, ST_ESTABLISHED, ST_FIN_WAIT1);
	state(&w, 3, 5 * US, ST_FIN_WAIT1, ST_FIN_WAIT2);
	minisock(&w, TWT_TW_START, 3, 1 * US, ST_TIME_WAIT, TW_LEN);
	expect_only(&w, 0);
	state(&w, 3, 2 * US, ST_FIN_WAIT2, ST_CLOSE);
	expect(&w, PHASE_CONNECT, 1, 40 * US);
	expect(&w, PHASE_ESTABLISHED, 1, 5 * MS);
	expect(&w, PHASE_FIN_WAIT1, 1, 5 * US);
	expect(&w, PHASE_FIN_WAIT2, 1, 1 * US);
	expect(&w, PHASE_CLOSE, 1, 8 * US);
	expect_only(&w, BIT(CONNECT) | BIT(ESTABLISHED) | BIT(FIN_WAIT1) | BIT(FIN_WAIT2) | BIT(CLOSE));
	finish(&w);

	begin(&w, true);
	active_close(&w);
	check_active_close(&w);
	finish(&w);

	begin(&w, true);
	passive_close(&w);
	check_passive_close(&w);
	finish(&w);
}

static void test_now(void **arg)
{
	struct conn c = { .state = ST_SYN_SENT, .role = ROLE_CLIENT };

	(void)arg;
	assert_int_equal(phase_now(&c), BIT(CONNECT) | BIT(LIFE));
	c.state = ST_SYN_RECV;
	assert_int_equal(phase_now(&c), BIT(CONNECT) | BIT(LIFE));
	c.role = ROLE_SERVER;
	assert_int_equal(phase_now(&c), BIT(HANDSHAKE) | BIT(LIFE));
	c.state = ST_ESTABLISHED;
	assert_int_equal(phase_now(&c), BIT(ESTABLISHED) | BIT(LIFE));
	c.state = ST_FIN_WAIT2;
	assert_int_equal(phase_now(&c), BIT(FIN_WAIT2) | BIT(CLOSE) | BIT(LIFE));
	c.flags = CONN_FULL_SOCK_GONE;
	assert_int_equal(phase_now(&c), BIT(FIN_WAIT2) | BIT(LIFE));
	c.state = ST_TIME_WAIT;
	assert_int_equal(phase_now(&c), BIT(TIME_WAIT) | BIT(LIFE));
	c.state = ST_LISTEN;
	assert_int_equal(phase_now(&c), 0);
	c.state = ST_CLOSE;
	assert_int_equal(phase_now(&c), 0);
}

/* One sample each of a socket that ended; none of what was not measured, or is not over. */
static void test_wire(void **arg)
{
	struct wire w = { .srtt_us = 20500, .min_rtt_us = 20001, .at_end = true };
	struct conn c = { .wire = &w, .state = ST_CLOSE };
	struct phase_sample s[2];

	(void)arg;
	assert_int_equal(phase_wire(&c, s), 2);
	assert_true(s[0].phase == PHASE_RTT && s[0].ns == 20500000 && s[0].fate == PHASE_MEASURED);
	assert_true(s[1].phase == PHASE_MIN_RTT && s[1].ns == 20001000 && s[1].fate == PHASE_MEASURED);
	w.min_rtt_us = 0;
	assert_int_equal(phase_wire(&c, s), 1);
	w.at_end = false;
	assert_int_equal(phase_wire(&c, s), 0);
	c.wire = NULL;
	assert_int_equal(phase_wire(&c, s), 0);
}

static void test_states_of_phases(void **arg)
{
	__u32 states, seen;
	unsigned int p;

	(void)arg;
	for (p = 0; p < PHASE_MAX; p++) {
		phase_states(p, &states, &seen);
		assert_int_equal(states == 0, (1U << p & PHASES_WIRE) != 0);
	}
	phase_states(PHASE_CONNECT, &states, &seen);
	assert_int_equal(states, 1U << ST_SYN_SENT | 1U << ST_SYN_RECV);
	assert_int_equal(seen, 1U << ST_SYN_SENT);
	phase_states(PHASE_TIME_WAIT, &states, &seen);
	assert_int_equal(states, 1U << ST_TIME_WAIT);
	assert_int_equal(seen, 0);
}

static void test_names(void **arg)
{
	__u32 mask = 0, all = 0;
	unsigned int p;

	(void)arg;
	for (p = 0; p < PHASE_MAX; p++) {
		assert_non_null(phases[p].name);
		assert_non_null(phases[p].about);
		assert_non_null(phases[p].help);
		assert_int_equal(phase_parse(phases[p].name, &mask), 0);
		assert_int_equal(mask, 1U << p);
		all |= mask;
	}
	assert_int_equal(phase_parse("ALL", &mask), 0);
	assert_int_equal(mask, all & ~(BIT(RTT) | BIT(MIN_RTT)));
	assert_int_equal(phase_parse("default", &mask), 0);
	assert_int_equal(mask,
			 BIT(CONNECT) | BIT(ESTABLISHED) | BIT(CLOSE) | BIT(CLOSE_WAIT) | BIT(TIME_WAIT));
	assert_int_equal(phase_parse("FIN_WAIT_2", &mask), 0);
	assert_int_equal(mask, BIT(FIN_WAIT2));
	mask = 77;
	assert_int_equal(phase_parse("", &mask), -EINVAL);
	assert_int_equal(phase_parse("clos", &mask), -EINVAL);
	assert_int_equal(phase_parse("close2", &mask), -EINVAL);
	assert_int_equal(mask, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active), cmocka_unit_test(test_passive), cmocka_unit_test(test_simultaneous),
		cmocka_unit_test(test_cut_short), cmocka_unit_test(test_began_before), cmocka_unit_test(test_lost),
		cmocka_unit_test(test_past), cmocka_unit_test(test_now), cmocka_unit_test(test_names),
		cmocka_unit_test(test_wire), cmocka_unit_test(test_states_of_phases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
