/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/stats/history.h"
#include "unit/actors_fixture.h"

/* Is the process of number @id in use? */
static bool in_use(const struct actors *of, __u32 id)
{
	const struct actor *a = actors_get(of, id);

	return a && a->refs;
}

static void add(struct history *h, __u64 ts, __u32 owner, __u32 asker)
{
	struct wire w = { .segs_out = (__u32)ts };
	struct conn c = { .cookie = ts, .owner = owner, .closer = owner, .wire = ts & 1 ? &w : NULL };
	struct transition tr = { .conn = &c, .ts_ns = ts, .old_state = ST_ESTABLISHED, .new_state = ST_FIN_WAIT1, .actor = asker };

	history_add(h, &tr, as);
	memset(&c, 0xee, sizeof(c));	/* a copy was kept */
	memset(&w, 0xee, sizeof(w));
}

static void the_newest_are_kept(void **state)
{
	struct history *h = history_new(4);
	size_t i;

	(void)state;
	assert_non_null(h);
	assert_int_equal(history_n(h), 0);
	for (i = 1; i <= 10; i++) {
		add(h, i, 0, 0);
		assert_int_equal(history_n(h), i < 4 ? i : 4);
		assert_int_equal(history_total(h), i);
	}
	for (i = 0; i < 4; i++) {
		assert_int_equal(history_at(h, i)->tr.ts_ns, 7 + i);
		assert_ptr_equal(history_at(h, i)->tr.conn, &history_at(h, i)->conn);
		assert_int_equal(history_at(h, i)->conn.cookie, 7 + i);
		if ((7 + i) & 1)
			assert_int_equal(history_at(h, i)->conn.wire->segs_out, 7 + i);
		else
			assert_null(history_at(h, i)->conn.wire);
	}
	history_free(h);
	history_free(NULL);
}

static void names_outlive_the_processes(void **state)
{
	struct history *h = history_new(4);
	__u32 nginx = actor(812, "nginx"), curl = actor(900, "curl");
	const struct moment *m;

	(void)state;
	add(h, 1, nginx, curl);
	actors_unref(as, nginx);
	actors_unref(as, curl);
	assert_false(in_use(as, nginx));
	m = history_at(h, 0);
	assert_string_equal(actors_get(history_actors(h), m->conn.owner)->comm, "nginx");
	assert_int_equal(actors_get(history_actors(h), m->conn.closer)->tgid, 812);
	assert_string_equal(actors_get(history_actors(h), m->tr.actor)->comm, "curl");
	assert_int_equal(m->conn.opener, 0);
	history_free(h);
}

static void names_do_not_pile_up(void **state)
{
	struct history *h = history_new(4);
	__u32 i, used = 0;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		__u32 a = actor(i, "worker");

		add(h, i, a, a);
		actors_unref(as, a);
	}
	/* Four moments name one process each: all others made room. */
	for (i = 1; i <= 20; i++)
		used += in_use(history_actors(h), i);
	assert_int_equal(used, 4);
	assert_int_equal(actors_overflow(history_actors(h)), 0);
	history_clear(h);
	assert_int_equal(history_n(h), 0);
	assert_int_equal(history_total(h), 1000);
	for (i = 1; i <= 20; i++)
		assert_false(in_use(history_actors(h), i));
	add(h, 7, 0, 0);
	assert_int_equal(history_n(h), 1);
	assert_int_equal(history_at(h, 0)->tr.ts_ns, 7);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_are_kept),
		cmocka_unit_test(names_outlive_the_processes),
		cmocka_unit_test(names_do_not_pile_up),
	};

	return cmocka_run_group_tests_name("history", tests, actors_setup, actors_teardown);
}
