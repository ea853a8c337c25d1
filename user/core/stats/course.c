// SPDX-License-Identifier: GPL-2.0-only
#include "core/stats/course.h"
#include <string.h>

static void widen(__u32 to[ST_MAX], const __u32 with[ST_MAX])
{
	for (unsigned int i = 0; i < ST_MAX; i++)
		if (with[i] > to[i])
			to[i] = with[i];
}

/* Each two steps become one. */
static void halve(struct course *c)
{
	for (unsigned int i = 0; i < c->n; i += 2) {
		memmove(c->most[i / 2], c->most[i], sizeof(c->most[i]));
		if (i + 1 < c->n)
			widen(c->most[i / 2], c->most[i + 1]);
	}
	c->n = (c->n + 1) / 2;
	c->step_ns *= 2;
}

void course_add(struct course *c, __u64 ts_ns, const __u64 counts[ST_MAX])
{
	__u32 now[ST_MAX];
	__u64 at;

	for (unsigned int i = 0; i < ST_MAX; i++)
		now[i] = counts[i] < ~0U ? (__u32)counts[i] : ~0U;
	if (!c->n) {
		c->start_ns = c->end_ns = ts_ns;
		c->step_ns = COURSE_STEP_NS;
		c->n = 1;
		memcpy(c->most[0], now, sizeof(now));
		return;
	}
	if (ts_ns < c->end_ns)
		ts_ns = c->end_ns;
	c->end_ns = ts_ns;
	while ((at = (ts_ns - c->start_ns) / c->step_ns) >= COURSE_STEPS)
		halve(c);
	/* Where nothing was told nothing changed. */
	for (; c->n <= at; c->n++)
		memcpy(c->most[c->n], c->n == at ? now : c->most[c->n - 1], sizeof(now));
	widen(c->most[at], now);
}

void course_json(const struct course *c, struct json *j)
{
	json_u64(j, "start_ns", c->start_ns);
	json_u64(j, "end_ns", c->end_ns);
	json_u64(j, "step_ns", c->step_ns);
	json_open(j, "most", '{');
	for (unsigned int state = ST_ESTABLISHED; state <= ST_SHOWN; state++) {
		__u32 any = 0;

		for (unsigned int i = 0; i < c->n; i++)
			any |= c->most[i][state];
		if (!any || state == ST_LISTEN || state == ST_CLOSE)
			continue;
		json_open(j, tcp_state_name(state), '[');
		for (unsigned int i = 0; i < c->n; i++)
			json_u64(j, NULL, c->most[i][state]);
		json_close(j, ']');
	}
	json_close(j, '}');
}
