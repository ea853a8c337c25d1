/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/conn/table.h"

static struct twt_event name(__u32 netns, __u64 cookie, __u16 lport)
{
	return (struct twt_event){ .netns = netns,
				   .cookie = cookie,
				   .lport = lport,
				   .rport = 80,
				   .family = 2,
				   .laddr = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
				   .raddr = { [10] = 0xff, 0xff, 10, 0, 0, 2 } };
}

static struct row *add(struct table *t, __u32 netns, __u64 cookie, __u16 lport)
{
	const struct twt_event ev = name(netns, cookie, lport);

	assert_null(table_find(t, &ev));
	return table_add(t, &ev);
}

static struct row *find(struct table *t, __u32 netns, __u64 cookie, __u16 lport)
{
	const struct twt_event ev = name(netns, cookie, lport);

	return table_find(t, &ev);
}

static void names_are_cookie_or_tuple(void **state)
{
	struct table *t = table_new(100, 0);
	struct twt_event ev = name(1, 7, 1000);
	struct row *a = add(t, 1, 7, 1000), *b = add(t, 2, 7, 1000), *c = add(t, 1, 0, 1000),
		   *d = add(t, 1, 0, 1001);

	(void)state;
	assert_int_equal(table_size(t), 4);
	assert_ptr_equal(find(t, 1, 7, 1000), a);
	assert_ptr_equal(find(t, 1, 7, 5), a);		/* a cookie names it, whatever the ports */
	assert_ptr_equal(find(t, 2, 7, 1000), b);
	assert_null(find(t, 3, 7, 1000));
	assert_null(find(t, 1, 8, 1000));
	assert_ptr_equal(find(t, 1, 0, 1000), c);
	assert_ptr_equal(find(t, 1, 0, 1001), d);
	assert_null(find(t, 1, 0, 1002));
	assert_null(find(t, 2, 0, 1000));
	assert_ptr_equal(table_find_tuple(t, &ev), c);
	ev.raddr[15]++;
	assert_null(table_find_tuple(t, &ev));
	ev.raddr[15]--;
	ev.laddr[15]++;
	assert_null(table_find_tuple(t, &ev));
	ev.laddr[15]--;
	ev.rport++;
	assert_null(table_find_tuple(t, &ev));

	assert_int_equal(a->c.netns, 1);
	assert_int_equal(a->c.cookie, 7);
	assert_int_equal(a->c.lport, 1000);
	assert_int_equal(a->c.rport, 80);
	assert_int_equal(a->c.family, 2);
	assert_memory_equal(a->c.raddr, ev.raddr, 16);
	table_free(t);
	table_free(NULL);
}

static void a_removed_row_is_used_again_and_clean(void **state)
{
	struct table *t = table_new(100, 0);
	struct row *a = add(t, 1, 7, 1), *b;
	const __u32 id = a->id;

	(void)state;
	a->c.flags = ~0U;
	a->settle_seq = 99;
	table_remove(t, a);
	assert_null(table_row(t, id));
	assert_null(find(t, 1, 7, 1));
	assert_int_equal(table_size(t), 0);
	b = add(t, 1, 8, 2);
	assert_int_equal(b->id, id);
	assert_ptr_equal(table_row(t, id), b);
	assert_int_equal(b->c.flags, 0);
	assert_int_equal(b->settle_seq, 0);
	assert_int_equal(table_end(t), id + 1);
	assert_null(table_row(t, id + 1));
	assert_null(table_row(t, 0xffffffffU));
	table_free(t);
}

static void named_by_tuple_later(void **state)
{
	struct table *t = table_new(100, 0);
	struct twt_event ev = name(1, 0, 1);
	struct row *a = add(t, 1, 9, 1), *b = add(t, 1, 10, 1);

	(void)state;
	assert_null(table_find_tuple(t, &ev));
	assert_true(table_name_by_tuple(t, a));
	assert_int_equal(a->c.cookie, 9);		/* it keeps its cookie, but is not named by it */
	assert_null(find(t, 1, 9, 1));
	assert_ptr_equal(table_find_tuple(t, &ev), a);
	assert_false(table_name_by_tuple(t, b));	/* the name is taken */
	assert_false(table_name_by_tuple(t, a));
	assert_ptr_equal(find(t, 1, 10, 1), b);
	assert_non_null(add(t, 1, 9, 2));
	table_remove(t, a);
	assert_null(table_find_tuple(t, &ev));
	assert_true(table_name_by_tuple(t, b));
	assert_ptr_equal(table_find_tuple(t, &ev), b);
	assert_int_equal(table_size(t), 2);
	table_free(t);
}

static void bounded(void **state)
{
	struct table *t = table_new(3, 0), *none = table_new(0, 0);

	(void)state;
	assert_non_null(add(t, 1, 1, 1));
	assert_non_null(add(t, 1, 2, 1));
	assert_non_null(add(t, 1, 3, 1));
	assert_null(add(t, 1, 4, 1));
	assert_int_equal(table_size(t), 3);
	table_remove(t, find(t, 1, 2, 1));
	assert_non_null(add(t, 1, 4, 1));
	assert_null(add(t, 1, 5, 1));
	table_free(t);
	assert_null(add(none, 1, 1, 1));
	table_free(none);
}

/* Against a plain array: many rows come and go, the index grows, pointers stay. */
#define MANY 5000
static void like_an_array(void **state)
{
	struct table *t = table_new(MANY, MANY);
	struct row **rows = calloc(MANY, sizeof(*rows));
	size_t n = 0, i, round;
	__u64 rng = 12345;

	(void)state;
	for (round = 0; round < 40 * MANY; round++) {
		rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (rng >> 33) % MANY;
		if (rows[i]) {
			assert_ptr_equal(rows[i], find(t, (__u32)(i % 3), i % 2 ? i : 0, (__u16)i));
			assert_ptr_equal(table_row(t, rows[i]->id), rows[i]);
			table_remove(t, rows[i]);
			rows[i] = NULL;
			n--;
		} else {
			rows[i] = add(t, (__u32)(i % 3), i % 2 ? i : 0, (__u16)i);
			n++;
		}
		assert_int_equal(table_size(t), n);
	}
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(find(t, (__u32)(i % 3), i % 2 ? i : 0, (__u16)i), rows[i]);
	assert_true(n > MANY / 4 && table_end(t) <= MANY);
	free(rows);
	table_free(t);
}

/* A thousand rows, ten of them whole: the others are packed, found, changed, removed. */
static void most_rows_are_packed(void **state)
{
	struct table *t = table_new(1000, 10);
	struct row *r, scratch;
	const struct row *seen;
	size_t i, packed = 0;
	__u32 id;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		r = add(t, 1, i, (__u16)i);
		r->c.born_ns = r->c.since_ns = i;
		r->c.states_seen = 1U << ST_ESTABLISHED;
		r->c.state = ST_ESTABLISHED;
		r->c.role = i % 100 ? ROLE_CLIENT : ROLE_LISTENER;
		table_tidy(t);
	}
	for (i = 0; i < 1000; i++)
		table_tidy(t);
	for (id = 0; id < table_end(t); id++) {
		seen = table_peek(t, id, &scratch);
		assert_int_equal(seen->id, id);
		assert_int_equal(seen->c.since_ns, seen->c.cookie);
		assert_int_equal(seen->c.lport, seen->c.cookie);
		packed += seen == &scratch;
		if (seen->c.role == ROLE_LISTENER)	/* its pointer is held */
			assert_ptr_equal(seen, table_row(t, id));
	}
	assert_in_range(packed, 980, 990);
	for (i = 1; i <= 1000; i++) {
		r = find(t, 1, i, 0);
		assert_int_equal(r->c.lport, i);
		r->c.bytes_acked = 7 * i;
		table_tidy(t);
	}
	for (i = 1; i <= 1000; i++) {
		r = find(t, 1, i, 0);
		assert_int_equal(r->c.bytes_acked, 7 * i);
		assert_ptr_equal(table_peek(t, r->id, &scratch), r);
		if (i % 2)
			table_remove(t, r);
		table_tidy(t);
	}
	assert_int_equal(table_size(t), 500);
	for (i = 1; i <= 1000; i++)
		assert_int_equal(find(t, 1, i, 0) != NULL, i % 2 == 0);
	assert_null(table_peek(t, 1000, &scratch));
	table_free(t);
}

/* One that says it rests is packed at once, though there is room; it is found again, whole. */
static void one_that_rests_is_packed(void **state)
{
	struct table *t = table_new(10, 0);
	struct row *r = add(t, 1, 5, 80), scratch, *other = add(t, 1, 5 + 1024, 81);

	(void)state;
	r->c.born_ns = r->c.since_ns = 1000;
	r->c.state = ST_TIME_WAIT;
	r->c.states_seen = 1U << ST_TIME_WAIT;
	table_rests(t, r);
	assert_ptr_equal(table_peek(t, r->id, &scratch), r);
	table_tidy(t);
	assert_ptr_equal(table_peek(t, 0, &scratch), &scratch);
	assert_ptr_equal(find(t, 1, 5 + 1024, 81), other);
	r = find(t, 1, 5, 80);
	assert_non_null(r);
	assert_int_equal(r->c.since_ns, 1000);
	assert_int_equal(r->c.lport, 80);
	assert_null(find(t, 2, 5, 80));
	/* It is over before its turn: nothing is packed. */
	table_rests(t, r);
	table_remove(t, r);
	table_tidy(t);
	assert_null(find(t, 1, 5, 80));
	assert_int_equal(table_size(t), 1);
	table_free(t);
}

/* Whoever kept what it saw of a row need not see it again while it is packed. */
static void looks_see_what_changed(void **state)
{
	struct table *t = table_new(100, 0);
	__u32 first, second;

	(void)state;
	for (__u32 i = 0; i < 2 * TABLE_GROUP; i++) {
		struct row *r = add(t, 1, 100 + i, (__u16)(80 + i));

		r->c.state = ST_TIME_WAIT;
		r->c.states_seen = 1U << ST_TIME_WAIT;
		table_rests(t, r);
		table_tidy(t);
	}
	assert_true(table_changed(t, 0, 0));
	first = table_look(t);
	assert_true(table_changed(t, 0, 0) && !table_changed(t, 0, first) && !table_changed(t, TABLE_GROUP, first));
	assert_int_equal(find(t, 1, 100, 80)->c.lport, 80);	/* whole, from here on, until ... */
	second = table_look(t);
	assert_true(second > first);
	assert_true(table_changed(t, TABLE_GROUP - 1, first) && !table_changed(t, TABLE_GROUP, first));
	table_rests(t, find(t, 1, 100, 80));
	table_tidy(t);						/* ... here: it may be another one than in the second look */
	assert_true(table_changed(t, 0, second) && !table_changed(t, TABLE_GROUP, second));
	second = table_look(t);
	assert_false(table_changed(t, 0, second));
	table_remove(t, find(t, 1, 100 + TABLE_GROUP, 80 + TABLE_GROUP));
	assert_true(table_changed(t, TABLE_GROUP, second) && !table_changed(t, 0, second));
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cookie_or_tuple),
		cmocka_unit_test(a_removed_row_is_used_again_and_clean),
		cmocka_unit_test(named_by_tuple_later),
		cmocka_unit_test(bounded),
		cmocka_unit_test(like_an_array),
		cmocka_unit_test(most_rows_are_packed),
		cmocka_unit_test(one_that_rests_is_packed),
		cmocka_unit_test(looks_see_what_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
