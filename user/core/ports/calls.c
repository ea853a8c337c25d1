/* SPDX-License-Identifier: GPL-2.0-only */
/* Each connect(), kept for core/ports/whatif. */
#include <errno.h>
#include <stdlib.h>
#include "core/ports/parts.h"

#define CALLS_MAX (1U << 21)

void ports_keep_calls(struct ports *ps)
{
	ps->keep_calls = true;
}

__u64 ports_calls_left_out(const struct ports *ps)
{
	return ps->calls_left_out;
}

static int keep(struct ports *ps, struct entry *e, const struct call *call)
{
	if (ps->n_calls == CALLS_MAX) {
		ps->calls_left_out++;
		return 0;
	}
	if (e->n_calls == e->cap_calls) {
		size_t cap = e->cap_calls ? e->cap_calls * 2 : 16;
		struct call *grown = realloc(e->calls, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		e->calls = grown;
		e->cap_calls = cap;
	}
	e->calls[e->n_calls++] = *call;
	ps->n_calls++;
	return 0;
}

int ports_call_over(struct ports *ps, struct entry *e, const struct conn *c, const struct actors *as, __u64 gone_ns)
{
	const struct actor *a = actors_get(as, c->owner);
	struct call call = {
		.take_ns = c->flags & CONN_BEGAN_BEFORE ? 0 : c->born_ns,
		.wait_ns = c->tw_start_ns,
		.gone_ns = gone_ns,
		.who = a ? a->tgid ^ a->start_ms * 2654435761U : 0,
		.failed = c->close == CLOSE_NO_PORT,
		.no_tstamp = (c->flags & CONN_NO_TSTAMP) != 0,
		.expired = c->tw_end == TW_END_EXPIRED,
	};

	if (c->flags & CONN_SINCE_UNKNOWN && c->tw_armed_ns && c->tw_start_ns)
		call.wait_ns = c->tw_armed_ns;
	return keep(ps, e, &call);
}

int ports_still_there(struct ports *ps, const struct conn *c, const struct actors *as)
{
	struct entry *e;

	if (!ps->keep_calls || ports_way(c) != WAY_CONNECT || c->pending || c->state == ST_NONE)
		return 0;
	e = ports_dest(ps, c, false);
	return e ? ports_call_over(ps, e, c, as, CALL_STILL_THERE) : 0;
}
