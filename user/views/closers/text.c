/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include "core/stats/closers/say.h"
#include "core/stats/hist/out.h"
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/closers/closers.h"

#define KEY_WIDTH 24		/* of keys without a usual width: cgroups, remote ends */

static const struct { const char *title; int width; } keys[CLOSERS_BY_MAX] = {
	[CLOSERS_BY_PID] = { "    PID COMM           ", 23 }, [CLOSERS_BY_COMM] = { "COMM", 15 },
	[CLOSERS_BY_CGROUP] = { "CGROUP", KEY_WIDTH }, [CLOSERS_BY_NETNS] = { "NETNS", 10 },
	[CLOSERS_BY_LPORT] = { "LPORT", 5 }, [CLOSERS_BY_REMOTE] = { "REMOTE", KEY_WIDTH },
	[CLOSERS_BY_CONTAINER] = { "CONTAINER", KEY_WIDTH }, [CLOSERS_BY_POD] = { "POD", KEY_WIDTH },
	[CLOSERS_BY_UNIT] = { "UNIT", KEY_WIDTH },
};

static void pad(struct strbuf *b, size_t start, int width)
{
	if (b->len - start < (size_t)width)
		strbuf_pad_to(b, start, (size_t)width);
}

/* @text flush right. */
static void add_right(struct strbuf *b, const struct strbuf *text, int width)
{
	strbuf_addf(b, " %*s", width, text->s ? text->s : "");
	b->failed |= text->failed;
}

static void add_key(struct closers_view *v, const struct closer_row *r)
{
	const char *unknown = r->key.rest ? "rest" : r->key.kernel ? "kernel" : "-";
	struct strbuf *b = &v->out.b, label = { 0 };
	size_t start = b->len;

	if (v->by == CLOSERS_BY_PID && r->key.known) {
		strbuf_addf(b, "%7u ", closer_pid(r));
		fmt_comm(b, r->comm);
	} else if (v->by == CLOSERS_BY_PID) {
		strbuf_addf(b, "%7s %s", "-", unknown);
	} else if (!r->key.known) {
		strbuf_adds(b, unknown);
	} else if (v->by == CLOSERS_BY_COMM) {
		fmt_comm(b, r->key.comm);
	} else if (v->by == CLOSERS_BY_REMOTE) {
		say_dest(b, &r->key.remote);
	} else if (closers_label(v, r, &label)) {
		fmt_comm(b, label.s ? label.s : "");
	} else if (v->by == CLOSERS_BY_CGROUP) {
		strbuf_addf(b, "cgroup:%llu", (unsigned long long)r->key.num);
	} else if (r->key.num) {
		strbuf_addf(b, "%llu", (unsigned long long)r->key.num);
	} else {
		strbuf_addc(b, '*');
	}
	pad(b, start, keys[v->by].width);
	strbuf_free(&label);
}

static const char *status(const struct closers_view *v, const struct closer_row *r)
{
	if (r->key.kernel)
		return "kernel";
	if (v->by != CLOSERS_BY_PID || !r->key.known)
		return "-";
	return r->exited ? "exited" : v->sees_processes ? "alive" : "-";
}

static void add_share(struct strbuf *b, __u64 part, __u64 whole, int width)
{
	__u64 per_mille = whole ? (part * 1000 + whole / 2) / whole : 0;
	char text[48];

	/* Neither nothing nor all, as long as it is not. */
	if (part && per_mille == 0)
		per_mille = 1;
	if (part < whole && per_mille == 1000)
		per_mille = 999;
	(void)snprintf(text, sizeof(text), "%llu.%llu%%", (unsigned long long)per_mille / 10,
		       (unsigned long long)per_mille % 10);
	strbuf_addf(b, " %*s", width, whole ? text : "-");
}

static double rate(const struct closers_view *v, const struct closer_row *r)
{
	return v->interval_ns ? (double)(r->tw_created - r->tw_created_before) * 1e9 / (double)v->interval_ns : 0;
}

/* The container if it is one, else the cgroup. */
static void add_place(struct closers_view *v, const struct closer_row *r)
{
	const struct name *n = closers_name(v, r);
	const char *path = name_part(n, TWT_NP_PATH);
	struct strbuf *b = &v->out.b, label = { 0 };

	if (name_label_by(n, NAME_BY_CONTAINER, &label) && !label.failed) {
		strbuf_adds(b, "container ");
		fmt_comm(b, label.s);
	} else if (path) {
		fmt_comm(b, path);
	} else if (closers_cgroup(v, r)) {
		strbuf_addf(b, "cgroup:%llu", (unsigned long long)closers_cgroup(v, r));
	} else {
		strbuf_addc(b, '-');
	}
	strbuf_free(&label);
}

static int print_header(struct closers_view *v)
{
	struct strbuf *b = &v->out.b;

	if (v->env->opts->no_header)
		return 0;
	strbuf_addf(b, "%-*s STATUS   CLOSED ACTIVE PASSIVE SIMULT  ABORT  RESET  OTHER      TW     TW/s     TW-SEC"
		    "  STUCK   OLDEST%s DESTINATION", keys[v->by].width, keys[v->by].title,
		    closers_asks_wire(v->env->opts) ? "    RTX%        RTT " : "");
	if (v->env->opts->wide)
		strbuf_adds(b, "; TIME_WAIT ENDS; CGROUP");
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static void add_stuck(struct strbuf *b, const struct closer_row *r)
{
	struct strbuf age = { 0 };

	strbuf_addf(b, " %6llu", (unsigned long long)closer_stuck(r));
	if (closer_stuck(r)) {
		strbuf_adds(&age, r->oldest_at_least ? ">" : "");
		fmt_duration(&age, r->oldest_ns);
	} else {
		strbuf_addc(&age, '-');
	}
	add_right(b, &age, 8);
	strbuf_free(&age);
}

/* What stands out has a mark behind it. */
static void add_wire(struct strbuf *b, const struct closer_row *r)
{
	const struct closer_wire *w = &r->wire;
	__u64 again = w->retrans_segs < w->segs_out ? w->retrans_segs : w->segs_out;
	struct strbuf rtt = { 0 };

	add_share(b, again, w->segs_out, 6);
	strbuf_addc(b, w->out & CLOSER_OUT_RETRANS ? '!' : ' ');
	if (w->rtt_us)
		hist_fmt(&rtt, w->rtt_us * 1000ULL, HIST_AUTO);
	else
		strbuf_addc(&rtt, '-');
	add_right(b, &rtt, 10);
	strbuf_addc(b, w->out & CLOSER_OUT_RTT ? '!' : ' ');
	strbuf_free(&rtt);
}

static void add_dest(struct strbuf *b, const struct closer_row *r)
{
	strbuf_addc(b, ' ');
	if (!r->dests.n) {
		strbuf_addc(b, '-');
		return;
	}
	say_dest(b, &r->dests.d[0].key);
	add_share(b, r->dests.d[0].closed, r->closed, 6);
}

static int print_row(struct closers_view *v, const struct closer_row *r)
{
	struct strbuf *b = &v->out.b, ends = { 0 };
	unsigned int i;

	add_key(v, r);
	strbuf_addf(b, " %-6s %8llu", status(v, r), (unsigned long long)r->closed);
	for (i = CLOSE_ACTIVE; i <= CLOSE_RESET; i++)
		add_share(b, r->kinds[i], r->closed, i == CLOSE_PASSIVE ? 7 : 6);
	add_share(b, closer_other(r), r->closed, 6);
	strbuf_addf(b, " %7llu %8.1f %10.1f", (unsigned long long)r->tw_now, rate(v, r), (double)closer_tw_ns(r) / 1e9);
	add_stuck(b, r);
	if (closers_asks_wire(v->env->opts))
		add_wire(b, r);
	add_dest(b, r);
	if (v->env->opts->wide) {
		closer_say_ends(&ends, r);
		strbuf_addf(b, "; %s; ", ends.len ? ends.s : "-");
		strbuf_free(&ends);
		add_place(v, r);
	}
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static void add_counted(struct strbuf *b, __u64 n, const char *what, const char **comma)
{
	if (!n)
		return;
	strbuf_adds(b, *comma);
	fmt_count(b, n);
	strbuf_addf(b, " %s", what);
	*comma = ", ";
}

static void full_closes(struct strbuf *b, const struct closer_row *r)
{
	const char *comma = "";
	unsigned int i;

	strbuf_adds(b, "  closed:       ");
	fmt_count(b, r->closed);
	strbuf_adds(b, r->closed ? " connections: " : " connections");
	for (i = CLOSE_ACTIVE; i < CLOSE_KIND_MAX; i++) {
		if (!r->kinds[i])
			continue;
		add_counted(b, r->kinds[i], close_kind_name(i), &comma);
		strbuf_adds(b, " (");
		strbuf_addf(b, "%.1f%%)", (double)r->kinds[i] * 100 / (double)r->closed);
	}
	comma = "\n  aborts:       ";
	for (i = REASON_NONE + 1; i < CLOSE_REASON_MAX; i++)
		add_counted(b, r->reasons[i], close_reason_name(i), &comma);
	if (r->failed_calls) {
		strbuf_adds(b, "\n  failed calls: ");
		fmt_count(b, r->failed_calls);
	}
	if (!r->by_strangers)
		return;
	strbuf_adds(b, "\n  closed by another process: ");
	fmt_count(b, r->by_strangers);
	comma = ": ";
	for (i = 0; i < CLOSERS_STRANGERS && r->strangers[i].closed; i++) {
		add_counted(b, r->strangers[i].closed, "by ", &comma);
		fmt_comm(b, r->strangers[i].comm);
		strbuf_addf(b, " (pid %u)", r->strangers[i].tgid);
	}
	add_counted(b, r->strangers_rest, "by others", &comma);
}

static void full_time_wait(const struct closers_view *v, struct strbuf *b, const struct closer_row *r)
{
	size_t start;

	strbuf_adds(b, "\n  TIME_WAIT:    ");
	fmt_count(b, r->tw_now);
	strbuf_adds(b, " now, ");
	fmt_count(b, r->tw_created);
	strbuf_addf(b, " created (%.1f/s in this interval), %.1f s in all", rate(v, r), (double)closer_tw_ns(r) / 1e9);
	start = b->len;
	strbuf_adds(b, "\n  ended:        ");
	closer_say_ends(b, r);
	if (b->len == start + strlen("\n  ended:        "))
		strbuf_adds(b, "none");
}

static void full_dests(struct strbuf *b, const struct closer_row *r)
{
	__u32 i;

	for (i = 0; i < r->dests.n; i++) {
		const struct dest *d = &r->dests.d[i];

		strbuf_adds(b, i ? "\n                " : "\n  destinations: ");
		say_dest(b, &d->key);
		strbuf_adds(b, ": ");
		if (d->missed)
			strbuf_adds(b, "at least ");
		fmt_count(b, d->closed);
		strbuf_adds(b, " closed, ");
		fmt_count(b, d->active);
		strbuf_adds(b, " of them active");
	}
}

void closers_full(struct closers_view *v, const struct closer_row *r)
{
	struct strbuf *b = &v->out.b, label = { 0 };

	say_subject(b, v->by, r, closers_label(v, r, &label) ? label.s : NULL);
	strbuf_free(&label);
	if (closers_cgroup(v, r)) {
		strbuf_adds(b, ", ");
		add_place(v, r);
	}
	strbuf_addc(b, '\n');
	full_closes(b, r);
	full_time_wait(v, b, r);
	strbuf_adds(b, "\n  stuck now:    ");
	if (closer_stuck(r))
		say_stuck(b, r);
	else
		strbuf_adds(b, "none");
	if (r->wire.conns) {
		strbuf_adds(b, "\n  wire:         ");
		say_wire(b, r);
	}
	full_dests(b, r);
	strbuf_addc(b, '\n');
}

static int print_full(struct closers_view *v, const struct closer_row *r)
{
	closers_full(v, r);
	return out_line(&v->out, v->env);
}

/* What all rows add up to. */
static int print_total(struct closers_view *v, const struct closers_report *rep)
{
	const struct closer_row *t = rep->total;
	struct strbuf *b = &v->out.b;

	out_time(&v->out, v->env, v->reports.base_ns, rep->ts_ns);
	strbuf_adds(b, "  closed ");
	fmt_count(b, t->closed);
	strbuf_adds(b, " connections, ");
	fmt_count(b, t->kinds[CLOSE_ACTIVE]);
	strbuf_adds(b, " first; TIME_WAIT ");
	fmt_count(b, t->tw_now);
	strbuf_addf(b, " now, %.1f/s; stuck ", rate(v, t));
	fmt_count(b, closer_stuck(t));
	if (rep->left_over)
		strbuf_addf(b, "; %zu rows as the rest", rep->left_over);
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static int print_worst(struct closers_view *v, const struct closers_report *rep)
{
	const struct closer_row *r = rep->worst;
	struct strbuf label = { 0 };

	if (!r)
		return 0;
	say_worst(&v->out.b, v->by, r, closers_label(v, r, &label) ? label.s : NULL);
	strbuf_free(&label);
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

static int print_outliers(struct closers_view *v, const struct closers_report *rep)
{
	struct strbuf *b = &v->out.b;

	for (size_t i = 0; i < rep->n_out && i < OUTLIERS_SAID; i++) {
		say_outlier(b, rep->out[i]);
		strbuf_addc(b, '\n');
	}
	if (rep->n_out > OUTLIERS_SAID)
		strbuf_addf(b, "%zu more stand out: marked with '!', with -j .stands_out.\n", rep->n_out - OUTLIERS_SAID);
	return b->len ? out_line(&v->out, v->env) : 0;
}

int closers_text(struct closers_view *v, const struct closers_report *rep)
{
	int err = print_total(v, rep);
	size_t i;

	if (!err && rep->n && !v->full)
		err = print_header(v);
	for (i = 0; i < rep->n && !err; i++)
		err = v->full ? print_full(v, rep->rows[i]) : print_row(v, rep->rows[i]);
	if (!err)
		err = print_worst(v, rep);
	if (!err)
		err = print_outliers(v, rep);
	if (err)
		return err;
	strbuf_addc(&v->out.b, '\n');	/* between reports */
	return out_line(&v->out, v->env);
}
