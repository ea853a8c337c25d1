/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random streams: what a kernel can send, and the same with events lost, repeated, swapped, without
 * cookies, with stale snapshots. The invariants of check_tracker.h hold after every event; a legal stream
 * is followed exactly; after losses a snapshot brings the table back to the truth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "unit/check_tracker.h"
#include "unit/model.h"

#define SEEDS 30
#define STEPS 1500

/* What becomes of events on their way, in 1/1000. */
struct mangle { unsigned int lose, repeat, swap, no_cookie, stale; };

struct run {
	struct model m;
	struct tracker *t;
	struct mangle mangle;
	struct twt_event held, old[64];
	bool holds;
	unsigned int n_old;
	__u64 seed, fed, transitions, healed, gone, changed;
	bool gaps;
};

static void on_transition(void *ctx, const struct transition *tr)
{
	struct run *r = ctx;

	r->transitions++;
	r->healed += !!(tr->marks & TR_HEALED);
	assert_true(tr->new_state > ST_NONE && tr->new_state <= ST_SHOWN);
	assert_int_equal(tr->conn->state, tr->new_state);
	if (!tr->in_state_known)
		assert_int_equal(tr->in_state_ns, 0);
	else
		assert_true(tr->in_state_ns <= tr->ts_ns);
}

static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns)
{
	struct run *r = ctx;

	r->gone++;
	r->gaps |= !!(c->flags & CONN_GAP);
	assert_int_equal(c->state, ST_CLOSE);
	assert_true(ts_ns >= c->since_ns && c->since_ns >= c->born_ns);
	assert_true((c->close != CLOSE_NOT_YET) == (c->role != ROLE_LISTENER));
	assert_true((c->reason != REASON_NONE) == (c->close == CLOSE_ABORT));
}

static void on_snapshot(void *ctx, __u32 why, __u32 netns, __u64 found, __u64 changed)
{
	struct run *r = ctx;

	(void)why, (void)netns, (void)found;
	r->changed += changed;
}

static const struct tracker_ops ops = { .transition = on_transition,
					.gone = on_gone,
					.snapshot = on_snapshot };

static void check(const struct run *r)
{
	const char *bad = check_tracker(r->t);

	if (bad)
		fail_msg("seed %llu, event %llu: %s", (unsigned long long)r->seed, (unsigned long long)r->fed,
			 bad);
}

static void feed(struct run *r, const struct twt_event *ev)
{
	tracker_event(r->t, ev);
	r->fed++;
	check(r);
}

static bool chance(struct run *r, unsigned int per_mille)
{
	return per_mille && model_rnd(&r->m, 1000) < per_mille;
}

static void on_event(void *ctx, const struct twt_event *model_ev)
{
	struct run *r = ctx;
	struct twt_event ev = *model_ev;

	if (ev.kind >= TWT_SNAP_BEGIN) {	/* made in user space: never lost */
		feed(r, &ev);
		return;
	}
	if (chance(r, r->mangle.lose))
		return;
	if (chance(r, r->mangle.no_cookie))
		ev.cookie = 0;
	if (!r->holds && chance(r, r->mangle.swap)) {
		r->held = ev;
		r->holds = true;
		return;
	}
	feed(r, &ev);
	if (chance(r, r->mangle.repeat))
		feed(r, &ev);
	if (ev.kind == TWT_SNAP || ev.kind == TWT_STATE)
		r->old[r->n_old++ % 64] = ev;
	if (r->n_old >= 64 && chance(r, r->mangle.stale)) {
		struct twt_event stale = r->old[model_rnd(&r->m, 64)];

		stale.kind = TWT_SNAP;
		feed(r, &stale);
	}
	if (r->holds) {
		r->holds = false;
		feed(r, &r->held);
	}
}

/* A pass over all namespaces while sockets go on living. */
static void pass(struct run *r, __u32 why, unsigned int steps_between)
{
	unsigned int i, n;

	model_border(&r->m, TWT_SNAP_BEGIN, 0, why);
	for (n = 1; n <= MODEL_NETNS; n++)
		model_border(&r->m, TWT_SNAP_BEGIN, n, why);
	for (i = 0; i < MODEL_SOCKS; i++) {
		model_snap(&r->m, i);
		for (n = 0; n < steps_between; n++)
			model_step(&r->m);
	}
	for (n = 1; n <= MODEL_NETNS; n++)
		model_border(&r->m, TWT_SNAP_END, n, why);
	model_border(&r->m, TWT_SNAP_END, 0, why);
}

static void begin(struct run *r, __u64 seed, struct mangle mangle, size_t max_conns)
{
	struct tracker_config cfg = { .max_actors = 8,
				      .max_conns = max_conns,
				      .max_whole = seed % 2 ? 1 : 0 };

	memset(r, 0, sizeof(*r));
	r->seed = seed;
	r->mangle = mangle;
	assert_int_equal(tracker_new(&cfg, &ops, r, &r->t), 0);
	model_init(&r->m, seed, on_event, r);
}

/* Long enough for every verdict, that of a timer that was due included. */
static void settle(struct run *r)
{
	model_tick(&r->m, 1000000000);
	model_tick(&r->m, 2 * TRACKER_SETTLE_NS);
}

static void same_counts(const struct run *r)
{
	__u64 want[ST_MAX], got[ST_MAX];
	unsigned int i;

	model_counts(&r->m, want);
	tracker_counts(r->t, got);
	for (i = 0; i < ST_MAX; i++) {
		if (want[i] != got[i])
			fail_msg("seed %llu, event %llu: %s: %llu, not %llu", (unsigned long long)r->seed,
				 (unsigned long long)r->fed, tcp_state_name(i), (unsigned long long)got[i],
				 (unsigned long long)want[i]);
	}
}

static void nothing_is_left(const struct run *r)
{
	assert_int_equal(table_size(r->t->table), 0);
	assert_int_equal(actors_count(r->t->actors), 0);
}

static void same_totals(const struct run *r)
{
	const struct totals *ts = tracker_totals(r->t);
	__u64 made = 0, ended[TW_END_MAX] = { 0 }, passive = 0, active = 0;
	size_t i, e;

	for (i = 0; i < ts->n; i++) {
		made += ts->netns[i].tw_born;
		passive += ts->netns[i].kernel_state[ST_LISTEN][ST_SYN_RECV];
		active += ts->netns[i].kernel_state[ST_CLOSE][ST_SYN_SENT];
		for (e = 0; e < TW_END_MAX; e++)
			ended[e] += ts->netns[i].tw_ended[e];
		assert_int_equal(ts->netns[i].tw_seeded, 0);
	}
	assert_int_equal(made, r->m.made);
	assert_int_equal(passive, r->m.passive);
	assert_int_equal(active, r->m.active);
	for (e = 0; e < TW_END_MAX; e++)
		assert_int_equal(ended[e], r->m.ended[e]);
}

/* Snapshots between live events change nothing that the events said already. */
static void legal_streams_are_followed(void **state)
{
	struct run r;
	__u64 seed;
	int i;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		begin(&r, seed, (struct mangle){ 0 }, 0);
		r.m.reuse_sockets = seed % 2;
		for (i = 0; i < STEPS; i++) {
			model_step(&r.m);
			if (i % 400 == 399)
				pass(&r, i % 800 == 399 ? TWT_SNAP_REFRESH : TWT_SNAP_HEAL, 1);
			if (i % 100 == 99) {
				settle(&r);
				same_counts(&r);
			}
		}
		model_end_all(&r.m);
		settle(&r);
		nothing_is_left(&r);
		same_totals(&r);
		assert_int_equal(r.changed, 0);
		assert_int_equal(r.healed, 0);
		assert_false(r.gaps);
		assert_true(r.gone > 200);
		tracker_free(r.t);
	}
}

/* The tracer comes late: the first pass shows what there is, while it changes. */
static void existing_sockets_are_found(void **state)
{
	struct run r;
	__u64 seed;
	int i;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		begin(&r, seed, (struct mangle){ .lose = 1000 }, 0);
		for (i = 0; i < STEPS / 4; i++)
			model_step(&r.m);
		r.mangle.lose = 0;
		for (i = 0; i < 20; i++)	/* attached, not seeded yet */
			model_step(&r.m);
		pass(&r, TWT_SNAP_START, 2);
		settle(&r);
		same_counts(&r);
		for (i = 0; i < STEPS / 4; i++)
			model_step(&r.m);
		settle(&r);
		same_counts(&r);
		model_end_all(&r.m);
		settle(&r);
		nothing_is_left(&r);
		tracker_free(r.t);
	}
}

static void losses_are_healed(void **state)
{
	__u64 seed, changed = 0;
	struct run r;
	int i;

	(void)state;
	for (seed = 1; seed <= SEEDS; seed++) {
		begin(&r, seed, (struct mangle){ 0 }, 0);
		r.m.reuse_sockets = seed % 2;
		for (i = 0; i < STEPS; i++) {
			r.mangle.lose = i % 500 < 100 ? 300 : 0;
			model_step(&r.m);
			if (i % 500 == 200) {
				settle(&r);
				pass(&r, TWT_SNAP_HEAL, 0);
				same_counts(&r);
			}
		}
		changed += r.changed;
		model_end_all(&r.m);
		settle(&r);
		nothing_is_left(&r);
		tracker_free(r.t);
	}
	assert_true(changed > 0);
}

/* Whatever comes, the books are right; a pass that finds nothing empties them. */
static void odd_streams_keep_the_books(void **state)
{
	static const struct mangle mangles[] = {
		{ .repeat = 200 }, { .swap = 200 }, { .no_cookie = 200 }, { .stale = 100 },
		{ .lose = 100, .repeat = 50, .swap = 100, .no_cookie = 50, .stale = 50 },
		{ .lose = 500, .repeat = 300, .swap = 300, .no_cookie = 300, .stale = 300 },
	};
	struct run r;
	__u64 seed;
	int i;

	(void)state;
	for (seed = 1; seed <= SEEDS * 2; seed++) {
		begin(&r, seed, mangles[seed % (sizeof(mangles) / sizeof(mangles[0]))], seed % 3 ? 0 : 20);
		r.m.reuse_sockets = true;
		for (i = 0; i < STEPS / 2; i++) {
			model_step(&r.m);
			if (i % 200 == 150)
				pass(&r, (__u32)(seed % 4), 2);
		}
		r.mangle = (struct mangle){ .lose = 1000 };
		model_end_all(&r.m);
		settle(&r);
		model_tick(&r.m, 1000000000);
		pass(&r, TWT_SNAP_HEAL, 0);
		nothing_is_left(&r);
		tracker_free(r.t);
	}
}

/* Bounded: what does not fit is counted, and there is room again afterwards. */
static void table_full(void **state)
{
	__u64 losses[LOSS_MAX];
	struct run r;
	int i;

	(void)state;
	begin(&r, 7, (struct mangle){ 0 }, 10);
	for (i = 0; i < STEPS; i++) {
		model_step(&r.m);
		assert_true(table_size(r.t->table) <= 10);
	}
	tracker_losses(r.t, losses);
	assert_true(losses[LOSS_TABLE_FULL] > 0);
	model_end_all(&r.m);
	settle(&r);
	nothing_is_left(&r);
	tracker_free(r.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(legal_streams_are_followed),
		cmocka_unit_test(existing_sockets_are_found),
		cmocka_unit_test(losses_are_healed),
		cmocka_unit_test(odd_streams_keep_the_books),
		cmocka_unit_test(table_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
