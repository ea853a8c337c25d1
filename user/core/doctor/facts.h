/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run measured, as the rules ask for it. Pure: fed with what the tracker tells. */
#ifndef CORE_DOCTOR_FACTS_H
#define CORE_DOCTOR_FACTS_H
#include "core/conn/filter.h"
#include "core/doctor/rule.h"
#include "core/doctor/tally.h"
#include "core/ports/listen/listeners.h"
#include "core/ports/ports.h"
#include "core/track/tracker.h"

#define FACTS_BINDS 256		/* local ports that a bind() failed for */
#define FACTS_TAKEN 4096	/* TIME_WAITs that were taken over, newest ones */
#define FACTS_NETNS 4096

/* What was in the way of a bind() that failed, from then on. */
struct bind_port {
	__u32 netns;
	__u16 port;
	__u64 listeners, time_waits, others;		/* that exist now ... */
	__u64 listeners_gone, time_waits_gone;		/* ... and that ended since */
};

/* Sums over what ended. */
struct facts_sums { __u64 closed[CLOSE_KIND_MAX], tw_ended[TW_END_MAX], overflow, fin_wait2_expired; };

struct facts {
	const struct rule_family *families;
	const struct tracker *tracker;
	const struct filter *filter[2];	/* [1]: one more, or NULL; may be changed at any time */
	struct ports *ports;
	struct listeners *listeners;
	__u64 begin_ns, now_ns;
	unsigned int kernel;		/* 6 * 1000 + 12; 0: unknown */
	bool no_ports;			/* ports are not counted: what is said of them is nothing */
	bool wires_are_new;		/* what is known of the wire is of now: somebody sees to it */
	/* Over the window, as of facts_settle(). */
	struct facts_sums sum;
	__u64 live[ST_MAX], half_open_most;
	__u64 lost;
	__u32 settings_netns;		/* the namespace that was heard of first: this one, mostly */
	struct ports_row **rows;	/* ports, nearest to their end first */
	size_t n_rows;
	const struct listener *const *doors;	/* listening sockets, those in trouble first */
	size_t n_doors;
	struct tallies tallies;
	struct bind_port binds[FACTS_BINDS];
	size_t n_binds;
	__u32 *netns;			/* that wanted connections are in; FACTS_NETNS at most */
	size_t n_netns, cap_netns;
	/* private */
	/* Rules by what they are shown: each list ends with NULL. @share: also those that do not match are counted. */
	struct shown_rule { const struct rule *r; __u32 states, ends; bool share; } shown[ON_HOST][RULES_MAX];
	struct facts_sums now, before;	/* sums of this part of the window, and of the one before */
	__u64 rolled_ns;		/* ... which meet here; 0: there is one part */
	__u64 lost_before;
	__u64 taken[FACTS_TAKEN];
};

/* NULL without memory. @families: rule_families; @kernel: release as uname has it, "" if unknown. */
struct facts *facts_new(const struct rule_family *families, const struct tracker *tracker, const struct filter *filter, const char *kernel);
void facts_free(struct facts *f);	/* NULL is fine */
/* All return 0 or -ENOMEM. */
int facts_event(struct facts *f, const struct twt_event *ev);
int facts_transition(struct facts *f, const struct transition *tr);
int facts_closed(struct facts *f, const struct conn *c, __u64 ts_ns);
int facts_accepted(struct facts *f, const struct conn *c, __u64 wait_ns, bool by_use);
int facts_gone(struct facts *f, const struct conn *c, __u64 ts_ns);
/* Look at what exists now; findings are of this moment. Again and again, if need be. */
int facts_settle(struct facts *f, __u64 now_ns);
/*
 * A part of the window is over, and another one begins: what ended before the part before is forgotten. For who looks on for ever; without it the
 * window is the whole run.
 */
void facts_roll(struct facts *f, __u64 now_ns);
/* Forget all that ended; what exists stays. */
void facts_clear(struct facts *f, __u64 now_ns);

double facts_window_s(const struct facts *f);
/* A setting of the namespace, or @missing where it was not told. */
__u64 facts_setting(const struct facts *f, __u32 netns, enum twt_sysctl which, __u64 missing);
/* Ports of ip_local_port_range there; the kernel's default where it was not told. */
__u32 facts_range(const struct facts *f, __u32 netns);
/* Does it pass the filters? */
bool facts_wants(const struct facts *f, const struct conn *c, const struct actors *as);
bool facts_wants_listener(const struct facts *f, const struct listener *l);
/* Did @c, or what had its ends before, take a TIME_WAIT over? Of the newest FACTS_TAKEN. */
bool facts_took_over(const struct facts *f, const struct conn *c);
/* NULL: no bind() to that port failed. */
const struct bind_port *facts_bind(const struct facts *f, __u32 netns, __u32 port);
/* @ret is about @r's destination, and who holds most of its ports. */
void finding_about_ports(struct finding *ret, const struct ports_row *r);
/* Both ends on this host: the other one's rule says why; or it is on loopback. */
bool facts_is_local(const struct conn *c);

/* count.c: show @c to all rules that are asked @on such occasions; @n of them, where it stands for several. Returns 0 or -ENOMEM. */
int facts_count(struct facts *f, enum rule_on on, const struct conn *c, const struct actors *as, __u64 n, __u64 now_ns);
/* A call that failed. */
int facts_call(struct facts *f, const struct twt_event *ev);

/*
 * All findings, most urgent first; at most @max, for which RULES_MAX * 10 is always enough. Returns how many. Rules whose subject differs are
 * findings of their own, but no more than the ten largest of one rule: the others are summed up in the evidence "others" of its last one.
 */
size_t doctor_judge(const struct facts *f, struct finding *ret, size_t max);
#endif
