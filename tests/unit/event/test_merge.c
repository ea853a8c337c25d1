/* SPDX-License-Identifier: GPL-2.0-only */
/* Lanes of events become one stream: by time, complete, each slot given back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>
#include "../lane_model.h"

static void test_order_over_lanes(void **state)
{
	struct lane_model m;

	(void)state;
	model_init(&m);
	for (unsigned int i = 0; i < 3 * MODEL_SLOTS; i++) {
		unsigned int lane = i * 7 % MODEL_LANES;

		model_claim(&m, lane);
		model_step(&m, lane);
		model_step(&m, lane);
		if (i % 11 == 0)
			model_read(&m, ~0U);
	}
	model_end(&m);
	assert_int_equal(m.told, 3 * MODEL_SLOTS);
	assert_int_equal(m.full, 0);
}

/* A writer is interrupted between claim and stamp: its slot lies before those that are older. */
static void test_interrupted_writer(void **state)
{
	struct lane_model m;

	(void)state;
	model_init(&m);
	model_claim(&m, 0);		/* to be stamped last */
	for (int i = 0; i < 3; i++) {
		model_claim(&m, 0);
		model_step(&m, 0);
		model_step(&m, 0);
	}
	model_read(&m, ~0U);
	assert_int_equal(m.told, 0);	/* nobody knows yet when the first one was */
	assert_false(merge_is_empty(m.merge));
	model_step(&m, 0);
	model_step(&m, 0);
	model_read(&m, ~0U);
	assert_int_equal(m.told, 4);
	model_end(&m);
}

/* One that is being written holds back what is younger elsewhere, too, and only that. */
static void test_unfinished_slot_holds_back(void **state)
{
	struct lane_model m;

	(void)state;
	model_init(&m);
	model_claim(&m, 1);
	model_step(&m, 1);
	model_claim(&m, 0);
	model_step(&m, 0);
	model_step(&m, 0);
	model_read(&m, ~0U);
	assert_int_equal(m.told, 0);
	model_step(&m, 1);
	model_read(&m, ~0U);
	assert_int_equal(m.told, 2);
	model_end(&m);
}

static void test_full_lane(void **state)
{
	struct lane_model m;

	(void)state;
	model_init(&m);
	for (unsigned int i = 0; i < MODEL_SLOTS + 3; i++) {
		model_claim(&m, 2);
		model_step(&m, 2);
		model_step(&m, 2);
	}
	assert_int_equal(m.full, 3);
	model_read(&m, 5);
	assert_int_equal(m.lanes[2].tail, 5);
	model_end(&m);
	assert_int_equal(m.told, MODEL_SLOTS);
}

static void test_laps_wrap(void **state)
{
	struct lane_model m;

	(void)state;
	model_init(&m);
	for (__u64 i = 0; i < 65540ULL * MODEL_SLOTS; i++) {
		model_claim(&m, 3);
		model_step(&m, 3);
		model_step(&m, 3);
		if (i % MODEL_SLOTS == 13)
			model_read(&m, ~0U);
	}
	model_end(&m);
	assert_int_equal(m.full, 0);
	assert_int_equal(m.told, 65540ULL * MODEL_SLOTS);
}

static void test_random_steps(void **state)
{
	__u64 rng = 12345;
	struct lane_model m;

	(void)state;
	for (int round = 0; round < 300; round++) {
		model_init(&m);
		for (int i = 0; i < 2000; i++) {
			rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
			switch (rng >> 60) {
			case 0: model_read(&m, (rng >> 40) & 63); break;
			case 1: case 2: case 3: case 4: model_claim(&m, (rng >> 33) % MODEL_LANES); break;
			default: model_step(&m, (rng >> 33) % MODEL_LANES);
			}
		}
		model_end(&m);
		assert_true(m.told > 100);
	}
}

/*
 * A clock of ours, in us, and a look each 50 ms: each event is told at the first look after its stamp, whatever the lanes hold; where a writer is taken
 * away in between, at the first one after it is back.
 */
static void test_none_is_held_beyond_the_next_look(void **state)
{
	const __u64 look_us = 50000;
	struct lane_model m;
	__u64 rng = 99, n = 0;

	(void)state;
	model_init(&m);
	for (__u64 look = 1; look <= 500; look++) {
		bool away = look % 7 == 3;

		while (m.clock < look * look_us - 6000) {
			rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
			m.clock += (rng >> 40) % 2500;
			if (rng >> 61)
				model_step(&m, (rng >> 33) % MODEL_LANES);
			else
				model_claim(&m, (rng >> 33) % MODEL_LANES);
		}
		for (unsigned int lane = away; lane < MODEL_LANES; lane++)
			while (m.depth[lane])
				model_step(&m, lane);
		m.clock = look * look_us - 1;
		model_read(&m, ~0U);
		if (m.depth[0])
			continue;
		for (size_t i = 0; i < MODEL_LANES * MODEL_SLOTS; i++)
			assert_int_equal(m.untold[i], 0);
		assert_int_equal(m.told, m.stamped);
		n++;
	}
	assert_true(n > 400 && m.told > 2000);
	model_end(&m);
}

/* --- real writers ------------------------------------------------------------------------------------------------------ */

#define THREADS 3
#define EACH 100000U
#define THREAD_BITS 10

static struct twt_lane shared_lanes[THREADS];
static struct twt_event shared_slots[THREADS << THREAD_BITS];

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

/* As bpf/lane.bpf.h does it. */
static void *write_lane(void *arg)
{
	unsigned int lane = (unsigned int)(uintptr_t)arg;
	struct twt_lane *l = &shared_lanes[lane];

	for (__u64 n = 0; n < EACH;) {
		__u64 at = __atomic_load_n(&l->head, __ATOMIC_RELAXED);
		struct twt_event *ev;

		if (at - __atomic_load_n(&l->tail, __ATOMIC_ACQUIRE) >= 1U << THREAD_BITS)
			continue;
		__atomic_store_n(&l->head, at + 1, __ATOMIC_SEQ_CST);
		ev = &shared_slots[(lane << THREAD_BITS) + (at & ((1U << THREAD_BITS) - 1))];
		ev->ts_ns = now_ns();
		ev->cookie = n++;
		__atomic_store_n(&ev->cpu, lane | (__u32)((at >> THREAD_BITS) + 1) << TWT_LAP_SHIFT, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void test_writers_at_work(void **state)
{
	pthread_t thread[THREADS];
	__u64 next[THREADS] = { 0 }, told = 0, last = 0;
	const struct twt_event *slot;
	struct merge *m;

	(void)state;
	assert_int_equal(merge_new(shared_lanes, shared_slots, THREADS, THREAD_BITS, &m), 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, write_lane, (void *)i), 0);
	while (told < THREADS * EACH) {
		__u64 until = now_ns();

		merge_look(m);
		while (merge_next(m, until, &slot) > 0) {
			unsigned int lane = slot->cpu & 0xffff;

			assert_true(lane < THREADS);
			assert_int_equal(slot->cookie, next[lane]);
			assert_true(slot->ts_ns >= last);
			next[lane]++;
			last = slot->ts_ns;
			told++;
		}
		merge_release(m);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	merge_free(m);
}

static void test_bad_sizes(void **state)
{
	struct twt_lane lane = { 0 };
	struct merge *m = NULL;

	(void)state;
	assert_int_equal(merge_new(&lane, NULL, 0, 4, &m), -EINVAL);
	assert_int_equal(merge_new(&lane, NULL, TWT_LANES_MAX + 1, 4, &m), -EINVAL);
	assert_int_equal(merge_new(&lane, NULL, 1, 0, &m), -EINVAL);
	assert_null(m);
	merge_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_over_lanes), cmocka_unit_test(test_interrupted_writer),
		cmocka_unit_test(test_unfinished_slot_holds_back), cmocka_unit_test(test_full_lane), cmocka_unit_test(test_laps_wrap),
		cmocka_unit_test(test_random_steps), cmocka_unit_test(test_none_is_held_beyond_the_next_look),
		cmocka_unit_test(test_writers_at_work), cmocka_unit_test(test_bad_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
