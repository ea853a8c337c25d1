/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends that are joined and ends that are not, what both say together, and how far clocks seem to be apart. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/pairs/pairs.h"

#define MS 1000000LL
#define S (1000 * MS)

static void set_addr(__u8 addr[16], __u32 v4)
{
	memset(addr, 0, 16);
	addr[10] = addr[11] = 0xff;
	for (int i = 0; i < 4; i++)
		addr[12 + i] = (__u8)(v4 >> (24 - 8 * i));
}

#define NEAR 0x0a030001
#define FAR 0x0a030002
#define LO 0x7f000001

/* The client's end on recording 0, from @from to @to, port @port; its peer is FAR:80. */
static struct pair_end client(__u16 port, long long from, long long to)
{
	struct pair_end e = { .host = 0, .cookie = port, .netns = 1, .lport = port, .rport = 80, .family = 2, .role = ROLE_CLIENT, .close = CLOSE_ACTIVE,
			      .over = true, .wanted = true, .born_ns = from, .end_ns = to };

	set_addr(e.laddr, NEAR);
	set_addr(e.raddr, FAR);
	return e;
}

/* What it looks like from the other side. */
static struct pair_end other(const struct pair_end *e, size_t host)
{
	struct pair_end o = *e;

	o.host = host;
	o.netns = 2;
	o.cookie = e->cookie + 1000;
	o.lport = e->rport;
	o.rport = e->lport;
	memcpy(o.laddr, e->raddr, 16);
	memcpy(o.raddr, e->laddr, 16);
	o.role = e->role == ROLE_CLIENT ? ROLE_SERVER : e->role == ROLE_SERVER ? ROLE_CLIENT : e->role;
	o.close = e->close == CLOSE_ACTIVE ? CLOSE_PASSIVE : e->close == CLOSE_PASSIVE ? CLOSE_ACTIVE : e->close;
	return o;
}

static void at(struct pair_end *e, enum pair_moment m, long long ns)
{
	e->known |= 1U << m;
	e->at_ns[m] = ns;
}

static struct pairs_counts counted(const struct pairs *ps)
{
	struct pairs_counts n;

	pairs_counted(ps, &n);
	return n;
}

static void test_join(void **state)
{
	struct pairs *ps = pairs_new(0);
	struct pair_end c = client(4000, 1 * S, 2 * S), s = other(&c, 1);
	struct pair p;

	(void)state;
	at(&c, PAIR_FIN_WAIT1, 2 * S);
	at(&s, PAIR_CLOSE_WAIT, 2 * S + 15 * MS);
	at(&s, PAIR_LAST_ACK, 2 * S + 20 * MS);
	at(&c, PAIR_TIME_WAIT, 2 * S + 36 * MS);
	at(&c, PAIR_ESTABLISHED, 1 * S + 30 * MS);
	at(&s, PAIR_ESTABLISHED, 1 * S + 45 * MS);
	assert_int_equal(pairs_add(ps, &s, &p), 0);
	assert_int_equal(counted(ps).alone, 1);
	assert_int_equal(pairs_add(ps, &c, &p), 1);
	assert_int_equal(p.client.host, 0);
	assert_int_equal(p.server.host, 1);
	assert_true(p.roles_known && p.agree);
	assert_int_equal(p.first, PAIR_FIRST_CLIENT);
	assert_true(p.fin.known && p.fin_back.known && p.ack.known && !p.syn.known);
	assert_int_equal(p.fin.ns, 15 * MS);
	assert_int_equal(p.fin_back.ns, 16 * MS);
	assert_int_equal(p.ack.ns, 15 * MS);
	assert_int_equal(counted(ps).joined, 1);
	assert_int_equal(counted(ps).alone, 0);
	/* It is used up. */
	assert_int_equal(pairs_add(ps, &c, &p), 0);
	pairs_free(ps);
	pairs_free(NULL);
}

static void test_not_joined(void **state)
{
	struct pairs *ps = pairs_new(0);
	struct pair_end c = client(4000, 1 * S, 2 * S), s = other(&c, 1), same = c, self = client(80, 1 * S, 2 * S);
	struct pair p;

	(void)state;
	same.cookie++;
	assert_int_equal(pairs_add(ps, &c, &p), 0);
	assert_int_equal(pairs_add(ps, &same, &p), 0);		/* the same direction */
	s.born_ns += 20 * S;
	s.end_ns += 20 * S;
	assert_int_equal(pairs_add(ps, &s, &p), 0);		/* the port's next connection */
	assert_int_equal(counted(ps).far, 1);
	memcpy(self.raddr, self.laddr, 16);			/* talks with itself */
	assert_int_equal(pairs_add(ps, &self, &p), 0);
	assert_int_equal(pairs_add(ps, &self, &p), 0);
	pairs_free(ps);

	/* Loopback: of one namespace alone. */
	ps = pairs_new(0);
	c = client(5000, 1 * S, 2 * S);
	set_addr(c.laddr, LO);
	set_addr(c.raddr, LO);
	s = other(&c, 1);
	assert_int_equal(pairs_add(ps, &c, &p), 0);
	assert_int_equal(pairs_add(ps, &s, &p), 0);
	s.host = 0;
	assert_int_equal(pairs_add(ps, &s, &p), 0);		/* another namespace of the same host */
	s.netns = c.netns;
	assert_int_equal(pairs_add(ps, &s, &p), 1);
	assert_int_equal(counted(ps).translated, 0);
	pairs_free(ps);
}

/* The client's address is another one on the other side: said, not guessed. */
static void test_translated(void **state)
{
	struct pairs *ps = pairs_new(0);
	struct pair_end c = client(4000, 1 * S, 2 * S), s = other(&c, 1), elsewhere = client(4001, 1 * S, 2 * S);
	struct pair p;

	(void)state;
	set_addr(s.raddr, 0xc6336401);
	s.rport = 61000;
	set_addr(elsewhere.raddr, 0xc0000201);
	assert_int_equal(pairs_add(ps, &c, &p), 0);
	assert_int_equal(pairs_add(ps, &s, &p), 0);
	assert_int_equal(pairs_add(ps, &elsewhere, &p), 0);
	assert_int_equal(counted(ps).joined, 0);
	assert_int_equal(counted(ps).alone, 3);
	assert_int_equal(counted(ps).translated, 1);		/* the client: FAR:80 is recorded */
	pairs_free(ps);
}

/* The same port again and again, clocks that differ by half a second: each with its own. */
static void test_port_comes_again(void **state)
{
	struct pairs *ps = pairs_new(0);
	struct pair p;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct pair_end c = client(4000, (1 + 2 * i) * S, (2 + 2 * i) * S);

		assert_int_equal(pairs_add(ps, &c, &p), 0);
	}
	for (int i = 2; i >= 0; i--) {
		struct pair_end c = client(4000, (1 + 2 * i) * S, (2 + 2 * i) * S), s = other(&c, 1);

		s.born_ns += S / 2;
		s.end_ns += S / 2;
		assert_int_equal(pairs_add(ps, &s, &p), 1);
		assert_int_equal(p.client.born_ns, (1 + 2 * i) * S);
	}
	assert_int_equal(counted(ps).alone, 0);
	pairs_free(ps);
}

static void test_limit(void **state)
{
	struct pairs *ps = pairs_new(8);
	struct pair p;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct pair_end c = client((__u16)(4000 + i), i * S, (i + 1) * S);

		assert_int_equal(pairs_add(ps, &c, &p), 0);
	}
	assert_int_equal(counted(ps).dropped, 12);
	assert_int_equal(counted(ps).alone, 20);
	for (int i = 0; i < 20; i++) {
		struct pair_end c = client((__u16)(4000 + i), i * S, (i + 1) * S), s = other(&c, 1);

		s.wanted = false;
		if (i < 12)
			continue;
		assert_int_equal(pairs_add(ps, &s, &p), 1);
	}
	assert_int_equal(counted(ps).joined, 8);
	assert_int_equal(counted(ps).alone, 12);
	pairs_free(ps);
}

static void test_who_was_first(void **state)
{
	static const struct { __u8 client, server; enum pair_first first; bool agree; } cases[] = {
		{ CLOSE_ACTIVE, CLOSE_PASSIVE, PAIR_FIRST_CLIENT, true }, { CLOSE_PASSIVE, CLOSE_ACTIVE, PAIR_FIRST_SERVER, true },
		{ CLOSE_SIMULTANEOUS, CLOSE_SIMULTANEOUS, PAIR_FIRST_BOTH, true }, { CLOSE_ABORT, CLOSE_RESET, PAIR_FIRST_CLIENT, true },
		{ CLOSE_RESET, CLOSE_ABORT, PAIR_FIRST_SERVER, true }, { CLOSE_ABORT, CLOSE_ABORT, PAIR_FIRST_BOTH, true },
		{ CLOSE_UNKNOWN, CLOSE_PASSIVE, PAIR_FIRST_CLIENT, true }, { CLOSE_UNKNOWN, CLOSE_UNKNOWN, PAIR_FIRST_UNKNOWN, true },
		{ CLOSE_ACTIVE, CLOSE_ACTIVE, PAIR_FIRST_UNKNOWN, false }, { CLOSE_PASSIVE, CLOSE_PASSIVE, PAIR_FIRST_UNKNOWN, false },
		{ CLOSE_ACTIVE, CLOSE_RESET, PAIR_FIRST_CLIENT, true },
	};
	struct pair p = { .roles_known = true };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p.client = client(4000, S, 2 * S);
		p.server = other(&p.client, 1);
		p.client.close = cases[i].client;
		p.server.close = cases[i].server;
		pair_judge(&p);
		assert_int_equal(p.first, cases[i].first);
		assert_int_equal(p.agree, cases[i].agree);
	}
	/* It closed, and what came then was answered by a reset: its FIN was the first all the same. */
	p.client.close = CLOSE_RESET;
	at(&p.client, PAIR_FIN_WAIT1, S);
	p.server.close = CLOSE_ABORT;
	at(&p.server, PAIR_CLOSE_WAIT, S);
	pair_judge(&p);
	assert_int_equal(p.first, PAIR_FIRST_CLIENT);
	/* One that lives in CLOSE_WAIT: the other one closed, whatever it is now. */
	p.client.close = CLOSE_ORPHAN_TIMEOUT;
	p.server.over = false;
	p.server.close = CLOSE_NOT_YET;
	p.server.state = ST_CLOSE_WAIT;
	pair_judge(&p);
	assert_int_equal(p.first, PAIR_FIRST_CLIENT);
	assert_true(p.agree);
}

/* Nobody saw who opened it: nothing is made up. */
static void test_roles(void **state)
{
	struct pairs *ps = pairs_new(0);
	struct pair_end c = client(4000, 1 * S, 2 * S), s;
	struct pair p;

	(void)state;
	c.role = ROLE_UNKNOWN;
	at(&c, PAIR_ESTABLISHED, S);
	s = other(&c, 1);
	assert_int_equal(pairs_add(ps, &c, &p), 0);
	assert_int_equal(pairs_add(ps, &s, &p), 1);
	assert_false(p.roles_known);
	assert_false(p.ack.known);
	assert_int_equal(p.server.lport, 80);
	/* One of them knows. */
	s.role = ROLE_CLIENT;
	assert_int_equal(pairs_add(ps, &c, &p), 0);
	assert_int_equal(pairs_add(ps, &s, &p), 1);
	assert_true(p.roles_known);
	assert_int_equal(p.client.lport, 80);
	pairs_free(ps);
}

/* The server's clock is 3 ms ahead: 10 ms seem to be 13 there and 7 back; the least counts. */
static void test_clocks(void **state)
{
	struct pairs *ps = pairs_new(0);
	struct pair_clock clock;
	struct pair p;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct pair_end c = client((__u16)(4000 + i), S, 2 * S), s;

		at(&c, PAIR_FIN_WAIT1, 2 * S);
		at(&c, PAIR_TIME_WAIT, 2 * S + 40 * MS + i * MS);
		s = other(&c, 1);
		s.known = 0;
		at(&s, PAIR_CLOSE_WAIT, 2 * S + 13 * MS + (3 - i) * MS);
		at(&s, PAIR_LAST_ACK, 2 * S + 33 * MS);
		(void)pairs_add(ps, &c, &p);
		assert_int_equal(pairs_add(ps, &s, &p), 1);
	}
	assert_true(pairs_clock(ps, 0, &clock));
	assert_false(pairs_clock(ps, 1, &clock));
	assert_true(pairs_clock(ps, 0, &clock));
	assert_true(clock.known && clock.a == 0 && clock.b == 1);
	assert_int_equal(clock.n_there, 4);
	assert_int_equal(clock.there_ns, 13 * MS);
	assert_int_equal(clock.back_ns, 7 * MS);
	assert_int_equal(clock.ahead_ns, 3 * MS);
	pairs_free(ps);
}

static void test_hostile_times(void **state)
{
	static const long long times[] = { LLONG_MIN, LLONG_MIN + 1, -1, 0, 1, LLONG_MAX - 1, LLONG_MAX };
	struct pairs *ps = pairs_new(16);
	struct pair_clock clock;
	struct pair p;

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		for (size_t k = 0; k < 7; k++) {
			struct pair_end c = client(4000, times[i], times[k]), s = other(&c, 1);

			for (unsigned int m = 0; m < PAIR_MOMENTS; m++) {
				at(&c, m, times[(i + m) % 7]);
				at(&s, m, times[(k + m) % 7]);
			}
			(void)pairs_add(ps, &c, &p);
			(void)pairs_add(ps, &s, &p);
		}
	}
	(void)pairs_clock(ps, 0, &clock);
	pairs_free(ps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join), cmocka_unit_test(test_not_joined), cmocka_unit_test(test_translated), cmocka_unit_test(test_port_comes_again),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_who_was_first), cmocka_unit_test(test_roles), cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_hostile_times),
	};

	return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
