/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/fmt.h"
#include "views/doctor/doctor.h"

static void list(struct strbuf *b, const char *mark, const char *const *items, size_t cols)
{
	for (; items && *items; items++, mark = "")
		doctor_wrap(b, mark, *items, cols);
}

void doctor_finding(struct strbuf *b, const struct finding *f, const struct names *ns, size_t cols)
{
	struct strbuf t = { 0 };

	strbuf_addf(b, "%s: %s: %s: ", severity_name(f->severity), f->rule->id, f->rule->title);
	finding_subject(b, &f->subject, ns);
	strbuf_addc(b, '\n');
	finding_text(&t, f, f->rule->cause);
	doctor_wrap(b, f->rule->sure, t.s ? t.s : "", cols);
	strbuf_reset(&t);
	for (size_t i = 0; i < f->n_ev; i++) {
		strbuf_addf(&t, "%s%s ", i ? ", " : "", f->ev[i].key);
		evidence_fmt(&t, &f->ev[i]);
	}
	doctor_wrap(b, "evidence", t.s ? t.s : "", cols);
	strbuf_reset(&t);
	finding_text(&t, f, f->rule->outlook);
	doctor_wrap(b, "leads to", t.s ? t.s : "", cols);
	list(b, "do", f->rule->fix, cols);
	list(b, "do not", f->rule->dont, cols);
	strbuf_addc(b, '\n');
	b->failed |= t.failed;
	strbuf_free(&t);
}

/* What was looked at, so that silence means something. */
static void looked_at(struct doctor_view *v, size_t n)
{
	const struct facts *f = v->facts;
	struct strbuf *b = &v->out.b;
	__u64 closed = 0, live = 0, rules = 0;

	for (int i = 0; i < CLOSE_KIND_MAX; i++)
		closed += f->sum.closed[i];
	for (int i = 0; i < ST_MAX; i++)
		live += f->live[i];
	for (const struct rule_family *fam = f->families; fam->rules; fam++)
		rules += *fam->n;
	strbuf_addf(b, "%s in ", n ? "Looked at" : "Nothing is wrong. Looked at");
	fmt_duration(b, (unsigned long long)(facts_window_s(f) * 1e9));
	strbuf_adds(b, ": ");
	fmt_count(b, closed);
	strbuf_adds(b, " connections that ended, ");
	fmt_count(b, live);
	strbuf_adds(b, " sockets that exist (");
	fmt_count(b, f->live[ST_ESTABLISHED]);
	strbuf_adds(b, " established, ");
	fmt_count(b, f->live[ST_TIME_WAIT]);
	strbuf_adds(b, " TIME_WAIT, ");
	fmt_count(b, f->live[ST_CLOSE_WAIT]);
	strbuf_addf(b, " CLOSE_WAIT), %zu destinations' ports, with %llu rules.\n", f->n_rows, (unsigned long long)rules);
	if (f->tallies.left_out)
		strbuf_addf(b, "There were too many processes and destinations to tell apart: %llu connections were not judged.\n",
			    (unsigned long long)f->tallies.left_out);
}

void doctor_text(struct doctor_view *v, const struct finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		doctor_finding(&v->out.b, &f[i], tracker_names(v->env->tracker), DOCTOR_COLS);
		doctor_stack_text(v->env->tracker, &f[i], &v->out.b, DOCTOR_COLS);
	}
	looked_at(v, n);
}
