/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands' own views, asked for their lines: what the page shows is what they print with -j. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "views/live/parts.h"

int feed_open(struct feed *f, struct live *l, const struct view_ops *ops, char *err, size_t errlen)
{
	f->opts = *l->env->opts;
	f->opts.json = f->opts.top_given = f->opts.quiet = true;
	f->opts.by = NULL;
	f->opts.top = ROWS_MAX;
	f->opts.count = 0;
	f->opts.n_what_ifs = 0;
	f->opts.n_sysctls = 0;
	f->env = *l->env;
	f->env.opts = &f->opts;
	f->env.wants = &f->wants;
	f->out = open_memstream(&f->text, &f->len);
	if (!f->out) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	f->env.out = f->out;
	f->ops = ops;
	return ops->open(&f->env, &f->state, err, errlen);
}

void feed_close(struct feed *f)
{
	if (f->ops && f->state)
		f->ops->close(f->state);
	if (f->out)
		(void)fclose(f->out);
	free(f->text);
	page_rows_free(&f->rows);
}

static int make(struct feed *f, const struct page_table *t, __u64 now_ns)
{
	int err;

	rewind(f->out);
	err = f->ops->interval && f->ops->sums_up ? f->ops->interval(f->state, now_ns) : f->ops->end(f->state, now_ns);
	if (err)
		return err;
	if (fflush(f->out) || ferror(f->out))
		return -ENOMEM;
	f->made_ns = now_ns;
	return page_rows_of(&f->rows, (struct span){ f->text, f->len }, t->event, t->keys);
}

int feed_base(struct feed *f, __u64 now_ns)
{
	f->made_ns = 0;
	if (!f->ops->sums_up)
		return 0;
	rewind(f->out);
	return f->ops->interval(f->state, now_ns);
}

int feed_rows(struct feed *f, const struct live *l, const struct page_table *t, const struct page_rows **ret)
{
	__u64 now_ns = tracker_now(l->env->tracker);
	int err = 0;

	/* Of a recording it is this moment that is asked for. */
	if (!f->made_ns || now_ns >= f->made_ns + live_period_ns(l) || (l->span && now_ns != f->made_ns))
		err = make(f, t, now_ns);
	*ret = &f->rows;
	return err;
}
