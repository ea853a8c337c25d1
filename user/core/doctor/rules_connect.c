/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that never came to be. */
#include "core/doctor/facts.h"

/* Where a TIME_WAIT was taken over, the rule about that speaks. */
static bool on_new_ends(const struct facts *f, const struct conn *c)
{
	return !facts_took_over(f, c);
}

static bool crossed(const struct facts *f, const struct conn *c)
{
	const __u16 both = 1U << ST_SYN_SENT | 1U << ST_SYN_RECV;

	(void)f;
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
	{ .id = "connect-refused", .title = "nobody listens there", .on = ON_CLOSED, .by = BY_PROCESS_DEST, .sure = "measured", .warning = 3,
	  .critical = 10000, .ends = 1U << CLOSE_REFUSED, .cause = "{connections} connects were refused ({rate})",
	  .outlook = "what needs them does not work", .fix = fix_refused },
	{ .id = "connect-timeout", .title = "nobody answers there", .on = ON_CLOSED, .by = BY_PROCESS_DEST, .sure = "measured", .warning = 1,
	  .critical = 1000, .ends = 1U << CLOSE_CONNECT_TIMEOUT, .matches = on_new_ends,
	  .cause = "{connections} connects got no answer until tcp_syn_retries were over", .outlook = "each held a port and its caller for minutes",
	  .fix = fix_timeout, .dont = dont_timeout },
	{ .id = "connect-unreachable", .title = "no way there", .on = ON_CLOSED, .by = BY_PROCESS_DEST, .sure = "measured", .warning = 1,
	  .critical = 10000, .ends = 1U << CLOSE_UNREACHABLE, .cause = "{connections} connects failed: a router refused, or nobody has that address",
	  .outlook = "what needs them does not work", .fix = fix_route },
	{ .id = "simultaneous-open", .title = "both ends connected to each other", .on = ON_CLOSED, .by = BY_PROCESS, .sure = "measured", .info = 1,
	  .matches = crossed, .cause = "{connections} connections were opened from both ends at once, their SYNs crossed",
	  .outlook = "harmless where it is meant", .fix = fix_crossed },
};
RULES(rules_connect);
