/* SPDX-License-Identifier: GPL-2.0-only */
/* TIME_WAITs: when they cost something, and when they do not. */
#include "core/doctor/facts.h"

#define TW_S 60			/* TCP_TIMEWAIT_LEN: a constant of the kernel (include/net/tcp.h) */
#define MANY 1000		/* fewer are nobody's worry, and no rate */

static bool client(const struct facts *f, const struct conn *c)
{
	(void)f;
	return c->role == ROLE_CLIENT && c->close != CLOSE_REFUSED;
}

static bool overflowed(const struct facts *f, const struct conn *c)
{
	(void)f;
	return c->tw_end == TW_END_OVERFLOW;
}

static void judge_closes_first(const struct facts *f, const struct tally *t, struct finding *ret)
{
	double rate = (double)t->n / facts_window_s(f), share = (double)t->n / (double)(t->of ? t->of : 1), needed = rate * TW_S;
	double ports = facts_range(f, t->subject.netns);

	if (t->n < MANY || share < t->rule->min_share)
		return;
	ret->severity = needed >= ports ? SEV_CRITICAL : needed >= ports / 4 ? SEV_WARNING : SEV_INFO;
	if (facts_window_s(f) < 10 && ret->severity == SEV_CRITICAL)
		ret->severity = SEV_WARNING;	/* it may have been a burst */
	finding_ev(ret, "connections", EV_COUNT, (double)t->n);
	finding_ev(ret, "share", EV_PERCENT, share * 100);
	finding_ev(ret, "rate", EV_PER_S, rate);
	finding_ev(ret, "time_waits_to_come", EV_COUNT, needed);
	finding_ev(ret, "ports", EV_COUNT, ports);
	finding_ev(ret, "limit", EV_PER_S, ports / TW_S);
	finding_ev(ret, "tw_reuse", EV_COUNT, (double)facts_setting(f, t->subject.netns, TWT_SC_TW_REUSE, 2));
}

static void judge_overflow(const struct facts *f, const struct tally *t, struct finding *ret)
{
	ret->severity = t->n >= 1000 ? SEV_CRITICAL : SEV_WARNING;
	finding_ev(ret, "connections", EV_COUNT, (double)t->n);
	finding_ev(ret, "limit", EV_COUNT, (double)facts_setting(f, t->subject.netns, TWT_SC_MAX_TW_BUCKETS, 0));
	finding_ev(ret, "time_wait", EV_COUNT, (double)f->live[ST_TIME_WAIT]);
}

/* The port rules speak where they cost ports; the table's, where it is full. */
static bool next_harmless(const struct facts *f, size_t *at, struct finding *ret)
{
	double most = 0;

	if ((*at)++)
		return false;
	for (size_t i = 0; i < f->n_rows; i++)
		if (f->rows[i]->has_range && f->rows[i]->used_ratio > most)
			most = f->rows[i]->used_ratio;
	if (f->no_ports || f->live[ST_TIME_WAIT] < MANY || most >= 0.5 || f->sum.overflow)
		return true;
	ret->severity = SEV_INFO;
	finding_ev(ret, "time_wait", EV_COUNT, (double)f->live[ST_TIME_WAIT]);
	finding_ev(ret, "most_ports_used", EV_PERCENT, most * 100);
	finding_ev(ret, "memory_mb", EV_COUNT, (double)f->live[ST_TIME_WAIT] * 280 / 1e6);
	return true;
}

static const char *const fix_first[] = {
	"in the client: keep connections open and use them again (HTTP keep-alive, a pool); one connection for each request costs a port for a minute",
	"let the server close first: its TIME_WAIT is on a port that it listens on, and costs no port",
	"sysctl -w net.ipv4.tcp_tw_reuse=1 lets connect() take over own TIME_WAITs after a second (needs timestamps at both ends; 2 is loopback only)",
	"more addresses: each source address, and each destination address or port, has all ports of its own", NULL
};
static const char *const dont_first[] = {
	"tcp_fin_timeout does nothing for TIME_WAIT: its 60 s are a constant of the kernel",
	"tcp_tw_recycle is gone since Linux 4.12: it broke clients behind NAT",
	"a lower tcp_max_tw_buckets drops TIME_WAITs, and with them their protection", NULL
};
static const char *const fix_overflow[] = {
	"sysctl -w net.ipv4.tcp_max_tw_buckets=262144: a TIME_WAIT costs about 280 bytes",
	"fewer of them: keep-alive, or let the other end close first", NULL
};
static const char *const dont_overflow[] = {
	"do not take the silence for health: TCP says nothing in dmesg since long ago; only TCPTimeWaitOverflow in nstat moves", NULL
};
static const char *const dont_harmless[] = {
	"no sysctl is needed; fewer TIME_WAITs would not make anything faster", NULL
};
static const char *const fix_harmless[] = { "leave them", NULL };

const struct rule rules_time_wait[] = {
	{ .id = "time-wait-client", .title = "a client that closes first each time", .on = ON_CLOSED, .by = BY_PROCESS_DEST, .sure = "measured",
	  .concerns = 1U << ST_TIME_WAIT,
	  .min_share = 0.5, .ends = 1U << CLOSE_ACTIVE | 1U << CLOSE_SIMULTANEOUS, .matches = client, .counts = client, .judge = judge_closes_first,
	  .cause = "it opened {rate} connections and closed {share} of them first: {connections} TIME_WAITs in this run",
	  .outlook = "at this rate {time_waits_to_come} TIME_WAITs stand at a time; one destination has {ports} ports, which is {limit}",
	  .fix = fix_first, .dont = dont_first },
	{ .id = "time-wait-overflow", .title = "the table of TIME_WAITs is full", .on = ON_CLOSED, .by = BY_NETNS, .sure = "measured",
	  .concerns = 1U << ST_TIME_WAIT,
	  .matches = overflowed, .judge = judge_overflow,
	  .cause = "{connections} connections closed without a TIME_WAIT, since tcp_max_tw_buckets ({limit}) were taken",
	  .outlook = "late segments of those are answered by resets, or get into new connections on the same ports",
	  .fix = fix_overflow, .dont = dont_overflow },
	{ .id = "time-wait-harmless", .title = "TIME_WAITs that hinder nobody", .on = ON_HOST, .by = BY_HOST, .sure = "measured", .each = next_harmless,
	  .concerns = 1U << ST_TIME_WAIT,
	  .cause = "{time_wait} TIME_WAITs, none of them in anybody's way: no destination has more than {most_ports_used} of its ports taken",
	  .outlook = "each goes after a minute, and costs 280 bytes until then", .fix = fix_harmless, .dont = dont_harmless, .unless = "time-wait-client" },
};
RULES(rules_time_wait);
