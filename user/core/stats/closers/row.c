// SPDX-License-Identifier: GPL-2.0-only
/* One row by itself: what its counts come to. */
#include "core/stats/closers/parts.h"

__u8 closer_stuck_state(unsigned int stuck)
{
	static const __u8 states[STUCK_MAX] = {
		[STUCK_CLOSE_WAIT] = ST_CLOSE_WAIT, [STUCK_FIN_WAIT2] = ST_FIN_WAIT2, [STUCK_LAST_ACK] = ST_LAST_ACK,
	};

	return stuck < STUCK_MAX ? states[stuck] : ST_NONE;
}

bool closers_name_by(enum closers_by by, enum name_by *ret_by)
{
	if (by < CLOSERS_BY_CONTAINER || by > CLOSERS_BY_UNIT)
		return false;
	*ret_by = (enum name_by)(NAME_BY_CONTAINER + (by - CLOSERS_BY_CONTAINER));
	return true;
}

__u32 closer_pid(const struct closer_row *r)
{
	return (__u32)r->key.num;
}

__u32 closer_start_ms(const struct closer_row *r)
{
	return (__u32)(r->key.num >> 32);
}

__u64 closer_other(const struct closer_row *r)
{
	const __u64 *k = r->kinds;

	return r->closed - k[CLOSE_ACTIVE] - k[CLOSE_PASSIVE] - k[CLOSE_SIMULTANEOUS] - k[CLOSE_ABORT] - k[CLOSE_RESET];
}

__u64 closer_stuck(const struct closer_row *r)
{
	__u64 n = 0;
	unsigned int i;

	for (i = 0; i < STUCK_MAX; i++)
		n += r->stuck[i];
	return n;
}

__u64 closer_tw_ns(const struct closer_row *r)
{
	return r->tw_ended_ns + r->tw_now_ns;
}

void closers_add_up(struct closer_row *into, const struct closer_row *from)
{
	unsigned int i;

	into->closed += from->closed;
	for (i = 0; i < CLOSE_KIND_MAX; i++)
		into->kinds[i] += from->kinds[i];
	for (i = 0; i < CLOSE_REASON_MAX; i++)
		into->reasons[i] += from->reasons[i];
	for (i = 0; i < TW_END_MAX; i++)
		into->tw_ends[i] += from->tw_ends[i];
	into->tw_created += from->tw_created;
	into->tw_created_before += from->tw_created_before;
	into->tw_ended_ns += from->tw_ended_ns;
	into->failed_calls += from->failed_calls;
	into->by_strangers += from->by_strangers;
	closer_wire_add_up(&into->wire, &from->wire);
	into->open += from->open;
	into->tw_now += from->tw_now;
	into->tw_now_ns += from->tw_now_ns;
	for (i = 0; i < STUCK_MAX; i++)
		into->stuck[i] += from->stuck[i];
	if (from->oldest_ns > into->oldest_ns) {
		into->oldest_ns = from->oldest_ns;
		into->oldest_at_least = from->oldest_at_least;
	}
}
