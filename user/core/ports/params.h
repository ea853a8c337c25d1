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

/*
 * For how long after its beginning a TIME_WAIT of @c keeps its port from the next connect() to the same destination, in ns
 * (tcp_twsk_unique(), net/ipv4/tcp_ipv4.c): TW_LEN_NS if nobody may take it over.
 */
__u64 port_params_reuse_ns(const struct port_params *pp, const struct conn *c);
/* May a connect() take @c's port over at @now_ns? */
bool port_params_reusable(const struct port_params *pp, const struct conn *c, __u64 now_ns);
#endif
