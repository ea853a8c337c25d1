/* SPDX-License-Identifier: GPL-2.0-only */
/* TIME_WAITs: when they cost something, and when they do not. */
#include <stddef.h>
#include "core/doctor/facts.h"

#define TW_S 60			/* TCP_TIMEWAIT_LEN: a constant of the kernel (include/net/tcp.h) */
#define MANY 1000		/* fewer are nobody's worry, and no rate */

static bool client(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return c->role == ROLE_CLIENT && c->close != CLOSE_REFUSED;
}

static bool closes_first(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	return client(f, c, age_ns) && (c->close == CLOSE_ACTIVE || c->close == CLOSE_SIMULTANEOUS);
}

static double ports(const struct facts *f)
{
	return f->settings.known >> TWT_SC_PORT_RANGE & 1 ? f->settings.hi - f->settings.lo + 1.0 : 28232;
}

static void judge_closes_first(const struct facts *f, const struct tally *t, struct finding *ret)
{
	double rate = (double)t->n / facts_window_s(f), share = (double)t->n / (double)(t->of ? t->of : 1), needed = rate * TW_S;

	if (t->n < MANY || share < 0.5)
		return;
	ret->severity = needed >= ports(f) ? SEV_CRITICAL : needed >= ports(f) / 4 ? SEV_WARNING : SEV_INFO;
	if (facts_window_s(f) < 10 && ret->severity == SEV_CRITICAL)
		ret->severity = SEV_WARNING;	/* it may have been a burst */
	finding_ev(ret, "connections", EV_COUNT, (double)t->n);
	finding_ev(ret, "share", EV_PERCENT, share * 100);
	finding_ev(ret, "rate", EV_PER_S, rate);
	finding_ev(ret, "time_waits_to_come", EV_COUNT, needed);
	finding_ev(ret, "ports", EV_COUNT, ports(f));
	finding_ev(ret, "limit", EV_PER_S, ports(f) / TW_S);
	finding_ev(ret, "tw_reuse", EV_COUNT, (double)facts_setting(f, TWT_SC_TW_REUSE, 2));
}

static __u64 overflowed(const struct facts *f)
{
	const struct totals *ts = tracker_totals(f->tracker);
	__u64 n = 0;

	for (size_t i = 0; i < ts->n; i++)
		n += ts->netns[i].tw_ended[TW_END_OVERFLOW];
	return n;
}

static void judge_overflow(const struct facts *f, const struct tally *t, struct finding *ret)
{
	__u64 n = overflowed(f);

	(void)t;
	if (!n)
		return;
	ret->severity = n >= 1000 ? SEV_CRITICAL : SEV_WARNING;
	finding_ev(ret, "connections", EV_COUNT, (double)n);
	finding_ev(ret, "limit", EV_COUNT, (double)facts_setting(f, TWT_SC_MAX_TW_BUCKETS, 0));
	finding_ev(ret, "time_wait", EV_COUNT, (double)f->live[ST_TIME_WAIT]);
}

/* The port rules speak where they cost ports; the table's, where it is full. */
static void judge_harmless(const struct facts *f, const struct tally *t, struct finding *ret)
{
	double most = 0;

	(void)t;
	for (size_t i = 0; i < f->n_rows; i++)
		if (f->rows[i]->has_range && f->rows[i]->used_ratio > most)
			most = f->rows[i]->used_ratio;
	if (f->live[ST_TIME_WAIT] < MANY || most >= 0.5 || overflowed(f))
		return;
	ret->severity = SEV_INFO;
	finding_ev(ret, "time_wait", EV_COUNT, (double)f->live[ST_TIME_WAIT]);
	finding_ev(ret, "most_ports_used", EV_PERCENT, most * 100);
	finding_ev(ret, "memory_mb", EV_COUNT, (double)f->live[ST_TIME_WAIT] * 280 / 1e6);
}

static void judge_timestamps(const struct facts *f, const struct tally *t, struct finding *ret)
{
	(void)t;
	if (facts_setting(f, TWT_SC_TIMESTAMPS, 1) || !facts_setting(f, TWT_SC_TW_REUSE, 2) || f->tw_by_client < 100)
		return;
	ret->severity = SEV_WARNING;
	finding_ev(ret, "time_wait", EV_COUNT, (double)f->tw_by_client);
	finding_ev(ret, "tw_reuse", EV_COUNT, (double)facts_setting(f, TWT_SC_TW_REUSE, 2));
	finding_ev(ret, "timestamps", EV_COUNT, 0);
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
static const char *const fix_timestamps[] = {
	"sysctl -w net.ipv4.tcp_timestamps=1 (the default): without timestamps no TIME_WAIT can be taken over, whatever tcp_tw_reuse says", NULL
};

const struct rule rules_time_wait[] = {
	{ "time-wait-client", "a client that closes first each time", ON_CLOSED, BY_PROCESS_DEST, "measured", 0, 0, 0, 0.5, client,
	  closes_first, judge_closes_first,
	  "it opened {rate} connections and closed {share} of them first: {connections} TIME_WAITs in this run",
	  "at this rate {time_waits_to_come} TIME_WAITs stand at a time; one destination has {ports} ports, which is {limit}", fix_first, dont_first, NULL },
	{ "time-wait-overflow", "the table of TIME_WAITs is full", ON_HOST, BY_HOST, "measured", 0, 0, 0, 0, NULL, NULL, judge_overflow,
	  "{connections} connections closed without a TIME_WAIT, since tcp_max_tw_buckets ({limit}) were taken",
	  "late segments of those are answered by resets, or get into new connections on the same ports", fix_overflow, dont_overflow, NULL },
	{ "time-wait-harmless", "TIME_WAITs that hinder nobody", ON_HOST, BY_HOST, "measured", 0, 0, 0, 0, NULL, NULL, judge_harmless,
	  "{time_wait} TIME_WAITs, none of them in anybody's way: no destination has more than {most_ports_used} of its ports taken",
	  "each goes after a minute, and costs 280 bytes until then", fix_harmless, dont_harmless, "time-wait-client" },
	{ "reuse-without-timestamps", "tcp_tw_reuse cannot work", ON_HOST, BY_HOST, "inferred", 0, 0, 0, 0, NULL, NULL, judge_timestamps,
	  "tcp_tw_reuse is {tw_reuse}, but tcp_timestamps is 0: none of the {time_wait} TIME_WAITs of clients in this run can be taken over",
	  "ports come back after a minute only", fix_timestamps, NULL, NULL },
};
RULES(rules_time_wait);
