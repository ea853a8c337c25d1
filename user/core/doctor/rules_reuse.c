/* SPDX-License-Identifier: GPL-2.0-only */
/* TIME_WAITs that connect() could take over, and cannot, or to no avail. */
#include "core/doctor/facts.h"
#include "core/text/addr.h"

#define MANY 100

/* A TIME_WAIT of a client that tcp_tw_reuse is meant for, and that has no timestamps: ours are off, or the peer's. */
static bool no_timestamps(const struct facts *f, const struct conn *c)
{
	__u64 mode = facts_setting(f, c->netns, TWT_SC_TW_REUSE, 2);

	return c->role == ROLE_CLIENT && c->flags & CONN_NO_TSTAMP && (mode == 1 || (mode == 2 && addr_is_loopback(c->raddr)));
}

static void judge_timestamps(const struct facts *f, const struct tally *t, struct finding *ret)
{
	if (t->n < MANY)
		return;
	ret->severity = SEV_WARNING;
	finding_ev(ret, "time_wait", EV_COUNT, (double)t->n);
	finding_ev(ret, "tw_reuse", EV_COUNT, (double)facts_setting(f, t->subject.netns, TWT_SC_TW_REUSE, 2));
	finding_ev(ret, "timestamps", EV_COUNT, (double)facts_setting(f, t->subject.netns, TWT_SC_TIMESTAMPS, 1));
}

/* The default of 2, where it matters: ports are short, and it is TIME_WAITs that have them. */
static bool next_loopback_only(const struct facts *f, size_t *at, struct finding *ret)
{
	const struct ports_row *r;

	if (*at >= f->n_rows)
		return false;
	r = f->rows[(*at)++];
	if (!r->has_range || r->any || r->time_wait < MANY || r->time_wait * 2 < r->usable || addr_is_loopback(r->raddr) ||
	    facts_setting(f, r->netns, TWT_SC_TW_REUSE, 0) != 2)
		return true;
	ret->severity = SEV_WARNING;
	finding_about_ports(ret, r);
	finding_ev(ret, "time_wait", EV_COUNT, r->time_wait);
	finding_ev(ret, "usable", EV_COUNT, r->usable);
	finding_ev(ret, "free", EV_COUNT, r->free);
	finding_ev(ret, "tw_reuse", EV_COUNT, 2);
	return true;
}

static const char *const fix_timestamps[] = {
	"sysctl -w net.ipv4.tcp_timestamps=1 (the default), here and at the peer: without timestamps no TIME_WAIT can be taken over, whatever tcp_tw_reuse says",
	"where both ends have it: something between takes the option out of SYNs", NULL
};

static const char *const fix_loopback[] = {
	"sysctl -w net.ipv4.tcp_tw_reuse=1: 2, the default, is for loopback only, and this destination is not on it",
	"in the client: keep connections open and use them again (HTTP keep-alive, a pool)", NULL
};
static const char *const fix_unanswered[] = {
	"look for a NAT or a firewall between, which still has the old connection: its time-outs after a close must not be longer than the time after which "
	"ports are used again",
	"a larger net.ipv4.tcp_tw_reuse_delay (6.14 and later), or tcp_tw_reuse=0, makes it a minute; a wider ip_local_port_range makes it seldom", NULL
};
static const char *const dont_unanswered[] = {
	"do not lower tcp_timestamps to 0 for it: that ends taking over altogether", NULL
};

const struct rule rules_reuse[] = {
	{ .id = "reuse-without-timestamps", .title = "tcp_tw_reuse cannot work", .on = ON_CLOSED, .by = BY_PROCESS_DEST, .sure = "measured",
	  .concerns = 1U << ST_TIME_WAIT,
	  .ends = 1U << CLOSE_ACTIVE | 1U << CLOSE_SIMULTANEOUS, .matches = no_timestamps, .judge = judge_timestamps,
	  .cause = "tcp_tw_reuse is {tw_reuse}, but these connections had no timestamps (tcp_timestamps is {timestamps} here): none of the {time_wait} "
	  "TIME_WAITs of this client can be taken over", .outlook = "ports come back after a minute only", .fix = fix_timestamps },
	{ .id = "reuse-loopback-only", .title = "tcp_tw_reuse is for loopback only", .on = ON_HOST, .by = BY_PROCESS_DEST, .sure = "inferred",
	  .concerns = 1U << ST_TIME_WAIT,
	  .each = next_loopback_only,
	  .cause = "TIME_WAITs have {time_wait} of {usable} ports to this destination, {free} are left; tcp_tw_reuse is 2, which does nothing off loopback",
	  .outlook = "ports come back after a minute only", .fix = fix_loopback },
	{ .id = "reuse-unanswered", .title = "ports that were taken over, and nobody answers", .on = ON_CLOSED, .by = BY_DEST, .sure = "inferred",
	  .warning = 1, .critical = 1000, .ends = 1U << CLOSE_CONNECT_TIMEOUT, .matches = facts_took_over,
	  .cause = "{connections} connects that took a TIME_WAIT's port over got no answer: a NAT or a firewall between still has the old connection, or the "
	  "peer is gone", .outlook = "each held its caller until tcp_syn_retries were over", .fix = fix_unanswered, .dont = dont_unanswered },
};
RULES(rules_reuse);
