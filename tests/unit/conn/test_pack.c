/* SPDX-License-Identifier: GPL-2.0-only */
/* Packed rows lose nothing: one by one, and in a tracker that packs what it can beside one that packs nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "core/conn/pack.h"
#include "core/track/parts.h"
#include "unit/model.h"

#define SEC 1000000000ULL
#define UP (90 * 86400 * SEC)

static __u64 rnd(__u64 *rng)
{
	*rng = *rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return *rng >> 11;
}

/* Few bits or many. */
static __u64 number(__u64 *rng, unsigned int bits)
{
	return rnd(rng) & ((1ULL << rnd(rng) % (bits + 1)) - 1);
}

static void fill_addr(__u64 *rng, __u8 a[16], bool v6)
{
	static const __u8 mapped[12] = { [10] = 0xff, 0xff };
	__u64 halves[2] = { rnd(rng) << 11 | 1, rnd(rng) << 11 | 1 };

	memcpy(a, halves, 16);
	if (!v6)
		memcpy(a, mapped, 12);
}

/* A connection that lives, or a TIME_WAIT, as times and numbers may be. */
static struct row some_row(__u64 *rng)
{
	static const __u8 path[] = { ST_SYN_SENT, ST_ESTABLISHED, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_TIME_WAIT };
	unsigned int n = 1 + rnd(rng) % 5, i;
	struct row r = { .next = 0xffffffffU };
	struct conn *c = &r.c;

	c->cookie = number(rng, 40);
	r.key = rnd(rng) % 8 ? c->cookie : 0;
	c->born_ns = c->since_ns = 1 + number(rng, 50);
	for (i = 0; i < n; i++) {
		c->state = path[i];
		c->states_seen |= 1U << c->state;
		if (i + 1 < n) {
			c->in_ns[c->state] = number(rng, 40);
			c->since_ns += c->in_ns[c->state];
		}
	}
	if (rnd(rng) % 4 == 0) {	/* a time that is not known: they no longer add up */
		c->states_unknown |= 1U << ST_ESTABLISHED;
		c->in_ns[ST_ESTABLISHED] = 0;
	}
	c->last_ns = c->since_ns + number(rng, 30);
	c->tw_armed_ns = rnd(rng) % 2 ? 0 : c->since_ns - number(rng, 20);
	c->tw_start_ns = c->state == ST_TIME_WAIT ? c->since_ns : 0;
	c->bytes_acked = number(rng, 40);
	c->bytes_received = number(rng, 40);
	c->family = rnd(rng) % 2 ? 2 : 10;
	fill_addr(rng, c->laddr, c->family == 10);
	fill_addr(rng, c->raddr, c->family == 10);
	c->lport = (__u16)rnd(rng);
	c->rport = (__u16)rnd(rng);
	c->netns = 4026531840U + (__u32)rnd(rng) % 5;
	c->flags = (__u32)number(rng, 16);
	c->owner = (__u32)number(rng, 16);
	c->opener = rnd(rng) % 2 ? c->owner : (__u32)number(rng, 16);
	c->closer = rnd(rng) % 2 ? c->owner : (__u32)number(rng, 16);
	c->role = rnd(rng) % ROLE_LISTENER;
	c->close = rnd(rng) % CLOSE_KIND_MAX;
	c->reason = rnd(rng) % CLOSE_REASON_MAX;
	c->closed_as = rnd(rng) % CLOSE_KIND_MAX;
	c->substate = rnd(rng) % 2 ? ST_FIN_WAIT2 : ST_TIME_WAIT;
	r.born_from = rnd(rng) % 2 ? ST_CLOSE : ST_LISTEN;
	r.pass = (__u32)number(rng, 10);
	return r;
}

/* What tracker_foreach_brief() promises, and nothing else. */
static void assert_brief(const struct conn *b, const struct conn *c)
{
	struct conn want = {
		.state = c->state, .role = c->role, .family = c->family, .close = c->close, .closed_as = c->closed_as, .reason = c->reason,
		.substate = c->substate, .flags = c->flags, .states_seen = c->states_seen, .states_unknown = c->states_unknown,
		.since_ns = c->since_ns, .tw_start_ns = c->tw_start_ns, .owner = c->owner, .lport = c->lport, .rport = c->rport,
		.netns = c->netns,
	};

	assert_memory_equal(b, &want, sizeof(want));
}

static void nothing_is_lost(void **state)
{
	struct row r, before, back, brief = { 0 }, ends = { 0 };
	__u8 bytes[PACK_MAX];
	size_t i, packed = 0, len;
	struct wire wire = { 0 };
	__u64 rng = 99;

	(void)state;
	for (i = 0; i < 200000; i++) {
		r = some_row(&rng);
		wire.id = 1 + (__u32)number(&rng, 20);
		r.c.wire = rnd(&rng) % 4 ? NULL : &wire;
		memcpy(&before, &r, sizeof(r));
		memset(bytes, 0xa5, sizeof(bytes));
		len = row_pack(&r, bytes);
		assert_memory_equal(&r, &before, sizeof(r));
		if (!len)
			continue;
		assert_true(len <= PACK_MAX);
		memset(bytes + len, 0x5a, sizeof(bytes) - len);	/* nobody's */
		assert_int_equal(row_unpack(bytes, &back), r.c.wire ? wire.id : 0);
		assert_null(back.c.wire);
		back.c.wire = r.c.wire;
		back.next = r.next;
		assert_memory_equal(&back, &r, sizeof(r));
		row_unpack_brief(bytes, &brief);
		assert_brief(&brief.c, &r.c);
		row_unpack_ends(bytes, &ends);
		assert_int_equal(ends.c.netns, r.c.netns);
		assert_int_equal(ends.c.born_ns, r.c.born_ns);
		assert_int_equal(ends.c.tw_armed_ns, r.c.tw_armed_ns);
		assert_memory_equal(ends.c.laddr, r.c.laddr, 16);
		assert_memory_equal(ends.c.raddr, r.c.raddr, 16);
		packed++;
	}
	assert_true(packed > i / 2);
}

/* What the table promises for each: see PACK_MAX. */
static void usual_rows_fit(void **state)
{
	struct row r = {
		.key = 1ULL << 34, .pass = 3,
		.c = {
			.cookie = 1ULL << 34, .since_ns = UP, .born_ns = UP - 3600 * SEC - 400000, .last_ns = UP + 20000,
			.tw_armed_ns = UP + 3000, .tw_start_ns = UP, .bytes_acked = 50000, .bytes_received = 1 << 30,
			.in_ns = { [ST_SYN_SENT] = 200000, [ST_ESTABLISHED] = 3600 * SEC, [ST_FIN_WAIT1] = 100000,
				   [ST_FIN_WAIT2] = 100000 },
			.lport = 50000, .rport = 443, .netns = 4026531840U,
			.flags = CONN_MINISOCK | CONN_FULL_SOCK_GONE, .owner = 300, .opener = 300, .closer = 300, .family = 10, .state = ST_TIME_WAIT,
			.role = ROLE_CLIENT, .close = CLOSE_ACTIVE, .closed_as = CLOSE_ACTIVE, .substate = ST_TIME_WAIT,
			.states_seen = 1U << ST_SYN_SENT | 1U << ST_ESTABLISHED | 1U << ST_FIN_WAIT1 |
				       1U << ST_FIN_WAIT2 | 1U << ST_TIME_WAIT,
		},
	};
	__u8 bytes[PACK_MAX];
	__u64 rng = 5;

	(void)state;
	fill_addr(&rng, r.c.laddr, true);
	fill_addr(&rng, r.c.raddr, true);
	assert_in_range(row_pack(&r, bytes), 80, PACK_MAX);
	fill_addr(&rng, r.c.laddr, false);
	fill_addr(&rng, r.c.raddr, false);
	assert_in_range(row_pack(&r, bytes), 60, 83);
}

static void some_stay_whole(void **state)
{
	struct row good = { .key = 1, .c = { .cookie = 1, .since_ns = 9, .born_ns = 9, .state = ST_ESTABLISHED,
					    .states_seen = 1U << ST_ESTABLISHED } };
	__u8 bytes[PACK_MAX];
	struct row r = good;

	(void)state;
	assert_int_not_equal(row_pack(&r, bytes), 0);
	r.c.pending = PENDING_CLOSE;
	assert_int_equal(row_pack(&r, bytes), 0);
	r = good;
	r.c.role = ROLE_LISTENER;
	assert_int_equal(row_pack(&r, bytes), 0);
	r = good;
	r.rst_ns = 5;
	assert_int_equal(row_pack(&r, bytes), 0);
	r = good;
	r.seg_ns = 5;
	assert_int_equal(row_pack(&r, bytes), 0);
	r = good;
	r.c.states_seen = 0;		/* not in any state yet */
	assert_int_equal(row_pack(&r, bytes), 0);
	r = good;			/* everything there is, and long */
	memset(r.c.laddr, 0x77, 16);
	memset(r.c.raddr, 0x77, 16);
	memset(r.c.in_ns + 1, 0x77, sizeof(r.c.in_ns) - sizeof(r.c.in_ns[0]));
	r.c.states_seen = 0xffe;
	assert_int_equal(row_pack(&r, bytes), 0);
}

/* --- two trackers -------------------------------------------------------------------------------------- */

#define TOLD_MAX 64

struct told { struct conn c; struct transition tr; __u64 ts_ns; };

struct pair {
	struct model m;
	struct tracker *t[2];		/* [0] packs nothing */
	struct told told[TOLD_MAX];	/* by [0], of one event */
	size_t n_told, n_same;
	bool second;
	__u64 all, lose;
};

static void tell(struct pair *p, const struct conn *c, const struct transition *tr, __u64 ts_ns)
{
	struct told now;

	memset(&now, 0, sizeof(now));
	memcpy(&now.c, c, sizeof(*c));
	if (tr) {
		memcpy(&now.tr, tr, sizeof(*tr));
		now.tr.conn = NULL;
	}
	now.ts_ns = ts_ns;
	if (p->second) {
		assert_true(p->n_same < p->n_told);
		assert_memory_equal(&now.c, &p->told[p->n_same].c, sizeof(now.c));
		assert_int_equal(now.tr.old_state, p->told[p->n_same].tr.old_state);
		assert_int_equal(now.tr.in_state_ns, p->told[p->n_same].tr.in_state_ns);
		assert_int_equal(now.tr.ts_ns, p->told[p->n_same].tr.ts_ns);
		assert_int_equal(now.tr.marks, p->told[p->n_same].tr.marks);
		assert_int_equal(now.ts_ns, p->told[p->n_same].ts_ns);
		p->n_same++;
	} else if (p->n_told < TOLD_MAX) {
		p->told[p->n_told++] = now;
	}
	p->all++;
}

static void on_transition(void *ctx, const struct transition *tr) { tell(ctx, tr->conn, tr, 0); }
static void on_closed(void *ctx, const struct conn *c, __u64 ts_ns) { tell(ctx, c, NULL, ts_ns); }
static void on_gone(void *ctx, const struct conn *c, __u64 ts_ns) { tell(ctx, c, NULL, ts_ns + 1); }
static const struct tracker_ops ops = { .transition = on_transition, .closed = on_closed, .gone = on_gone };

static int look(void *ctx, const struct conn *c)
{
	tell(ctx, c, NULL, tracker_id(c));
	return 0;
}

static void both(struct pair *p, void (*fn)(struct pair *p, struct tracker *t, const void *arg), const void *arg)
{
	p->n_told = p->n_same = 0;
	p->second = false;
	fn(p, p->t[0], arg);
	p->second = true;
	fn(p, p->t[1], arg);
	assert_int_equal(p->n_same, p->n_told);
}

static void feed(struct pair *p, struct tracker *t, const void *ev)
{
	(void)p;
	tracker_event(t, ev);
}

static void look_at_all(struct pair *p, struct tracker *t, const void *arg)
{
	(void)arg;
	assert_int_equal(tracker_foreach(t, look, p), 0);
}

static void on_event(void *ctx, const struct twt_event *ev)
{
	struct pair *p = ctx;

	if (ev->kind < TWT_SNAP_BEGIN && p->lose && model_rnd(&p->m, 1000) < p->lose)
		return;
	both(p, feed, ev);
}

static void pass(struct pair *p)
{
	unsigned int i, n;

	model_border(&p->m, TWT_SNAP_BEGIN, 0, TWT_SNAP_HEAL);
	for (n = 1; n <= MODEL_NETNS; n++)
		model_border(&p->m, TWT_SNAP_BEGIN, n, TWT_SNAP_HEAL);
	for (i = 0; i < MODEL_SOCKS; i++) {
		model_snap(&p->m, i);
		model_step(&p->m);
	}
	model_border(&p->m, TWT_SNAP_END, 0, TWT_SNAP_HEAL);
}

static void packing_changes_nothing_that_is_told(void **state)
{
	const struct tracker_config none = { .max_whole = 100000 }, all = { .max_whole = 1 };
	struct pair p;
	__u64 seed;
	int i;

	(void)state;
	for (seed = 1; seed <= 40; seed++) {
		memset(&p, 0, sizeof(p));
		assert_int_equal(tracker_new(&none, &ops, &p, &p.t[0]), 0);
		assert_int_equal(tracker_new(&all, &ops, &p, &p.t[1]), 0);
		model_init(&p.m, seed, on_event, &p);
		p.m.reuse_sockets = seed % 2;
		p.lose = seed % 3 ? 0 : 50;
		for (i = 0; i < 3000; i++) {
			model_step(&p.m);
			if (i % 300 == 299)
				pass(&p);
			if (i % 50 == 0)
				both(&p, look_at_all, NULL);
		}
		model_end_all(&p.m);
		assert_true(p.all > 1000);
		tracker_free(p.t[0]);
		tracker_free(p.t[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost), cmocka_unit_test(usual_rows_fit), cmocka_unit_test(some_stay_whole),
		cmocka_unit_test(packing_changes_nothing_that_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
