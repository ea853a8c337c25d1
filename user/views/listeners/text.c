/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/listeners/listeners.h"

#define ADDRESS_WIDTH 22
#define PERCENTILE_50 500000
#define PERCENTILE_99 990000

static int print_header(struct listeners_view *v)
{
	struct strbuf *b = &v->out.b;

	if (v->env->opts->no_header)
		return 0;
	if (v->env->opts->wide)
		strbuf_adds(b, "NETNS      ");
	strbuf_addf(b, "%-*s  QUEUE   PEAK  LIMIT   HALF    ACC/s  WAIT-P50  WAIT-P99  WAIT-MAX   OLDEST    DROPS OWNERS%s\n",
		    ADDRESS_WIDTH, "LISTENER", v->env->opts->wide ? "; CONTAINER/UNIT" : "");
	return out_line(&v->out, v->env);
}

static void add_number(struct strbuf *b, bool known, unsigned long long n, int width)
{
	if (known)
		strbuf_addf(b, " %*llu", width, n);
	else
		strbuf_addf(b, " %*s", width, "-");
}

static void add_time_span(struct strbuf *b, bool known, __u64 ns, const char *mark, int width)
{
	struct strbuf text = { 0 };

	if (known)
		fmt_duration(&text, ns);
	strbuf_addf(b, " %*s%s", width - (int)(known ? strlen(mark) : 0), known && text.s ? text.s : "-", known ? mark : "");
	b->failed |= text.failed;
	strbuf_free(&text);
}

/* What is the address's, and not one socket's, is marked. */
static const char *mark(const struct listener *l)
{
	return l->at->sockets > 1 ? "*" : "";
}

static void add_accepted(struct strbuf *b, const struct listener *l)
{
	if (l->at->accepted_per_s < 0)
		strbuf_addf(b, " %8s", "-");
	else
		strbuf_addf(b, " %*.1f%s", 8 - (int)strlen(mark(l)), l->at->accepted_per_s, mark(l));
}

/* Where the first of its owners is: container, pod or unit. */
static void add_place(struct listeners_view *v, const struct listener *l)
{
	const struct actor *a = l->n_owners ? actors_get(listeners_actors(v->listeners), l->owners[0].actor) : NULL;
	struct strbuf label = { 0 };

	strbuf_adds(&v->out.b, "; ");
	fmt_comm(&v->out.b, a && name_label(names_cgroup(tracker_names(v->env->tracker), a->cgroup), &label) ? label.s : "-");
	v->out.b.failed |= label.failed;
	strbuf_free(&label);
}

static int print_row(struct listeners_view *v, const struct listener *l)
{
	const struct hist *wait = &l->at->wait;
	struct strbuf *b = &v->out.b;
	size_t start;

	if (v->env->opts->wide)
		out_netns(b, v->env, l->at->netns, 10);
	if (v->env->opts->wide)
		strbuf_addc(b, ' ');
	start = b->len;
	listener_say_address(b, l->at);
	if (b->len - start < ADDRESS_WIDTH)
		strbuf_pad_to(b, start, ADDRESS_WIDTH);
	add_number(b, l->looked, l->queue, 6);
	add_number(b, l->looked, l->peak, 6);
	add_number(b, l->looked, l->limit, 6);
	add_number(b, l->looked, l->half_open, 6);
	add_accepted(b, l);
	add_time_span(b, wait->count, hist_percentile(wait, PERCENTILE_50), mark(l), 9);
	add_time_span(b, wait->count, hist_percentile(wait, PERCENTILE_99), mark(l), 9);
	add_time_span(b, wait->count, wait->max, mark(l), 9);
	add_time_span(b, l->looked && l->oldest_wait_ns, l->oldest_wait_ns, "", 8);
	add_number(b, l->looked, l->drops, 8);
	strbuf_addc(b, ' ');
	listener_say_owners(b, l, listeners_actors(v->listeners));
	if (v->env->opts->wide)
		add_place(v, l);
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static int print_trouble(struct listeners_view *v, const struct listener *l)
{
	struct strbuf *b = &v->out.b;
	size_t start;

	listener_say_address(b, l->at);
	strbuf_addc(b, ' ');
	listener_say_owners(b, l, listeners_actors(v->listeners));
	strbuf_adds(b, ": ");
	start = b->len;
	listener_say_trouble(b, l);
	if (b->len == start) {
		strbuf_reset(b);
		return 0;
	}
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static int print_counters(struct listeners_view *v, const struct listen_counters *c)
{
	struct strbuf *b = &v->out.b;
	const char *comma = "";
	unsigned int i;

	strbuf_adds(b, "network namespace ");
	out_netns(b, v->env, c->netns, 0);
	strbuf_adds(b, ": ");
	for (i = 0; i < LISTEN_COUNTERS; i++) {
		if (!c->n[i])
			continue;
		strbuf_addf(b, "%s%s ", comma, listen_counter_nstat(i));
		fmt_count(b, c->n[i]);
		comma = ", ";
	}
	if (!*comma) {
		strbuf_reset(b);
		return 0;
	}
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static int print_total(struct listeners_view *v, const struct listeners_report *rep)
{
	struct strbuf *b = &v->out.b;
	__u64 queued = 0, drops = 0;
	size_t i;

	for (i = 0; i < rep->n; i++) {
		queued += rep->rows[i]->queue;
		drops += rep->rows[i]->drops_interval;
	}
	out_time(&v->out, v->env, v->reports.base_ns, rep->ts_ns);
	strbuf_adds(b, "  ");
	fmt_count(b, rep->n + rep->left_over);
	strbuf_adds(b, rep->n + rep->left_over == 1 ? " listener; " : " listeners; ");
	fmt_count(b, queued);
	strbuf_adds(b, queued == 1 ? " connection waits, " : " connections wait, ");
	fmt_count(b, drops);
	strbuf_adds(b, " dropped in this interval");
	if (rep->left_over)
		strbuf_addf(b, "; %zu not shown", rep->left_over);
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

static bool has_group(const struct listeners_report *rep)
{
	for (size_t i = 0; i < rep->n; i++)
		if (rep->rows[i]->at->sockets > 1 && (rep->rows[i]->at->accepted_per_s >= 0 || rep->rows[i]->at->wait.count))
			return true;
	return false;
}

int listeners_text(struct listeners_view *v, const struct listeners_report *rep)
{
	struct listen_counters c;
	int err = print_total(v, rep);
	size_t i, at = 0;

	if (!err && rep->n)
		err = print_header(v);
	for (i = 0; i < rep->n && !err; i++)
		err = print_row(v, rep->rows[i]);
	if (!err && has_group(rep) && !v->env->opts->no_header) {
		strbuf_adds(&v->out.b, "* of all sockets of this address: SO_REUSEPORT, and nothing tells which of them took a connection\n");
		err = out_line(&v->out, v->env);
	}
	for (i = 0; i < rep->n && !err; i++)
		err = print_trouble(v, rep->rows[i]);
	while (!err && listeners_counters(v->listeners, &at, &c))
		err = c.known ? print_counters(v, &c) : 0;
	if (err)
		return err;
	strbuf_addc(&v->out.b, '\n');	/* between reports */
	return out_line(&v->out, v->env);
}
