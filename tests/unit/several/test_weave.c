/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings of several hosts in the order of the wall clock, and what their hosts are called. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/several/hosts.h"
#include "core/several/weave.h"

#define MS 1000000ULL

static struct twt_event event(__u8 kind, __u64 ts_ns, long long arg)
{
	return (struct twt_event){ .kind = kind, .ts_ns = ts_ns, .arg0 = (__u64)arg };
}

static void head(struct weave *w, size_t i, __u8 kind, __u64 ts_ns, long long arg)
{
	struct twt_event ev = event(kind, ts_ns, arg);

	weave_head(w, i, &ev);
}

static void took(struct weave *w, size_t i, __u8 kind, __u64 ts_ns)
{
	struct twt_event ev = event(kind, ts_ns, 0);

	weave_took(w, i, &ev);
}

/* Hosts that were booted at different times: what counts is what their wall clocks showed. */
static void test_wall_clock(void **state)
{
	struct weave w;

	(void)state;
	weave_init(&w, 2);
	weave_clock(&w, 0, 1000);
	weave_clock(&w, 1, 5000);
	assert_int_equal(weave_next(&w), -1);
	head(&w, 0, TWT_STATE, 4100, 0);	/* 5100 */
	head(&w, 1, TWT_STATE, 50, 0);		/* 5050 */
	assert_int_equal(weave_next(&w), 1);
	took(&w, 1, TWT_STATE, 50);
	head(&w, 1, TWT_STATE, 200, 0);		/* 5200 */
	assert_int_equal(weave_next(&w), 0);
	took(&w, 0, TWT_STATE, 4100);
	weave_over(&w, 0);
	assert_int_equal(weave_next(&w), 1);
	took(&w, 1, TWT_STATE, 200);
	weave_over(&w, 1);
	assert_int_equal(weave_next(&w), -1);
}

/* The clock that is set while it is recorded: from its TWT_CLOCK on. Equal times: the first recording's is first. */
static void test_clock_is_set(void **state)
{
	struct weave w;

	(void)state;
	weave_init(&w, 2);
	head(&w, 0, TWT_CLOCK, 10, 1000);
	head(&w, 1, TWT_CLOCK, 900, 0);
	assert_int_equal(weave_next(&w), 1);
	took(&w, 1, TWT_CLOCK, 900);
	head(&w, 1, TWT_STATE, 1010, 0);
	assert_int_equal(weave_next(&w), 0);
}

/* Whatever a recording claims, all of it is handed on. */
static void test_hostile_clocks(void **state)
{
	struct weave w;
	__u64 ns;

	(void)state;
	weave_init(&w, 3);
	weave_clock(&w, 0, LLONG_MAX);
	weave_clock(&w, 1, LLONG_MIN);
	head(&w, 0, TWT_TICK, ~0ULL, 0);
	head(&w, 1, TWT_TICK, 5, 0);
	head(&w, 2, TWT_TICK, 7, 0);
	assert_int_equal(w.s[0].wall_ns, LLONG_MAX);
	assert_int_equal(weave_next(&w), 1);
	assert_int_equal(weave_lagging(&w, 1, &ns), -1);
	took(&w, 1, TWT_TICK, 5);
	weave_over(&w, 1);
	assert_int_equal(weave_next(&w), 2);
	took(&w, 2, TWT_TICK, 7);
	head(&w, 2, TWT_STATE, ~0ULL, 0);
	assert_int_equal(weave_next(&w), 0);
	assert_int_equal(weave_lagging(&w, 0, &ns), 2);	/* its head is as late as can be said */
	assert_int_equal(ns, LLONG_MAX);
}

/* A host where nothing happens is told the time, so that what waits there is judged; never beyond what it says itself, nor before it is seeded. */
static void test_lagging(void **state)
{
	struct weave w;
	__u64 ns = 0;

	(void)state;
	weave_init(&w, 2);
	weave_clock(&w, 1, 100 * (long long)MS);
	head(&w, 0, TWT_STATE, 200 * MS, 0);
	head(&w, 1, TWT_TICK, 10 * MS, 0);
	assert_int_equal(weave_next(&w), 1);
	took(&w, 1, TWT_SNAP, 10 * MS);
	head(&w, 1, TWT_STATE, 500 * MS, 0);
	assert_int_equal(weave_lagging(&w, 0, &ns), -1);	/* no tick of its own yet */
	took(&w, 1, TWT_TICK, 10 * MS);
	head(&w, 1, TWT_STATE, 500 * MS, 0);
	assert_int_equal(weave_lagging(&w, 0, &ns), 1);
	assert_int_equal(ns, 100 * MS);
	assert_int_equal(weave_lagging(&w, 0, &ns), -1);	/* it was told */
	took(&w, 0, TWT_STATE, 200 * MS);
	head(&w, 0, TWT_STATE, 209 * MS, 0);
	assert_int_equal(weave_lagging(&w, 0, &ns), -1);	/* less than WEAVE_LAG_NS */
	took(&w, 0, TWT_STATE, 209 * MS);
	weave_over(&w, 1);
	head(&w, 0, TWT_STATE, 900 * MS, 0);
	assert_int_equal(weave_lagging(&w, 0, &ns), -1);	/* its end is its own */
}

static void names(struct hosts *h, size_t n, const char *const *about, const char *const *path)
{
	hosts_name(h, n, about, path);
	for (size_t i = 0; i < h->n; i++) {
		assert_true(h->name[i][0] != '\0');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(h->name[i], h->name[k]);
	}
}

static void test_names(void **state)
{
	static const char *const about[] = { "twtrace=1\nhost=web-1\nkernel=6\n", "host=db\n", "host=web-1\n", "kernel=6\n", "ghost=x\n" };
	static const char *const path[] = { "/a/before.twr", "b.twr", "after", "-", "x/y/" };
	struct hosts h;
	char one[HOST_NAME_LEN];

	(void)state;
	names(&h, 5, about, path);
	assert_string_equal(h.name[0], "web-1:before");
	assert_string_equal(h.name[1], "db");
	assert_string_equal(h.name[2], "web-1:after");
	assert_string_equal(h.name[3], "stdin");
	assert_string_equal(h.name[4], "x/y/");
	host_of(NULL, one);
	assert_string_equal(one, "");
	host_of("host=", one);
	assert_string_equal(one, "");
}

/* As long as can be, the same file's name in all folders, names like those that we make up. */
static void test_hostile_names(void **state)
{
	const char *about[WEAVE_MAX], *path[WEAVE_MAX];
	char long_name[400] = "host=";
	struct hosts h;

	(void)state;
	memset(long_name + 5, 'n', sizeof(long_name) - 6);
	for (size_t i = 0; i < WEAVE_MAX; i++) {
		about[i] = long_name;
		path[i] = "a/x.twr";
	}
	about[3] = "host=x#2\n";
	about[4] = about[5] = "";
	names(&h, WEAVE_MAX, about, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wall_clock), cmocka_unit_test(test_clock_is_set), cmocka_unit_test(test_hostile_clocks),
		cmocka_unit_test(test_lagging), cmocka_unit_test(test_names), cmocka_unit_test(test_hostile_names),
	};

	return cmocka_run_group_tests_name("weave", tests, NULL, NULL);
}
