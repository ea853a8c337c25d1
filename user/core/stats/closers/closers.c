// SPDX-License-Identifier: GPL-2.0-only
/* What happens to connections, counted. */
#include "core/stats/closers/closers.h"
#include <errno.h>
#include <string.h>
#include "core/stats/closers/parts.h"

static unsigned int kind_of(const struct conn *c)
{
	return c->close ? c->close : CLOSE_UNKNOWN;
}

static void see_time(struct closers *cs, __u64 ts_ns)
{
	if (ts_ns > cs->now_ns)
		cs->now_ns = ts_ns;
}

int closers_transition(struct closers *cs, const struct transition *tr, const struct actors *as)
{
	struct closer_row *r;

	see_time(cs, tr->ts_ns);
	/* Found by a snapshot: it exists, but its beginning is not ours to count. */
	if (tr->new_state != ST_TIME_WAIT || tr->marks & TR_SEEDED)
		return 0;
	r = closers_row_of(cs, tr->conn, as);
	if (!r)
		return -ENOMEM;
	r->tw_created++;
	return 0;
}

static void add_stranger(struct closer_row *r, const struct actor *closer)
{
	unsigned int i;

	r->by_strangers++;
	for (i = 0; i < CLOSERS_STRANGERS; i++) {
		struct closer_stranger *s = &r->strangers[i];

		if (!s->closed) {
			s->tgid = closer->tgid;
			s->start_ms = closer->start_ms;
			memcpy(s->comm, closer->comm, sizeof(s->comm));
		} else if (s->tgid != closer->tgid || s->start_ms != closer->start_ms) {
			continue;
		}
		s->closed++;
		return;
	}
	r->strangers_rest++;
}

int closers_call_failed(struct closers *cs, const struct conn *c, const struct actors *as)
{
	struct closer_row *r = closers_row_of(cs, c, as);

	if (!r)
		return -ENOMEM;
	r->failed_calls++;
	return 0;
}

int closers_closed(struct closers *cs, const struct conn *c, const struct actors *as)
{
	const struct actor *closer = actors_get(as, c->closer);
	struct closer_row *r = closers_row_of(cs, c, as);
	struct dest_key key = dest_of(c);

	if (!r)
		return -ENOMEM;
	r->closed++;
	r->kinds[kind_of(c)]++;
	if (c->close == CLOSE_ABORT)
		r->reasons[c->reason]++;
	if (closer && c->owner && c->closer != c->owner)
		add_stranger(r, closer);
	if (!r->key.rest)	/* a mixture of groups has no destinations of its own */
		dests_add(&r->dests, &key, c->close == CLOSE_ACTIVE, &cs->dests_budget);
	return closers_wire(cs, r, c);
}

/* The verdict was told at the hand-over and is another one now. */
static void change_kind(struct closers *cs, struct closer_row *r, const struct conn *c)
{
	struct dest_key key = dest_of(c);

	if (!r->kinds[c->closed_as] && cs->rest)	/* the row that it was counted in was folded since */
		r = &cs->rest->row;
	if (!r->kinds[c->closed_as])
		return;
	r->kinds[c->closed_as]--;
	r->kinds[kind_of(c)]++;
	if (c->close == CLOSE_ABORT)
		r->reasons[c->reason]++;
	if (c->closed_as == CLOSE_ACTIVE)
		dests_not_active(&r->dests, &key);
}

int closers_gone(struct closers *cs, const struct conn *c, const struct actors *as, __u64 ts_ns)
{
	bool changed = c->closed_as && c->closed_as != kind_of(c);
	struct closer_row *r;

	see_time(cs, ts_ns);
	if (c->role == ROLE_LISTENER || (c->tw_end == TW_END_NONE && !changed))
		return 0;
	r = closers_row_of(cs, c, as);
	if (!r)
		return -ENOMEM;
	if (changed)
		change_kind(cs, r, c);
	if (c->tw_end == TW_END_OVERFLOW) {
		r->tw_ends[TW_END_OVERFLOW]++;
	} else if (c->tw_end && c->tw_start_ns) {	/* else: a FIN_WAIT2 minisock that never was a TIME_WAIT */
		r->tw_ends[c->tw_end]++;
		r->tw_ended_ns += ts_ns > c->tw_start_ns ? ts_ns - c->tw_start_ns : 0;
	}
	return 0;
}

static void forget_look(struct closer_row *r)
{
	r->open = r->tw_now = r->tw_now_ns = 0;
	memset(r->stuck, 0, sizeof(r->stuck));
	r->oldest_ns = 0;
	r->oldest_at_least = false;
}

void closers_count_open(struct closers *cs)
{
	cs->count_open = true;
}

void closers_look_begin(struct closers *cs, __u64 now_ns, __u64 stuck_ns)
{
	size_t i;

	see_time(cs, now_ns);
	cs->look_ns = now_ns;
	cs->stuck_ns = stuck_ns;
	cs->folded = false;
	for (i = 0; i < cs->n; i++)
		forget_look(&cs->slots[i]->row);
	if (cs->rest)
		forget_look(&cs->rest->row);
}

static unsigned int stuck_of(unsigned int state)
{
	unsigned int i;

	for (i = 0; i < STUCK_MAX; i++) {
		if (closer_stuck_state(i) == state)
			break;
	}
	return i;
}

int closers_look(struct closers *cs, const struct conn *c, const struct actors *as)
{
	__u64 age = cs->look_ns > c->since_ns ? cs->look_ns - c->since_ns : 0;
	unsigned int stuck = stuck_of(c->state);
	bool waits = c->state == ST_TIME_WAIT || (stuck < STUCK_MAX && age >= cs->stuck_ns);
	struct closer_row *r;

	if (!waits && (!cs->count_open || c->role == ROLE_LISTENER || c->state == ST_LISTEN))
		return 0;
	r = closers_row_of(cs, c, as);
	if (!r)
		return -ENOMEM;
	r->open += c->state != ST_TIME_WAIT;
	if (!waits)
		return 0;
	if (c->state == ST_TIME_WAIT) {
		r->tw_now++;
		r->tw_now_ns += cs->look_ns > c->tw_start_ns ? cs->look_ns - c->tw_start_ns : 0;
		return 0;
	}
	r->stuck[stuck]++;
	if (age > r->oldest_ns) {
		r->oldest_ns = age;
		r->oldest_at_least = (c->flags & CONN_SINCE_UNKNOWN) != 0;
	}
	return 0;
}

static void next_interval(struct closer_row *r)
{
	r->tw_created_last = r->tw_created - r->tw_created_before;
	r->tw_created_before = r->tw_created;
}

void closers_next(struct closers *cs)
{
	size_t i;

	for (i = 0; i < cs->n; i++)
		next_interval(&cs->slots[i]->row);
	if (cs->rest)
		next_interval(&cs->rest->row);
}
