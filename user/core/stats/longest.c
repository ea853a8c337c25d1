/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/stats/longest.h"
#include <stdlib.h>

struct kept { __u64 value; size_t at; };	/* .at: in the history */
struct group { __u64 offered; size_t n, least; };	/* .least: place of the smallest one, where there is no room left */

struct longest {
	size_t groups, each;
	struct group *g;
	struct kept *kept;	/* .each of each group */
	struct history *history;
};

struct longest *longest_new(size_t groups, size_t each)
{
	struct longest *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->groups = groups;
	l->each = each;
	l->g = calloc(groups, sizeof(*l->g));
	l->kept = calloc(groups * each, sizeof(*l->kept));
	l->history = history_new(groups * each);
	if (!l->g || !l->kept || !l->history) {
		longest_free(l);
		return NULL;
	}
	return l;
}

void longest_free(struct longest *l)
{
	if (!l)
		return;
	history_free(l->history);
	free(l->kept);
	free(l->g);
	free(l);
}

static void find_least(struct group *g, const struct kept *k)
{
	g->least = 0;
	for (size_t i = 1; i < g->n; i++)
		if (k[i].value < k[g->least].value)
			g->least = i;
}

void longest_offer(struct longest *l, size_t group, __u64 value, const struct conn *c, const struct actors *as, __u64 ts_ns)
{
	struct transition tr = { .conn = c, .ts_ns = ts_ns };
	struct kept *k = &l->kept[group * l->each];
	struct group *g = &l->g[group];

	g->offered++;
	if (g->n == l->each && value <= k[g->least].value)
		return;
	if (g->n < l->each) {
		k[g->n++] = (struct kept){ value, history_n(l->history) };
		history_add(l->history, &tr, as);
	} else {
		k[g->least].value = value;
		history_replace(l->history, k[g->least].at, &tr, as);
	}
	if (g->n == l->each)
		find_least(g, k);
}

size_t longest_n(const struct longest *l, size_t group)
{
	return l->g[group].n;
}

__u64 longest_offered(const struct longest *l, size_t group)
{
	return l->g[group].offered;
}

static int by_value(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void longest_sort(struct longest *l)
{
	for (size_t i = 0; i < l->groups; i++) {
		qsort(&l->kept[i * l->each], l->g[i].n, sizeof(*l->kept), by_value);
		find_least(&l->g[i], &l->kept[i * l->each]);
	}
}

const struct moment *longest_at(const struct longest *l, size_t group, size_t i, __u64 *ret_value)
{
	const struct kept *k = &l->kept[group * l->each + i];

	*ret_value = k->value;
	return history_at(l->history, k->at);
}

const struct actors *longest_actors(const struct longest *l)
{
	return history_actors(l->history);
}
