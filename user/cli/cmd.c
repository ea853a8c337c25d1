/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/cmd.h"
#include <string.h>
#include "core/ports/field.h"
#include "core/ports/listen/field.h"
#include "core/stats/closers/columns.h"
#include "source/bpf/probes.h"
#include "views/explain/explain.h"
#include "views/hist/hist.h"
#include "views/serve/serve.h"
#include "views/view.h"

#define TAKES_SCREEN_VIEW (TAKES_SOURCE | TAKES_FILTER | TAKES_WRITE | TAKES_PROGRAM)
#define TAKES_VIEW (TAKES_SCREEN_VIEW | TAKES_JSON)

const struct command commands[] = {
	{ .name = "top", .args = "[interval [count]]", .takes = TAKES_CALLS | TAKES_SCREEN_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_INTERVAL | TAKES_SCREEN,
	  .view = &view_top },
	{ .name = "stream", .args = "", .takes = TAKES_SEVERAL | TAKES_CALLS | TAKES_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_COLUMNS | TAKES_WIRE | TAKES_FIELDS, .view = &view_stream },
	{ .name = "count", .args = "[interval [count]]", .takes = TAKES_SEVERAL | TAKES_VIEW | TAKES_UNIT | TAKES_INTERVAL | TAKES_COLUMNS | TAKES_BY,
	  .by = "netns,lport,comm,pid,container,pod,unit", .view = &view_count },
	{ .name = "hist", .args = "[PHASE...] [interval [count]]",
	  .takes = TAKES_SEVERAL | TAKES_VIEW | TAKES_INTERVAL | TAKES_BY | TAKES_HIST | TAKES_TOP, .by = "comm,pid,lport,raddr,container,pod,unit,closekind,end,syn-retrans",
	  .view = &view_hist, .run = hist_compare },
	{ .name = "conn", .args = "", .takes = TAKES_SEVERAL | TAKES_CALLS | TAKES_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_COLUMNS | TAKES_AT | TAKES_WIRE | TAKES_LIVE | TAKES_FIELDS, .view = &view_conn },
	{ .name = "closers", .args = "[interval [count]]",
	  .takes = TAKES_SEVERAL | TAKES_CALLS | TAKES_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_INTERVAL | TAKES_COLUMNS | TAKES_BY | TAKES_TOP | TAKES_CLOSERS |
		   TAKES_SORT | TAKES_FIELDS, .by = "pid,comm,cgroup,netns,lport,raddr:rport,container,pod,unit",
	  .sort = "time_wait,closed,active,passive,simultaneous,abort,reset,other,time_wait_created,rate,time_wait_seconds,stuck,retrans,rtt,pid,comm", .columns = closer_columns, .view = &view_closers },
	{ .name = "ports", .args = "[interval [count]]",
	  .takes = TAKES_SEVERAL | TAKES_CALLS | TAKES_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_INTERVAL | TAKES_COLUMNS | TAKES_BY | TAKES_TOP | TAKES_WHAT_IF,
	  .by = "pid,comm,raddr,container,pod,unit",
	  .fields = ports_fields, .view = &view_ports },
	{ .name = "listeners", .args = "[interval [count]]", .takes = TAKES_SEVERAL | TAKES_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_INTERVAL | TAKES_COLUMNS | TAKES_TOP | TAKES_SORT,
	  .sort = "trouble,queue,peak,half_open,accepted,wait,drops,port", .fields = listener_fields, .view = &view_listeners },
	{ .name = "stacks", .args = "[interval [count]]", .takes = TAKES_SEVERAL | TAKES_VIEW | TAKES_UNIT | TAKES_INTERVAL | TAKES_STACKS, .view = &view_stacks },
	{ .name = "doctor", .args = "", .takes = TAKES_SEVERAL | TAKES_CALLS | TAKES_VIEW | TAKES_UNIT | TAKES_NAMES | TAKES_DOCTOR, .view = &view_doctor },
	{ .name = "explain", .args = "bind [ADDR]:PORT | connect [SRC] ADDR:PORT | --watch", .takes = TAKES_SOURCE | TAKES_FILTER | TAKES_EXPLAIN | TAKES_JSON,
	  .summary = "would this call succeed now, and if not, who is in the way and for how long; '-': one call from each line of "
		     "standard input. Exit code 5 if it would fail. --watch: each call that fails, as it does",
	  .view = &view_explain, .run = cmd_explain },
	{ .name = "export", .args = "csv|ndjson|trace",
	  .takes = TAKES_SEVERAL | TAKES_SOURCE | TAKES_FILTER | TAKES_UNIT | TAKES_WRITE | TAKES_PROGRAM | TAKES_NAMES | TAKES_WIRE | TAKES_EXPORT | TAKES_FIELDS,
	  .view = &view_export },
	{ .name = "report", .args = "",
	  .takes = TAKES_CALLS | TAKES_SOURCE | TAKES_FILTER | TAKES_UNIT | TAKES_WRITE | TAKES_PROGRAM | TAKES_NAMES | TAKES_REPORT, .view = &view_report },
	{ .name = "serve", .args = "", .takes = TAKES_SOURCE | TAKES_WRITE | TAKES_TOP | TAKES_SERVE, .view = &view_serve, .run = cmd_serve },
	{ .name = "record", .args = "FILE", .takes = TAKES_CALLS | TAKES_SOURCE | TAKES_JSON | TAKES_WRITE | TAKES_FILE | TAKES_PROGRAM, .view = &view_record },
	{ .name = "features", .args = "", .takes = TAKES_SOURCE | TAKES_JSON | TAKES_FOR, .summary = "each kernel hook: does it load here, and what is lost without it",
	  .run = cmd_features },
	{ 0 }
};

const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

const char *command_summary(const struct command *c)
{
	return c->summary ? c->summary : c->view->summary;
}

#define WORD_MAX 24	/* longer words are not compared */

size_t text_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned char d[WORD_MAX + 1][WORD_MAX + 1];

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= la; i++)
		d[i][0] = (unsigned char)i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= la; i++) {
		for (size_t j = 1; j <= lb; j++) {
			unsigned char best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}
