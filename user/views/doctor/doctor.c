/* SPDX-License-Identifier: GPL-2.0-only */
/* Watch for a while, then say what is wrong, for whom, what helps and what does not. */
#include "views/doctor/doctor.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "run/opts.h"

static void doctor_close(void *state)
{
	struct doctor_view *v = state;

	if (!v)
		return;
	facts_free(v->facts);
	free(v->settings);
	out_free(&v->out);
	free(v);
}

/* "kernel=6.12.3-amd64" of the source's description: of a recording that of the host that was recorded. */
static void kernel_of(const char *about, char *ret, size_t size)
{
	const char *at = !strncmp(about, "kernel=", 7) ? about : strstr(about, "\nkernel=");

	ret[0] = '\0';
	if (at) {
		at = strchr(at, '=') + 1;
		(void)snprintf(ret, size, "%.*s", (int)strcspn(at, "\n"), at);
	}
}

static int doctor_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct doctor_view *v = calloc(1, sizeof(*v));
	char kernel[64];
	int e = -ENOMEM;

	(void)snprintf(err, errlen, "out of memory");
	if (!v)
		return -ENOMEM;
	v->env = env;
	kernel_of(env->about, kernel, sizeof(kernel));
	v->facts = facts_new(rule_families, env->tracker, env->filter, kernel);
	if (v->facts)
		e = doctor_read_settings(v, err, errlen);
	if (e) {
		doctor_close(v);
		return e;
	}
	v->progress = env->live && !env->opts->quiet && isatty(STDERR_FILENO);
	env->wants->listeners = env->wants->sockets = true;
	v->facts->wires_are_new = true;
	*ret_state = v;
	return 0;
}

static int doctor_event(void *state, const struct twt_event *ev)
{
	return facts_event(((struct doctor_view *)state)->facts, ev);
}

static int doctor_transition(void *state, const struct transition *tr)
{
	return facts_transition(((struct doctor_view *)state)->facts, tr);
}

static int doctor_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	return facts_closed(((struct doctor_view *)state)->facts, c, ts_ns);
}

static int doctor_gone(void *state, const struct conn *c, __u64 ts_ns)
{
	return facts_gone(((struct doctor_view *)state)->facts, c, ts_ns);
}

static int doctor_accepted(void *state, const struct conn *c, __u64 ts_ns, __u64 wait_ns, bool by_use)
{
	(void)ts_ns;
	return facts_accepted(((struct doctor_view *)state)->facts, c, wait_ns, by_use);
}

static int doctor_interval(void *state, __u64 boundary_ns)
{
	struct doctor_view *v = state;
	double past = v->facts->begin_ns && boundary_ns > v->facts->begin_ns ? (double)(boundary_ns - v->facts->begin_ns) / 1e9 : 0;

	if (v->progress && v->env->opts->duration_s > 0)
		(void)fprintf(stderr, "\rwatching: %.0f of %.0f s ", past, v->env->opts->duration_s);
	else if (v->progress)
		(void)fprintf(stderr, "\rwatching: %.0f s ", past);
	return 0;
}

static int doctor_end(void *state, __u64 now_ns)
{
	struct doctor_view *v = state;
	struct finding *found = calloc(FINDINGS_MAX, sizeof(*found));
	int err = found ? facts_settle(v->facts, now_ns) : -ENOMEM;
	size_t n;

	if (v->progress)
		(void)fprintf(stderr, "\r\033[K");
	if (!err)
		err = out_losses(&v->out, v->env, now_ns);
	if (!err && v->n_settings) {
		doctor_settings(v, now_ns);
	} else if (!err) {
		n = doctor_judge(v->facts, found, FINDINGS_MAX);
		v->worst = n ? found[0].severity : SEV_NONE;
		if (v->env->opts->json)
			doctor_json(v, found, n, now_ns);
		else
			doctor_text(v, found, n);
	}
	free(found);
	if (!err)
		err = out_line(&v->out, v->env);
	return err ? err : out_flush(v->env);
}

static int doctor_verdict(const void *state)
{
	const struct doctor_view *v = state;

	return v->env->opts->fail_on && v->worst >= (enum severity)v->env->opts->fail_on ? EX_FINDING : 0;
}

const struct view_ops view_doctor = {
	.name = "doctor",
	.summary = "what is wrong, for whom, the evidence, what helps and what does not; --sysctl: what settings do here",
	.may_want_listeners = true,
	.open = doctor_open,
	.event = doctor_event,
	.transition = doctor_transition,
	.closed = doctor_closed,
	.gone = doctor_gone,
	.accepted = doctor_accepted,
	.interval = doctor_interval,
	.end = doctor_end,
	.verdict = doctor_verdict,
	.close = doctor_close,
};
