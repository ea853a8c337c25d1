/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closes first: what is counted for whom. */
#include "core/stats/closers/say.h"
#include "unit/stats/closers/fixture.h"

static void every_close_is_counted_once(void **state)
{
	struct fixture *f = *state;
	__u32 nginx = actor(f, 812, "nginx", 0);
	struct closer_row *r, total;
	unsigned int kind;
	__u64 sum = 0;

	for (kind = CLOSE_ACTIVE; kind < CLOSE_KIND_MAX; kind++) {
		for (unsigned int i = 0; i < kind; i++) {
			struct conn c = conn_of(nginx, kind, 5, 80);

			if (kind == CLOSE_ABORT)
				c.reason = REASON_UNREAD;
			closed(f, &c);
			gone(f, &c, TW_END_NONE, SEC);
		}
		sum += kind;
	}
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	assert_int_equal(closer_pid(r), 812);
	assert_int_equal(closer_start_ms(r), 1812);
	assert_string_equal(r->comm, "nginx");
	assert_int_equal(r->closed, sum);
	for (kind = CLOSE_ACTIVE; kind < CLOSE_KIND_MAX; kind++)
		assert_int_equal(r->kinds[kind], kind);
	assert_int_equal(closer_other(r), sum - CLOSE_ACTIVE - CLOSE_PASSIVE - CLOSE_SIMULTANEOUS - CLOSE_ABORT - CLOSE_RESET);
	assert_int_equal(r->reasons[REASON_UNREAD], CLOSE_ABORT);
	assert_int_equal(r->reasons[REASON_LINGER], 0);
	closers_total(f->cs, &total);
	assert_int_equal(total.closed, sum);
}

static void no_verdict_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct conn c = conn_of(actor(f, 1, "a", 0), CLOSE_NOT_YET, 5, 80);

	closed(f, &c);
	gone(f, &c, TW_END_NONE, SEC);
	assert_int_equal(rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0]->kinds[CLOSE_UNKNOWN], 1);
}

static void a_late_verdict_moves_the_count(void **state)
{
	struct fixture *f = *state;
	struct conn c = conn_of(actor(f, 1, "a", 0), CLOSE_ACTIVE, 5, 80);
	struct closer_row *r;

	closed(f, &c);
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	assert_int_equal(r->kinds[CLOSE_ACTIVE], 1);
	assert_int_equal(r->dests.d[0].active, 1);
	/* Its FIN_WAIT2 minisock ran out: the peer never closed. */
	c.close = CLOSE_ORPHAN_TIMEOUT;
	gone(f, &c, TW_END_EXPIRED, MINUTE);
	assert_int_equal(r->closed, 1);
	assert_int_equal(r->kinds[CLOSE_ACTIVE], 0);
	assert_int_equal(r->kinds[CLOSE_ORPHAN_TIMEOUT], 1);
	assert_int_equal(r->dests.d[0].closed, 1);
	assert_int_equal(r->dests.d[0].active, 0);
	/* Data came for a socket that was closed: an abort, and why. */
	c.close = CLOSE_ACTIVE;
	closed(f, &c);
	c.close = CLOSE_ABORT;
	c.reason = REASON_DATA_AFTER_CLOSE;
	gone(f, &c, TW_END_RESET, MINUTE);
	assert_int_equal(r->kinds[CLOSE_ACTIVE], 0);
	assert_int_equal(r->kinds[CLOSE_ABORT], 1);
	assert_int_equal(r->reasons[REASON_DATA_AFTER_CLOSE], 1);
	/* They were no TIME_WAITs. */
	assert_int_equal(r->tw_ends[TW_END_EXPIRED], 0);
	assert_int_equal(closer_tw_ns(r), 0);
}

static void open_ones_are_counted_where_asked(void **state)
{
	struct fixture *f = *state;
	__u32 nginx = actor(f, 812, "nginx", 0);
	struct conn c = conn_of(nginx, CLOSE_NOT_YET, 1, 80);
	struct closer_row **rows;
	size_t n;

	c.state = ST_ESTABLISHED;
	closers_look_begin(f->cs, MINUTE, SEC);
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	assert_int_equal(closers_rows(f->cs, CLOSERS_SORT_CLOSED, &rows, &n), 0);
	assert_int_equal(n, 0);
	closers_count_open(f->cs);
	closers_look_begin(f->cs, MINUTE, SEC);
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	c.state = ST_CLOSE_WAIT;	/* open, and stuck too */
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	c.state = ST_TIME_WAIT;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	c.state = ST_LISTEN;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	assert_int_equal(closers_rows(f->cs, CLOSERS_SORT_CLOSED, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(rows[0]->open, 2);
	assert_int_equal(closer_stuck(rows[0]), 1);
	assert_int_equal(rows[0]->tw_now, 1);
	closers_look_begin(f->cs, MINUTE, SEC);
	assert_int_equal(closers_rows(f->cs, CLOSERS_SORT_CLOSED, &rows, &n), 0);
	assert_int_equal(n, 0);		/* none is left, and none was closed */
}

static void time_wait_adds_up(void **state)
{
	struct fixture *f = *state;
	__u32 nginx = actor(f, 812, "nginx", 0);
	struct closer_row *r;
	unsigned int i;

	/* Ten begin at 1 s: four expire at 61 s, two are reused at 11 s, one finds no room. */
	for (i = 0; i < 11; i++) {
		struct conn c = conn_of(nginx, CLOSE_ACTIVE, 5, 80);

		if (i < 10)
			enter_tw(f, &c, SEC, 0);
		closed(f, &c);
		if (i < 4)
			gone(f, &c, TW_END_EXPIRED, 61 * SEC);
		else if (i < 6)
			gone(f, &c, TW_END_REUSED, 11 * SEC);
		else if (i == 10)
			gone(f, &c, TW_END_OVERFLOW, SEC);
		else
			look(f, &c, 4, 61 * SEC);
	}
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	assert_int_equal(r->tw_created, 10);
	assert_int_equal(r->tw_now, 4);
	assert_int_equal(r->tw_ends[TW_END_EXPIRED], 4);
	assert_int_equal(r->tw_ends[TW_END_REUSED], 2);
	assert_int_equal(r->tw_ends[TW_END_OVERFLOW], 1);
	assert_int_equal(r->tw_created, r->tw_now + r->tw_ends[TW_END_EXPIRED] + r->tw_ends[TW_END_REUSED]);
	assert_true(closer_tw_ns(r) == (4 * 60 + 2 * 10 + 4 * 60) * SEC);
	assert_int_equal(r->tw_created - r->tw_created_before, 10);
	closers_next(f->cs);
	assert_int_equal(r->tw_created - r->tw_created_before, 0);
}

static void a_found_time_wait_is_held_but_was_not_made(void **state)
{
	struct fixture *f = *state;
	struct conn c = conn_of(0, CLOSE_NOT_YET, 5, 80);
	struct closer_row *r;

	enter_tw(f, &c, 100 * SEC, TR_SEEDED);
	c.closed_as = CLOSE_NOT_YET;	/* its socket was gone before us */
	look(f, &c, 1, 130 * SEC);
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	assert_false(r->key.known);
	assert_int_equal(r->tw_now, 1);
	assert_int_equal(r->tw_created, 0);
	assert_true(closer_tw_ns(r) == 30 * SEC);
	gone(f, &c, TW_END_EXPIRED, 140 * SEC);
	look(f, &c, 0, 150 * SEC);
	assert_int_equal(r->closed, 0);
	assert_int_equal(r->tw_now, 0);
	assert_int_equal(r->tw_ends[TW_END_EXPIRED], 1);
	assert_true(closer_tw_ns(r) == 40 * SEC);
}

static void stuck_is_what_waits_too_long_now(void **state)
{
	struct fixture *f = *state;
	struct conn c = conn_of(actor(f, 99, "java", 0), CLOSE_NOT_YET, 5, 80);
	struct strbuf b = { 0 };
	struct closer_row *r;

	c.since_ns = 100 * SEC;
	c.state = ST_CLOSE_WAIT;
	look(f, &c, 3, 159 * SEC);
	(void)rows(f, CLOSERS_SORT_STUCK, 0);	/* a process that holds nothing noteworthy has no row */
	look(f, &c, 3, 160 * SEC);
	r = rows(f, CLOSERS_SORT_STUCK, 1)[0];
	assert_int_equal(r->stuck[STUCK_CLOSE_WAIT], 3);
	assert_true(r->oldest_ns == MINUTE);
	assert_false(r->oldest_at_least);
	c.state = ST_ESTABLISHED;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	assert_int_equal(closer_stuck(r), 3);
	c.state = ST_LAST_ACK;
	c.since_ns = 50 * SEC;
	c.flags |= CONN_SINCE_UNKNOWN;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	c.state = ST_FIN_WAIT2;
	c.since_ns = 60 * SEC;
	assert_int_equal(closers_look(f->cs, &c, f->as), 0);
	assert_int_equal(closer_stuck(r), 5);
	assert_true(r->oldest_ns == 110 * SEC);
	assert_true(r->oldest_at_least);
	say_stuck(&b, r);
	assert_string_equal(b.s, "3 CLOSE_WAIT, 1 FIN_WAIT2, 1 LAST_ACK, oldest >110.000s");
	strbuf_free(&b);
	/* They went on. */
	look(f, &c, 0, 200 * SEC);
	assert_int_equal(closer_stuck(r), 0);
	assert_int_equal(r->oldest_ns, 0);
}

static void processes_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct twt_event ev = { .flags = TWT_F_TASK, .tgid = 5, .aux = 1, .comm = "old" };
	__u32 first = actors_of_event(f->as, &ev), second, kernel = actor(f, 77, "kworker/0:1", TWT_F_KTHREAD), exiting;
	struct closer_row **r;
	struct conn c;

	ev.aux = 2;
	memcpy(ev.comm, "new", 4);
	second = actors_of_event(f->as, &ev);	/* the same pid, another process */
	exiting = actor(f, 9, "gone", TWT_F_EXITING);
	c = conn_of(first, CLOSE_ACTIVE, 1, 80);
	closed(f, &c);
	c = conn_of(second, CLOSE_PASSIVE, 1, 80);
	closed(f, &c);
	c = conn_of(exiting, CLOSE_ACTIVE, 1, 80);
	closed(f, &c);
	c = conn_of(0, CLOSE_RESET, 1, 80);
	closed(f, &c);
	c = conn_of(kernel, CLOSE_ACTIVE, 1, 80);
	closed(f, &c);
	c = conn_of(0, CLOSE_ACTIVE, 1, 80);
	c.flags |= CONN_KERNEL;
	closed(f, &c);
	r = rows(f, CLOSERS_SORT_PID, 5);
	assert_string_equal(r[0]->comm, "old");
	assert_string_equal(r[1]->comm, "new");
	assert_false(r[1]->exited);
	assert_string_equal(r[2]->comm, "gone");
	assert_true(r[2]->exited);
	assert_false(r[3]->key.known);
	assert_false(r[3]->key.kernel);
	assert_int_equal(r[3]->kinds[CLOSE_RESET], 1);
	/* No worker of the kernel is named. */
	assert_true(r[4]->key.kernel);
	assert_false(r[4]->key.known);
	assert_string_equal(r[4]->comm, "");
	assert_int_equal(r[4]->closed, 2);
}

static void a_stranger_that_closes_is_named(void **state)
{
	struct fixture *f = *state;
	__u32 owner = actor(f, 1, "owner", 0);
	struct closer_row *r;
	unsigned int i;

	for (i = 0; i < 7; i++) {
		struct conn c = conn_of(owner, CLOSE_ACTIVE, 5, 80);

		c.closer = actor(f, i == 0 ? 1 : i < 3 ? 100 : 100 + i, "helper", 0);
		closed(f, &c);
	}
	r = rows(f, CLOSERS_SORT_TIME_WAIT, 1)[0];
	assert_int_equal(r->closed, 7);
	assert_int_equal(r->by_strangers, 6);
	assert_int_equal(r->strangers[0].tgid, 100);
	assert_int_equal(r->strangers[0].closed, 2);
	assert_int_equal(r->strangers[3].tgid, 105);
	assert_int_equal(r->strangers_rest, 1);
}

static void groups_by_everything(void **state)
{
	static const struct { enum closers_by by; const char *name; size_t n; } by[] = {
		{ CLOSERS_BY_PID, "pid", 4 }, { CLOSERS_BY_COMM, "comm", 3 }, { CLOSERS_BY_CGROUP, "cgroup", 4 },
		{ CLOSERS_BY_NETNS, "netns", 2 }, { CLOSERS_BY_LPORT, "lport", 2 }, { CLOSERS_BY_REMOTE, "raddr:rport", 3 },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		struct conn c[4] = {
			conn_of(actor(f, 1, "a", 0), CLOSE_ACTIVE, 1, 80), conn_of(actor(f, 2, "a", 0), CLOSE_ACTIVE, 1, 443),
			conn_of(actor(f, 3, "b", 0), CLOSE_ACTIVE, 1, 80), conn_of(0, CLOSE_ACTIVE, 1, 5001),
		};
		struct closer_row total;
		enum closers_by parsed;
		size_t k;

		assert_int_equal(closers_by_parse(by[i].name, &parsed), 0);
		assert_int_equal(parsed, by[i].by);
		assert_string_equal(closers_by_name(parsed), by[i].name);
		regroup(f, parsed, 0);
		c[3].role = ROLE_SERVER;	/* the peer's port is nothing to group by */
		c[3].lport = 443;
		c[3].netns = 8;
		for (k = 0; k < 4; k++)
			closed(f, &c[k]);
		(void)rows(f, CLOSERS_SORT_TIME_WAIT, by[i].n);
		closers_total(f->cs, &total);
		assert_int_equal(total.closed, 4);
	}
	assert_int_equal(closers_by_parse("port", &(enum closers_by){ 0 }), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_close_is_counted_once),
		T(no_verdict_is_unknown),
		T(a_late_verdict_moves_the_count),
		T(open_ones_are_counted_where_asked),
		T(time_wait_adds_up),
		T(a_found_time_wait_is_held_but_was_not_made),
		T(stuck_is_what_waits_too_long_now),
		T(processes_are_told_apart),
		T(a_stranger_that_closes_is_named),
		T(groups_by_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
