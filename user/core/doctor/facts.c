/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/doctor/facts.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/addr.h"

/* Who is shown a connection does not ask each rule whether it looks at such. */
static void sort_rules(struct facts *f)
{
	size_t n[ON_HOST] = { 0 };

	for (const struct rule_family *fam = f->families; fam->rules; fam++) {
		for (size_t i = 0; i < *fam->n; i++) {
			const struct rule *r = &fam->rules[i];

			if (r->on < ON_HOST && n[r->on] + 1 < RULES_MAX)
				f->shown[r->on][n[r->on]++] = (struct shown_rule){ r, r->states ? r->states : ~0U, r->ends ? r->ends : ~0U, r->min_share > 0 };
		}
	}
}

struct facts *facts_new(const struct rule_family *families, const struct tracker *tracker, const struct filter *filter, const char *kernel)
{
	struct facts *f = calloc(1, sizeof(*f));
	unsigned int major, minor;

	if (!f)
		return NULL;
	f->families = families;
	sort_rules(f);
	f->tracker = tracker;
	f->filter[0] = filter;
	f->ports = ports_new(PORTS_BY_DEST);
	f->listeners = listeners_new();
	if (!f->ports || !f->listeners) {
		facts_free(f);
		return NULL;
	}
	if (sscanf(kernel, "%u.%u", &major, &minor) == 2 && major < 1000 && minor < 1000)
		f->kernel = major * 1000 + minor;
	return f;
}

void facts_free(struct facts *f)
{
	if (!f)
		return;
	ports_free(f->ports);
	listeners_free(f->listeners);
	tallies_free(&f->tallies);
	free(f->netns);
	free(f);
}

/* --- questions --- */

double facts_window_s(const struct facts *f)
{
	return f->now_ns > f->begin_ns ? (double)(f->now_ns - f->begin_ns) / 1e9 : 0.001;
}

__u64 facts_setting(const struct facts *f, __u32 netns, enum twt_sysctl which, __u64 missing)
{
	const struct port_params *pp = ports_params(f->ports, netns ? netns : f->settings_netns);

	return pp && pp->known >> which & 1 ? pp->value[which] : missing;
}

__u32 facts_range(const struct facts *f, __u32 netns)
{
	const struct port_params *pp = ports_params(f->ports, netns ? netns : f->settings_netns);

	return pp && port_params_usable(pp) ? pp->hi - pp->lo + 1U : 60999 - 32768 + 1;
}

bool facts_wants_listener(const struct facts *f, const struct listener *l)
{
	for (int i = 0; i < 2; i++)
		if (f->filter[i] && !listener_match(f->filter[i], l, listeners_actors(f->listeners)))
			return false;
	return true;
}

static bool wanted(const struct facts *f, const struct conn *c)
{
	return facts_wants(f, c, tracker_actors(f->tracker));
}

bool facts_is_local(const struct conn *c)
{
	return !memcmp(c->laddr, c->raddr, 16) || addr_is_loopback(c->raddr);
}

void finding_about_ports(struct finding *ret, const struct ports_row *r)
{
	ret->subject = (struct subject){ .has_dest = 1, .port = r->rport, .family = r->family, .netns = r->netns };
	memcpy(ret->subject.addr, r->any ? r->laddr : r->raddr, sizeof(r->raddr));
	if (!r->n_top)
		return;
	ret->subject.has_process = 1;
	ret->subject.tgid = r->top[0].tgid;
	ret->subject.start_ms = r->top[0].start_ms;
	ret->subject.cgroup = r->top[0].cgroup;
	memcpy(ret->subject.comm, r->top[0].comm, sizeof(r->top[0].comm));
}

/* Of its two ends: never 0. */
static __u64 ends_of(const struct conn *c)
{
	__u64 h = (__u64)c->netns << 32 | (__u64)c->lport << 16 | c->rport;

	for (size_t i = 0; i < 16; i++)
		h = ((h ^ c->laddr[i]) * 0x100000001b3ULL ^ c->raddr[i]) * 0x100000001b3ULL;
	return (h ^ h >> 31) | 1;
}

bool facts_took_over(const struct facts *f, const struct conn *c)
{
	__u64 ends = ends_of(c);

	return f->taken[ends / 2 % FACTS_TAKEN] == ends;
}

static struct bind_port *bind_of(struct facts *f, __u32 netns, __u32 port)
{
	for (size_t i = 0; i < f->n_binds; i++)
		if (f->binds[i].port == port && f->binds[i].netns == netns)
			return &f->binds[i];
	return NULL;
}

/* --- what the tracker tells --- */

/* A namespace that a wanted connection is in. */
static int see_netns(struct facts *f, __u32 netns)
{
	size_t i = f->n_netns;

	while (i && f->netns[i - 1] != netns)
		i--;
	if (i || f->n_netns == FACTS_NETNS)
		return 0;
	if (f->n_netns == f->cap_netns) {
		size_t cap = f->cap_netns ? f->cap_netns * 2 : 16;
		__u32 *grown = realloc(f->netns, cap * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		f->netns = grown;
		f->cap_netns = cap;
	}
	f->netns[f->n_netns++] = netns;
	return 0;
}

int facts_event(struct facts *f, const struct twt_event *ev)
{
	int err;

	if (!f->begin_ns)
		f->begin_ns = ev->ts_ns;
	if (ev->kind == TWT_SYSCTL && !f->settings_netns)
		f->settings_netns = ev->netns;
	if (ev->kind == TWT_CALL) {
		err = facts_call(f, ev);
		if (err)
			return err;
	}
	err = listeners_event(f->listeners, ev);
	return err ? err : ports_event(f->ports, ev);
}

int facts_accepted(struct facts *f, const struct conn *c, __u64 wait_ns, bool by_use)
{
	return listeners_accepted(f->listeners, c, wait_ns, by_use);
}

int facts_transition(struct facts *f, const struct transition *tr)
{
	int err = listeners_transition(f->listeners, tr, tracker_actors(f->tracker));

	if (err || f->no_ports)
		return err;
	return ports_transition(f->ports, tr, tracker_actors(f->tracker), wanted(f, tr->conn));
}

int facts_closed(struct facts *f, const struct conn *c, __u64 ts_ns)
{
	int err = f->no_ports ? 0 : ports_closed(f->ports, c, tracker_actors(f->tracker), ts_ns);

	if (err || !wanted(f, c))
		return err;
	f->now.closed[c->close]++;
	f->now.overflow += c->tw_end == TW_END_OVERFLOW;
	err = see_netns(f, c->netns);
	return err ? err : facts_count(f, ON_CLOSED, c, tracker_actors(f->tracker), 1, ts_ns);
}

int facts_gone(struct facts *f, const struct conn *c, __u64 ts_ns)
{
	int err = f->no_ports ? 0 : ports_gone(f->ports, c, tracker_actors(f->tracker), ts_ns);
	struct bind_port *b = bind_of(f, c->netns, c->lport);

	if (b) {
		b->listeners_gone += c->role == ROLE_LISTENER;
		b->time_waits_gone += c->tw_start_ns != 0;
	}
	if (c->tw_end == TW_END_REUSED)
		f->taken[ends_of(c) / 2 % FACTS_TAKEN] = ends_of(c);
	if (err || !wanted(f, c))
		return err;
	f->now.tw_ended[c->tw_end]++;
	f->now.fin_wait2_expired += c->tw_end == TW_END_EXPIRED && !c->tw_start_ns;
	return facts_count(f, ON_GONE, c, tracker_actors(f->tracker), 1, ts_ns);
}

/* --- a look at all that exists --- */

static int look(void *ctx, const struct conn *c)
{
	struct facts *f = ctx;
	bool want = wanted(f, c);
	int err = f->no_ports ? 0 : ports_look(f->ports, c, tracker_actors(f->tracker), want);
	struct bind_port *b = bind_of(f, c->netns, c->lport);

	if (b) {
		b->listeners += c->state == ST_LISTEN;
		b->time_waits += c->state == ST_TIME_WAIT;
		b->others += c->state != ST_LISTEN && c->state != ST_TIME_WAIT;
	}
	if (err || !want)
		return err;
	f->live[c->state]++;
	err = see_netns(f, c->netns);
	return err ? err : facts_count(f, ON_LIVE, c, tracker_actors(f->tracker), 1, f->now_ns);
}

static int look_half_open(void *ctx, __u32 netns, __u16 lport, __u64 n, const struct conn *listener)
{
	struct facts *f = ctx;
	const struct conn c = conn_half_open(netns, lport, listener);

	if (!wanted(f, &c))
		return 0;
	f->half_open_most = n > f->half_open_most ? n : f->half_open_most;
	return facts_count(f, ON_HALF_OPEN, &c, tracker_actors(f->tracker), n, f->now_ns);
}

static void add_sums(struct facts *f)
{
	for (int i = 0; i < CLOSE_KIND_MAX; i++)
		f->sum.closed[i] = f->now.closed[i] + f->before.closed[i];
	for (int i = 0; i < TW_END_MAX; i++)
		f->sum.tw_ended[i] = f->now.tw_ended[i] + f->before.tw_ended[i];
	f->sum.overflow = f->now.overflow + f->before.overflow;
	f->sum.fin_wait2_expired = f->now.fin_wait2_expired + f->before.fin_wait2_expired;
}

/* What ended is summed up; what exists is counted anew. */
static void begin_look(struct facts *f)
{
	add_sums(f);
	memset(f->live, 0, sizeof(f->live));
	f->half_open_most = 0;
	for (size_t i = 0; i < f->tallies.n; i++) {
		struct tally *t = &f->tallies.t[i];

		t->n = t->now.n + t->before.n;
		t->of = t->now.of + t->before.of;
		t->also = t->now.also + t->before.also;
		t->fresh = t->oldest_ns = 0;
	}
	for (size_t i = 0; i < f->n_binds; i++)
		f->binds[i].listeners = f->binds[i].time_waits = f->binds[i].others = 0;
}

static __u64 all_lost(const struct facts *f)
{
	__u64 lost[LOSS_MAX], sum = 0;

	tracker_losses(f->tracker, lost);
	for (int i = 0; i < LOSS_MAX; i++)
		sum += lost[i];
	return sum;
}

int facts_settle(struct facts *f, __u64 now_ns)
{
	__u64 since = f->rolled_ns ? f->rolled_ns : f->begin_ns;
	int err;

	f->now_ns = now_ns;
	begin_look(f);
	if (!f->no_ports)
		ports_look_begin(f->ports, now_ns);
	err = tracker_foreach(f->tracker, look, f);
	if (!err)
		err = tracker_foreach_halfopen(f->tracker, look_half_open, f);
	f->n_rows = 0;
	if (!err && !f->no_ports)
		err = ports_rows(f->ports, now_ns > since ? now_ns - since : 0, tracker_actors(f->tracker), &f->rows, &f->n_rows);
	listeners_interval(f->listeners);
	if (!err)
		err = listeners_rows(f->listeners, LISTENERS_BY_TROUBLE, &f->doors, &f->n_doors);
	f->lost = all_lost(f) - f->lost_before;
	return err;
}

/* --- the window --- */

static void forget_binds(struct facts *f)
{
	f->n_binds = 0;
	for (size_t i = 0; i < f->tallies.n; i++) {
		const struct subject *s = &f->tallies.t[i].subject;

		if (f->tallies.t[i].rule->on == ON_CALL && s->port && !facts_bind(f, s->netns, s->port) && f->n_binds < FACTS_BINDS)
			f->binds[f->n_binds++] = (struct bind_port){ .netns = s->netns, .port = (__u16)s->port };
	}
}

void facts_roll(struct facts *f, __u64 now_ns)
{
	f->begin_ns = f->rolled_ns ? f->rolled_ns : f->begin_ns;
	f->rolled_ns = now_ns;
	f->before = f->now;
	f->now = (struct facts_sums){ .overflow = 0 };
	for (size_t i = 0; i < f->tallies.n; i++) {
		f->tallies.t[i].before = f->tallies.t[i].now;
		f->tallies.t[i].now = (struct tally_part){ 0 };
	}
	tallies_compact(&f->tallies);
	f->tallies.left_out = 0;
	f->n_netns = 0;
	f->lost_before = all_lost(f);
	forget_binds(f);
	listeners_clear(f->listeners);
	ports_next(f->ports);
}

void facts_clear(struct facts *f, __u64 now_ns)
{
	facts_roll(f, now_ns);
	facts_roll(f, now_ns);
	f->rolled_ns = 0;
	f->begin_ns = now_ns;
}
