// SPDX-License-Identifier: GPL-2.0-only
/* Names of cgroups and namespaces: records in, parts, groups and labels out; in bounds whatever a recording says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/event/actor.h"
#include "core/event/event.h"
#include "core/event/names.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* @parts: part, text, part, text, ..., 0. */
static int add(struct names *ns, __u32 of, __u64 id, ...)
{
	struct twt_name rec;
	va_list ap;
	int part;

	name_begin(&rec, (enum twt_name_of)of, id, 1);
	va_start(ap, id);
	while ((part = va_arg(ap, int)))
		name_add(&rec, (enum twt_name_part)part, va_arg(ap, const char *));
	va_end(ap);
	return names_add(ns, &rec);
}

static void assert_label(const struct name *n, const char *text)
{
	struct strbuf b = { 0 };

	assert_int_equal(name_label(n, &b), text != NULL);
	assert_string_equal(b.s ? b.s : "", text ? text : "");
	strbuf_free(&b);
}

static void parts_come_back(void **state)
{
	struct names *ns = names_new();
	const struct name *n;

	(void)state;
	assert_null(names_cgroup(ns, 7));
	assert_int_equal(add(ns, TWT_NAME_CGROUP, 7, TWT_NP_PATH, "/docker/" ID, TWT_NP_RUNTIME, "docker", TWT_NP_CONTAINER, ID,
			     TWT_NP_CONTAINER_NAME, "web", TWT_NP_IMAGE, "", TWT_NP_POD, NULL, 0), 0);
	n = names_cgroup(ns, 7);
	assert_string_equal(name_part(n, TWT_NP_PATH), "/docker/" ID);
	assert_string_equal(name_part(n, TWT_NP_CONTAINER_NAME), "web");
	assert_null(name_part(n, TWT_NP_IMAGE));
	assert_null(name_part(n, TWT_NP_POD));
	assert_null(name_part(NULL, TWT_NP_POD));
	assert_null(names_netns(ns, 7));	/* numbers of another kind */
	assert_label(n, "web");
	/* What is said later counts from then on; who has the old one may keep it. */
	assert_int_equal(add(ns, TWT_NAME_CGROUP, 7, TWT_NP_CONTAINER, ID, TWT_NP_RUNTIME, "docker", TWT_NP_CONTAINER_NAME, "web2", 0), 0);
	assert_string_equal(name_part(n, TWT_NP_CONTAINER_NAME), "web");
	assert_label(names_cgroup(ns, 7), "web2");
	assert_int_equal(name_group(n, NAME_BY_CONTAINER), name_group(names_cgroup(ns, 7), NAME_BY_CONTAINER));
	assert_label(names_of_group(ns, NAME_BY_CONTAINER, name_group(n, NAME_BY_CONTAINER)), "web2");
	names_free(ns);
	assert_null(names_cgroup(NULL, 7));
}

static void groups_tell_apart(void **state)
{
	struct names *ns = names_new();
	const struct name *a, *b, *c, *d;

	(void)state;
	(void)add(ns, TWT_NAME_CGROUP, 1, TWT_NP_CONTAINER, ID, TWT_NP_POD_UID, "u1", TWT_NP_POD, "cart-0", TWT_NP_POD_NAMESPACE, "shop",
		  TWT_NP_CONTAINER_NAME, "app", 0);
	(void)add(ns, TWT_NAME_CGROUP, 2, TWT_NP_CONTAINER, "side", TWT_NP_POD_UID, "u1", TWT_NP_POD, "cart-0", TWT_NP_POD_NAMESPACE, "shop",
		  TWT_NP_CONTAINER_NAME, "sidecar", 0);
	(void)add(ns, TWT_NAME_CGROUP, 3, TWT_NP_UNIT, "user@1.service", TWT_NP_USER_UNIT, "y.service", 0);
	(void)add(ns, TWT_NAME_CGROUP, 4, TWT_NP_UNIT, "user@2.service", TWT_NP_USER_UNIT, "y.service", 0);
	a = names_cgroup(ns, 1);
	b = names_cgroup(ns, 2);
	c = names_cgroup(ns, 3);
	d = names_cgroup(ns, 4);
	assert_int_equal(name_group(a, NAME_BY_CONTAINER), 1);
	assert_int_equal(name_group(b, NAME_BY_CONTAINER), 2);
	assert_int_equal(name_group(a, NAME_BY_POD), name_group(b, NAME_BY_POD));
	assert_int_equal(name_group(c, NAME_BY_POD), 0);
	assert_int_equal(name_group(c, NAME_BY_CONTAINER), 0);
	assert_int_not_equal(name_group(c, NAME_BY_UNIT), name_group(d, NAME_BY_UNIT));
	assert_label(a, "shop/cart-0/app");
	assert_label(c, "y.service");
	assert_string_equal(name_unit(c), "y.service");
	assert_null(names_of_group(ns, NAME_BY_POD, 0));
	assert_null(names_of_group(ns, NAME_BY_POD, 2));
	(void)add(ns, TWT_NAME_CGROUP, 5, TWT_NP_CONTAINER, ID, TWT_NP_RUNTIME, "docker", 0);
	assert_label(names_cgroup(ns, 5), "0123456789ab");
	(void)add(ns, TWT_NAME_CGROUP, 6, TWT_NP_PATH, "/", 0);
	assert_label(names_cgroup(ns, 6), NULL);
	names_free(ns);
}

static void long_parts_are_cut(void **state)
{
	struct names *ns = names_new();
	struct twt_name rec;
	char text[9000];
	const char *s;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text + NAME_PART_MAX - 1, "\xc3\xa4", 2);	/* does not fit whole */
	(void)add(ns, TWT_NAME_CGROUP, 1, TWT_NP_CONTAINER_NAME, text, TWT_NP_PATH, text, 0);
	s = name_part(names_cgroup(ns, 1), TWT_NP_CONTAINER_NAME);
	assert_int_equal(strlen(s), NAME_PART_MAX - 1);
	assert_int_equal(strlen(name_part(names_cgroup(ns, 1), TWT_NP_PATH)), 4095);
	/* As many parts as there are, all of full length: they fit. */
	name_begin(&rec, TWT_NAME_CGROUP, 2, 1);
	for (unsigned int part = 1; part < TWT_NP_MAX; part++)
		name_add(&rec, (enum twt_name_part)part, text);
	assert_int_equal(names_add(ns, &rec), 0);
	assert_non_null(name_part(names_cgroup(ns, 2), (enum twt_name_part)(TWT_NP_MAX - 1)));
	names_free(ns);
}

static void bad_records_are_harmless(void **state)
{
	static const __u8 hostile[] = {
		TWT_NP_POD, 3, 0, 'a', 0, 'b',		/* a NUL inside */
		99, 1, 0, 'x',				/* of a newer writer */
		TWT_NP_UNIT, 1, 0, 'u',
		TWT_NP_UNIT, 1, 0, 'v',			/* again */
		TWT_NP_IMAGE, 255, 255, 'i',		/* longer than the record */
	};
	struct names *ns = names_new();
	struct twt_name rec;

	(void)state;
	name_begin(&rec, TWT_NAME_CGROUP, 1, 1);
	memcpy(rec.text, hostile, sizeof(hostile));
	rec.size = (__u16)(rec.size + sizeof(hostile));
	assert_int_equal(names_add(ns, &rec), 0);
	assert_null(name_part(names_cgroup(ns, 1), TWT_NP_POD));
	assert_string_equal(name_part(names_cgroup(ns, 1), TWT_NP_UNIT), "u");
	assert_null(name_part(names_cgroup(ns, 1), TWT_NP_IMAGE));
	rec.size = 16;
	assert_int_equal(names_add(ns, &rec), -EBADMSG);
	rec.size = sizeof(rec) + 1;
	assert_int_equal(names_add(ns, &rec), -EBADMSG);
	rec.size = 32;
	rec.of = 9;
	assert_int_equal(names_add(ns, &rec), -EBADMSG);
	names_free(ns);
}

static void too_many_are_counted(void **state)
{
	struct names *ns = names_new();
	__u64 i;

	(void)state;
	for (i = 1; i <= NAMES_MAX; i++)
		assert_int_equal(add(ns, TWT_NAME_CGROUP, i, TWT_NP_UNIT, "x.service", 0), 0);
	assert_int_equal(add(ns, TWT_NAME_CGROUP, i, TWT_NP_UNIT, "x.service", 0), -ENOSPC);
	assert_int_equal(names_dropped(ns), 1);
	assert_non_null(names_cgroup(ns, 1));
	assert_non_null(names_cgroup(ns, NAMES_MAX));
	assert_null(names_cgroup(ns, i));
	names_free(ns);
}

static void actors_have_names(void **state)
{
	struct twt_event ev = { .kind = TWT_STATE, .flags = TWT_F_TASK, .tgid = 5, .aux = 1, .cgroup = 7, .comm = "x" };
	struct names *ns = names_new();
	struct actors *as = actors_new(4);
	__u32 id = actors_of_event(as, &ev);

	(void)state;
	(void)add(ns, TWT_NAME_CGROUP, 7, TWT_NP_UNIT, "x.service", 0);
	assert_null(actors_name(as, id));
	actors_set_names(as, ns);
	assert_string_equal(name_unit(actors_name(as, id)), "x.service");
	assert_null(actors_name(as, 0));
	actors_free(as);
	names_free(ns);
}

static int count(void *ctx, const struct name *n)
{
	struct twt_name rec;

	name_record(n, 9, &rec);
	assert_int_equal(rec.ts_ns, 9);
	assert_int_equal(names_add(ctx, &rec), 0);
	return 0;
}

/* What a recording that begins in the middle starts with. */
static void all_can_be_told_again(void **state)
{
	struct names *ns = names_new(), *again = names_new();

	(void)state;
	(void)add(ns, TWT_NAME_CGROUP, 1, TWT_NP_UNIT, "old.service", 0);
	(void)add(ns, TWT_NAME_NETNS, 1, TWT_NP_NETNS, "blue", 0);
	(void)add(ns, TWT_NAME_CGROUP, 1, TWT_NP_UNIT, "new.service", TWT_NP_PATH, "/new.service", 0);
	assert_int_equal(names_foreach(ns, count, again), 0);
	assert_string_equal(name_unit(names_cgroup(again, 1)), "new.service");
	assert_string_equal(name_part(names_cgroup(again, 1), TWT_NP_PATH), "/new.service");
	assert_string_equal(name_part(names_netns(again, 1), TWT_NP_NETNS), "blue");
	names_free(ns);
	names_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_come_back),
		cmocka_unit_test(groups_tell_apart),
		cmocka_unit_test(long_parts_are_cut),
		cmocka_unit_test(bad_records_are_harmless),
		cmocka_unit_test(too_many_are_counted),
		cmocka_unit_test(actors_have_names),
		cmocka_unit_test(all_can_be_told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
