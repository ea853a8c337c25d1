/* SPDX-License-Identifier: GPL-2.0-only */
/* Each connection is shown to each rule; what matches is counted by subject. */
#include <errno.h>
#include <string.h>
#include "core/conn/call.h"
#include "core/doctor/facts.h"
#include "core/text/addr.h"

bool facts_wants(const struct facts *f, const struct conn *c, const struct actors *as)
{
	for (int i = 0; i < 2; i++)
		if (f->filter[i] && !filter_match(f->filter[i], c, as, 1U << c->state))
			return false;
	return true;
}

const struct bind_port *facts_bind(const struct facts *f, __u32 netns, __u32 port)
{
	for (size_t i = 0; i < f->n_binds; i++)
		if (f->binds[i].port == port && f->binds[i].netns == netns)
			return &f->binds[i];
	return NULL;
}

static void subject_of(enum rule_by by, const struct conn *c, const struct actors *as, struct subject *s)
{
	const struct actor *a;

	memset(s, 0, sizeof(*s));	/* all bytes are compared */
	if (by == BY_HOST)
		return;
	s->netns = c->netns;
	if (by == BY_PROCESS || by == BY_PROCESS_DEST || by == BY_PROCESS_LPORT) {
		a = actors_get(as, c->owner ? c->owner : c->opener ? c->opener : c->closer);
		if (a) {
			s->has_process = 1;
			s->tgid = a->tgid;
			s->start_ms = a->start_ms;
			s->cgroup = a->cgroup;
			memcpy(s->comm, a->comm, sizeof(s->comm));
		}
	}
	if ((by == BY_DEST || by == BY_PROCESS_DEST) && !addr_is_any(c->raddr)) {
		s->has_dest = 1;
		memcpy(s->addr, c->raddr, sizeof(s->addr));
		s->family = c->family;
		s->port = c->role == ROLE_CLIENT ? c->rport : 0;	/* the peer's own changes each time */
	}
	if (by == BY_LPORT || by == BY_PROCESS_LPORT) {
		s->has_listener = 1;
		s->port = c->lport;
		s->family = c->family;
	}
}

static bool by_exit(const struct facts *f, const struct conn *c)
{
	const struct actor *a = actors_get(tracker_actors(f->tracker), c->closer ? c->closer : c->owner);

	return a && a->exited;
}

/* Does @c fit all that @r gives? */
static bool rule_matches(const struct rule *r, const struct facts *f, const struct conn *c, __u64 age_ns)
{
	if (r->states && (!(r->states >> c->state & 1) || age_ns < STUCK_NS))
		return false;
	if ((r->ends && !(r->ends >> c->close & 1)) || (r->reasons && !(r->reasons >> c->reason & 1)))
		return false;
	if (r->matches && !r->matches(f, c))
		return false;
	return !r->not_at_exit || !by_exit(f, c);
}

/* @live: it is as it is now, and is counted anew each time. */
static void add(struct tally *t, bool matches, bool also, __u64 n, bool live)
{
	struct tally_part p = { .n = matches ? n : 0, .of = n, .also = matches && also ? n : 0 };

	if (live) {
		t->n += p.n;
		t->of += p.of;
		t->also += p.also;
		return;
	}
	t->now.n += p.n;
	t->now.of += p.of;
	t->now.also += p.also;
}

/* One connection, as it is shown to one rule after the other. */
struct shown {
	const struct conn *c;
	const struct actors *as;
	__u64 n, age_ns;
	__u32 made;			/* mask of (1 << rule_by): subjects that are there */
	struct subject by[BY_PROCESS_LPORT + 1];
};

static int show(struct facts *f, const struct rule *r, struct shown *x)
{
	bool live = r->on == ON_LIVE || r->on == ON_HALF_OPEN, matches = rule_matches(r, f, x->c, x->age_ns);
	const struct conn *c = x->c;
	struct tally *t;
	int err;

	if (!matches && (r->min_share <= 0 || (r->counts && !r->counts(f, c))))
		return 0;
	if (!(x->made >> r->by & 1)) {
		subject_of(r->by, c, x->as, &x->by[r->by]);
		x->made |= 1U << r->by;
	}
	err = tallies_get(&f->tallies, r, &x->by[r->by], &t);
	if (err || !t)
		return err;
	add(t, matches, r->also && r->also(c), x->n, live);
	if (matches && live) {
		t->fresh += !(c->flags & CONN_SINCE_UNKNOWN) && c->since_ns >= f->begin_ns;
		t->oldest_ns = x->age_ns > t->oldest_ns ? x->age_ns : t->oldest_ns;
	}
	return 0;
}

int facts_count(struct facts *f, enum rule_on on, const struct conn *c, const struct actors *as, __u64 n, __u64 now_ns)
{
	__u64 since = c->since_ns > f->begin_ns || !(c->flags & CONN_SINCE_UNKNOWN) ? c->since_ns : f->begin_ns;
	struct shown x;
	int err = 0;

	x.c = c;
	x.as = as;
	x.n = n;
	x.age_ns = now_ns > since ? now_ns - since : 0;
	x.made = 0;
	/* Most rules are about something that nearly never happens. */
	for (const struct shown_rule *s = f->shown[on]; s->r && !err; s++)
		if (s->share || (s->states >> c->state & s->ends >> c->close & 1))
			err = show(f, s->r, &x);
	return err;
}

/* --- calls that failed --- */

/* From now on it is watched what is in the way there. */
static void watch_port(struct facts *f, __u32 netns, __u16 port)
{
	if (port && !facts_bind(f, netns, port) && f->n_binds < FACTS_BINDS)
		f->binds[f->n_binds++] = (struct bind_port){ .netns = netns, .port = port };
}

int facts_call(struct facts *f, const struct twt_event *ev)
{
	struct actors *as;
	struct subject s;
	struct tally *t;
	struct conn c;
	int err = call_conn(ev, tracker_names(f->tracker), &c, &as);

	if (err)
		return err;
	if (!facts_wants(f, &c, as))
		goto out;
	for (const struct rule_family *fam = f->families; fam->rules && !err; fam++) {
		for (size_t i = 0; i < *fam->n && !err; i++) {
			const struct rule *r = &fam->rules[i];

			if (!r->calls || !r->calls(ev))
				continue;
			subject_of(r->by, &c, as, &s);
			err = tallies_get(&f->tallies, r, &s, &t);
			if (err || !t)
				continue;
			add(t, true, ev->arg0 & TWT_CALL_REUSEADDR, 1, false);
			watch_port(f, c.netns, c.lport);
		}
	}
out:
	actors_free(as);
	return err;
}
