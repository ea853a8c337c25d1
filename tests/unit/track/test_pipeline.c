/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/track/pipeline.h"

#define T0 5000ULL

/* A view that writes down what it is told: 'e' event, 'i' interval, 't' transition, 'g' gone, '.' end. */
struct diary {
	char calls[256];
	size_t n;
	__u64 at[256];
	int fail_with;		/* what interval() returns */
	int fail_event;		/* what event() returns */
};

static int note(struct diary *d, char what, __u64 at)
{
	assert_in_range(d->n, 0, sizeof(d->calls) - 2);
	d->at[d->n] = at;
	d->calls[d->n++] = what;
	d->calls[d->n] = '\0';
	return 0;
}

static int on_event(void *state, const struct twt_event *ev)
{
	struct diary *d = state;

	(void)note(d, 'e', ev->ts_ns);
	return d->fail_event;
}

static int on_transition(void *state, const struct transition *tr)
{
	return note(state, 't', tr->ts_ns);
}

static int on_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	(void)c;
	return note(state, 'g', ts_ns);
}

static int on_interval(void *state, __u64 boundary_ns)
{
	struct diary *d = state;

	(void)note(d, 'i', boundary_ns);
	return d->fail_with;
}

static int on_end(void *state, __u64 now_ns)
{
	return note(state, '.', now_ns);
}

static const struct pipeline_hooks only_intervals = { .interval = on_interval };
static const struct pipeline_hooks everything = {
	.event = on_event, .transition = on_transition, .gone = on_gone, .interval = on_interval,
	.end = on_end,
};

static struct pipeline *make(struct pipeline_config cfg, const struct pipeline_hooks *hooks, struct diary *d)
{
	struct tracker_config tcfg = { .max_conns = 100, .max_actors = 100 };
	struct pipeline *p;

	memset(d, 0, sizeof(*d));
	assert_int_equal(pipeline_new(&cfg, &tcfg, &p), 0);
	assert_int_equal(pipeline_add(p, hooks, d), 0);
	return p;
}

static int tick(struct pipeline *p, __u64 ts)
{
	struct twt_event ev = { .size = TWT_EVENT_SHORT, .kind = TWT_TICK, .ts_ns = ts };

	return pipeline_event(p, &ev);
}

static int send(struct pipeline *p, __u8 kind, __u32 netns, __u64 ts)
{
	struct twt_event ev = { .size = TWT_EVENT_SHORT, .kind = kind, .netns = netns, .ts_ns = ts };

	return pipeline_event(p, &ev);
}

static int connects(struct pipeline *p, __u64 cookie, __u64 ts)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .kind = TWT_STATE, .family = 2, .cookie = cookie, .netns = 1,
		.old_state = ST_CLOSE, .new_state = ST_SYN_SENT, .rport = 80, .ts_ns = ts,
	};

	return pipeline_event(p, &ev);
}

static void first_interval_is_the_base(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100 }, &only_intervals, &d);

	(void)state;
	assert_int_equal(tick(p, T0), 0);
	assert_int_equal(d.n, 1);
	assert_true(d.at[0] == T0);
	assert_int_equal(tick(p, T0 + 99), 0);
	assert_int_equal(d.n, 1);
	assert_int_equal(tick(p, T0 + 100), 0);
	assert_int_equal(d.n, 2);
	assert_true(d.at[1] == T0 + 100);
	pipeline_free(p);
}

static void tells_how_long_nothing_ends(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100, .duration_ns = 250, .live = true }, &only_intervals, &d);

	(void)state;
	assert_int_equal(pipeline_left_ns(p), 1);	/* no base yet: soon */
	assert_int_equal(tick(p, T0), 0);
	assert_int_equal(pipeline_left_ns(p), 100);
	assert_int_equal(tick(p, T0 + 130), 0);
	assert_int_equal(pipeline_left_ns(p), 70);
	assert_int_equal(tick(p, T0 + 210), 0);
	assert_int_equal(pipeline_left_ns(p), 40);	/* the run's end comes first */
	pipeline_free(p);

	p = make((struct pipeline_config){ .live = true }, &only_intervals, &d);
	assert_int_equal(tick(p, T0), 0);
	assert_true(pipeline_left_ns(p) == ~0ULL);
	pipeline_free(p);
}

static void base_waits_for_the_whole_start_pass(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100 }, &only_intervals, &d);

	(void)state;
	assert_int_equal(send(p, TWT_SNAP_BEGIN, 7, T0), 0);
	assert_int_equal(send(p, TWT_SNAP_END, 7, T0 + 10), 0);	/* of one namespace */
	assert_int_equal(tick(p, T0 + 20), 0);
	assert_int_equal(send(p, TWT_SNAP_BEGIN, 8, T0 + 30), 0);
	assert_int_equal(tick(p, T0 + 40), 0);
	assert_int_equal(send(p, TWT_SNAP_END, 0, T0 + 50), 0);
	assert_int_equal(d.n, 0);
	assert_int_equal(tick(p, T0 + 60), 0);
	assert_int_equal(d.n, 1);
	assert_true(d.at[0] == T0 + 60);
	pipeline_free(p);
}

static void each_boundary_is_told_once_and_before_its_event(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100 }, &everything, &d);

	(void)state;
	(void)tick(p, T0);
	(void)connects(p, 1, T0 + 350);		/* three boundaries passed: told before the transition */
	assert_string_equal(d.calls, "eieiiit");
	assert_true(d.at[3] == T0 + 100);
	assert_true(d.at[5] == T0 + 300);
	(void)tick(p, T0 + 360);
	assert_string_equal(d.calls, "eieiiite");
	pipeline_free(p);
}

/* An interval tells what was before it, also what waited for its verdict: a tracer that stood still catches up in one go. */
static void what_waits_settles_before_an_interval(void **state)
{
	const __u64 step = 2 * TRACKER_SETTLE_NS;
	struct twt_event close = {
		.size = TWT_EVENT_SHORT, .kind = TWT_STATE, .family = 2, .cookie = 1, .netns = 1,
		.old_state = ST_ESTABLISHED, .new_state = ST_CLOSE, .lport = 9, .rport = 80, .ts_ns = T0 + 1,
	};
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = step }, &everything, &d);

	(void)state;
	(void)tick(p, T0);
	(void)pipeline_event(p, &close);
	assert_string_equal(d.calls, "eiet");		/* it exists; how it closed may still be told */
	(void)tick(p, T0 + 3 * step + 1);
	assert_string_equal(d.calls, "eietetgiii");
	pipeline_free(p);
}

static void late_events_move_nothing_back(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100 }, &only_intervals, &d);

	(void)state;
	(void)tick(p, T0);
	(void)tick(p, T0 + 150);
	(void)tick(p, T0 + 90);
	(void)tick(p, T0 + 199);
	assert_int_equal(d.n, 2);
	(void)tick(p, T0 + 200);
	assert_int_equal(d.n, 3);
	pipeline_free(p);
}

static void count_ends_a_replay_at_once(void **state)
{
	struct diary d;
	struct pipeline_config cfg = { .interval_ns = 100, .max_intervals = 2 };
	struct pipeline *p = make(cfg, &everything, &d);

	(void)state;
	assert_int_equal(tick(p, T0), 0);
	assert_int_equal(connects(p, 1, T0 + 100), 1);
	assert_int_equal(connects(p, 2, T0 + 101), 1);
	assert_int_equal(pipeline_status(p), 1);
	assert_int_equal(pipeline_end(p), 0);
	assert_string_equal(d.calls, "eiei.");	/* neither connection was shown */
	pipeline_free(p);
}

static void a_live_source_is_heard_out(void **state)
{
	struct diary d;
	struct pipeline_config cfg = { .interval_ns = 100, .max_intervals = 2, .live = true };
	struct pipeline *p = make(cfg, &everything, &d);

	(void)state;
	assert_int_equal(tick(p, T0), 0);
	assert_int_equal(connects(p, 1, T0 + 100), 1);
	assert_int_equal(connects(p, 2, T0 + 901), 1);	/* counted, but no third interval */
	assert_int_equal(pipeline_end(p), 0);
	assert_string_equal(d.calls, "eieitet.");
	assert_true(pipeline_kernel_events(p) == 2);
	pipeline_free(p);
}

static void duration_ends_at_a_tick(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .duration_ns = 1000 }, &everything, &d);

	(void)state;
	assert_int_equal(tick(p, T0), 0);
	assert_int_equal(tick(p, T0 + 999), 0);
	assert_int_equal(connects(p, 1, T0 + 1000), 0);
	assert_int_equal(tick(p, T0 + 1001), 1);
	assert_int_equal(tick(p, T0 + 1002), 1);
	assert_true(pipeline_window_ns(p) == 1001);
	assert_string_equal(d.calls, "eeete");	/* no intervals asked for, nothing after the end */
	pipeline_free(p);
}

/* More events than can be told, so that time stands still and no tick comes: the clock ends the run. */
static void duration_ends_by_the_clock(void **state)
{
	const __u64 late = PIPELINE_LATE_NS;
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .duration_ns = 1000, .live = true }, &everything, &d);
	struct twt_event begin = { .size = TWT_EVENT_SHORT, .kind = TWT_SNAP_BEGIN, .aux = TWT_SNAP_START, .ts_ns = T0 };

	(void)state;
	assert_int_equal(pipeline_event(p, &begin), 0);
	pipeline_clock(p, 50);
	assert_int_equal(send(p, TWT_SNAP_END, 7, T0), 0);
	pipeline_clock(p, 10 * late);		/* the start pass does not count, however long it takes */
	assert_int_equal(pipeline_status(p), 0);
	assert_int_equal(send(p, TWT_SNAP_END, 0, T0), 0);
	pipeline_clock(p, 10 * late);
	assert_int_equal(connects(p, 1, T0), 0);
	pipeline_clock(p, 11 * late + 999);
	assert_int_equal(pipeline_status(p), 0);
	pipeline_clock(p, 11 * late + 1000);
	assert_int_equal(pipeline_status(p), 1);
	assert_int_equal(connects(p, 2, T0), 1);	/* what is still handed over belongs to the run */
	assert_true(pipeline_kernel_events(p) == 2);
	pipeline_free(p);

	/* A replay takes as long as it takes. */
	p = make((struct pipeline_config){ .duration_ns = 1000 }, &everything, &d);
	assert_int_equal(tick(p, T0), 0);
	pipeline_clock(p, 1);
	pipeline_clock(p, 100 * late);
	assert_int_equal(pipeline_status(p), 0);
	pipeline_free(p);
}

static void a_jump_of_time_is_not_filled(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 10 }, &only_intervals, &d);

	(void)state;
	(void)tick(p, T0);
	(void)tick(p, T0 + 10 * (PIPELINE_JUMP + 5) + 3);
	assert_int_equal(d.n, 2);
	assert_true(d.at[1] == T0 + 10 * (PIPELINE_JUMP + 5));
	assert_true(pipeline_skipped_intervals(p) == PIPELINE_JUMP + 4);
	(void)tick(p, ~0ULL);		/* the end of time ends too */
	(void)tick(p, ~0ULL);
	assert_in_range(d.n, 3, 4);
	pipeline_free(p);
}

static void a_failure_stays_and_names_its_view(void **state)
{
	struct diary d, other = { .n = 0 };
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100 }, &everything, &d);

	(void)state;
	other.fail_event = -ENOSPC;
	assert_int_equal(pipeline_add(p, &everything, &other), 1);
	assert_int_equal(tick(p, T0), -ENOSPC);
	assert_int_equal(tick(p, T0 + 100), -ENOSPC);
	assert_int_equal(pipeline_failed_view(p), 1);
	assert_int_equal(pipeline_end(p), -ENOSPC);
	assert_string_equal(d.calls, "e.");		/* nothing after it but the end */
	assert_string_equal(other.calls, "e.");
	pipeline_free(p);
}

static void a_view_may_fail_at_an_interval(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ .interval_ns = 100 }, &only_intervals, &d);

	(void)state;
	d.fail_with = -EPIPE;
	assert_int_equal(tick(p, T0), -EPIPE);
	assert_int_equal(pipeline_failed_view(p), 0);
	assert_int_equal(d.n, 1);
	pipeline_free(p);
}

static void views_are_bounded(void **state)
{
	struct diary d;
	struct pipeline *p = make((struct pipeline_config){ 0 }, &only_intervals, &d);

	(void)state;
	for (int i = 1; i < PIPELINE_VIEWS; i++)
		assert_int_equal(pipeline_add(p, &only_intervals, &d), i);
	assert_int_equal(pipeline_add(p, &only_intervals, &d), -ENOSPC);
	pipeline_free(p);
}

struct heard { __u32 why; int n; };

static void on_snapshot(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed)
{
	struct heard *h = ctx;

	(void)netns;
	(void)found;
	(void)changed;
	h->why = why;
	h->n++;
}

static void snapshots_are_told(void **state)
{
	struct heard h = { 0 };
	struct diary d;
	struct pipeline_config cfg = { .snapshot = on_snapshot, .ctx = &h };
	struct pipeline *p = make(cfg, &only_intervals, &d);
	struct twt_event ev = { .kind = TWT_SNAP_BEGIN, .aux = TWT_SNAP_HEAL, .netns = 1, .ts_ns = T0 };

	(void)state;
	(void)pipeline_event(p, &ev);
	assert_int_equal(h.n, 0);
	(void)send(p, TWT_SNAP_END, 0, T0 + 1);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.why, TWT_SNAP_HEAL);
	pipeline_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_interval_is_the_base),
		cmocka_unit_test(tells_how_long_nothing_ends),
		cmocka_unit_test(what_waits_settles_before_an_interval),
		cmocka_unit_test(base_waits_for_the_whole_start_pass),
		cmocka_unit_test(each_boundary_is_told_once_and_before_its_event),
		cmocka_unit_test(late_events_move_nothing_back),
		cmocka_unit_test(count_ends_a_replay_at_once),
		cmocka_unit_test(a_live_source_is_heard_out),
		cmocka_unit_test(duration_ends_at_a_tick),
		cmocka_unit_test(duration_ends_by_the_clock),
		cmocka_unit_test(a_jump_of_time_is_not_filled),
		cmocka_unit_test(a_failure_stays_and_names_its_view),
		cmocka_unit_test(a_view_may_fail_at_an_interval),
		cmocka_unit_test(views_are_bounded),
		cmocka_unit_test(snapshots_are_told),
	};

	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
