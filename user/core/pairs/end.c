// SPDX-License-Identifier: GPL-2.0-only
/* What is kept of one end. */
#include <string.h>
#include "core/conn/timeline.h"
#include "core/pairs/pairs.h"

static void keep_who(struct pair_who *ret, const struct actors *as, __u32 id)
{
	const struct actor *a = actors_get(as, id);

	if (!a)
		return;
	ret->known = true;
	ret->pid = a->tgid;
	memcpy(ret->comm, a->comm, sizeof(ret->comm));
	ret->comm[sizeof(ret->comm) - 1] = '\0';
}

/* Held within what the type can say: clocks of recordings are whatever they claim. */
static long long wall(__u64 ns, long long offset)
{
	long long boot = ns > (__u64)__LONG_LONG_MAX__ ? __LONG_LONG_MAX__ : (long long)ns, ret;

	return __builtin_add_overflow(boot, offset, &ret) ? (offset > 0 ? __LONG_LONG_MAX__ : -__LONG_LONG_MAX__) : ret;
}

void pair_end_of(const struct conn *c, const struct actors *as, size_t host, long long clock_offset, __u64 now_ns, bool over, struct pair_end *ret)
{
	static const __u8 states[PAIR_MOMENTS] = {
		[PAIR_SYN_SENT] = ST_SYN_SENT, [PAIR_SYN_RECV] = ST_SYN_RECV, [PAIR_ESTABLISHED] = ST_ESTABLISHED, [PAIR_FIN_WAIT1] = ST_FIN_WAIT1,
		[PAIR_CLOSE_WAIT] = ST_CLOSE_WAIT, [PAIR_LAST_ACK] = ST_LAST_ACK, [PAIR_TIME_WAIT] = ST_TIME_WAIT,
	};
	struct step steps[ST_MAX];
	size_t n = timeline_of(c, now_ns, steps);

	memset(ret, 0, sizeof(*ret));
	ret->host = host;
	ret->cookie = c->cookie;
	ret->netns = c->netns;
	ret->flags = c->flags;
	memcpy(ret->laddr, c->laddr, sizeof(ret->laddr));
	memcpy(ret->raddr, c->raddr, sizeof(ret->raddr));
	ret->lport = c->lport;
	ret->rport = c->rport;
	ret->family = c->family;
	ret->role = c->role;
	ret->close = c->close;
	ret->reason = c->reason;
	ret->state = c->state;
	ret->over = over;
	ret->fastopen = c->wire && c->wire->flags & TWT_WIRE_FASTOPEN;
	keep_who(&ret->owner, as, c->owner);
	keep_who(&ret->closer, as, c->closer);
	ret->born_ns = wall(c->born_ns, clock_offset);
	ret->end_ns = wall(now_ns, clock_offset);
	for (size_t i = 0; i < n; i++) {
		for (unsigned int m = 0; m < PAIR_MOMENTS; m++) {
			/* In jiffies is not when. */
			if (states[m] != steps[i].state || !steps[i].entered_known || (m == PAIR_TIME_WAIT && c->flags & CONN_RECONSTRUCTED))
				continue;
			ret->known |= 1U << m;
			ret->at_ns[m] = wall(steps[i].entered_ns, clock_offset);
		}
	}
}
