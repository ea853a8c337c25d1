/* SPDX-License-Identifier: GPL-2.0-only */
/* What `doctor` says: one thing that is wrong (or looks so and is not), for whom, and the numbers of this run that show it. */
#ifndef CORE_DOCTOR_FINDING_H
#define CORE_DOCTOR_FINDING_H
#include <stdbool.h>
#include <stddef.h>
#include "core/text/strbuf.h"
#include "twtrace.h"

enum severity { SEV_NONE, SEV_INFO, SEV_WARNING, SEV_CRITICAL };
const char *severity_name(enum severity s);	/* "info", ... */

/* How a number reads. */
enum evidence_unit { EV_COUNT, EV_SECONDS, EV_PER_S, EV_PERCENT };
#define EVIDENCE_MAX 10
struct evidence { const char *key; double value; enum evidence_unit unit; };

/* Whom it is about; what is unknown or does not matter is 0. */
struct subject {
	__u32 tgid, start_ms;
	char comm[TWT_COMM_LEN + 1];	/* raw bytes */
	bool has_process;
	bool has_dest;			/* the remote end ... */
	bool has_listener;		/* ... or the local port */
	__u8 addr[16];
	__u16 port;
	__u8 family;
	__u32 netns;
};

struct rule;
struct finding {
	const struct rule *rule;
	enum severity severity;
	struct subject subject;
	struct evidence ev[EVIDENCE_MAX];
	size_t n_ev;
};

void finding_ev(struct finding *f, const char *key, enum evidence_unit unit, double value);	/* beyond EVIDENCE_MAX: dropped */
/* @tmpl with each {key} replaced by that evidence as people read it; an unknown key stays as it is. */
void finding_text(struct strbuf *b, const struct finding *f, const char *tmpl);
/* "812 nginx -> 10.0.0.1:443", "host" */
void finding_subject(struct strbuf *b, const struct subject *s);
void evidence_fmt(struct strbuf *b, const struct evidence *e);
#endif
