/* SPDX-License-Identifier: GPL-2.0-only */
/* Ephemeral ports: exhausted, or about to be. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "core/doctor/facts.h"

/* bind() to port 0, without IP_BIND_ADDRESS_NO_PORT: for all destinations of that address. */
static bool none_to_bind(const struct twt_event *ev)
{
	return (ev->arg0 & TWT_CALL_WHICH) == TWT_CALL_BIND && ev->err == EADDRINUSE && !ev->lport;
}

/* Each destination that is near its end, unless it came there: then the rule above speaks. */
static bool next_running_out(const struct facts *f, size_t *at, struct finding *ret)
{
	const struct ports_row *r;

	if (*at >= f->n_rows)
		return false;
	r = f->rows[(*at)++];
	if (!r->has_range || r->failed_now || !(r->used_ratio >= 0.8 || (r->exhausted_in_s <= 600 && r->used_ratio >= 0.1)))
		return true;
	ret->severity = r->exhausted_in_s <= 60 || r->used_ratio >= 0.95 ? SEV_CRITICAL : SEV_WARNING;
	finding_about_ports(ret, r);
	finding_ev(ret, "in_use", EV_COUNT, r->in_use);
	finding_ev(ret, "usable", EV_COUNT, r->usable);
	finding_ev(ret, "used", EV_PERCENT, r->used_ratio * 100);
	finding_ev(ret, "time_wait", EV_COUNT, r->time_wait);
	finding_ev(ret, "reusable", EV_COUNT, r->reusable);
	if (isfinite(r->exhausted_in_s))
		finding_ev(ret, "exhausted_in", EV_SECONDS, r->exhausted_in_s);
	return true;
}

static const char *const fix[] = {
	"in the client: keep connections open and use them again (HTTP keep-alive, a pool)",
	"sysctl -w net.ipv4.tcp_tw_reuse=1 where it is this side that closes first, with timestamps at both ends",
	"sysctl -w net.ipv4.ip_local_port_range=\"10240 60999\" (not below ip_unprivileged_port_start, nor over ports that servers here use: "
	"net.ipv4.ip_local_reserved_ports)",
	"more destinations or source addresses: each pair has all ports of its own; clients that bind() an address need IP_BIND_ADDRESS_NO_PORT", NULL
};
static const char *const dont[] = {
	"tcp_fin_timeout does not shorten TIME_WAIT: its 60 s are a constant of the kernel",
	"tcp_tw_recycle is gone since Linux 4.12", NULL
};

const struct rule rules_ports[] = {
	{ .id = "ports-exhausted", .title = "no port left", .on = ON_CLOSED, .by = BY_PROCESS_DEST, .sure = "measured", .critical = 1,
	  .ends = 1U << CLOSE_NO_PORT, .calls = none_to_bind,
	  .cause = "{connections} calls failed (connect() with EADDRNOTAVAIL, bind() to port 0 with EADDRINUSE): no ephemeral port was left",
	  .outlook = "every further one fails too, until ports come back", .fix = fix, .dont = dont },
	{ .id = "ports-running-out", .title = "ports run out", .on = ON_HOST, .by = BY_DEST, .sure = "measured", .each = next_running_out,
	  .cause = "{in_use} of {usable} ports ({used}) are taken, {time_wait} of them by TIME_WAITs",
	  .outlook = "connect() gives EADDRNOTAVAIL when they are all taken", .fix = fix, .dont = dont },
};
RULES(rules_ports);
