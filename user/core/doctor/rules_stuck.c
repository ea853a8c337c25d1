/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets that stay where none should stay. */
#include "core/doctor/facts.h"

#define UNANSWERED 3	/* times that the same was sent: 1.4 s with the least time-out */

static bool minisock(const struct facts *f, const struct conn *c)
{
	(void)f;
	return c->flags & CONN_MINISOCK;
}

static bool full_socket(const struct facts *f, const struct conn *c)
{
	return !minisock(f, c);
}

static bool unanswered(const struct facts *f, const struct conn *c)
{
	return f->wires_are_new && c->wire && c->wire->unanswered >= UNANSWERED;
}

static bool without_keepalive(const struct conn *c)
{
	return c->wire && !(c->wire->flags & TWT_WIRE_KEEPALIVE);
}

static void judge_unanswered(const struct facts *f, const struct tally *t, struct finding *ret)
{
	rule_by_number(f, t, ret);
	finding_ev(ret, "without_keepalive", EV_COUNT, (double)t->also);
}

static const char *const fix_close_wait[] = {
	"in the program: close() the socket when read() returns 0 or an error, on every path, the error paths too",
	"find the path: twtrace conn -p PID, ss -tanp state close-wait; restarting the program frees them until it leaks again", NULL
};
static const char *const dont_close_wait[] = {
	"no sysctl ends a CLOSE_WAIT: keepalive, fin_timeout and tw_* do not touch it, since the kernel waits for the program", NULL
};
static const char *const fix_last_ack[] = {
	"look for the peer: it is gone, or a firewall between drops its ACKs (a stateful one forgets closed connections first)",
	"sysctl -w net.ipv4.tcp_orphan_retries=3 gives up sooner than the default of 8 tries, if they are so many that memory matters", NULL
};
static const char *const dont_last_ack[] = {
	"tcp_fin_timeout does nothing here: it is for FIN_WAIT2 of sockets that nobody holds", NULL
};
static const char *const fix_orphan[] = {
	"in the peer: it has our FIN and does not close; it has the CLOSE_WAITs",
	"sysctl -w net.ipv4.tcp_fin_timeout=15 ends these sooner: here, and only here, it matters", NULL
};
static const char *const dont_orphan[] = {
	"do not shorten it if the peer still sends data after our FIN: it would be answered by a reset", NULL
};
static const char *const fix_open[] = {
	"in the program: after shutdown(SHUT_WR), read until the end or set a time limit, then close()",
	"in the peer: it has our FIN and does not close", NULL
};
static const char *const dont_open[] = {
	"tcp_fin_timeout does nothing as long as the program holds the socket", NULL
};
static const char *const fix_hang[] = {
	"look for the peer: nothing answers the SYN, a firewall drops it, or its accept queue is full",
	"in the program: a time limit of its own for connect()", NULL
};
static const char *const dont_hang[] = {
	"do not raise tcp_syn_retries: it makes each attempt hold its port longer", NULL
};

static const char *const fix_unanswered[] = {
	"in the program: a time limit for answers, or TCP_USER_TIMEOUT; and SO_KEEPALIVE, without which an idle connection never learns that its peer is gone",
	"look for the peer and for what is between: a host that went away, a firewall or NAT that forgot the connection", NULL
};
static const char *const dont_unanswered[] = {
	"tcp_keepalive_time does nothing for sockets without SO_KEEPALIVE, nor while data waits for its ACK", NULL
};

const struct rule rules_stuck[] = {
	{ .id = "close-wait-leak", .title = "sockets that the peer closed and the program does not", .on = ON_LIVE, .by = BY_PROCESS, .sure = "measured",
	  .warning = 5, .critical = 500, .states = 1U << ST_CLOSE_WAIT,
	  .cause = "{sockets} sockets have been in CLOSE_WAIT for up to {oldest}, {new} of them came in this run: the peer closed, this program did not",
	  .outlook = "descriptors and memory run out; each also holds the peer in FIN_WAIT2", .fix = fix_close_wait, .dont = dont_close_wait },
	{ .id = "last-ack-stuck", .title = "the last ACK does not come", .on = ON_LIVE, .by = BY_DEST, .sure = "measured", .warning = 5, .critical = 5000,
	  .states = 1U << ST_LAST_ACK,
	  .cause = "{sockets} sockets have been in LAST_ACK for up to {oldest}: our FIN is sent again and again and nobody acknowledges it",
	  .outlook = "each goes after tcp_orphan_retries, up to a few minutes", .fix = fix_last_ack, .dont = dont_last_ack },
	{ .id = "fin-wait1-stuck", .title = "our FIN is not acknowledged", .on = ON_LIVE, .by = BY_DEST, .sure = "measured", .warning = 5, .critical = 5000,
	  .states = 1U << ST_FIN_WAIT1,
	  .cause = "{sockets} sockets have been in FIN_WAIT1 for up to {oldest}: the peer is gone, or does not read what is still in front of the FIN",
	  .outlook = "each holds its send buffer until tcp_orphan_retries are over", .fix = fix_last_ack, .dont = dont_last_ack },
	{ .id = "fin-wait2-orphans", .title = "the peer does not close", .on = ON_LIVE, .by = BY_PROCESS, .sure = "measured", .warning = 50, .critical = 20000,
	  .states = 1U << ST_FIN_WAIT2, .matches = minisock,
	  .cause = "{sockets} sockets that no program holds any more have been in FIN_WAIT2 for up to {oldest}: the peer does not send its FIN",
	  .outlook = "each holds its port until tcp_fin_timeout is over, then goes", .fix = fix_orphan, .dont = dont_orphan },
	{ .id = "fin-wait2-open", .title = "half-closed sockets that the program still holds", .on = ON_LIVE, .by = BY_PROCESS, .sure = "measured",
	  .warning = 10, .critical = 5000, .states = 1U << ST_FIN_WAIT2, .matches = full_socket,
	  .cause = "{sockets} sockets that the program still holds have been in FIN_WAIT2 for up to {oldest}: it has said that it sends no more, and waits",
	  .outlook = "nothing ends these but the program or the peer", .fix = fix_open, .dont = dont_open },
	{ .id = "connect-hangs", .title = "connections that nobody answers", .on = ON_LIVE, .by = BY_DEST, .sure = "measured", .warning = 3, .critical = 1000,
	  .states = 1U << ST_SYN_SENT, .cause = "{sockets} connections have been in SYN_SENT for up to {oldest}: their SYN is not answered",
	  .outlook = "each fails after tcp_syn_retries (two minutes), and holds a port until then", .fix = fix_hang, .dont = dont_hang },
	{ .id = "established-unanswered", .title = "established, and nobody answers any more", .on = ON_LIVE, .by = BY_PROCESS_DEST, .sure = "measured",
	  .warning = 3, .critical = 1000, .states = 1U << ST_ESTABLISHED, .matches = unanswered, .also = without_keepalive, .judge = judge_unanswered,
	  .cause = "on {sockets} connections the same segment or probe was sent three times or more and is not answered; {without_keepalive} of them have no "
	  "SO_KEEPALIVE", .outlook = "data goes out again for a quarter of an hour (tcp_retries2) before they are given up", .fix = fix_unanswered,
	  .dont = dont_unanswered },
};
RULES(rules_stuck);
