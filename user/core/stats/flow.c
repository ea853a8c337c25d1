/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/flow.h"
#include <string.h>

static unsigned int shown(unsigned int state)
{
	return state == ST_NEW_SYN_RECV ? ST_SYN_RECV : state;
}

void flow_add(struct flow *f, const struct transition *tr)
{
	unsigned int from = shown(tr->old_state), to = shown(tr->new_state), end = tr->conn->tw_end;

	if (tr->marks & (TR_SEEDED | TR_HEALED) || from >= ST_MAX || to >= ST_MAX)
		return;
	f->total.moves[from][to]++;
	if (to == ST_CLOSE && end < TW_END_MAX && (from == ST_TIME_WAIT || end == TW_END_OVERFLOW))
		f->total.tw_ends[end]++;
}

void flow_next(struct flow *f, __u64 ns)
{
	unsigned int i, k;

	for (i = 0; i < ST_MAX; i++)
		for (k = 0; k < ST_MAX; k++)
			f->interval.moves[i][k] = f->total.moves[i][k] - f->before.moves[i][k];
	for (i = 0; i < TW_END_MAX; i++)
		f->interval.tw_ends[i] = f->total.tw_ends[i] - f->before.tw_ends[i];
	f->before = f->total;
	f->interval_ns = ns;
}

void flow_clear(struct flow *f)
{
	memset(f, 0, sizeof(*f));
}

static double per_second(const struct flow *f, __u64 n)
{
	return f->interval_ns ? (double)n * 1e9 / (double)f->interval_ns : 0;
}

double flow_rate(const struct flow *f, unsigned int from, unsigned int to)
{
	return from < ST_MAX && to < ST_MAX ? per_second(f, f->interval.moves[from][to]) : 0;
}

double flow_end_rate(const struct flow *f, unsigned int tw_end)
{
	return tw_end < TW_END_MAX ? per_second(f, f->interval.tw_ends[tw_end]) : 0;
}

double flow_in(const struct flow *f, unsigned int state)
{
	__u64 n = 0;
	unsigned int i;

	for (i = 0; state < ST_MAX && i < ST_MAX; i++)
		n += i == state ? 0 : f->interval.moves[i][state];
	return per_second(f, n);
}

double flow_out(const struct flow *f, unsigned int state)
{
	__u64 n = 0;
	unsigned int i;

	for (i = 0; state < ST_MAX && i < ST_MAX; i++)
		n += i == state ? 0 : f->interval.moves[state][i];
	return per_second(f, n);
}

double flow_opens(const struct flow *f)
{
	return flow_rate(f, ST_CLOSE, ST_SYN_SENT) + flow_rate(f, ST_LISTEN, ST_SYN_RECV);
}
