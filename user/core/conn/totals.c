// SPDX-License-Identifier: GPL-2.0-only
#include "core/conn/totals.h"
#include <stdlib.h>
#include <string.h>

#define NETNS_MAX 4096
#define SLOTS (2 * NETNS_MAX)

/* Where @netns is in the index, or the empty slot where it belongs. */
static __u16 *slot_of(const struct totals *ts, __u32 netns)
{
	__u32 i = (netns * 0x9e3779b1U) >> 19;

	while (ts->index[i] && ts->netns[ts->index[i] - 1].netns != netns)
		i = (i + 1) % SLOTS;
	return &ts->index[i];
}
_Static_assert(SLOTS == 1U << (32 - 19), "the hash is as wide as the index");

struct netns_totals *totals_find(struct totals *ts, __u32 netns)
{
	struct netns_totals *grown;
	__u16 *slot;
	size_t cap;

	if (!ts->index)
		ts->index = calloc(SLOTS, sizeof(*ts->index));
	if (!ts->index)
		goto none;
	slot = slot_of(ts, netns);
	if (*slot) {
		ts->last = *slot - 1U;
		return &ts->netns[ts->last];
	}
	/* The capacity is the next power of two: grow where that is reached. */
	if (!(ts->n & (ts->n - 1))) {
		cap = ts->n ? ts->n * 2 : 1;
		grown = cap <= NETNS_MAX ? realloc(ts->netns, cap * sizeof(*grown)) : NULL;
		if (!grown)
			goto none;
		ts->netns = grown;
	}
	memset(&ts->netns[ts->n], 0, sizeof(*ts->netns));
	ts->netns[ts->n].netns = netns;
	*slot = (__u16)++ts->n;
	return &ts->netns[ts->n - 1];
none:
	ts->overflow++;
	return NULL;
}

void totals_clear(struct totals *ts)
{
	free(ts->netns);
	free(ts->index);
	memset(ts, 0, sizeof(*ts));
}

/*
 * The kernel's counters and what they count, in our terms (net/ipv4, 5.15 to 7.2):
 *   TW, TWKilled       one of them per minisock made, FIN_WAIT2 ones too; up to 5.17 per minisock *expired*
 *   TWRecycled         connect() took a minisock's port
 *   TCPTimeWaitOverflow no minisock, since the table was full
 *   ActiveOpens        connect() that sent a SYN: not those that found no port or no route, nor a Fast Open
 *                      connect() that was put off until there are data (TCP_FASTOPEN_CONNECT), and closed before
 *   PassiveOpens       children made
 *   EstabResets        ESTABLISHED or CLOSE_WAIT -> CLOSE
 *   sockstat tw        minisocks that exist: here the change over the window
 */
enum { P_TW, P_RECYCLED, P_OVERFLOW, P_ACTIVE, P_PASSIVE, P_RESETS, P_SOCKSTAT, P_LINES };
_Static_assert(P_LINES <= PROOF_MAX, "proof lines fit the caller's array");

static __u64 delta(const struct netns_totals *nt, unsigned int counter)
{
	return nt->counter_now[counter] - nt->counter_base[counter];
}

static void add(const struct totals *ts, const struct netns_totals *nt, struct proof_line *l)
{
	__u64 connects = nt->kernel_state[ST_CLOSE][ST_SYN_SENT];

	l[P_TW].ours += ts->tw_at_expiry ? nt->tw_ended[TW_END_EXPIRED] : nt->tw_born;
	l[P_TW].kernel += delta(nt, TWT_C_TW) + delta(nt, TWT_C_TWKILLED);
	l[P_RECYCLED].ours += nt->tw_ended[TW_END_REUSED];
	l[P_RECYCLED].kernel += delta(nt, TWT_C_TWRECYCLED);
	l[P_OVERFLOW].ours += nt->tw_ended[TW_END_OVERFLOW];
	l[P_OVERFLOW].kernel += delta(nt, TWT_C_TW_OVERFLOW);
	/* After a loss there may be a failed connect() without its beginning. */
	l[P_ACTIVE].ours += connects > nt->no_syn ? connects - nt->no_syn : 0;
	l[P_ACTIVE].kernel += delta(nt, TWT_C_ACTIVE_OPENS);
	l[P_PASSIVE].ours += nt->kernel_state[ST_LISTEN][ST_SYN_RECV];
	l[P_PASSIVE].kernel += delta(nt, TWT_C_PASSIVE_OPENS);
	l[P_RESETS].ours +=
		nt->kernel_state[ST_ESTABLISHED][ST_CLOSE] + nt->kernel_state[ST_CLOSE_WAIT][ST_CLOSE];
	l[P_RESETS].kernel += delta(nt, TWT_C_ESTAB_RESETS);
	l[P_SOCKSTAT].ours += nt->tw_alive;
	l[P_SOCKSTAT].kernel += nt->counter_now[TWT_C_SOCKSTAT_TW];
}

size_t totals_proof(const struct totals *ts, struct proof_line ret[PROOF_MAX])
{
	static const char *const names[P_LINES] = {
		[P_TW] = "TW+TWKilled",
		[P_RECYCLED] = "TWRecycled",
		[P_OVERFLOW] = "TCPTimeWaitOverflow",
		[P_ACTIVE] = "ActiveOpens",
		[P_PASSIVE] = "PassiveOpens",
		[P_RESETS] = "EstabResets",
		[P_SOCKSTAT] = "sockstat.tw",
	};
	struct proof_line lines[P_LINES] = { { 0 } };
	bool any = false;
	size_t i;

	for (i = 0; i < P_LINES; i++)
		lines[i].name = names[i];
	for (i = 0; i < ts->n; i++) {
		if (!ts->netns[i].has_base || !ts->netns[i].has_now)
			continue;
		any = true;
		add(ts, &ts->netns[i], lines);
	}
	if (!any)
		return 0;
	memcpy(ret, lines, sizeof(lines));
	return P_LINES;
}
