/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/event/actor.h"

static struct twt_event by(__u32 tgid, __u32 start_ms, const char *comm)
{
	struct twt_event ev = {
		.size = sizeof(ev), .kind = TWT_STATE, .flags = TWT_F_TASK, .tgid = tgid, .tid = tgid, .aux = start_ms,
		.cgroup = 7,
	};

	memcpy(ev.comm, comm, strnlen(comm, sizeof(ev.comm)));
	return ev;
}

static void knows_a_process_again(void **state)
{
	struct actors *as = actors_new(10);
	struct twt_event ev = by(812, 1000, "nginx");
	const struct actor *a;
	__u32 id;

	(void)state;
	id = actors_of_event(as, &ev);
	assert_int_not_equal(id, 0);
	assert_int_equal(actors_of_event(as, &ev), id);
	a = actors_get(as, id);
	assert_int_equal(a->tgid, 812);
	assert_int_equal(a->start_ms, 1000);
	assert_int_equal(a->refs, 2);
	assert_true(a->cgroup == 7);
	assert_string_equal(a->comm, "nginx");
	assert_false(a->kernel);
	assert_false(a->exited);
	actors_free(as);
}

static void a_pid_used_again_is_another_process(void **state)
{
	struct actors *as = actors_new(10);
	struct twt_event first = by(812, 1000, "old"), second = by(812, 2000, "new");
	__u32 a = actors_of_event(as, &first), b = actors_of_event(as, &second);

	(void)state;
	assert_int_not_equal(a, b);
	assert_string_equal(actors_get(as, a)->comm, "old");
	assert_string_equal(actors_get(as, b)->comm, "new");
	actors_free(as);
}

static void unknown_is_zero(void **state)
{
	struct actors *as = actors_new(10);
	struct twt_event no_task = by(812, 1000, "x"), idle = by(0, 0, "swapper/0");

	(void)state;
	no_task.flags = TWT_F_INTENT;
	assert_int_equal(actors_of_event(as, &no_task), 0);
	assert_int_equal(actors_of_event(as, &idle), 0);
	assert_null(actors_get(as, 0));
	assert_int_equal(actors_ref(as, 0), 0);
	actors_unref(as, 0);
	assert_int_equal(actors_overflow(as), 0);
	actors_free(as);
	actors_free(NULL);
}

static void exec_changes_the_name(void **state)
{
	struct actors *as = actors_new(10);
	struct twt_event before = by(812, 1000, "bash"), after = by(812, 1000, "curl");
	__u32 id = actors_of_event(as, &before);

	(void)state;
	assert_int_equal(actors_of_event(as, &after), id);
	assert_string_equal(actors_get(as, id)->comm, "curl");
	actors_free(as);
}

static void takes_all_sixteen_bytes_of_a_name(void **state)
{
	struct actors *as = actors_new(10);
	struct twt_event ev = by(1, 1, "");

	(void)state;
	memset(ev.comm, 'x', sizeof(ev.comm));
	assert_string_equal(actors_get(as, actors_of_event(as, &ev))->comm, "xxxxxxxxxxxxxxxx");
	actors_free(as);
}

static void marks_stay(void **state)
{
	struct actors *as = actors_new(10);
	struct twt_event ev = by(812, 1000, "x"), kt = by(9, 5, "kworker/0:1");
	__u32 id, k;

	(void)state;
	ev.flags |= TWT_F_EXITING;
	id = actors_of_event(as, &ev);
	assert_true(actors_get(as, id)->exited);
	assert_false(actors_get(as, id)->kernel);
	ev.flags &= ~TWT_F_EXITING;
	actors_of_event(as, &ev);
	assert_true(actors_get(as, id)->exited);
	kt.flags |= TWT_F_KTHREAD;
	k = actors_of_event(as, &kt);
	assert_true(actors_get(as, k)->kernel);
	assert_false(actors_get(as, k)->exited);
	actors_free(as);
}

static void the_last_reference_frees(void **state)
{
	struct actors *as = actors_new(1);
	struct twt_event a = by(1, 1, "a"), b = by(2, 2, "b");
	__u32 id = actors_of_event(as, &a);

	(void)state;
	assert_int_equal(actors_ref(as, id), id);
	actors_unref(as, id);
	assert_int_equal(actors_of_event(as, &b), 0);	/* still held once */
	assert_int_equal(actors_overflow(as), 1);
	assert_int_equal(actors_of_event(as, &a), id);	/* known ones are no overflow */
	actors_unref(as, id);
	actors_unref(as, id);
	id = actors_of_event(as, &b);
	assert_int_not_equal(id, 0);
	assert_string_equal(actors_get(as, id)->comm, "b");
	assert_int_equal(actors_get(as, id)->refs, 1);
	assert_int_equal(actors_overflow(as), 1);
	actors_free(as);
}

static void a_freed_entry_leaves_no_mark(void **state)
{
	struct actors *as = actors_new(1);
	struct twt_event kt = by(9, 5, "kworker/0:1"), b = by(2, 2, "b");
	__u32 id;

	(void)state;
	kt.flags |= TWT_F_KTHREAD | TWT_F_EXITING;
	actors_unref(as, actors_of_event(as, &kt));
	id = actors_of_event(as, &b);
	assert_false(actors_get(as, id)->kernel);
	assert_false(actors_get(as, id)->exited);
	assert_int_equal(actors_get(as, id)->start_ms, 2);
	actors_free(as);
}

static void the_table_is_bounded(void **state)
{
	enum { LIMIT = 3000 };
	struct actors *as = actors_new(LIMIT);
	__u32 i;

	(void)state;
	for (i = 1; i <= LIMIT + 50; i++) {
		struct twt_event ev = by(i, i * 10, "p");
		__u32 id = actors_of_event(as, &ev);

		assert_true(i <= LIMIT ? id >= 1 && id <= LIMIT : id == 0);
	}
	assert_int_equal(actors_overflow(as), 50);
	actors_free(as);

	as = actors_new(0);
	struct twt_event ev = by(1, 1, "p");

	assert_int_equal(actors_of_event(as, &ev), 0);
	assert_int_equal(actors_overflow(as), 1);
	actors_free(as);
}

/* Growth moves no entry, and every entry is still found after it. */
static void growth_keeps_pointers_and_ids(void **state)
{
	enum { N = 20000 };
	static __u32 ids[N];
	static const struct actor *where[N];
	struct actors *as = actors_new(N);
	__u32 i;

	(void)state;
	for (i = 0; i < N; i++) {
		struct twt_event ev = by(i + 1, i % 7, "p");

		ids[i] = actors_of_event(as, &ev);
		where[i] = actors_get(as, ids[i]);
	}
	for (i = 0; i < N; i++) {
		struct twt_event ev = by(i + 1, i % 7, "p");

		assert_int_equal(actors_of_event(as, &ev), ids[i]);
		assert_ptr_equal(actors_get(as, ids[i]), where[i]);
		assert_int_equal(where[i]->tgid, i + 1);
		assert_int_equal(where[i]->refs, 2);
	}
	assert_int_equal(actors_overflow(as), 0);
	actors_free(as);
}

/* Come and go in a mixed order: what is held stays itself, ids are used again. */
static void churn(void **state)
{
	enum { HELD = 64, ROUNDS = 50000 };
	struct actors *as = actors_new(HELD);
	__u32 ids[HELD] = { 0 }, tgids[HELD] = { 0 }, seed = 1, i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		struct twt_event ev;
		__u32 at;

		seed = seed * 1664525 + 1013904223;
		at = seed >> 26;
		if (ids[at]) {
			assert_int_equal(actors_get(as, ids[at])->tgid, tgids[at]);
			assert_int_equal(actors_get(as, ids[at])->refs, 1);
			actors_unref(as, ids[at]);
			ids[at] = 0;
			continue;
		}
		tgids[at] = i + 1;
		ev = by(i + 1, seed, "p");
		ids[at] = actors_of_event(as, &ev);
		assert_true(ids[at] >= 1 && ids[at] <= HELD);
	}
	assert_int_equal(actors_overflow(as), 0);
	actors_free(as);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_process_again),
		cmocka_unit_test(a_pid_used_again_is_another_process),
		cmocka_unit_test(unknown_is_zero),
		cmocka_unit_test(exec_changes_the_name),
		cmocka_unit_test(takes_all_sixteen_bytes_of_a_name),
		cmocka_unit_test(marks_stay),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(a_freed_entry_leaves_no_mark),
		cmocka_unit_test(the_table_is_bounded),
		cmocka_unit_test(growth_keeps_pointers_and_ids),
		cmocka_unit_test(churn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
