/* SPDX-License-Identifier: GPL-2.0-only */
/* Half-open connections, and what we missed ourselves. */
#include <stddef.h>
#include "core/doctor/facts.h"

static void judge_halfopen(const struct facts *f, const struct tally *t, struct finding *ret)
{
	(void)t;
	if (f->halfopen_most < 64)
		return;
	ret->severity = f->halfopen_most >= 1024 ? SEV_CRITICAL : SEV_WARNING;
	ret->subject = (struct subject){ .has_listener = true, .port = f->halfopen_port, .netns = f->halfopen_netns };
	finding_ev(ret, "half_open", EV_COUNT, (double)f->halfopen_most);
	finding_ev(ret, "syncookies", EV_COUNT, (double)facts_setting(f, TWT_SC_SYNCOOKIES, 1));
	finding_ev(ret, "max_syn_backlog", EV_COUNT, (double)facts_setting(f, TWT_SC_MAX_SYN_BACKLOG, 0));
}

static void judge_lost(const struct facts *f, const struct tally *t, struct finding *ret)
{
	(void)t;
	if (!f->lost)
		return;
	ret->severity = SEV_WARNING;
	finding_ev(ret, "lost", EV_COUNT, (double)f->lost);
}

static const char *const fix_halfopen[] = {
	"if these are clients: their ACK does not come back; look for asymmetric routes and firewalls",
	"if it is a flood: keep net.ipv4.tcp_syncookies=1, and a larger backlog of listen() up to net.core.somaxconn", NULL
};
static const char *const dont_halfopen[] = {
	"tcp_max_syn_backlog does nothing as long as tcp_syncookies is 1",
	"tcp_syncookies=0 turns a flood into refused clients", NULL
};
static const char *const fix_lost[] = { "a larger --ring-size, or fewer connections: -N, -4, -6", NULL };

const struct rule rules_queue[] = {
	{ "syn-backlog", "half-open connections pile up", ON_HOST, BY_LPORT, "measured", 0, 0, 0, 0, NULL, NULL, judge_halfopen,
	  "{half_open} connections stand half-open at this port: the SYN came, the last ACK of the handshake does not",
	  "over the listener's backlog cookies are sent, or with tcp_syncookies=0 SYNs dropped", fix_halfopen, dont_halfopen, NULL },
};
RULES(rules_queue);

const struct rule rules_host[] = {
	{ "events-lost", "we did not see everything", ON_HOST, BY_HOST, "measured", 0, 0, 0, 0, NULL, NULL, judge_lost,
	  "{lost} events of ours were lost: numbers here are too low", "findings may be missing", fix_lost, NULL, NULL },
};
RULES(rules_host);
