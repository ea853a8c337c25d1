// SPDX-License-Identifier: GPL-2.0-only
#include "views/serve/findings.h"
#include <errno.h>
#include <stdlib.h>
#include "run/source_config.h"

#define PART_NS 150000000000ULL		/* findings look back over two of these at most */
#define FOUND_MAX 512

struct findings {
	struct facts *facts;
	__u64 rolled_ns;
	struct finding found[FOUND_MAX];
};

struct findings *findings_new(const struct view_env *env, const char *kernel)
{
	struct findings *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->facts = facts_new(rule_families, env->tracker, env->filter, kernel);
	if (!fs->facts) {
		free(fs);
		return NULL;
	}
	fs->facts->wires_are_new = !env->live;
	env->wants->listeners = env->wants->sockets = true;
	return fs;
}

void findings_free(struct findings *fs)
{
	if (!fs)
		return;
	facts_free(fs->facts);
	free(fs);
}

int findings_event(struct findings *fs, const struct twt_event *ev)
{
	if (!fs)
		return 0;
	if (!fs->rolled_ns)
		fs->rolled_ns = ev->ts_ns;
	if (ev->kind == TWT_TICK && ev->ts_ns > fs->rolled_ns + PART_NS) {
		facts_roll(fs->facts, ev->ts_ns);
		fs->rolled_ns = ev->ts_ns;
	}
	return facts_event(fs->facts, ev);
}

int findings_transition(struct findings *fs, const struct transition *tr)
{
	return fs ? facts_transition(fs->facts, tr) : 0;
}

int findings_closed(struct findings *fs, const struct conn *c, __u64 ts_ns)
{
	return fs ? facts_closed(fs->facts, c, ts_ns) : 0;
}

int findings_gone(struct findings *fs, const struct conn *c, __u64 ts_ns)
{
	return fs ? facts_gone(fs->facts, c, ts_ns) : 0;
}

int findings_accepted(struct findings *fs, const struct conn *c, __u64 wait_ns, bool by_use)
{
	return fs ? facts_accepted(fs->facts, c, wait_ns, by_use) : 0;
}

static __u64 count(const struct findings *fs, size_t n, const struct rule *r, enum severity severity)
{
	__u64 sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += fs->found[i].rule == r && fs->found[i].severity == severity;
	return sum;
}

int findings_write(struct findings *fs, struct expo *x, __u64 now_ns)
{
	int err = fs ? facts_settle(fs->facts, now_ns) : 0;
	size_t n;

	if (!fs || err)
		return err;
	n = doctor_judge(fs->facts, fs->found, FOUND_MAX);
	expo_family(x, M_FINDINGS);
	for (const struct rule_family *fam = rule_families; fam->rules; fam++)
		for (size_t i = 0; i < *fam->n; i++)
			for (enum severity s = SEV_INFO; s <= SEV_CRITICAL; s++)
				expo_u64(x, (struct expo_label[2]){ { "id", fam->rules[i].id }, { "severity", severity_name(s) } }, 2,
					 count(fs, n, &fam->rules[i], s));
	return 0;
}
