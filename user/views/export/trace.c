/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events as Perfetto and chrome://tracing read them ("Trace Event Format", JSON object form): a process is a track, a connection is a pair of
 * nestable asynchronous events (ph b and e) of it with its states inside, its TIME_WAIT a pair of a category of its own; counters (ph C) of
 * states. Times are microseconds since boot, of several recordings since 1970. Readers sort: events stand in the order in which connections end.
 */
#include <errno.h>
#include <stdlib.h>
#include "core/conn/timeline.h"
#include "core/text/fmt.h"
#include "core/text/json.h"
#include "views/export/export.h"

/* Tracks that are no process: above what a pid can be (PID_MAX_LIMIT, include/linux/threads.h). Viewers take pid 0 for the idle task. */
#define PID_LIMIT	(4U << 20)
enum { TRACK_UNKNOWN = PID_LIMIT + 1, TRACK_KERNEL, TRACK_STATES, TRACK_END };

struct seen { __u8 named[(TRACK_END + 7) / 8]; };	/* tracks that have been given a name, of each host */

/* Processes of several hosts may have the same number: those of each host are above those of the one before. */
#define HOST_PIDS	(2 * PID_LIMIT)

static size_t host_of(const struct export_view *v)
{
	return v->env->host ? v->env->host->i : 0;
}

static void put_track(const struct export_view *v, struct json *j, __u32 pid)
{
	json_u64(j, "pid", pid + host_of(v) * HOST_PIDS);
	json_u64(j, "tid", pid + host_of(v) * HOST_PIDS);
}

/* What several hosts have in common is the wall clock. */
static void put_time(const struct export_view *v, struct json *j, __u64 ns)
{
	long long offset = v->env->host ? tracker_clock_offset(v->env->tracker) : 0;

	json_double(j, "ts", (double)(long long)(ns + (__u64)offset) / 1000);
}

static void event_open(struct export_view *v, struct json *j)
{
	strbuf_adds(&v->b, v->first->continues ? ",\n" : "\n");
	v->first->continues = true;
	json_init(j, &v->b);
	json_open(j, NULL, '{');
}

static void name_track(struct export_view *v, __u32 pid, const char *name)
{
	struct seen *seen = (struct seen *)v->first->state + host_of(v);
	struct strbuf text = { 0 };
	struct json j;

	if (pid >= TRACK_END || seen->named[pid / 8] & 1U << pid % 8)
		return;
	seen->named[pid / 8] |= (__u8)(1U << pid % 8);
	event_open(v, &j);
	json_str(&j, "ph", "M");
	json_str(&j, "name", "process_name");
	put_track(v, &j, pid);
	json_open(&j, "args", '{');
	if (v->env->host)
		strbuf_addf(&text, "%s: %s", v->env->host->name, name);
	json_str(&j, "name", text.s ? text.s : name);
	json_close(&j, '}');
	json_close(&j, '}');
	v->b.failed |= text.failed;
	strbuf_free(&text);
}

/* Of whoever owns it. */
static __u32 track_of(struct export_view *v, const struct field_src *src)
{
	const struct actor *a = actors_get(src->actors, src->conn->owner);

	if (a) {
		name_track(v, a->tgid, a->comm);
		return a->tgid;
	}
	if (src->conn->flags & CONN_KERNEL) {
		name_track(v, TRACK_KERNEL, "the kernel's own sockets");
		return TRACK_KERNEL;
	}
	name_track(v, TRACK_UNKNOWN, "owner unknown");
	return TRACK_UNKNOWN;
}

/* What all events of one connection have in common. The object stays open. */
static void slice(struct export_view *v, struct json *j, const char *ph, const char *category, const char *name, __u32 pid, __u64 ns)
{
	event_open(v, j);
	json_str(j, "ph", ph);
	json_str(j, "cat", category);
	json_str(j, "name", name);
	json_u64(j, "id", v->first->n + 1);
	put_track(v, j, pid);
	put_time(v, j, ns);
}

static void pair(struct export_view *v, const char *category, const char *name, __u32 pid, __u64 from_ns, __u64 to_ns)
{
	struct json j;

	slice(v, &j, "b", category, name, pid, from_ns);
	json_close(&j, '}');
	slice(v, &j, "e", category, name, pid, to_ns > from_ns ? to_ns : from_ns);
	json_close(&j, '}');
}

static void add_args(struct json *j, const struct field_src *src)
{
	static const char *const keys[] = {
		"netns", "cookie", "laddr", "lport", "raddr", "rport", "role", "opener_pid", "opener_comm", "closer_pid", "closer_comm", "close",
		"close_reason", "tw_end", "bytes_acked", "bytes_received", "container", "pod", "unit", "began_before", "reconstructed", "healed", NULL,
	};

	json_open(j, "args", '{');
	fields_json(j, keys, src);
	json_close(j, '}');
}

static void add_end(struct strbuf *b, const __u8 addr[16], __u16 port, unsigned int family)
{
	char text[FMT_ADDR_LEN];

	fmt_addr(addr, family, text);
	strbuf_addf(b, family == 2 ? "%s:%u" : "[%s]:%u", text, port);
}

static int trace_conn(struct export_view *v, const struct field_src *src)
{
	const struct conn *c = src->conn;
	struct step steps[ST_MAX];
	size_t n = timeline_of(c, src->now_ns, steps), i;
	__u64 end_ns = c->state == ST_CLOSE ? c->since_ns : src->now_ns, full_ns = end_ns, from_ns = c->born_ns;
	__u32 pid = track_of(v, src);
	struct json j;

	/* The full socket's life ends where TIME_WAIT begins. */
	if (c->tw_start_ns && c->tw_start_ns < full_ns)
		full_ns = c->tw_start_ns;
	if (from_ns > full_ns)
		from_ns = full_ns;
	strbuf_reset(&v->cell);
	add_end(&v->cell, c->laddr, c->lport, c->family);
	strbuf_adds(&v->cell, c->role == ROLE_SERVER ? " < " : " > ");
	add_end(&v->cell, c->raddr, c->rport, c->family);
	if (v->cell.failed)
		return -ENOMEM;
	slice(v, &j, "b", "connection", v->cell.s, pid, from_ns);
	add_args(&j, src);
	json_close(&j, '}');
	for (i = 0; i < n; i++) {
		const struct step *s = &steps[i];
		__u64 at = s->entered_known && s->entered_ns > from_ns ? s->entered_ns : from_ns;

		if (s->state == ST_CLOSE || s->state == ST_TIME_WAIT || !s->entered_known || !s->spent_known)
			continue;
		pair(v, "connection", tcp_state_name(s->state), pid, at < full_ns ? at : full_ns,
		     s->entered_ns + s->spent_ns < full_ns ? s->entered_ns + s->spent_ns : full_ns);
	}
	slice(v, &j, "e", "connection", v->cell.s, pid, full_ns);
	json_close(&j, '}');
	if (c->tw_start_ns)
		pair(v, "TIME_WAIT", "TIME_WAIT", pid, c->tw_start_ns, end_ns);
	return 0;
}

static int trace_begin(struct export_view *v)
{
	v->state = calloc(v->env->host ? v->env->host->all->n : 1, sizeof(struct seen));
	if (!v->state)
		return -ENOMEM;
	strbuf_adds(&v->b, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
	return 0;
}

struct census_of { struct export_view *v; __u64 n[ST_MAX]; };

static int count_one(void *ctx, const struct conn *c)
{
	struct census_of *k = ctx;

	if (filter_match(k->v->env->filter, c, tracker_actors(k->v->env->tracker), 1U << c->state))
		k->n[c->state]++;
	return 0;
}

/* Connections of the filter, by state. */
static int trace_interval(struct export_view *v, __u64 ts_ns)
{
	struct census_of k = { .v = v };
	struct json j;
	int err = tracker_foreach(v->env->tracker, count_one, &k);

	if (err)
		return err;
	name_track(v, TRACK_STATES, "connections by state");
	event_open(v, &j);
	json_str(&j, "ph", "C");
	json_str(&j, "name", "connections");
	put_track(v, &j, TRACK_STATES);
	put_time(v, &j, ts_ns);
	json_open(&j, "args", '{');
	for (unsigned int st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		if (st != ST_CLOSE)
			json_u64(&j, tcp_state_name(st), k.n[st]);
	json_close(&j, '}');
	json_close(&j, '}');
	return 0;
}

static int trace_end(struct export_view *v)
{
	strbuf_adds(&v->b, "\n]}\n");
	return 0;
}

const struct export_format export_trace = {
	.name = "trace", .help = "trace events for Perfetto and chrome://tracing: processes as tracks, connections with their states, counters of states",
	.begin = trace_begin, .conn = trace_conn, .interval = trace_interval, .end = trace_end, .wants_living = true,
};
