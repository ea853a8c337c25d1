/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/fmt.h"
#include "views/doctor/doctor.h"

static void subject(struct json *j, const struct view_env *env, const struct subject *s)
{
	struct strbuf comm = { 0 };
	char addr[FMT_ADDR_LEN];

	json_open(j, "subject", '{');
	if (s->has_process) {
		json_u64(j, "pid", s->tgid);
		fmt_comm(&comm, s->comm);
		json_str(j, "comm", comm.s ? comm.s : "");
		strbuf_free(&comm);
		out_names(j, names_cgroup(tracker_names(env->tracker), s->cgroup));
	}
	if (s->has_listener)
		json_u64(j, "lport", s->port);
	if (s->has_dest) {
		fmt_addr(s->addr, s->family, addr);
		json_str(j, "raddr", addr);
		if (s->port)
			json_u64(j, "rport", s->port);
	}
	if (s->netns) {
		json_u64(j, "netns", s->netns);
		json_str(j, "netns_name", out_netns_name(env, s->netns));
	}
	json_close(j, '}');
}

static void text(struct json *j, const char *key, const struct finding *f, const char *tmpl)
{
	struct strbuf b = { 0 };

	finding_text(&b, f, tmpl);
	json_str(j, key, b.s ? b.s : "");
	strbuf_free(&b);
}

static void list(struct json *j, const char *key, const char *const *items)
{
	json_open(j, key, '[');
	for (; items && *items; items++)
		json_str(j, NULL, *items);
	json_close(j, ']');
}

static void one(struct doctor_view *v, const struct finding *f, __u64 now_ns)
{
	struct json j;

	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "finding", now_ns);
	json_str(&j, "id", f->rule->id);
	json_str(&j, "severity", severity_name(f->severity));
	json_str(&j, "sure", f->rule->sure);
	json_str(&j, "title", f->rule->title);
	subject(&j, v->env, &f->subject);
	json_open(&j, "evidence", '{');
	for (size_t i = 0; i < f->n_ev; i++) {
		if (f->ev[i].unit == EV_COUNT)
			json_u64(&j, f->ev[i].key, (unsigned long long)(f->ev[i].value > 0 ? f->ev[i].value : 0));
		else
			json_double(&j, f->ev[i].key, f->ev[i].value);
	}
	json_close(&j, '}');
	doctor_stack_json(v->env->tracker, f, &j);
	text(&j, "cause", f, f->rule->cause);
	text(&j, "outlook", f, f->rule->outlook);
	list(&j, "fix", f->rule->fix);
	list(&j, "dont", f->rule->dont);
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
}

void doctor_json(struct doctor_view *v, const struct finding *f, size_t n, __u64 now_ns)
{
	struct json j;

	for (size_t i = 0; i < n; i++)
		one(v, &f[i], now_ns);
	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "doctor", now_ns);
	json_u64(&j, "findings", n);
	json_bool(&j, "healthy", !n || f[0].severity <= SEV_INFO);
	json_u64(&j, "not_judged", v->facts->tallies.left_out);
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
}
