// SPDX-License-Identifier: GPL-2.0-only
/* --by container, pod and unit, and the filters of the same names: closers, count, hist and filters see one set of groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/conn/filter.h"
#include "core/stats/census.h"
#include "core/stats/closers/closers.h"
#include "core/stats/hist/set.h"

#define ID1 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct names *ns;
static struct actors *as;
static struct conn conns[4];	/* of web in shop/cart-0, of its sidecar, of a unit, of nobody known */

static void tell(__u64 id, const char *container, const char *name, const char *pod, const char *unit)
{
	struct twt_name rec;

	name_begin(&rec, TWT_NAME_CGROUP, id, 1);
	name_add(&rec, TWT_NP_CONTAINER, container);
	name_add(&rec, TWT_NP_CONTAINER_NAME, name);
	name_add(&rec, TWT_NP_POD, pod);
	name_add(&rec, TWT_NP_POD_NAMESPACE, pod ? "shop" : NULL);
	name_add(&rec, TWT_NP_UNIT, unit);
	assert_int_equal(names_add(ns, &rec), 0);
}

static int setup(void **state)
{
	(void)state;
	ns = names_new();
	as = actors_new(16);
	if (!ns || !as)
		return -1;
	actors_set_names(as, ns);
	tell(1, ID1, "web", "cart-0", NULL);
	tell(2, ID2, "sidecar", "cart-0", NULL);
	tell(3, NULL, NULL, NULL, "nginx.service");
	for (__u32 i = 0; i < 4; i++) {
		struct twt_event ev = { .flags = TWT_F_TASK, .tgid = 100 + i, .aux = 1, .cgroup = i + 1, .comm = "x" };

		conns[i] = (struct conn){ .cookie = i + 1, .netns = 1, .family = 2, .state = ST_ESTABLISHED, .role = ROLE_CLIENT };
		conns[i].owner = actors_of_event(as, &ev);
		conns[i].close = CLOSE_ACTIVE;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	actors_free(as);
	names_free(ns);
	return 0;
}

/* How many rows, the unknown one included. */
static size_t rows_by(enum closers_by by)
{
	struct closers *cs = closers_new(by, 0);
	struct closer_row **rows;
	__u64 unknown = 0;
	size_t n;

	for (int i = 0; i < 4; i++)
		assert_int_equal(closers_closed(cs, &conns[i], as), 0);
	assert_int_equal(closers_rows(cs, CLOSERS_SORT_CLOSED, &rows, &n), 0);
	for (size_t i = 0; i < n; i++)
		unknown += rows[i]->key.known ? 0 : rows[i]->closed;
	assert_int_equal(unknown, by == CLOSERS_BY_UNIT ? 3 : 2);
	closers_free(cs);
	return n;
}

static void closers_rows_are_groups(void **state)
{
	(void)state;
	assert_int_equal(rows_by(CLOSERS_BY_CONTAINER), 3);
	assert_int_equal(rows_by(CLOSERS_BY_POD), 2);
	assert_int_equal(rows_by(CLOSERS_BY_UNIT), 2);
}

static void count_groups(void **state)
{
	struct census *c = census_new(CENSUS_POD, 10);
	const struct census_group *g;
	size_t n;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(census_add(c, &conns[i], as, ST_ESTABLISHED, 1), 0);
	g = census_groups(c, &n);
	assert_int_equal(n, 2);
	assert_true(g[0].known);
	assert_int_equal(g[0].counts[ST_ESTABLISHED], 2);
	assert_string_equal(name_part(names_of_group(ns, NAME_BY_POD, (__u32)g[0].num), TWT_NP_POD), "cart-0");
	assert_false(g[1].known);
	census_free(c);
}

static void hist_groups(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_CONTAINER, 0);
	struct phase_sample sample = { .phase = 1, .fate = PHASE_MEASURED, .ns = 5 };
	struct hist_item *it;
	size_t n;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(hist_set_add(s, &conns[i], as, &sample), 0);
	assert_int_equal(hist_set_items(s, 1, 10, &it, &n), 0);
	assert_int_equal(n, 3);
	assert_null(it[0].key);		/* two of them: most */
	assert_string_equal(it[1].key, "shop/cart-0/sidecar");
	assert_string_equal(it[2].key, "shop/cart-0/web");
	hist_set_free(s);
}

/* Which of the four match, as bits. */
static unsigned int matches(enum filter_key key, const char *text)
{
	struct filter *f = filter_new();
	unsigned int mask = 0;
	char err[200] = "";

	assert_int_equal(filter_add(f, key, text, err, sizeof(err)), 0);
	for (int i = 0; i < 4; i++)
		mask |= (unsigned int)filter_match(f, &conns[i], as, 1U << ST_ESTABLISHED) << i;
	filter_free(f);
	return mask;
}

static void filters(void **state)
{
	struct filter *f = filter_new();
	char err[200], text[600];

	(void)state;
	assert_int_equal(matches(FK_CONTAINER, "web"), 1);
	assert_int_equal(matches(FK_CONTAINER, "we?"), 1);
	assert_int_equal(matches(FK_CONTAINER, "shop/cart-0/*"), 3);
	assert_int_equal(matches(FK_CONTAINER, "0123"), 1);
	assert_int_equal(matches(FK_CONTAINER, "012"), 0);	/* as a prefix too short to be meant */
	assert_int_equal(matches(FK_CONTAINER, ID2), 2);
	assert_int_equal(matches(FK_CONTAINER, "*"), 3);
	assert_int_equal(matches(FK_POD, "shop/cart-0"), 3);
	assert_int_equal(matches(FK_POD, "cart-*"), 3);
	assert_int_equal(matches(FK_POD, "other/cart-0"), 0);
	assert_int_equal(matches(FK_UNIT, "nginx"), 4);
	assert_int_equal(matches(FK_UNIT, "nginx.service"), 4);
	assert_int_equal(matches(FK_UNIT, "ngin"), 0);
	assert_int_equal(matches(FK_UNIT, "ngin*"), 4);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_not_equal(filter_add(f, FK_POD, text, err, sizeof(err)), 0);
	assert_non_null(strstr(err, "too long"));
	assert_int_not_equal(filter_add(f, FK_UNIT, "", err, sizeof(err)), 0);
	filter_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(closers_rows_are_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(count_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(hist_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(filters, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
