/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/fmt.h"
#include "views/listeners/listeners.h"

#define PERCENTILE_50 500000
#define PERCENTILE_99 990000

static void json_address(struct json *j, const struct listen_address *at)
{
	char addr[FMT_ADDR_LEN];

	fmt_addr(at->laddr, at->family, addr);
	json_u64(j, "netns", at->netns);
	json_str(j, "laddr", addr);
	json_u64(j, "lport", at->lport);
	json_u64(j, "family", at->family == 10 ? 6 : 4);
}

/* @known: else it cannot be told. */
static void json_number(struct json *j, const char *key, bool known, __u64 value)
{
	if (known)
		json_u64(j, key, value);
	else
		json_null(j, key);
}

/* What is the address's; null for one of several sockets of it. */
static void json_accepted(struct json *j, const struct listen_address *at, bool known)
{
	known = known && at->accepted_per_s >= 0;
	json_number(j, "accepted", known, at->accepted);
	if (known)
		json_double(j, "accepted_per_s", at->accepted_per_s);
	else
		json_null(j, "accepted_per_s");
}

static void json_wait(struct json *j, const struct listen_address *at, bool known)
{
	if (!known || !at->wait.count) {
		json_null(j, "accept_wait_ns");
		return;
	}
	json_open(j, "accept_wait_ns", '{');
	json_u64(j, "count", at->wait.count);
	json_u64(j, "p50", hist_percentile(&at->wait, PERCENTILE_50));
	json_u64(j, "p99", hist_percentile(&at->wait, PERCENTILE_99));
	json_u64(j, "max", at->wait.max);
	json_u64(j, "by_first_read", at->by_use);
	json_close(j, '}');
}

static void json_owners(const struct listeners_view *v, struct json *j, const struct listener *l)
{
	const struct actors *as = listeners_actors(v->listeners);
	__u32 i;

	json_open(j, "owners", '[');
	for (i = 0; i < l->n_owners; i++) {
		const struct actor *a = actors_get(as, l->owners[i].actor);

		json_open(j, NULL, '{');
		json_u64(j, "pid", a->tgid);
		json_str(j, "comm", a->comm);
		out_names(j, names_cgroup(tracker_names(v->env->tracker), a->cgroup));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_says(struct json *j, const struct listener *l)
{
	struct strbuf says = { 0 };

	listener_say_trouble(&says, l);
	json_str(j, "says", says.len ? says.s : NULL);
	j->out->failed |= says.failed;
	strbuf_free(&says);
}

static int end_line(struct listeners_view *v, struct json *j)
{
	json_close(j, '}');
	strbuf_addc(&v->out.b, '\n');
	return out_line(&v->out, v->env);
}

static void begin_line(struct listeners_view *v, struct json *j, const char *event, __u64 ts_ns)
{
	json_init(j, &v->out.b);
	json_open(j, NULL, '{');
	out_stamp(j, v->env, event, ts_ns);
}

static int print_listener(struct listeners_view *v, const struct listener *l, __u64 ts_ns)
{
	bool alone = l->at->sockets == 1;
	struct json j;

	begin_line(v, &j, "listener", ts_ns);
	json_address(&j, l->at);
	json_u64(&j, "cookie", l->cookie);
	json_u64(&j, "group_sockets", l->at->sockets);
	json_bool(&j, "kernel", l->kernel);
	json_owners(v, &j, l);
	json_number(&j, "accept_queue", l->looked, l->queue);
	json_number(&j, "accept_queue_peak", l->looked, l->peak);
	json_number(&j, "accept_queue_max", l->looked, l->limit);
	json_number(&j, "half_open", l->looked, l->half_open);
	json_number(&j, "half_open_peak", l->looked, l->half_open_peak);
	json_accepted(&j, l->at, l->looked && alone);
	json_wait(&j, l->at, alone);
	json_number(&j, "oldest_wait_ns", l->looked && l->oldest_wait_ns, l->oldest_wait_ns);
	json_number(&j, "drops", l->looked, l->drops);
	json_number(&j, "drops_seen", l->looked, l->drops_seen);
	json_number(&j, "overflows", l->looked && l->overflows, l->overflows);
	json_number(&j, "looks", true, l->looks);
	json_number(&j, "full_looks", true, l->full_looks);
	json_number(&j, "somaxconn", l->looked, l->somaxconn);
	json_says(&j, l);
	json_str(&j, "netns_name", out_netns_name(v->env, l->at->netns));
	return end_line(v, &j);
}

/* What the sockets of one SO_REUSEPORT group have together. */
static int print_group(struct listeners_view *v, const struct listen_address *at, __u64 ts_ns)
{
	struct json j;

	begin_line(v, &j, "listener_group", ts_ns);
	json_address(&j, at);
	json_u64(&j, "group_sockets", at->sockets);
	json_u64(&j, "accept_queue", at->queued);
	json_accepted(&j, at, true);
	json_wait(&j, at, true);
	json_str(&j, "netns_name", out_netns_name(v->env, at->netns));
	return end_line(v, &j);
}

static int print_counters(struct listeners_view *v, const struct listen_counters *c, __u64 ts_ns)
{
	struct json j;
	unsigned int i;

	begin_line(v, &j, "listen_counters", ts_ns);
	json_u64(&j, "netns", c->netns);
	for (i = 0; i < LISTEN_COUNTERS; i++)
		json_number(&j, listen_counter_key(i), c->known, c->n[i]);
	json_str(&j, "netns_name", out_netns_name(v->env, c->netns));
	return end_line(v, &j);
}

/* Is @l the first of its address in this report? */
static bool leads(const struct listeners_report *rep, size_t i)
{
	size_t k;

	for (k = 0; k < i && rep->rows[k]->at != rep->rows[i]->at; k++)
		;
	return k == i;
}

int listeners_json(struct listeners_view *v, const struct listeners_report *rep)
{
	struct listen_counters c;
	size_t i, at = 0;
	int err = 0;

	for (i = 0; i < rep->n && !err; i++)
		err = print_listener(v, rep->rows[i], rep->ts_ns);
	for (i = 0; i < rep->n && !err; i++) {
		if (rep->rows[i]->at->sockets > 1 && leads(rep, i))
			err = print_group(v, rep->rows[i]->at, rep->ts_ns);
	}
	while (!err && listeners_counters(v->listeners, &at, &c))
		err = print_counters(v, &c, rep->ts_ns);
	return err;
}
