/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "core/stacks/tree.h"
#include "core/text/fmt.h"
#include "run/opts.h"
#include "views/stacks/stacks.h"

/* What is counted, in the order of columns; the tree is sorted by the first. */
static const char *const titles[PATHS_OF_MAX][TREE_COUNTS] = {
	[PATHS_OPENED] = { "CONNS", "TIME_WAIT", "STUCK", "OPEN" },
	[PATHS_CLOSED] = { "CONNS", "TIME_WAIT", "STUCK", "OPEN" },
	[PATHS_STUCK] = { "STUCK", "CONNS", "TIME_WAIT", "OPEN" },
	[PATHS_LISTENED] = { "CONNS", "TIME_WAIT", "STUCK", "LISTENERS" },
};

static void counts(const struct stacks_view *v, const struct path_row *r, __u64 ret[TREE_COUNTS])
{
	bool stuck = v->of == PATHS_STUCK;

	ret[stuck ? 1 : 0] = path_connections(r);
	ret[stuck ? 2 : 1] = r->time_waits;
	ret[stuck ? 0 : 2] = r->stuck;
	ret[3] = v->of == PATHS_LISTENED ? r->listeners : r->open;
}

static const struct stack *stack_of(const struct stacks_view *v, const struct path_row *r)
{
	return stacks_get(tracker_stacks(v->env->tracker), r->stack);
}

static const char *root_of(const struct path_row *r)
{
	return r->rest ? "others" : r->comm;
}

/* --- a tree --- */

static int line(void *ctx, unsigned int depth, const char *text, const __u64 n[TREE_COUNTS])
{
	struct strbuf *b = ctx;

	for (int i = 0; i < TREE_COUNTS; i++)
		strbuf_addf(b, "%9llu ", (unsigned long long)n[i]);
	strbuf_addf(b, " %*s", (int)(2 * depth), "");
	strbuf_adds(b, text);
	strbuf_addc(b, '\n');
	return 0;
}

static int write_tree(struct stacks_view *v, const struct path_row *const *rows, size_t n)
{
	struct path_tree *t = path_tree_new();
	struct strbuf *b = &v->out.b;
	__u64 sum[TREE_COUNTS];
	int err = t ? 0 : -ENOMEM;

	for (int i = 0; i < TREE_COUNTS; i++)
		strbuf_addf(b, "%9s ", titles[v->of][i]);
	strbuf_addf(b, " CODE PATH: %s by, outermost first\n", v->of == PATHS_STUCK ? "opened" : paths_of_name(v->of));
	for (size_t i = 0; i < n && !err; i++) {
		counts(v, rows[i], sum);
		err = path_tree_add(t, root_of(rows[i]), stack_of(v, rows[i]), sum);
	}
	if (!err)
		err = path_tree_each(t, line, b);
	path_tree_free(t);
	if (!n)
		strbuf_adds(b, v->of == PATHS_STUCK ? "nothing is stuck\n" : "no connections\n");
	return err ? err : out_line(&v->out, v->env);
}

/* --- for flame graphs --- */

struct folded { char *text; __u64 n; };

static int compare_folded(const void *pa, const void *pb)
{
	return strcmp(((const struct folded *)pa)->text, ((const struct folded *)pb)->text);
}

/* Paths that differ only in where in a function they call are one line. */
static int write_folded(struct stacks_view *v, const struct path_row *const *rows, size_t n)
{
	struct folded *lines = calloc(n ? n : 1, sizeof(*lines));
	__u64 sum[TREE_COUNTS];
	struct strbuf b = { 0 };
	size_t i, used = 0;

	for (i = 0; lines && i < n; i++) {
		counts(v, rows[i], sum);
		strbuf_reset(&b);
		path_folded(&b, root_of(rows[i]), stack_of(v, rows[i]));
		if (!sum[0])
			continue;
		lines[used].text = b.failed ? NULL : strdup(b.s);
		lines[used].n = sum[0];
		if (!lines[used].text)
			break;
		used++;
	}
	v->out.b.failed |= !lines || i < n;
	if (used)
		qsort(lines, used, sizeof(*lines), compare_folded);
	for (i = 0; i < used; i++) {
		if (i + 1 < used && !strcmp(lines[i].text, lines[i + 1].text))
			lines[i + 1].n += lines[i].n;
		else
			strbuf_addf(&v->out.b, "%s %llu\n", lines[i].text, (unsigned long long)lines[i].n);
	}
	for (i = 0; i < used; i++)
		free(lines[i].text);
	free(lines);
	strbuf_free(&b);
	return out_line(&v->out, v->env);
}

/* --- JSON --- */

static int write_json(struct stacks_view *v, const struct path_row *const *rows, size_t n, __u64 ts_ns)
{
	const struct stacks *ss = tracker_stacks(v->env->tracker);
	struct strbuf *b = &v->out.b;
	struct json j;

	for (size_t i = 0; i < n; i++) {
		const struct path_row *r = rows[i];
		const struct stack *s = stack_of(v, r);

		json_init(&j, b);
		json_open(&j, NULL, '{');
		out_stamp(&j, v->env, "stack", ts_ns);
		json_str(&j, "of", paths_of_name(v->of));
		json_str(&j, "comm", r->rest || !*r->comm ? NULL : r->comm);
		json_bool(&j, "rest", r->rest);
		json_u64(&j, "connections", path_connections(r));
		json_u64(&j, "time_waits", r->time_waits);
		json_u64(&j, "open", r->open);
		json_u64(&j, "time_wait_now", r->time_wait_now);
		json_u64(&j, "stuck", r->stuck);
		json_u64(&j, "oldest_ns", r->oldest_ns);
		json_u64(&j, "listeners", r->listeners);
		json_bool(&j, "cut", s && s->cut);
		stack_json(&j, "stack", "stack_why", s);
		json_close(&j, '}');
		strbuf_addc(b, '\n');
	}
	json_init(&j, b);
	json_open(&j, NULL, '{');
	out_stamp(&j, v->env, "stacks", ts_ns);
	json_str(&j, "of", paths_of_name(v->of));
	json_u64(&j, "paths", n);
	json_open(&j, "taken", '{');
	for (unsigned int i = TWT_STK_TAKEN; i < TWT_STK_MAX; i++)
		json_u64(&j, stack_count_name(i), ss ? stacks_counted(ss, (enum twt_stack_count)i) : 0);
	json_u64(&j, "left_out", ss ? stacks_dropped(ss) : 0);
	json_close(&j, '}');
	json_close(&j, '}');
	strbuf_addc(b, '\n');
	return out_line(&v->out, v->env);
}

int stacks_write(struct stacks_view *v, const struct path_row *const *rows, size_t n, __u64 ts_ns)
{
	if (v->env->opts->json)
		return write_json(v, rows, n, ts_ns);
	if (v->env->opts->folded)
		return write_folded(v, rows, n);
	if (v->reports.n)
		strbuf_addc(&v->out.b, '\n');
	return write_tree(v, rows, n);
}
