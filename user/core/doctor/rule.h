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

/* When a connection is shown to a rule. */
enum rule_on {
	ON_CLOSED,	/* its full socket is gone */
	ON_GONE,	/* its minisock too */
	ON_LIVE,	/* it exists when the rules are asked */
	ON_HALF_OPEN,	/* request sockets of a port exist then: so many at once */
	ON_CALL,	/* bind(), listen() or connect() failed (.calls) */
	ON_HOST		/* never: the rule looks for itself (.each) */
};
enum rule_by { BY_HOST, BY_NETNS, BY_PROCESS, BY_DEST, BY_PROCESS_DEST, BY_LPORT, BY_PROCESS_LPORT };

struct facts;
struct twt_event;

/* What was counted for one rule and one subject. */
struct tally {
	const struct rule *rule;
	struct subject subject;
	/* For judges, as of facts_settle(). */
	__u64 n;		/* connections that match */
	__u64 of;		/* connections of that subject that could have (ON_CLOSED: all closed ones) */
	__u64 also;		/* of .n, what .also says */
	__u64 fresh;		/* of .n, ON_LIVE: came into this state since the start */
	__u64 oldest_ns;	/* longest time in its state, of those whose beginning was seen, or since the start of the run */
	/* private: what ended, in this part of the window and in the one before (facts_roll()) */
	struct tally_part { __u64 n, of, also; } now, before;
};

struct rule {
	const char *id, *title;
	enum rule_on on;
	enum rule_by by;
	const char *sure;		/* how sure it is: "measured", "inferred" */
	/* By number: so many are a finding. 0: never that severe. */
	__u64 info, warning, critical;
	double min_share;		/* ... if they are at least this share of .of (0: any) */
	/* Which connections match: all that is given here must fit. */
	__u32 states;			/* ON_LIVE: mask of (1 << state); in it for STUCK_NS */
	__u32 ends;			/* mask of (1 << enum close_kind) */
	__u32 reasons;			/* mask of (1 << enum close_reason) */
	bool not_at_exit;		/* a process that ends leaves its sockets as they are: that is its end, not its habit */
	bool (*matches)(const struct facts *f, const struct conn *c);
	bool (*counts)(const struct facts *f, const struct conn *c);	/* is it one of .of? NULL: all */
	bool (*also)(const struct conn *c);
	bool (*calls)(const struct twt_event *ev);	/* a failed call that counts, too */
	/* Severity and evidence by what was counted; SEV_NONE: nothing to say. NULL: by number. */
	void (*judge)(const struct facts *f, const struct tally *t, struct finding *ret);
	/* ON_HOST: the next subject, beginning with *at == 0; false: no more. */
	bool (*each)(const struct facts *f, size_t *at, struct finding *ret);
	const char *cause, *outlook;	/* templates of finding_text() */
	const char *const *fix, *const *dont;	/* end with NULL; may be NULL */
	__u32 concerns;			/* states of the connections that it is about, where .states says nothing; 0: any */
	const char *unless;			/* id of a rule whose warning takes this one's place */
};

#define STUCK_NS 1000000000ULL	/* nobody passes through most states for so long, unless somebody does not answer */
/* The default .judge, for those that add to it. */
void rule_by_number(const struct facts *f, const struct tally *t, struct finding *ret);

#define RULES_MAX 64
struct rule_family { const struct rule *rules; const size_t *n; };
/* All families; ends with .rules == NULL. */
extern const struct rule_family rule_families[];
extern const struct rule rules_ports[], rules_bind[], rules_time_wait[], rules_reuse[], rules_stuck[], rules_reset[], rules_connect[], rules_queue[],
	rules_host[];
extern const size_t n_rules_ports, n_rules_bind, n_rules_time_wait, n_rules_reuse, n_rules_stuck, n_rules_reset, n_rules_connect, n_rules_queue,
	n_rules_host;
#define RULES(name) const size_t n_##name = sizeof(name) / sizeof((name)[0])
#endif
