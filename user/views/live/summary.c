/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of the whole host in one object, and histograms of phases. */
#include <string.h>
#include "views/live/parts.h"
#include "views/out.h"

static void add_moves(const struct live *l, struct json *j)
{
	json_open(j, "transitions", '[');
	for (unsigned int from = 0; from < ST_MAX; from++) {
		for (unsigned int to = 0; to < ST_MAX; to++) {
			if (!l->flow.total.moves[from][to] || from == to)
				continue;
			json_open(j, NULL, '{');
			json_str(j, "from", tcp_state_name(from ? from : ST_CLOSE));
			json_str(j, "to", tcp_state_name(to ? to : ST_CLOSE));
			json_u64(j, "total", l->flow.total.moves[from][to]);
			json_close(j, '}');
		}
	}
	json_close(j, ']');
}

static void add_about(const struct live *l, struct json *j, const char *key, const char *name)
{
	size_t n = strlen(name);
	char text[128];

	for (const char *s = l->env->about; *s; s += *s == '\n') {
		size_t len = strcspn(s, "\n");

		if (!strncmp(s, name, n) && s[n] == '=') {
			(void)snprintf(text, sizeof(text), "%.*s", (int)(len - n - 1), s + n + 1);
			json_str(j, key, text);
			return;
		}
		s += len;
	}
	json_null(j, key);
}

void live_summary(const struct live *l, struct strbuf *b)
{
	const struct tracker *t = l->env->tracker;
	__u64 counts[ST_MAX], lost[LOSS_MAX];
	struct json j;
	unsigned int i;

	tracker_counts(t, counts);
	tracker_losses(t, lost);
	json_init(&j, b);
	json_open(&j, NULL, '{');
	out_stamp(&j, l->env, "now", tracker_now(t));
	json_u64(&j, "start_ns", l->start_ns);
	json_u64(&j, "counting_since_ns", l->counting_ns);
	json_bool(&j, "live", l->env->live);
	if (l->span) {
		json_u64(&j, "first_ns", l->span->start_ns);
		json_u64(&j, "end_ns", l->span->end_ns);
		json_bool(&j, "whole", l->span->whole);
	}
	add_about(l, &j, "host", "host");
	add_about(l, &j, "kernel", "kernel");
	json_u64(&j, "connections", tracker_size(t));
	json_u64(&j, "events", l->events);
	json_u64(&j, "gaps", tracker_gaps(t));
	json_open(&j, "lost", '{');
	for (i = 0; i < LOSS_MAX; i++)
		json_u64(&j, loss_name(i), lost[i]);
	json_close(&j, '}');
	json_open(&j, "counts", '{');
	for (i = ST_ESTABLISHED; i <= ST_SHOWN; i++)
		json_u64(&j, tcp_state_name(i), counts[i]);
	json_close(&j, '}');
	add_moves(l, &j);
	json_open(&j, "tw_ends", '{');
	for (i = TW_END_NONE + 1; i < TW_END_MAX; i++)
		json_u64(&j, tw_end_name(i), l->flow.total.tw_ends[i]);
	json_close(&j, '}');
	json_close(&j, '}');
	strbuf_addc(b, '\n');
}

/* --- latency --- */

int latency_rows(struct live *l, struct strbuf *text)
{
	__u64 now_ns = tracker_now(l->env->tracker);
	struct hist_stamp at = {
		.wall_ns = (long long)now_ns + tracker_clock_offset(l->env->tracker), .ts_ns = now_ns, .window_ns = now_ns - l->start_ns, .few = true,
	};
	struct hist_item *it;
	int err = hist_collect_open(&l->latency), n = 0;
	size_t items;

	for (unsigned int phase = 0; phase < PHASE_MAX && !err; phase++) {
		if (!(l->latency.phases & 1U << phase))
			continue;
		err = hist_set_items(l->latency.set, phase, 1, &it, &items);
		if (err)
			break;
		it->phase = phases[phase].name;
		hist_json(text, it, &at);
		n++;
	}
	return err ? err : n;
}
