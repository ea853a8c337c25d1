/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run measured, as the rules ask for it. Pure: fed with what the tracker tells. */
#ifndef CORE_DOCTOR_FACTS_H
#define CORE_DOCTOR_FACTS_H
#include "core/conn/filter.h"
#include "core/doctor/rule.h"
#include "core/ports/listen/listeners.h"
#include "core/ports/ports.h"
#include "core/track/tracker.h"

#define TALLIES_MAX 16384	/* subjects of rules */

struct facts {
	const struct rule_family *families;
	const struct tracker *tracker;
	const struct filter *filter;
	struct ports *ports;
	struct listeners *listeners;
	__u64 begin_ns, now_ns;
	unsigned int kernel;		/* 6 * 1000 + 12; 0: unknown */
	/* sums over the run */
	__u64 closed[CLOSE_KIND_MAX], tw_ended[TW_END_MAX];
	__u64 overflow, tw_by_client, fin_wait2_expired;
	/* as it is at the end: facts_settle() */
	__u64 live[ST_MAX], halfopen_most;
	__u32 halfopen_netns;
	__u16 halfopen_port;
	__u64 lost;
	struct port_params settings;	/* of the namespace that was heard of first: this one, mostly */
	__u32 settings_netns;
	struct ports_row **rows;	/* ports, nearest to their end first */
	size_t n_rows;
	const struct listener *const *doors;	/* listening sockets, those in trouble first */
	size_t n_doors;
	struct tally *tallies;
	size_t n_tallies, cap_tallies;
	__u64 left_out;			/* subjects beyond TALLIES_MAX */
	__u32 *slots;
	size_t n_slots;
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
/* Look at what exists now; findings are of this moment. Once, at the end. */
int facts_settle(struct facts *f, __u64 now_ns);

double facts_window_s(const struct facts *f);
/* A setting of the namespace, or @missing where it was not told. */
__u64 facts_setting(const struct facts *f, enum twt_sysctl which, __u64 missing);

/*
 * All findings, most urgent first; at most @max. Returns how many. Rules whose subject differs are findings of their own, but no more than ten of
 * one rule: the others are summed up in the evidence "others" of the last one.
 */
size_t doctor_judge(const struct facts *f, struct finding *ret, size_t max);
#endif
