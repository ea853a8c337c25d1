/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that never came to be. */
#include <stddef.h>
#include "core/doctor/rule.h"

static bool refused(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return c->close == CLOSE_REFUSED;
}

static bool timed_out(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return c->close == CLOSE_CONNECT_TIMEOUT;
}

static bool unreachable(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return c->close == CLOSE_UNREACHABLE;
}

static bool crossed(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	const __u16 both = 1U << ST_SYN_SENT | 1U << ST_SYN_RECV;

	(void)f;
	(void)age_ns;
	return (c->states_seen & both) == both;
}

static const char *const fix_refused[] = {
	"start the server, or correct the port: nothing listens there (a listener that is full is silent, it does not refuse)",
	"in the client: wait longer after each failure before trying again", NULL
};
static const char *const fix_timeout[] = {
	"look for the peer: nothing answers the SYN: a wrong address, a firewall that drops, a full accept queue",
	"in the client: a time limit for connect() of a few seconds, and another address to try", NULL
};
static const char *const dont_timeout[] = { "tcp_syn_retries below 3 gives up on peers that lost a single SYN twice", NULL };
static const char *const fix_route[] = { "ip route get ADDRESS says which route is missing, or which router says no", NULL };
static const char *const fix_crossed[] = {
	"nothing, where two peers are meant to connect to each other; else a program connected to its own port: an ephemeral port that "
	"is a server's port too. Put it into net.ipv4.ip_local_reserved_ports", NULL
};

const struct rule rules_connect[] = {
	{ "connect-refused", "nobody listens there", ON_CLOSED, BY_PROCESS_DEST, "measured", 0, 3, 10000, 0, NULL, refused, NULL,
	  "{connections} connects were refused ({rate})", "what needs them does not work", fix_refused, NULL, NULL },
	{ "connect-timeout", "nobody answers there", ON_CLOSED, BY_PROCESS_DEST, "measured", 0, 1, 1000, 0, NULL, timed_out, NULL,
	  "{connections} connects got no answer until tcp_syn_retries were over", "each held a port and its caller for minutes", fix_timeout, dont_timeout, NULL },
	{ "connect-unreachable", "no way there", ON_CLOSED, BY_PROCESS_DEST, "measured", 0, 1, 10000, 0, NULL, unreachable, NULL,
	  "{connections} connects failed: no route, or a router refused", "what needs them does not work", fix_route, NULL, NULL },
	{ "simultaneous-open", "both ends connected to each other", ON_CLOSED, BY_PROCESS, "measured", 1, 0, 0, 0, NULL, crossed, NULL,
	  "{connections} connections were opened from both ends at once, their SYNs crossed", "harmless where it is meant", fix_crossed, NULL, NULL },
};
RULES(rules_connect);
