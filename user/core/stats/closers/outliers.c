// SPDX-License-Identifier: GPL-2.0-only
/* Destinations whose round trips or loss are not those of the others. */
#include <errno.h>
#include <stdlib.h>
#include "core/stats/closers/closers.h"

#define RTT_MORE_US 1000
#define LOSS_PPM 10000

struct sample { __u32 value; struct closer_row *row; };

static int by_value(const void *va, const void *vb)
{
	const struct sample *a = va, *b = vb;

	return a->value < b->value ? -1 : a->value > b->value;
}

static int by_number(const void *va, const void *vb)
{
	__u32 a = *(const __u32 *)va, b = *(const __u32 *)vb;

	return a < b ? -1 : a > b;
}

/* Of an even number the lower one: half of them may be bad. */
static size_t middle(size_t n)
{
	return (n - 1) / 2;
}

/* The median of all but number @i. */
static __u32 median_of_others(const struct sample *s, size_t n, size_t i)
{
	size_t k = middle(n - 1);

	return s[k < i ? k : k + 1].value;
}

/* Median distance from the median. @room: for @n numbers. */
static __u32 spread_of(const struct sample *s, size_t n, __u32 *room)
{
	__u32 m = s[middle(n)].value;

	for (size_t i = 0; i < n; i++)
		room[i] = s[i].value > m ? s[i].value - m : m - s[i].value;
	qsort(room, n, sizeof(*room), by_number);
	return room[middle(n)];
}

static bool above(__u32 value, __u32 others, unsigned int times, __u32 spread)
{
	return value > (__u64)others * times && value > others + 5ULL * spread;
}

static void judge_rtt(struct sample *s, size_t n, __u32 spread)
{
	for (size_t i = 0; i < n; i++) {
		__u32 others = median_of_others(s, n, i);

		s[i].row->wire.others_rtt_us = others;
		if (above(s[i].value, others, 2, spread) && s[i].value - others > RTT_MORE_US)
			s[i].row->wire.out |= CLOSER_OUT_RTT;
	}
}

static void judge_loss(struct sample *s, size_t n, __u32 spread)
{
	for (size_t i = 0; i < n; i++) {
		__u32 others = median_of_others(s, n, i);

		s[i].row->wire.judged = true;
		s[i].row->wire.others_ppm = others;
		if (above(s[i].value, others, 3, spread) && s[i].value >= LOSS_PPM && s[i].row->wire.retrans_segs >= OUTLIER_SEGS)
			s[i].row->wire.out |= CLOSER_OUT_RETRANS;
	}
}

int closers_outliers(struct closer_row *const *rows, size_t n)
{
	struct sample *rtt = malloc((n + 1) * sizeof(*rtt)), *loss = malloc((n + 1) * sizeof(*loss));
	__u32 *room = malloc((n + 1) * sizeof(*room));
	size_t n_rtt = 0, n_loss = 0, i;
	int err = rtt && loss && room ? 0 : -ENOMEM;

	for (i = 0; i < n && !err; i++) {
		struct closer_wire *w = &rows[i]->wire;

		w->judged = false;
		w->out = 0;
		if (!rows[i]->key.known || w->conns < OUTLIER_CONNS)
			continue;
		loss[n_loss++] = (struct sample){ closer_retrans_ppm(rows[i]), rows[i] };
		closer_rtt_update(rows[i]);
		if (w->rtt && w->rtt->count >= OUTLIER_CONNS)
			rtt[n_rtt++] = (struct sample){ w->rtt_us, rows[i] };
	}
	if (!err && n_loss > OUTLIER_OTHERS) {
		qsort(loss, n_loss, sizeof(*loss), by_value);
		judge_loss(loss, n_loss, spread_of(loss, n_loss, room));
	}
	if (!err && n_rtt > OUTLIER_OTHERS) {
		qsort(rtt, n_rtt, sizeof(*rtt), by_value);
		judge_rtt(rtt, n_rtt, spread_of(rtt, n_rtt, room));
	}
	free(rtt);
	free(loss);
	free(room);
	return err;
}
