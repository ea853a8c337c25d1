/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include "core/event/event.h"
#include "core/event/record.h"
#include "core/ports/listen/listeners.h"
#include "core/text/strbuf.h"

#define NETNS 4026531840U
#define MS 1000000ULL
#define START (1000 * MS)

static struct listeners *ls;
static struct strbuf text;

static int setup(void **state)
{
	(void)state;
	ls = listeners_new();
	return ls ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	listeners_free(ls);
	strbuf_free(&text);
	return 0;
}

/* 127.0.0.@last, or 0.0.0.0 */
static void set_laddr(__u8 laddr[16], __u8 last)
{
	memset(laddr, 0, 16);
	laddr[10] = laddr[11] = 0xff;
	if (last)
		laddr[12] = 127;
	laddr[15] = last;
}

struct sample { __u64 ms, cookie; __u32 queue, limit, drops, half_open, oldest_ms; __u16 lport; __u8 last; __u32 netns, somaxconn; };

static void look(struct sample s)
{
	struct twt_listener l = {
		.size = sizeof(l), .version = TWT_VERSION, .kind = TWT_LISTENER, .ts_ns = START + s.ms * MS, .cookie = s.cookie,
		.netns = s.netns ? s.netns : NETNS, .family = 2, .state = ST_LISTEN, .accept_queue = s.queue, .accept_max = s.limit,
		.half_open = s.half_open, .drops = s.drops, .lport = s.lport ? s.lport : 80,
		.somaxconn = s.somaxconn ? s.somaxconn : 4096, .oldest_wait_ns = s.oldest_ms * MS,
	};
	struct twt_event ev;

	set_laddr(l.laddr, s.last);
	assert_int_equal(event_decode(&l, sizeof(l), &ev), 0);
	assert_int_equal(listeners_event(ls, &ev), 0);
}

static void looked(__u64 began_ms, __u64 ms, __u32 what)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .kind = TWT_LISTENERS_END, .ts_ns = START + ms * MS, .arg0 = START + began_ms * MS, .aux = what,
	};

	assert_int_equal(listeners_event(ls, &ev), 0);
}

static void owner(__u64 ms, __u64 cookie, __u32 pid, const char *comm)
{
	struct twt_event ev = {
		.size = sizeof(ev), .kind = TWT_SNAP_OWNER, .ts_ns = START + ms * MS, .cookie = cookie, .netns = NETNS, .family = 2,
		.new_state = ST_LISTEN, .lport = 80, .flags = TWT_F_TASK, .tgid = pid, .tid = pid, .aux = 7,
	};

	set_laddr(ev.laddr, 0);
	memcpy(ev.comm, comm, strlen(comm));
	assert_int_equal(listeners_event(ls, &ev), 0);
}

static void counter(__u32 netns, bool now, __u32 id, __u64 value)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .kind = TWT_COUNTER, .netns = netns, .old_state = now, .aux = id, .arg0 = value, .ts_ns = START,
	};

	assert_int_equal(listeners_event(ls, &ev), 0);
}

static struct conn child(__u16 lport, __u8 last)
{
	struct conn c = { .netns = NETNS, .family = 2, .lport = lport, .rport = 40000, .role = ROLE_SERVER, .state = ST_ESTABLISHED };

	set_laddr(c.laddr, last);
	return c;
}

/* @n handshakes completed with 127.0.0.@last:@lport. */
static void complete(unsigned int n, __u16 lport, __u8 last)
{
	struct conn c = child(lport, last);
	struct transition tr = { .conn = &c, .old_state = ST_SYN_RECV, .new_state = ST_ESTABLISHED };

	while (n--)
		assert_int_equal(listeners_transition(ls, &tr, listeners_actors(ls)), 0);
}

static size_t rows(enum listeners_sort sort, const struct listener *const **ret)
{
	size_t n;

	assert_int_equal(listeners_rows(ls, sort, ret, &n), 0);
	return n;
}

static const struct listener *only(void)
{
	const struct listener *const *r;

	assert_int_equal(rows(LISTENERS_BY_TROUBLE, &r), 1);
	return r[0];
}

static const char *trouble_of(const struct listener *l)
{
	strbuf_reset(&text);
	listener_say_trouble(&text, l);
	return text.len ? text.s : "";
}

static const char *owners_of(const struct listener *l)
{
	strbuf_reset(&text);
	listener_say_owners(&text, l, listeners_actors(ls));
	return text.s;
}

/* --- queue, peak, drops --- */

static void test_queue_and_peak(void **state)
{
	const struct listener *l;

	(void)state;
	assert_false(listeners_looked(ls));
	look((struct sample){ .ms = 0, .cookie = 1, .queue = 3, .limit = 8, .drops = 5 });
	looked(0, 1, 0);
	assert_true(listeners_looked(ls));
	look((struct sample){ .ms = 100, .cookie = 1, .queue = 7, .limit = 8, .drops = 5, .half_open = 2 });
	looked(100, 101, 0);
	look((struct sample){ .ms = 200, .cookie = 1, .queue = 2, .limit = 8, .drops = 6, .oldest_ms = 30 });
	looked(200, 201, 0);
	listeners_interval(ls);
	l = only();
	assert_int_equal(l->queue, 2);
	assert_int_equal(l->peak, 7);
	assert_int_equal(l->limit, 8);
	assert_int_equal(l->half_open, 0);
	assert_int_equal(l->half_open_peak, 2);
	assert_int_equal(l->drops, 6);		/* as ss says */
	assert_int_equal(l->drops_seen, 1);	/* five were dropped before anybody looked */
	assert_int_equal(l->drops_interval, 1);
	assert_int_equal(l->looks, 3);
	assert_int_equal(l->oldest_wait_ns, 30 * MS);
	listeners_interval(ls);
	assert_int_equal(only()->drops_interval, 0);
	assert_int_equal(only()->drops_seen, 1);
}

/* sk_drops is 32 bits wide. */
static void test_drops_wrap(void **state)
{
	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8, .drops = 0xfffffffeU });
	look((struct sample){ .ms = 1, .cookie = 1, .limit = 8, .drops = 3 });
	assert_int_equal(only()->drops_seen, 5);
}

/* Everything that a listener born under our eyes dropped was seen. */
static void test_drops_of_a_young_one(void **state)
{
	struct conn c = { .cookie = 1, .netns = NETNS, .family = 2, .lport = 80, .role = ROLE_LISTENER, .state = ST_LISTEN };
	struct transition tr = { .conn = &c, .old_state = ST_CLOSE, .new_state = ST_LISTEN, .ts_ns = START };

	(void)state;
	set_laddr(c.laddr, 0);
	assert_int_equal(listeners_transition(ls, &tr, listeners_actors(ls)), 0);
	assert_false(only()->looked);
	look((struct sample){ .ms = 1, .cookie = 1, .limit = 8, .drops = 4 });
	assert_int_equal(only()->drops_seen, 4);
	tr.old_state = ST_LISTEN;
	tr.new_state = ST_CLOSE;
	assert_int_equal(listeners_transition(ls, &tr, listeners_actors(ls)), 0);
	const struct listener *const *r;
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), 0);
}

static void test_gone_without_a_word(void **state)
{
	const struct listener *const *r;

	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	look((struct sample){ .ms = 0, .cookie = 2, .limit = 8, .lport = 81 });
	looked(0, 1, 0);
	look((struct sample){ .ms = 100, .cookie = 2, .limit = 8, .lport = 81 });
	looked(100, 101, 0);
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), 1);
	assert_int_equal(r[0]->cookie, 2);
}

/* --- what was accepted --- */

static void test_accepted_rate(void **state)
{
	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .queue = 4, .limit = 100 });	/* of before */
	looked(0, 0, 0);
	listeners_interval(ls);
	assert_true(only()->at->accepted_per_s < 0);
	complete(50, 80, 3);
	look((struct sample){ .ms = 2000, .cookie = 1, .queue = 10, .limit = 100 });
	looked(2000, 2000, 0);
	listeners_interval(ls);
	/* 4 + 50 came, 10 are still there. */
	assert_int_equal(only()->at->accepted, 44);
	assert_true(only()->at->accepted_per_s == 22.0);
	look((struct sample){ .ms = 3000, .cookie = 1, .queue = 10, .limit = 100 });
	looked(3000, 3000, 0);
	listeners_interval(ls);
	assert_true(only()->at->accepted_per_s == 0);
}

/* A socket of a group goes with connections in its queue: nobody accepted these. */
static void test_accepted_of_a_group(void **state)
{
	const struct listener *const *r;

	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 100 });
	look((struct sample){ .ms = 0, .cookie = 2, .limit = 100 });
	looked(0, 0, 0);
	complete(30, 80, 0);
	look((struct sample){ .ms = 1000, .cookie = 1, .queue = 5, .limit = 100 });
	look((struct sample){ .ms = 1000, .cookie = 2, .queue = 20, .limit = 100 });
	looked(1000, 1000, 0);
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), 2);
	assert_ptr_equal(r[0]->at, r[1]->at);
	assert_int_equal(r[0]->at->sockets, 2);
	assert_int_equal(r[0]->at->accepted, 5);
	look((struct sample){ .ms = 2000, .cookie = 1, .queue = 5, .limit = 100 });
	looked(2000, 2000, 0);
	assert_int_equal(only()->at->accepted, 5);
	assert_int_equal(only()->at->queued, 5);
}

/* As the kernel chooses: the own address before the wildcard, the family as it is. */
static void test_whose_connection(void **state)
{
	const struct listener *const *r;
	struct conn c = child(80, 9);

	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	look((struct sample){ .ms = 0, .cookie = 2, .limit = 8, .last = 9 });
	looked(0, 0, 0);
	assert_int_equal(listeners_accepted(ls, &c, 5000, false), 0);
	set_laddr(c.laddr, 1);
	assert_int_equal(listeners_accepted(ls, &c, 7000, true), 0);
	assert_int_equal(listeners_accepted(ls, &c, 9000, true), 0);
	c.lport = 81;
	assert_int_equal(listeners_accepted(ls, &c, 9000, false), 0);	/* nobody's that we know */
	c = child(80, 9);
	c.family = 10;
	assert_int_equal(listeners_accepted(ls, &c, 9000, false), 0);
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), 2);
	assert_int_equal(r[0]->at->wait.count, 2);
	assert_int_equal(r[0]->at->by_use, 2);
	assert_int_equal(r[0]->at->wait.max, 9000);
	assert_int_equal(r[1]->at->wait.count, 1);
	assert_int_equal(r[1]->at->wait.max, 5000);
	assert_int_equal(r[1]->at->by_use, 0);
}

/* --- owners --- */

static void test_owners(void **state)
{
	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	assert_string_equal(owners_of(only()), "-");
	owner(1, 1, 30, "worker");
	owner(1, 1, 10, "master");
	owner(1, 1, 20, "worker");
	owner(2, 1, 20, "worker");
	looked(0, 3, TWT_LISTEN_OWNERS);
	assert_int_equal(only()->n_owners, 3);
	assert_string_equal(owners_of(only()), "master (pid 10), worker (pid 20, 30)");
	/* 20 has ended; a look at queues alone says nothing about owners. */
	look((struct sample){ .ms = 100, .cookie = 1, .limit = 8 });
	looked(100, 101, 0);
	assert_int_equal(only()->n_owners, 3);
	look((struct sample){ .ms = 200, .cookie = 1, .limit = 8 });
	owner(201, 1, 10, "master");
	owner(201, 1, 30, "worker");
	owner(201, 1, 31, "worker");
	owner(201, 1, 32, "worker");
	looked(200, 202, TWT_LISTEN_OWNERS);
	assert_string_equal(owners_of(only()), "master (pid 10), worker (pid 30, 31 and 1 more)");
}

static void test_owners_are_bounded(void **state)
{
	__u32 i;

	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	for (i = 0; i < LISTENER_OWNERS_MAX + 5; i++)
		owner(1, 1, 100000 - i, "x");
	assert_int_equal(only()->n_owners, LISTENER_OWNERS_MAX);
	assert_int_equal(only()->owners_left_out, 5);
	look((struct sample){ .ms = 2, .cookie = 1, .limit = 8 });
	looked(2, 3, TWT_LISTEN_OWNERS);
	assert_int_equal(only()->n_owners, 0);
}

static void test_sockets_are_bounded(void **state)
{
	const struct listener *const *r;
	__u64 i;

	(void)state;
	for (i = 0; i < LISTENERS_MAX + 3; i++)
		look((struct sample){ .ms = 0, .cookie = 1 + i, .limit = 8, .lport = (__u16)(1 + i % 60000) });
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), LISTENERS_MAX);
	assert_int_equal(listeners_left_out(ls), 3);
	for (i = 1; i < LISTENERS_MAX; i++)
		assert_true(r[i - 1]->at->lport <= r[i]->at->lport);
}

static void test_filter(void **state)
{
	const struct actors *as = listeners_actors(ls);
	char err[128];

	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	owner(1, 1, 10, "master");
	owner(1, 1, 20, "worker");
	static const struct { enum filter_key key; const char *text; bool match; } cases[] = {
		{ FK_PID, "20", true }, { FK_PID, "21", false }, { FK_COMM, "mast*", true }, { FK_LPORT, "80", true },
		{ FK_LPORT, "81", false }, { FK_STATE, "listening", true }, { FK_STATE, "established", false },
		{ FK_FAMILY, "6", false }, { FK_LADDR, "0.0.0.0", true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *f = filter_new();

		assert_int_equal(filter_add(f, cases[i].key, cases[i].text, err, sizeof(err)), 0);
		assert_int_equal(listener_match(f, only(), as), cases[i].match);
		filter_free(f);
	}
}

/* --- whose overflows --- */

static void test_overflows_of_one(void **state)
{
	const struct listener *const *r;
	struct listen_counters c;
	size_t at = 0;

	(void)state;
	counter(NETNS, false, TWT_C_LISTEN_OVERFLOWS, 100);
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	look((struct sample){ .ms = 0, .cookie = 2, .limit = 8, .lport = 81 });
	look((struct sample){ .ms = 0, .cookie = 3, .limit = 8, .lport = 82, .netns = 5 });
	counter(NETNS, true, TWT_C_LISTEN_OVERFLOWS, 100);
	looked(0, 1, 0);
	/* The queue was full and is empty again; a socket of another namespace dropped something too. */
	look((struct sample){ .ms = 100, .cookie = 1, .limit = 8, .drops = 6 });
	look((struct sample){ .ms = 100, .cookie = 2, .limit = 8, .lport = 81 });
	look((struct sample){ .ms = 100, .cookie = 3, .limit = 8, .lport = 82, .netns = 5, .drops = 1 });
	counter(NETNS, true, TWT_C_LISTEN_OVERFLOWS, 104);
	looked(100, 101, 0);
	/* The counter was read a moment later than the socket: in the next look it has the rest. */
	look((struct sample){ .ms = 200, .cookie = 1, .limit = 8, .drops = 6 });
	look((struct sample){ .ms = 200, .cookie = 2, .limit = 8, .lport = 81 });
	look((struct sample){ .ms = 200, .cookie = 3, .limit = 8, .lport = 82, .netns = 5, .drops = 1 });
	counter(NETNS, true, TWT_C_LISTEN_OVERFLOWS, 106);
	looked(200, 201, 0);
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), 3);
	assert_int_equal(r[0]->overflows, 6);
	assert_int_equal(r[0]->peak, 9);	/* proven, though no look met it */
	assert_int_equal(r[1]->overflows, 0);
	assert_int_equal(r[2]->overflows, 0);
	assert_string_equal(trouble_of(r[0]), "The accept queue (room for 9) was full between two looks; it overflowed 6 times. "
			    "Its limit 8 is what the program asked for in listen() (net.core.somaxconn is 4096 now). "
			    "6 segments were dropped.");
	assert_true(listeners_counters(ls, &at, &c));
	assert_true(c.known);
	assert_int_equal(c.netns, NETNS);
	assert_int_equal(c.n[0], 6);
	assert_false(listeners_counters(ls, &at, &c));
	listeners_clear(ls);
	at = 0;
	assert_true(listeners_counters(ls, &at, &c));
	assert_int_equal(c.n[0], 0);
	assert_int_equal(r[0]->overflows, 0);
}

/* Two dropped at the same time: the namespace's number is nobody's. */
static void test_overflows_of_two(void **state)
{
	const struct listener *const *r;

	(void)state;
	counter(NETNS, false, TWT_C_LISTEN_OVERFLOWS, 0);
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 8 });
	look((struct sample){ .ms = 0, .cookie = 2, .limit = 8, .lport = 81 });
	looked(0, 1, 0);
	look((struct sample){ .ms = 100, .cookie = 1, .limit = 8, .drops = 1 });
	look((struct sample){ .ms = 100, .cookie = 2, .limit = 8, .lport = 81, .drops = 2 });
	counter(NETNS, true, TWT_C_LISTEN_OVERFLOWS, 3);
	looked(100, 101, 0);
	/* Later one alone: only what is new is its own. */
	for (unsigned int i = 0; i < 3; i++) {
		look((struct sample){ .ms = 200 + 100 * i, .cookie = 1, .limit = 8, .drops = i < 2 ? 1 : 5 });
		look((struct sample){ .ms = 200 + 100 * i, .cookie = 2, .limit = 8, .lport = 81, .drops = 2 });
		counter(NETNS, true, TWT_C_LISTEN_OVERFLOWS, i < 2 ? 3 : 7);
		looked(200 + 100 * i, 201 + 100 * i, 0);
	}
	assert_int_equal(rows(LISTENERS_BY_PORT, &r), 2);
	assert_int_equal(r[0]->overflows, 4);
	assert_int_equal(r[1]->overflows, 0);
	assert_int_equal(r[1]->peak, 0);
	assert_string_equal(trouble_of(r[1]), "2 segments were dropped, and no look met a full queue.");
}

/* --- words --- */

static void test_what_is_said(void **state)
{
	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .queue = 3, .limit = 8 });
	looked(0, 1, 0);
	listeners_interval(ls);
	assert_string_equal(trouble_of(only()), "");
	assert_int_equal(listener_trouble(only()), LISTENER_FINE);
	assert_int_equal(listener_fill(only()), 33);
	look((struct sample){ .ms = 100, .cookie = 1, .queue = 129, .limit = 128, .somaxconn = 128, .drops = 1, .oldest_ms = 2500 });
	looked(100, 101, 0);
	listeners_interval(ls);
	assert_int_equal(listener_trouble(only()), LISTENER_BAD);
	assert_int_equal(listener_fill(only()), 100);
	assert_string_equal(trouble_of(only()), "The accept queue is full, 129 of 129: in 1 of 2 looks. Its limit is "
			    "net.core.somaxconn (128), whatever more the program asks for in listen(). 1 segment was dropped. "
			    "A connection has waited for accept() for 2.500s.");
	look((struct sample){ .ms = 200, .cookie = 1, .limit = 128, .somaxconn = 64, .drops = 1, .half_open = 129 });
	looked(200, 201, 0);
	listeners_interval(ls);
	assert_int_equal(listener_trouble(only()), LISTENER_WARN);
	assert_string_equal(trouble_of(only()), "The accept queue (room for 129) was full in 1 of 3 looks. Half-open connections "
			    "reached their limit (128, the same as the accept queue's) in 1 of 3 looks: SYN cookies, or drops "
			    "without them. 1 segment was dropped.");
}

static void test_order(void **state)
{
	const struct listener *const *r;

	(void)state;
	look((struct sample){ .ms = 0, .cookie = 1, .limit = 9, .lport = 3, .queue = 1 });
	look((struct sample){ .ms = 0, .cookie = 2, .limit = 99, .lport = 2, .queue = 60, .half_open = 1 });
	look((struct sample){ .ms = 0, .cookie = 3, .limit = 9, .lport = 1, .queue = 10 });
	look((struct sample){ .ms = 0, .cookie = 4, .limit = 9, .lport = 4, .queue = 8 });
	looked(0, 1, 0);
	static const struct { enum listeners_sort sort; __u64 cookies[4]; } cases[] = {
		{ LISTENERS_BY_TROUBLE, { 3, 4, 2, 1 } }, { LISTENERS_BY_QUEUE, { 2, 3, 4, 1 } }, { LISTENERS_BY_PORT, { 3, 2, 1, 4 } },
		{ LISTENERS_BY_HALF_OPEN, { 2, 3, 1, 4 } }, { LISTENERS_BY_DROPS, { 3, 2, 1, 4 } },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(rows(cases[i].sort, &r), 4);
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(r[k]->cookie, cases[i].cookies[k]);
	}
}

/* --- the contract --- */

/* A reader that knows only events finds a socket in LISTEN, and skips it by its kind where that is new to it. */
static void test_record(void **state)
{
	struct record_reader *r = record_reader_new();
	struct record_header h = { 0 };
	struct strbuf file = { 0 };
	union twt_record out;
	struct twt_event in;
	struct twt_listener l = {
		.size = sizeof(l), .version = TWT_VERSION, .kind = TWT_LISTENER, .ts_ns = START, .cookie = 9, .netns = NETNS,
		.family = 10, .state = ST_LISTEN, .accept_queue = 1, .accept_max = 2, .half_open = 3, .drops = 4, .lport = 80,
		.somaxconn = 0xffffffffU, .oldest_wait_ns = 5,
	};

	(void)state;
	assert_int_equal(event_decode(&l, sizeof(l), &in), 0);
	record_header_write(&file, &h, "");
	assert_int_equal(record_event(&in, &out), sizeof(l));
	strbuf_add(&file, (const char *)&out, sizeof(l));
	assert_int_equal(record_reader_feed(r, file.s, file.len), 0);
	assert_int_equal(record_reader_next(r, &out), 1);
	assert_memory_equal(&out, &l, sizeof(l));
	assert_int_equal(out.event.new_state, ST_LISTEN);
	assert_int_equal(out.event.lport, 80);
	record_reader_free(r);
	strbuf_free(&file);
}

static void test_sort_words(void **state)
{
	enum listeners_sort sort = LISTENERS_BY_PORT;

	(void)state;
	assert_int_equal(listeners_sort_parse("half-open", &sort), 0);
	assert_int_equal(sort, LISTENERS_BY_HALF_OPEN);
	assert_int_equal(listeners_sort_parse("trouble", &sort), 0);
	assert_int_equal(sort, LISTENERS_BY_TROUBLE);
	assert_int_equal(listeners_sort_parse("half", &sort), -EINVAL);
	assert_int_equal(listeners_sort_parse("", &sort), -EINVAL);
	assert_int_equal(sort, LISTENERS_BY_TROUBLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_queue_and_peak), T(test_drops_wrap), T(test_drops_of_a_young_one), T(test_gone_without_a_word),
		T(test_accepted_rate), T(test_accepted_of_a_group), T(test_whose_connection), T(test_owners),
		T(test_owners_are_bounded), T(test_sockets_are_bounded), T(test_filter), T(test_overflows_of_one),
		T(test_overflows_of_two), T(test_what_is_said), T(test_order), T(test_record), T(test_sort_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
