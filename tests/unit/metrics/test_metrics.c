/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted, and that no counter falls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/metrics/metrics.h"
#include "core/metrics/slots.h"
#include "core/track/pipeline.h"

static struct metrics *m;
static struct pipeline *p;
static struct strbuf text;
static __u64 now;

static int on_event(void *ctx, const struct twt_event *ev) { (void)ctx; metrics_event(m, ev); return 0; }
static int on_transition(void *ctx, const struct transition *tr) { (void)ctx; metrics_transition(m, tr); return 0; }
static int on_closed(void *ctx, const struct conn *c, __u64 ts) { (void)ctx; metrics_closed(m, c, ts); return 0; }
static int on_gone(void *ctx, const struct conn *c, __u64 ts) { (void)ctx; metrics_gone(m, c, ts); return 0; }
static const struct pipeline_hooks hooks = { .event = on_event, .transition = on_transition, .closed = on_closed, .gone = on_gone };

static void begin(const char *labels, unsigned int top)
{
	struct metrics_config cfg = { .top = top, .stuck_ns = 60000000000ULL };
	char err[128];

	assert_int_equal(metrics_labels_parse(labels, &cfg.labels, err, sizeof(err)), 0);
	assert_int_equal(pipeline_new(&(struct pipeline_config){ .live = false }, &(struct tracker_config){ .max_conns = 0 }, &p), 0);
	m = metrics_new(&cfg, pipeline_tracker(p));
	assert_non_null(m);
	assert_true(pipeline_add(p, &hooks, NULL) >= 0);
	now = 1000000000000ULL;
}

static void end(void)
{
	pipeline_free(p);
	metrics_free(m);
	strbuf_free(&text);
}

struct who { const char *comm; __u32 pid; __u64 cookie; __u16 rport; };

static void send(struct twt_event ev, const struct who *w)
{
	ev.size = sizeof(ev);
	ev.version = TWT_VERSION;
	ev.ts_ns = now;
	ev.netns = 1;
	ev.family = 2;
	ev.cookie = w->cookie;
	ev.lport = 40000;
	ev.rport = w->rport;
	ev.laddr[10] = ev.laddr[11] = ev.raddr[10] = ev.raddr[11] = 0xff;
	ev.laddr[15] = 1;
	ev.raddr[15] = 2;
	if (ev.kind == TWT_STATE) {
		ev.flags |= TWT_F_TASK | TWT_F_INTENT | TWT_F_OWNED;
		ev.tgid = ev.tid = w->pid;
		(void)snprintf((char *)ev.comm, sizeof(ev.comm), "%s", w->comm);
	}
	assert_int_equal(pipeline_event(p, &ev), 0);
}

static void state(const struct who *w, unsigned int from, unsigned int to)
{
	now += 1000000;
	send((struct twt_event){ .kind = TWT_STATE, .old_state = (__u8)from, .new_state = (__u8)to }, w);
}

static void pass(__u64 seconds)
{
	now += seconds * 1000000000ULL;
	send((struct twt_event){ .kind = TWT_TICK }, &(struct who){ .comm = "" });
}

static void opens(const struct who *w)
{
	state(w, ST_CLOSE, ST_SYN_SENT);
	state(w, ST_SYN_SENT, ST_ESTABLISHED);
}

/* Closed by the peer first, without a TIME_WAIT. */
static void closes_second(const struct who *w)
{
	state(w, ST_ESTABLISHED, ST_CLOSE_WAIT);
	state(w, ST_CLOSE_WAIT, ST_LAST_ACK);
	state(w, ST_LAST_ACK, ST_CLOSE);
	pass(1);
}

/* Its minisock is born in @substate. */
static void closes_first(const struct who *w, unsigned int substate)
{
	state(w, ST_ESTABLISHED, ST_FIN_WAIT1);
	state(w, ST_FIN_WAIT1, ST_FIN_WAIT2);
	now += 1000;
	send((struct twt_event){ .kind = TWT_TW_START, .new_state = ST_TIME_WAIT, .substate = (__u8)substate, .arg0 = 60000000000ULL }, w);
	state(w, ST_FIN_WAIT2, ST_CLOSE);
}

static const char *written(void)
{
	struct expo x = { .out = &text };

	strbuf_reset(&text);
	metrics_look(m, now, &(struct metrics_beside){ .n_ports = 0 });
	metrics_write(m, &x);
	assert_false(text.failed);
	return text.s;
}

static void has(const char *series, const char *value)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "\n%s %s\n", series, value);
	if (!strstr(written(), line))
		fail_msg("not there:%s; it is %.120s", line, strstr(text.s, series) ? strstr(text.s, series) : "missing");
}

static void a_life_is_counted_where_it_belongs(void **st)
{
	const struct who curl = { "curl", 100, 7, 443 };

	(void)st;
	begin("comm,remote", 5);
	opens(&curl);
	has("twtrace_tcp_connections{state=\"established\"}", "1");
	has("twtrace_process_connections{comm=\"curl\",state=\"established\"}", "1");
	has("twtrace_destination_connections{remote=\"0.0.0.2:443\",state=\"established\"}", "1");
	closes_second(&curl);
	has("twtrace_tcp_connections{state=\"established\"}", "0");
	has("twtrace_tcp_transitions_total{from=\"syn_sent\",to=\"established\"}", "1");
	has("twtrace_tcp_transitions_total{from=\"other\",to=\"other\"}", "0");
	has("twtrace_tcp_opened_connections_total{role=\"client\"}", "1");
	has("twtrace_tcp_closed_connections_total{how=\"passive\"}", "1");
	has("twtrace_process_closed_connections_total{comm=\"curl\",how=\"passive\"}", "1");
	has("twtrace_destination_closed_connections_total{remote=\"0.0.0.2:443\",how=\"passive\"}", "1");
	has("twtrace_tcp_phase_duration_seconds_bucket{phase=\"connect\",le=\"0.001\"}", "1");
	has("twtrace_tcp_phase_duration_seconds_bucket{phase=\"connect\",le=\"0.0005\"}", "0");
	has("twtrace_tcp_phase_duration_seconds_sum{phase=\"connect\"}", "0.001");
	end();
}

static void a_stuck_one_is_told_with_its_age(void **st)
{
	const struct who leaky = { "leaky", 100, 7, 443 };

	(void)st;
	begin("comm", 5);
	opens(&leaky);
	state(&leaky, ST_ESTABLISHED, ST_CLOSE_WAIT);
	pass(59);
	has("twtrace_tcp_stuck_connections{state=\"close_wait\"}", "0");
	pass(2);
	has("twtrace_tcp_stuck_connections{state=\"close_wait\"}", "1");
	has("twtrace_process_stuck_connections{comm=\"leaky\"}", "1");
	has("twtrace_process_stuck_oldest_seconds{comm=\"leaky\"}", "61.0");
	end();
}

static void names_beyond_top_are_other_and_stay_there(void **st)
{
	(void)st;
	begin("comm", 2);
	for (__u32 i = 0; i < 5; i++) {
		char comm[8];
		struct who w = { comm, 100 + i, 10 + i, 80 };

		(void)snprintf(comm, sizeof(comm), "p%u", i);
		opens(&w);
		closes_second(&w);
	}
	has("twtrace_process_closed_connections_total{comm=\"p0\",how=\"passive\"}", "1");
	has("twtrace_process_closed_connections_total{comm=\"p1\",how=\"passive\"}", "1");
	has("twtrace_process_closed_connections_total{comm=\"other\",how=\"passive\"}", "3");
	has("twtrace_slots_used{slot=\"comm\"}", "2");
	end();
}

/* Which row a name has is remembered: not beyond exec(), and not beyond the row. */
static void a_row_that_is_free_is_the_next_name_s(void **st)
{
	const struct who first = { "first", 100, 1, 80 }, next = { "next", 200, 2, 80 }, again = { "next", 200, 3, 80 };
	const struct who late = { "first", 100, 4, 80 }, execed = { "next", 100, 5, 80 };

	(void)st;
	begin("comm", 1);
	opens(&first);
	closes_second(&first);
	opens(&next);
	closes_second(&next);
	has("twtrace_process_closed_connections_total{comm=\"first\",how=\"passive\"}", "1");
	has("twtrace_process_closed_connections_total{comm=\"other\",how=\"passive\"}", "1");
	pass(3601);
	has("twtrace_slots_used{slot=\"comm\"}", "0");
	opens(&again);
	closes_second(&again);
	opens(&late);
	closes_second(&late);
	has("twtrace_process_closed_connections_total{comm=\"next\",how=\"passive\"}", "1");
	has("twtrace_process_closed_connections_total{comm=\"other\",how=\"passive\"}", "2");
	opens(&execed);
	closes_second(&execed);
	has("twtrace_process_closed_connections_total{comm=\"next\",how=\"passive\"}", "2");
	end();
}

static void nobody_passes_for_other(void **st)
{
	const struct who other = { "other", 1, 1, 80 }, unknown = { "unknown", 2, 2, 80 }, cut = { "a\xff", 3, 3, 80 }, same = { "a\xfe", 4, 4, 80 };

	(void)st;
	begin("comm", 5);
	opens(&other);
	opens(&unknown);
	opens(&cut);
	opens(&same);
	has("twtrace_process_connections{comm=\"other\",state=\"established\"}", "1");
	has("twtrace_process_connections{comm=\"unknown\",state=\"established\"}", "1");
	has("twtrace_process_connections{comm=\"a\xef\xbf\xbd\",state=\"established\"}", "2");
	end();
}

static unsigned int lines_that_are_twice(char *s)
{
	char *names[4096];
	unsigned int n = 0, twice = 0;

	for (char *line = strtok(s, "\n"); line; line = strtok(NULL, "\n")) {
		char *last = strrchr(line, ' ');

		if (*line == '#')
			continue;
		*last = '\0';
		for (unsigned int i = 0; i < n; i++)
			twice += !strcmp(names[i], line);
		assert_true(n < 4096);
		names[n++] = line;
	}
	return twice;
}

static void no_series_comes_twice_and_none_is_left_out(void **st)
{
	char *first;
	size_t len;

	(void)st;
	begin("comm,lport,remote", SLOTS_MAX);
	(void)written();
	first = strdup(text.s);
	len = text.len;
	(void)written();
	assert_int_equal(text.len, len);	/* the same series, whatever happened */
	assert_int_equal(lines_that_are_twice(first), 0);
	free(first);
	end();
}

static void series_stay_below_what_the_table_promises(void **st)
{
	unsigned int series[M_MAX] = { 0 };

	(void)st;
	begin("comm,remote", 20);
	for (__u32 i = 0; i < 40; i++) {
		char comm[8];
		struct who w = { comm, 100 + i, 10 + i, (__u16)(80 + i) };

		(void)snprintf(comm, sizeof(comm), "p%u", i);
		opens(&w);
	}
	(void)written();
	for (const char *s = text.s; s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : NULL) {
		for (unsigned int i = 0; *s && *s != '#' && i < M_MAX; i++) {
			size_t len = strlen(metrics_table[i].name);

			if (!strncmp(s, metrics_table[i].name, len) && (s[len] == '{' || s[len] == ' ' || !strncmp(s + len, "_total", 6) ||
									!strncmp(s + len, "_bucket", 7) || !strncmp(s + len, "_sum", 4) ||
									!strncmp(s + len, "_count", 6)))
				series[i]++;
		}
	}
	for (unsigned int i = 0; i < M_MAX; i++) {
		if (series[i] > metrics_table[i].series)
			fail_msg("%s has %u series, %u are said", metrics_table[i].name, series[i], metrics_table[i].series);
	}
	assert_int_equal(series[M_PROCESS_CLOSED], metrics_table[M_PROCESS_CLOSED].series);
	assert_int_equal(series[M_DEST_CLOSED], metrics_table[M_DEST_CLOSED].series);
	assert_int_equal(series[M_PHASES], metrics_table[M_PHASES].series);
	end();
}

/* FIN_WAIT2's minisock may become another verdict: what was counted once is not taken back. */
static void a_verdict_that_is_open_is_not_counted(void **st)
{
	const struct who w = { "nginx", 100, 7, 443 };

	(void)st;
	begin("comm", 5);
	opens(&w);
	closes_first(&w, ST_FIN_WAIT2);
	pass(1);
	has("twtrace_tcp_connections{state=\"fin_wait2\"}", "1");
	has("twtrace_tcp_closed_connections_total{how=\"active\"}", "0");
	has("twtrace_tcp_closed_connections_total{how=\"orphan-timeout\"}", "0");
	pass(60);
	send((struct twt_event){ .kind = TWT_TW_CANCEL, .new_state = ST_TIME_WAIT, .substate = ST_FIN_WAIT2 }, &w);
	now += 8000;
	send((struct twt_event){ .kind = TWT_TW_EXPIRE, .new_state = ST_TIME_WAIT, .substate = ST_FIN_WAIT2 }, &w);
	pass(1);
	has("twtrace_tcp_closed_connections_total{how=\"active\"}", "0");
	has("twtrace_tcp_closed_connections_total{how=\"orphan-timeout\"}", "1");
	has("twtrace_process_closed_connections_total{comm=\"nginx\",how=\"other\"}", "1");
	has("twtrace_tcp_time_wait_ended_total{end=\"expired\"}", "0");
	end();
}

static void a_time_wait_counts_its_seconds_while_it_lasts(void **st)
{
	const struct who w = { "nginx", 100, 7, 443 };

	(void)st;
	begin("comm", 5);
	opens(&w);
	closes_first(&w, ST_TIME_WAIT);
	has("twtrace_tcp_time_wait_begun_total", "1");
	has("twtrace_process_time_wait_begun_total{comm=\"nginx\"}", "1");
	pass(10);
	has("twtrace_tcp_time_wait_seconds_total", "10.001");
	has("twtrace_process_time_wait_seconds_total{comm=\"nginx\"}", "10.001");
	has("twtrace_tcp_closed_connections_total{how=\"active\"}", "1");
	end();
}

static void labels_are_understood_or_refused(void **st)
{
	struct metrics_labels l = { .who = WHO_UNIT };
	char err[128];

	(void)st;
	assert_int_equal(metrics_labels_parse(METRICS_LABELS_DEFAULT, &l, err, sizeof(err)), 0);
	assert_true(l.who == WHO_COMM && l.lport && !l.remote);
	assert_int_equal(metrics_labels_parse("pod,remote,remote", &l, err, sizeof(err)), 0);
	assert_true(l.who == WHO_POD && !l.lport && l.remote);
	assert_int_equal(metrics_labels_parse("none", &l, err, sizeof(err)), 0);
	assert_true(l.who == WHO_NONE && !l.lport && !l.remote);
	assert_true(metrics_labels_parse("comm,pod", &l, err, sizeof(err)) < 0 && strstr(err, "one label"));
	assert_true(metrics_labels_parse("pid", &l, err, sizeof(err)) < 0 && strstr(err, "unknown label 'pid'"));
	assert_true(metrics_labels_parse("", &l, err, sizeof(err)) < 0);
	assert_true(metrics_labels_parse("comm,none", &l, err, sizeof(err)) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_life_is_counted_where_it_belongs),
		cmocka_unit_test(a_stuck_one_is_told_with_its_age),
		cmocka_unit_test(names_beyond_top_are_other_and_stay_there),
		cmocka_unit_test(a_row_that_is_free_is_the_next_name_s),
		cmocka_unit_test(nobody_passes_for_other),
		cmocka_unit_test(no_series_comes_twice_and_none_is_left_out),
		cmocka_unit_test(series_stay_below_what_the_table_promises),
		cmocka_unit_test(a_verdict_that_is_open_is_not_counted),
		cmocka_unit_test(a_time_wait_counts_its_seconds_while_it_lasts),
		cmocka_unit_test(labels_are_understood_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
