/* SPDX-License-Identifier: GPL-2.0-only */
/* Half-open connections, and what we missed ourselves. */
#include <string.h>
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

/* The one that dropped most of those whose queue was full. */
static void judge_accept(const struct facts *f, const struct tally *t, struct finding *ret)
{
	const struct actor *a;
	const struct listener *l = NULL;

	(void)t;
	for (size_t i = 0; i < f->n_doors; i++) {
		const struct listener *d = f->doors[i];

		if ((d->full_looks || d->overflows) && listener_match(f->filter, d, listeners_actors(f->listeners)) &&
		    (!l || d->drops_seen > l->drops_seen))
			l = d;
	}
	if (!l)
		return;
	ret->severity = l->drops_seen >= 100 ? SEV_CRITICAL : SEV_WARNING;
	ret->subject = (struct subject){ .has_listener = true, .port = l->at->lport, .family = l->at->family, .netns = l->at->netns };
	a = l->n_owners ? actors_get(listeners_actors(f->listeners), l->owners[0].actor) : NULL;
	if (a) {
		ret->subject.has_process = true;
		ret->subject.tgid = a->tgid;
		ret->subject.start_ms = a->start_ms;
		memcpy(ret->subject.comm, a->comm, sizeof(a->comm));
	}
	finding_ev(ret, "waiting", EV_COUNT, l->queue);
	finding_ev(ret, "most", EV_COUNT, l->peak);
	finding_ev(ret, "room", EV_COUNT, l->limit + 1.0);
	finding_ev(ret, "drops", EV_COUNT, (double)l->drops_seen);
	finding_ev(ret, "overflows", EV_COUNT, (double)l->overflows);
	finding_ev(ret, "oldest", EV_SECONDS, (double)l->oldest_wait_ns / 1e9);
	finding_ev(ret, "somaxconn", EV_COUNT, l->somaxconn);
}

static void judge_cookies(const struct facts *f, const struct tally *t, struct finding *ret)
{
	__u64 sent = 0, dropped = 0, failed = 0;
	struct listen_counters c;
	size_t at = 0;

	(void)t;
	while (listeners_counters(f->listeners, &at, &c)) {
		if (!c.known)
			continue;
		sent += c.n[TWT_C_COOKIES_SENT - TWT_C_LISTEN_OVERFLOWS];
		dropped += c.n[TWT_C_REQQ_DROPS - TWT_C_LISTEN_OVERFLOWS];
		failed += c.n[TWT_C_COOKIES_FAILED - TWT_C_LISTEN_OVERFLOWS];
	}
	if (!sent && !dropped)
		return;
	ret->severity = sent + dropped >= 10000 ? SEV_CRITICAL : SEV_WARNING;
	finding_ev(ret, "cookies", EV_COUNT, (double)sent);
	finding_ev(ret, "dropped", EV_COUNT, (double)dropped);
	finding_ev(ret, "bad_answers", EV_COUNT, (double)failed);
	finding_ev(ret, "rate", EV_PER_S, (double)(sent + dropped) / facts_window_s(f));
	finding_ev(ret, "syncookies", EV_COUNT, (double)facts_setting(f, TWT_SC_SYNCOOKIES, 1));
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
static const char *const fix_accept[] = {
	"in the program: accept faster (a thread that does nothing else, more workers, SO_REUSEPORT)",
	"a longer queue, where it is a burst: the backlog of listen(), of which net.core.somaxconn is the cap; restart or listen() again to take it", NULL
};
static const char *const dont_accept[] = {
	"tcp_abort_on_overflow=1 turns the burst into errors, and does nothing for dropped SYNs",
	"tcp_max_syn_backlog is another queue", NULL
};
static const char *const fix_cookies[] = {
	"in normal load: a larger backlog of listen(), up to net.core.somaxconn",
	"in a flood: keep net.ipv4.tcp_syncookies=1: it is what lets clients in", NULL
};
static const char *const dont_cookies[] = { "tcp_syncookies=0 would drop them instead", NULL };
static const char *const fix_lost[] = { "a larger --ring-size, or fewer connections: -N, -4, -6", NULL };

const struct rule rules_queue[] = {
	{ "syn-backlog", "half-open connections pile up", ON_HOST, BY_LPORT, "measured", 0, 0, 0, 0, NULL, NULL, judge_halfopen,
	  "{half_open} connections stand half-open at this port: the SYN came, the last ACK of the handshake does not",
	  "over the listener's backlog cookies are sent, or with tcp_syncookies=0 SYNs dropped", fix_halfopen, dont_halfopen, NULL },
	{ "accept-queue-full", "connections wait for accept(), and there is no more room", ON_HOST, BY_LPORT, "measured", 0, 0, 0, 0, NULL, NULL,
	  judge_accept, "{waiting} connections wait to be accepted, at most it were {most}, in a queue for {room}; {drops} SYNs or last ACKs were dropped",
	  "clients wait a second or more for their next try, and time out in the end", fix_accept, dont_accept, NULL },
	{ "syn-cookies", "a queue of half-open connections is full", ON_HOST, BY_HOST, "measured", 0, 0, 0, 0, NULL, NULL, judge_cookies,
	  "{cookies} SYNs were answered by cookies and {dropped} dropped ({rate}), since a listener's backlog was full or tcp_syncookies is 2",
	  "connections by cookie lose window scaling where there are no timestamps; dropped ones try again", fix_cookies, dont_cookies, NULL },
};
RULES(rules_queue);

const struct rule rules_host[] = {
	{ "events-lost", "we did not see everything", ON_HOST, BY_HOST, "measured", 0, 0, 0, 0, NULL, NULL, judge_lost,
	  "{lost} events of ours were lost: numbers here are too low", "findings may be missing", fix_lost, NULL, NULL },
};
RULES(rules_host);
