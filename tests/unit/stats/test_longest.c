/* SPDX-License-Identifier: GPL-2.0-only */
/* The connections with the largest values: compared with sorting all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "core/stats/longest.h"
#include "unit/actors_fixture.h"

#define EACH 5
#define OFFERS 1000

static int falling(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

static void the_largest_stay(void **state)
{
	struct longest *l = longest_new(2, EACH);
	__u64 values[2][OFFERS], rng = 88172645463325252ULL, value;

	(void)state;
	assert_non_null(l);
	for (size_t i = 0; i < OFFERS; i++) {
		for (size_t g = 0; g < 2; g++) {
			struct conn c = { 0 };

			rng ^= rng << 13;
			rng ^= rng >> 7;
			rng ^= rng << 17;
			values[g][i] = rng % (g ? 50 : 1000000);	/* many equal ones in one of them */
			c.cookie = values[g][i];
			c.owner = actor((__u32)(values[g][i] % 100 + 1), "nginx");
			longest_offer(l, g, values[g][i], &c, as, i);
		}
	}
	longest_sort(l);
	for (size_t g = 0; g < 2; g++) {
		qsort(values[g], OFFERS, sizeof(values[g][0]), falling);
		assert_int_equal(longest_n(l, g), EACH);
		assert_int_equal(longest_offered(l, g), OFFERS);
		for (size_t i = 0; i < EACH; i++) {
			const struct moment *m = longest_at(l, g, i, &value);

			assert_int_equal(value, values[g][i]);
			assert_int_equal(m->conn.cookie, value);
			assert_int_equal(actors_get(longest_actors(l), m->conn.owner)->tgid, value % 100 + 1);
		}
	}
	longest_free(l);
	longest_free(NULL);
}

static void fewer_than_there_is_room_for(void **state)
{
	struct longest *l = longest_new(3, EACH);
	struct conn c = { 0 };
	__u64 value;

	(void)state;
	longest_offer(l, 1, 7, &c, as, 1);
	longest_offer(l, 1, 9, &c, as, 2);
	longest_sort(l);
	assert_int_equal(longest_n(l, 0), 0);
	assert_int_equal(longest_n(l, 1), 2);
	assert_int_equal(longest_at(l, 1, 0, &value)->tr.ts_ns, 2);
	assert_int_equal(value, 9);
	/* It goes on after that. */
	for (__u64 i = 10; i < 20; i++)
		longest_offer(l, 1, i, &c, as, i);
	longest_sort(l);
	assert_int_equal(longest_at(l, 1, 0, &value)->tr.ts_ns, 19);
	assert_int_equal(longest_at(l, 1, EACH - 1, &value)->tr.ts_ns, 15);
	longest_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_largest_stay), cmocka_unit_test(fewer_than_there_is_room_for) };

	return cmocka_run_group_tests(tests, actors_setup, actors_teardown);
}
