/* SPDX-License-Identifier: GPL-2.0-only */
/* What a network namespace's settings say about its ports, learnt from TWT_SYSCTL, and the rules that need no more than that. */
#ifndef CORE_PORTS_PARAMS_H
#define CORE_PORTS_PARAMS_H
#include "core/conn/conn.h"
#include "core/ports/portset.h"
#include "twtrace.h"

struct port_params {
	__u32 known;			/* mask of (1 << enum twt_sysctl) */
	__u16 lo, hi;			/* ip_local_port_range */
	__u64 value[TWT_SC_MAX];	/* the others, where they are one number */
	struct portset reserved;
};

/* Take what a TWT_SYSCTL says. */
void port_params_learn(struct port_params *pp, const struct twt_event *ev);
/*
 * The same back again: what is known of @netns as TWT_SYSCTL events of @ts_ns. @fn returns 0 to go on; anything else ends it and is returned.
 */
int port_params_tell(const struct port_params *pp, __u32 netns, __u64 ts_ns, int (*fn)(void *ctx, const struct twt_event *ev), void *ctx);
/* Is there enough to say which ports a connect() can get? */
static inline bool port_params_usable(const struct port_params *pp)
{
	return pp->known >> TWT_SC_PORT_RANGE & 1;
}

/*
 * The last port of the range that connect() ever looks at (__inet_hash_connect(), net/ipv4/inet_hashtables.c): it goes
 * through an even number of ports. Which one of an odd number is left out changes from call to call, except with three.
 */
__u16 port_params_hi(const struct port_params *pp);
/* Ports of the range that are neither reserved nor in @closed: what one source has for one destination. */
__u32 port_params_count(const struct port_params *pp, const struct portset *closed);

/* What of a TIME_WAIT decides who may take its port over. Asked of each in a look: inline. */
struct wait_facts {
	__u64 began_ns;			/* of one that was found, as its timer says */
	bool no_tstamp;			/* its connection had no timestamps */
	bool loopback;			/* one of its addresses is the host's own */
};
struct wait_facts wait_facts_of(const struct conn *c);
/* May a connect() to the same destination ever take it over (tcp_twsk_unique(), net/ipv4/tcp_ipv4.c)? */
static inline bool wait_may_be_cut(const struct port_params *pp, const struct wait_facts *w)
{
	__u64 mode = pp->known >> TWT_SC_TW_REUSE & 1 ? pp->value[TWT_SC_TW_REUSE] : 0;

	return !w->no_tstamp && (mode == 1 || (mode == 2 && w->loopback));
}
/* For how long after its beginning it keeps its port from that, in ns: TW_LEN_NS if nobody may take it over. */
static inline __u64 wait_reuse_ns(const struct port_params *pp, const struct wait_facts *w)
{
	const __u64 second = 1000000000, delay_ms = pp->value[TWT_SC_TW_REUSE_DELAY];

	if (!wait_may_be_cut(pp, w))
		return TW_LEN_NS;
	if (pp->known >> TWT_SC_TW_REUSE_DELAY & 1)	/* since 6.14 */
		return delay_ms >= 60000 ? TW_LEN_NS : (delay_ms + 1) * 1000000;
	return second - w->began_ns % second;		/* before: once the clock's second is another one */
}
/* May a connect() take its port over at @now_ns? */
static inline bool wait_is_over(const struct port_params *pp, const struct wait_facts *w, __u64 now_ns)
{
	return wait_may_be_cut(pp, w) && now_ns >= w->began_ns && now_ns - w->began_ns >= wait_reuse_ns(pp, w);
}
/* The same two of a connection, in TIME_WAIT or not. */
__u64 port_params_reuse_ns(const struct port_params *pp, const struct conn *c);
bool port_params_reusable(const struct port_params *pp, const struct conn *c, __u64 now_ns);
#endif
