/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "core/conn/filter_expr.h"
#include "core/event/tcp.h"

static struct actors *as;
static struct conn c = {
	.lport = 80, .rport = 40000, .family = 2, .state = ST_TIME_WAIT, .netns = 4026531840U,
	.raddr = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 7 },
};

static int setup(void **state)
{
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = 812, .comm = "Web Content" };

	(void)state;
	as = actors_new(10);
	if (!as)
		return -1;
	c.owner = actors_of_event(as, &ev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	actors_free(as);
	return 0;
}

/* 1: matches, 0: does not, negative: refused. */
static int outcome(const char *text)
{
	struct filter *f = NULL;
	char err[256] = "";
	int e = filter_parse(text, &f, err, sizeof(err)), match;

	if (e) {
		assert_null(f);
		assert_string_not_equal(err, "");
		assert_null(strchr(err, '\n'));
		return e;
	}
	match = filter_match(f, &c, as, 1U << c.state);
	filter_free(f);
	return match;
}

static void conditions(void **state)
{
	static const struct { const char *text; int want; } cases[] = {
		{ "", 1 }, { "  \t ", 1 },
		{ "pid=812", 1 }, { "pid=813", 0 }, { "  pid=1,812   ", 1 },
		{ "lport=80,443 state=time-wait raddr=10.0.0.0/8", 1 },
		{ "lport=80,443 state=established", 0 },
		{ "lport=81 lport=80", 1 },		/* the same key again: one of them */
		{ "port=40000", 1 }, { "rport=1-39999", 0 },
		{ "comm=\"Web Content\"", 1 }, { "comm=Web*", 1 }, { "\"comm=Web Content\"", 1 }, { "comm=nginx", 0 },
		{ "ipv4", 1 }, { "ipv6", 0 }, { "ipv4 ipv6", 1 },
		{ "netns=4026531840", 1 }, { "laddr=::1", 0 },
		{ "--lport=80 --ipv4", 1 },		/* as pasted from a command line */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (outcome(cases[i].text) != cases[i].want)
			fail_msg("\"%s\": %d", cases[i].text, outcome(cases[i].text));
	}
}

static void refused(void **state)
{
	static const char *const cases[] = {
		"812", "pid", "pid=", "pid=x", "foo=1", "=1", "=", "pid =812", "lport=80,,443", "state=wait", "comm=\"open",
		"ipv4=1", "ipv5", "pid=812 nonsense", "-p 812", "raddr=10.0.0.0/33",
	};
	char longest[FILTER_EXPR_LEN + 2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (outcome(cases[i]) != -EINVAL)
			fail_msg("\"%s\" was taken", cases[i]);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(outcome(longest), -EINVAL);
	longest[FILTER_EXPR_LEN - 1] = '\0';
	assert_int_equal(outcome(longest), -EINVAL);
}

static void what_is_wrong_is_said(void **state)
{
	struct filter *f = NULL;
	char err[256];

	(void)state;
	assert_int_equal(filter_parse("pid=", &f, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "pid="));
	assert_int_equal(filter_parse("lport=80 colour=red", &f, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "colour=red"));
	assert_non_null(strstr(err, "KEY=VALUE"));
	assert_in_range(strlen(err), 1, 110);		/* one line of a screen, nearly */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions), cmocka_unit_test(refused), cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests_name("filter_expr", tests, setup, teardown);
}
