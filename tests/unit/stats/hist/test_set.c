/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms by group: bounded, sorted, and nothing gets lost on the way to "other". */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/stats/hist/set.h"

static int add(struct hist_set *s, const struct conn *c, const struct actors *as, unsigned int slot, __u64 ns)
{
	struct phase_sample sample = { .ns = ns, .phase = (__u8)slot };

	return hist_set_add(s, c, as, &sample);
}

static struct conn peer(unsigned int i)
{
	struct conn c = { .lport = (__u16)(1000 + i),
			  .raddr = { [10] = 0xff, 0xff, 10, 0, (__u8)(i >> 8), (__u8)i } };

	return c;
}

static void test_all(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_ALL, 0);
	struct hist_item *it;
	struct conn c = peer(1);
	size_t n;

	(void)state;
	assert_non_null(s);
	/* One row even where nothing was seen. */
	assert_int_equal(hist_set_items(s, 3, 10, &it, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(it->h->count, 0);
	assert_null(it->key);
	assert_int_equal(add(s, &c, NULL, 3, 500), 0);
	c = peer(2);
	assert_int_equal(add(s, &c, NULL, 3, 700), 0);
	assert_int_equal(add(s, &c, NULL, 4, 900), 0);
	assert_int_equal(hist_set_items(s, 3, 10, &it, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(it->h->count, 2);
	assert_int_equal(it->h->max, 700);
	assert_false(it->other);
	hist_set_clear(s);
	assert_int_equal(hist_set_items(s, 3, 10, &it, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(it->h->count, 0);
	hist_set_free(s);
	hist_set_free(NULL);
}

static void test_fates(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_LPORT, 0);
	struct phase_sample before = { .phase = 2, .fate = PHASE_BEGAN_BEFORE },
			    lost = { .phase = 2, .fate = PHASE_LOST };
	struct phase_sample computed = { .phase = 2, .ns = 5, .reconstructed = true };
	struct conn c = peer(1);
	struct hist_item *it;
	size_t n;

	(void)state;
	assert_non_null(s);
	assert_int_equal(hist_set_add(s, &c, NULL, &before), 0);
	assert_int_equal(hist_set_add(s, &c, NULL, &before), 0);
	assert_int_equal(hist_set_add(s, &c, NULL, &lost), 0);
	assert_int_equal(hist_set_add(s, &c, NULL, &computed), 0);
	assert_int_equal(hist_set_open(s, &c, NULL, 2), 0);
	assert_int_equal(hist_set_items(s, 2, 10, &it, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(it->key, "1001");
	assert_true(it->number);
	assert_int_equal(it->began_before, 2);
	assert_int_equal(it->lost, 1);
	assert_int_equal(it->reconstructed, 1);
	assert_int_equal(it->open, 1);
	assert_int_equal(it->h->count, 1);
	hist_set_clear_open(s);
	assert_int_equal(hist_set_items(s, 2, 10, &it, &n), 0);
	assert_int_equal(it->open, 0);
	/* Nothing of it in another slot: no row there. */
	assert_int_equal(hist_set_items(s, 3, 10, &it, &n), 0);
	assert_int_equal(n, 0);
	hist_set_free(s);
}

/* Groups by falling count; beyond the top they are one, and the sum of counts stays. */
static void test_top(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_RADDR, 0);
	struct hist_item *it;
	struct conn c;
	unsigned int i, k;
	size_t n;

	(void)state;
	assert_non_null(s);
	for (i = 1; i <= 20; i++) {
		c = peer(i);
		for (k = 0; k < i; k++)
			assert_int_equal(add(s, &c, NULL, 0, 1000 * i), 0);
	}
	assert_int_equal(hist_set_items(s, 0, 3, &it, &n), 0);
	assert_int_equal(n, 4);
	assert_string_equal(it[0].key, "10.0.0.20");
	assert_int_equal(it[0].h->count, 20);
	assert_string_equal(it[2].key, "10.0.0.18");
	assert_true(it[3].other && !it[3].key);
	assert_int_equal(it[3].h->count, 17 * 18 / 2);
	assert_int_equal(it[3].h->min, 1000);
	assert_int_equal(it[3].h->max, 17000);
	assert_int_equal(hist_set_items(s, 0, 20, &it, &n), 0);
	assert_int_equal(n, 20);
	hist_set_free(s);
}

static void test_group_limit(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_RADDR, 100);
	struct hist_item *it;
	struct conn c;
	unsigned int i, round;
	size_t n;

	(void)state;
	assert_non_null(s);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 1000; i++) {
			c = peer(i);
			assert_int_equal(add(s, &c, NULL, 0, i), 0);
		}
	}
	assert_int_equal(hist_set_items(s, 0, 1000, &it, &n), 0);
	assert_int_equal(n, 101);
	for (i = 0; i < 100; i++)
		assert_int_equal(it[i].h->count, 2);
	assert_true(it[100].other);
	assert_int_equal(it[100].h->count, 1800);
	hist_set_free(s);
}

/* 64 MiB of counters are shared: full, values go to "other", which has no limit. */
static void test_memory_limit(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_RADDR, 0);
	struct hist_item *it;
	__u64 sum = 0;
	struct conn c;
	unsigned int i, k;
	size_t n;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 2000; i++) {
		c = peer(i);
		for (k = 0; k < 50; k++)	/* 50 pages of 1 KiB */
			assert_int_equal(add(s, &c, NULL, 0, 1ULL << (k + 10)), 0);
	}
	assert_int_equal(hist_set_items(s, 0, 4096, &it, &n), 0);
	for (i = 0; i < n; i++)
		sum += it[i].h->count;
	assert_int_equal(sum, 2000 * 50);
	assert_true(it[n - 1].other);
	assert_int_equal(it[n - 1].h->count, 2000 * 50 - 65536);
	hist_set_free(s);
}

static void test_processes(void **state)
{
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = 812, .aux = 77, .comm = "nginx" };
	struct actors *as = actors_new(16);
	struct hist_set *by_pid = hist_set_new(HIST_BY_PID, 0), *by_comm = hist_set_new(HIST_BY_COMM, 0);
	struct conn c = { 0 };
	struct hist_item *it;
	__u32 id[3];
	size_t n, i;

	(void)state;
	assert_non_null(as);
	assert_non_null(by_pid);
	assert_non_null(by_comm);
	id[0] = actors_of_event(as, &ev);
	ev.aux = 99;	/* the same pid, another process */
	id[1] = actors_of_event(as, &ev);
	id[2] = 0;
	for (i = 0; i < 3; i++) {
		c.owner = id[i];
		assert_int_equal(add(by_pid, &c, as, 0, 10), 0);
		assert_int_equal(add(by_comm, &c, as, 0, 10), 0);
	}
	assert_int_equal(hist_set_items(by_pid, 0, 10, &it, &n), 0);
	assert_int_equal(n, 3);
	assert_string_equal(it[0].key, "812");
	assert_string_equal(it[0].comm, "nginx");
	assert_null(it[2].key);
	assert_false(it[2].other);
	assert_int_equal(hist_set_items(by_comm, 0, 10, &it, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(it[0].key, "nginx");
	assert_int_equal(it[0].h->count, 2);
	/* The name outlives the process. */
	actors_unref(as, id[0]);
	actors_unref(as, id[1]);
	assert_int_equal(hist_set_items(by_pid, 0, 10, &it, &n), 0);
	assert_string_equal(it[1].comm, "nginx");
	hist_set_free(by_pid);
	hist_set_free(by_comm);
	actors_free(as);
}

static void test_kinds(void **state)
{
	struct hist_set *s = hist_set_new(HIST_BY_CLOSE, 0), *e = hist_set_new(HIST_BY_END, 0);
	struct conn c = { .close = CLOSE_PASSIVE, .tw_end = TW_END_REUSED };
	enum hist_by by = HIST_BY_ALL;
	struct hist_item *it;
	size_t n;

	(void)state;
	assert_int_equal(add(s, &c, NULL, 0, 10), 0);
	assert_int_equal(add(e, &c, NULL, 0, 10), 0);
	assert_int_equal(hist_set_items(s, 0, 10, &it, &n), 0);
	assert_string_equal(it[0].key, "passive");
	assert_false(it[0].number);
	assert_int_equal(hist_set_items(e, 0, 10, &it, &n), 0);
	assert_string_equal(it[0].key, "reused");
	hist_set_free(s);
	hist_set_free(e);
	assert_int_equal(hist_by_parse("closekind", &by), 0);
	assert_int_equal(by, HIST_BY_CLOSE);
	assert_string_equal(hist_by_name(by), "closekind");
	assert_int_equal(hist_by_parse("netns", &by), -EINVAL);
	assert_int_equal(by, HIST_BY_CLOSE);
	assert_null(hist_by_name(HIST_BY_ALL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all), cmocka_unit_test(test_fates), cmocka_unit_test(test_top),
		cmocka_unit_test(test_group_limit), cmocka_unit_test(test_memory_limit), cmocka_unit_test(test_processes),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
