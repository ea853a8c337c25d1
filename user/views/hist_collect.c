/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/hist.h"

int hist_collect(struct hist_collect *c, const struct transition *tr)
{
	const struct actors *as = tracker_actors(c->tracker);
	struct phase_sample s[PHASE_MAX];
	size_t i, n;
	int err = 0;

	if (tr->marks & TR_SEEDED || !filter_match(c->filter, tr->conn, as, 1U << tr->old_state | 1U << tr->new_state))
		return 0;
	n = c->by == HIST_BY_CLOSE ? phase_of_closed(tr, s) : phase_of(tr, s);
	for (i = 0; i < n && !err; i++)
		if (c->phases & 1U << s[i].phase)
			err = hist_set_add(c->set, tr->conn, as, &s[i]);
	return err;
}

static int add_open(void *ctx, const struct conn *conn)
{
	struct hist_collect *c = ctx;
	const struct actors *as = tracker_actors(c->tracker);
	__u32 mask = phase_now(conn) & c->phases;
	unsigned int phase;
	int err = 0;

	if (!mask || !filter_match(c->filter, conn, as, 1U << conn->state))
		return 0;
	for (phase = 0; phase < PHASE_MAX && !err; phase++)
		if (mask & 1U << phase)
			err = hist_set_open(c->set, conn, as, phase);
	return err;
}

int hist_collect_open(struct hist_collect *c)
{
	hist_set_clear_open(c->set);
	return tracker_foreach(c->tracker, add_open, c);
}
