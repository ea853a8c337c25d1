/* SPDX-License-Identifier: GPL-2.0-only */
/* `doctor`'s view, shared by its files: doctor.c (the run), text.c, json.c (findings), settings.c (--sysctl). */
#ifndef VIEWS_DOCTOR_DOCTOR_H
#define VIEWS_DOCTOR_DOCTOR_H
#include "core/doctor/facts.h"
#include "core/doctor/settings/setting.h"
#include "views/out.h"
#include "views/view.h"

#define FINDINGS_MAX 512

struct doctor_view {
	const struct view_env *env;
	struct out out;
	struct facts *facts;
	struct setting_line *settings;	/* --sysctl */
	size_t n_settings, cap_settings;
	bool progress;			/* a line on standard error is being written anew */
	enum severity worst;
};

#define DOCTOR_COLS 100
/* @text in lines of at most @cols columns (0: in one), after blanks and @mark. */
void doctor_wrap(struct strbuf *b, const char *mark, const char *text, size_t cols);
/* All that is to be said of @f, with an empty line behind. @ns as in finding_subject(), @cols as above. */
void doctor_finding(struct strbuf *b, const struct finding *f, const struct names *ns, size_t cols);
void doctor_text(struct doctor_view *v, const struct finding *f, size_t n);
void doctor_json(struct doctor_view *v, const struct finding *f, size_t n, __u64 now_ns);
/* The code path that most of a finding's sockets have, where stacks are told (stack.c); the text behind doctor_finding(), @cols as there. */
void doctor_stack_text(const struct tracker *t, const struct finding *f, struct strbuf *b, size_t cols);
void doctor_stack_json(const struct tracker *t, const struct finding *f, struct json *j);
/* Read all that --sysctl names. Returns 0 or a negative errno with a sentence in @err. */
int doctor_read_settings(struct doctor_view *v, char *err, size_t errlen);
void doctor_settings(struct doctor_view *v, __u64 now_ns);
#endif
