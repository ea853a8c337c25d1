/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/hist/where.h"
#include "core/stats/hist/out.h"

/* What can take time. Those of the wire are the kernel's own measure, tcp_chrono_start() in net/ipv4/tcp_output.c. */
enum part {
	HANDSHAKE,	/* SYN_SENT: until the answer to our SYN */
	PEER_WINDOW,	/* there was something to send, and no room at the peer: its application did not read */
	SEND_BUFFER,	/* there was room at the peer, but all that the send buffer holds was on its way */
	UNDER_WAY,	/* the rest of the time with something unacknowledged */
	THIS_SIDE,	/* CLOSE_WAIT: the peer has closed, our application has not */
	OTHER_SIDE,	/* FIN_WAIT2: the other way round */
	NOTHING,	/* ESTABLISHED, and nothing of ours under way: one of the applications, and which is not known */
	PARTS
};

struct span { enum part part; __u64 ns; };

/* How long it was in @st so far. False: not at all, or that is not known. */
static bool time_in(const struct conn *c, unsigned int st, __u64 now_ns, __u64 *ret)
{
	__u64 now = c->state == st && now_ns > c->since_ns ? now_ns - c->since_ns : 0;

	if (c->states_unknown & 1U << st || (c->state == st && c->flags & CONN_SINCE_UNKNOWN))
		return false;
	*ret = c->in_ns[st] + now;
	return c->states_seen & 1U << st || c->state == st;
}

/* From its beginning to the end of its full socket, or now; 0: not known. */
static __u64 lasted(const struct conn *c, __u64 now_ns)
{
	static const __u8 states[] = { ST_SYN_SENT, ST_SYN_RECV, ST_ESTABLISHED, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_CLOSING, ST_CLOSE_WAIT, ST_LAST_ACK };
	__u64 sum = 0, ns;

	if (c->flags & CONN_BEGAN_BEFORE)
		return 0;
	for (size_t i = 0; i < sizeof(states); i++)
		if (time_in(c, states[i], now_ns, &ns))
			sum += ns;
	return sum;
}

static __u64 minus(__u64 a, __u64 b)
{
	return a > b ? a - b : 0;
}

static size_t measure(const struct conn *c, __u64 now_ns, struct span ret[PARTS])
{
	const struct wire *w = c->wire;
	size_t n = 0;
	__u64 ns;

	if (time_in(c, ST_SYN_SENT, now_ns, &ns))
		ret[n++] = (struct span){ HANDSHAKE, ns };
	if (time_in(c, ST_CLOSE_WAIT, now_ns, &ns))
		ret[n++] = (struct span){ THIS_SIDE, ns };
	if (time_in(c, ST_FIN_WAIT2, now_ns, &ns))
		ret[n++] = (struct span){ OTHER_SIDE, ns };
	if (!w)
		return n;
	ret[n++] = (struct span){ PEER_WINDOW, w->rwnd_limited_ns };
	ret[n++] = (struct span){ SEND_BUFFER, w->sndbuf_limited_ns };
	ret[n++] = (struct span){ UNDER_WAY, minus(w->busy_ns, w->rwnd_limited_ns + w->sndbuf_limited_ns) };
	/* What is known of a live one is as old as the last look at it. */
	if ((w->at_end || c->state != ST_ESTABLISHED) && time_in(c, ST_ESTABLISHED, now_ns, &ns))
		ret[n++] = (struct span){ NOTHING, minus(ns, w->busy_ns) };
	return n;
}

static void add_times(struct strbuf *b, unsigned int n)
{
	if (n == 1)
		strbuf_adds(b, "once");
	else
		strbuf_addf(b, n < 255 ? "%u times" : "more than %u times", n < 255 ? n : 254);
}

static void say_part(struct strbuf *b, const struct conn *c, const struct span *s)
{
	const struct wire *w = c->wire;
	bool again = w && w->syn_known && w->syn_retrans;

	switch (s->part) {
	case HANDSHAKE:
		strbuf_adds(b, again ? "for the handshake, whose SYN had to be sent again " : "for the handshake");
		if (again)
			add_times(b, w->syn_retrans);
		else if (w && w->syn_known)
			strbuf_adds(b, ", whose SYN was sent once");
		break;
	case PEER_WINDOW:
		strbuf_adds(b, "held up by the peer's window: the application there did not read");
		break;
	case SEND_BUFFER:
		strbuf_adds(b, "held up by this side's send buffer: a larger one would have sent more at once");
		break;
	case UNDER_WAY:
		strbuf_adds(b, "with data on the way or unacknowledged");
		if (w->retrans_segs > (w->syn_known ? w->syn_retrans : 0U)) {
			strbuf_adds(b, ", segments sent again ");
			add_times(b, w->retrans_segs - (w->syn_known ? w->syn_retrans : 0U));
		}
		break;
	case THIS_SIDE:
		strbuf_adds(b, "waiting for this side's application to close after the peer did");
		break;
	case OTHER_SIDE:
		strbuf_adds(b, "waiting for the other side to close after this one did");
		break;
	case NOTHING:
		strbuf_adds(b, "with nothing of this side's on the way: one of the applications took its time, or neither had anything to say");
		break;
	case PARTS:
		break;
	}
}

bool where_time_went(struct strbuf *b, const struct conn *c, __u64 now_ns)
{
	__u64 all = lasted(c, now_ns), least = all / 20 > WHERE_MIN_NS ? all / 20 : WHERE_MIN_NS;
	struct span spans[PARTS];
	size_t n = measure(c, now_ns, spans), i, k, said = 0;

	for (i = 1; i < n; i++) {
		struct span s = spans[i];

		for (k = i; k && spans[k - 1].ns < s.ns; k--)
			spans[k] = spans[k - 1];
		spans[k] = s;
	}
	for (i = 0; i < n && spans[i].ns >= least; i++) {
		if (!said++ && all) {
			strbuf_adds(b, "of ");
			hist_fmt(b, all, HIST_AUTO);
			strbuf_adds(b, ", ");
		} else if (said > 1) {
			strbuf_adds(b, "; ");
		}
		hist_fmt(b, spans[i].ns, HIST_AUTO);
		strbuf_addc(b, ' ');
		say_part(b, c, &spans[i]);
	}
	return said;
}
