/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections and looks for the tests of core/closer. */
#ifndef CLOSER_FIXTURE_H
#define CLOSER_FIXTURE_H
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "core/stats/closers/closers.h"

#define SEC 1000000000ULL
#define MINUTE (60 * SEC)

struct fixture { struct actors *as; struct closers *cs; };

static inline int setup(void **state)
{
	static struct fixture f;

	f.as = actors_new(1000);
	f.cs = closers_new(CLOSERS_BY_PID, 0);
	*state = &f;
	return f.as && f.cs ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	closers_free(f->cs);
	actors_free(f->as);
	return 0;
}

static inline void regroup(struct fixture *f, enum closers_by by, size_t max_rows)
{
	closers_free(f->cs);
	f->cs = closers_new(by, max_rows);
	assert_non_null(f->cs);
}

static inline __u32 actor(struct fixture *f, __u32 pid, const char *comm, __u32 flags)
{
	struct twt_event ev = { .flags = TWT_F_TASK | flags, .tgid = pid, .tid = pid, .aux = 1000 + pid, .cgroup = pid % 10 };

	snprintf((char *)ev.comm, sizeof(ev.comm), "%s", comm);
	return actors_of_event(f->as, &ev);
}

/* A connection of @owner to 10.0.0.@host:@port, as it is when it is closed. */
static inline struct conn conn_of(__u32 owner, enum close_kind close, unsigned int host, unsigned int port)
{
	struct conn c = {
		.cookie = 1, .owner = owner, .closer = owner, .close = close, .role = ROLE_CLIENT, .family = 2,
		.state = ST_CLOSE, .netns = 7, .lport = 40000, .rport = (__u16)port,
		.raddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, (__u8)host },
	};

	return c;
}

static inline void closed(struct fixture *f, struct conn *c)
{
	c->closed_as = c->close ? c->close : CLOSE_UNKNOWN;
	assert_int_equal(closers_closed(f->cs, c, f->as), 0);
}

static inline void enter_tw(struct fixture *f, struct conn *c, __u64 ts, __u32 marks)
{
	struct transition tr = { .conn = c, .old_state = ST_FIN_WAIT2, .new_state = ST_TIME_WAIT, .ts_ns = ts, .marks = marks };

	c->state = ST_TIME_WAIT;
	c->since_ns = c->tw_start_ns = ts;
	if (marks & TR_SEEDED)
		c->flags |= CONN_BEGAN_BEFORE | CONN_SINCE_UNKNOWN;
	assert_int_equal(closers_transition(f->cs, &tr, f->as), 0);
}

static inline void gone(struct fixture *f, struct conn *c, enum tw_end end, __u64 ts)
{
	c->tw_end = end;
	c->state = ST_CLOSE;
	assert_int_equal(closers_gone(f->cs, c, f->as, ts), 0);
}

/* @n looks like @c at @now. */
static inline void look(struct fixture *f, const struct conn *c, unsigned int n, __u64 now)
{
	closers_look_begin(f->cs, now, MINUTE);
	while (n--)
		assert_int_equal(closers_look(f->cs, c, f->as), 0);
}

static inline struct closer_row **rows(struct fixture *f, enum closers_sort sort, size_t expected)
{
	struct closer_row **r;
	size_t n;

	assert_int_equal(closers_rows(f->cs, sort, &r, &n), 0);
	assert_int_equal(n, expected);
	return r;
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
