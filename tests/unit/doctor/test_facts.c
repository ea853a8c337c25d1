/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/doctor/facts.h"
#include "core/event/event.h"

#define SECOND 1000000000ULL
#define MAX ((size_t)RULES_MAX * 10)

struct fixture { struct tracker *t; struct filter *filter; struct facts *f; struct finding *found; };

static struct fixture made(const char *raddr)
{
	static const struct tracker_ops ops;
	const struct tracker_config cfg = { .max_conns = 16, .max_actors = 16 };
	struct fixture x = { .filter = filter_new(), .found = calloc(MAX, sizeof(*x.found)) };
	char err[256];

	assert_non_null(x.found);
	if (raddr)
		assert_int_equal(filter_add(x.filter, FK_RADDR, raddr, err, sizeof(err)), 0);
	assert_int_equal(tracker_new(&cfg, &ops, NULL, &x.t), 0);
	x.f = facts_new(rule_families, x.t, x.filter, "6.18.4");
	assert_non_null(x.f);
	x.f->begin_ns = SECOND;
	return x;
}

static void leave(struct fixture *x)
{
	facts_free(x->f);
	tracker_free(x->t);
	filter_free(x->filter);
	free(x->found);
}

static struct conn client_of(unsigned int host, __u8 close)
{
	return (struct conn){
		.cookie = host + 1, .netns = 7, .family = 2, .role = ROLE_CLIENT, .close = close, .state = ST_CLOSE, .lport = 40000, .rport = 80,
		.laddr = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 },
		.raddr = { [10] = 0xff, [11] = 0xff, [12] = 10, [14] = (__u8)(host >> 8), [15] = (__u8)host }, .states_seen = 1U << ST_SYN_SENT,
	};
}

static void refuse(struct facts *f, unsigned int host, unsigned int times, __u64 now_ns)
{
	const struct conn c = client_of(host, CLOSE_REFUSED);

	while (times--)
		assert_int_equal(facts_closed(f, &c, now_ns), 0);
}

static size_t judged(struct fixture *x, __u64 now_ns)
{
	assert_int_equal(facts_settle(x->f, now_ns), 0);
	return doctor_judge(x->f, x->found, MAX);
}

static double evidence(const struct finding *f, const char *key)
{
	for (size_t i = 0; i < f->n_ev; i++)
		if (!strcmp(f->ev[i].key, key))
			return f->ev[i].value;
	return -1;
}

static void door(struct facts *f, __u64 cookie, __u16 lport, __u32 drops, __u32 pid)
{
	struct twt_listener l = {
		.size = sizeof(l), .version = TWT_VERSION, .kind = TWT_LISTENER, .ts_ns = 2 * SECOND, .cookie = cookie, .netns = 7, .family = 2,
		.state = ST_LISTEN, .accept_queue = 9, .accept_max = 8, .lport = lport, .somaxconn = 4096, .laddr = { [10] = 0xff, [11] = 0xff },
	};
	struct twt_event owner = {
		.size = sizeof(owner), .kind = TWT_SNAP_OWNER, .ts_ns = 2 * SECOND, .cookie = cookie, .netns = 7, .family = 2, .new_state = ST_LISTEN,
		.lport = lport, .flags = TWT_F_TASK, .tgid = pid, .tid = pid, .aux = 7, .comm = "nginx", .laddr = { [10] = 0xff, [11] = 0xff },
	}, end = { .size = TWT_EVENT_SHORT, .kind = TWT_LISTENERS_END, .ts_ns = 2 * SECOND, .arg0 = 2 * SECOND };
	struct twt_event ev;

	for (int look = 0; look < 2; look++) {	/* drops are counted from the first look on */
		l.drops = look ? drops : 0;
		assert_int_equal(event_decode(&l, sizeof(l), &ev), 0);
		assert_int_equal(facts_event(f, &ev), 0);
		assert_int_equal(facts_event(f, &owner), 0);
		assert_int_equal(facts_event(f, &end), 0);
	}
}

static void sockets_of_one_address_are_one_finding(void **state)
{
	struct fixture x = made(NULL);
	size_t n, of_many, of_one;

	(void)state;
	for (unsigned int i = 0; i < 16; i++)
		door(x.f, 100 + i, 80, i == 5 ? 60 : 3, 1000 + i);	/* a worker each */
	door(x.f, 200, 81, 2, 1000);
	for (unsigned int i = 0; i < 3; i++)
		door(x.f, 300 + i, 82, 1, 1000);		/* all of one process */
	n = judged(&x, 3 * SECOND);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(x.found[i].rule->id, "accept-queue-full");
	assert_int_equal(x.found[0].subject.port, 80);
	assert_int_equal(x.found[0].severity, SEV_CRITICAL);
	assert_false(x.found[0].subject.has_process);
	assert_true(evidence(&x.found[0], "drops") == 60 + 15 * 3);
	assert_true(evidence(&x.found[0], "sockets") == 16 && evidence(&x.found[0], "full_sockets") == 16);
	assert_true(evidence(&x.found[0], "waiting") == 9 && evidence(&x.found[0], "room") == 9);
	of_many = x.found[1].subject.port == 82 ? 1 : 2;
	of_one = 3 - of_many;
	assert_true(x.found[of_many].subject.has_process && x.found[of_many].subject.tgid == 1000);
	assert_true(evidence(&x.found[of_many], "drops") == 3 && evidence(&x.found[of_many], "sockets") == 3);
	assert_true(x.found[of_one].subject.port == 81 && evidence(&x.found[of_one], "sockets") < 0);
	leave(&x);
}

static void largest_subjects_and_the_rest_counted(void **state)
{
	struct fixture x = made(NULL);
	size_t n;

	(void)state;
	for (unsigned int i = 1; i <= 40; i++)
		refuse(x.f, i, 2 + i, 2 * SECOND);	/* the first has too few for a word */
	refuse(x.f, 300, 20000, 2 * SECOND);
	n = judged(&x, 3 * SECOND);
	assert_int_equal(n, 10);
	assert_int_equal(x.found[0].severity, SEV_CRITICAL);
	assert_int_equal(x.found[0].subject.addr[14], 1);
	assert_int_equal(x.found[1].subject.addr[15], 40);
	assert_int_equal(x.found[9].subject.addr[15], 32);
	assert_true(evidence(&x.found[9], "others") == 31);
	assert_true(evidence(&x.found[8], "others") == -1);
	leave(&x);
}

static void filters_hold(void **state)
{
	struct fixture x = made("10.0.0.5");
	char err[256];
	struct filter *more = filter_new();

	(void)state;
	for (unsigned int i = 1; i <= 9; i++)
		refuse(x.f, i, 5, 2 * SECOND);
	assert_int_equal(judged(&x, 3 * SECOND), 1);
	assert_int_equal(x.found[0].subject.addr[15], 5);
	assert_int_equal(filter_add(more, FK_RPORT, "81", err, sizeof(err)), 0);
	x.f->filter[1] = more;
	refuse(x.f, 5, 5, 4 * SECOND);
	assert_int_equal(judged(&x, 4 * SECOND), 1);
	assert_true(evidence(&x.found[0], "connections") == 5);
	filter_free(more);
	x.f->filter[1] = NULL;
	leave(&x);
}

static void the_window_rolls(void **state)
{
	struct fixture x = made(NULL);

	(void)state;
	refuse(x.f, 1, 5, 2 * SECOND);
	facts_roll(x.f, 60 * SECOND);
	refuse(x.f, 1, 5, 61 * SECOND);
	assert_int_equal(judged(&x, 62 * SECOND), 1);
	assert_true(evidence(&x.found[0], "connections") == 10);
	assert_true(facts_window_s(x.f) == 61);
	assert_int_equal(x.f->sum.closed[CLOSE_REFUSED], 10);
	facts_roll(x.f, 120 * SECOND);
	assert_int_equal(judged(&x, 121 * SECOND), 1);
	assert_true(evidence(&x.found[0], "connections") == 5);
	assert_true(facts_window_s(x.f) == 61);
	facts_roll(x.f, 180 * SECOND);
	assert_int_equal(judged(&x, 181 * SECOND), 0);
	assert_int_equal(x.f->tallies.n, 0);
	refuse(x.f, 2, 5, 182 * SECOND);
	facts_clear(x.f, 183 * SECOND);
	assert_int_equal(judged(&x, 184 * SECOND), 0);
	assert_true(facts_window_s(x.f) == 1);
	leave(&x);
}

static void subjects_are_bounded(void **state)
{
	struct fixture x = made(NULL);
	struct subject s;
	struct tally *t;

	(void)state;
	for (unsigned int i = 0; i < TALLIES_MAX + 5; i++) {
		memset(&s, 0, sizeof(s));
		s.tgid = i;
		assert_int_equal(tallies_get(&x.f->tallies, &rules_connect[0], &s, &t), 0);
		assert_true((t != NULL) == (i < TALLIES_MAX));
	}
	assert_int_equal(x.f->tallies.left_out, 5);
	/* The same process under another name is the same. */
	s.tgid = 3;
	s.comm[0] = 'x';
	assert_int_equal(tallies_get(&x.f->tallies, &rules_connect[0], &s, &t), 0);
	assert_int_equal(t->subject.tgid, 3);
	assert_string_equal(t->subject.comm, "x");
	assert_int_equal(x.f->tallies.n, TALLIES_MAX);
	tallies_compact(&x.f->tallies);
	assert_int_equal(x.f->tallies.n, 0);
	leave(&x);
}

static void a_port_that_was_taken_over_is_another_rule(void **state)
{
	struct fixture x = made(NULL);
	struct conn old = client_of(1, CLOSE_ACTIVE), fresh = client_of(1, CLOSE_CONNECT_TIMEOUT), other = client_of(2, CLOSE_CONNECT_TIMEOUT);

	(void)state;
	old.tw_end = TW_END_REUSED;
	assert_int_equal(facts_gone(x.f, &old, 2 * SECOND), 0);
	assert_int_equal(facts_closed(x.f, &fresh, 3 * SECOND), 0);
	assert_int_equal(facts_closed(x.f, &other, 3 * SECOND), 0);
	assert_int_equal(judged(&x, 4 * SECOND), 2);
	assert_string_equal(x.found[0].rule->id, "connect-timeout");
	assert_int_equal(x.found[0].subject.addr[15], 2);
	assert_string_equal(x.found[1].rule->id, "reuse-unanswered");
	assert_int_equal(x.found[1].subject.addr[15], 1);
	leave(&x);
}

static struct twt_event failed_bind(__u16 port, __u64 options)
{
	return (struct twt_event){
		.size = sizeof(struct twt_event), .version = TWT_VERSION, .kind = TWT_CALL, .ts_ns = 2 * SECOND, .netns = 7, .family = 2, .lport = port,
		.err = EADDRINUSE, .flags = TWT_F_TASK, .tgid = 812, .comm = "server", .arg0 = TWT_CALL_BIND | options,
	};
}

static void binds_that_fail(void **state)
{
	struct fixture x = made(NULL);
	struct twt_event plain = failed_bind(80, 0), reuse = failed_bind(81, TWT_CALL_REUSEADDR), any = failed_bind(0, 0);
	struct conn tw = client_of(1, CLOSE_ACTIVE);

	(void)state;
	tw.lport = 80;
	tw.role = ROLE_SERVER;
	tw.tw_start_ns = SECOND;
	tw.tw_end = TW_END_EXPIRED;
	assert_int_equal(facts_event(x.f, &plain), 0);
	assert_int_equal(facts_event(x.f, &reuse), 0);
	assert_int_equal(facts_event(x.f, &any), 0);
	assert_int_equal(facts_gone(x.f, &tw, 3 * SECOND), 0);
	assert_int_equal(judged(&x, 4 * SECOND), 3);
	assert_string_equal(x.found[0].rule->id, "ports-exhausted");
	assert_int_equal(x.found[0].subject.tgid, 812);
	assert_string_equal(x.found[1].rule->id, "bind-in-use");
	assert_int_equal(x.found[1].subject.port, 81);
	assert_string_equal(x.found[2].rule->id, "bind-without-reuseaddr");
	assert_int_equal(x.found[2].subject.port, 80);
	assert_true(evidence(&x.found[2], "time_wait") == 1);
	leave(&x);
}

static void subjects_are_named(void **state)
{
	struct subject s = { .has_process = 1, .tgid = 812, .comm = "nginx", .cgroup = 77, .netns = 7, .has_dest = 1, .port = 443, .family = 2,
			     .addr = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 5 } };
	struct names *ns = names_new();
	struct twt_name *rec = calloc(1, sizeof(*rec));
	struct strbuf b = { 0 };

	(void)state;
	assert_non_null(rec);
	finding_subject(&b, &s, ns);
	assert_string_equal(b.s, "nginx (pid 812) to 10.0.0.5:443");
	name_begin(rec, TWT_NAME_NETNS, 7, 1);
	name_add(rec, TWT_NP_NETNS, "blue");
	assert_int_equal(names_add(ns, rec), 0);
	strbuf_reset(&b);
	finding_subject(&b, &s, ns);
	assert_string_equal(b.s, "nginx (pid 812) in netns blue to 10.0.0.5:443");
	name_begin(rec, TWT_NAME_CGROUP, 77, 1);
	name_add(rec, TWT_NP_CONTAINER, "0123456789abcdef");
	name_add(rec, TWT_NP_CONTAINER_NAME, "web\033[31m-1");
	assert_int_equal(names_add(ns, rec), 0);
	strbuf_reset(&b);
	finding_subject(&b, &s, ns);
	assert_null(strchr(b.s, '\033'));
	assert_non_null(strstr(b.s, "nginx (pid 812) in web"));
	s.has_process = s.has_dest = 0;
	strbuf_reset(&b);
	finding_subject(&b, &s, ns);
	assert_string_equal(b.s, "netns blue");
	s.netns = 8;
	strbuf_reset(&b);
	finding_subject(&b, &s, ns);
	assert_string_equal(b.s, "this host");
	strbuf_free(&b);
	names_free(ns);
	free(rec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_of_one_address_are_one_finding), cmocka_unit_test(largest_subjects_and_the_rest_counted),
		cmocka_unit_test(filters_hold),
		cmocka_unit_test(the_window_rolls),
		cmocka_unit_test(subjects_are_bounded),
		cmocka_unit_test(a_port_that_was_taken_over_is_another_rule),
		cmocka_unit_test(binds_that_fail),
		cmocka_unit_test(subjects_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
