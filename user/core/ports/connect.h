/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Would connect() find a port? With one that the socket has already, only the 4-tuple counts; else the kernel looks for one that no bind() ever touched
 * and whose 4-tuple is free or a TIME_WAIT's that may be taken over (__inet_hash_connect(), net/ipv4/inet_hashtables.c).
 */
#ifndef CORE_PORTS_CONNECT_H
#define CORE_PORTS_CONNECT_H
#include <stdbool.h>
#include "core/event/tcp.h"
#include "core/ports/looks.h"
#include "core/ports/params.h"

struct connect_call {
	__u32 netns;
	__u8 saddr[16], daddr[16];	/* network order, IPv4 as v4-mapped; @saddr: as the route says where the socket has none */
	__u16 sport, dport;		/* @sport 0: the kernel chooses */
	__u32 dev, l3mdev;
};

struct connect_answer {
	int err;			/* 0 or EADDRNOTAVAIL */
	/* Where the kernel chooses: ports of the range. */
	__u32 usable;			/* neither reserved nor closed */
	__u32 reserved, closed;		/* closed: a bind() has touched them */
	__u32 in_use;			/* usable ones that go to this destination now */
	__u32 states[ST_MAX];		/* ... of these by state; minisocks by their substate */
	__u32 reusable;			/* ... TIME_WAITs that may be taken over now: not in @in_use */
	__u32 free;			/* what is left */
	size_t *blockers;		/* places in looks->v of those that are in use; owned by the answer */
	size_t n_blockers;
};

/* Returns 0 or -ENOMEM. Without a known range (@pp) nothing is said to be missing. Free with connect_answer_free(). */
int connect_ask(const struct connect_call *call, const struct looks *looks, const struct port_params *pp, struct connect_answer *ret);
void connect_answer_free(struct connect_answer *a);
/* May a connect() that has no port yet take the minisock @o over now? */
bool connect_may_reuse(const struct twt_look *o, const struct port_params *pp);
/* Has a bind() touched the port of @o, so that connect() does not choose it? */
bool connect_is_closed(const struct twt_look *o);
#endif
