/* SPDX-License-Identifier: GPL-2.0-only */
/* What was asked for, within its limits. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "core/conn/filter_expr.h"
#include "views/live/parts.h"

#define ROWS_A_SECOND 50000	/* of the table */

__u64 live_period_ns(const struct live *l)
{
	/* Nobody is in a hurry to take events out of a recording. */
	return (l->span ? SECOND_NS / 4 : SECOND_NS) + (__u64)tracker_size(l->env->tracker) * SECOND_NS / ROWS_A_SECOND;
}

unsigned int live_limit(const struct live_query *q)
{
	unsigned int n = q->limit ? q->limit : LIVE_LIMIT;

	return n < ROWS_MAX ? n : ROWS_MAX;
}

int live_filter(const struct live_query *q, struct filter **ret, char *err, size_t errlen)
{
	struct filter *f = NULL;
	int e;

	*ret = NULL;
	if (!q->filter || !*q->filter)
		return 0;
	if (strlen(q->filter) >= FILTER_EXPR_LEN) {
		(void)snprintf(err, errlen, "this filter is too long: at most %d characters", FILTER_EXPR_LEN - 1);
		return -EINVAL;
	}
	e = filter_parse(q->filter, &f, err, errlen);
	if (!e && filter_is_empty(f)) {
		filter_free(f);
		f = NULL;
	}
	*ret = f;
	return e;
}
