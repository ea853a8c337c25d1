/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where connections spend their time: a histogram for each phase of their life, or of the ages of those that
 * are in a state.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/hist/demand.h"
#include "views/hist/hist.h"
#include "views/out.h"
#include "views/view.h"

#define FIRST_COLS 12		/* first column of a table, at least ... */
#define FIRST_COLS_MAX 24	/* ... and at most */

struct hist_view {
	const struct view_env *env;
	struct out out;
	struct hist_collect collect;
	struct hist_demand *demand;	/* --assert, or NULL */
	__u32 states;			/* ages of the sockets in these, instead of phases */
	struct hist_style style;
	bool started;
	__u64 start_ns;			/* what the next report covers begins here */
	bool based;			/* interval() was called with the base */
	unsigned long long reports;
};

static bool utf8_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *s = NULL;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !(s && *s); i++)
		s = getenv(names[i]);
	return s && (strcasestr(s, "utf-8") || strcasestr(s, "utf8"));
}

static unsigned int terminal_width(FILE *f)
{
	struct winsize ws;

	return isatty(fileno(f)) && ioctl(fileno(f), TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40 ? ws.ws_col
											      : 80;
}

static int hist_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct hist_view *v = calloc(1, sizeof(*v));

	if (!v)
		goto no_memory;
	v->env = env;
	v->states = env->opts->live_states;
	v->collect = (struct hist_collect){
		.tracker = env->tracker,
		.filter = env->filter,
		.by = HIST_BY_ALL,
		.phases = env->opts->phases,
	};
	if (env->opts->by && hist_by_parse(env->opts->by, &v->collect.by)) {
		(void)snprintf(err, errlen, "hist cannot group by '%s'", env->opts->by);
		free(v);
		return -EINVAL;
	}
	v->style.unit = env->opts->unit;
	v->style.ascii = env->opts->ascii || !utf8_locale();
	v->collect.set = hist_set_new(v->collect.by, 0);
	if (env->opts->n_asserts)
		v->demand = hist_demand_new(env);
	if (!v->collect.set || (env->opts->n_asserts && !v->demand))
		goto no_memory;
	*ret_state = v;
	return 0;
no_memory:
	if (v)
		hist_set_free(v->collect.set);
	free(v);
	(void)snprintf(err, errlen, "out of memory");
	return -ENOMEM;
}

static int hist_event(void *state, const struct twt_event *ev)
{
	struct hist_view *v = state;

	if (!v->started)
		v->start_ns = ev->ts_ns;
	v->started = true;
	return 0;
}

static int hist_transition(void *state, const struct transition *tr)
{
	struct hist_view *v = state;
	int err = v->demand ? hist_demand_transition(v->demand, tr) : 0;

	return err || v->states ? err : hist_collect(&v->collect, tr);
}

static int hist_closed(void *state, const struct conn *c, __u64 ts_ns)
{
	struct hist_view *v = state;
	int err = v->demand ? hist_demand_closed(v->demand, c, ts_ns) : 0;

	return err || v->states ? err : hist_collect_closed(&v->collect, c, ts_ns);
}

struct ages { struct hist_view *v; __u64 now_ns; };

static int add_age(void *ctx, const struct conn *c)
{
	struct ages *a = ctx;
	const struct actors *as = tracker_actors(a->v->env->tracker);
	struct phase_sample s = { .phase = c->state, .fate = PHASE_BEGAN_BEFORE };

	if (!(a->v->states & 1U << c->state) || !filter_match(a->v->env->filter, c, as, 1U << c->state))
		return 0;
	if (!(c->flags & CONN_SINCE_UNKNOWN)) {
		s.fate = PHASE_MEASURED;
		s.ns = a->now_ns > c->since_ns ? a->now_ns - c->since_ns : 0;
	} else if (c->flags & CONN_GAP) {
		s.fate = PHASE_LOST;
	}
	return hist_set_add(a->v->collect.set, c, as, &s);
}

/* Name and meaning of a slot: a phase, or a state whose sockets' ages these are. */
static const char *slot_name(const struct hist_view *v, unsigned int slot)
{
	return v->states ? tcp_state_name(slot) : phases[slot].name;
}

static const char *slot_about(const struct hist_view *v, unsigned int slot)
{
	return v->states ? "ages of the sockets that are in it" : phases[slot].about;
}

static bool slot_wanted(const struct hist_view *v, unsigned int slot)
{
	return (v->states ? v->states : v->collect.phases) & 1U << slot;
}

static unsigned int slots_wanted(const struct hist_view *v)
{
	return (unsigned int)__builtin_popcount(v->states ? v->states : v->collect.phases);
}

static int items_of(struct hist_view *v, unsigned int slot, struct hist_item **ret, size_t *ret_n)
{
	int err = hist_set_items(v->collect.set, slot, v->env->opts->top, ret, ret_n);
	size_t i;

	for (i = 0; !err && i < *ret_n; i++) {
		(*ret)[i].phase = slot_name(v, slot);
		(*ret)[i].about = slot_about(v, slot);
	}
	return err;
}

static void title(struct strbuf *b, const struct hist_item *it)
{
	strbuf_addf(b, "\n%s: %s\n", it->phase, it->about);
}

/* All phases in one table, then a picture of each. */
static int text_phases(struct hist_view *v)
{
	struct strbuf *b = &v->out.b, rest = { 0 }, notes = { 0 };
	struct hist_item *it;
	unsigned int slot;
	size_t n;
	int err = 0;

	hist_table_head(b, v->states ? "STATE" : "PHASE", FIRST_COLS);
	for (slot = 0; slot < HIST_SLOTS && !err; slot++) {
		if (!slot_wanted(v, slot))
			continue;
		err = items_of(v, slot, &it, &n);
		if (err)
			break;
		hist_table_row(b, it->phase, FIRST_COLS, it->h, v->style.unit);
		hist_notes(&notes, it);
		if (it->h->count) {
			title(&rest, it);
			hist_bars(&rest, it->h, &v->style);
		}
	}
	strbuf_add(b, rest.s ? rest.s : "", rest.len);
	if (notes.len)
		strbuf_addf(b, "\n%s", notes.s);
	b->failed |= rest.failed || notes.failed;
	strbuf_free(&rest);
	strbuf_free(&notes);
	return err;
}

static unsigned int first_columns(const struct hist_item *it, size_t n)
{
	struct strbuf b = { 0 };
	size_t most = FIRST_COLS, i;

	for (i = 0; i < n; i++) {
		strbuf_reset(&b);
		hist_label(&b, &it[i]);
		most = b.len > most ? b.len : most;
	}
	strbuf_free(&b);
	return most > FIRST_COLS_MAX ? FIRST_COLS_MAX : (unsigned int)most;
}

static void key_title(const char *by, char ret[16])
{
	size_t i;

	for (i = 0; by[i] && i < 15; i++)
		ret[i] = (char)(by[i] >= 'a' && by[i] <= 'z' ? by[i] - 'a' + 'A' : by[i]);
	ret[i] = '\0';
}

/* One phase: a table of its groups, and a picture of each if no other phase was asked for. */
static void text_groups(struct hist_view *v, const struct hist_item *it, size_t n)
{
	struct strbuf *b = &v->out.b, label = { 0 };
	unsigned int first = first_columns(it, n);
	char key[16];
	size_t i;

	if (!n) {
		strbuf_adds(b, "none\n");
		return;
	}
	key_title(hist_by_name(v->collect.by), key);
	hist_table_head(b, key, first);
	for (i = 0; i < n; i++) {
		strbuf_reset(&label);
		hist_label(&label, &it[i]);
		hist_table_row(b, label.s ? label.s : "", first, it[i].h, v->style.unit);
	}
	for (i = 0; slots_wanted(v) == 1 && i < n; i++) {
		if (!it[i].h->count)
			continue;
		strbuf_addf(b, "\n%s of ", it[i].phase);
		hist_label(b, &it[i]);
		strbuf_addc(b, '\n');
		hist_bars(b, it[i].h, &v->style);
	}
	strbuf_reset(&label);
	for (i = 0; i < n; i++)
		hist_notes(&label, &it[i]);
	if (label.len)
		strbuf_addf(b, "\n%s", label.s);
	strbuf_free(&label);
}

static int text_report(struct hist_view *v, __u64 ts_ns)
{
	struct strbuf *b = &v->out.b;
	struct hist_item *it;
	unsigned int slot;
	bool first = true;
	size_t n;
	int err = 0;

	v->style.width = terminal_width(v->env->out);
	if (v->reports)
		strbuf_addc(b, '\n');
	if (v->env->opts->interval_s > 0) {
		fmt_clock(b, (long long)ts_ns + tracker_clock_offset(v->env->tracker), v->env->utc_offset);
		strbuf_addc(b, '\n');
	}
	if (v->collect.by == HIST_BY_ALL)
		return text_phases(v);
	for (slot = 0; slot < HIST_SLOTS && !err; slot++) {
		if (!slot_wanted(v, slot))
			continue;
		err = items_of(v, slot, &it, &n);
		if (err)
			break;
		if (!first)
			strbuf_addc(b, '\n');
		strbuf_addf(b, "%s: %s\n", slot_name(v, slot), slot_about(v, slot));
		text_groups(v, it, n);
		first = false;
	}
	return err;
}

static int data_report(struct hist_view *v, __u64 ts_ns)
{
	const struct options *o = v->env->opts;
	struct hist_stamp at = {
		.wall_ns = (long long)ts_ns + tracker_clock_offset(v->env->tracker), .ts_ns = ts_ns,
		.window_ns = ts_ns > v->start_ns ? ts_ns - v->start_ns : 0, .by = hist_by_name(v->collect.by),
		.ages = v->states != 0,
	};
	struct hist_item *it;
	unsigned int slot;
	size_t n, i;
	int err = 0;

	if (o->csv && !v->reports)
		hist_csv_head(&v->out.b, o->unit);
	for (slot = 0; slot < HIST_SLOTS && !err; slot++) {
		if (!slot_wanted(v, slot))
			continue;
		err = items_of(v, slot, &it, &n);
		for (i = 0; !err && i < n; i++) {
			if (o->csv)
				hist_csv(&v->out.b, &it[i], &at, o->unit);
			else if (o->hgrm)
				hist_hgrm(&v->out.b, &it[i], o->unit);
			else
				hist_json(&v->out.b, &it[i], &at);
		}
	}
	return err;
}

static int report(struct hist_view *v, __u64 ts_ns)
{
	const struct options *o = v->env->opts;
	struct ages ages = { .v = v, .now_ns = ts_ns };
	int err = out_losses(&v->out, v->env, ts_ns);

	if (!err && v->states) {
		hist_set_clear(v->collect.set);
		err = tracker_foreach(v->env->tracker, add_age, &ages);
	} else if (!err) {
		err = hist_collect_open(&v->collect);
	}
	if (!err)
		err = o->json || o->csv || o->hgrm ? data_report(v, ts_ns) : text_report(v, ts_ns);
	if (!err)
		err = out_line(&v->out, v->env);
	v->reports++;
	if (!o->cumulative) {
		hist_set_clear(v->collect.set);
		v->start_ns = ts_ns;
	}
	return err;
}

static int hist_interval(void *state, __u64 boundary_ns)
{
	struct hist_view *v = state;

	/* The first call is the start of the first interval. */
	if (!v->based) {
		v->based = true;
		v->start_ns = boundary_ns;
		return 0;
	}
	return report(v, boundary_ns);
}

static int hist_end(void *state, __u64 now_ns)
{
	struct hist_view *v = state;
	const struct options *o = v->env->opts;
	/* After as many intervals as were asked for, what came while the run ended is in none of them. */
	bool over = o->count && v->reports >= o->count;
	int err = over ? out_losses(&v->out, v->env, now_ns) : report(v, now_ns);

	if (!err && v->demand)
		err = hist_demand_check(v->demand, &v->out, now_ns);
	return err ? err : out_flush(v->env);
}

static int hist_verdict(const void *state)
{
	const struct hist_view *v = state;

	return v->demand && hist_demand_failed(v->demand) ? EX_FINDING : 0;
}

static void hist_close(void *state)
{
	struct hist_view *v = state;

	if (!v)
		return;
	hist_set_free(v->collect.set);
	hist_demand_free(v->demand);
	out_free(&v->out);
	free(v);
}

const struct view_ops view_hist = {
	.name = "hist",
	.needs = TWT_NEED_STATES,
	.summary = "where connections spend their time: histograms and percentiles of each phase of their "
		   "life",
	.wants_interval = true,
	.unhurried = true,
	.sums_up = true,
	.open = hist_open,
	.event = hist_event,
	.transition = hist_transition,
	.closed = hist_closed,
	.interval = hist_interval,
	.end = hist_end,
	.verdict = hist_verdict,
	.close = hist_close,
};
