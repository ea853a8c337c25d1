// SPDX-License-Identifier: GPL-2.0-only
/* Members of a row's JSON that are objects or arrays. */
#include "core/stats/closers/columns.h"
#include "core/text/fmt.h"

static const struct closer_row *row(const struct field_src *src)
{
	return ((const struct closer_src *)src->of)->row;
}

void closer_json_other(struct json *j, const struct field_src *src)
{
	json_open(j, "other", '{');
	for (unsigned int i = CLOSE_RESET + 1; i < CLOSE_KIND_MAX; i++)
		json_u64(j, close_kind_name(i), row(src)->kinds[i]);
	json_close(j, '}');
}

void closer_json_reasons(struct json *j, const struct field_src *src)
{
	json_open(j, "abort_reasons", '{');
	for (unsigned int i = REASON_NONE + 1; i < CLOSE_REASON_MAX; i++) {
		if (row(src)->reasons[i])
			json_u64(j, close_reason_name(i), row(src)->reasons[i]);
	}
	json_close(j, '}');
}

void closer_json_strangers(struct json *j, const struct field_src *src)
{
	const struct closer_row *r = row(src);

	json_open(j, "closed_by_others", '{');
	json_u64(j, "closed", r->by_strangers);
	json_open(j, "who", '[');
	for (unsigned int i = 0; i < CLOSERS_STRANGERS && r->strangers[i].closed; i++) {
		json_open(j, NULL, '{');
		json_u64(j, "pid", r->strangers[i].tgid);
		json_str(j, "comm", r->strangers[i].comm);
		json_u64(j, "closed", r->strangers[i].closed);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

void closer_json_tw_ends(struct json *j, const struct field_src *src)
{
	json_open(j, "tw_ends", '{');
	for (unsigned int i = TW_END_NONE + 1; i < TW_END_MAX; i++)
		json_u64(j, tw_end_name(i), row(src)->tw_ends[i]);
	json_close(j, '}');
}

void closer_json_stuck_states(struct json *j, const struct field_src *src)
{
	json_open(j, "stuck_states", '{');
	for (unsigned int i = 0; i < STUCK_MAX; i++)
		json_u64(j, tcp_state_name(closer_stuck_state(i)), row(src)->stuck[i]);
	json_close(j, '}');
}

void closer_json_stands_out(struct json *j, const struct field_src *src)
{
	const struct closer_wire *w = &row(src)->wire;

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

void closer_json_dests(struct json *j, const struct field_src *src)
{
	const struct closer_row *r = row(src);

	json_open(j, "destinations", '[');
	for (__u32 i = 0; i < r->dests.n; i++) {
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
