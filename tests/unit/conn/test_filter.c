/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/conn/filter.h"
#include "unit/actors_fixture.h"

static struct filter *f;
static struct conn c;
static char err[256];

/* 10.1.2.3:40000 -> 192.0.2.9:443, opened by 100 (sh), owned by 200 (curl), closed by 300 (timeout). */
static int setup(void **state)
{
	(void)state;
	as = actors_new(16);
	f = filter_new();
	c = (struct conn){
		.lport = 40000, .rport = 443, .netns = 4026531840U, .family = 2, .state = ST_ESTABLISHED,
		.opener = actor(100, "sh"), .owner = actor(200, "curl"), .closer = actor(300, "timeout"),
	};
	inet_pton(AF_INET6, "::ffff:10.1.2.3", c.laddr);
	inet_pton(AF_INET6, "::ffff:192.0.2.9", c.raddr);
	return as && f ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	filter_free(f);
	actors_free(as);
	return 0;
}

static bool matches(void)
{
	return filter_match(f, &c, as, 1U << c.state);
}

/* Does a filter with this one condition match? */
static bool alone(enum filter_key key, const char *text)
{
	struct filter *one = filter_new();
	bool yes;

	err[0] = '\0';
	assert_int_equal(filter_add(one, key, text, err, sizeof(err)), 0);
	yes = filter_match(one, &c, as, 1U << c.state);
	filter_free(one);
	return yes;
}

static void refused(enum filter_key key, const char *text, const char *sentence)
{
	assert_int_equal(filter_add(f, key, text, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, sentence);
	assert_true(filter_is_empty(f));
}

static void empty_matches_everything(void **state)
{
	(void)state;
	assert_true(filter_is_empty(f));
	assert_true(matches());
	c = (struct conn){ 0 };
	assert_true(filter_match(f, &c, as, 0));
	filter_free(NULL);
}

static void pid_is_owner_opener_or_closer(void **state)
{
	(void)state;
	assert_true(alone(FK_PID, "100"));
	assert_true(alone(FK_PID, "200"));
	assert_true(alone(FK_PID, "300"));
	assert_true(alone(FK_PID, "7,200"));
	assert_false(alone(FK_PID, "20"));
	assert_false(alone(FK_PID, "2000"));
	c.owner = c.opener = c.closer = 0;
	assert_false(alone(FK_PID, "200"));	/* unknown is nobody */
}

static void comm_is_the_owners(void **state)
{
	(void)state;
	assert_true(alone(FK_COMM, "curl"));
	assert_false(alone(FK_COMM, "Curl"));
	assert_false(alone(FK_COMM, "cur"));
	assert_false(alone(FK_COMM, "sh"));
	assert_true(alone(FK_COMM, "*"));
	assert_true(alone(FK_COMM, "c*"));
	assert_true(alone(FK_COMM, "*l"));
	assert_true(alone(FK_COMM, "c*r*l"));
	assert_true(alone(FK_COMM, "?url"));
	assert_true(alone(FK_COMM, "c??l"));
	assert_true(alone(FK_COMM, "curl*"));
	assert_false(alone(FK_COMM, "curl?"));
	assert_false(alone(FK_COMM, "?curl"));
	assert_false(alone(FK_COMM, "c*x"));
	c.owner = actor(201, "a,b[1]");
	assert_true(alone(FK_COMM, "a,b[1]"));	/* no list, no brackets */
	assert_false(alone(FK_COMM, "a"));
	c.owner = actor(202, "aaaaaaaaaaaaaaa");
	assert_true(alone(FK_COMM, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*"));
	assert_false(alone(FK_COMM, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"));
	c.owner = 0;
	assert_false(alone(FK_COMM, "*"));
	assert_true(alone(FK_PID, "100"));
}

static void ports(void **state)
{
	(void)state;
	assert_true(alone(FK_LPORT, "40000"));
	assert_false(alone(FK_LPORT, "443"));
	assert_true(alone(FK_RPORT, "443"));
	assert_false(alone(FK_RPORT, "40000"));
	assert_true(alone(FK_PORT, "443"));
	assert_true(alone(FK_PORT, "40000"));
	assert_false(alone(FK_PORT, "80"));
	assert_true(alone(FK_PORT, "80,443"));
	assert_true(alone(FK_LPORT, "39999-40000"));
	assert_true(alone(FK_LPORT, "40000-40001"));
	assert_true(alone(FK_LPORT, "0-65535"));
	assert_true(alone(FK_LPORT, "40000-40000"));
	assert_false(alone(FK_LPORT, "40001-65535"));
	assert_false(alone(FK_LPORT, "0-39999"));
	assert_true(alone(FK_LPORT, "1,2,30000-50000,7"));
	c.lport = 0;
	assert_true(alone(FK_LPORT, "0"));
	c.lport = 65535;
	assert_true(alone(FK_LPORT, "65535"));
	assert_true(alone(FK_LPORT, "00065535"));
}

static void addresses(void **state)
{
	(void)state;
	assert_true(alone(FK_LADDR, "10.1.2.3"));
	assert_false(alone(FK_LADDR, "10.1.2.4"));
	assert_false(alone(FK_LADDR, "192.0.2.9"));
	assert_true(alone(FK_RADDR, "192.0.2.9"));
	assert_true(alone(FK_LADDR, "10.0.0.0/8"));
	assert_true(alone(FK_LADDR, "10.99.99.99/8"));	/* host bits do not count */
	assert_false(alone(FK_LADDR, "11.0.0.0/8"));
	assert_true(alone(FK_LADDR, "10.1.2.2/31"));
	assert_false(alone(FK_LADDR, "10.1.2.4/31"));
	assert_true(alone(FK_LADDR, "10.1.2.3/32"));
	assert_true(alone(FK_LADDR, "8.0.0.0/5"));
	assert_false(alone(FK_LADDR, "16.0.0.0/5"));
	assert_true(alone(FK_LADDR, "1.1.1.1,10.1.2.3"));
	assert_true(alone(FK_LADDR, "0.0.0.0/0"));
	assert_true(alone(FK_LADDR, "::ffff:0:0/96"));
	assert_true(alone(FK_LADDR, "::ffff:10.1.2.3"));
	assert_true(alone(FK_LADDR, "::/0"));
	assert_false(alone(FK_LADDR, "::/128"));
	c.family = 10;					/* the same addresses on an IPv6 socket */
	assert_true(alone(FK_LADDR, "10.0.0.0/8"));
	inet_pton(AF_INET6, "2001:db8:0:1::5", c.laddr);
	assert_false(alone(FK_LADDR, "0.0.0.0/0"));
	assert_true(alone(FK_LADDR, "::/0"));
	assert_true(alone(FK_LADDR, "2001:db8::/32"));
	assert_true(alone(FK_LADDR, "2001:DB8:0:1::/64"));
	assert_false(alone(FK_LADDR, "2001:db8:0:2::/64"));
	assert_true(alone(FK_LADDR, "2001:db8:0:2::/62"));
	assert_true(alone(FK_LADDR, "2001:db8:0:1::5/128"));
	assert_false(alone(FK_LADDR, "2001:db8:0:1::4/128"));
	assert_true(alone(FK_LADDR, "2001:db8:0:1::4/127"));
}

static void family_and_netns(void **state)
{
	(void)state;
	assert_true(alone(FK_FAMILY, "4"));
	assert_false(alone(FK_FAMILY, "6"));
	assert_true(alone(FK_FAMILY, "4,6"));
	c.family = 10;
	assert_false(alone(FK_FAMILY, "4"));
	assert_true(alone(FK_FAMILY, "6"));
	assert_true(alone(FK_NETNS, "4026531840"));
	assert_true(alone(FK_NETNS, "1,4026531840"));
	assert_false(alone(FK_NETNS, "4026531841"));
}

static void what_the_wire_did(void **state)
{
	struct wire w = { .min_rtt_us = 20000, .srtt_us = 25000 };

	(void)state;
	assert_false(alone(FK_MIN_RTT, "0"));		/* nothing is known */
	assert_false(alone(FK_RETRANS, "yes"));
	c.wire = &w;
	assert_true(alone(FK_MIN_RTT, "20"));
	assert_true(alone(FK_MIN_RTT, "19.9995"));
	assert_false(alone(FK_MIN_RTT, "20.001"));
	assert_false(alone(FK_RETRANS, "yes"));
	w.retrans_segs = 1;
	assert_true(alone(FK_RETRANS, "yes"));
	w.min_rtt_us = 0;				/* never measured */
	assert_false(alone(FK_MIN_RTT, "0"));
	refused(FK_MIN_RTT, "-1", "\"-1\" is not a round trip time: give milliseconds such as 20 or 0.5");
	refused(FK_MIN_RTT, "20ms", "\"20ms\" is not a round trip time: give milliseconds such as 20 or 0.5");
	refused(FK_RETRANS, "no", "\"no\" says nothing here: give yes");
}

static bool slower(__u32 states, __u32 seen, __u64 ns)
{
	struct filter *one = filter_new();
	bool yes;

	assert_int_equal(filter_add_slower(one, states, seen, ns), 0);
	yes = filter_match(one, &c, as, 0);
	filter_free(one);
	return yes;
}

static void time_in_states(void **state)
{
	__u32 opening = 1U << ST_SYN_SENT | 1U << ST_SYN_RECV;

	(void)state;
	c.states_seen = opening | 1U << ST_ESTABLISHED;
	c.in_ns[ST_SYN_SENT] = 60;
	c.in_ns[ST_SYN_RECV] = 40;
	assert_true(slower(opening, 1U << ST_SYN_SENT, 100));
	assert_false(slower(opening, 1U << ST_SYN_SENT, 101));
	assert_true(slower(1U << ST_ESTABLISHED, 0, 0));
	assert_false(slower(1U << ST_TIME_WAIT, 0, 0));		/* was never in it */
	c.states_seen &= ~(1U << ST_SYN_SENT);
	assert_false(slower(opening, 1U << ST_SYN_SENT, 1));	/* a server's handshake is no connect */
	for (int i = 0; i < 256; i++)
		assert_int_equal(filter_add_slower(f, 1, 0, 1), 0);
	assert_int_equal(filter_add_slower(f, 1, 0, 1), -EINVAL);
}

static void states_of_a_transition(void **state)
{
	__u32 fw2_tw = 1U << ST_FIN_WAIT2 | 1U << ST_TIME_WAIT;

	(void)state;
	assert_int_equal(filter_add(f, FK_STATE, "time-wait,CLOSE_WAIT", err, sizeof(err)), 0);
	assert_true(filter_match(f, &c, as, fw2_tw));
	assert_true(filter_match(f, &c, as, 1U << ST_TIME_WAIT | 1U << ST_CLOSE));
	assert_true(filter_match(f, &c, as, 1U << ST_CLOSE_WAIT));
	assert_false(filter_match(f, &c, as, 1U << ST_ESTABLISHED | 1U << ST_FIN_WAIT1));
	assert_false(filter_match(f, &c, as, 1U << ST_NONE));
	assert_false(filter_match(f, &c, as, 0));
	assert_true(alone(FK_STATE, "connected"));
	assert_false(alone(FK_STATE, "bucket"));
	c.state = ST_LISTEN;
	assert_false(alone(FK_STATE, "connected"));
	assert_true(alone(FK_STATE, "all"));
}

static void all_keys_must_hold(void **state)
{
	(void)state;
	assert_int_equal(filter_add(f, FK_RPORT, "443", err, sizeof(err)), 0);
	assert_false(filter_is_empty(f));
	assert_true(matches());
	assert_int_equal(filter_add(f, FK_COMM, "curl", err, sizeof(err)), 0);
	assert_true(matches());
	assert_int_equal(filter_add(f, FK_LADDR, "127.0.0.0/8", err, sizeof(err)), 0);
	assert_false(matches());
	assert_int_equal(filter_add(f, FK_LADDR, "10.0.0.0/8", err, sizeof(err)), 0);	/* an alternative */
	assert_true(matches());
	assert_int_equal(filter_add(f, FK_PID, "1", err, sizeof(err)), 0);
	assert_false(matches());
}

static void says_what_is_wrong_with_ports(void **state)
{
	(void)state;
	refused(FK_PORT, "65536", "port 65536 is out of range: ports are 0 to 65535");
	refused(FK_LPORT, "99999999999999999999999",
		"port 99999999999999999999999 is out of range: ports are 0 to 65535");
	refused(FK_RPORT, "80-65536", "port 65536 is out of range: ports are 0 to 65535");
	refused(FK_RPORT, "70000-80", "port 70000 is out of range: ports are 0 to 65535");
	refused(FK_PORT, "443-80", "port range 443-80 is backwards: write 80-443");
#define NO_PORT(x) "\"" x "\" is not a port: give a number, a range such as 8000-8999 or a list such as 80,443"
	refused(FK_PORT, "http", NO_PORT("http"));
	refused(FK_PORT, "80x", NO_PORT("80x"));
	refused(FK_PORT, " 80", NO_PORT(" 80"));
	refused(FK_PORT, "80 ", NO_PORT("80 "));
	refused(FK_PORT, "+80", NO_PORT("+80"));
	refused(FK_PORT, "-80", NO_PORT("-80"));
	refused(FK_PORT, "80-", NO_PORT("80-"));
	refused(FK_PORT, "80--90", NO_PORT("80--90"));
	refused(FK_PORT, "80-85-90", NO_PORT("80-85-90"));
	refused(FK_PORT, "0x50", NO_PORT("0x50"));
	refused(FK_PORT, "80;443", NO_PORT("80;443"));
#define MISSING "a value is missing in the list: write it as 80,443"
	refused(FK_PORT, "", MISSING);
	refused(FK_PORT, ",80", MISSING);
	refused(FK_PORT, "80,", MISSING);
	refused(FK_PORT, "80,,443", MISSING);
	refused(FK_PORT, "8000000000000000000000000000000000000000000000000000000000000000000",
		"\"80000000000000000000...\" is too long for a filter value");
}

static void says_what_is_wrong_with_addresses(void **state)
{
	(void)state;
#define NO_ADDR(x) "\"" x "\" is not an address: give an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8 " \
	"or fd00::/8"
	refused(FK_LADDR, "10.0.0", NO_ADDR("10.0.0"));
	refused(FK_LADDR, "10.0.0.256", NO_ADDR("10.0.0.256"));
	refused(FK_LADDR, "localhost", NO_ADDR("localhost"));
	refused(FK_LADDR, "/8", NO_ADDR("/8"));
	refused(FK_LADDR, "fe80::1%eth0", NO_ADDR("fe80::1%eth0"));
	refused(FK_LADDR, "::1::", NO_ADDR("::1::"));
	refused(FK_LADDR, "10.0.0.0/33", "\"10.0.0.0/33\" has a bad prefix length: an IPv4 one is 0 to 32");
	refused(FK_LADDR, "10.0.0.0/", "\"10.0.0.0/\" has a bad prefix length: an IPv4 one is 0 to 32");
	refused(FK_LADDR, "10.0.0.0/-1", "\"10.0.0.0/-1\" has a bad prefix length: an IPv4 one is 0 to 32");
	refused(FK_LADDR, "10.0.0.0/8/8", "\"10.0.0.0/8/8\" has a bad prefix length: an IPv4 one is 0 to 32");
	refused(FK_RADDR, "10.0.0.0/255.0.0.0",
		"\"10.0.0.0/255.0.0.0\" has a bad prefix length: an IPv4 one is 0 to 32");
	refused(FK_RADDR, "fd00::/129", "\"fd00::/129\" has a bad prefix length: an IPv6 one is 0 to 128");
}

static void says_what_is_wrong_with_the_rest(void **state)
{
	(void)state;
	refused(FK_PID, "0", "process id 0 is out of range: it must be 1 to 2147483647");
	refused(FK_PID, "2147483648", "process id 2147483648 is out of range: it must be 1 to 2147483647");
	refused(FK_PID, "self", "\"self\" is not a process id: give a number such as 812 or a list such as 812,813");
	refused(FK_PID, "1,x", "\"x\" is not a process id: give a number such as 812 or a list such as 812,813");
	refused(FK_NETNS, "4294967296",
		"network namespace inode 4294967296 is out of range: it must be 1 to 4294967295");
	refused(FK_NETNS, "blue", "\"blue\" is not a network namespace inode: give a number such as 4026531840");
	refused(FK_FAMILY, "5", "\"5\" is not an address family: give 4 or 6");
	refused(FK_STATE, "timewait", "\"timewait\" is not a TCP state: give one such as time-wait or CLOSE_WAIT, "
		"or all, connected, synchronized, bucket or big");
	refused(FK_COMM, "", "an empty process name matches nothing: give a name or a pattern such as nginx*");
	refused(FK_COMM, "systemd-resolved", "\"systemd-resolved\" can never match: the kernel keeps 15 bytes of a "
		"process name, here \"systemd-resolve\"");
	refused(FK_COMM, "*xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"the name pattern \"*xxxxxxxxxxxxxxxxxxx...\" is too long: at most 63 bytes");
}

static void a_list_is_taken_whole_or_not_at_all(void **state)
{
	(void)state;
	assert_int_equal(filter_add(f, FK_PORT, "443,80,x", err, sizeof(err)), -EINVAL);
	assert_true(filter_is_empty(f));
	assert_true(matches());
	assert_int_equal(filter_add(f, FK_PORT, "80", err, sizeof(err)), 0);
	assert_int_equal(filter_add(f, FK_PORT, "443,65536", err, sizeof(err)), -EINVAL);
	assert_false(matches());
}

static void conditions_are_bounded(void **state)
{
	char text[16];
	int i;

	(void)state;
	for (i = 0; i < 256; i++) {
		snprintf(text, sizeof(text), "%d", 1000 + i);
		assert_int_equal(filter_add(f, FK_PORT, text, err, sizeof(err)), 0);
	}
	assert_int_equal(filter_add(f, FK_PORT, "443", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "more than 256 values for one filter: use a range, a prefix or a pattern");
	assert_false(matches());
	c.lport = 1255;
	assert_true(matches());
	/* Each key has its own 256. */
	assert_int_equal(filter_add(f, FK_LPORT, "1255", err, sizeof(err)), 0);
	assert_true(matches());
}

static void a_short_sentence_buffer_is_respected(void **state)
{
	char small[8];

	(void)state;
	memset(small, 'x', sizeof(small));
	assert_int_equal(filter_add(f, FK_PORT, "65536", small, 5), -EINVAL);
	assert_string_equal(small, "port");
	assert_int_equal(small[5], 'x');
	assert_int_equal(filter_add(f, FK_PORT, "65536", NULL, 0), -EINVAL);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(empty_matches_everything),
		T(pid_is_owner_opener_or_closer),
		T(comm_is_the_owners),
		T(ports),
		T(addresses),
		T(family_and_netns),
		T(what_the_wire_did),
		T(time_in_states),
		T(states_of_a_transition),
		T(all_keys_must_hold),
		T(says_what_is_wrong_with_ports),
		T(says_what_is_wrong_with_addresses),
		T(says_what_is_wrong_with_the_rest),
		T(a_list_is_taken_whole_or_not_at_all),
		T(conditions_are_bounded),
		T(a_short_sentence_buffer_is_respected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
