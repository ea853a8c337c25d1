/* SPDX-License-Identifier: GPL-2.0-only */
/* The conflict check, row by row. tests/live/explain.bats lets the kernel judge random cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "core/event/tcp.h"
#include "core/ports/bind.h"

#define PORT 8080
#define REUSE TWT_LOOK_REUSE
#define PORTS TWT_LOOK_REUSEPORT
#define ONLY6 TWT_LOOK_V6ONLY

static const struct bind_rules newest = { .by_address = true, .mapped_any = true }, up_to_6_16 = {
	.by_address = true, .mapped_any = true, .uid_of_inode = true
}, v5_15 = { .uid_of_inode = true };

static void addr_of(const char *text, __u8 to[16], __u8 *ret_family)
{
	memset(to, 0, 16);
	if (strchr(text, ':')) {
		*ret_family = 10;
		assert_int_equal(inet_pton(AF_INET6, text, to), 1);
	} else {
		*ret_family = 2;
		to[10] = to[11] = 0xff;
		assert_int_equal(inet_pton(AF_INET, text, to + 12), 1);
	}
}

/* A socket on PORT. Its bucket remembers nothing: fast* are 0, as after a bind() without options. */
static struct twt_look old(const char *addr, __u8 state, __u32 flags)
{
	static __u64 cookie;
	struct twt_look l = { .cookie = ++cookie, .netns = 1, .state = state, .lport = PORT, .flags = flags | TWT_LOOK_BUCKET };

	addr_of(addr, l.laddr, &l.family);
	if (state == ST_TIME_WAIT) {
		l.flags |= TWT_LOOK_MINISOCK;
		l.substate = ST_TIME_WAIT;
	}
	return l;
}

static struct bind_call call_of(const char *addr, __u32 flags)
{
	struct bind_call c = { .netns = 1, .port = PORT, .reuseaddr = flags & REUSE, .reuseport = flags & PORTS, .v6only = flags & ONLY6 };

	addr_of(addr, c.addr, &c.family);
	return c;
}

static struct bind_answer ask(const struct bind_call *c, const struct twt_look *olds, size_t n, const struct bind_rules *rules)
{
	struct looks l = { 0 };
	struct bind_answer a;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(looks_add(&l, &olds[i]), 0);
	assert_int_equal(bind_ask(c, &l, rules, &a), 0);
	looks_free(&l);
	return a;
}

static int verdict_by(const struct bind_call *c, struct twt_look o, const struct bind_rules *rules)
{
	struct bind_answer a = ask(c, &o, 1, rules);
	int err = a.err;

	bind_answer_free(&a);
	return err;
}

static int verdict(const struct bind_call *c, struct twt_look o)
{
	return verdict_by(c, o, &newest);
}

static void both_need_reuseaddr(void **state)
{
	static const struct { __u8 state; __u32 old, call; int err; } rows[] = {
		{ ST_TIME_WAIT, 0, 0, EADDRINUSE }, { ST_TIME_WAIT, 0, REUSE, EADDRINUSE }, { ST_TIME_WAIT, REUSE, 0, EADDRINUSE },
		{ ST_TIME_WAIT, REUSE, REUSE, 0 }, { ST_CLOSE, REUSE, REUSE, 0 }, { ST_ESTABLISHED, REUSE, REUSE, 0 },
		{ ST_FIN_WAIT1, REUSE, REUSE, 0 }, { ST_LISTEN, REUSE, REUSE, EADDRINUSE }, { ST_LISTEN, 0, 0, EADDRINUSE },
		{ ST_CLOSE, 0, REUSE, EADDRINUSE }, { ST_LISTEN, PORTS, PORTS, 0 }, { ST_LISTEN, PORTS, REUSE, EADDRINUSE },
		{ ST_CLOSE, PORTS, 0, EADDRINUSE }, { ST_CLOSE, 0, PORTS, EADDRINUSE }, { ST_TIME_WAIT, PORTS, PORTS, 0 },
		{ ST_LISTEN, REUSE | PORTS, REUSE | PORTS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bind_call c = call_of("127.0.0.1", rows[i].call);

		assert_int_equal(verdict(&c, old("127.0.0.1", rows[i].state, rows[i].old)), rows[i].err);
	}
}

/* New address, old address, what the old one is; conflict. */
static void addresses(void **state)
{
	static const struct { const char *new, *old; __u32 new_flags, old_flags; bool conflict; } rows[] = {
		{ "127.0.0.1", "127.0.0.1", 0, 0, true }, { "127.0.0.1", "127.0.0.2", 0, 0, false },
		{ "127.0.0.1", "0.0.0.0", 0, 0, true }, { "0.0.0.0", "127.0.0.1", 0, 0, true }, { "0.0.0.0", "0.0.0.0", 0, 0, true },
		{ "127.0.0.1", "::", 0, 0, true }, { "127.0.0.1", "::", 0, ONLY6, false }, { "0.0.0.0", "::", 0, 0, true },
		{ "0.0.0.0", "::", 0, ONLY6, false }, { "::", "0.0.0.0", 0, 0, true }, { "::", "0.0.0.0", ONLY6, 0, false },
		{ "::", "127.0.0.1", 0, 0, true }, { "::", "127.0.0.1", ONLY6, 0, false }, { "::", "::", ONLY6, ONLY6, true },
		{ "::1", "::1", 0, ONLY6, true }, { "::1", "::", 0, 0, true }, { "::1", "::", 0, ONLY6, true },
		{ "::1", "127.0.0.1", 0, 0, false }, { "::1", "0.0.0.0", 0, 0, false }, { "::", "::1", 0, ONLY6, true },
		{ "::ffff:127.0.0.1", "127.0.0.1", 0, 0, true }, { "::ffff:127.0.0.1", "127.0.0.2", 0, 0, false },
		{ "::ffff:127.0.0.1", "0.0.0.0", 0, 0, true }, { "::ffff:127.0.0.1", "::", 0, 0, true },
		{ "::ffff:127.0.0.1", "::", 0, ONLY6, false }, { "127.0.0.1", "::ffff:127.0.0.1", 0, 0, true },
		{ "0.0.0.0", "::ffff:127.0.0.1", 0, 0, true }, { "::ffff:0.0.0.0", "127.0.0.1", 0, 0, true },
		/* A native IPv6 connection that connect() bound is not IPv6 only, and has an IPv4 address of its own. */
		{ "0.0.0.0", "::1", 0, 0, true }, { "127.0.0.1", "::1", 0, 0, false }, { "127.0.0.6", "::1", 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bind_call c = call_of(rows[i].new, rows[i].new_flags);
		int err = verdict(&c, old(rows[i].old, ST_CLOSE, rows[i].old_flags));

		if (err != (rows[i].conflict ? EADDRINUSE : 0))
			fail_msg("%s against %s, row %zu: %d", rows[i].new, rows[i].old, i, err);
	}
}

/* Up to 5.15 all addresses are compared one way: 127.0.0.6, which native IPv6 sockets carry, conflicts. */
static void older_kernels_compare_one_way(void **state)
{
	struct bind_call c = call_of("127.0.0.6", 0);

	(void)state;
	assert_int_equal(verdict_by(&c, old("::1", ST_ESTABLISHED, 0), &v5_15), EADDRINUSE);
	assert_int_equal(verdict_by(&c, old("::1", ST_ESTABLISHED, 0), &newest), 0);
}

static void users_of_reuseport(void **state)
{
	struct bind_call c = call_of("127.0.0.1", PORTS);
	struct twt_look o = old("127.0.0.1", ST_LISTEN, PORTS);

	(void)state;
	o.uid = 1000;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	c.uid = 1000;
	assert_int_equal(verdict(&c, o), 0);
	/* A minisock has no user, be it in FIN_WAIT2 or TIME_WAIT. An orphan has: its own, on older kernels root. */
	o.state = ST_TIME_WAIT;
	c.uid = 0;
	assert_int_equal(verdict(&c, o), 0);
	o.state = ST_FIN_WAIT1;
	o.flags |= TWT_LOOK_ORPHAN;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	assert_int_equal(verdict_by(&c, o, &up_to_6_16), 0);
	c.uid = 1000;
	assert_int_equal(verdict(&c, o), 0);
	assert_int_equal(verdict_by(&c, o, &up_to_6_16), EADDRINUSE);
	/* A child that nobody accepted yet is without a file, too. */
	o.state = ST_ESTABLISHED;
	o.flags = (o.flags & ~TWT_LOOK_ORPHAN) | TWT_LOOK_UNACCEPTED;
	assert_int_equal(verdict_by(&c, o, &up_to_6_16), EADDRINUSE);
	assert_int_equal(verdict(&c, o), 0);
}

static void devices_separate_only_if_both_have_one(void **state)
{
	struct bind_call c = call_of("127.0.0.1", 0);
	struct twt_look o = old("127.0.0.1", ST_CLOSE, 0);

	(void)state;
	c.dev = 1;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	o.bound_dev = 1;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	o.bound_dev = 2;
	assert_int_equal(verdict(&c, o), 0);
	c.dev = 0;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	/* Another VRF is another bucket, so is another namespace or port. */
	o.l3mdev = 7;
	assert_int_equal(verdict(&c, o), 0);
	o.l3mdev = 0;
	o.netns = 2;
	assert_int_equal(verdict(&c, o), 0);
	o.netns = 1;
	o.lport = PORT + 1;
	assert_int_equal(verdict(&c, o), 0);
}

/* A SO_REUSEPORT socket that has left stays in the bucket's memory: its user's next one passes, though it conflicts. */
static void the_bucket_remembers(void **state)
{
	struct bind_call c = call_of("127.0.0.1", PORTS);
	struct twt_look o = old("127.0.0.1", ST_CLOSE, REUSE);
	struct bind_answer a;
	__u8 family;

	(void)state;
	o.fastreuseport = 2;
	o.fastuid = 0;
	o.fast_family = 2;
	addr_of("127.0.0.1", o.fast_addr, &family);
	a = ask(&c, &o, 1, &newest);
	assert_int_equal(a.err, 0);
	assert_true(a.by_bucket);
	assert_int_equal(a.n_blockers, 1);
	bind_answer_free(&a);
	o.fastuid = 1000;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	o.fastuid = 0;
	c.reuseport = false;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	c.reuseport = true;
	/* STRICT: only an address that fits under the remembered one, whose wildcard takes in all; ANY: any address. */
	addr_of("127.0.0.2", o.fast_addr, &family);
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	o.fastreuseport = 1;
	assert_int_equal(verdict(&c, o), 0);
	o.fastreuseport = 2;
	addr_of("0.0.0.0", o.fast_addr, &family);
	assert_int_equal(verdict(&c, o), 0);
	c = call_of("::", PORTS);
	assert_int_equal(verdict(&c, o), 0);	/* its IPv4 address is the wildcard, too */
	c.v6only = true;			/* (an IPv4 socket that remembers nothing of IPv6) */
	o.flags |= TWT_LOOK_REUSEPORT;
	o.uid = 1;
	assert_int_equal(verdict(&c, o), 0);	/* no conflict at all: IPv6 only against IPv4 */
}

/* Up to 6.1 the first binder's SO_REUSEADDR is remembered, whatever it sets later. */
static void the_bucket_remembers_reuseaddr(void **state)
{
	struct bind_call c = call_of("127.0.0.1", REUSE);
	struct twt_look o = old("127.0.0.1", ST_CLOSE, 0);

	(void)state;
	o.fastreuse = 1;
	assert_int_equal(verdict(&c, o), 0);
	c.listening = true;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	c = call_of("127.0.0.1", 0);
	assert_int_equal(verdict(&c, o), EADDRINUSE);
	/* -1: connect() chose the port. Nothing is remembered. */
	c = call_of("127.0.0.1", REUSE | PORTS);
	o.fastreuse = o.fastreuseport = -1;
	assert_int_equal(verdict(&c, o), EADDRINUSE);
}

/* Two that share a port by SO_REUSEADDR: the first listen() succeeds, the second does not. A socket is not in its own way. */
static void listening_asks_again(void **state)
{
	struct bind_call c = call_of("127.0.0.1", REUSE);
	struct twt_look olds[2] = { old("127.0.0.1", ST_CLOSE, REUSE), old("127.0.0.1", ST_CLOSE, REUSE) };
	struct bind_answer a;

	(void)state;
	c.listening = true;
	c.self = olds[0].inode = 77;
	a = ask(&c, olds, 2, &newest);
	assert_int_equal(a.err, 0);
	bind_answer_free(&a);
	olds[1].state = ST_LISTEN;
	a = ask(&c, olds, 2, &newest);
	assert_int_equal(a.err, EADDRINUSE);
	assert_int_equal(a.n_blockers, 1);
	assert_int_equal(a.blockers[0], 1);
	bind_answer_free(&a);
}

/* Two situations that live sockets show by chance: a port that an older TIME_WAIT has too, and a TIME_WAIT that another connection took away. */
static void all_blockers_are_told(void **state)
{
	struct bind_call c = call_of("127.0.0.1", REUSE);
	struct twt_look olds[] = {
		old("127.0.0.1", ST_TIME_WAIT, 0), old("127.0.0.1", ST_ESTABLISHED, REUSE), old("127.0.0.2", ST_LISTEN, 0),
		old("0.0.0.0", ST_LISTEN, REUSE), old("127.0.0.1", ST_FIN_WAIT2, 0),
	};
	struct bind_answer a = ask(&c, olds, 5, &newest);

	(void)state;
	assert_int_equal(a.err, EADDRINUSE);
	assert_int_equal(a.n_blockers, 3);
	assert_int_equal(a.blockers[0], 0);
	assert_int_equal(a.blockers[1], 3);
	assert_int_equal(a.blockers[2], 4);
	bind_answer_free(&a);
	/* What came after the TIME_WAIT and has the option lets it pass. */
	assert_int_equal(verdict(&c, olds[1]), 0);
}

static void an_empty_port_is_free(void **state)
{
	struct bind_call c = call_of("::", 0);
	struct bind_answer a = ask(&c, NULL, 0, &newest);

	(void)state;
	assert_int_equal(a.err, 0);
	assert_false(a.by_bucket);
	bind_answer_free(&a);
}

/* Up to 6.7 lists of addresses know "::ffff:0.0.0.0" as a wildcard for IPv4's sockets only. */
static void v4_mapped_wildcard(void **state)
{
	static const struct bind_rules v6_1 = { .by_address = true, .uid_of_inode = true };
	struct bind_call mapped = call_of("::ffff:127.0.0.1", 0), v4 = call_of("127.0.0.1", 0);

	(void)state;
	assert_int_equal(verdict_by(&mapped, old("::ffff:0.0.0.0", ST_CLOSE, 0), &v6_1), 0);
	assert_int_equal(verdict_by(&mapped, old("0.0.0.0", ST_CLOSE, 0), &v6_1), EADDRINUSE);
	assert_int_equal(verdict_by(&mapped, old("::", ST_CLOSE, 0), &v6_1), EADDRINUSE);
	assert_int_equal(verdict_by(&v4, old("::ffff:0.0.0.0", ST_CLOSE, 0), &v6_1), EADDRINUSE);
	assert_int_equal(verdict(&mapped, old("::ffff:0.0.0.0", ST_CLOSE, 0)), EADDRINUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v4_mapped_wildcard), cmocka_unit_test(both_need_reuseaddr), cmocka_unit_test(addresses), cmocka_unit_test(older_kernels_compare_one_way),
		cmocka_unit_test(users_of_reuseport), cmocka_unit_test(devices_separate_only_if_both_have_one),
		cmocka_unit_test(the_bucket_remembers), cmocka_unit_test(the_bucket_remembers_reuseaddr),
		cmocka_unit_test(listening_asks_again), cmocka_unit_test(all_blockers_are_told), cmocka_unit_test(an_empty_port_is_free),
	};

	return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
