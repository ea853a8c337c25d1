// SPDX-License-Identifier: GPL-2.0-only
/* serve, without serving. */
#include <stdio.h>
#include "core/metrics/metric.h"
#include "http/check.h"
#include "run/opts.h"
#include "views/serve/serve.h"

/* The table of README, made of what is exposed. */
static void list(void)
{
	(void)puts("| family | type | labels | series | help |\n|---|---|---|---|---|");
	for (unsigned int i = 0; i < M_MAX; i++) {
		const struct metric *m = &metrics_table[i];

		(void)printf("| `%s%s` | %s | %s | %u | %s |\n", m->name, m->type == METRIC_COUNTER ? "_total" : m->type == METRIC_INFO ? "_info" : "",
			     metric_type_name(m->type), m->labels, m->series, m->help);
	}
}

int cmd_serve(const struct options *o)
{
	if (o->serve.check)
		return http_check(o->serve.check);
	list();
	return 0;
}
