/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in the way of whole hosts: the firewall's table, and what we missed ourselves. */
#include "core/doctor/facts.h"

#define TW_S 60			/* as in rules_time_wait.c */
#define FEW 1000		/* entries that are nobody's worry */

/* The firewall's entries in a namespace that wanted connections are in; false: not known there. */
static bool conntrack_of(const struct facts *f, __u32 netns, double *ret_entries, double *ret_max)
{
	*ret_entries = (double)facts_setting(f, netns, TWT_SC_CONNTRACK_COUNT, 0);
	*ret_max = (double)facts_setting(f, netns, TWT_SC_CONNTRACK_MAX, 0);
	return *ret_entries > 0 && *ret_max > 0;
}

static bool next_conntrack_full(const struct facts *f, size_t *at, struct finding *ret)
{
	double n, max;

	if (*at >= f->n_netns)
		return false;
	ret->subject.netns = f->netns[(*at)++];
	if (!conntrack_of(f, ret->subject.netns, &n, &max) || n < max * 0.8)
		return true;
	ret->severity = n >= max * 0.95 ? SEV_CRITICAL : SEV_WARNING;
	finding_ev(ret, "entries", EV_COUNT, n);
	finding_ev(ret, "max", EV_COUNT, max);
	finding_ev(ret, "used", EV_PERCENT, n / max * 100);
	return true;
}

static bool next_conntrack_time_wait(const struct facts *f, size_t *at, struct finding *ret)
{
	double n, max, timeout;

	if (*at >= f->n_netns)
		return false;
	ret->subject.netns = f->netns[(*at)++];
	timeout = (double)facts_setting(f, ret->subject.netns, TWT_SC_CONNTRACK_TIME_WAIT, 0);
	if (!conntrack_of(f, ret->subject.netns, &n, &max) || timeout <= TW_S || (n < FEW && n < max / 4))
		return true;
	ret->severity = n >= max / 2 ? SEV_WARNING : SEV_INFO;
	finding_ev(ret, "timeout", EV_SECONDS, timeout);
	finding_ev(ret, "entries", EV_COUNT, n);
	finding_ev(ret, "max", EV_COUNT, max);
	finding_ev(ret, "used", EV_PERCENT, n / max * 100);
	return true;
}

static bool next_lost(const struct facts *f, size_t *at, struct finding *ret)
{
	if ((*at)++)
		return false;
	ret->severity = f->lost ? SEV_WARNING : SEV_NONE;
	finding_ev(ret, "lost", EV_COUNT, (double)f->lost);
	return true;
}

static const char *const fix_conntrack[] = {
	"sysctl -w net.netfilter.nf_conntrack_max=262144, or more: an entry costs about 300 bytes; it is one value for all namespaces, the count is each one's",
	"do not track what needs no tracking: notrack rules for the busy ports", NULL
};
static const char *const dont_conntrack[] = { "tcp_max_tw_buckets and tcp_fin_timeout change no entry of the firewall's", NULL };
static const char *const fix_timeout[] = {
	"sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=60: the sockets' own TIME_WAIT is over then", NULL
};
static const char *const dont_timeout[] = {
	"much less than 60 s: late segments of a connection that is closed are taken for strangers", NULL
};
static const char *const fix_lost[] = { "a larger --ring-size, or fewer connections: -N, -4, -6", NULL };

const struct rule rules_host[] = {
	{ .id = "conntrack-full", .title = "the firewall's table is nearly full", .on = ON_HOST, .by = BY_NETNS, .sure = "measured",
	  .each = next_conntrack_full, .cause = "{entries} of {max} entries of the firewall's table ({used}) are taken",
	  .outlook = "when they all are, it drops what is new: SYNs go unanswered, and dmesg says \"nf_conntrack: table full\"",
	  .fix = fix_conntrack, .dont = dont_conntrack },
	{ .id = "conntrack-time-wait", .title = "the firewall remembers longer than TIME_WAIT", .on = ON_HOST, .by = BY_NETNS, .sure = "measured",
	  .each = next_conntrack_time_wait,
	  .cause = "closed connections stay in the firewall's table for {timeout}, longer than the 60 s of a TIME_WAIT; {entries} of {max} entries are taken",
	  .outlook = "the table fills up sooner than it must", .fix = fix_timeout, .dont = dont_timeout, .unless = "conntrack-full" },
	{ .id = "events-lost", .title = "we did not see everything", .on = ON_HOST, .by = BY_HOST, .sure = "measured", .each = next_lost,
	  .cause = "{lost} events of ours were lost: numbers here are too low", .outlook = "findings may be missing", .fix = fix_lost },
};
RULES(rules_host);
