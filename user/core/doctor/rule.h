/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule: what to count, for whom, from how many on it is worth a word, and the words. One file a family (rules_*.c), one entry a rule; judge.c
 * does the rest. No rule speaks without numbers of this run.
 */
#ifndef CORE_DOCTOR_RULE_H
#define CORE_DOCTOR_RULE_H
#include "core/conn/conn.h"
#include "core/doctor/finding.h"
#include "core/event/actor.h"

/* When a connection is shown to .matches. */
enum rule_on {
	ON_CLOSED,	/* its full socket is gone */
	ON_GONE,	/* its minisock too */
	ON_LIVE,	/* it exists when the run ends */
	ON_HOST		/* never: the rule looks at sums (.judge) */
};
enum rule_by { BY_HOST, BY_PROCESS, BY_DEST, BY_PROCESS_DEST, BY_LPORT };

struct facts;

/* What was counted for one rule and one subject. */
struct tally {
	const struct rule *rule;
	struct subject subject;
	__u64 n;		/* connections that match */
	__u64 of;		/* connections of that subject that could have (ON_CLOSED: all closed ones) */
	__u64 fresh;		/* of .n: came into this state during the run */
	__u64 oldest_ns;	/* longest time in its state, of those whose beginning was seen, or since the start of the run */
	__u64 first_ns, last_ns;
};

struct rule {
	const char *id, *title;
	enum rule_on on;
	enum rule_by by;
	const char *sure;		/* how sure it is: "measured", "inferred" */
	/* Default .judge: so many are a finding. 0: never that severe. */
	__u64 info, warning, critical;
	double min_share;		/* ... if they are at least this share of .of (0: any) */
	bool (*counts)(const struct facts *f, const struct conn *c, __u64 age_ns);	/* is it one of .of? NULL: all */
	bool (*matches)(const struct facts *f, const struct conn *c, __u64 age_ns);
	/* Fill severity and evidence; SEV_NONE: nothing to say. NULL: by number. @t is NULL for ON_HOST. */
	void (*judge)(const struct facts *f, const struct tally *t, struct finding *ret);
	const char *cause, *outlook;	/* templates of finding_text() */
	const char *const *fix, *const *dont;	/* end with NULL; may be NULL */
	const char *unless;			/* id of a rule whose warning takes this one's place */
};

#define RULES_MAX 64
struct rule_family { const struct rule *rules; const size_t *n; };
/* All families; ends with .rules == NULL. */
extern const struct rule_family rule_families[];
extern const struct rule rules_ports[], rules_time_wait[], rules_stuck[], rules_reset[], rules_connect[], rules_queue[], rules_host[];
extern const size_t n_rules_ports, n_rules_time_wait, n_rules_stuck, n_rules_reset, n_rules_connect, n_rules_queue, n_rules_host;
#define RULES(name) const size_t n_##name = sizeof(name) / sizeof((name)[0])
#endif
