/* SPDX-License-Identifier: GPL-2.0-only */
/* When ports run out: forecasts against a count of every single port. */
#include "core/ports/forecast/activity.h"
#include "core/ports/forecast/forecast.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SEC 1000000000ULL

static struct forecast cast_of(double usable, double in_use, double rate, double hold_s)
{
	struct forecast f = { .usable = usable, .in_use = in_use, .rate = rate, .hold_s = hold_s };

	f.slot_s = forecast_slot_s(hold_s);
	return f;
}

static void assert_near(double a, double b, double share)
{
	if (!(fabs(a - b) <= share * fabs(b) + 1e-9))
		fail_msg("%g is not near %g", a, b);
}

static void nothing_comes_back(void **state)
{
	struct forecast f = cast_of(200, 100, 20, INFINITY);

	(void)state;
	forecast_run(&f);
	assert_near(f.exhausted_in_s, 5, 1e-6);
	f = cast_of(28232, 0, 10, INFINITY);		/* far beyond the slots */
	forecast_run(&f);
	assert_near(f.exhausted_in_s, 2823.2, 1e-6);
	f = cast_of(200, 200, 20, 61);
	forecast_run(&f);
	assert_true(f.exhausted_in_s == 0);
	f = cast_of(0, 0, 0, 61);
	forecast_run(&f);
	assert_true(f.exhausted_in_s == 0);
	f = cast_of(200, 100, 0, 61);
	forecast_back(&f, 30, 40);
	forecast_run(&f);
	assert_true(isinf(f.exhausted_in_s));
	assert_near(f.steady, 60, 1e-9);
}

static void as_many_come_back_as_are_taken(void **state)
{
	struct forecast f = cast_of(200, 0, 3, 61);

	(void)state;
	forecast_run(&f);
	assert_true(isinf(f.exhausted_in_s));
	assert_near(f.steady, 183, 1e-6);
	f = cast_of(180, 0, 3, 61);		/* runs out at 60 s, just before the first comes back */
	forecast_run(&f);
	assert_near(f.exhausted_in_s, 60, 1e-6);
	f = cast_of(28232, 0, 100, 600);	/* long connections: 60,000 at rest */
	forecast_run(&f);
	assert_near(f.exhausted_in_s, 282.32, 1e-6);
	f = cast_of(28232, 0, 40, 600);
	forecast_run(&f);
	assert_true(isinf(f.exhausted_in_s));
	assert_near(f.steady, 24000, 1e-6);
}

/*
 * The same, port by port: @before ports were taken at @rate before now and wait for their 61 s, then it goes on at @rate2 for ever.
 * Returns when none is free, or INFINITY.
 */
static double count_ports(double usable, int before, double rate, double rate2, double hold_s, struct forecast *f)
{
	double *due = calloc(200000, sizeof(*due)), t;
	int n = 0, head = 0;

	for (int i = before; i > 0; i--) {
		due[n++] = hold_s - i / rate;
		forecast_back(f, due[n - 1], 1);
	}
	for (t = 1 / rate2; t < 4 * hold_s && n < 200000; t += 1 / rate2) {
		while (head < n && due[head] <= t)
			head++;
		if (n - head >= usable)
			break;
		due[n++] = t + hold_s;
	}
	free(due);
	return t < 4 * hold_s ? t : INFINITY;
}

static void against_single_ports(void **state)
{
	unsigned int seed = 7;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		double usable = 50 + rand_r(&seed) % 1000, rate = 1 + rand_r(&seed) % 20, rate2 = 1 + rand_r(&seed) % 40, at;
		int before = (int)(rand_r(&seed) % (unsigned int)(usable < rate * 60 ? usable : rate * 60));
		struct forecast f = cast_of(usable, before, rate2, 61);

		at = count_ports(usable, before, rate, rate2, 61, &f);
		forecast_run(&f);
		/* On the edge either may be right. */
		if (fabs(61 * rate2 - usable) < 0.05 * usable)
			continue;
		if (isinf(at)) {
			assert_true(isinf(f.exhausted_in_s));
			assert_near(f.steady, 61 * rate2, 0.02);
		} else {
			/* Ports come one by one. */
			if (fabs(f.exhausted_in_s - at) > 2 / rate2)
				assert_near(f.exhausted_in_s, at, 0.05);
		}
	}
}

static void rates(void **state)
{
	struct activity a = { 0 };
	__u64 t = 100 * SEC + SEC / 3;
	int i;

	(void)state;
	assert_true(activity_rate(&a, t) == 0);
	for (i = 0; i <= 100; i++, t += SEC / 20)
		activity_opened(&a, t);
	assert_near(activity_rate(&a, t - SEC / 20), 20, 1e-9);		/* from the first to the last */
	for (; i <= 1000; i++, t += SEC / 20)
		activity_opened(&a, t);
	assert_near(activity_rate(&a, t), 20, 0.01);
	for (i = 0; i < 200; i++, t += SEC / 50)			/* another rate shows within ten seconds */
		activity_opened(&a, t);
	for (i = 0; i < 500; i++, t += SEC / 50)
		activity_opened(&a, t);
	assert_near(activity_rate(&a, t), 50, 0.01);
	assert_true(activity_rate(&a, t + 11 * SEC) == 0);
	t += 1000 * SEC;						/* a pause: it begins anew */
	for (i = 0; i < 20; i++, t += SEC / 5)
		activity_opened(&a, t);
	assert_near(activity_rate(&a, t - SEC / 5), 5, 1e-9);
	activity_failed(&a, t);
	assert_int_equal(a.failed, 1);
	assert_int_equal(a.opened, 101 + 900 + 700 + 20 - 1);
	activity_opened(&a, 5);						/* time that goes back, in a damaged recording */
	(void)activity_rate(&a, 5);
	memset(&a, 0, sizeof(a));
	activity_failed(&a, 5);
	assert_int_equal(a.opened, 0);
}

static void how_long_ports_are_held(void **state)
{
	struct activity a = { 0 };

	(void)state;
	assert_true(isinf(activity_hold_s(&a)));
	assert_true(isnan(activity_live_s(&a)));
	/* Closed after 2 s, every other one by us: a TIME_WAIT that nobody has seen the end of yet. */
	for (int i = 0; i < 100; i++) {
		if (i % 2)
			activity_waits(&a, 60 * SEC);
		activity_closed(&a, 2);
	}
	assert_near(activity_hold_s(&a), 2 + 0.5 * 61, 1e-9);
	activity_waited(&a, 61.5);
	assert_near(activity_hold_s(&a), 2 + 0.5 * 61.5, 1e-9);
	activity_waits(&a, SEC);		/* tcp_tw_reuse was set */
	assert_near(activity_wait_s(&a), 1, 1e-9);
	for (int i = 0; i < 100000; i++)	/* what was long ago is forgotten */
		activity_closed(&a, 7);
	assert_near(activity_hold_s(&a), 7, 0.01);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_comes_back), cmocka_unit_test(as_many_come_back_as_are_taken),
		cmocka_unit_test(against_single_ports), cmocka_unit_test(rates), cmocka_unit_test(how_long_ports_are_held),
	};

	return cmocka_run_group_tests_name("ports forecast", tests, NULL, NULL);
}
