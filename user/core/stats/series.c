/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/series.h"
#include <string.h>

void series_begin(struct series *s, __u64 ts_ns, __u64 step_ns, unsigned int gauges, unsigned int columns)
{
	s->start_ns = s->end_ns = ts_ns;
	s->step_ns = step_ns;
	s->n = 0;
	s->gauges = gauges;
	s->columns = columns;
}

static __u64 end_of_step(const struct series *s)
{
	__u64 end;

	return __builtin_mul_overflow(s->step_ns, s->n + 1ULL, &end) || __builtin_add_overflow(s->start_ns, end, &end) ? ~0ULL : end;
}

bool series_over(const struct series *s, __u64 ts_ns)
{
	return s->step_ns && ts_ns >= end_of_step(s) && end_of_step(s) != ~0ULL;
}

/* Each two steps become one. */
static void halve(struct series *s)
{
	for (unsigned int i = 0; i < SERIES_STEPS; i += 2) {
		for (unsigned int k = 0; k < s->columns; k++)
			s->at[i / 2][k] = s->at[i + 1][k] + (k < s->gauges ? 0 : s->at[i][k]);
	}
	s->n = SERIES_STEPS / 2;
	s->step_ns *= 2;
}

static void push(struct series *s, const __u64 *gauges)
{
	memcpy(s->at[s->n], s->now, s->columns * sizeof(s->now[0]));
	memcpy(s->at[s->n], gauges, s->gauges * sizeof(s->now[0]));
	memset(s->now, 0, sizeof(s->now));
	s->n++;
}

void series_close(struct series *s, __u64 ts_ns, const __u64 *gauges)
{
	while (series_over(s, ts_ns)) {
		if (s->n == SERIES_STEPS) {
			halve(s);
			continue;
		}
		s->end_ns = end_of_step(s);
		push(s, gauges);
	}
}

void series_end(struct series *s, __u64 ts_ns, const __u64 *gauges)
{
	series_close(s, ts_ns, gauges);
	if (!s->step_ns || ts_ns <= s->end_ns)
		return;
	/* A step that hardly began would have rates of its own. */
	if (s->n && ts_ns - s->end_ns < s->step_ns / 2) {
		for (unsigned int k = s->gauges; k < s->columns; k++)
			s->now[k] += s->at[s->n - 1][k];
		s->n--;
	} else if (s->n == SERIES_STEPS) {
		halve(s);
	}
	push(s, gauges);
	s->end_ns = ts_ns;
}

__u64 series_sum(const struct series *s, unsigned int column)
{
	__u64 sum = column < s->gauges ? 0 : s->now[column];

	for (unsigned int i = 0; i < s->n; i++) {
		if (column >= s->gauges)
			sum += s->at[i][column];
		else if (s->at[i][column] > sum)
			sum = s->at[i][column];
	}
	return sum;
}
