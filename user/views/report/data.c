/* SPDX-License-Identifier: GPL-2.0-only */
/* What the scripts of a report read: the objects of /api/v1, and numbers over time. */
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/report/side.h"

static void array(struct json *j, const char *key, const struct series *c, unsigned int column)
{
	json_open(j, key, '[');
	for (unsigned int i = 0; i < c->n; i++)
		json_u64(j, NULL, c->at[i][column]);
	json_close(j, ']');
}

/* Columns in which nothing happened are left out. */
static void arrays(struct json *j, const char *key, const struct series *c, unsigned int column, unsigned int from, unsigned int to,
		   const char *(*name)(unsigned int))
{
	json_open(j, key, '{');
	for (unsigned int i = from; i < to; i++)
		if (series_sum(c, column + i))
			array(j, name(i), c, column + i);
	json_close(j, '}');
}

static void add_course(const struct side *s, struct json *j)
{
	const struct series *c = &s->course;
	struct strbuf time = { 0 };

	fmt_rfc3339(&time, (long long)c->start_ns + tracker_clock_offset(s->env->tracker));
	json_open(j, "course", '{');
	json_str(j, "start", time.s);
	json_u64(j, "start_ns", c->start_ns);
	json_u64(j, "step_ns", c->step_ns);
	json_u64(j, "end_ns", c->end_ns);
	arrays(j, "states", c, (unsigned int)-1, ST_ESTABLISHED, ST_SHOWN + 1, tcp_state_name);
	array(j, "opened", c, COL_OPENED);
	arrays(j, "closed", c, COL_CLOSED, CLOSE_NOT_YET + 1, CLOSE_KIND_MAX, close_kind_name);
	array(j, "tw_begun", c, COL_TW_BEGUN);
	arrays(j, "tw_ended", c, COL_TW_ENDED, TW_END_NONE + 1, TW_END_MAX, tw_end_name);
	array(j, "events", c, COL_EVENTS);
	towards_json(&s->towards, j);
	json_close(j, '}');
	strbuf_free(&time);
}

/* Objects that others wrote, as they are. */
static void raw(struct json *j, const char *key, const struct page_rows *rows)
{
	strbuf_addf(j->out, "%s\"%s\":", j->need_comma ? "," : "", key);
	page_rows_json(rows, j->out);
	j->need_comma = true;
}

void side_json(const struct side *s, struct strbuf *b)
{
	struct json j;

	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "file", s->file);
	json_str(&j, "cut", s->cut);
	json_u64(&j, "now_ns", s->now_ns);
	strbuf_adds(b, ",\"summary\":");
	live_summary(s->live, b);
	add_course(s, &j);
	json_open(&j, "tables", '{');
	for (unsigned int i = 0; i < REPORT_TABLES; i++)
		if (i != REPORT_DIFFERENCES)
			raw(&j, report_tables[i].id, &s->tables[i].rows);
	json_close(&j, '}');
	json_close(&j, '}');
}
