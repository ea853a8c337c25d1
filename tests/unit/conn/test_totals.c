/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "core/conn/totals.h"
#include "unit/events.h"

/* Different ones, with no order that a hash could like. */
static __u32 number(__u32 i)
{
	return i ^ (i * i * 2654435761U << 12);
}

static void rows_in_order_of_appearance(void **state)
{
	struct totals ts = { 0 };
	__u32 i;

	(void)state;
	for (i = 0; i < 3000; i++)
		totals_of(&ts, number(i))->opened = i;
	assert_int_equal(ts.n, 3000);
	for (i = 0; i < 3000; i++) {
		assert_int_equal(ts.netns[i].netns, number(i));
		assert_int_equal(ts.netns[i].opened, i);
		assert_ptr_equal(totals_of(&ts, number(i)), &ts.netns[i]);
	}
	assert_int_equal(ts.overflow, 0);
	totals_clear(&ts);
	assert_int_equal(ts.n, 0);
	assert_int_equal(totals_of(&ts, 5)->opened, 0);
	totals_clear(&ts);
}

/* Namespace 0 is one like others; 4096 is the limit, and those that were known go on. */
static void bounded(void **state)
{
	struct totals ts = { 0 };
	__u32 i;

	(void)state;
	for (i = 0; i < 4096; i++)
		assert_non_null(totals_of(&ts, i));
	assert_null(totals_of(&ts, 4096));
	assert_null(totals_of(&ts, 5000));
	assert_int_equal(ts.overflow, 2);
	assert_int_equal(ts.n, 4096);
	assert_int_equal(totals_of(&ts, 4095)->netns, 4095);
	assert_int_equal(totals_of(&ts, 0)->netns, 0);
	assert_int_equal(ts.overflow, 2);
	totals_clear(&ts);
}

static const struct proof_line *line(const struct proof_line *lines, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!strcmp(lines[i].name, name))
			return &lines[i];
	}
	fail_msg("no line %s", name);
	return NULL;
}

static void fill(struct netns_totals *nt, __u64 scale)
{
	nt->tw_born = 5 * scale;
	nt->tw_alive = 2 * scale;
	nt->tw_ended[TW_END_EXPIRED] = 1 * scale;
	nt->tw_ended[TW_END_REUSED] = 3 * scale;
	nt->tw_ended[TW_END_OVERFLOW] = 4 * scale;
	nt->no_syn = 1 * scale;
	nt->kernel_state[ST_CLOSE][ST_SYN_SENT] = 7 * scale;
	nt->kernel_state[ST_LISTEN][ST_SYN_RECV] = 8 * scale;
	nt->kernel_state[ST_ESTABLISHED][ST_CLOSE] = 9 * scale;
	nt->kernel_state[ST_CLOSE_WAIT][ST_CLOSE] = 10 * scale;
	nt->counter_base[TWT_C_TW] = 100;
	nt->counter_now[TWT_C_TW] = 100 + 3 * scale;
	nt->counter_now[TWT_C_TWKILLED] = 2 * scale;
	nt->counter_now[TWT_C_TWRECYCLED] = 3 * scale;
	nt->counter_now[TWT_C_TW_OVERFLOW] = 4 * scale;
	nt->counter_now[TWT_C_ACTIVE_OPENS] = 6 * scale;
	nt->counter_now[TWT_C_PASSIVE_OPENS] = 8 * scale;
	nt->counter_now[TWT_C_ESTAB_RESETS] = 19 * scale;
	nt->counter_base[TWT_C_SOCKSTAT_TW] = 50;	/* a gauge: what it was does not matter */
	nt->counter_now[TWT_C_SOCKSTAT_TW] = 2 * scale;
}

static void proof(void **state)
{
	static const struct { const char *name; __u64 value; } want[] = {
		{ "TW+TWKilled", 5 }, { "TWRecycled", 3 }, { "TCPTimeWaitOverflow", 4 }, { "ActiveOpens", 6 },
		{ "PassiveOpens", 8 }, { "EstabResets", 19 }, { "sockstat.tw", 2 },
	};
	struct proof_line lines[PROOF_MAX];
	struct totals ts = { 0 };
	size_t i, n;

	(void)state;
	fill(totals_of(&ts, 1), 1);
	fill(totals_of(&ts, 2), 10);
	fill(totals_of(&ts, 3), 100);
	assert_int_equal(totals_proof(&ts, lines), 0);	/* no counters were read */
	totals_of(&ts, 1)->has_base = totals_of(&ts, 1)->has_now = true;
	totals_of(&ts, 3)->has_base = totals_of(&ts, 3)->has_now = true;
	totals_of(&ts, 2)->has_base = true;		/* gone before its end was read: not in the proof */
	n = totals_proof(&ts, lines);
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < n; i++) {
		assert_string_equal(lines[i].name, want[i].name);
		assert_int_equal(lines[i].ours, want[i].value * 101);
		assert_int_equal(lines[i].kernel, want[i].value * 101);
	}
	/* Up to 5.17 the kernel counts a minisock when it expires. */
	ts.tw_at_expiry = true;
	totals_proof(&ts, lines);
	assert_int_equal(line(lines, n, "TW+TWKilled")->ours, 101);
	/* After losses: never below zero. */
	totals_of(&ts, 3)->no_syn = 10000;
	totals_proof(&ts, lines);
	assert_int_equal(line(lines, n, "ActiveOpens")->ours, 6);
	totals_clear(&ts);
}

static struct twt_event counter(__u32 netns, __u32 what, __u64 value, __u8 now)
{
	return (struct twt_event){
		.kind = TWT_COUNTER, .netns = netns, .aux = what, .arg0 = value, .old_state = now
	};
}

/* Counters as events: the kernel's go to their namespace, ours to the losses; others are left alone. */
static void counters_from_the_stream(void **state)
{
	static const __u32 odd[] = { 0, TWT_C_KERNEL_MAX, TWT_L_RING - 1, TWT_L_MAX, ~0U };
	struct proof_line lines[PROOF_MAX];
	__u64 losses[LOSS_MAX];
	struct world w;
	size_t i;

	(void)state;
	world_new(&w, NULL);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		at(&w, i, NULL, counter(NETNS, odd[i], 5, 1));
	assert_int_equal(tracker_totals(w.t)->n, 0);
	at(&w, 10, NULL, counter(NETNS, TWT_C_PASSIVE_OPENS, 1000, 0));
	assert_int_equal(totals_proof(tracker_totals(w.t), lines), 0);
	connects(&w, 20, 60);
	at(&w, 100, NULL, counter(NETNS, TWT_C_PASSIVE_OPENS, 1001, 1));
	assert_int_equal(line(lines, totals_proof(tracker_totals(w.t), lines), "PassiveOpens")->kernel, 1);
	assert_int_equal(line(lines, totals_proof(tracker_totals(w.t), lines), "PassiveOpens")->ours, 1);

	at(&w, 110, NULL, counter(0, TWT_L_RING, 3, 1));
	at(&w, 120, NULL, counter(0, TWT_L_RING, 4, 1));	/* the total so far, not more of them */
	at(&w, 130, NULL, counter(0, TWT_L_RECURSION, 5, 1));
	at(&w, 140, NULL, counter(0, TWT_L_HALFOPEN, 6, 1));
	at(&w, 150, NULL, counter(0, TWT_L_BAD, 7, 1));
	tracker_losses(w.t, losses);
	assert_int_equal(losses[LOSS_RING], 4);
	assert_int_equal(losses[LOSS_RECURSION], 5);
	assert_int_equal(losses[LOSS_HALFOPEN], 6);
	assert_int_equal(losses[LOSS_BAD], 7);
	assert_int_equal(losses[LOSS_TABLE_FULL], 0);
	for (i = 0; i < LOSS_MAX; i++)
		assert_true(strlen(loss_name((unsigned int)i)) > 3);
	assert_string_equal(loss_name(LOSS_MAX), "-");
	world_drop(&w);
}

/* Full tables of ours are losses, too, and are not forgotten when the source tells its own. */
static void own_losses_are_added(void **state)
{
	const struct tracker_config cfg = { .max_conns = 1, .max_actors = 1 };
	__u64 losses[LOSS_MAX];
	struct world w;
	__u32 i;

	(void)state;
	world_new(&w, &cfg);
	at(&w, 0, &lis, STATE(CLOSE, LISTEN, ASKED(50, 0)));
	at(&w, 1, &cli, STATE(CLOSE, SYN_SENT, ASKED(60, 0)));
	at(&w, 2, &cli, TW(START, TIME_WAIT));
	at(&w, 3, &cli, TW(CANCEL, TIME_WAIT));
	for (i = 0; i < 70000; i++) {
		struct twt_event ev = {
			.kind = TWT_HALFOPEN, .netns = i >> 15, .lport = (__u16)(i & 0x7fff), .arg0 = 1
		};

		tracker_event(w.t, &ev);
	}
	at(&w, 10, NULL, counter(0, TWT_L_HALFOPEN, 6, 1));
	tracker_losses(w.t, losses);
	assert_int_equal(losses[LOSS_TABLE_FULL], 3);
	assert_int_equal(losses[LOSS_ACTORS_FULL], 1);
	assert_int_equal(losses[LOSS_HALFOPEN], 70000 - 65536 + 6);
	assert_int_equal(count_of(&w, ST_SYN_RECV), 65536);
	world_drop(&w);
}

static void clock_and_now(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, NULL);
	assert_int_equal(tracker_now(w.t), 0);
	at(&w, 5, NULL, (struct twt_event){ .kind = TWT_CLOCK, .arg0 = (__u64)-7LL });
	assert_int_equal(tracker_clock_offset(w.t), -7);
	assert_int_equal(tracker_now(w.t), WORLD_BEGIN_NS + 5000);
	at(&w, 4, NULL, (struct twt_event){ .kind = TWT_TICK });
	assert_int_equal(tracker_now(w.t), WORLD_BEGIN_NS + 5000);
	world_end(&w);
	tracker_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_in_order_of_appearance),
		cmocka_unit_test(bounded),
		cmocka_unit_test(proof),
		cmocka_unit_test(counters_from_the_stream),
		cmocka_unit_test(own_losses_are_added),
		cmocka_unit_test(clock_and_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
