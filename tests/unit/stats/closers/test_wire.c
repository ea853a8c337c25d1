/* SPDX-License-Identifier: GPL-2.0-only */
/* What the wire did to the connections of a group, and which destinations stand out by that. */
#include <stdlib.h>
#include "core/stats/closers/parts.h"
#include "core/stats/closers/say.h"
#include "unit/stats/closers/fixture.h"

/* @n connections to 10.0.0.@host:80 ended, each with @again of @out segments sent again, and a round trip of @rtt us. */
static void ended(struct fixture *f, __u32 owner, unsigned int host, unsigned int n, __u32 out, __u32 again, __u32 rtt)
{
	struct wire w = { .segs_out = out, .retrans_segs = again, .srtt_us = rtt, .at_end = true };
	struct conn c = conn_of(owner, CLOSE_ACTIVE, host, 80);

	c.wire = &w;
	while (n--)
		closed(f, &c);
}

static struct closer_row *host(struct closer_row **r, size_t n, unsigned int which)
{
	for (size_t i = 0; i < n; i++)
		if (r[i]->key.remote.addr[15] == which)
			return r[i];
	fail_msg("no destination %u", which);
	return NULL;
}

static void shares_and_medians(void **state)
{
	struct fixture *f = *state;
	__u32 a = actor(f, 1, "a", 0), b = actor(f, 2, "b", 0), none = actor(f, 3, "none", 0);
	struct conn c = conn_of(none, CLOSE_ACTIVE, 1, 80);
	struct wire alive = { .segs_out = 100, .retrans_segs = 50, .srtt_us = 5 };
	struct strbuf text = { 0 };
	struct closer_row **r, total;

	ended(f, a, 1, 3, 100, 0, 1000);
	ended(f, a, 2, 2, 100, 5, 30000);
	ended(f, b, 1, 1, 0, 1, 0);		/* a child whose SYN-ACK was sent again, and no more */
	closed(f, &c);				/* nobody looked */
	c.wire = &alive;			/* as of a look, not of its end */
	closed(f, &c);
	r = rows(f, CLOSERS_SORT_PID, 3);
	assert_int_equal(r[0]->wire.conns, 5);
	assert_int_equal(r[0]->wire.retrans_conns, 2);
	assert_int_equal(closer_retrans_ppm(r[0]), 20000);
	assert_in_range(r[0]->wire.rtt_us, 1000, 1032);
	assert_int_equal(closer_retrans_ppm(r[1]), 1000000);
	assert_int_equal(r[1]->wire.rtt_us, 0);
	assert_int_equal(r[2]->wire.conns, 0);
	assert_int_equal(closer_retrans_ppm(r[2]), 0);
	closers_total(f->cs, &total);
	assert_int_equal(total.wire.conns, 6);
	assert_int_equal(total.wire.retrans_segs, 11);
	/* The median moves with what comes. */
	ended(f, a, 2, 4, 100, 0, 30000);
	r = rows(f, CLOSERS_SORT_RTT, 3);
	assert_int_equal(closer_pid(r[0]), 1);
	assert_in_range(r[0]->wire.rtt_us, 30000, 30938);
	assert_int_equal(closer_pid(rows(f, CLOSERS_SORT_RETRANS, 3)[0]), 2);
	r = rows(f, CLOSERS_SORT_PID, 3);
	say_wire(&text, r[0]);
	assert_string_equal(text.s, "9 connections: 1.1% of 900 segments sent again (by 2 of them), median round trip 30.00ms");
	strbuf_reset(&text);
	say_wire(&text, r[1]);
	assert_string_equal(text.s, "1 connection: 1 segment sent again");
	strbuf_reset(&text);
	say_wire(&text, r[2]);
	assert_int_equal(text.len, 0);
	strbuf_free(&text);
}

/* What is summed up keeps its round trips; what there is no memory for is counted. */
static void bounded(void **state)
{
	struct fixture *f = *state;
	struct closer_row sum = { .key.rest = 1 }, **r;
	struct hist rtt;
	__u32 pid;

	regroup(f, CLOSERS_BY_PID, 4);
	for (pid = 1; pid <= 6; pid++)
		ended(f, actor(f, pid, "p", 0), 1, 1, 10, 0, 100 * pid);
	r = rows(f, CLOSERS_SORT_PID, 5);
	assert_true(r[4]->key.rest);
	assert_int_equal(r[4]->wire.conns, 2);
	assert_in_range(r[4]->wire.rtt_us, 500, 516);
	closer_rtt_init(&rtt);
	sum.wire.rtt = &rtt;
	for (size_t i = 0; i < 5; i++)
		closers_add_up(&sum, r[i]);
	closer_rtt_update(&sum);
	assert_int_equal(sum.wire.conns, 6);
	assert_in_range(sum.wire.rtt_us, 300, 310);
	hist_free(&rtt);
	f->cs->rtt_budget.limit = f->cs->rtt_budget.used;
	ended(f, actor(f, 1, "p", 0), 1, 2, 10, 0, 40000);
	r = rows(f, CLOSERS_SORT_PID, 5);
	assert_int_equal(r[0]->wire.conns, 3);
	assert_int_equal(r[0]->wire.rtt_missed, 2);
	assert_in_range(r[0]->wire.rtt_us, 100, 104);
}

static struct closer_row **judged(struct fixture *f, size_t n)
{
	struct closer_row **r = rows(f, CLOSERS_SORT_CLOSED, n);

	assert_int_equal(closers_outliers(r, n), 0);
	return r;
}

static void one_stands_out(void **state)
{
	struct fixture *f = *state;
	__u32 a = actor(f, 1, "a", 0);
	struct strbuf b = { 0 };
	struct closer_row **r;

	regroup(f, CLOSERS_BY_REMOTE, 0);
	ended(f, a, 1, 10, 100, 0, 1000);
	ended(f, a, 2, 10, 1000, 1, 1100);
	ended(f, a, 3, 10, 100, 0, 900);
	ended(f, a, 4, 9, 100, 50, 90000);	/* too few of them */
	r = judged(f, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(!r[i]->wire.judged && !r[i]->wire.out);	/* two others are too few */
	ended(f, a, 4, 1, 100, 50, 90000);
	r = judged(f, 4);
	assert_int_equal(host(r, 4, 4)->wire.out, CLOSER_OUT_RETRANS | CLOSER_OUT_RTT);
	assert_int_equal(host(r, 4, 4)->wire.others_ppm, 0);
	for (unsigned int i = 1; i <= 3; i++)
		assert_true(host(r, 4, i)->wire.judged && !host(r, 4, i)->wire.out);
	say_outlier(&b, host(r, 4, 4));
	assert_string_equal(b.s, "10.0.0.4:80 stands out: 50.0% of its segments were sent again, 0.0% at the others; its median round trip is 90.00ms, "
			    "1.000ms at the others.");
	strbuf_reset(&b);
	say_outlier(&b, host(r, 4, 1));
	assert_int_equal(b.len, 0);
	strbuf_free(&b);
}

/* Each bound of the rule by itself. */
static void bounds_of_the_rule(void **state)
{
	static const struct { __u32 others, rtt, out, again; __u8 want; const char *why; } cases[] = {
		{ 1000, 1990, 100, 0, 0, "less than twice" },
		{ 1000, 2200, 100, 0, CLOSER_OUT_RTT, "more than twice, and 1 ms" },
		{ 100, 900, 100, 0, 0, "nine times, but not 1 ms" },
		{ 1000, 1000, 1000, 9, 0, "less than 1 %" },
		{ 1000, 1000, 100, 1, CLOSER_OUT_RETRANS, "1 %, 10 segments" },
		{ 1000, 1000, 99, 0, 0, "none" },
	};
	struct fixture *f = *state;
	__u32 a = actor(f, 1, "a", 0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct closer_row **r;

		regroup(f, CLOSERS_BY_REMOTE, 0);
		for (unsigned int h = 1; h <= 5; h++)
			ended(f, a, h, 10, 100, 0, cases[i].others);
		ended(f, a, 9, 10, cases[i].out, cases[i].again, cases[i].rtt);
		r = judged(f, 6);
		if (host(r, 6, 9)->wire.out != cases[i].want)
			fail_msg("%s", cases[i].why);
		for (unsigned int h = 1; h <= 5; h++)
			assert_int_equal(host(r, 6, h)->wire.out, 0);
	}
	/* Where all differ from each other, nobody stands out for being another one. */
	regroup(f, CLOSERS_BY_REMOTE, 0);
	for (unsigned int h = 1; h <= 6; h++)
		ended(f, a, h, 10, 100, h, 10000 * h);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(judged(f, 6)[i]->wire.out, 0);
	/* Three times the others' loss. */
	regroup(f, CLOSERS_BY_REMOTE, 0);
	for (unsigned int h = 1; h <= 5; h++)
		ended(f, a, h, 10, 100, 2, 1000);
	ended(f, a, 8, 10, 100, 6, 1000);
	ended(f, a, 9, 10, 100, 7, 1000);
	assert_int_equal(host(judged(f, 7), 7, 8)->wire.out, 0);
	assert_int_equal(host(judged(f, 7), 7, 9)->wire.out, CLOSER_OUT_RETRANS);
	assert_int_equal(closers_outliers(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(shares_and_medians), T(bounded), T(one_stands_out), T(bounds_of_the_rule) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
