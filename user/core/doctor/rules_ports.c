/* SPDX-License-Identifier: GPL-2.0-only */
/* Ephemeral ports: exhausted, or about to be. */
#include <math.h>
#include <string.h>
#include "core/doctor/facts.h"

static bool no_port(const struct facts *f, const struct conn *c, __u64 age_ns)
{
	(void)f;
	(void)age_ns;
	return c->close == CLOSE_NO_PORT;
}

/* The destination that is nearest to its end, unless it came there: then the rule above speaks. */
static void judge_running_out(const struct facts *f, const struct tally *t, struct finding *ret)
{
	const struct ports_row *r = NULL;

	(void)t;
	for (size_t i = 0; i < f->n_rows && !r; i++)
		if (f->rows[i]->has_range && !f->rows[i]->failed &&
		    (f->rows[i]->used_ratio >= 0.8 || (f->rows[i]->exhausted_in_s <= 600 && f->rows[i]->used_ratio >= 0.1)))
			r = f->rows[i];
	if (!r || f->closed[CLOSE_NO_PORT])
		return;
	ret->severity = r->exhausted_in_s <= 60 || r->used_ratio >= 0.95 ? SEV_CRITICAL : SEV_WARNING;
	ret->subject = (struct subject){ .has_dest = true, .port = r->rport, .family = r->family, .netns = r->netns };
	memcpy(ret->subject.addr, r->raddr, sizeof(r->raddr));
	if (r->n_top) {
		ret->subject.has_process = true;
		ret->subject.tgid = r->top[0].tgid;
		ret->subject.start_ms = r->top[0].start_ms;
		memcpy(ret->subject.comm, r->top[0].comm, sizeof(r->top[0].comm));
	}
	finding_ev(ret, "in_use", EV_COUNT, r->in_use);
	finding_ev(ret, "usable", EV_COUNT, r->usable);
	finding_ev(ret, "used", EV_PERCENT, r->used_ratio * 100);
	finding_ev(ret, "time_wait", EV_COUNT, r->time_wait);
	finding_ev(ret, "reusable", EV_COUNT, r->reusable);
	if (isfinite(r->exhausted_in_s))
		finding_ev(ret, "exhausted_in", EV_SECONDS, r->exhausted_in_s);
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
	{ "ports-exhausted", "no port left", ON_CLOSED, BY_PROCESS, "measured", 0, 0, 1, 0, NULL, no_port, NULL,
	  "{connections} connects failed with EADDRNOTAVAIL: no ephemeral port was left for their destination",
	  "every further one fails too, until ports come back", fix, dont, NULL },
	{ "ports-running-out", "ports run out", ON_HOST, BY_DEST, "measured", 0, 0, 0, 0, NULL, NULL, judge_running_out,
	  "{in_use} of {usable} ports ({used}) are taken, {time_wait} of them by TIME_WAITs",
	  "connect() gives EADDRNOTAVAIL when they are all taken", fix, dont, NULL },
};
RULES(rules_ports);
