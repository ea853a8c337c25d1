/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pane of findings: the rules of `doctor`, asked again and again while it runs. What ended counts for one to two minutes (facts_roll()); what
 * exists is as it is. They are asked when another pane is shown, too, for the header, but seldom: it takes a look at the whole table. Queues and what
 * the wire does to sockets are looked at only while this pane is shown, and ports counted from when it is shown first: each destination takes memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/doctor/facts.h"
#include "core/text/fmt.h"
#include "run/source_config.h"
#include "views/doctor/doctor.h"
#include "views/panes/conns.h"

#define PART_NS (60 * SECOND_NS)	/* of the window, which has two of them */
#define NEW_NS (60 * SECOND_NS)		/* so long a finding is marked as new */
#define SELDOM_NS (5 * SECOND_NS)	/* between two looks for the header, at least */
#define ROW_NS 2000ULL			/* ... and longer where a look takes long: a million rows, 20 s in the background */
#define SELDOM 10

enum { BY_URGENCY, BY_NEWEST, BY_NAME, BY_SUBJECT };
static const char *const sort_names[] = {
	[BY_URGENCY] = "most urgent first", [BY_NEWEST] = "newest first", [BY_NAME] = "finding", [BY_SUBJECT] = "whom", NULL,
};

static const struct column columns[] = {
	{ "", 1, 0, 0, 0, false, -1 }, { "SEVERITY", 9, 0, 0, 0, false, BY_URGENCY }, { "FINDING", 24, 0, 0, 0, false, BY_NAME },
	{ "NUMBER", 7, 0, 0, 0, true, -1 }, { "SINCE", 7, 0, 0, 0, true, BY_NEWEST }, { "WHOM", 24, 0, 2, 70, false, BY_SUBJECT },
	{ "WHAT", 30, 150, 3, 90, false, -1 },
};
enum { C_NEW, C_SEVERITY, C_ID, C_NUMBER, C_SINCE, C_SUBJECT, C_TITLE, N_COLUMNS };
_Static_assert(sizeof(columns) / sizeof(columns[0]) == N_COLUMNS && N_COLUMNS <= COLUMNS_MAX, "columns and their names");

#define FOUND_MAX (RULES_MAX * 10)

struct shown_finding { struct finding f; __u64 first_ns; char subject[200]; };

struct top_findings {
	struct facts *facts;
	bool shown;
	__u64 judged_ns, part_ns;	/* last look; the present part of the window began */
	struct shown_finding *found, *before;
	struct finding *raw;
	__u32 *order;
	size_t n;
	struct shown_finding entered;	/* whose page is open */
};

/* --- what happens ------------------------------------------------------------------------------------------------------------ */

static void close_(struct top *t)
{
	struct top_findings *fs = t->findings;

	if (!fs)
		return;
	facts_free(fs->facts);
	free(fs->found);
	free(fs->before);
	free(fs->raw);
	free(fs->order);
	free(fs);
	t->findings = NULL;
}

static int open_(struct top *t)
{
	struct top_findings *fs = t->findings = calloc(1, sizeof(*fs));

	if (!fs)
		return -ENOMEM;
	fs->facts = facts_new(rule_families, t->env->tracker, t->env->filter, "");
	fs->found = calloc(FOUND_MAX, sizeof(*fs->found));
	fs->before = calloc(FOUND_MAX, sizeof(*fs->before));
	fs->raw = calloc(FOUND_MAX, sizeof(*fs->raw));
	fs->order = calloc(FOUND_MAX, sizeof(*fs->order));
	if (!fs->facts || !fs->found || !fs->before || !fs->raw || !fs->order)
		return -ENOMEM;
	fs->facts->wires_are_new = !t->env->live;
	fs->facts->no_ports = true;
	return 0;
}

static void show(struct top *t, bool shown)
{
	t->findings->shown = shown;
	t->env->wants->listeners = t->env->wants->sockets = shown;
	t->findings->facts->wires_are_new = shown || !t->env->live;
	if (!shown)
		return;
	t->findings->facts->no_ports = false;
	t->findings->judged_ns = 0;
}

static void clear(struct top *t)
{
	struct top_findings *fs = t->findings;

	fs->facts->filter[1] = t->filter;
	facts_clear(fs->facts, t->live.now_ns);
	fs->part_ns = t->live.now_ns;
	fs->judged_ns = 0;
	fs->n = 0;
}

static void interval(struct top *t, __u64 ns)
{
	struct top_findings *fs = t->findings;

	(void)ns;
	if (!fs->part_ns)
		fs->part_ns = t->live.base_ns;
	if (t->live.now_ns - fs->part_ns < PART_NS)
		return;
	facts_roll(fs->facts, t->live.now_ns);
	fs->part_ns = t->live.now_ns;
}

static int event(struct top *t, const struct twt_event *ev)
{
	return facts_event(t->findings->facts, ev);
}

static int transition(struct top *t, const struct transition *tr)
{
	return facts_transition(t->findings->facts, tr);
}

static int closed(struct top *t, const struct conn *c, __u64 ts_ns)
{
	return facts_closed(t->findings->facts, c, ts_ns);
}

static int gone(struct top *t, const struct conn *c, __u64 ts_ns)
{
	return facts_gone(t->findings->facts, c, ts_ns);
}

static int accepted(struct top *t, const struct conn *c, __u64 wait_ns, bool by_use)
{
	return facts_accepted(t->findings->facts, c, wait_ns, by_use);
}

/* --- the rules are asked ------------------------------------------------------------------------------------------------------- */

static bool is_same(const struct finding *a, const struct finding *b)
{
	return a->rule == b->rule && !memcmp(&a->subject, &b->subject, offsetof(struct subject, comm));
}

/* Since when it is there: it keeps that as long as it is found again. */
static __u64 first_of(const struct top_findings *fs, size_t n_before, const struct finding *f, __u64 now_ns)
{
	for (size_t i = 0; i < n_before; i++)
		if (is_same(&fs->before[i].f, f))
			return fs->before[i].first_ns;
	return now_ns;
}

static int judge(struct top *t)
{
	struct top_findings *fs = t->findings;
	struct shown_finding *swap = fs->before;
	struct strbuf b = { 0 };
	size_t n_before = fs->n;
	int err = facts_settle(fs->facts, t->live.now_ns);

	if (err)
		return err;
	fs->before = fs->found;
	fs->found = swap;
	fs->n = doctor_judge(fs->facts, fs->raw, FOUND_MAX);
	t->live.warnings = t->live.criticals = 0;
	for (size_t i = 0; i < fs->n; i++) {
		struct shown_finding *to = &fs->found[i];

		to->f = fs->raw[i];
		to->first_ns = first_of(fs, n_before, &to->f, t->live.now_ns);
		strbuf_reset(&b);
		finding_subject(&b, &to->f.subject, tracker_names(t->env->tracker));
		(void)snprintf(to->subject, sizeof(to->subject), "%s", b.s ? b.s : "");
		t->live.warnings += to->f.severity == SEV_WARNING;
		t->live.criticals += to->f.severity == SEV_CRITICAL;
	}
	strbuf_free(&b);
	return 0;
}

int findings_look(struct top *t)
{
	struct top_findings *fs = t->findings;
	__u64 past = t->live.now_ns - fs->judged_ns, rest = ROW_NS * tracker_size(t->env->tracker);

	if (!t->started)
		return 0;
	if (!fs->shown) {
		rest = rest * SELDOM > SELDOM_NS ? rest * SELDOM : SELDOM_NS;
	} else {
		rest = rest > t->interval_ns ? rest : t->interval_ns;
	}
	if (fs->judged_ns && past < rest && !t->ended)
		return 0;
	fs->judged_ns = t->live.now_ns;
	return judge(t);
}

/* --- their order ---------------------------------------------------------------------------------------------------------------- */

static int compare(const void *pa, const void *pb, void *ctx)
{
	const struct top *t = ctx;
	__u32 ia = *(const __u32 *)pa, ib = *(const __u32 *)pb;
	const struct shown_finding *a = &t->findings->found[ia], *b = &t->findings->found[ib];
	int cmp = 0;

	switch (t->sort[PANE_FINDINGS]) {
	case BY_NEWEST: cmp = (a->first_ns < b->first_ns) - (a->first_ns > b->first_ns); break;
	case BY_NAME: cmp = strcmp(a->f.rule->id, b->f.rule->id); break;
	case BY_SUBJECT: cmp = strcmp(a->subject, b->subject); break;
	}
	cmp = cmp ? cmp : (ia > ib) - (ia < ib);	/* as they came: most urgent first */
	return t->reverse[PANE_FINDINGS] ? -cmp : cmp;
}

static int rebuild(struct top *t)
{
	struct top_findings *fs = t->findings;

	for (size_t i = 0; i < fs->n; i++)
		fs->order[i] = (__u32)i;
	if (fs->n)
		qsort_r(fs->order, fs->n, sizeof(*fs->order), compare, t);
	t->lists[PANE_FINDINGS].n = fs->n;
	return 0;
}

/* --- drawing --------------------------------------------------------------------------------------------------------------------- */

static bool is_new(const struct top *t, const struct shown_finding *s)
{
	return t->live.now_ns - s->first_ns < NEW_NS;
}

/* Whole seconds. */
static void say_since(struct strbuf *b, const struct top *t, const struct shown_finding *s)
{
	__u64 ns = (t->live.now_ns - s->first_ns) / SECOND_NS * SECOND_NS;

	if (!ns)
		strbuf_adds(b, "now");
	else if (ns < 10 * SECOND_NS)
		strbuf_addf(b, "%llus", (unsigned long long)(ns / SECOND_NS));
	else
		say_for(b, ns);
}

static const struct shown_finding *shown_at(const struct top *t, size_t row)
{
	return &t->findings->found[t->findings->order[row]];
}

static void say_cell(const struct top *t, const void *ctx, struct strbuf *b, size_t row, size_t column)
{
	const struct shown_finding *s = shown_at(t, row);

	(void)ctx;
	switch (column) {
	case C_NEW: strbuf_adds(b, is_new(t, s) ? "*" : ""); break;
	case C_SEVERITY: strbuf_adds(b, severity_name(s->f.severity)); break;
	case C_ID: strbuf_adds(b, s->f.rule->id); break;
	case C_NUMBER:
		if (s->f.n_ev)
			evidence_fmt(b, &s->f.ev[0]);
		break;
	case C_SINCE: say_since(b, t, s); break;
	case C_SUBJECT: strbuf_adds(b, s->subject); break;
	case C_TITLE: strbuf_adds(b, s->f.rule->title); break;
	}
}

/* Of the selected row (@at) the columns that say how urgent it is. */
static enum look look_of(const struct top *t, const void *ctx, size_t row, size_t column, bool at)
{
	static const enum look looks[] = { [SEV_INFO] = LOOK_GOOD, [SEV_WARNING] = LOOK_WARN, [SEV_CRITICAL] = LOOK_BAD };

	(void)ctx;
	if (column == C_SEVERITY)
		return looks[shown_at(t, row)->f.severity];
	return at ? LOOK_SELECTED : column == C_ID ? LOOK_NAME : column == C_NEW ? LOOK_BOLD : LOOK_PLAIN;
}

static const struct listing listing = {
	.pane = PANE_FINDINGS, .columns = columns, .n_columns = N_COLUMNS, .say = say_cell, .look = look_of,
};

static int draw(struct top *t, struct area a)
{
	const struct top_findings *fs = t->findings;

	(void)list_draw(t, a, &listing, fs->n);
	if (!fs->n)
		(void)term_put(t->term, a.y + 2, 2, a.cols - 2, LOOK_DIM, fs->judged_ns ? "nothing is wrong" : "not asked yet");
	return 0;
}

/* --- the page of one, and the connections concerned ----------------------------------------------------------------------------------- */

/* In the words of a filter: of @f's subject, and in the states that its rule is about. */
static void say_filter(struct strbuf *b, const struct finding *f)
{
	__u32 states = f->rule->states ? f->rule->states : f->rule->concerns;
	const struct subject *s = &f->subject;
	char addr[FMT_ADDR_LEN];
	const char *comma = "";

	if (s->netns)
		strbuf_addf(b, " netns=%u", s->netns);
	if (s->has_process)
		strbuf_addf(b, " pid=%u", s->tgid);
	if (s->has_listener)
		strbuf_addf(b, " lport=%u", s->port);
	if (s->has_dest) {
		fmt_addr(s->addr, s->family, addr);
		strbuf_addf(b, " raddr=%s", addr);
		if (s->port)
			strbuf_addf(b, " rport=%u", s->port);
	}
	for (unsigned int state = ST_ESTABLISHED; states && state <= ST_SHOWN; state++) {
		if (!(states >> state & 1))
			continue;
		strbuf_addf(b, "%s%s", *comma ? comma : " state=", tcp_state_name(state));
		comma = ",";
	}
}

static int make_page(struct top *t, struct strbuf *b)
{
	struct top_findings *fs = t->findings;
	struct strbuf filter = { 0 };
	size_t i;

	for (i = 0; i < fs->n && !is_same(&fs->found[i].f, &fs->entered.f); i++)
		;
	if (i < fs->n)
		fs->entered = fs->found[i];
	doctor_finding(b, &fs->entered.f, tracker_names(t->env->tracker), 0);
	doctor_stack_text(t->env->tracker, &fs->entered.f, b, 0);
	strbuf_adds(b, "  since        ");
	say_since(b, t, &fs->entered);
	strbuf_adds(b, i < fs->n ? "\n" : "; it is over: nothing of the kind was found at the last look\n");
	say_filter(&filter, &fs->entered.f);
	if (filter.s)
		strbuf_addf(b, "  Enter        the connections concerned:%s\n", filter.s);
	strbuf_free(&filter);
	return 0;
}

static int enter(struct top *t)
{
	const struct list *l = &t->lists[PANE_FINDINGS];

	if (l->at >= t->findings->n)
		return 0;
	t->findings->entered = t->findings->found[t->findings->order[l->at]];
	return page_open(t, "FINDING", make_page);
}

static int follow(struct top *t)
{
	struct strbuf filter = { 0 };
	int err;

	say_filter(&filter, &t->findings->entered.f);
	err = filter.failed || !filter.s ? -EINVAL : conns_only(t, filter.s + 1, t->findings->entered.f.rule->id);
	strbuf_free(&filter);
	return err ? 0 : 1 + PANE_CONNECTIONS;
}

const struct pane_ops pane_findings = {
	.title = "Findings", .brief = "Find", .sorts = sort_names, .open = open_, .close = close_, .show = show, .clear = clear,
	.event = event, .interval = interval, .rebuild = rebuild, .draw = draw, .enter = enter, .follow = follow, .transition = transition,
	.closed = closed, .gone = gone, .accepted = accepted,
};
