/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why these five by default: connect is what a client waits for before its first byte, established is the work itself (and
 * shows whether connections are kept alive), close is the exchange of FINs, close-wait the part of it that the
 * application owes, and time-wait is what holds ports and memory afterwards. handshake is left out: on the server it
 * lasts microseconds (see its help); the others are parts of these.
 */
#include "core/phase.h"

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
	[PHASE_CLOSE] = { "close", "first FIN until TIME_WAIT or the end",
		"first FIN (entry into FIN_WAIT1 or CLOSE_WAIT) until TIME_WAIT begins or the connection ends; FIN_WAIT2 counts "
		"also where a minisock spends it, TIME_WAIT does not" },
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
		*ret_mask = (1U << PHASE_MAX) - 1;
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

/* States between the first FIN and TIME_WAIT or the end. */
static bool is_closing(unsigned int state)
{
	return state == ST_FIN_WAIT1 || state == ST_FIN_WAIT2 || state == ST_CLOSING || state == ST_CLOSE_WAIT ||
	       state == ST_LAST_ACK;
}

static bool is_end(const struct transition *tr)
{
	return tr->new_state == ST_CLOSE && tr->old_state != ST_LISTEN && tr->old_state != ST_CLOSE &&
	       tr->old_state != ST_NONE;
}

/* A row of samples that is being filled for @tr. */
struct fill { const struct transition *tr; struct phase_sample *s; size_t n; };

static void put(struct fill *f, unsigned int phase, bool known, __u64 ns, bool reconstructed)
{
	struct phase_sample *s = &f->s[f->n++];
	bool lost = (f->tr->marks & TR_HEALED) || (!known && (f->tr->conn->flags & CONN_GAP));

	*s = (struct phase_sample){ .phase = (__u8)phase, .fate = PHASE_MEASURED };
	if (lost || !known)
		s->fate = lost ? PHASE_LOST : PHASE_BEGAN_BEFORE;
	else
		s->ns = ns;
	s->reconstructed = reconstructed && s->fate == PHASE_MEASURED;
}

/* From the first FIN on. Its state is known to have been entered in our time if it has a duration of its own. */
static void put_close(struct fill *f)
{
	const __u64 *in = f->tr->conn->in_ns;
	bool whole = (in[ST_FIN_WAIT1] || in[ST_CLOSE_WAIT]) && !(f->tr->conn->flags & CONN_GAP);

	put(f, PHASE_CLOSE, whole,
	    in[ST_FIN_WAIT1] + in[ST_FIN_WAIT2] + in[ST_CLOSING] + in[ST_CLOSE_WAIT] + in[ST_LAST_ACK],
	    f->tr->marks & TR_RECONSTRUCTED);
}

static void put_life(struct fill *f)
{
	const struct conn *c = f->tr->conn;

	put(f, PHASE_LIFE, !(c->flags & CONN_BEGAN_BEFORE), f->tr->ts_ns > c->born_ns ? f->tr->ts_ns - c->born_ns : 0, false);
}

/* SYN_SENT or SYN_RECV to ESTABLISHED: connect on the side that sent the first SYN (both, if they crossed). */
static void put_opening(struct fill *f)
{
	const struct transition *tr = f->tr;
	const struct conn *c = tr->conn;

	if (tr->old_state == ST_SYN_SENT)
		put(f, PHASE_CONNECT, tr->in_state_known, tr->in_state_ns, false);
	else if (c->in_ns[ST_SYN_SENT])
		put(f, PHASE_CONNECT, tr->in_state_known, c->in_ns[ST_SYN_SENT] + tr->in_state_ns, false);
	else if (c->role == ROLE_CLIENT)
		put(f, PHASE_CONNECT, false, 0, false);		/* its SYN_SENT was not seen */
	else
		put(f, PHASE_HANDSHAKE, tr->in_state_known, tr->in_state_ns, false);
}

static void put_state(struct fill *f)
{
	const struct transition *tr = f->tr;
	unsigned int phase = phase_of_state(tr->old_state);
	bool computed;

	if (phase == PHASE_MAX)
		return;
	computed = tr->old_state == ST_TIME_WAIT ? tr->conn->flags & CONN_RECONSTRUCTED : tr->marks & TR_RECONSTRUCTED;
	put(f, phase, tr->in_state_known, tr->in_state_ns, computed);
}

size_t phase_of(const struct transition *tr, struct phase_sample ret[PHASE_MAX])
{
	struct fill f = { .tr = tr, .s = ret };

	if (tr->old_state == ST_NONE || tr->old_state == tr->new_state)
		return 0;
	if (tr->new_state == ST_ESTABLISHED && (tr->old_state == ST_SYN_SENT || tr->old_state == ST_SYN_RECV))
		put_opening(&f);
	put_state(&f);
	if (is_closing(tr->old_state) && (tr->new_state == ST_TIME_WAIT || is_end(tr)))
		put_close(&f);
	if (is_end(tr))
		put_life(&f);
	return f.n;
}

/* All that is known of the states before this one; the phase that ends now is phase_of()'s. */
static void put_past(struct fill *f)
{
	const struct conn *c = f->tr->conn;
	unsigned int state, phase;

	if (c->in_ns[ST_ESTABLISHED] && c->in_ns[ST_SYN_SENT])
		put(f, PHASE_CONNECT, true, c->in_ns[ST_SYN_SENT] + c->in_ns[ST_SYN_RECV], false);
	else if (c->in_ns[ST_ESTABLISHED] && c->in_ns[ST_SYN_RECV])
		put(f, PHASE_HANDSHAKE, true, c->in_ns[ST_SYN_RECV], false);
	for (state = ST_ESTABLISHED; state <= ST_SHOWN; state++) {
		phase = phase_of_state(state);
		if (phase != PHASE_MAX && state != f->tr->old_state && c->in_ns[state])
			put(f, phase, true, c->in_ns[state], false);
	}
}

size_t phase_of_closed(const struct transition *tr, struct phase_sample ret[PHASE_MAX])
{
	struct phase_sample now[PHASE_MAX];
	struct fill f = { .tr = tr, .s = ret };
	size_t n, i;

	n = phase_of(tr, now);
	if (tr->old_state != ST_TIME_WAIT && (tr->new_state == ST_TIME_WAIT || is_end(tr))) {
		put_past(&f);
		for (i = 0; i < n; i++)
			ret[f.n++] = now[i];
		return f.n;
	}
	/* What has no duration does not wait: at the end nothing would tell of it. */
	for (i = 0; i < n; i++)
		if (tr->old_state == ST_TIME_WAIT || now[i].fate != PHASE_MEASURED)
			ret[f.n++] = now[i];
	return f.n;
}

__u32 phase_now(const struct conn *c)
{
	unsigned int phase = phase_of_state(c->state);
	__u32 mask = phase != PHASE_MAX ? 1U << phase : 0;

	if (c->state == ST_SYN_SENT || (c->state == ST_SYN_RECV && c->role == ROLE_CLIENT))
		mask |= 1U << PHASE_CONNECT;
	else if (c->state == ST_SYN_RECV)
		mask |= 1U << PHASE_HANDSHAKE;
	if (is_closing(c->state))
		mask |= 1U << PHASE_CLOSE;
	if (c->state != ST_NONE && c->state != ST_CLOSE && c->state != ST_LISTEN)
		mask |= 1U << PHASE_LIFE;
	return mask;
}
