/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/report/side.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "run/opts.h"

#define STEP_NS 1000000000ULL	/* the first steps of the course: the report's interval */

_Static_assert(COL_MAX <= SERIES_COLUMNS, "the course has room for all that is counted");

int side_open(const struct view_env *env, const char *file, struct side **ret, char *err, size_t errlen)
{
	struct side *s = calloc(1, sizeof(*s));
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!s)
		return -ENOMEM;
	s->env = env;
	s->file = file;
	s->ends = (struct hist_collect){ .tracker = env->tracker, .filter = env->filter, .by = HIST_BY_END, .phases = 1U << PHASE_TIME_WAIT };
	s->ends.set = hist_set_new(HIST_BY_END, 0);
	s->slow = longest_new(ST_MAX, SLOWEST_EACH);
	s->stuck = longest_new(1, SIDE_ROWS);
	if (s->ends.set && s->slow && s->stuck)
		e = live_open(env, &s->live, err, errlen);
	if (!e)
		e = live_whole(s->live);
	if (e) {
		side_free(s);
		return e;
	}
	*ret = s;
	return 0;
}

void side_free(struct side *s)
{
	if (!s)
		return;
	live_close(s->live);
	hist_set_free(s->ends.set);
	longest_free(s->slow);
	longest_free(s->stuck);
	for (size_t i = 0; i < REPORT_TABLES; i++) {
		strbuf_free(&s->tables[i].text);
		page_rows_free(&s->tables[i].own);
	}
	free(s);
}

static bool wanted(const struct side *s, const struct conn *c, __u32 states)
{
	return c->role != ROLE_LISTENER && filter_match(s->env->filter, c, tracker_actors(s->env->tracker), states);
}

int side_event(void *side, const struct twt_event *ev)
{
	struct side *s = side;

	if (!s->start_ns)
		s->start_ns = ev->ts_ns;
	if (ev->kind < TWT_SNAP_BEGIN) {
		s->events++;
		series_add(&s->course, COL_EVENTS, 1);
	}
	return live_event(s->live, ev);
}

int side_transition(void *side, const struct transition *tr)
{
	unsigned int from = tr->old_state, to = tr->new_state;
	struct side *s = side;
	int err = live_transition(s->live, tr);

	if (err || tr->marks & (TR_SEEDED | TR_HEALED))
		return err;
	if (to == ST_TIME_WAIT || from == ST_TIME_WAIT)
		err = hist_collect(&s->ends, tr);
	if (err || !wanted(s, tr->conn, 1U << from | 1U << to))
		return err;
	if (to == ST_SYN_SENT || (from == ST_LISTEN && to == ST_SYN_RECV))
		series_add(&s->course, COL_OPENED, 1);
	else if (to == ST_TIME_WAIT)
		series_add(&s->course, COL_TW_BEGUN, 1);
	else if (from == ST_TIME_WAIT)
		series_add(&s->course, COL_TW_ENDED + tr->conn->tw_end, 1);
	return 0;
}

int side_closed(void *side, const struct conn *c, __u64 ts_ns)
{
	struct side *s = side;

	if (filter_match(s->env->filter, c, tracker_actors(s->env->tracker), c->states_seen)) {
		series_add(&s->course, COL_CLOSED + c->close, 1);
		s->closed[c->close]++;
	}
	return live_closed(s->live, c, ts_ns);
}

/* States that a connection is slow in. */
#define SLOW_STATES (1U << ST_SYN_SENT | 1U << ST_SYN_RECV | 1U << ST_ESTABLISHED | 1U << ST_FIN_WAIT1 | 1U << ST_FIN_WAIT2 | 1U << ST_CLOSING | \
		     1U << ST_CLOSE_WAIT | 1U << ST_LAST_ACK)

int side_gone(void *side, const struct conn *c, __u64 ts_ns)
{
	struct side *s = side;
	const struct actors *as = tracker_actors(s->env->tracker);
	__u32 states = c->states_seen & ~c->states_unknown & SLOW_STATES;

	/* A close that nobody answered turns out to be an orphan's timeout when its minisock is gone. */
	if (c->closed_as && c->closed_as != c->close && wanted(s, c, c->states_seen)) {
		s->closed[c->closed_as]--;
		s->closed[c->close]++;
	}
	if (states && wanted(s, c, c->states_seen))
		for (unsigned int st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
			if (states & 1U << st)
				longest_offer(s->slow, st, c->in_ns[st], c, as, ts_ns);
	return live_gone(s->live, c, ts_ns);
}

int side_accepted(void *side, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	return live_accepted(((struct side *)side)->live, c, ts_ns, wait_ns, by_use);
}

struct counting { struct side *s; __u64 counts[ST_MAX]; };

static int count(void *ctx, const struct conn *c)
{
	struct counting *k = ctx;

	if (filter_match(k->s->env->filter, c, tracker_actors(k->s->env->tracker), 1U << c->state))
		k->counts[c->state]++;
	return 0;
}

/* Connections by state, LISTEN too. Without a filter that costs nothing. */
static int look_at_states(struct side *s, __u64 gauges[ST_SHOWN])
{
	struct counting k = { .s = s };
	int err = 0;

	if (filter_is_empty(s->env->filter))
		tracker_counts(s->env->tracker, k.counts);
	else
		err = tracker_foreach(s->env->tracker, count, &k);
	for (unsigned int st = ST_ESTABLISHED; st <= ST_SHOWN; st++) {
		gauges[st - 1] = k.counts[st];
		s->most[st] = k.counts[st] > s->most[st] ? k.counts[st] : s->most[st];
	}
	return err;
}

int side_interval(void *side, __u64 boundary_ns)
{
	struct side *s = side;
	__u64 gauges[ST_SHOWN];
	struct ports_row **rows;
	int err = 0;
	size_t n;

	if (!s->course.step_ns) {	/* it begins */
		series_begin(&s->course, boundary_ns, STEP_NS, ST_SHOWN, COL_MAX);
		towards_begin(&s->towards, boundary_ns);
		return look_at_states(s, gauges);
	}
	if (series_over(&s->course, boundary_ns) || filter_is_empty(s->env->filter)) {
		err = look_at_states(s, gauges);
		if (!err)
			series_close(&s->course, boundary_ns, gauges);
	}
	if (err || !towards_due(&s->towards, boundary_ns, tracker_size(s->env->tracker), s->events))
		return err;
	err = live_ports(s->live, &rows, &n);
	if (!err)
		towards_look(&s->towards, boundary_ns, s->events, rows, n);
	return err;
}

static int find_stuck(void *ctx, const struct conn *c)
{
	const __u32 states = 1U << ST_CLOSE_WAIT | 1U << ST_FIN_WAIT2 | 1U << ST_LAST_ACK;
	struct side *s = ctx;

	if (states & 1U << c->state && !(c->flags & CONN_SINCE_UNKNOWN) && s->now_ns > c->since_ns &&
	    (double)(s->now_ns - c->since_ns) >= s->env->opts->stuck_s * 1e9 && wanted(s, c, 1U << c->state))
		longest_offer(s->stuck, 0, s->now_ns - c->since_ns, c, tracker_actors(s->env->tracker), s->now_ns);
	return 0;
}

int side_end(struct side *s, __u64 now_ns, const char *cut)
{
	__u64 gauges[ST_SHOWN];
	struct ports_row **rows;
	size_t n;
	int err;

	s->now_ns = now_ns;
	s->cut = cut;
	err = look_at_states(s, gauges);
	if (!err)
		series_end(&s->course, now_ns, gauges);
	if (!err)
		err = tracker_foreach(s->env->tracker, find_stuck, s);
	if (!err)
		err = live_ports(s->live, &rows, &n);
	if (!err)
		towards_end(&s->towards, now_ns, rows, n);
	longest_sort(s->slow);
	longest_sort(s->stuck);
	return err ? err : side_fill(s);
}
