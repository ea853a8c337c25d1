/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "core/metrics/slots.h"

static int get(struct slots *s, const char *name, __u64 now)
{
	return slots_get(s, name, strlen(name), now);
}

static unsigned int freed[SLOTS_MAX], n_freed;

static void on_freed(void *ctx, unsigned int i)
{
	(void)ctx;
	freed[n_freed++] = i;
}

static void the_first_names_have_slots_and_keep_them(void **state)
{
	struct slots *s = slots_new(3);

	(void)state;
	assert_int_equal(get(s, "a", 1), 0);
	assert_int_equal(get(s, "b", 1), 1);
	assert_int_equal(get(s, "c", 1), 2);
	for (int i = 0; i < 100; i++)
		assert_int_equal(get(s, "d", 2), -1);
	assert_int_equal(get(s, "b", 3), 1);
	assert_int_equal(slots_used(s), 3);
	assert_int_equal(slots_at(s, 1)->len, 1);
	assert_null(slots_at(s, 3));
	slots_free(s);
	slots_free(NULL);
}

static void only_idle_ones_are_freed(void **state)
{
	struct slots *s = slots_new(2);

	(void)state;
	n_freed = 0;
	(void)get(s, "a", 1);
	(void)get(s, "b", 1);
	(void)get(s, "b", SLOT_IDLE_NS);
	slots_expire(s, SLOT_IDLE_NS, on_freed, NULL);
	assert_int_equal(n_freed, 0);		/* a nanosecond is missing */
	slots_expire(s, SLOT_IDLE_NS + 1, on_freed, NULL);
	assert_int_equal(n_freed, 1);
	assert_int_equal(freed[0], 0);
	assert_null(slots_at(s, 0));
	assert_int_equal(get(s, "b", SLOT_IDLE_NS + 2), 1);
	assert_int_equal(get(s, "c", SLOT_IDLE_NS + 2), 0);
	assert_int_equal(get(s, "a", SLOT_IDLE_NS + 2), -1);
	slots_expire(s, 0, on_freed, NULL);	/* a time before all others frees nothing */
	assert_int_equal(n_freed, 1);
	slots_free(s);
}

static void two_hundred_names_do_not_mix(void **state)
{
	struct slots *s = slots_new(10000);
	char name[16];

	(void)state;
	assert_int_equal(slots_max(s), SLOTS_MAX);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < SLOTS_MAX; i++) {
			(void)snprintf(name, sizeof(name), "name-%d", i * 7919);
			assert_int_equal(get(s, name, 1), i);
		}
	}
	assert_int_equal(get(s, "one more", 1), -1);
	slots_free(s);
}

static void long_names_are_cut(void **state)
{
	struct slots *s = slots_new(2);
	char name[2 * SLOT_KEY_MAX];

	(void)state;
	memset(name, 'x', sizeof(name));
	assert_int_equal(slots_get(s, name, sizeof(name), 1), 0);
	assert_int_equal(slots_get(s, name, SLOT_KEY_MAX, 1), 0);
	assert_int_equal(slots_get(s, name, SLOT_KEY_MAX - 1, 1), 1);
	slots_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_names_have_slots_and_keep_them),
		cmocka_unit_test(only_idle_ones_are_freed),
		cmocka_unit_test(two_hundred_names_do_not_mix),
		cmocka_unit_test(long_names_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
