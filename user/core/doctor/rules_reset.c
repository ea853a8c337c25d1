/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that end by a reset: whose, and why. */
#include "core/doctor/facts.h"

/* Of aborts by this host. */
#define ABORT(reason) .ends = 1U << CLOSE_ABORT, .reasons = 1U << (reason)

static bool after_close(const struct facts *f, const struct conn *c)
{
	(void)f;
	/* For a FIN_WAIT2 that is a minisock already, the kernel answers for it. */
	return (c->close == CLOSE_ABORT && c->reason == REASON_DATA_AFTER_CLOSE) ||
	       (c->tw_end == TW_END_RESET && !c->tw_start_ns && !(c->flags & CONN_RST_RCVD));
}

static bool remote(const struct facts *f, const struct conn *c)
{
	(void)f;
	return !facts_is_local(c);
}

static bool assassinated(const struct facts *f, const struct conn *c)
{
	(void)f;
	return c->tw_end == TW_END_RESET && c->tw_start_ns;
}

static const char *const fix_unread[] = {
	"in the program: read until the end before close(), or shutdown(SHUT_WR) and read what is left",
	"of an HTTP server: read the request's body, also where the answer is an error", NULL
};
static const char *const dont_unread[] = { "SO_LINGER does not help: the reset is for the unread data", NULL };
static const char *const fix_linger[] = {
	"in the program: leave SO_LINGER with time 0 away; if it is there to avoid TIME_WAIT, keep connections open instead", NULL
};
static const char *const dont_linger[] = {
	"do not use SO_LINGER 0 against TIME_WAIT: what was sent and not yet acknowledged is lost, and the peer sees an error", NULL
};
static const char *const fix_after[] = {
	"let the end that knows the protocol close first, and only after the other one has said that it is done (shutdown, read to the end, close)", NULL
};
static const char *const fix_not_accepted[] = {
	"a listener was closed with connections in its queue: hand it over (SO_REUSEPORT, systemd socket) or accept what waits before closing", NULL
};
static const char *const fix_gone[] = {
	"look for the peer and for what is between: a host that went away, a firewall or NAT that forgot the connection",
	"in the program: messages of its own that keep a connection alive, more often than the shortest timeout on the way", NULL
};
static const char *const dont_gone[] = { "tcp_retries2 below 8 gives up on peers that only had a short outage", NULL };
static const char *const fix_memory[] = { "more tcp_max_orphans or tcp_mem, if they are really meant to be that many: see dmesg", NULL };
static const char *const fix_peer[] = {
	"ask there: the peer aborts. Its logs, or twtrace closers and conn on that host, say which program and why", NULL
};
static const char *const fix_rfc1337[] = {
	"sysctl -w net.ipv4.tcp_rfc1337=1: a reset does not end a TIME_WAIT then (RFC 1337)",
	"in the peer: it sends a reset for a connection that is over, since data came after its close", NULL
};

const struct rule rules_reset[] = {
	{ .id = "reset-unread", .title = "closed with data unread", .on = ON_CLOSED, .by = BY_PROCESS, .sure = "measured", .warning = 10,
	  .critical = 10000, .min_share = 0.01, ABORT(REASON_UNREAD), .not_at_exit = true,
	  .cause = "{connections} connections ({share} of its) were closed with received data unread, which is told to the peer by a reset",
	  .outlook = "the peer may lose what it has not read yet of the answer", .fix = fix_unread, .dont = dont_unread },
	{ .id = "reset-linger", .title = "closed by SO_LINGER 0", .on = ON_CLOSED, .by = BY_PROCESS, .sure = "measured", .warning = 10,
	  .critical = 10000, .min_share = 0.01, ABORT(REASON_LINGER),
	  .cause = "{connections} connections ({share} of its) were aborted by close() with SO_LINGER and a time of 0",
	  .outlook = "no TIME_WAIT, and no guarantee that the last data arrived", .fix = fix_linger, .dont = dont_linger },
	{ .id = "reset-data-after-close", .title = "data came for a socket that was closed", .on = ON_GONE, .by = BY_PROCESS, .sure = "measured",
	  .warning = 5, .critical = 10000, .min_share = 0.01, .matches = after_close, .not_at_exit = true,
	  .cause = "{connections} connections ({share} of its) got data after close() and answered with a reset",
	  .outlook = "the peer sees an error in the middle of sending", .fix = fix_after },
	{ .id = "reset-not-accepted", .title = "closed before they were accepted", .on = ON_CLOSED, .by = BY_PROCESS, .sure = "measured", .warning = 3,
	  .critical = 10000, ABORT(REASON_NOT_ACCEPTED),
	  .cause = "{connections} connections were aborted in a listener's queue: it was closed before it accepted them",
	  .outlook = "clients see a reset", .fix = fix_not_accepted },
	{ .id = "peer-gone", .title = "the peer does not answer any more", .on = ON_CLOSED, .by = BY_DEST, .sure = "measured", .warning = 1,
	  .critical = 1000, .ends = 1U << CLOSE_ABORT, .reasons = 1U << REASON_KEEPALIVE | 1U << REASON_USER_TIMEOUT | 1U << REASON_RETRANSMIT_TIMEOUT,
	  .cause = "{connections} connections were given up, since nothing was acknowledged any more",
	  .outlook = "each held its data for minutes before that", .fix = fix_gone, .dont = dont_gone },
	{ .id = "out-of-memory", .title = "aborted for want of memory", .on = ON_CLOSED, .by = BY_HOST, .sure = "measured", .warning = 1,
	  .critical = 100, ABORT(REASON_MEMORY),
	  .cause = "{connections} connections were aborted by the kernel for want of memory or because of too many orphans",
	  .outlook = "more will be", .fix = fix_memory },
	{ .id = "reset-by-peer", .title = "aborted by the peer", .on = ON_CLOSED, .by = BY_DEST, .sure = "measured", .warning = 10,
	  .critical = 10000, .min_share = 0.1, .ends = 1U << CLOSE_RESET, .matches = remote,
	  .cause = "{connections} connections ({share} of those to it) were reset by the peer",
	  .outlook = "requests under way fail", .fix = fix_peer },
	{ .id = "time-wait-reset", .title = "resets end TIME_WAITs", .on = ON_GONE, .by = BY_PROCESS, .sure = "measured", .warning = 5,
	  .critical = 100000, .matches = assassinated,
	  .cause = "{connections} TIME_WAITs were ended by a reset of the peer before their time",
	  .outlook = "a late segment of the old connection can get into a new one on the same ports", .fix = fix_rfc1337 },
};
RULES(rules_reset);
