/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/hist/demand.h"
#include <stdlib.h>
#include "run/log.h"
#include "run/opts.h"
#include "views/hist/hist.h"

struct hist_demand {
	const struct view_env *env;
	struct hist_collect collect;
	__u64 kinds[CLOSE_KIND_MAX];
	bool failed;
};

struct hist_demand *hist_demand_new(const struct view_env *env)
{
	struct hist_demand *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->env = env;
	d->collect = (struct hist_collect){ .tracker = env->tracker, .filter = env->filter, .by = HIST_BY_ALL };
	for (size_t i = 0; i < env->opts->n_asserts; i++)
		if (!env->opts->asserts[i].of_kind)
			d->collect.phases |= 1U << env->opts->asserts[i].of;
	d->collect.set = hist_set_new(HIST_BY_ALL, 0);
	if (!d->collect.set) {
		free(d);
		return NULL;
	}
	return d;
}

void hist_demand_free(struct hist_demand *d)
{
	if (!d)
		return;
	hist_set_free(d->collect.set);
	free(d);
}

int hist_demand_transition(struct hist_demand *d, const struct transition *tr)
{
	return hist_collect(&d->collect, tr);
}

int hist_demand_closed(struct hist_demand *d, const struct conn *c, __u64 ts_ns)
{
	if (filter_match(d->env->filter, c, tracker_actors(d->env->tracker), 1U << c->state))
		d->kinds[c->close]++;
	return hist_collect_closed(&d->collect, c, ts_ns);
}

static void say(struct hist_demand *d, struct out *out, const struct assertion *a, const struct assert_found *found, __u64 now_ns)
{
	bool holds = assert_holds(a, found);
	struct strbuf b = { 0 };
	struct json j;

	if (d->env->opts->json) {
		json_init(&j, &out->b);
		json_open(&j, NULL, '{');
		out_stamp(&j, d->env, "assert", now_ns);
		json_str(&j, "assertion", a->text);
		json_bool(&j, "holds", holds);
		if (found->any)
			json_u64(&j, a->what == ASSERT_COUNT || a->what == ASSERT_OPEN ? "count" : "ns", found->value);
		else
			json_null(&j, "ns");
		json_close(&j, '}');
		strbuf_addc(&out->b, '\n');
	}
	if (holds)
		return;
	d->failed = true;
	assert_fmt_found(&b, a, found);
	log_error("assertion failed: %s: %s", a->text, b.s ? b.s : "");
	strbuf_free(&b);
}

int hist_demand_check(struct hist_demand *d, struct out *out, __u64 now_ns)
{
	int err = hist_collect_open(&d->collect);

	for (size_t i = 0; !err && i < d->env->opts->n_asserts; i++) {
		const struct assertion *a = &d->env->opts->asserts[i];
		struct hist_item *it = NULL;
		struct assert_found found;
		size_t n;

		if (!a->of_kind)
			err = hist_set_items(d->collect.set, a->of, 1, &it, &n);
		if (err)
			break;
		found = assert_measure(a, it, d->kinds);
		say(d, out, a, &found, now_ns);
		err = out_line(out, d->env);
	}
	return err;
}

bool hist_demand_failed(const struct hist_demand *d)
{
	return d->failed;
}
