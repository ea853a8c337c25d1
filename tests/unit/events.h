/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Made-up event streams for tests of the tracker, and what comes out of it, as text: one line for each
 * transition, "closed" and "gone". Times are microseconds since the scene began (later()).
 *
 *	c CLOSE>SYN_SENT 0 by=100
 *	c SYN_SENT>ESTABLISHED 30 for=30
 *	c closed 90 active
 *	c gone 61000000 client active - expired open=100 own=100 close=100
 *
 * A transition's marks follow its time: rst-sent rst-rcvd reconstructed healed seeded; "for" is its time in
 * the old state, where that is known; "by" is the actor's tgid. "gone" has role, close kind, reason,
 * TIME_WAIT's end, actors, flags.
 */
#ifndef TESTS_EVENTS_H
#define TESTS_EVENTS_H
#include <stdbool.h>
#include <stddef.h>
#include "core/track/tracker.h"

#define WORLD_BEGIN_NS 1000000000000ULL
#define SETTLE_US (TRACKER_SETTLE_NS / 1000)
#define NETNS 4026531840U

/* A socket as the events describe it. */
struct sk {
	const char *name;	/* in the text */
	__u64 cookie;
	__u32 netns;		/* 0: NETNS */
	__u16 lport, rport;
	__u8 last[2];		/* last bytes of 10.0.0.x, local and remote; 0: 1 and 2 */
	__u32 cpu;
};

struct world {
	struct tracker *t;
	struct sk names[16];	/* sockets seen, for the text */
	size_t n_names;
	char text[16384];
	size_t len;
	__u64 begin_ns;		/* of this scene */
	bool mute;		/* no text */
};

void world_new(struct world *w, const struct tracker_config *cfg);
/* Settle what waits, check the invariants and that no row and no actor is left, free. */
void world_end(struct world *w);
/* The same where connections live on. */
void world_drop(struct world *w);

/* @ev, completed with @us, @sk (may be NULL) and, where .tgid is set, a task. */
void at(struct world *w, __u64 us, const struct sk *sk, struct twt_event ev);
/* Time passes, nothing happens. */
void tick(struct world *w, __u64 us);
/* So much time that everything has its verdict. */
void settle(struct world *w);
/* ... and another scene begins, at 0. */
void later(struct world *w);
/* Connections in @state, as tracker_counts() says. */
__u64 count_of(const struct world *w, unsigned int state);
const struct netns_totals *totals_at(const struct world *w, __u32 netns);
/* What was told since the last call is exactly @lines. */
#define told(w, lines) check_told(w, lines, __FILE__, __LINE__)
void check_told(struct world *w, const char *lines, const char *file, int line);

/* Kinds of events, for at(). The last arguments are designated initialisers of struct twt_event. */
#define STATE(from, to, ...) \
	((struct twt_event){ .kind = TWT_STATE, .old_state = ST_##from, .new_state = ST_##to, __VA_ARGS__ })
#define TW(what, state, ...)                                                                                 \
	((struct twt_event){                                                                                 \
		.kind = TWT_TW_##what, .new_state = ST_TIME_WAIT, .substate = ST_##state, __VA_ARGS__ })
#define RST_RCVD(state, ...) \
	((struct twt_event){ .kind = TWT_RST_RCVD, .new_state = ST_##state, __VA_ARGS__ })
#define RST_SENT(why, ...) ((struct twt_event){ .kind = TWT_RST_SENT, .reason = TWT_RST_##why, __VA_ARGS__ })
#define DESTROY() ((struct twt_event){ .kind = TWT_DESTROY, .new_state = ST_CLOSE })
#define TOUCH(pid) ((struct twt_event){ .kind = TWT_TOUCH, .flags = TWT_F_OWNED, .tgid = (pid) })
#define SNAP(state, ...) ((struct twt_event){ .kind = TWT_SNAP, .new_state = ST_##state, __VA_ARGS__ })
#define SNAP_OWNER(pid) ((struct twt_event){ .kind = TWT_SNAP_OWNER, .tgid = (pid) })
#define SNAP_BEGIN(ns, why) ((struct twt_event){ .kind = TWT_SNAP_BEGIN, .netns = (ns), .aux = (why) })
#define SNAP_END(ns) ((struct twt_event){ .kind = TWT_SNAP_END, .netns = (ns) })
#define PLAN(bits) ((struct twt_event){ .kind = TWT_PLAN, .arg0 = (bits) })

/* What the kernel's programs say beside: initialisers for the above. */
#define ASKED(pid, more) .flags = TWT_F_INTENT | TWT_F_OWNED | (more), .tgid = (pid)
#define OWNED(pid, more) .flags = TWT_F_OWNED | (more), .tgid = (pid)
#define SHUT_BOTH (TWT_F_SHUT_RD | TWT_F_SHUT_WR)
#define ORPHAN (SHUT_BOTH | TWT_F_ORPHAN | TWT_F_UNACCEPTED)
#define SOFTIRQ (TWT_F_CTX | TWT_F_SOFTIRQ)
#define US(us) .arg0 = (__u64)((us) * 1000LL)	/* minisocks: until the timer is due */
#define TW_US 60000000LL

/* A client and its server on loopback, and their lives up to ESTABLISHED. */
extern const struct sk cli, cli_unbound, srv, lis;
void listens(struct world *w, __u32 pid);
void connects(struct world *w, __u64 us, __u32 pid);	/* 50 us; both ends */
void forget(struct world *w);				/* what was told so far */

/*
 * Ways to begin a scene. All tell nothing; each goes on where the one above it stopped.
 * client_only(): both ends, but the server leaves quietly. The others have no server at all.
 */
void client_only(struct world *w);	/* established since 30 */
void client_alone(struct world *w);	/* established since 30; what was told is kept */
void fin_acked(struct world *w);	/* close() at 1000, FIN_WAIT2 since 1010 */
void time_wait(struct world *w);	/* TIME_WAIT since 1012, the full socket gone at 1021 */
/* The minisock's timer, as the kernel tells it: @cancel, 8 us later @expire. */
void expires(struct world *w, __u64 us, struct twt_event cancel, struct twt_event expire);
#endif
