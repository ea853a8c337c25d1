/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phases of a connection's life, and what a transition says about them. A phase whose beginning was not seen
 * has no duration: it is counted, never guessed.
 */
#ifndef CORE_STATS_HIST_PHASE_H
#define CORE_STATS_HIST_PHASE_H
#include <stdbool.h>
#include <stddef.h>
#include "core/track/tracker.h"

enum phase {
	PHASE_CONNECT, PHASE_HANDSHAKE, PHASE_ESTABLISHED, PHASE_CLOSE, PHASE_FIN_WAIT1, PHASE_FIN_WAIT2, PHASE_CLOSING,
	PHASE_TIME_WAIT, PHASE_CLOSE_WAIT, PHASE_LAST_ACK, PHASE_LIFE,
	/* No times between states, but of the wire: one for each connection, when its full socket ends. */
	PHASE_RTT, PHASE_MIN_RTT,
	PHASE_MAX
};

#define PHASES_WIRE (1U << PHASE_RTT | 1U << PHASE_MIN_RTT)
#define PHASES_ALL (((1U << PHASE_MAX) - 1) & ~PHASES_WIRE)	/* what "all" names: these cost nothing that states do not */

/* The five that are shown if nothing is asked for: the ones in which a load test's time goes. See phase.c. */
#define PHASES_DEFAULT (1U << PHASE_CONNECT | 1U << PHASE_ESTABLISHED | 1U << PHASE_CLOSE | 1U << PHASE_CLOSE_WAIT | \
			1U << PHASE_TIME_WAIT)

struct phase_info {
	const char *name;	/* "fin-wait2" */
	const char *about;	/* from where to where, short */
	const char *help;	/* one line for help */
};
extern const struct phase_info phases[PHASE_MAX];

/*
 * A name ("time-wait", any case, '_' for '-', "fin-wait-1" too), or "all", or "default" -> mask of (1 <<
 * phase) in @ret_mask. Returns 0 or -EINVAL.
 */
int phase_parse(const char *text, __u32 *ret_mask);

enum phase_fate {
	PHASE_MEASURED,
	PHASE_BEGAN_BEFORE,	/* before the tracer: .ns is 0 */
	PHASE_LOST,		/* events of it were lost: .ns is 0 */
};

struct phase_sample {
	__u64 ns;
	__u8 phase;		/* enum phase */
	__u8 fate;		/* enum phase_fate */
	bool reconstructed;	/* its beginning or end was computed from a kernel timer, right to a jiffy */
};

/* The phases that end with @tr; "close" does not end with a transition. Returns how many were written. */
size_t phase_of(const struct transition *tr, struct phase_sample ret[PHASE_MAX]);
/* "close" of @c whose full socket is gone at @ts_ns (tracker_ops.closed). False: it has none. */
bool phase_close(const struct conn *c, __u64 ts_ns, struct phase_sample *ret);
/*
 * The same for groups by kind of close, which is known only when the full socket is gone: all phases that
 * ended up to then, "close" too. What comes later (CONN_FULL_SOCK_GONE is set) is phase_of()'s.
 */
size_t phase_past(const struct conn *c, __u64 ts_ns, struct phase_sample ret[PHASE_MAX]);
/* What the wire of @c was like, whose full socket is gone; where that is known. Returns how many were written. */
size_t phase_wire(const struct conn *c, struct phase_sample ret[2]);
/*
 * The states that make up @phase, and those of which one must have been seen (0: none must); both 0 for a phase that is no time between states.
 */
void phase_states(unsigned int phase, __u32 *ret_states, __u32 *ret_seen);
/* The phases that @c is in now, as a mask of (1 << phase). */
__u32 phase_now(const struct conn *c);
#endif
