/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/hist/hist.h"

static int add_all(struct hist_collect *c, const struct conn *conn, const struct phase_sample *s, size_t n)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		if (c->phases & 1U << s[i].phase)
			err = hist_set_add(c->set, conn, tracker_actors(c->tracker), &s[i]);
	return err;
}

int hist_collect(struct hist_collect *c, const struct transition *tr)
{
	struct phase_sample s[PHASE_MAX];

	if (tr->marks & TR_SEEDED || !filter_match(c->filter, tr->conn, tracker_actors(c->tracker),
						   1U << tr->old_state | 1U << tr->new_state))
		return 0;
	if (c->by == HIST_BY_CLOSE && !(tr->conn->flags & CONN_FULL_SOCK_GONE))
		return 0;	/* comes when its kind is known */
	return add_all(c, tr->conn, s, phase_of(tr, s));
}

int hist_collect_closed(struct hist_collect *c, const struct conn *conn, __u64 ts_ns)
{
	struct phase_sample s[PHASE_MAX];
	size_t n;
	int err;

	if (!filter_match(c->filter, conn, tracker_actors(c->tracker), 1U << conn->state))
		return 0;
	n = c->by == HIST_BY_CLOSE ? phase_past(conn, ts_ns, s) : phase_close(conn, ts_ns, s);
	err = add_all(c, conn, s, n);
	if (!err && c->phases & PHASES_WIRE)
		err = add_all(c, conn, s, phase_wire(conn, s));
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
	if (c->by == HIST_BY_RADDR || c->by == HIST_BY_SYN || !filter_only(c->filter, FILTER_BRIEF))
		return tracker_foreach(c->tracker, add_open, c);
	return tracker_foreach_brief(c->tracker, add_open, c);
}
