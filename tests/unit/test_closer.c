/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closes first: what is counted for whom, bounds, order, and the sentence. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "core/closer.h"
#include "core/closer_say.h"
#include "core/container.h"

#define SEC 1000000000ULL
#define MINUTE (60 * SEC)

struct fixture { struct actors *as; struct closers *cs; };

static int setup(void **state)
{
	static struct fixture f;

	f.as = actors_new(1000);
	f.cs = closers_new(CLOSERS_BY_PID, 0);
	*state = &f;
	return f.as && f.cs ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	closers_free(f->cs);
	actors_free(f->as);
	return 0;
}

static void regroup(struct fixture *f, enum closers_by by, size_t max_rows)
{
	closers_free(f->cs);
	f->cs = closers_new(by, max_rows);
	assert_non_null(f->cs);
}

static __u32 actor(struct fixture *f, __u32 pid, const char *comm, __u32 flags)
{
	struct twt_event ev = { .flags = TWT_F_TASK | flags, .tgid = pid, .tid = pid, .aux = 1000 + pid, .cgroup = pid % 10 };

	snprintf((char *)ev.comm, sizeof(ev.comm), "%s", comm);
	return actors_of_event(f->as, &ev);
}

/* A connection of @owner to 10.0.0.@host:@port, as it is when it is closed. */
static struct conn conn_of(__u32 owner, enum close_kind close, unsigned int host, unsigned int port)
{
	struct conn c = {
		.cookie = 1, .owner = owner, .closer = owner, .close = close, .role = ROLE_CLIENT, .family = 2,
		.state = ST_CLOSE, .netns = 7, .lport = 40000, .rport = (__u16)port,
		.raddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, (__u8)host },
	};

	return c;
}

static void closed(struct fixture *f, struct conn *c)
{
	c->closed_as = c->close ? c->close : CLOSE_UNKNOWN;
	assert_int_equal(closers_closed(f->cs, c, f->as), 0);
}

static void enter_tw(struct fixture *f, struct conn *c, __u64 ts, __u32 marks)
{
	struct transition tr = { .conn = c, .old_state = ST_FIN_WAIT2, .new_state = ST_TIME_WAIT, .ts_ns = ts, .marks = marks };

	c->state = ST_TIME_WAIT;
	c->since_ns = c->tw_start_ns = ts;
	if (marks & TR_SEEDED)
		c->flags |= CONN_BEGAN_BEFORE | CONN_SINCE_UNKNOWN;
	assert_int_equal(closers_transition(f->cs, &tr, f->as), 0);
}

static void gone(struct fixture *f, struct conn *c, enum tw_end end, __u64 ts)
{
	c->tw_end = end;
	c->state = ST_CLOSE;
	assert_int_equal(closers_gone(f->cs, c, f->as, ts), 0);
}

/* @n looks like @c at @now. */
static void look(struct fixture *f, const struct conn *c, unsigned int n, __u64 now)
{
	closers_look_begin(f->cs, now, MINUTE);
	while (n--)
		assert_int_equal(closers_look(f->cs, c, f->as), 0);
}

static struct closer_row **rows(struct fixture *f, enum closers_sort sort, size_t expected)
{
	struct closer_row **r;
	size_t n;

	assert_int_equal(closers_rows(f->cs, sort, &r, &n), 0);
	assert_int_equal(n, expected);
	return r;
}

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

static void containers_by_path(void **state)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	char id[CONTAINER_ID_LEN + 1];

	(void)state;
	assert_true(container_id("/docker/" ID, id));
	assert_string_equal(id, ID);
	assert_true(container_id("/system.slice/docker-" ID ".scope", id));
	assert_true(container_id("/kubepods.slice/x/cri-containerd-" ID ".scope/sub", id));
	assert_true(container_id("/docker/" ID "/docker/f" "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", id));
	assert_int_equal(id[0], 'f');
	assert_false(container_id("/", id));
	assert_false(container_id("/system.slice/nginx.service", id));
	assert_false(container_id("/docker/" ID "0", id));	/* 65 digits are no id */
	assert_false(container_id("/docker/0123456789abcdef", id));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
		T(order_is_what_was_asked),
		T(beyond_the_limit_the_idle_make_room),
		T(frequent_destinations_stay),
		T(budget_bounds_all_tables),
		T(the_sentence_has_its_numbers),
		T(the_sentence_for_other_groups),
		T(containers_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
