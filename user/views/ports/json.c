/* SPDX-License-Identifier: GPL-2.0-only */
#include <math.h>
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/ports/ports.h"

static void number(struct json *j, const char *key, bool known, __u64 n)
{
	if (known)
		json_u64(j, key, n);
	else
		json_null(j, key);
}

static void real(struct json *j, const char *key, bool known, double x)
{
	json_double(j, key, known && isfinite(x) ? x : NAN);	/* NAN is null */
}

static void group(const struct ports_view *v, struct json *j, const struct ports_row *r)
{
	json_str(j, "by", ports_by_name(v->by));
	if (v->by == PORTS_BY_PID)
		number(j, "pid", r->known, r->tgid);
	if (v->by == PORTS_BY_PID || v->by == PORTS_BY_COMM)
		json_str(j, "comm", r->known ? r->comm : NULL);
	json_u64(j, "destinations", r->destinations);
}

/* Of a group what it is of. */
static void group_names(const struct ports_view *v, struct json *j, const struct ports_row *r)
{
	const struct names *ns = tracker_names(v->env->tracker);
	const struct name *n = NULL;
	enum name_by by;

	if (v->by == PORTS_BY_PID) {
		out_names(j, r->known ? names_cgroup(ns, r->cgroup) : NULL);
	} else if (ports_name_by(v->by, &by)) {
		n = names_of_group(ns, by, r->name_group);
		if (by == NAME_BY_CONTAINER)
			out_names(j, n);
		if (by == NAME_BY_POD) {
			json_str(j, "pod", name_part(n, TWT_NP_POD));
			json_str(j, "pod_namespace", name_part(n, TWT_NP_POD_NAMESPACE));
		}
		if (by == NAME_BY_UNIT)
			json_str(j, "unit", name_unit(n));
	}
}

static void destination(struct json *j, const struct ports_row *r, bool known)
{
	char addr[FMT_ADDR_LEN];

	number(j, "netns", known, r->netns);
	fmt_addr(r->laddr, r->family, addr);
	json_str(j, "laddr", known ? addr : NULL);
	fmt_addr(r->raddr, r->family, addr);
	json_str(j, "raddr", known && !r->any ? addr : NULL);
	number(j, "rport", known && !r->any, r->rport);
}

static void what_it_has(struct json *j, const struct ports_row *r)
{
	if (r->has_range) {
		json_open(j, "range", '[');
		json_u64(j, NULL, r->lo);
		json_u64(j, NULL, r->hi);
		json_close(j, ']');
	} else {
		json_null(j, "range");
	}
	number(j, "usable", r->has_range, r->usable);
	number(j, "closed", r->has_range, r->closed);
	json_u64(j, "in_use", r->in_use);
	json_u64(j, "time_wait", r->time_wait);
	json_u64(j, "reusable", r->reusable);
	number(j, "free", r->has_range, r->free);
	real(j, "used_ratio", r->has_range, r->used_ratio);
}

static void holders(const struct ports_view *v, struct json *j, const struct ports_row *r)
{
	json_open(j, "top", '[');
	for (__u32 i = 0; i < r->n_top; i++) {
		json_open(j, NULL, '{');
		json_u64(j, "pid", r->top[i].tgid);
		json_str(j, "comm", r->top[i].comm);
		json_u64(j, "ports", r->top[i].ports);
		out_names(j, names_cgroup(tracker_names(v->env->tracker), r->top[i].cgroup));
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "states", '{');
	for (unsigned int st = ST_ESTABLISHED; st <= ST_SHOWN; st++) {
		if (r->states[st])
			json_u64(j, tcp_state_name(st), r->states[st]);
	}
	json_close(j, '}');
}

static int print(struct ports_view *v, const struct ports_report *rep, const struct ports_row *r)
{
	bool has_dest = v->by == PORTS_BY_DEST || r->destinations;
	struct json j;

	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "ports", rep->ts_ns);
	if (v->by != PORTS_BY_DEST)
		group(v, &j, r);
	destination(&j, r, has_dest);
	what_it_has(&j, r);
	json_u64(&j, "opened", r->opened);
	json_double(&j, "opened_per_s", r->opened_per_s);
	real(&j, "hold_s", true, r->hold_s);
	real(&j, "exhausted_in_s", r->has_range, r->exhausted_in_s);
	real(&j, "steady_ratio", r->has_range && r->usable && isinf(r->exhausted_in_s), r->steady / r->usable);
	number(&j, "failed", !r->any || r->failed || v->env->opts->calls, r->failed);
	holders(v, &j, r);
	json_str(&j, "netns_name", has_dest ? out_netns_name(v->env, r->netns) : NULL);
	group_names(v, &j, r);
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

/* The rows, then what they add up to: an interval without rows has a line too. */
int ports_json(struct ports_view *v, const struct ports_report *rep)
{
	__u64 in_use = 0, time_wait = 0, failed = 0;
	struct json j;
	int err = 0;

	for (size_t i = 0; i < rep->shown && !err; i++)
		err = print(v, rep, rep->rows[i]);
	if (err)
		return err;
	for (size_t i = 0; i < rep->n; i++) {
		in_use += rep->rows[i]->in_use;
		time_wait += rep->rows[i]->time_wait;
		failed += rep->rows[i]->failed;
	}
	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "ports_total", rep->ts_ns);
	json_str(&j, "by", ports_by_name(v->by));
	json_u64(&j, "rows", rep->n);
	json_u64(&j, "in_use", in_use);
	json_u64(&j, "time_wait", time_wait);
	json_u64(&j, "failed", failed);
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}
