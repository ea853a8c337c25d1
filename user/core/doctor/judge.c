/* SPDX-License-Identifier: GPL-2.0-only */
/* From what was counted to findings. */
#include <stdlib.h>
#include <string.h>
#include "core/doctor/facts.h"

#define SUBJECTS_MAX 10		/* findings of one rule */

const struct rule_family rule_families[] = {
	{ rules_ports, &n_rules_ports }, { rules_bind, &n_rules_bind }, { rules_time_wait, &n_rules_time_wait }, { rules_reuse, &n_rules_reuse },
	{ rules_stuck, &n_rules_stuck }, { rules_reset, &n_rules_reset }, { rules_connect, &n_rules_connect }, { rules_queue, &n_rules_queue },
	{ rules_host, &n_rules_host }, { NULL, NULL },
};

static double weight(const struct finding *f)
{
	return f->n_ev ? f->ev[0].value : 0;
}

/* Most urgent first; of one severity in the order of their names; of one rule by falling number. */
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
	return memcmp(&a->subject, &b->subject, offsetof(struct subject, comm));
}

/* All findings of one rule, the largest of them kept. */
struct kept { struct finding f[SUBJECTS_MAX]; size_t n; __u64 others; };

static void keep(struct kept *k, const struct finding *f)
{
	size_t at;

	if (f->severity == SEV_NONE)
		return;
	if (k->n == SUBJECTS_MAX) {
		k->others++;
		if (compare(f, &k->f[k->n - 1]) > 0)
			return;
		k->n--;
	}
	for (at = k->n++; at && compare(f, &k->f[at - 1]) < 0; at--)
		k->f[at] = k->f[at - 1];
	k->f[at] = *f;
}

static void ask(const struct facts *f, const struct rule *r, struct kept *k)
{
	size_t at = 0;

	for (;;) {
		struct finding one = { .rule = r };

		if (!r->each || !r->each(f, &at, &one))
			break;
		keep(k, &one);
	}
	for (size_t i = 0; i < f->tallies.n; i++) {
		const struct tally *t = &f->tallies.t[i];
		struct finding one = { .rule = r, .subject = t->subject };

		if (t->rule != r || !t->n)
			continue;
		(r->judge ? r->judge : rule_by_number)(f, t, &one);
		keep(k, &one);
	}
	if (k->others)
		finding_ev(&k->f[k->n - 1], "others", EV_COUNT, (double)k->others);
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

	for (const struct rule_family *fam = f->families; fam->rules; fam++) {
		for (size_t i = 0; i < *fam->n; i++) {
			struct kept k = { .n = 0 };

			ask(f, &fam->rules[i], &k);
			for (size_t j = 0; j < k.n && n < max; j++)
				ret[n++] = k.f[j];
		}
	}
	qsort(ret, n, sizeof(*ret), compare);
	return without_contradictions(ret, n);
}
