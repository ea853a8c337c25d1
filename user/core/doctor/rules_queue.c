/* SPDX-License-Identifier: GPL-2.0-only */
/* Queues in front of accept(). */
#include <string.h>
#include "core/doctor/facts.h"

static void judge_half_open(const struct facts *f, const struct tally *t, struct finding *ret)
{
	rule_by_number(f, t, ret);
	finding_ev(ret, "syncookies", EV_COUNT, (double)facts_setting(f, t->subject.netns, TWT_SC_SYNCOOKIES, 1));
	finding_ev(ret, "max_syn_backlog", EV_COUNT, (double)facts_setting(f, t->subject.netns, TWT_SC_MAX_SYN_BACKLOG, 0));
}

static void about_listener(const struct facts *f, const struct listener *l, struct subject *s)
{
	const struct actor *a = l->n_owners ? actors_get(listeners_actors(f->listeners), l->owners[0].actor) : NULL;

	*s = (struct subject){ .has_listener = 1, .port = l->at->lport, .family = l->at->family, .netns = l->at->netns };
	memcpy(s->addr, l->at->laddr, sizeof(s->addr));
	if (!a)
		return;
	s->has_process = 1;
	s->tgid = a->tgid;
	s->start_ms = a->start_ms;
	s->cgroup = a->cgroup;
	memcpy(s->comm, a->comm, sizeof(a->comm));
}

static void forget_process(struct subject *s)
{
	s->has_process = 0;
	s->tgid = s->start_ms = 0;
	s->cgroup = 0;
	memset(s->comm, 0, sizeof(s->comm));
}

static bool is_full(const struct facts *f, const struct listener *l)
{
	return (l->full_looks || l->overflows) && facts_wants_listener(f, l);
}

/* Sockets of one address (SO_REUSEPORT): what is said of each is of the one that dropped most. */
struct group { const struct listener *worst; __u64 drops, overflows, oldest_ns; unsigned int full; bool one_process; };

static bool is_same_process(const struct listener *a, const struct listener *b)
{
	return a->n_owners && b->n_owners && a->owners[0].actor == b->owners[0].actor;
}

static void group_add(struct group *g, const struct listener *l)
{
	g->one_process = !g->worst || (g->one_process && is_same_process(g->worst, l));
	if (!g->worst || l->drops_seen > g->worst->drops_seen)
		g->worst = l;
	g->drops += l->drops_seen;
	g->overflows += l->overflows;
	g->oldest_ns = l->oldest_wait_ns > g->oldest_ns ? l->oldest_wait_ns : g->oldest_ns;
	g->full++;
}

static bool next_full(const struct facts *f, size_t *at, struct finding *ret)
{
	const struct listen_address *of;
	struct group g = { 0 };
	size_t i;

	if (*at >= f->n_doors)
		return false;
	i = (*at)++;
	of = f->doors[i]->at;
	if (!is_full(f, f->doors[i]))
		return true;
	for (size_t j = 0; of->sockets > 1 && j < i; j++)
		if (f->doors[j]->at == of && is_full(f, f->doors[j]))
			return true;	/* told with that one */
	for (; i < f->n_doors; i++) {
		if (f->doors[i]->at == of && is_full(f, f->doors[i]))
			group_add(&g, f->doors[i]);
		if (of->sockets <= 1)
			break;
	}
	ret->severity = g.drops >= 100 ? SEV_CRITICAL : SEV_WARNING;
	about_listener(f, g.worst, &ret->subject);
	if (!g.one_process)	/* it is the port's trouble, whichever of its workers */
		forget_process(&ret->subject);
	finding_ev(ret, "drops", EV_COUNT, (double)g.drops);
	finding_ev(ret, "waiting", EV_COUNT, g.worst->queue);
	finding_ev(ret, "most", EV_COUNT, g.worst->peak);
	finding_ev(ret, "room", EV_COUNT, g.worst->limit + 1.0);
	finding_ev(ret, "overflows", EV_COUNT, (double)g.overflows);
	finding_ev(ret, "oldest", EV_SECONDS, (double)g.oldest_ns / 1e9);
	finding_ev(ret, "somaxconn", EV_COUNT, g.worst->somaxconn);
	if (of->sockets > 1) {
		finding_ev(ret, "full_sockets", EV_COUNT, g.full);
		finding_ev(ret, "sockets", EV_COUNT, of->sockets);
	}
	return true;
}

/* Cookies are counted by namespace: it is one that a listener is in which passes the filters. */
static bool has_wanted_listener(const struct facts *f, __u32 netns)
{
	for (size_t i = 0; i < f->n_doors; i++)
		if (f->doors[i]->at->netns == netns && facts_wants_listener(f, f->doors[i]))
			return true;
	return false;
}

static bool next_cookies(const struct facts *f, size_t *at, struct finding *ret)
{
	__u64 sent, dropped;
	struct listen_counters c;

	if (!listeners_counters(f->listeners, at, &c))
		return false;
	sent = c.n[TWT_C_COOKIES_SENT - TWT_C_LISTEN_OVERFLOWS];
	dropped = c.n[TWT_C_REQQ_DROPS - TWT_C_LISTEN_OVERFLOWS];
	if (!c.known || !(sent || dropped) || !has_wanted_listener(f, c.netns))
		return true;
	ret->severity = sent + dropped >= 10000 ? SEV_CRITICAL : SEV_WARNING;
	ret->subject.netns = c.netns;
	finding_ev(ret, "cookies", EV_COUNT, (double)sent);
	finding_ev(ret, "dropped", EV_COUNT, (double)dropped);
	finding_ev(ret, "bad_answers", EV_COUNT, (double)c.n[TWT_C_COOKIES_FAILED - TWT_C_LISTEN_OVERFLOWS]);
	finding_ev(ret, "rate", EV_PER_S, (double)(sent + dropped) / facts_window_s(f));
	finding_ev(ret, "syncookies", EV_COUNT, (double)facts_setting(f, c.netns, TWT_SC_SYNCOOKIES, 1));
	return true;
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

const struct rule rules_queue[] = {
	{ .id = "syn-backlog", .title = "half-open connections pile up", .on = ON_HALF_OPEN, .by = BY_LPORT, .sure = "measured", .warning = 64,
	  .critical = 1024, .judge = judge_half_open,
	  .cause = "{half_open} connections stand half-open at this port: the SYN came, the last ACK of the handshake does not",
	  .outlook = "over the listener's backlog cookies are sent, or with tcp_syncookies=0 SYNs dropped", .fix = fix_halfopen, .dont = dont_halfopen },
	{ .id = "accept-queue-full", .title = "connections wait for accept(), and there is no more room", .on = ON_HOST, .by = BY_PROCESS_LPORT,
	  .sure = "measured", .each = next_full,
	  .cause = "{waiting} connections wait to be accepted, at most it were {most}, in a queue for {room}; {drops} SYNs or last ACKs were dropped",
	  .outlook = "clients wait a second or more for their next try, and time out in the end", .fix = fix_accept, .dont = dont_accept },
	{ .id = "syn-cookies", .title = "a queue of half-open connections is full", .on = ON_HOST, .by = BY_NETNS, .sure = "measured",
	  .each = next_cookies,
	  .cause = "{cookies} SYNs were answered by cookies and {dropped} dropped ({rate}), since a listener's backlog was full or tcp_syncookies is 2",
	  .outlook = "connections by cookie lose window scaling where there are no timestamps; dropped ones try again", .fix = fix_cookies,
	  .dont = dont_cookies },
};
RULES(rules_queue);
