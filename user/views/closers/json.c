/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/fmt.h"
#include "views/closers/closers.h"
#include "run/opts.h"

/* Members that a row of another grouping does not have are null. */
static void json_key(const struct closers_view *v, struct json *j, const struct closer_row *r)
{
	bool known = r->key.known, pid = known && v->by == CLOSERS_BY_PID;
	__u64 cgroup = closers_cgroup(v, r);
	const struct name *n = closers_name(v, r);
	char addr[FMT_ADDR_LEN];

	if (pid)
		json_u64(j, "pid", closer_pid(r));
	else
		json_null(j, "pid");
	json_str(j, "comm", pid ? r->comm : known && v->by == CLOSERS_BY_COMM ? r->key.comm :
		 r->key.kernel ? "kernel" : NULL);
	if (v->by == CLOSERS_BY_NETNS || v->by == CLOSERS_BY_LPORT) {
		if (known && r->key.num)
			json_u64(j, closers_by_name(v->by), r->key.num);
		else
			json_null(j, closers_by_name(v->by));
	} else if (v->by == CLOSERS_BY_REMOTE) {
		if (known)
			fmt_addr(r->key.remote.addr, r->key.remote.family, addr);
		json_str(j, "raddr", known ? addr : NULL);
		if (known && r->key.remote.port)
			json_u64(j, "rport", r->key.remote.port);
		else
			json_null(j, "rport");
	}
	if (v->by == CLOSERS_BY_PID || v->by == CLOSERS_BY_CGROUP) {
		if (cgroup)
			json_u64(j, "cgroup", cgroup);
		else
			json_null(j, "cgroup");
		json_str(j, "cgroup_path", name_part(n, TWT_NP_PATH));
		json_str(j, "container", name_part(n, TWT_NP_CONTAINER));
	}
	json_bool(j, "exited", r->exited);
	json_bool(j, "kernel", r->key.kernel);
	json_bool(j, "rest", r->key.rest);
}

/* Behind all others: what is known of the cgroup, container, pod or unit. */
static void json_names(const struct closers_view *v, struct json *j, const struct closer_row *r)
{
	const struct name *n = closers_name(v, r);
	bool process = v->by == CLOSERS_BY_PID || v->by == CLOSERS_BY_CGROUP;

	if (v->by == CLOSERS_BY_NETNS)
		json_str(j, "netns_name", name_part(n, TWT_NP_NETNS));
	if (v->by == CLOSERS_BY_CONTAINER)
		json_str(j, "container", name_part(n, TWT_NP_CONTAINER));
	if (process || v->by == CLOSERS_BY_CONTAINER) {
		json_str(j, "container_name", name_part(n, TWT_NP_CONTAINER_NAME));
		json_str(j, "image", name_part(n, TWT_NP_IMAGE));
		json_str(j, "runtime", name_part(n, TWT_NP_RUNTIME));
	}
	if (process || v->by == CLOSERS_BY_CONTAINER || v->by == CLOSERS_BY_POD) {
		json_str(j, "pod", name_part(n, TWT_NP_POD));
		json_str(j, "pod_namespace", name_part(n, TWT_NP_POD_NAMESPACE));
	}
	if (process || v->by == CLOSERS_BY_UNIT)
		json_str(j, "unit", name_unit(n));
}

static void json_closes(struct json *j, const struct closer_row *r)
{
	unsigned int i;

	json_u64(j, "closed", r->closed);
	for (i = CLOSE_ACTIVE; i <= CLOSE_RESET; i++)
		json_u64(j, close_kind_name(i), r->kinds[i]);
	json_open(j, "other", '{');
	for (i = CLOSE_RESET + 1; i < CLOSE_KIND_MAX; i++)
		json_u64(j, close_kind_name(i), r->kinds[i]);
	json_close(j, '}');
	json_open(j, "abort_reasons", '{');
	for (i = REASON_NONE + 1; i < CLOSE_REASON_MAX; i++) {
		if (r->reasons[i])
			json_u64(j, close_reason_name(i), r->reasons[i]);
	}
	json_close(j, '}');
}

static void json_strangers(struct json *j, const struct closer_row *r)
{
	unsigned int i;

	json_open(j, "closed_by_others", '{');
	json_u64(j, "closed", r->by_strangers);
	json_open(j, "who", '[');
	for (i = 0; i < CLOSERS_STRANGERS && r->strangers[i].closed; i++) {
		json_open(j, NULL, '{');
		json_u64(j, "pid", r->strangers[i].tgid);
		json_str(j, "comm", r->strangers[i].comm);
		json_u64(j, "closed", r->strangers[i].closed);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void json_time_wait(const struct closers_view *v, struct json *j, const struct closer_row *r)
{
	unsigned int i;

	json_u64(j, "time_wait", r->tw_now);
	json_u64(j, "time_wait_created", r->tw_created);
	json_double(j, "time_wait_created_per_s", v->interval_ns ?
		    (double)(r->tw_created - r->tw_created_before) * 1e9 / (double)v->interval_ns : 0);
	json_double(j, "time_wait_seconds", (double)closer_tw_ns(r) / 1e9);
	json_open(j, "tw_ends", '{');
	for (i = TW_END_NONE + 1; i < TW_END_MAX; i++)
		json_u64(j, tw_end_name(i), r->tw_ends[i]);
	json_close(j, '}');
}

static void json_stuck(struct json *j, const struct closer_row *r)
{
	unsigned int i;

	json_u64(j, "stuck", closer_stuck(r));
	json_open(j, "stuck_states", '{');
	for (i = 0; i < STUCK_MAX; i++)
		json_u64(j, tcp_state_name(closer_stuck_state(i)), r->stuck[i]);
	json_close(j, '}');
	if (closer_stuck(r))
		json_u64(j, "stuck_oldest_ns", r->oldest_ns);
	else
		json_null(j, "stuck_oldest_ns");
	json_bool(j, "stuck_oldest_at_least", r->oldest_at_least);
}

static void json_share(struct json *j, const struct closer_wire *w, double ppm)
{
	if (!w->conns) {
		json_null(j, "wire_connections");
		json_null(j, "retrans_connections");
		json_null(j, "segs_out");
		json_null(j, "retrans_segs");
		json_null(j, "retrans_share");
		return;
	}
	json_u64(j, "wire_connections", w->conns);
	json_u64(j, "retrans_connections", w->retrans_conns);
	json_u64(j, "segs_out", w->segs_out);
	json_u64(j, "retrans_segs", w->retrans_segs);
	json_double(j, "retrans_share", ppm / 1e6);
}

/* @total: a sum has no median of its own, and is no destination. */
static void json_wire(const struct closers_view *v, struct json *j, const struct closer_row *r, bool total)
{
	const struct closer_wire *w = &r->wire;

	json_share(j, w, closer_retrans_ppm(r));
	if (total)
		return;
	if (w->rtt_us)
		json_u64(j, "rtt_p50_us", w->rtt_us);
	else
		json_null(j, "rtt_p50_us");
	if (w->rtt_missed)
		json_u64(j, "rtt_missed", w->rtt_missed);
	if (v->by != CLOSERS_BY_REMOTE)
		return;
	if (!w->judged) {
		json_null(j, "stands_out");
		return;
	}
	json_open(j, "stands_out", '[');
	if (w->out & CLOSER_OUT_RETRANS)
		json_str(j, NULL, "retrans");
	if (w->out & CLOSER_OUT_RTT)
		json_str(j, NULL, "rtt");
	json_close(j, ']');
}

static void json_dests(struct json *j, const struct closer_row *r)
{
	__u32 i;

	json_open(j, "destinations", '[');
	for (i = 0; i < r->dests.n; i++) {
		const struct dest *d = &r->dests.d[i];
		char addr[FMT_ADDR_LEN];

		fmt_addr(d->key.addr, d->key.family, addr);
		json_open(j, NULL, '{');
		json_str(j, "raddr", addr);
		if (d->key.port)
			json_u64(j, "rport", d->key.port);
		else
			json_null(j, "rport");
		json_u64(j, "closed", d->closed);
		json_u64(j, "active", d->active);
		json_u64(j, "missed", d->missed);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static int print(struct closers_view *v, const struct closers_report *rep, const struct closer_row *r)
{
	struct json j;

	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, r ? "closers" : "closers_total", rep->ts_ns);
	json_str(&j, "by", closers_by_name(v->by));
	if (r)
		json_key(v, &j, r);
	else
		json_u64(&j, "rows", rep->n);
	json_closes(&j, r ? r : rep->total);
	if (r && (r->failed_calls || v->env->opts->calls))
		json_u64(&j, "failed_calls", r->failed_calls);
	if (r)
		json_strangers(&j, r);
	json_time_wait(v, &j, r ? r : rep->total);
	json_stuck(&j, r ? r : rep->total);
	json_wire(v, &j, r ? r : rep->total, !r);
	if (r)
		json_dests(&j, r);
	if (r)
		json_names(v, &j, r);
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

/* The rows, then what they add up to: an interval without rows has a line too. */
int closers_json(struct closers_view *v, const struct closers_report *rep)
{
	size_t i;
	int err = 0;

	for (i = 0; i < rep->n && !err; i++)
		err = print(v, rep, rep->rows[i]);
	return err ? err : print(v, rep, NULL);
}
