// SPDX-License-Identifier: GPL-2.0-only
#include "core/several/weave.h"
#include <limits.h>
#include <string.h>
#include "core/event/event.h"

void weave_init(struct weave *w, size_t n)
{
	memset(w, 0, sizeof(*w));
	w->n = n < WEAVE_MAX ? n : WEAVE_MAX;
}

void weave_clock(struct weave *w, size_t i, long long offset)
{
	w->s[i].offset = offset;
}

static long long wall_of(const struct weave_stream *s, __u64 ts_ns)
{
	long long boot = ts_ns > LLONG_MAX ? LLONG_MAX : (long long)ts_ns, wall;

	if (__builtin_add_overflow(boot, s->offset, &wall))
		return s->offset > 0 ? LLONG_MAX : LLONG_MIN;
	return wall;
}

void weave_head(struct weave *w, size_t i, const struct twt_event *ev)
{
	struct weave_stream *s = &w->s[i];

	if (ev->kind == TWT_CLOCK)
		s->offset = event_sarg0(ev);
	s->state = WEAVE_HEAD;
	s->head_ns = ev->ts_ns;
	s->wall_ns = wall_of(s, ev->ts_ns);
}

void weave_over(struct weave *w, size_t i)
{
	w->s[i].state = WEAVE_OVER;
}

int weave_next(const struct weave *w)
{
	int next = -1;

	for (size_t i = 0; i < w->n; i++) {
		if (w->s[i].state == WEAVE_HEAD && (next < 0 || w->s[i].wall_ns < w->s[next].wall_ns))
			next = (int)i;
	}
	return next;
}

void weave_took(struct weave *w, size_t i, const struct twt_event *ev)
{
	struct weave_stream *s = &w->s[i];

	s->state = WEAVE_EMPTY;
	s->ticks |= ev->kind == TWT_TICK;
	if (ev->ts_ns > s->newest_ns)
		s->newest_ns = ev->ts_ns;
}

int weave_lagging(struct weave *w, size_t i, __u64 *ret_ns)
{
	for (size_t k = 0; k < w->n; k++) {
		struct weave_stream *s = &w->s[k];
		long long ns;

		/* Its own head is the limit, whatever the clocks say. */
		if (k == i || s->state != WEAVE_HEAD || !s->ticks || __builtin_sub_overflow(w->s[i].wall_ns, s->offset, &ns) || ns <= 0 ||
		    (__u64)ns > s->head_ns || (__u64)ns <= s->newest_ns || (__u64)ns - s->newest_ns < WEAVE_LAG_NS)
			continue;
		s->newest_ns = (__u64)ns;
		*ret_ns = (__u64)ns;
		return (int)k;
	}
	return -1;
}
