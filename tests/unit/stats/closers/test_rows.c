/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closes first: order, bounds, and the sentence. */
#include "core/stats/closers/say.h"
#include "unit/stats/closers/fixture.h"

static void order_is_what_was_asked(void **state)
{
	static const struct { const char *key; __u32 first; } sorts[] = {
		{ "time_wait", 1 }, { "time-wait", 1 }, { "closed", 3 }, { "active", 2 }, { "passive", 3 }, { "abort", 4 },
		{ "simultaneous", 5 }, { "reset", 6 }, { "other", 7 }, { "time_wait_created", 2 }, { "rate", 2 },
		{ "time_wait_seconds", 1 }, { "stuck", 8 }, { "pid", 1 }, { "comm", 9 },
	};
	static const __u8 kind[] = { CLOSE_ACTIVE, CLOSE_ACTIVE, CLOSE_PASSIVE, CLOSE_ABORT, CLOSE_SIMULTANEOUS, CLOSE_RESET,
				     CLOSE_REFUSED, CLOSE_ACTIVE, CLOSE_ACTIVE };
	struct fixture *f = *state;
	enum closers_sort sort;
	struct conn c;
	size_t i, k;

	for (i = 0; i < sizeof(kind); i++) {
		char comm[2] = { (char)('z' - i), '\0' };
		size_t n = i == 1 ? 5 : i == 2 ? 20 : i == 8 ? 1 : 3;

		for (k = 0; k < n; k++) {
			c = conn_of(actor(f, (__u32)i + 1, comm, 0), kind[i], 1, 80);
			if (i == 1)
				enter_tw(f, &c, 400 * SEC, 0);
			closed(f, &c);
		}
	}
	closers_look_begin(f->cs, 401 * SEC, MINUTE);
	for (k = 0; k < 4; k++) {
		c = conn_of(actor(f, 1, "z", 0), CLOSE_ACTIVE, 1, 80);
		c.state = ST_TIME_WAIT;
		c.tw_start_ns = SEC;
		assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	}
	c = conn_of(actor(f, 8, "s", 0), CLOSE_ACTIVE, 1, 80);
	c.state = ST_CLOSE_WAIT;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	for (i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		assert_int_equal(closers_sort_parse(sorts[i].key, &sort), 0);
		assert_int_equal(closer_pid(rows(f, sort, 9)[0]), sorts[i].first);
	}
	assert_int_equal(closers_sort_parse("time", &sort), -EINVAL);
	assert_int_equal(closers_sort_parse("", &sort), -EINVAL);
}

static void beyond_the_limit_the_idle_make_room(void **state)
{
	struct fixture *f = *state;
	struct closer_row **r, total;
	struct conn c;
	__u32 pid;

	regroup(f, CLOSERS_BY_PID, 8);
	/* Before the first look nobody is known to be idle: the ninth goes to the rest. */
	for (pid = 1; pid <= 9; pid++) {
		c = conn_of(actor(f, pid, "p", 0), CLOSE_ACTIVE, 1, 80);
		closed(f, &c);
	}
	r = rows(f, CLOSERS_SORT_PID, 9);
	assert_true(r[8]->key.rest);
	assert_int_equal(r[8]->closed, 1);
	assert_int_equal(r[8]->dests.n, 0);
	/* 1 holds a TIME_WAIT, 2 is busy; of the idle ones a quarter and one make room for 10. */
	closers_look_begin(f->cs, 10 * SEC, MINUTE);
	c = conn_of(actor(f, 1, "p", 0), CLOSE_ACTIVE, 1, 80);
	c.state = ST_TIME_WAIT;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	c = conn_of(actor(f, 2, "p", 0), CLOSE_ACTIVE, 1, 80);
	closed(f, &c);
	c = conn_of(actor(f, 10, "p", 0), CLOSE_ACTIVE, 1, 80);
	closed(f, &c);
	r = rows(f, CLOSERS_SORT_PID, 7);
	assert_int_equal(closer_pid(r[0]), 1);
	assert_int_equal(closer_pid(r[1]), 2);
	assert_int_equal(closer_pid(r[5]), 10);
	assert_true(r[6]->key.rest);
	assert_int_equal(r[6]->closed, 4);
	closers_total(f->cs, &total);
	assert_int_equal(total.closed, 11);
	assert_int_equal(total.tw_now, 1);
	/* A late verdict on what was folded: the rest has it. */
	c = conn_of(actor(f, 3, "p", 0), CLOSE_ACTIVE, 1, 80);
	c.closed_as = CLOSE_ACTIVE;
	c.close = CLOSE_ORPHAN_TIMEOUT;
	gone(f, &c, TW_END_EXPIRED, 20 * SEC);
	closers_total(f->cs, &total);
	assert_int_equal(total.kinds[CLOSE_ORPHAN_TIMEOUT], 1);
	assert_int_equal(total.kinds[CLOSE_ACTIVE], 10);
	assert_int_equal(total.closed, 11);
}

static void one_host_is_one_destination(void **state)
{
	struct fixture *f = *state;
	struct conn c = conn_of(actor(f, 1, "a", 0), CLOSE_ACTIVE, 5, 80);
	struct strbuf b = { 0 };
	struct closer_row *r;

	closed(f, &c);
	c.family = 10;	/* v4-mapped */
	closed(f, &c);
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	assert_int_equal(r->dests.n, 1);
	assert_int_equal(r->dests.d[0].closed, 2);
	c.raddr[0] = 0x20;
	closed(f, &c);
	assert_int_equal(r->dests.n, 2);
	dests_sort(&r->dests);
	say_dest(&b, &r->dests.d[0].key);
	assert_string_equal(b.s, "10.0.0.5:80");
	strbuf_reset(&b);
	say_dest(&b, &r->dests.d[1].key);
	assert_string_equal(b.s, "[2000::ffff:a00:5]:80");
	strbuf_free(&b);
}

static void frequent_destinations_stay(void **state)
{
	struct fixture *f = *state;
	__u32 crawler = actor(f, 1, "crawler", 0);
	struct closer_row *r;
	unsigned int i;
	__u64 sum = 0;

	/* 1,000 destinations once each, and among them one that is met 200 times. */
	for (i = 0; i < 1000; i++) {
		struct conn c = conn_of(crawler, CLOSE_ACTIVE, 1, 10000 + i);

		closed(f, &c);
		if (i % 5)
			continue;
		c = conn_of(crawler, i % 10 ? CLOSE_PASSIVE : CLOSE_ACTIVE, 2, 80);
		closed(f, &c);
	}
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	dests_sort(&r->dests);
	assert_int_equal(r->dests.n, DESTS_MAX);
	assert_int_equal(r->dests.d[0].key.port, 80);
	assert_int_equal(r->dests.d[0].closed, 200);
	assert_int_equal(r->dests.d[0].active, 100);
	assert_int_equal(r->dests.d[0].missed, 0);
	for (i = 0; i < r->dests.n; i++) {
		/* What is shown was counted, and what was missed of it is no more than the bound. */
		assert_true(r->dests.d[i].missed <= r->closed / DESTS_MAX);
		assert_true(i == 0 || r->dests.d[i].closed + r->dests.d[i].missed >= 1);
		sum += r->dests.d[i].closed + r->dests.d[i].missed;
	}
	assert_int_equal(sum, r->closed);	/* space-saving: estimates add up to everything */
}

static void budget_bounds_all_tables(void **state)
{
	struct dests ds = { 0 };
	size_t budget = 6;
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		struct conn c = conn_of(1, CLOSE_ACTIVE, 1, 80 + i);
		struct dest_key key = dest_of(&c);

		dests_add(&ds, &key, true, &budget);
	}
	assert_int_equal(ds.cap, 4);	/* 8 would need 4 more, and 2 are left */
	assert_int_equal(ds.n, 4);
	assert_int_equal(budget, 2);
	dests_clear(&ds);
	budget = 0;
	dests_add(&ds, &(struct dest_key){ .port = 1 }, true, &budget);
	assert_int_equal(ds.n, 0);
	dests_sort(&ds);
	dests_clear(&ds);
}

static void say(struct fixture *f, enum closers_by by, size_t n, const char *expected)
{
	struct closer_row **r = rows(f, CLOSERS_SORT_TIME_WAIT, n), *worst = closers_worst(r, n);
	struct strbuf b = { 0 };

	assert_non_null(worst);
	say_worst(&b, by, worst, NULL);
	assert_string_equal(b.s, expected);
	strbuf_free(&b);
}

static void the_sentence_has_its_numbers(void **state)
{
	struct fixture *f = *state;
	__u32 nginx = actor(f, 812, "nginx", 0), curl = actor(f, 813, "curl", 0);
	struct conn c;
	unsigned int i;

	assert_null(closers_worst(NULL, 0));
	for (i = 0; i < 10000; i++) {
		c = conn_of(nginx, i < 9812 ? CLOSE_ACTIVE : CLOSE_PASSIVE, 5, 8080);
		closed(f, &c);
	}
	c = conn_of(curl, CLOSE_PASSIVE, 5, 8080);
	closed(f, &c);
	c = conn_of(nginx, CLOSE_ACTIVE, 5, 8080);
	c.state = ST_TIME_WAIT;
	look(f, &c, 4310, SEC);
	say(f, CLOSERS_BY_PID, 2, "nginx (pid 812) closed first on 9,812 of 10,000 connections to 10.0.0.5:8080 and holds "
	    "4,310 TIME_WAIT.");
	c = conn_of(nginx, CLOSE_ACTIVE, 6, 80);
	closed(f, &c);
	c.state = ST_CLOSE_WAIT;
	c.since_ns = 0;
	look(f, &c, 2, 100 * SEC);
	say(f, CLOSERS_BY_PID, 2, "nginx (pid 812) closed first on 9,813 of 10,001 connections (10,000 of them to "
	    "10.0.0.5:8080); stuck: 2 CLOSE_WAIT, oldest 100.000s.");
}

static void the_sentence_for_other_groups(void **state)
{
	struct fixture *f = *state;
	struct conn c = conn_of(actor(f, 812, "nginx", 0), CLOSE_ACTIVE, 5, 80);

	c.role = ROLE_SERVER;
	c.lport = 443;
	regroup(f, CLOSERS_BY_LPORT, 0);
	closed(f, &c);
	c.role = ROLE_CLIENT;
	closed(f, &c);
	say(f, CLOSERS_BY_LPORT, 2, "this host's clients closed first on 1 of 1 connection to 10.0.0.5:80.");
	regroup(f, CLOSERS_BY_LPORT, 0);
	c.role = ROLE_SERVER;
	closed(f, &c);
	say(f, CLOSERS_BY_LPORT, 1, "local port 443 closed first on 1 of 1 connection with 10.0.0.5.");
	regroup(f, CLOSERS_BY_REMOTE, 0);
	enter_tw(f, &c, SEC, 0);
	closed(f, &c);
	say(f, CLOSERS_BY_REMOTE, 1, "this host closed first on 1 of 1 connection with 10.0.0.5 and holds no TIME_WAIT any more.");
	regroup(f, CLOSERS_BY_CGROUP, 0);
	closed(f, &c);
	say(f, CLOSERS_BY_CGROUP, 1, "cgroup 2 closed first on 1 of 1 connection with 10.0.0.5.");
	regroup(f, CLOSERS_BY_PID, 0);
	c.owner = 0;
	look(f, &c, 3, 2 * SEC);
	say(f, CLOSERS_BY_PID, 1, "an unknown process holds 3 TIME_WAIT.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(order_is_what_was_asked),
		T(beyond_the_limit_the_idle_make_room),
		T(one_host_is_one_destination),
		T(frequent_destinations_stay),
		T(budget_bounds_all_tables),
		T(the_sentence_has_its_numbers),
		T(the_sentence_for_other_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
