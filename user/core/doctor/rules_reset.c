/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that end by a reset: whose, and why. */
#include <string.h>
#include "core/doctor/facts.h"
#include "core/text/addr.h"

static bool aborted(const struct conn *c, enum close_reason reason)
{
	return c->close == CLOSE_ABORT && c->reason == reason;
}

/* A process that ends leaves its sockets as they are: that is its end, not its habit. */
static bool by_exit(const struct facts *f, const struct conn *c)
{
	const struct actor *a = actors_get(tracker_actors(f->tracker), c->closer ? c->closer : c->owner);

	return a && a->exited;
}

static bool unread(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)age_ns;
	return aborted(c, REASON_UNREAD) && !by_exit(f, c);
}

static bool linger(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return aborted(c, REASON_LINGER);
}

static bool after_close(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)age_ns;
	/* For a FIN_WAIT2 that is a minisock already, the kernel answers for it. */
	return !by_exit(f, c) && (aborted(c, REASON_DATA_AFTER_CLOSE) ||
				  (c->tw_end == TW_END_RESET && !c->tw_start_ns && !(c->flags & CONN_RST_RCVD)));
}

static bool not_accepted(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return aborted(c, REASON_NOT_ACCEPTED);
}

static bool peer_gone(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return aborted(c, REASON_KEEPALIVE) || aborted(c, REASON_USER_TIMEOUT) || aborted(c, REASON_RETRANSMIT_TIMEOUT);
}

static bool memory(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return aborted(c, REASON_MEMORY);
}

/* Both ends on this host: the other one's rule says why. */
static bool local(const struct conn *c)
{
	static const __u8 one[16] = { [15] = 1 };

	return !memcmp(c->laddr, c->raddr, 16) || !memcmp(c->raddr, one, 16) || (addr_is_v4(c->raddr) && c->raddr[12] == 127);
}

static bool by_peer(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return c->close == CLOSE_RESET && !local(c);
}

static bool assassinated(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
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
	{ "reset-unread", "closed with data unread", ON_CLOSED, BY_PROCESS, "measured", 0, 10, 10000, 0.01, NULL, unread, NULL,
	  "{connections} connections ({share} of its) were closed with received data unread, which is told to the peer by a reset",
	  "the peer may lose what it has not read yet of the answer", fix_unread, dont_unread, NULL },
	{ "reset-linger", "closed by SO_LINGER 0", ON_CLOSED, BY_PROCESS, "measured", 0, 10, 10000, 0.01, NULL, linger, NULL,
	  "{connections} connections ({share} of its) were aborted by close() with SO_LINGER and a time of 0",
	  "no TIME_WAIT, and no guarantee that the last data arrived", fix_linger, dont_linger, NULL },
	{ "reset-data-after-close", "data came for a socket that was closed", ON_GONE, BY_PROCESS, "measured", 0, 5, 10000, 0.01, NULL,
	  after_close, NULL, "{connections} connections ({share} of its) got data after close() and answered with a reset",
	  "the peer sees an error in the middle of sending", fix_after, NULL, NULL },
	{ "reset-not-accepted", "closed before they were accepted", ON_CLOSED, BY_PROCESS, "measured", 0, 3, 10000, 0, NULL, not_accepted, NULL,
	  "{connections} connections were aborted in a listener's queue: it was closed before it accepted them", "clients see a reset", fix_not_accepted, NULL, NULL },
	{ "peer-gone", "the peer does not answer any more", ON_CLOSED, BY_DEST, "measured", 0, 1, 1000, 0, NULL, peer_gone, NULL,
	  "{connections} connections were given up, since nothing was acknowledged any more", "each held its data for minutes before that", fix_gone, dont_gone, NULL },
	{ "out-of-memory", "aborted for want of memory", ON_CLOSED, BY_HOST, "measured", 0, 1, 100, 0, NULL, memory, NULL,
	  "{connections} connections were aborted by the kernel for want of memory or because of too many orphans", "more will be", fix_memory, NULL, NULL },
	{ "reset-by-peer", "aborted by the peer", ON_CLOSED, BY_DEST, "measured", 0, 10, 10000, 0.1, NULL, by_peer, NULL,
	  "{connections} connections ({share} of those to it) were reset by the peer", "requests under way fail", fix_peer, NULL, NULL },
	{ "time-wait-reset", "resets end TIME_WAITs", ON_GONE, BY_PROCESS, "measured", 0, 5, 100000, 0, NULL, assassinated, NULL,
	  "{connections} TIME_WAITs were ended by a reset of the peer before their time",
	  "a late segment of the old connection can get into a new one on the same ports", fix_rfc1337, NULL, NULL },
};
RULES(rules_reset);
