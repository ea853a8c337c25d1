/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of a recording's tables: those of the live page, and what a report has beside them. */
#include <errno.h>
#include <string.h>
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/out.h"
#include "views/report/side.h"

#define COURSE_ROWS 30U		/* of its table: steps are put together */

static int rows_of(struct side_table *t, enum report_table which)
{
	const struct page_table *pt = &report_tables[which];
	int err;

	if (t->text.failed)
		return -ENOMEM;
	err = page_rows_of(&t->own, (struct span){ t->text.s, t->text.len }, NULL, pt->keys);
	t->rows = t->own;
	return err;
}

/* --- of the whole --- */

__u64 side_lost(const struct side *s)
{
	__u64 lost[LOSS_MAX], sum = 0;

	tracker_losses(s->env->tracker, lost);
	for (int i = 0; i < LOSS_MAX; i++)
		sum += lost[i];
	return sum;
}

double side_seconds(const struct side *s)
{
	return s->now_ns > s->start_ns ? (double)(s->now_ns - s->start_ns) / 1e9 : 0;
}

static void total(const struct side *s, struct strbuf *b, const char *what, const char *kind, __u64 n, bool rate)
{
	struct strbuf text = { 0 };
	struct json j;

	strbuf_addf(&text, "%s%s%s", what, *kind ? ": " : "", kind);
	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "what", text.s);
	json_u64(&j, "count", n);
	if (rate && side_seconds(s) > 0)
		json_double(&j, "per_s", (double)n / side_seconds(s));
	else
		json_null(&j, "per_s");
	json_close(&j, '}');
	strbuf_addc(b, '\n');
	b->failed |= text.failed;
	strbuf_free(&text);
}

static void add_totals(const struct side *s, struct strbuf *b)
{
	__u64 closed = 0, n;

	for (unsigned int k = CLOSE_NOT_YET + 1; k < CLOSE_KIND_MAX; k++)
		closed += s->closed[k];
	total(s, b, "connections opened", "", series_sum(&s->course, COL_OPENED), true);
	total(s, b, "connections closed", "", closed, true);
	for (unsigned int k = CLOSE_NOT_YET + 1; k < CLOSE_KIND_MAX; k++) {
		n = s->closed[k];
		if (n || k == CLOSE_ACTIVE || k == CLOSE_PASSIVE)
			total(s, b, "closed", close_kind_name(k), n, true);
	}
	total(s, b, "TIME_WAITs begun", "", series_sum(&s->course, COL_TW_BEGUN), true);
	for (unsigned int e = TW_END_NONE + 1; e < TW_END_MAX; e++) {
		n = series_sum(&s->course, COL_TW_ENDED + e);
		if (n)
			total(s, b, "TIME_WAITs ended", tw_end_name(e), n, true);
	}
	total(s, b, "most at once", tcp_state_name(ST_ESTABLISHED), s->most[ST_ESTABLISHED], false);
	total(s, b, "most at once", tcp_state_name(ST_TIME_WAIT), s->most[ST_TIME_WAIT], false);
	total(s, b, "most at once", tcp_state_name(ST_CLOSE_WAIT), s->most[ST_CLOSE_WAIT], false);
	total(s, b, "events", "", s->events, true);
	total(s, b, "events lost", "", side_lost(s), false);
}

/* The object of /api/v1/states and one member more. */
static int fill_states(struct side *s)
{
	struct side_table *t = &s->tables[REPORT_STATES];
	struct strbuf text = { 0 };
	struct page_rows own = { 0 }, rows = { 0 };
	struct live_query q = { 0 };
	struct span name;
	__u32 mask;
	int err = live_rows(s->live, page_table_find("states"), &q, NULL, &text, &own, &rows);

	for (size_t i = 0; i < rows.n && !err; i++) {
		char word[24] = "";

		if (member_at(rows.r[i].text, "state", &name))
			member_text(name, word, sizeof(word));
		if (tcp_state_parse(word, &mask) || !mask)
			continue;
		strbuf_add(&t->text, rows.r[i].text.s, rows.r[i].text.len - 1);
		strbuf_addf(&t->text, ",\"most\":%llu}\n", (unsigned long long)s->most[__builtin_ctz(mask)]);
	}
	strbuf_free(&text);
	page_rows_free(&own);
	return err ? err : rows_of(t, REPORT_STATES);
}

/* --- over time --- */

static void add_step(const struct side *s, struct strbuf *b, unsigned int from, unsigned int n)
{
	const struct series *c = &s->course;
	__u64 begin_ns = c->start_ns + from * c->step_ns, end_ns = begin_ns + n * c->step_ns, sum[COL_MAX] = { 0 };
	const __u64 *last = c->at[from + n - 1];
	struct strbuf time = { 0 };
	double seconds, closed = 0;
	struct json j;

	if (from + n == c->n)
		end_ns = c->end_ns;
	seconds = (double)(end_ns - begin_ns) / 1e9;
	for (unsigned int i = from; i < from + n; i++)
		for (unsigned int k = ST_SHOWN; k < COL_MAX; k++)
			sum[k] += c->at[i][k];
	for (unsigned int k = CLOSE_NOT_YET + 1; k < CLOSE_KIND_MAX; k++)
		closed += (double)sum[COL_CLOSED + k];
	fmt_rfc3339(&time, (long long)end_ns + tracker_clock_offset(s->env->tracker));
	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_u64(&j, "at_ns", end_ns);
	json_str(&j, "time", time.s);
	for (unsigned int st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		json_u64(&j, tcp_state_name(st), last[st - 1]);
	json_double(&j, "opened_per_s", (double)sum[COL_OPENED] / seconds);
	json_double(&j, "closed_per_s", closed / seconds);
	json_double(&j, "active_per_s", (double)sum[COL_CLOSED + CLOSE_ACTIVE] / seconds);
	json_double(&j, "broken_per_s", (closed - (double)(sum[COL_CLOSED + CLOSE_ACTIVE] + sum[COL_CLOSED + CLOSE_PASSIVE] +
							     sum[COL_CLOSED + CLOSE_SIMULTANEOUS])) / seconds);
	json_close(&j, '}');
	strbuf_addc(b, '\n');
	b->failed |= time.failed;
	strbuf_free(&time);
}

static void add_course(const struct side *s, struct strbuf *b)
{
	unsigned int each = (s->course.n + COURSE_ROWS - 1) / COURSE_ROWS;

	for (unsigned int i = 0; i < s->course.n; i += each)
		add_step(s, b, i, i + each <= s->course.n ? each : s->course.n - i);
}

/* --- connections --- */

static void add_longest(const struct side *s, struct strbuf *b, const struct longest *l, size_t group, bool alive)
{
	for (size_t i = 0; i < longest_n(l, group); i++) {
		__u64 ns;
		const struct moment *m = longest_at(l, group, i, &ns);
		struct json j;

		json_init(&j, b);
		json_open(&j, NULL, '{');
		json_str(&j, "longest_in", tcp_state_name(alive ? m->conn.state : (unsigned int)group));
		json_u64(&j, "spent_ns", ns);
		live_conn(s->live, &j, &m->conn, longest_actors(l), m->tr.ts_ns, alive);
		json_close(&j, '}');
		strbuf_addc(b, '\n');
	}
}

static void add_slowest(const struct side *s, struct strbuf *b)
{
	static const __u8 order[] = {
		ST_SYN_SENT, ST_SYN_RECV, ST_CLOSE_WAIT, ST_LAST_ACK, ST_FIN_WAIT1, ST_FIN_WAIT2, ST_CLOSING, ST_ESTABLISHED,
	};

	for (size_t i = 0; i < sizeof(order); i++)
		add_longest(s, b, s->slow, order[i], false);
}

/* --- TIME_WAITs by their end, and the proof --- */

static int add_ends(struct side *s, struct strbuf *b)
{
	struct hist_stamp at = {
		.wall_ns = (long long)s->now_ns + tracker_clock_offset(s->env->tracker), .ts_ns = s->now_ns, .window_ns = s->now_ns - s->start_ns,
		.by = hist_by_name(HIST_BY_END), .few = true,
	};
	struct hist_item *it;
	size_t n;
	int err = hist_set_items(s->ends.set, PHASE_TIME_WAIT, TW_END_MAX, &it, &n);

	for (size_t i = 0; i < n && !err; i++) {
		it[i].phase = phases[PHASE_TIME_WAIT].name;
		hist_json(b, &it[i], &at);
	}
	return err;
}

static void add_coverage(const struct side *s, struct strbuf *b)
{
	struct proof_line lines[PROOF_MAX];
	size_t n = totals_proof(tracker_totals(s->env->tracker), lines);
	struct json j;

	for (size_t i = 0; i < n; i++) {
		json_init(&j, b);
		json_open(&j, NULL, '{');
		json_str(&j, "name", lines[i].name);
		json_s64(&j, "ours", (long long)lines[i].ours);
		json_s64(&j, "kernel", (long long)lines[i].kernel);
		json_close(&j, '}');
		strbuf_addc(b, '\n');
	}
}

/* --- all of them --- */

static int fill_live(struct side *s, enum report_table which)
{
	struct live_query q = { .limit = SIDE_ROWS };
	struct side_table *t = &s->tables[which];

	return live_rows(s->live, page_table_find(report_tables[which].id), &q, NULL, &t->text, &t->own, &t->rows);
}

int side_fill(struct side *s)
{
	static const enum report_table lived[] = { REPORT_FINDINGS, REPORT_PROCESSES, REPORT_LATENCY, REPORT_DESTINATIONS, REPORT_LISTENERS };
	static const enum report_table own[] = { REPORT_TOTALS, REPORT_COURSE, REPORT_TIME_WAIT, REPORT_STUCK, REPORT_SLOWEST, REPORT_COVERAGE };
	struct side_table *t = s->tables;
	int err = fill_states(s);

	for (size_t i = 0; i < sizeof(lived) / sizeof(lived[0]) && !err; i++)
		err = fill_live(s, lived[i]);
	if (err)
		return err;
	add_totals(s, &t[REPORT_TOTALS].text);
	add_course(s, &t[REPORT_COURSE].text);
	err = add_ends(s, &t[REPORT_TIME_WAIT].text);
	add_longest(s, &t[REPORT_STUCK].text, s->stuck, 0, true);
	add_slowest(s, &t[REPORT_SLOWEST].text);
	add_coverage(s, &t[REPORT_COVERAGE].text);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && !err; i++)
		err = rows_of(&t[own[i]], own[i]);
	t[REPORT_STUCK].rows.total = longest_offered(s->stuck, 0);
	return err;
}
