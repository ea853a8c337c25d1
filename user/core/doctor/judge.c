/* SPDX-License-Identifier: GPL-2.0-only */
/* From what was counted to findings. */
#include <stdlib.h>
#include <string.h>
#include "core/doctor/facts.h"

#define SUBJECTS_MAX 10		/* findings of one rule */

const struct rule_family rule_families[] = {
	{ rules_ports, &n_rules_ports }, { rules_time_wait, &n_rules_time_wait }, { rules_stuck, &n_rules_stuck },
	{ rules_reset, &n_rules_reset }, { rules_connect, &n_rules_connect }, { rules_queue, &n_rules_queue },
	{ rules_host, &n_rules_host }, { NULL, NULL },
};

static void by_number(const struct facts *f, const struct tally *t, struct finding *ret)
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
	finding_ev(ret, "connections", EV_COUNT, (double)t->n);
	if (r->min_share > 0)
		finding_ev(ret, "share", EV_PERCENT, share * 100);
	finding_ev(ret, "rate", EV_PER_S, (double)t->n / facts_window_s(f));
}

static double weight(const struct finding *f)
{
	return f->n_ev ? f->ev[0].value : 0;
}

/* Most urgent first; of one severity in the order of the table; of one rule by falling number. */
static int compare(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	double wa = weight(a), wb = weight(b);

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->rule != b->rule)
		return strcmp(a->rule->id, b->rule->id);
	if (wa != wb)
		return wa > wb ? -1 : 1;
	if (a->subject.tgid != b->subject.tgid)
		return a->subject.tgid < b->subject.tgid ? -1 : 1;
	return memcmp(&a->subject.addr, &b->subject.addr, sizeof(a->subject.addr));
}

static bool add(const struct facts *f, const struct rule *r, const struct tally *t, struct finding *ret)
{
	*ret = (struct finding){ .rule = r };
	if (t)
		ret->subject = t->subject;
	if (r->judge)
		r->judge(f, t, ret);
	else
		by_number(f, t, ret);
	return ret->severity != SEV_NONE;
}

/* Of each rule the first ten, which are its largest. Returns how many are left. */
static size_t thin(struct finding *v, size_t n)
{
	size_t kept = 0, same = 0;

	for (size_t i = 0; i < n; i++) {
		same = i && v[i].rule == v[i - 1].rule && v[i].severity == v[i - 1].severity ? same + 1 : 0;
		if (same < SUBJECTS_MAX)
			v[kept++] = v[i];
		else if (same == SUBJECTS_MAX)
			finding_ev(&v[kept - 1], "others", EV_COUNT, 1);
		else
			v[kept - 1].ev[v[kept - 1].n_ev - 1].value++;
	}
	return kept;
}

/* What is said to be harmless must not be what something else warns of. */
static size_t without_contradictions(struct finding *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool contradicted = false;

		for (size_t j = 0; j < n && v[i].rule->unless; j++)
			contradicted |= v[j].severity >= SEV_WARNING && !strcmp(v[j].rule->id, v[i].rule->unless);
		if (!contradicted)
			v[kept++] = v[i];
	}
	return kept;
}

size_t doctor_judge(const struct facts *f, struct finding *ret, size_t max)
{
	size_t n = 0;

	for (const struct rule_family *fam = f->families; fam->rules; fam++)
		for (size_t i = 0; i < *fam->n && n < max; i++)
			if (fam->rules[i].on == ON_HOST)
				n += add(f, &fam->rules[i], NULL, &ret[n]);
	for (size_t i = 0; i < f->n_tallies && n < max; i++)
		if (f->tallies[i].n)
			n += add(f, f->tallies[i].rule, &f->tallies[i], &ret[n]);
	qsort(ret, n, sizeof(*ret), compare);
	n = without_contradictions(ret, n);
	return thin(ret, n);
}
