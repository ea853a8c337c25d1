/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept up to date from look to look says what a look at everything says, to the last bit: over random lives of
 * sockets, with settings that change, and where destinations are forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "unit/model.h"
#include "unit/ports/same_rows.h"

#define SEC 1000000000ULL
#define MODELS 6		/* of MODEL_SOCKS each */
#define SEEDS 6			/* for each kind of rows */
#define LOOKS 150

struct pair;
struct source { struct pair *p; unsigned int number; };

/* One that looks at all connections, and one that keeps what it knows. */
struct pair {
	struct tracker *t;
	struct ports *all, *kept;
	struct filter *filter;
	struct model m[MODELS];
	struct source of[MODELS];
	__u64 rng, now_ns, rows, held;
	bool binds;		/* some clients bind to a port before they connect */
};

static __u64 rnd(struct pair *p, __u64 below)
{
	p->rng ^= p->rng << 13;
	p->rng ^= p->rng >> 7;
	p->rng ^= p->rng << 17;
	return p->rng % below;
}

static bool wanted(const struct pair *p, const struct conn *c)
{
	return filter_match(p->filter, c, tracker_actors(p->t), c->states_seen);
}

static void on_transition(void *ctx, const struct transition *tr)
{
	struct pair *p = ctx;

	assert_int_equal(ports_transition(p->all, tr, tracker_actors(p->t), wanted(p, tr->conn)), 0);
	assert_int_equal(ports_transition(p->kept, tr, tracker_actors(p->t), wanted(p, tr->conn)), 0);
}

static void on_closed(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct pair *p = ctx;

	assert_int_equal(ports_closed(p->all, c, tracker_actors(p->t), ts_ns), 0);
	assert_int_equal(ports_closed(p->kept, c, tracker_actors(p->t), ts_ns), 0);
}

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct pair *p = ctx;

	assert_int_equal(ports_gone(p->all, c, tracker_actors(p->t), ts_ns), 0);
	assert_int_equal(ports_gone(p->kept, c, tracker_actors(p->t), ts_ns), 0);
}

static const struct tracker_ops ops = { .transition = on_transition, .closed = on_closed, .gone = on_gone };

static void feed(struct pair *p, const struct twt_event *ev)
{
	assert_int_equal(ports_event(p->all, ev), 0);
	assert_int_equal(ports_event(p->kept, ev), 0);
	tracker_event(p->t, ev);
	p->now_ns = tracker_now(p->t);
}

static int look(void *ctx, const struct conn *c)
{
	struct pair *p = ctx;

	p->held++;
	return ports_look(p->all, c, tracker_actors(p->t), wanted(p, c));
}

static void compare(struct pair *p)
{
	const struct actors *as = tracker_actors(p->t);
	struct ports_row **all, **kept;
	size_t n_all, n_kept;

	ports_look_begin(p->all, p->now_ns);
	assert_int_equal(tracker_foreach(p->t, look, p), 0);
	assert_int_equal(ports_rows(p->all, SEC, as, &all, &n_all), 0);
	assert_int_equal(ports_look_all(p->kept, p->now_ns, p->t, p->filter), 0);
	assert_int_equal(ports_rows(p->kept, SEC, as, &kept, &n_kept), 0);
	assert_true(same_rows(all, n_all, kept, n_kept));
	assert_int_equal(ports_left_out(p->all), ports_left_out(p->kept));
	assert_int_equal(ports_lack_settings(p->all), ports_lack_settings(p->kept));
	for (__u32 netns = 1; netns <= MODEL_NETNS; netns++) {
		const struct portset *a = ports_closed_set(p->all, netns), *b = ports_closed_set(p->kept, netns);

		assert_true(a && b ? !memcmp(a, b, sizeof(*a)) : a == b);
	}
	p->rows += n_all;
	ports_next(p->all);
	ports_next(p->kept);
}

static void pair_new(struct pair *p, enum ports_by by, __u64 seed, const struct tracker_config *cfg)
{
	memset(p, 0, sizeof(*p));
	p->rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	p->all = ports_new(by);
	p->kept = ports_new(by);
	p->filter = filter_new();
	assert_true(p->all && p->kept && p->filter);
	assert_int_equal(tracker_new(cfg, &ops, p, &p->t), 0);
}

static void pair_free(struct pair *p)
{
	ports_free(p->all);
	ports_free(p->kept);
	tracker_free(p->t);
	filter_free(p->filter);
}

/* --- random lives ----------------------------------------------------------------------------------------------------------- */

/* The models' sockets differ in nothing but their port: here they talk to some destinations, from some addresses, of two hosts. */
static void on_event(void *ctx, const struct twt_event *model_ev)
{
	const struct source *of = ctx;
	struct pair *p = of->p;
	struct twt_event ev = *model_ev;
	bool client = ev.kind == TWT_STATE && ev.old_state == ST_CLOSE && ev.new_state == ST_SYN_SENT;

	if (ev.cookie)
		ev.cookie += (__u64)of->number << 32;
	ev.raddr[15] = (__u8)(2 + ev.cookie % 3);
	ev.laddr[15] = (__u8)(1 + ev.cookie % 5 / 4);
	if (ev.cookie % 7 < 3)
		ev.laddr[12] = ev.raddr[12] = 127;
	if (client && (!p->binds || ev.cookie % 11))
		ev.lport = 0;			/* connect() chooses one */
	if (ev.kind == TWT_TW_START && ev.cookie % 4 == 0)
		ev.flags |= TWT_F_NO_TSTAMP;
	if (ev.kind == TWT_SNAP && ev.cookie % 5 < 3)
		ev.flags |= ev.cookie % 5 == 2 && p->binds ? TWT_F_BOUND : TWT_F_AUTOBOUND;
	if (ev.flags & TWT_F_TASK) {			/* processes call themselves something else now and then */
		memcpy(ev.comm, "worker-0", 8);
		ev.comm[7] = (__u8)('0' + rnd(p, 2));
	}
	ev.ts_ns = p->now_ns > ev.ts_ns ? p->now_ns : ev.ts_ns;
	feed(p, &ev);
}

static void change_a_setting(struct pair *p)
{
	struct twt_event ev = { .size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = TWT_SYSCTL, .ts_ns = p->now_ns };

	ev.netns = 1 + (__u32)rnd(p, MODEL_NETNS);
	switch (rnd(p, 4)) {
	case 0:
		ev.aux = TWT_SC_PORT_RANGE;
		ev.lport = (__u16)(1000 + rnd(p, 200));
		ev.rport = (__u16)(ev.lport + rnd(p, 3000));
		break;
	case 1:
		ev.aux = TWT_SC_TW_REUSE;
		ev.arg0 = rnd(p, 3);
		break;
	case 2:
		ev.aux = TWT_SC_TW_REUSE_DELAY;
		ev.arg0 = rnd(p, 2) ? 1000 : rnd(p, 70000);
		break;
	default:
		ev.aux = TWT_SC_RESERVED_PORTS;
		ev.lport = ev.rport = (__u16)(1000 + rnd(p, 500));
		ev.arg0 = rnd(p, 2);
	}
	feed(p, &ev);
}

/* A pass over descriptors found other sockets than the one before that are bound and nothing else. */
static void bind_anew(struct pair *p)
{
	struct twt_event ev = { .size = TWT_EVENT_SHORT, .kind = TWT_SNAP_OWNER, .new_state = ST_CLOSE }, end = { .kind = TWT_SNAP_END };

	for (__u64 i = rnd(p, 8); i--;) {
		ev.netns = 1 + (__u32)rnd(p, MODEL_NETNS);
		ev.lport = (__u16)(1024 + rnd(p, 400));
		assert_int_equal(ports_event(p->all, &ev) | ports_event(p->kept, &ev), 0);
	}
	assert_int_equal(ports_event(p->all, &end) | ports_event(p->kept, &end), 0);
}

/* A look of the tracker at all sockets. */
static void pass(struct pair *p)
{
	struct model *m = &p->m[0];

	model_border(m, TWT_SNAP_BEGIN, 0, TWT_SNAP_HEAL);
	for (__u32 netns = 1; netns <= MODEL_NETNS; netns++)
		model_border(m, TWT_SNAP_BEGIN, netns, TWT_SNAP_HEAL);
	for (unsigned int n = 0; n < MODELS; n++) {
		for (unsigned int i = 0; i < MODEL_SOCKS; i++)
			model_snap(&p->m[n], i);
	}
	if (rnd(p, 2))
		compare(p);		/* in the midst of it */
	model_border(m, TWT_SNAP_END, 0, TWT_SNAP_HEAL);
}

static void random_life(enum ports_by by, __u64 seed)
{
	const struct tracker_config cfg = { .max_whole = 1 + seed % 3 * 20 };
	char err[128];
	struct pair p;

	pair_new(&p, by, seed, &cfg);
	p.binds = seed % 3 == 2;
	if (seed % 2)
		assert_int_equal(filter_add(p.filter, seed % 4 == 1 ? FK_LPORT : FK_COMM, seed % 4 == 1 ? "1024-1060" : "worker-1", err, sizeof(err)), 0);
	for (unsigned int n = 0; n < MODELS; n++) {
		p.of[n].p = &p;
		p.of[n].number = n;
		model_init(&p.m[n], seed * MODELS + n, on_event, &p.of[n]);
		p.m[n].reuse_sockets = n % 2;
	}
	for (int i = 0; i < LOOKS; i++) {
		for (__u64 steps = rnd(&p, i % 10 ? 12 : 200); steps--;)
			model_step(&p.m[rnd(&p, MODELS)]);
		if (rnd(&p, 8) == 0)
			change_a_setting(&p);
		if (rnd(&p, 12) == 0)
			bind_anew(&p);
		if (rnd(&p, 40) == 0)
			pass(&p);
		p.now_ns += rnd(&p, 2 * SEC);
		compare(&p);
	}
	assert_true(p.rows > LOOKS / 3 && p.held > 50 * LOOKS);
	pair_free(&p);
}

static void a_look_at_what_changed_says_the_same(void **state)
{
	(void)state;
	for (int by = 0; by < PORTS_BY_MAX; by++) {
		for (__u64 seed = 0; seed < (by == PORTS_BY_DEST ? 3 * SEEDS : SEEDS); seed++)
			random_life((enum ports_by)by, seed);
	}
}

/* --- many destinations ------------------------------------------------------------------------------------------------------- */

static void moves(struct pair *p, __u32 n, __u8 from, __u8 to)
{
	struct twt_event ev = {
		.size = TWT_EVENT_SHORT, .version = TWT_VERSION, .kind = TWT_STATE, .ts_ns = ++p->now_ns, .cookie = n + 1, .netns = 1, .family = 2,
		.old_state = from, .new_state = to, .lport = from == ST_CLOSE ? 0 : (__u16)(1024 + n % 8), .rport = (__u16)(n % 60000),
		.laddr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 }, .raddr = { [10] = 0xff, [11] = 0xff, 10, 1, 0, (__u8)(n / 60000) },
	};

	feed(p, &ev);
}

/* One connection to each of more destinations than there is room for; the ports of many are nobody's to count. */
static void forgotten_destinations_are_found_again(void **state)
{
	const struct tracker_config cfg = { .max_whole = 64 };
	const struct twt_event range = { .kind = TWT_SYSCTL, .netns = 1, .aux = TWT_SC_PORT_RANGE, .lport = 1024, .rport = 1033 };
	struct twt_event bound = { .kind = TWT_SNAP_OWNER, .netns = 1, .new_state = ST_CLOSE, .lport = 1027 }, end = { .kind = TWT_SNAP_END };
	struct pair p;

	(void)state;
	pair_new(&p, PORTS_BY_DEST, 1, &cfg);
	p.now_ns = 1000 * SEC;
	feed(&p, &range);
	ports_event(p.all, &bound);
	ports_event(p.kept, &bound);
	ports_event(p.all, &end);
	ports_event(p.kept, &end);
	for (__u32 n = 0; n < PORTS_DESTS_MAX + 500; n++) {
		moves(&p, n, ST_CLOSE, ST_SYN_SENT);
		moves(&p, n, ST_SYN_SENT, ST_ESTABLISHED);
	}
	assert_int_not_equal(ports_left_out(p.all), 0);
	for (__u32 i = 0; i < 5; i++) {
		compare(&p);
		p.now_ns += 100 * SEC;
		for (__u32 n = i * 100; n < i * 100 + 50; n++)
			moves(&p, n, ST_ESTABLISHED, ST_CLOSE_WAIT);
	}
	pair_free(&p);
}

/* --- what is left out --------------------------------------------------------------------------------------------------------- */

struct seen { __u32 told, connections, same; };

static int is_told(void *ctx, __u32 id, const struct conn *c)
{
	struct seen *s = ctx;

	(void)id;
	s->told++;
	s->connections += c != NULL;
	return 0;
}

static bool is_same(void *ctx, __u32 first, __u32 n)
{
	struct seen *s = ctx;

	assert_int_equal(first % TRACKER_GROUP, 0);
	s->same += n;
	return true;
}

static void only_what_changed_is_looked_at(void **state)
{
	static const struct changed_ops seen_ops = { .fn = is_told, .same = is_same };
	const struct tracker_config cfg = { .max_whole = 1 };
	struct seen s = { 0 };
	struct pair p;
	__u32 since = 0, other = 0;

	(void)state;
	pair_new(&p, PORTS_BY_DEST, 1, &cfg);
	p.now_ns = 1000 * SEC;
	for (__u32 n = 0; n < 1000; n++) {
		moves(&p, n, ST_CLOSE, ST_SYN_SENT);
		moves(&p, n, ST_SYN_SENT, ST_ESTABLISHED);
	}
	assert_int_equal(tracker_foreach_changed(p.t, &since, &seen_ops, &s), 0);
	assert_int_equal(s.told, 1000);
	assert_int_equal(s.connections, 1000);
	assert_int_equal(s.same, 0);
	/* Only those that are whole, with their neighbours. */
	s = (struct seen){ 0 };
	assert_int_equal(tracker_foreach_changed(p.t, &since, &seen_ops, &s), 0);
	assert_true(s.told <= 8 * TRACKER_GROUP && s.told > 0);
	assert_int_equal(s.told + s.same, 1000);
	/* Another one's looks are its own. */
	moves(&p, 0, ST_ESTABLISHED, ST_CLOSE_WAIT);
	for (__u32 n = 500; n < 600; n++)
		moves(&p, n, ST_ESTABLISHED, ST_CLOSE_WAIT);
	assert_int_equal(tracker_foreach_changed(p.t, &other, &seen_ops, &s), 0);
	s = (struct seen){ 0 };
	assert_int_equal(tracker_foreach_changed(p.t, &since, &seen_ops, &s), 0);
	assert_true(s.told >= 100 + TRACKER_GROUP && s.told <= 100 + 10 * TRACKER_GROUP);
	assert_int_equal(s.told + s.same, 1000);
	pair_free(&p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_look_at_what_changed_says_the_same),
		cmocka_unit_test(forgotten_destinations_are_found_again),
		cmocka_unit_test(only_what_changed_is_looked_at),
	};

	return cmocka_run_group_tests_name("look_all", tests, NULL, NULL);
}
