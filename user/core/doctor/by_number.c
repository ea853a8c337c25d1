/* SPDX-License-Identifier: GPL-2.0-only */
/* What most rules are judged by: how many there are, and which share of all that is. */
#include "core/doctor/facts.h"

void rule_by_number(const struct facts *f, const struct tally *t, struct finding *ret)
{
	const struct rule *r = t->rule;
	double share = t->of ? (double)t->n / (double)t->of : 1;

	if (share < r->min_share)
		return;
	ret->severity = r->critical && t->n >= r->critical ? SEV_CRITICAL : r->warning && t->n >= r->warning ? SEV_WARNING :
			r->info && t->n >= r->info ? SEV_INFO : SEV_NONE;
	if (r->on == ON_LIVE) {
		finding_ev(ret, "sockets", EV_COUNT, (double)t->n);
		finding_ev(ret, "new", EV_COUNT, (double)t->fresh);
		finding_ev(ret, "oldest", EV_SECONDS, (double)t->oldest_ns / 1e9);
		return;
	}
	finding_ev(ret, r->on == ON_HALF_OPEN ? "half_open" : r->on == ON_CALL ? "calls" : "connections", EV_COUNT, (double)t->n);
	if (r->min_share > 0)
		finding_ev(ret, "share", EV_PERCENT, share * 100);
	if (r->on != ON_HALF_OPEN)
		finding_ev(ret, "rate", EV_PER_S, (double)t->n / facts_window_s(f));
}
