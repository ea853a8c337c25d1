/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/doctor/facts.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct facts *facts_new(const struct rule_family *families, const struct tracker *tracker, const struct filter *filter, const char *kernel)
{
	struct facts *f = calloc(1, sizeof(*f));
	unsigned int major, minor;

	if (!f)
		return NULL;
	f->families = families;
	f->tracker = tracker;
	f->filter = filter;
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
	free(f->tallies);
	free(f->slots);
	free(f);
}

double facts_window_s(const struct facts *f)
{
	return f->now_ns > f->begin_ns ? (double)(f->now_ns - f->begin_ns) / 1e9 : 0.001;
}

__u64 facts_setting(const struct facts *f, enum twt_sysctl which, __u64 missing)
{
	return f->settings.known >> which & 1 ? f->settings.value[which] : missing;
}

/* --- counting by rule and subject --- */

static void subject_of(const struct facts *f, enum rule_by by, const struct conn *c, struct subject *s)
{
	const struct actors *as = tracker_actors(f->tracker);
	const struct actor *a;

	memset(s, 0, sizeof(*s));	/* all bytes are compared */
	s->netns = c->netns;
	if (by == BY_PROCESS || by == BY_PROCESS_DEST) {
		a = actors_get(as, c->owner ? c->owner : c->opener ? c->opener : c->closer);
		if (a) {
			s->has_process = true;
			s->tgid = a->tgid;
			s->start_ms = a->start_ms;
			memcpy(s->comm, a->comm, sizeof(s->comm));
		}
	}
	if (by == BY_DEST || by == BY_PROCESS_DEST) {
		s->has_dest = true;
		memcpy(s->addr, c->raddr, sizeof(s->addr));
		s->family = c->family;
		s->port = c->role == ROLE_CLIENT ? c->rport : 0;	/* the peer's own changes each time */
	}
	if (by == BY_LPORT) {
		s->has_listener = true;
		s->port = c->lport;
		s->family = c->family;
	}
}

static size_t hash(const struct rule *r, const struct subject *s)
{
	const unsigned char *p = (const void *)s;
	__u64 h = (unsigned long)r;

	/* A name may change by exec(): it tells nobody apart. */
	for (size_t i = 0; i < sizeof(*s); i++)
		if (i < offsetof(struct subject, comm) || i >= offsetof(struct subject, comm) + sizeof(s->comm))
			h = (h ^ p[i]) * 0x100000001b3ULL;
	return (size_t)(h ^ h >> 29);
}

static bool same(const struct subject *a, const struct subject *b)
{
	size_t comm = offsetof(struct subject, comm), after = comm + sizeof(a->comm);

	return !memcmp(a, b, comm) && !memcmp((const char *)a + after, (const char *)b + after, sizeof(*a) - after);
}

static int grow(struct facts *f)
{
	size_t cap = f->cap_tallies ? f->cap_tallies * 2 : 64, n_slots = cap * 2;
	struct tally *t = realloc(f->tallies, cap * sizeof(*t));
	__u32 *slots;

	if (!t)
		return -ENOMEM;
	f->tallies = t;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < f->n_tallies; i++) {
		size_t at = hash(t[i].rule, &t[i].subject) & (n_slots - 1);

		while (slots[at])
			at = (at + 1) & (n_slots - 1);
		slots[at] = (__u32)i + 1;
	}
	free(f->slots);
	f->slots = slots;
	f->n_slots = n_slots;
	f->cap_tallies = cap;
	return 0;
}

/* Returns 0 or -ENOMEM; *ret NULL: too many subjects. */
static int tally_of(struct facts *f, const struct rule *r, const struct subject *s, struct tally **ret)
{
	size_t at;
	int err;

	*ret = NULL;
	if (f->n_tallies == f->cap_tallies && f->n_tallies < TALLIES_MAX) {
		err = grow(f);
		if (err)
			return err;
	}
	at = hash(r, s) & (f->n_slots - 1);
	for (; f->slots[at]; at = (at + 1) & (f->n_slots - 1)) {
		struct tally *t = &f->tallies[f->slots[at] - 1];

		if (t->rule == r && same(&t->subject, s)) {
			*ret = t;
			return 0;
		}
	}
	if (f->n_tallies >= TALLIES_MAX) {
		f->left_out++;
		return 0;
	}
	f->tallies[f->n_tallies] = (struct tally){ .rule = r, .subject = *s };
	*ret = &f->tallies[f->n_tallies++];
	f->slots[at] = (__u32)f->n_tallies;
	return 0;
}

static int count(struct facts *f, enum rule_on on, const struct conn *c, __u64 now_ns)
{
	__u64 since = c->since_ns > f->begin_ns || !(c->flags & CONN_SINCE_UNKNOWN) ? c->since_ns : f->begin_ns;
	__u64 age = now_ns > since ? now_ns - since : 0;
	bool fresh = !(c->flags & CONN_SINCE_UNKNOWN) && c->since_ns >= f->begin_ns;
	int err;

	if (!filter_match(f->filter, c, tracker_actors(f->tracker), 1U << c->state))
		return 0;
	for (const struct rule_family *fam = f->families; fam->rules; fam++) {
		for (size_t i = 0; i < *fam->n; i++) {
			const struct rule *r = &fam->rules[i];
			bool matches;
			struct subject s;
			struct tally *t;

			if (r->on != on || !r->matches)
				continue;
			matches = r->matches(f, c, age);
			if (!matches && (r->min_share <= 0 || (r->counts && !r->counts(f, c, age))))
				continue;
			subject_of(f, r->by, c, &s);
			err = tally_of(f, r, &s, &t);
			if (err)
				return err;
			if (!t)
				continue;
			t->of++;
			if (!matches)
				continue;
			t->n++;
			t->fresh += fresh;
			if (age > t->oldest_ns)
				t->oldest_ns = age;
			if (!t->first_ns)
				t->first_ns = now_ns;
			t->last_ns = now_ns;
			memcpy(t->subject.comm, s.comm, sizeof(s.comm));
		}
	}
	return 0;
}

/* --- what the tracker tells --- */

int facts_event(struct facts *f, const struct twt_event *ev)
{
	int err;

	if (!f->begin_ns)
		f->begin_ns = ev->ts_ns;
	if (ev->kind == TWT_SYSCTL && (!f->settings_netns || f->settings_netns == ev->netns)) {
		f->settings_netns = ev->netns;
		port_params_learn(&f->settings, ev);
	}
	err = listeners_event(f->listeners, ev);
	return err ? err : ports_event(f->ports, ev);
}

static bool wanted(const struct facts *f, const struct conn *c)
{
	return filter_match(f->filter, c, tracker_actors(f->tracker), 1U << c->state);
}

int facts_accepted(struct facts *f, const struct conn *c, __u64 wait_ns, bool by_use)
{
	return listeners_accepted(f->listeners, c, wait_ns, by_use);
}

int facts_transition(struct facts *f, const struct transition *tr)
{
	int err = listeners_transition(f->listeners, tr, tracker_actors(f->tracker));

	if (err)
		return err;
	if (tr->new_state == ST_TIME_WAIT && !(tr->marks & TR_SEEDED) && tr->conn->role == ROLE_CLIENT && wanted(f, tr->conn))
		f->tw_by_client++;
	return ports_transition(f->ports, tr, tracker_actors(f->tracker), wanted(f, tr->conn));
}

int facts_closed(struct facts *f, const struct conn *c, __u64 ts_ns)
{
	int err = ports_closed(f->ports, c, tracker_actors(f->tracker), ts_ns);

	if (wanted(f, c)) {
		f->closed[c->close]++;
		f->overflow += c->tw_end == TW_END_OVERFLOW;
	}
	return err ? err : count(f, ON_CLOSED, c, ts_ns);
}

int facts_gone(struct facts *f, const struct conn *c, __u64 ts_ns)
{
	int err = ports_gone(f->ports, c, tracker_actors(f->tracker), ts_ns);

	if (wanted(f, c)) {
		f->tw_ended[c->tw_end]++;
		f->fin_wait2_expired += c->tw_end == TW_END_EXPIRED && !c->tw_start_ns;
	}
	return err ? err : count(f, ON_GONE, c, ts_ns);
}

static int look(void *ctx, const struct conn *c)
{
	struct facts *f = ctx;
	int err = ports_look(f->ports, c, tracker_actors(f->tracker), wanted(f, c));

	if (wanted(f, c))
		f->live[c->state]++;
	return err ? err : count(f, ON_LIVE, c, f->now_ns);
}

static int look_halfopen(void *ctx, __u32 netns, __u16 lport, __u64 n, const struct conn *listener)
{
	struct facts *f = ctx;

	(void)listener;
	if (n > f->halfopen_most) {
		f->halfopen_most = n;
		f->halfopen_netns = netns;
		f->halfopen_port = lport;
	}
	return 0;
}

int facts_settle(struct facts *f, __u64 now_ns)
{
	__u64 lost[LOSS_MAX];
	int err;

	f->now_ns = now_ns;
	ports_look_begin(f->ports, now_ns);
	err = tracker_foreach(f->tracker, look, f);
	if (!err)
		err = tracker_foreach_halfopen(f->tracker, look_halfopen, f);
	if (!err)
		err = ports_rows(f->ports, now_ns - f->begin_ns, tracker_actors(f->tracker), &f->rows, &f->n_rows);
	listeners_interval(f->listeners);
	if (!err)
		err = listeners_rows(f->listeners, LISTENERS_BY_TROUBLE, &f->doors, &f->n_doors);
	tracker_losses(f->tracker, lost);
	f->lost = 0;
	for (int i = 0; i < LOSS_MAX; i++)
		f->lost += lost[i];
	return err;
}
