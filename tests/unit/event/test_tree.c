/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/event/tree.h"

static struct twt_event fork_of(__u32 parent, __u32 start_ms, __u32 child, __u32 child_ms)
{
	return (struct twt_event){
		.size = sizeof(struct twt_event), .kind = TWT_FORK, .flags = TWT_F_TASK, .tgid = parent, .tid = parent, .aux = start_ms,
		.cookie = parent % 1000, .arg0 = child, .arg1 = child_ms,
	};
}

static void add(struct tree *t, __u32 parent, __u32 start_ms, __u32 child, __u32 child_ms)
{
	struct twt_event ev = fork_of(parent, start_ms, child, child_ms);

	tree_event(t, &ev);
}

static void follows_children_of_children(void **state)
{
	/* The root knows itself as 17; the kernel as 5017. /proc tells its start in ticks. */
	struct tree *t = tree_new(17, 120000, 100);

	(void)state;
	add(t, 5018, 120003, 1, 120004);		/* another process */
	add(t, 9017, 130000, 2, 130001);		/* that number elsewhere, started later */
	assert_int_equal(tree_size(t), 0);
	add(t, 5017, 120007, 5020, 120010);
	add(t, 5020, 120010, 5021, 120020);
	add(t, 5021, 120020, 5022, 120021);
	assert_true(tree_has(t, 5020, 120010));
	assert_true(tree_has(t, 5022, 120021));
	assert_false(tree_has(t, 5017, 120007));	/* the root itself opens nothing */
	/* A pid that is used again is another process, and so are its children. */
	assert_false(tree_has(t, 5020, 990000));
	add(t, 5020, 990000, 6000, 990001);
	assert_false(tree_has(t, 6000, 990001));
	assert_int_equal(tree_size(t), 3);
	tree_free(t);
}

static void ignores_what_is_no_birth(void **state)
{
	struct tree *t = tree_new(1, 10, 100);
	struct twt_event ev = fork_of(1, 10, 2, 11);

	(void)state;
	ev.kind = TWT_STATE;
	tree_event(t, &ev);
	ev.kind = TWT_FORK;
	ev.flags = 0;
	tree_event(t, &ev);
	assert_int_equal(tree_size(t), 0);
	assert_false(tree_has(t, 0, 0));
	tree_free(t);
}

static void is_bounded_and_counts(void **state)
{
	struct tree *t = tree_new(1, 10, 5000);
	__u32 i;

	(void)state;
	for (i = 0; i < 6000; i++)
		add(t, 1, 10, 100 + i, 20 + i);
	assert_int_equal(tree_size(t), 5000);
	assert_int_equal(tree_overflow(t), 1000);
	for (i = 0; i < 6000; i++)
		assert_int_equal(tree_has(t, 100 + i, 20 + i), i < 5000);
	add(t, 1, 10, 100, 20);		/* known already */
	assert_int_equal(tree_overflow(t), 1000);
	tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_children_of_children),
		cmocka_unit_test(ignores_what_is_no_birth),
		cmocka_unit_test(is_bounded_and_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
