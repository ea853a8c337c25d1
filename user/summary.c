/* SPDX-License-Identifier: GPL-2.0-only */
#include "summary.h"
#include <stdio.h>
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/out.h"

struct sums {
	__u64 opened, closed, transitions, tw_born, tw_seeded, tw_ended[TW_END_MAX], tw_alive;
};

static struct sums sum_up(const struct pipeline *p)
{
	const struct totals *ts = tracker_totals(pipeline_tracker(p));
	struct sums s = { 0 };

	for (size_t i = 0; i < ts->n; i++) {
		const struct netns_totals *n = &ts->netns[i];

		s.opened += n->opened;
		s.closed += n->closed;
		s.transitions += n->transitions;
		s.tw_born += n->tw_born;
		s.tw_seeded += n->tw_seeded;
		s.tw_alive += n->tw_alive;
		for (int e = 0; e < TW_END_MAX; e++)
			s.tw_ended[e] += n->tw_ended[e];
	}
	return s;
}

static __u64 lost_total(const struct pipeline *p, __u64 ret[LOSS_MAX])
{
	__u64 total = 0;

	tracker_losses(pipeline_tracker(p), ret);
	for (int i = 0; i < LOSS_MAX; i++)
		total += ret[i];
	return total;
}

double summary_loss(const struct pipeline *p)
{
	__u64 lost[LOSS_MAX], total = lost_total(p, lost);

	return total ? (double)total / (double)(total + pipeline_kernel_events(p)) : 0;
}

static void add_counts(struct strbuf *b, const struct sums *s)
{
	strbuf_adds(b, "\nconnections: ");
	fmt_count(b, s->opened);
	strbuf_adds(b, " opened, ");
	fmt_count(b, s->closed);
	strbuf_adds(b, " closed, ");
	fmt_count(b, s->transitions);
	strbuf_adds(b, " transitions\nTIME_WAIT:   ");
	fmt_count(b, s->tw_born);
	strbuf_adds(b, " begun, ");
	if (s->tw_seeded) {
		fmt_count(b, s->tw_seeded);
		strbuf_adds(b, " found existing, ");
	}
	fmt_count(b, s->tw_alive);
	strbuf_adds(b, " alive");
	for (unsigned int e = TW_END_NONE + 1; e < TW_END_MAX; e++) {
		if (!s->tw_ended[e])
			continue;
		strbuf_adds(b, ", ");
		fmt_count(b, s->tw_ended[e]);
		strbuf_addf(b, " %s", tw_end_name(e));
	}
	strbuf_addc(b, '\n');
}

/* Those that are missing are no lost events: of them only the path is not known. */
static void add_stacks(struct strbuf *b, const struct stacks *ss)
{
	if (!ss)
		return;
	strbuf_adds(b, "stacks:      ");
	fmt_count(b, stacks_counted(ss, TWT_STK_TAKEN));
	strbuf_adds(b, " looked at, ");
	fmt_count(b, stacks_counted(ss, TWT_STK_SENT));
	strbuf_adds(b, " of them new, ");
	fmt_count(b, stacks_counted(ss, TWT_STK_NAMED));
	strbuf_adds(b, " named");
	for (unsigned int i = TWT_STK_LIMITED; i < TWT_STK_NAMED; i++) {
		__u64 n = stacks_counted(ss, (enum twt_stack_count)i);

		if (!n)
			continue;
		strbuf_addf(b, ", %s ", stack_count_name(i));
		fmt_count(b, n);
	}
	if (stacks_dropped(ss))
		strbuf_addf(b, ", beyond the limit %llu", (unsigned long long)stacks_dropped(ss));
	strbuf_addc(b, '\n');
}

static void add_losses(struct strbuf *b, const struct pipeline *p)
{
	__u64 lost[LOSS_MAX], total = lost_total(p, lost), events = pipeline_kernel_events(p);

	strbuf_adds(b, "events:      ");
	fmt_count(b, events);
	strbuf_adds(b, total ? " seen, " : " seen, nothing lost\n");
	if (total) {
		fmt_count(b, total);
		strbuf_addf(b, " lost (%.3g%%):", 100 * summary_loss(p));
		for (unsigned int i = 0; i < LOSS_MAX; i++)
			if (lost[i])
				strbuf_addf(b, " %s %llu", loss_name(i), (unsigned long long)lost[i]);
		strbuf_addc(b, '\n');
	}
	if (tracker_gaps(pipeline_tracker(p)))
		strbuf_addf(b, "gaps:        %llu events did not fit what came before: some before them are missing\n",
			    (unsigned long long)tracker_gaps(pipeline_tracker(p)));
	add_stacks(b, tracker_stacks(pipeline_tracker(p)));
	if (names_dropped(tracker_names(pipeline_tracker(p))))
		strbuf_addf(b, "names:       %llu of containers, pods or units not kept: there are too many\n",
			    (unsigned long long)names_dropped(tracker_names(pipeline_tracker(p))));
	if (pipeline_skipped_intervals(p))
		strbuf_addf(b, "intervals:   %llu left out, where time jumped\n",
			    (unsigned long long)pipeline_skipped_intervals(p));
}

static void add_proof(struct strbuf *b, const struct pipeline *p)
{
	struct proof_line lines[PROOF_MAX];
	size_t n = totals_proof(tracker_totals(pipeline_tracker(p)), lines);

	if (!n)
		return;
	strbuf_adds(b, "coverage:             twtrace       kernel\n");
	for (size_t i = 0; i < n; i++) {
		/* Both are sums of differences; a kernel counter that went back is a small negative one. */
		long long apart = (long long)(lines[i].ours - lines[i].kernel);

		strbuf_addf(b, "  %-20s %7lld %12lld", lines[i].name, (long long)lines[i].ours,
			    (long long)lines[i].kernel);
		if (apart)
			strbuf_addf(b, "   differs by %lld", apart);
		strbuf_addc(b, '\n');
	}
}

void summary_print(const struct pipeline *p, const char *host)
{
	struct sums s = sum_up(p);
	struct strbuf b = { 0 };

	if (host) {
		strbuf_adds(&b, "==> ");
		fmt_comm(&b, host);
		strbuf_adds(&b, " <==\n");
	}
	strbuf_adds(&b, "time:        ");
	fmt_duration(&b, pipeline_window_ns(p));
	add_counts(&b, &s);
	add_losses(&b, p);
	add_proof(&b, p);
	if (b.s)
		(void)fputs(b.s, stderr);
	strbuf_free(&b);
}

int summary_json(const struct pipeline *p, const struct view_env *env)
{
	struct proof_line lines[PROOF_MAX];
	struct out o = { 0 };
	struct sums s = sum_up(p);
	struct json j;
	size_t n;
	int err;

	json_init(&j, &o.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, env, "summary", tracker_now(pipeline_tracker(p)));
	json_u64(&j, "window_ns", pipeline_window_ns(p));
	json_u64(&j, "connections_opened", s.opened);
	json_u64(&j, "connections_closed", s.closed);
	json_u64(&j, "transitions", s.transitions);
	json_open(&j, "time_wait", '{');
	json_u64(&j, "begun", s.tw_born);
	json_u64(&j, "found", s.tw_seeded);
	json_u64(&j, "alive", s.tw_alive);
	json_open(&j, "ended", '{');
	for (unsigned int e = TW_END_NONE + 1; e < TW_END_MAX; e++)
		json_u64(&j, tw_end_name(e), s.tw_ended[e]);
	json_close(&j, '}');
	json_close(&j, '}');
	json_u64(&j, "events", pipeline_kernel_events(p));
	(void)lost_total(p, o.lost);
	json_u64(&j, "gaps", tracker_gaps(pipeline_tracker(p)));
	json_open(&j, "lost", '{');
	for (unsigned int i = 0; i < LOSS_MAX; i++)
		json_u64(&j, loss_name(i), o.lost[i]);
	json_close(&j, '}');
	json_open(&j, "proof", '[');
	n = totals_proof(tracker_totals(pipeline_tracker(p)), lines);
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_str(&j, "name", lines[i].name);
		json_s64(&j, "ours", (long long)lines[i].ours);
		json_s64(&j, "kernel", (long long)lines[i].kernel);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	strbuf_addc(&o.b, '\n');
	err = out_line(&o, env);
	out_free(&o);
	return err;
}
