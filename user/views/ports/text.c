/* SPDX-License-Identifier: GPL-2.0-only */
#include <math.h>
#include <string.h>
#include "core/text/brief.h"
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/ports/ports.h"

#define SOURCE_WIDTH 15
#define DEST_WIDTH 21
#define SOON_S 600		/* what runs out within this time is said in words, too */

void ports_say_addr(struct strbuf *b, const __u8 addr[16], unsigned int family, __u16 port)
{
	char text[FMT_ADDR_LEN];

	fmt_addr(addr, family, text);
	if (!port)
		strbuf_adds(b, text);
	else
		strbuf_addf(b, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
}

void ports_say_destination(struct strbuf *b, const struct ports_row *r)
{
	if (r->any)
		strbuf_adds(b, "any");
	else
		ports_say_addr(b, r->raddr, r->family, r->rport);
}

static void add_seconds(struct strbuf *b, double s)
{
	if (s < 1)
		strbuf_adds(b, s < 0.05 ? "now" : "<1s");
	else if (s < SOON_S)
		strbuf_addf(b, "%.0fs", s);
	else
		fmt_duration(b, s < 1e9 ? (unsigned long long)s * 1000000000ULL : 1000000000000000000ULL);
}

void ports_say_left(struct strbuf *b, const struct ports_row *r)
{
	double share;

	if (!r->has_range) {
		strbuf_addc(b, '-');
	} else if (isfinite(r->exhausted_in_s)) {
		add_seconds(b, r->exhausted_in_s);
	} else {
		share = r->usable && isfinite(r->steady) ? r->steady / r->usable * 100 : 0;
		strbuf_addf(b, share && share < 1 ? "never (<1%%)" : "never (%.0f%%)", share);
	}
}

/* Flush right in @width columns, a blank before. */
static void cell(struct strbuf *b, int width, const char *text)
{
	strbuf_addf(b, " %*s", width, text);
}

static void number(struct strbuf *b, int width, bool known, __u64 n)
{
	char text[BRIEF_LEN];

	cell(b, width, known ? brief_count(n, text) : "-");
}

static void column(struct strbuf *b, size_t start, size_t width)
{
	if (b->len - start < width)
		strbuf_pad_to(b, start, width);
}

static int header(struct ports_view *v)
{
	struct strbuf *b = &v->out.b;
	enum name_by by;

	if (v->env->opts->no_header)
		return 0;
	if (v->by == PORTS_BY_PID)
		strbuf_adds(b, "    PID COMM            DESTS ");
	else if (v->by == PORTS_BY_COMM)
		strbuf_adds(b, "COMM            DESTS ");
	else if (ports_name_by(v->by, &by))
		strbuf_addf(b, "%-24s DESTS ", by == NAME_BY_CONTAINER ? "CONTAINER" : by == NAME_BY_POD ? "POD" : "UNIT");
	if (v->env->opts->wide)
		strbuf_adds(b, "     NETNS ");
	strbuf_addf(b, "%-*s %-*s", SOURCE_WIDTH, "SOURCE", DEST_WIDTH, "DESTINATION");
	if (v->by == PORTS_BY_RADDR)
		strbuf_adds(b, " DESTS");
	if (v->env->opts->wide)
		strbuf_adds(b, "  CLOSED");
	strbuf_adds(b, "  USABLE  IN-USE      TW   REUSE    FREE   USED OPEN/s    HOLD         LEFT  FAILED");
	strbuf_adds(b, ports_tells_holders(v->by) ? " PROCESSES\n" : "\n");
	return out_line(&v->out, v->env);
}

static void add_group(const struct ports_view *v, struct strbuf *b, const struct ports_row *r)
{
	size_t start = b->len;
	struct strbuf label = { 0 };
	enum name_by by;

	if (ports_name_by(v->by, &by)) {
		fmt_comm(b, name_label_by(names_of_group(tracker_names(v->env->tracker), by, r->name_group), by, &label) ? label.s : "-");
		strbuf_free(&label);
		column(b, start, 24);
		strbuf_addf(b, " %5u ", r->destinations);
		return;
	}
	if (v->by != PORTS_BY_PID && v->by != PORTS_BY_COMM)
		return;
	if (v->by == PORTS_BY_PID && r->known)
		strbuf_addf(b, "%7u ", r->tgid);
	else if (v->by == PORTS_BY_PID)
		strbuf_adds(b, "      - ");
	if (r->known)
		fmt_comm(b, r->comm);
	else
		strbuf_addc(b, '-');
	column(b, start, v->by == PORTS_BY_PID ? 23 : 15);
	strbuf_addf(b, " %5u ", r->destinations);
}

/* A number as it always was, flush right; names flush left. */
static void add_netns(struct strbuf *b, const struct view_env *env, __u32 netns)
{
	if (out_netns_name(env, netns))
		out_netns(b, env, netns, 10);
	else
		strbuf_addf(b, "%10u", netns);
	strbuf_addc(b, ' ');
}

static void add_used(struct strbuf *b, const struct ports_row *r)
{
	char text[16];
	double percent = r->used_ratio * 100;

	/* Neither nothing nor all, as long as it is not. */
	if (percent > 99.9 && r->free)
		percent = 99.9;
	if (percent < 0.1 && r->in_use)
		percent = 0.1;
	(void)snprintf(text, sizeof(text), "%.1f%%", percent);
	cell(b, 6, r->has_range ? text : "-");
}

/* " in web": of a holder whose container, pod or unit is known. */
static void add_place(const struct ports_view *v, struct strbuf *b, const struct ports_holder *h)
{
	struct strbuf label = { 0 };

	if (name_label(names_cgroup(tracker_names(v->env->tracker), h->cgroup), &label)) {
		strbuf_adds(b, " in ");
		fmt_comm(b, label.s);
	}
	b->failed |= label.failed;
	strbuf_free(&label);
}

static void add_holders(const struct ports_view *v, struct strbuf *b, const struct ports_row *r, bool wide)
{
	for (__u32 i = 0; i < r->n_top && i < (wide ? PORTS_TOP : 2); i++) {
		strbuf_adds(b, i ? ", " : " ");
		fmt_comm(b, r->top[i].comm);
		strbuf_addf(b, "(%u) %u", r->top[i].tgid, r->top[i].ports);
		if (wide)
			add_place(v, b, &r->top[i]);
	}
	if (!r->n_top)
		strbuf_adds(b, " -");
}

static void add_row(const struct ports_view *v, struct strbuf *b, const struct ports_row *r)
{
	bool wide = v->env->opts->wide, has_dest = v->by == PORTS_BY_DEST || r->destinations;
	struct strbuf text = { 0 };
	char rate[BRIEF_LEN];
	size_t start;

	add_group(v, b, r);
	if (wide)
		add_netns(b, v->env, r->netns);
	start = b->len;
	if (has_dest)
		ports_say_addr(b, r->laddr, r->family, 0);
	else
		strbuf_addc(b, '-');
	column(b, start, SOURCE_WIDTH);
	strbuf_addc(b, ' ');
	start = b->len;
	if (has_dest)
		ports_say_destination(b, r);
	else
		strbuf_addc(b, '-');
	column(b, start, DEST_WIDTH);
	if (v->by == PORTS_BY_RADDR)
		number(b, 5, true, r->destinations);
	if (wide)
		number(b, 7, r->has_range, r->closed);
	number(b, 7, r->has_range, r->usable);
	number(b, 7, true, r->in_use);
	number(b, 7, true, r->time_wait);
	number(b, 7, true, r->reusable);
	number(b, 7, r->has_range, r->free);
	add_used(b, r);
	cell(b, 6, brief_rate(r->opened_per_s, rate));
	if (isfinite(r->hold_s))
		fmt_duration(&text, (unsigned long long)(r->hold_s * 1e9));
	cell(b, 7, text.s ? text.s : "-");
	strbuf_reset(&text);
	ports_say_left(&text, r);
	cell(b, 12, text.s);
	number(b, 7, !r->any || r->failed || v->env->opts->calls, r->failed);
	if (ports_tells_holders(v->by))
		add_holders(v, b, r, wide);
	b->failed |= text.failed;
	strbuf_free(&text);
	strbuf_addc(b, '\n');
}

static int first_line(struct ports_view *v, const struct ports_report *rep)
{
	static const char *const what[PORTS_BY_MAX] = {
		[PORTS_BY_DEST] = "destination", [PORTS_BY_PID] = "process", [PORTS_BY_COMM] = "name", [PORTS_BY_RADDR] = "address",
		[PORTS_BY_CONTAINER] = "container", [PORTS_BY_POD] = "pod", [PORTS_BY_UNIT] = "unit",
	};
	__u64 in_use = 0, time_wait = 0, failed = 0;
	struct strbuf *b = &v->out.b;

	for (size_t i = 0; i < rep->n; i++) {
		in_use += rep->rows[i]->in_use;
		time_wait += rep->rows[i]->time_wait;
		failed += rep->rows[i]->failed_now;
	}
	out_time(&v->out, v->env, v->reports.base_ns, rep->ts_ns);
	strbuf_addf(b, "  %zu %s%s, ", rep->n, what[v->by], rep->n == 1 ? "" : v->by == PORTS_BY_PID || v->by == PORTS_BY_RADDR ? "es" : "s");
	fmt_count(b, in_use);
	strbuf_adds(b, " ports in use, ");
	fmt_count(b, time_wait);
	strbuf_adds(b, " TIME_WAIT");
	if (failed) {
		strbuf_adds(b, "; ");
		fmt_count(b, failed);
		strbuf_adds(b, " connects failed for want of a port in this interval");
	}
	if (rep->shown < rep->n)
		strbuf_addf(b, "; %zu rows are not shown", rep->n - rep->shown);
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

/* The first row, if there is something to be said: none free, or soon none. */
static int last_line(struct ports_view *v, const struct ports_report *rep)
{
	const struct ports_row *r = rep->n ? rep->rows[0] : NULL;
	struct strbuf *b = &v->out.b;

	if (!r || !r->has_range || !(r->exhausted_in_s < SOON_S))
		return 0;
	ports_say_addr(b, r->laddr, r->family, 0);
	strbuf_adds(b, r->any ? " has " : " -> ");
	if (!r->any) {
		ports_say_destination(b, r);
		strbuf_adds(b, " has ");
	}
	if (!r->free) {
		strbuf_addf(b, "no free port: %s fails until one of %u comes back", r->any ? "bind()" : "connect()", r->in_use);
	} else {
		strbuf_addf(b, "%u free port%s, for ", r->free, r->free == 1 ? "" : "s");
		add_seconds(b, r->exhausted_in_s);
		strbuf_addf(b, " at %.1f/s", r->opened_per_s);
	}
	if (r->n_top) {
		strbuf_adds(b, "; most are held by ");
		fmt_comm(b, r->top[0].comm);
		strbuf_addf(b, " (pid %u)", r->top[0].tgid);
	}
	strbuf_adds(b, ".\n");
	return out_line(&v->out, v->env);
}

int ports_text(struct ports_view *v, const struct ports_report *rep)
{
	int err = first_line(v, rep);

	if (!err && rep->n)
		err = header(v);
	for (size_t i = 0; i < rep->shown && !err; i++) {
		add_row(v, &v->out.b, rep->rows[i]);
		err = out_line(&v->out, v->env);
	}
	if (!err)
		err = last_line(v, rep);
	if (err)
		return err;
	strbuf_addc(&v->out.b, '\n');	/* between reports */
	return out_line(&v->out, v->env);
}
