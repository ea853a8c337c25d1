/* SPDX-License-Identifier: GPL-2.0-only */
#include "run/opts.h"
#include "views/closers/closers.h"

/* @r: NULL is what all rows add up to. */
static int print(struct closers_view *v, const struct closers_report *rep, const struct closer_row *r)
{
	static const char *const calls[] = { "failed_calls", NULL }, *const others[] = { "closed_by_others", NULL };
	static const char *const rtt[] = { "rtt_p50_us", NULL }, *const missed[] = { "rtt_missed", NULL };
	static const char *const out[] = { "stands_out", NULL }, *const dests[] = { "destinations", NULL };
	struct strbuf label = { 0 };
	struct closer_src of;
	struct field_src src;
	struct json j;

	closers_src(v, r ? r : rep->total, rep->ts_ns, &label, &of, &src);
	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, r ? "closers" : "closers_total", rep->ts_ns);
	json_str(&j, "by", closers_by_name(v->by));
	if (r)
		closers_members(&j, closer_json_key(v->by), &src);
	else
		json_u64(&j, "rows", rep->n);
	closers_members(&j, closer_json_closes, &src);
	if (r && (r->failed_calls || v->env->opts->calls))
		closers_members(&j, calls, &src);
	if (r)
		closers_members(&j, others, &src);
	closers_members(&j, closer_json_time_wait, &src);
	closers_members(&j, closer_json_share, &src);
	if (r) {		/* a sum has no median of its own, and is no destination */
		closers_members(&j, rtt, &src);
		if (r->wire.rtt_missed)
			closers_members(&j, missed, &src);
		if (v->by == CLOSERS_BY_REMOTE)
			closers_members(&j, out, &src);
		closers_members(&j, dests, &src);
		closers_members(&j, closer_json_names(v->by), &src);
	}
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
	strbuf_free(&label);
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
