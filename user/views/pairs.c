/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/pairs.h"
#include <stdlib.h>
#include "core/pairs/columns.h"
#include "core/text/fmt.h"
#include "run/opts.h"

struct pair_view {
	const struct view_env *env;
	struct pair_view *first;	/* or itself: has all of what follows */
	struct out out;
	struct pairs *pairs;
	struct view_env plain;		/* of what is of two hosts: without the label of one */
	struct pair_src src;		/* with the names of all hosts */
	bool titled;
};

struct pair_view *pair_view_new(const struct view_env *env, struct pair_view *first)
{
	struct pair_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->env = env;
	v->first = first ? first : v;
	if (!first)
		v->pairs = pairs_new(0);
	if (!first && !v->pairs) {
		free(v);
		return NULL;
	}
	v->plain = *env;
	v->plain.labels = env->opts->labels;
	v->first->src.hosts[env->host ? env->host->i : 0] = env->host_name;
	return v;
}

void pair_view_free(struct pair_view *v)
{
	if (!v)
		return;
	pairs_free(v->pairs);
	out_free(&v->out);
	free(v);
}

static const char *const *columns_of(const struct pair_view *v)
{
	const struct options *o = v->env->opts;

	return o->fields ? o->fields : o->json ? pair_json : v->env->host ? pair_text_hosts : pair_text;
}

static int print_titles(struct pair_view *all)
{
	if (all->titled || all->env->opts->json || all->env->opts->no_header)
		return 0;
	all->titled = true;
	fields_header_of(&all->out.b, pair_columns, columns_of(all));
	strbuf_addc(&all->out.b, '\n');
	return out_line(&all->out, &all->plain);
}

/* @v: of the end that was over last. */
static int print_pair(const struct pair_view *v, const struct pair *p, __u64 ts_ns)
{
	struct pair_view *all = v->first;
	struct field_src src = {
		.of = &all->src, .clock_offset = tracker_clock_offset(v->env->tracker), .utc_offset = v->env->utc_offset, .now_ns = ts_ns,
	};
	struct json j;
	int err = print_titles(all);

	if (err)
		return err;
	all->src.pair = p;
	if (all->env->opts->json) {
		json_init(&j, &all->out.b);
		json_open(&j, NULL, '{');
		fields_json_of(&j, pair_columns, columns_of(all), &src);
		json_close(&j, '}');
	} else {
		fields_text_of(&all->out.b, pair_columns, columns_of(all), &src);
	}
	strbuf_addc(&all->out.b, '\n');
	return out_line(&all->out, &all->plain);
}

static int add(struct pair_view *v, const struct conn *c, __u64 ts_ns, bool over)
{
	const struct actors *as = tracker_actors(v->env->tracker);
	struct pair_end end;
	struct pair pair;
	int err;

	if (c->role == ROLE_LISTENER || !c->rport)
		return 0;
	pair_end_of(c, as, v->env->host ? v->env->host->i : 0, tracker_clock_offset(v->env->tracker), ts_ns, over, &end);
	end.wanted = filter_match(v->env->filter, c, as, over ? c->states_seen : 1U << c->state);
	err = pairs_add(v->first->pairs, &end, &pair);
	/* Two ends that live are nobody's close. */
	if (err != 1 || !(pair.client.over || pair.server.over) || !(pair.client.wanted || pair.server.wanted))
		return err < 0 ? err : 0;
	return print_pair(v, &pair, ts_ns);
}

/* A minisock in FIN_WAIT2 waits for the other end's FIN: when that came is worth to be known. */
static bool waits_for_fin(const struct conn *c)
{
	return c->flags & CONN_MINISOCK && c->state == ST_FIN_WAIT2;
}

int pair_view_transition(struct pair_view *v, const struct transition *tr)
{
	if (tr->old_state != ST_FIN_WAIT2 || !(tr->conn->flags & CONN_FULL_SOCK_GONE))
		return 0;
	return add(v, tr->conn, tr->ts_ns, true);
}

int pair_view_closed(struct pair_view *v, const struct conn *c, __u64 ts_ns)
{
	return waits_for_fin(c) ? 0 : add(v, c, ts_ns, true);
}

struct rest { struct pair_view *v; __u64 now_ns; };

static int add_rest(void *ctx, const struct conn *c)
{
	const struct rest *r = ctx;
	bool over = c->flags & CONN_FULL_SOCK_GONE;

	if (over && !waits_for_fin(c))		/* it was told */
		return 0;
	return add(r->v, c, r->now_ns, over);
}

static const char *host_of(const struct pair_view *all, size_t i)
{
	return all->src.hosts[i] ? all->src.hosts[i] : "";
}

static void json_clock(struct json *j, const struct pair_view *all, const struct pair_clock *c)
{
	json_open(j, NULL, '{');
	json_str(j, "a", host_of(all, c->a));
	json_str(j, "b", host_of(all, c->b));
	json_u64(j, "delays_a_to_b", c->n_there);
	json_u64(j, "delays_b_to_a", c->n_back);
	if (c->n_there)
		json_s64(j, "least_a_to_b_ns", c->there_ns);
	else
		json_null(j, "least_a_to_b_ns");
	if (c->n_back)
		json_s64(j, "least_b_to_a_ns", c->back_ns);
	else
		json_null(j, "least_b_to_a_ns");
	if (c->known)
		json_s64(j, "b_ahead_ns", c->ahead_ns);
	else
		json_null(j, "b_ahead_ns");
	json_close(j, '}');
}

static void json_totals(struct pair_view *v, const struct pairs_counts *n, __u64 now_ns)
{
	const struct pair_view *all = v->first;
	struct pair_clock c;
	struct json j;

	json_init(&j, &v->out.b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "pairs", now_ns);
	json_u64(&j, "joined", n->joined);
	json_u64(&j, "alone", n->alone);
	json_u64(&j, "translated", n->translated);
	json_u64(&j, "far", n->far);
	json_u64(&j, "dropped", n->dropped);
	json_open(&j, "clocks", '[');
	for (size_t k = 0; pairs_clock(all->pairs, k, &c); k++)
		json_clock(&j, all, &c);
	json_close(&j, ']');
	json_close(&j, '}');
	strbuf_addc(&v->out.b, '\n');
}

static void add_ms(struct strbuf *b, long long ns)
{
	strbuf_addf(b, "%.3f ms", (double)ns / 1e6);
}

static void say_clock(struct strbuf *b, const struct pair_view *all, const struct pair_clock *c)
{
	long long off = c->ahead_ns < 0 ? -c->ahead_ns : c->ahead_ns;

	strbuf_adds(b, "clocks: ");
	if (c->known) {
		fmt_comm(b, host_of(all, c->ahead_ns < 0 ? c->a : c->b));
		strbuf_adds(b, " seems to be ");
		add_ms(b, off);
		strbuf_adds(b, " ahead of ");
		fmt_comm(b, host_of(all, c->ahead_ns < 0 ? c->b : c->a));
		strbuf_adds(b, ", if both ways take as long: least delay ");
		add_ms(b, c->there_ns);
		strbuf_adds(b, " from ");
		fmt_comm(b, host_of(all, c->a));
		strbuf_adds(b, " and ");
		add_ms(b, c->back_ns);
		strbuf_adds(b, " back. Delays are not corrected.\n");
		return;
	}
	strbuf_adds(b, "how far the clocks of ");
	fmt_comm(b, host_of(all, c->a));
	strbuf_adds(b, " and ");
	fmt_comm(b, host_of(all, c->b));
	strbuf_adds(b, " are apart cannot be told: delays are known one way only.\n");
}

static void say_totals(struct pair_view *v, const struct pairs_counts *n)
{
	struct strbuf *b = &v->out.b;
	struct pair_clock c;

	strbuf_addc(b, '\n');
	fmt_count(b, n->joined);
	strbuf_adds(b, n->joined == 1 ? " pair; " : " pairs; ");
	fmt_count(b, n->alone);
	strbuf_adds(b, n->alone == 1 ? " end alone" : " ends alone");
	if (n->alone)
		strbuf_adds(b, ": the other one is not recorded");
	if (n->translated) {
		strbuf_adds(b, ". Of ");
		fmt_count(b, n->translated);
		strbuf_adds(b, " the peer's address and port are recorded, but no end there has theirs: their addresses are translated on the way (NAT), "
			    "and ends whose names differ are not joined");
	}
	if (n->far) {
		strbuf_adds(b, ". Of ");
		fmt_count(b, n->far);
		strbuf_adds(b, " the other end is there, more than 10 s away: are the clocks right?");
	}
	if (n->dropped) {
		strbuf_adds(b, ". ");
		fmt_count(b, n->dropped);
		strbuf_adds(b, " were given up: there were too many");
	}
	strbuf_adds(b, ".\n");
	for (size_t k = 0; pairs_clock(v->first->pairs, k, &c); k++)
		say_clock(b, v->first, &c);
}

int pair_view_end(struct pair_view *v, __u64 now_ns)
{
	bool last = !v->env->host || v->env->host->i + 1 == v->env->host->all->n;
	struct rest rest = { v, now_ns };
	struct pairs_counts n;
	int err = tracker_foreach(v->env->tracker, add_rest, &rest);

	if (!err)
		err = out_losses(&v->out, v->env, now_ns);
	if (err || !last)
		return err;
	err = print_titles(v->first);
	if (err)
		return err;
	pairs_counted(v->first->pairs, &n);
	if (v->env->opts->json)
		json_totals(v, &n, now_ns);
	else
		say_totals(v, &n);
	err = out_line(&v->out, &v->plain);
	return err ? err : out_flush(v->env);
}
