/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/ports/looks.h"

static struct twt_look listed(__u64 cookie, __u16 lport)
{
	return (struct twt_look){ .cookie = cookie, .lport = lport, .flags = TWT_LOOK_LISTED };
}

static struct twt_look owned(__u64 cookie, __u64 inode, __u32 tgid, const char *comm)
{
	struct twt_look l = { .cookie = cookie, .inode = inode, .tgid = tgid, .flags = TWT_LOOK_OWNER };

	strcpy((char *)l.comm, comm);
	return l;
}

static void add(struct looks *l, struct twt_look look)
{
	assert_int_equal(looks_add(l, &look), 0);
}

static void a_socket_is_there_once(void **state)
{
	struct looks l = { 0 };

	(void)state;
	add(&l, listed(7, 80));
	add(&l, owned(7, 100, 812, "nginx"));
	add(&l, owned(7, 100, 813, "worker"));
	assert_int_equal(l.n, 1);
	assert_int_equal(l.v[0].owners, 2);
	assert_int_equal(l.v[0].s.tgid, 812);
	assert_int_equal(l.v[0].s.lport, 80);
	assert_int_equal(l.v[0].s.inode, 100);
	assert_true(l.v[0].s.flags & TWT_LOOK_LISTED && l.v[0].s.flags & TWT_LOOK_OWNER);
	assert_string_equal((const char *)l.v[0].s.comm, "nginx");
	looks_free(&l);
}

/* Bound only: in no table, no cookie, two processes after a fork. */
static void without_a_cookie_the_file_tells(void **state)
{
	struct looks l = { 0 };

	(void)state;
	add(&l, owned(0, 100, 1, "a"));
	add(&l, owned(0, 100, 2, "b"));
	add(&l, owned(0, 101, 1, "a"));
	assert_int_equal(l.n, 2);
	assert_int_equal(l.v[0].owners, 2);
	assert_int_equal(l.v[1].owners, 1);
	/* What has neither is never taken for another one. */
	add(&l, listed(0, 1));
	add(&l, listed(0, 1));
	assert_int_equal(l.n, 4);
	looks_reset(&l);
	assert_int_equal(l.n, 0);
	add(&l, owned(0, 100, 3, "c"));
	assert_int_equal(l.n, 1);
	assert_int_equal(l.v[0].s.tgid, 3);
	looks_free(&l);
}

static void holds_many(void **state)
{
	struct looks l = { 0 };

	(void)state;
	for (__u64 i = 1; i <= 100000; i++)
		add(&l, listed(i, (__u16)i));
	for (__u64 i = 1; i <= 100000; i += 2)
		add(&l, owned(i, i, (__u32)i, "x"));
	assert_int_equal(l.n, 100000);
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(l.v[i].owners, (i + 1) % 2);
	looks_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_there_once),
		cmocka_unit_test(without_a_cookie_the_file_tells),
		cmocka_unit_test(holds_many),
	};

	return cmocka_run_group_tests_name("looks", tests, NULL, NULL);
}
