/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why these five by default: connect is what a client waits for before its first byte, established is the
 * work itself (and shows whether connections are kept alive), close is the exchange of FINs, close-wait the
 * part of it that the application owes, and time-wait is what holds ports and memory afterwards. handshake is
 * left out: on the server it lasts microseconds (see its help); the others are parts of these.
 */
#include "core/stats/hist/phase.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

const struct phase_info phases[PHASE_MAX] = {
	[PHASE_CONNECT] = { "connect", "SYN_SENT to ESTABLISHED",
		"SYN sent until ESTABLISHED, on the side that connects; failed ones are not in it" },
	[PHASE_HANDSHAKE] = { "handshake", "SYN_RECV to ESTABLISHED of the new socket (request sockets are only counted)",
		"accepting side: the new socket's SYN_RECV to ESTABLISHED. It is made by the last ACK, so microseconds; "
		"the wait for that ACK is spent in a request socket, which is only counted" },
	[PHASE_ESTABLISHED] = { "established", "ESTABLISHED until the first FIN or reset",
		"ESTABLISHED until the first FIN in either direction, or the reset" },
	[PHASE_CLOSE] = { "close", "first FIN until the full socket is gone",
		"first FIN (entry into FIN_WAIT1 or CLOSE_WAIT) until the full socket is gone: closed, or handed over to a "
		"minisock, in FIN_WAIT2 as in TIME_WAIT. A reset connection that saw no FIN has none" },
	[PHASE_FIN_WAIT1] = { "fin-wait1", "our FIN until its ACK", "our FIN sent until it is acknowledged" },
	[PHASE_FIN_WAIT2] = { "fin-wait2", "our FIN acknowledged until the peer's FIN",
		"our FIN acknowledged until the peer's FIN: full socket and minisock together" },
	[PHASE_CLOSING] = { "closing", "both FINs sent until the ACK of ours", "both sides sent a FIN, ours is not acknowledged yet" },
	[PHASE_TIME_WAIT] = { "time-wait", "TIME_WAIT until its minisock is gone",
		"TIME_WAIT until its minisock is gone; --by end tells expired ones from reused ones" },
	[PHASE_CLOSE_WAIT] = { "close-wait", "peer's FIN until the application closes",
		"peer's FIN received until this side's application closes: its delay" },
	[PHASE_LAST_ACK] = { "last-ack", "our FIN after the peer's until its ACK", "our FIN, sent after the peer's, until it is acknowledged" },
	[PHASE_LIFE] = { "life", "first event to CLOSE, TIME_WAIT included",
		"first event (connect(), or the accepted socket is made) to the end, TIME_WAIT included" },
	[PHASE_RTT] = { "rtt", "smoothed round trip time when the socket ended",
		"smoothed round trip time of each connection, when its socket ended; not in \"all\"" },
	[PHASE_MIN_RTT] = { "min-rtt", "least round trip time of the socket's last five minutes",
		"least round trip time of each connection: the wire without the queues; not in \"all\"" },
};

/* Equal if case and any '-' or '_' are left out: "FIN_WAIT2", "fin-wait-2" and "fin-wait2" are one. */
static bool same_name(const char *a, const char *b)
{
	for (;;) {
		while (*a == '-' || *a == '_')
			a++;
		while (*b == '-' || *b == '_')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

int phase_parse(const char *text, __u32 *ret_mask)
{
	unsigned int i;

	if (same_name(text, "all")) {
		*ret_mask = PHASES_ALL;
		return 0;
	}
	if (same_name(text, "default")) {
		*ret_mask = PHASES_DEFAULT;
		return 0;
	}
	for (i = 0; i < PHASE_MAX; i++) {
		if (same_name(text, phases[i].name)) {
			*ret_mask = 1U << i;
			return 0;
		}
	}
	return -EINVAL;
}

/* The phase that is one state, or PHASE_MAX. */
static unsigned int phase_of_state(unsigned int state)
{
	static const __u8 of[ST_MAX] = {
		[ST_ESTABLISHED] = PHASE_ESTABLISHED + 1, [ST_FIN_WAIT1] = PHASE_FIN_WAIT1 + 1,
		[ST_FIN_WAIT2] = PHASE_FIN_WAIT2 + 1, [ST_TIME_WAIT] = PHASE_TIME_WAIT + 1,
		[ST_CLOSE_WAIT] = PHASE_CLOSE_WAIT + 1, [ST_LAST_ACK] = PHASE_LAST_ACK + 1,
		[ST_CLOSING] = PHASE_CLOSING + 1,
	};

	return state < ST_MAX && of[state] ? of[state] - 1U : PHASE_MAX;
}

/* Before ESTABLISHED, and between the first FIN and TIME_WAIT or the end. */
#define OPENING_STATES (1U << ST_SYN_SENT | 1U << ST_SYN_RECV)
#define CLOSING_STATES                                                                                       \
	(1U << ST_FIN_WAIT1 | 1U << ST_FIN_WAIT2 | 1U << ST_CLOSING | 1U << ST_CLOSE_WAIT | 1U << ST_LAST_ACK)

/* A row of samples that is being filled. */
struct fill { const struct conn *c; struct phase_sample *s; size_t n; };

static struct phase_sample *put(struct fill *f, unsigned int phase, bool known, __u64 ns)
{
	struct phase_sample *s = &f->s[f->n++];

	*s = (struct phase_sample){ .phase = (__u8)phase, .ns = known ? ns : 0 };
	if (!known)
		s->fate = f->c->flags & CONN_GAP ? PHASE_LOST : PHASE_BEGAN_BEFORE;
	return s;
}

/* Whether in_ns[] is all the time that the connection spent in each of @states. */
static bool whole(const struct conn *c, __u32 states)
{
	return !(c->states_unknown & states);
}

static void put_life(struct fill *f, __u64 ts_ns)
{
	const struct conn *c = f->c;

	put(f, PHASE_LIFE, !(c->flags & (CONN_BEGAN_BEFORE | CONN_SINCE_UNKNOWN)),
	    ts_ns > c->born_ns ? ts_ns - c->born_ns : 0);
}

/*
 * SYN_SENT and SYN_RECV, before ESTABLISHED: connect on the side that sent the first SYN (both, if they
 * crossed).
 */
static void put_opening(struct fill *f)
{
	const struct conn *c = f->c;
	bool sent = c->states_seen & 1U << ST_SYN_SENT;

	if (sent)
		put(f, PHASE_CONNECT, whole(c, 1U << ST_SYN_SENT | 1U << ST_SYN_RECV),
		    c->in_ns[ST_SYN_SENT] + c->in_ns[ST_SYN_RECV]);
	else if (c->role == ROLE_CLIENT)
		put(f, PHASE_CONNECT, false, 0);	/* its SYN_SENT was not seen */
	else
		put(f, PHASE_HANDSHAKE, whole(c, 1U << ST_SYN_RECV), c->in_ns[ST_SYN_RECV]);
}

size_t phase_of(const struct transition *tr, struct phase_sample ret[PHASE_MAX])
{
	struct fill f = { .c = tr->conn, .s = ret };
	unsigned int phase = phase_of_state(tr->old_state);
	struct phase_sample *s;

	if (tr->old_state == ST_NONE || tr->old_state == tr->new_state)
		return 0;
	if (tr->new_state == ST_ESTABLISHED && (tr->old_state == ST_SYN_SENT || tr->old_state == ST_SYN_RECV))
		put_opening(&f);
	if (phase != PHASE_MAX) {
		s = put(&f, phase, tr->in_state_known, tr->in_state_ns);
		s->reconstructed = s->fate == PHASE_MEASURED &&
				   (tr->old_state == ST_TIME_WAIT ? tr->conn->flags & CONN_RECONSTRUCTED
								  : tr->marks & TR_RECONSTRUCTED);
	}
	if (tr->new_state == ST_CLOSE && tr->old_state != ST_LISTEN && tr->old_state != ST_CLOSE)
		put_life(&f, tr->ts_ns);
	return f.n;
}

bool phase_close(const struct conn *c, __u64 ts_ns, struct phase_sample *ret)
{
	struct fill f = { .c = c, .s = ret };
	__u64 ns = 0;
	unsigned int state;

	if (!(c->states_seen & CLOSING_STATES))
		return false;
	for (state = ST_ESTABLISHED; state <= ST_SHOWN; state++)
		if (CLOSING_STATES & 1U << state)
			ns += c->in_ns[state];
	/* Its minisock goes on in this state. */
	if (c->state != ST_CLOSE && ts_ns > c->since_ns)
		ns += ts_ns - c->since_ns;
	put(&f, PHASE_CLOSE, whole(c, CLOSING_STATES) && !(c->flags & CONN_SINCE_UNKNOWN), ns);
	return true;
}

size_t phase_past(const struct conn *c, __u64 ts_ns, struct phase_sample ret[PHASE_MAX])
{
	struct fill f = { .c = c, .s = ret };
	unsigned int state, phase;

	if ((c->states_seen & OPENING_STATES) && (c->states_seen & 1U << ST_ESTABLISHED))
		put_opening(&f);
	for (state = ST_ESTABLISHED; state <= ST_SHOWN; state++) {
		phase = phase_of_state(state);
		if (phase != PHASE_MAX && state != c->state && c->states_seen & 1U << state)
			put(&f, phase, whole(c, 1U << state), c->in_ns[state]);
	}
	if (phase_close(c, ts_ns, &ret[f.n]))
		f.n++;
	if (c->state == ST_CLOSE)
		put_life(&f, ts_ns);
	return f.n;
}

size_t phase_wire(const struct conn *c, struct phase_sample ret[2])
{
	const struct wire *w = c->wire;
	struct fill f = { .c = c, .s = ret };

	if (!w || !w->at_end)
		return 0;
	if (w->srtt_us)
		put(&f, PHASE_RTT, true, w->srtt_us * 1000ULL);
	if (w->min_rtt_us)
		put(&f, PHASE_MIN_RTT, true, w->min_rtt_us * 1000ULL);
	return f.n;
}

void phase_states(unsigned int phase, __u32 *ret_states, __u32 *ret_seen)
{
	unsigned int state;

	*ret_states = *ret_seen = 0;
	for (state = ST_ESTABLISHED; state <= ST_SHOWN; state++)
		if (phase_of_state(state) == phase)
			*ret_states = 1U << state;
	if (phase == PHASE_CONNECT || phase == PHASE_HANDSHAKE)
		*ret_states = OPENING_STATES;
	if (phase == PHASE_CONNECT)
		*ret_seen = 1U << ST_SYN_SENT;
	if (phase == PHASE_CLOSE)
		*ret_states = CLOSING_STATES;
	if (phase == PHASE_LIFE)
		*ret_states = ((2U << ST_SHOWN) - 1) & ~(1U << ST_LISTEN);
}

__u32 phase_now(const struct conn *c)
{
	unsigned int phase = phase_of_state(c->state);
	__u32 mask = phase != PHASE_MAX ? 1U << phase : 0;

	if (c->state == ST_SYN_SENT || (c->state == ST_SYN_RECV && c->role == ROLE_CLIENT))
		mask |= 1U << PHASE_CONNECT;
	else if (c->state == ST_SYN_RECV)
		mask |= 1U << PHASE_HANDSHAKE;
	if (CLOSING_STATES & 1U << c->state && !(c->flags & CONN_FULL_SOCK_GONE))
		mask |= 1U << PHASE_CLOSE;
	if (c->state != ST_NONE && c->state != ST_CLOSE && c->state != ST_LISTEN)
		mask |= 1U << PHASE_LIFE;
	return mask;
}
