/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "core/stats/census.h"
#include "unit/actors_fixture.h"

static void add(struct census *c, struct conn conn, unsigned int state, __u64 n)
{
	assert_int_equal(census_add(c, &conn, as, state, n), 0);
}

static __u64 sum(const struct census_group *g)
{
	__u64 total = 0;
	int i;

	for (i = 0; i < ST_MAX; i++)
		total += g->counts[i];
	return total;
}

static void ungrouped_has_one_group_always(void **state)
{
	struct census *c = census_new(CENSUS_ALL, 0);
	const struct census_group *g;
	unsigned int st;
	size_t n;

	(void)state;
	g = census_groups(c, &n);
	assert_int_equal(n, 1);
	assert_int_equal(sum(g), 0);
	for (st = 0; st < ST_MAX + 3; st++)
		add(c, (struct conn){ .lport = (__u16)st }, st, 10);
	g = census_groups(c, &n);
	assert_int_equal(n, 1);
	for (st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		assert_int_equal(g->counts[st], st == ST_SYN_RECV ? 20 : 10);	/* request sockets are SYN_RECV */
	assert_int_equal(sum(g), 120);
	census_clear(c);
	g = census_groups(c, &n);
	assert_int_equal(n, 1);
	assert_int_equal(sum(g), 0);
	census_free(c);
	census_free(NULL);
}

static void groups_are_sorted_by_number(void **state)
{
	struct census *c = census_new(CENSUS_LPORT, 100);
	const struct census_group *g;
	size_t n;

	(void)state;
	assert_int_equal((census_groups(c, &n), n), 0);
	add(c, (struct conn){ .lport = 8080 }, ST_LISTEN, 1);
	add(c, (struct conn){ .lport = 443 }, ST_ESTABLISHED, 1);
	add(c, (struct conn){ .lport = 8080 }, ST_ESTABLISHED, 2);
	add(c, (struct conn){ .lport = 22 }, ST_TIME_WAIT, 1);
	add(c, (struct conn){ .lport = 443 }, ST_ESTABLISHED, 1);
	g = census_groups(c, &n);
	assert_int_equal(n, 3);
	assert_int_equal(g[0].num, 22);
	assert_int_equal(g[0].counts[ST_TIME_WAIT], 1);
	assert_int_equal(g[1].num, 443);
	assert_int_equal(g[1].counts[ST_ESTABLISHED], 2);
	assert_int_equal(g[2].num, 8080);
	assert_int_equal(g[2].counts[ST_LISTEN], 1);
	assert_int_equal(g[2].counts[ST_ESTABLISHED], 2);
	assert_true(g[0].known && !g[0].other);
	/* Counting goes on after a look. */
	add(c, (struct conn){ .lport = 22 }, ST_TIME_WAIT, 5);
	add(c, (struct conn){ .lport = 1 }, ST_LISTEN, 1);
	g = census_groups(c, &n);
	assert_int_equal(n, 4);
	assert_int_equal(g[0].num, 1);
	assert_int_equal(g[1].num, 22);
	assert_int_equal(g[1].counts[ST_TIME_WAIT], 6);
	census_clear(c);
	assert_int_equal((census_groups(c, &n), n), 0);
	census_free(c);
}

static void unknown_owners_come_last(void **state)
{
	struct census *c = census_new(CENSUS_PID, 100);
	const struct census_group *g;
	size_t n;

	(void)state;
	add(c, (struct conn){ 0 }, ST_ESTABLISHED, 3);
	add(c, (struct conn){ .owner = actor(812, "a") }, ST_ESTABLISHED, 1);
	add(c, (struct conn){ .owner = actor(5, "b") }, ST_ESTABLISHED, 2);
	g = census_groups(c, &n);
	assert_int_equal(n, 3);
	assert_int_equal(g[0].num, 5);
	assert_int_equal(g[1].num, 812);
	assert_false(g[2].known);
	assert_false(g[2].other);
	assert_int_equal(g[2].counts[ST_ESTABLISHED], 3);
	census_free(c);
}

static void names_are_compared_as_bytes(void **state)
{
	struct census *c = census_new(CENSUS_COMM, 100);
	const struct census_group *g;
	size_t n;

	(void)state;
	add(c, (struct conn){ .owner = actor(1, "nginx") }, ST_LISTEN, 1);
	add(c, (struct conn){ .owner = actor(2, "curl") }, ST_ESTABLISHED, 1);
	add(c, (struct conn){ .owner = actor(3, "nginx") }, ST_LISTEN, 1);
	add(c, (struct conn){ .owner = actor(4, "Z") }, ST_LISTEN, 1);
	add(c, (struct conn){ .owner = actor(5, "") }, ST_LISTEN, 1);
	add(c, (struct conn){ 0 }, ST_LISTEN, 1);
	g = census_groups(c, &n);
	assert_int_equal(n, 5);
	assert_string_equal(g[0].comm, "");
	assert_true(g[0].known);
	assert_string_equal(g[1].comm, "Z");
	assert_string_equal(g[2].comm, "curl");
	assert_string_equal(g[3].comm, "nginx");
	assert_int_equal(g[3].counts[ST_LISTEN], 2);
	assert_false(g[4].known);
	census_free(c);
}

static void by_namespace(void **state)
{
	struct census *c = census_new(CENSUS_NETNS, 100);
	const struct census_group *g;
	size_t n;

	(void)state;
	add(c, (struct conn){ .netns = 4026532000U, .lport = 1 }, ST_LISTEN, 1);
	add(c, (struct conn){ .netns = 4026531840U, .lport = 1 }, ST_LISTEN, 1);
	add(c, (struct conn){ .netns = 4026532000U, .lport = 2 }, ST_LISTEN, 1);
	g = census_groups(c, &n);
	assert_int_equal(n, 2);
	assert_true(g[0].num == 4026531840U && g[1].num == 4026532000U);
	assert_int_equal(g[1].counts[ST_LISTEN], 2);
	census_free(c);
}

/* What comes after the limit is counted together, and nothing gets lost. */
static void groups_are_bounded(void **state)
{
	enum { LIMIT = 1000, PORTS = 3000 };
	struct census *c = census_new(CENSUS_LPORT, LIMIT);
	const struct census_group *g;
	unsigned int i, round;
	size_t n;

	(void)state;
	for (round = 0; round < 2; round++) {
		census_clear(c);
		for (i = 0; i < 2 * PORTS; i++)
			add(c, (struct conn){ .lport = (__u16)(i % PORTS) }, ST_ESTABLISHED, 1);
		g = census_groups(c, &n);
		assert_int_equal(n, LIMIT + 1);
		for (i = 0; i < LIMIT; i++) {
			assert_int_equal(g[i].num, i);
			assert_int_equal(g[i].counts[ST_ESTABLISHED], 2);
			assert_false(g[i].other);
		}
		assert_true(g[LIMIT].other);
		assert_false(g[LIMIT].known);
		assert_int_equal(g[LIMIT].counts[ST_ESTABLISHED], 2 * (PORTS - LIMIT));
	}
	census_free(c);
}

static void every_port_has_its_group(void **state)
{
	struct census *c = census_new(CENSUS_LPORT, 65536);
	const struct census_group *g;
	unsigned int i;
	size_t n;

	(void)state;
	for (i = 65536; i-- > 0;)
		add(c, (struct conn){ .lport = (__u16)i }, ST_TIME_WAIT, i + 1);
	g = census_groups(c, &n);
	assert_int_equal(n, 65536);
	for (i = 0; i < n; i++)
		assert_true(g[i].num == i && g[i].counts[ST_TIME_WAIT] == i + 1);
	census_free(c);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, actors_setup, actors_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ungrouped_has_one_group_always),
		T(groups_are_sorted_by_number),
		T(unknown_owners_come_last),
		T(names_are_compared_as_bytes),
		T(by_namespace),
		T(groups_are_bounded),
		T(every_port_has_its_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
