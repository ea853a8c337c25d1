/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/ports/forecast/activity.h"
#include <math.h>
#include <string.h>
#include "core/event/tcp.h"

#define SEC_NS 1000000000ULL
#define MANY 1024		/* what ended longer ago counts less */
#define ENOUGH 5		/* fewer say nothing about those to come */
#define TIMER_LATE_S 1.0	/* the kernel's timer wheel: up to 2.05 s after 60 s at 250 Hz */

static void make_room(struct activity *a, __u64 second)
{
	__u64 s = a->second + 1;

	if (second <= a->second)
		return;
	if (second - a->second >= ACTIVITY_SECONDS)
		memset(a->slots, 0, sizeof(a->slots));
	else
		for (; s <= second; s++)
			a->slots[s % ACTIVITY_SECONDS] = 0;
	a->second = second;
}

static __u64 sum(const struct activity *a, __u64 second)
{
	__u64 n = 0;

	for (__u64 i = 0; i < ACTIVITY_SECONDS && i <= a->second; i++) {
		if (a->second - i + ACTIVITY_SECONDS > second)
			n += a->slots[(a->second - i) % ACTIVITY_SECONDS];
	}
	return n;
}

void activity_opened(struct activity *a, __u64 ts_ns)
{
	__u64 second = ts_ns / SEC_NS;

	make_room(a, second);
	if (!sum(a, second))
		a->first_ns = ts_ns;
	if (second + ACTIVITY_SECONDS > a->second)
		a->slots[second % ACTIVITY_SECONDS]++;
	a->opened++;
}

void activity_failed(struct activity *a, __u64 ts_ns)
{
	__u32 *slot = &a->slots[ts_ns / SEC_NS % ACTIVITY_SECONDS];

	a->failed++;
	if (a->opened)
		a->opened--;
	if (*slot)
		--*slot;
}

void activity_closed(struct activity *a, double live_s)
{
	if (a->n_live >= MANY) {
		a->n_live /= 2;
		a->made_wait /= 2;
		a->live_s /= 2;
	}
	a->n_live++;
	a->live_s += live_s;
}

void activity_waits(struct activity *a, __u64 reuse_ns)
{
	a->made_wait++;
	a->reuse_ns = reuse_ns;
}

void activity_waited(struct activity *a, double wait_s)
{
	if (a->n_wait >= MANY) {
		a->n_wait /= 2;
		a->wait_s /= 2;
	}
	a->n_wait++;
	a->wait_s += wait_s;
}

void activity_ended(struct activity *a, double held_s)
{
	if (a->n_held >= MANY) {
		a->n_held /= 2;
		a->held_s /= 2;
	}
	a->n_held++;
	a->held_s += held_s;
}

double activity_rate(const struct activity *a, __u64 now_ns)
{
	__u64 second = now_ns / SEC_NS, n = sum(a, second), from = second < ACTIVITY_SECONDS ? 0 : (second - ACTIVITY_SECONDS + 1) * SEC_NS;

	/* The first one begins the time that is measured; what comes at its end is still to come. */
	if (n < ENOUGH)
		return 0;
	if (a->first_ns >= from) {
		from = a->first_ns;
		n--;
	}
	return now_ns > from ? (double)n * 1e9 / (double)(now_ns - from) : 0;
}

double activity_wait_s(const struct activity *a)
{
	if (a->reuse_ns && a->reuse_ns < TW_LEN_NS)
		return (double)a->reuse_ns / 1e9;
	return a->n_wait ? a->wait_s / a->n_wait : (double)TW_LEN_NS / 1e9 + TIMER_LATE_S;
}

double activity_wait_share(const struct activity *a)
{
	return !a->n_live ? NAN : a->made_wait >= a->n_live ? 1 : (double)a->made_wait / a->n_live;
}

double activity_live_s(const struct activity *a)
{
	return a->n_live ? a->live_s / a->n_live : NAN;
}

double activity_hold_s(const struct activity *a)
{
	return a->n_live ? activity_live_s(a) + activity_wait_share(a) * activity_wait_s(a) : INFINITY;
}
