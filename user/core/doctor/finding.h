/* SPDX-License-Identifier: GPL-2.0-only */
/* What `doctor` says: one thing that is wrong (or looks so and is not), for whom, and the numbers of this run that show it. */
#ifndef CORE_DOCTOR_FINDING_H
#define CORE_DOCTOR_FINDING_H
#include <stdbool.h>
#include <stddef.h>
#include "core/event/names.h"
#include "core/text/strbuf.h"
#include "twtrace.h"

enum severity { SEV_NONE, SEV_INFO, SEV_WARNING, SEV_CRITICAL };
const char *severity_name(enum severity s);	/* "info", ... */

/* How a number reads. */
enum evidence_unit { EV_COUNT, EV_SECONDS, EV_PER_S, EV_PERCENT };
#define EVIDENCE_MAX 10
struct evidence { const char *key; double value; enum evidence_unit unit; };

/* Whom it is about; what is unknown or does not matter is 0. What tells two apart comes first: all bytes up to .comm are compared. */
struct subject {
	__u32 tgid, start_ms;
	__u32 netns;
	__u8 has_process;
	__u8 has_dest;			/* the remote end ... */
	__u8 has_listener;		/* ... or the local port */
	__u8 family;
	__u8 addr[16];
	__u32 port;
	char comm[TWT_COMM_LEN + 1];	/* raw bytes; exec() changes it */
	__u64 cgroup;			/* of the process; 0: unknown */
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
/* "nginx (pid 812) in shop/web-1 to 10.0.0.1:443", "this host". @ns: what cgroups and namespaces are called; NULL: nobody knows. */
void finding_subject(struct strbuf *b, const struct subject *s, const struct names *ns);
void evidence_fmt(struct strbuf *b, const struct evidence *e);
#endif
