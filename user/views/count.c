/* SPDX-License-Identifier: GPL-2.0-only */
/* How many connections are in which state, every interval: all eleven states, zeros too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stats/census.h"
#include "core/text/fmt.h"
#include "run/log.h"
#include "run/opts.h"
#include "views/out.h"
#include "views/view.h"

#define GROUPS_MAX 65536
#define HEADER_EVERY 20		/* rows */
#define TIME_WIDTH 15
#define NAME_WIDTH 24
#define HOST_WIDTH 16
#define NUMBER_WIDTH 10		/* of a key; a namespace's inode number has ten digits */

static const struct { const char *name, *title; enum census_by by; } groupings[] = {
	{ "netns", "NETNS", CENSUS_NETNS },
	{ "lport", "LPORT", CENSUS_LPORT },
	{ "comm", "COMM", CENSUS_COMM },
	{ "pid", "PID", CENSUS_PID },
	{ "container", "CONTAINER", CENSUS_CONTAINER },
	{ "pod", "POD", CENSUS_POD },
	{ "unit", "UNIT", CENSUS_UNIT },
};

struct count {
	const struct view_env *env;
	struct out out;
	struct census *census;
	enum census_by by;
	const char *by_name, *by_title;		/* NULL: not grouped */
	struct count *first;			/* of several recordings, which has .rows for all; or itself */
	unsigned int rows;			/* since the last header */
	bool said_other;
	bool started;
	__u64 start_ns;				/* first boundary */
};

static int count_open(const struct view_env *env, void **ret_state, char *err, size_t errlen)
{
	struct count *c = calloc(1, sizeof(*c));
	size_t i;

	if (!c)
		goto no_memory;
	c->env = env;
	c->by = CENSUS_ALL;
	c->first = env->first ? env->first : c;
	c->rows = HEADER_EVERY;
	for (i = 0; env->opts->by && i < sizeof(groupings) / sizeof(groupings[0]); i++) {
		if (strcmp(env->opts->by, groupings[i].name) == 0) {
			c->by = groupings[i].by;
			c->by_name = groupings[i].name;
			c->by_title = groupings[i].title;
		}
	}
	if (env->opts->by && !c->by_name) {
		snprintf(err, errlen, "count cannot group by \"%s\": use netns, lport, comm, pid, container, pod or unit",
			 env->opts->by);
		free(c);
		return -EINVAL;
	}
	c->census = census_new(c->by, GROUPS_MAX);
	if (!c->census)
		goto no_memory;
	*ret_state = c;
	return 0;
no_memory:
	free(c);
	snprintf(err, errlen, "out of memory");
	return -ENOMEM;
}

static int add_conn(void *ctx, const struct conn *conn)
{
	struct count *c = ctx;
	const struct actors *as = tracker_actors(c->env->tracker);

	if (!filter_match(c->env->filter, conn, as, 1U << conn->state))
		return 0;
	return census_add(c->census, conn, as, conn->state, 1);
}

static int add_halfopen(void *ctx, __u32 netns, __u16 lport, __u64 n, const struct conn *listener)
{
	struct count *c = ctx;
	const struct actors *as = tracker_actors(c->env->tracker);
	const struct conn conn = conn_half_open(netns, lport, listener);

	if (!filter_match(c->env->filter, &conn, as, 1U << ST_SYN_RECV))
		return 0;
	return census_add(c->census, &conn, as, ST_SYN_RECV, n);
}

static int take_census(struct count *c)
{
	const struct tracker *t = c->env->tracker;
	int err;

	census_clear(c->census);
	err = filter_only(c->env->filter, FILTER_BRIEF) ? tracker_foreach_brief(t, add_conn, c) : tracker_foreach(t, add_conn, c);
	return err ? err : tracker_foreach_halfopen(t, add_halfopen, c);
}

/* The name of a group that has one: raw bytes, added to @b. */
static bool label_of(const struct count *c, const struct census_group *g, struct strbuf *b)
{
	const struct names *ns = tracker_names(c->env->tracker);
	enum name_by by = (enum name_by)(NAME_BY_CONTAINER + (c->by - CENSUS_CONTAINER));
	const char *s = c->by == CENSUS_COMM ? g->comm : NULL;

	if (!g->known)
		return false;
	if (c->by >= CENSUS_CONTAINER)
		return name_label_by(names_of_group(ns, by, (__u32)g->num), by, b) && !b->failed;
	if (c->by == CENSUS_NETNS)
		s = name_part(names_netns(ns, (__u32)g->num), TWT_NP_NETNS);
	if (s)
		strbuf_adds(b, s);
	return s && !b->failed;
}

static void json_key(struct json *j, const struct count *c, const struct census_group *g)
{
	struct strbuf label = { 0 };
	bool named = label_of(c, g, &label);

	if (!g->known)
		json_null(j, "key");
	else if (c->by == CENSUS_COMM || c->by >= CENSUS_CONTAINER)
		json_str(j, "key", named && label.s ? label.s : "");
	else
		json_u64(j, "key", g->num);
	if (g->other)
		json_bool(j, "other", true);
	strbuf_free(&label);
}

static int print_json(struct count *c, const struct census_group *g, __u64 ts_ns)
{
	struct strbuf label = { 0 };
	struct json j;
	unsigned int st;

	json_init(&j, &c->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, c->env, "count", ts_ns);
	if (c->by_name) {
		json_str(&j, "by", c->by_name);
		json_key(&j, c, g);
	}
	json_open(&j, "counts", '{');
	for (st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		json_u64(&j, tcp_state_name(st), g->counts[st]);
	json_close(&j, '}');
	if (c->by == CENSUS_NETNS)
		json_str(&j, "netns_name", label_of(c, g, &label) ? label.s : NULL);
	strbuf_free(&label);
	json_close(&j, '}');
	strbuf_addc(&c->out.b, '\n');
	return out_line(&c->out, c->env);
}

static int key_width(const struct count *c)
{
	return c->by >= CENSUS_CONTAINER ? NAME_WIDTH : c->by == CENSUS_COMM ? TWT_COMM_LEN - 1 : NUMBER_WIDTH;
}

static bool seconds_only(const struct count *c)
{
	return c->env->opts->timestamp_col && !c->env->opts->time_col;
}

static int print_header(struct count *c)
{
	struct strbuf *b = &c->out.b;
	unsigned int st;

	c->first->rows = 0;
	if (c->env->opts->no_header)
		return 0;
	strbuf_addf(b, "%-*s", TIME_WIDTH, seconds_only(c) ? "TIME(s)" : "TIME");
	if (c->env->host)
		strbuf_addf(b, " %-*s", HOST_WIDTH, "HOST");
	if (c->by_name)
		strbuf_addf(b, " %*s", c->by >= CENSUS_COMM ? -key_width(c) : key_width(c), c->by_title);
	for (st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		strbuf_addf(b, " %s", tcp_state_name(st));
	strbuf_addc(b, '\n');
	return out_line(&c->out, c->env);
}

static void text_time(struct count *c, __u64 ts_ns)
{
	struct strbuf *b = &c->out.b;
	__u64 since = ts_ns - c->start_ns;

	if (seconds_only(c)) {
		strbuf_addf(b, "%llu.%06llu", (unsigned long long)(since / 1000000000),
			    (unsigned long long)(since % 1000000000 / 1000));
		if (b->len < TIME_WIDTH)
			strbuf_pad_to(b, 0, TIME_WIDTH);
		return;
	}
	fmt_clock(b, (long long)ts_ns + tracker_clock_offset(c->env->tracker), c->env->utc_offset);
}

static void text_key(struct count *c, const struct census_group *g)
{
	struct strbuf *b = &c->out.b, label = { 0 };
	size_t start;

	strbuf_addc(b, ' ');
	start = b->len;
	if (!g->known) {
		strbuf_addf(b, "%*s", c->by >= CENSUS_COMM ? 0 : key_width(c), g->other ? "other" : "-");
	} else if (label_of(c, g, &label)) {
		fmt_comm(b, label.s ? label.s : "");
	} else {
		strbuf_addf(b, "%*llu", key_width(c), (unsigned long long)g->num);
	}
	if (b->len - start < (size_t)key_width(c))
		strbuf_pad_to(b, start, (size_t)key_width(c));
	strbuf_free(&label);
}

static int print_text(struct count *c, const struct census_group *g, __u64 ts_ns)
{
	struct strbuf *b = &c->out.b;
	unsigned int st;
	int err = c->first->rows == HEADER_EVERY ? print_header(c) : 0;
	size_t start;

	if (err)
		return err;
	c->first->rows++;
	text_time(c, ts_ns);
	if (c->env->host) {
		strbuf_addc(b, ' ');
		start = b->len;
		fmt_comm(b, c->env->host->name);
		if (b->len - start < HOST_WIDTH)
			strbuf_pad_to(b, start, HOST_WIDTH);
	}
	if (c->by_name)
		text_key(c, g);
	for (st = ST_ESTABLISHED; st <= ST_SHOWN; st++)
		strbuf_addf(b, " %*llu", (int)strlen(tcp_state_name(st)), (unsigned long long)g->counts[st]);
	strbuf_addc(b, '\n');
	return out_line(&c->out, c->env);
}

static int print_group(struct count *c, const struct census_group *g, __u64 ts_ns)
{
	return c->env->opts->json ? print_json(c, g, ts_ns) : print_text(c, g, ts_ns);
}

static int print_census(struct count *c, __u64 ts_ns)
{
	const struct census_group *groups;
	size_t i, n;
	int err = take_census(c);

	if (err)
		return err;
	groups = census_groups(c->census, &n);
	for (i = 0; i < n && !err; i++) {
		if (groups[i].other && !c->said_other) {
			log_error("more than %d groups: those beyond are counted as \"other\"", GROUPS_MAX);
			c->said_other = true;
		}
		err = print_group(c, &groups[i], ts_ns);
	}
	return err;
}

static int count_interval(void *state, __u64 boundary_ns)
{
	struct count *c = state;
	struct census_group all = { .known = true };
	int err;

	if (!c->started)
		c->start_ns = boundary_ns;
	c->started = true;
	err = out_losses(&c->out, c->env, boundary_ns);
	if (err)
		return err;
	if (c->by_name || !filter_is_empty(c->env->filter))
		return print_census(c, boundary_ns);
	tracker_counts(c->env->tracker, all.counts);
	return print_group(c, &all, boundary_ns);
}

static int count_end(void *state, __u64 now_ns)
{
	struct count *c = state;
	int err = out_losses(&c->out, c->env, now_ns);

	return err ? err : out_flush(c->env);
}

static void count_close(void *state)
{
	struct count *c = state;

	if (!c)
		return;
	census_free(c->census);
	out_free(&c->out);
	free(c);
}

const struct view_ops view_count = {
	.name = "count",
	.needs = TWT_NEED_STATES | TWT_NEED_HALFOPEN,
	.summary = "connections by state, every interval",
	.wants_interval = true,
	.unhurried = true,
	.says_host = true,
	.open = count_open,
	.interval = count_interval,
	.end = count_end,
	.close = count_close,
};
