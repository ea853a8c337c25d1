/* SPDX-License-Identifier: GPL-2.0-only */
/* With --calls: bind(), listen() and connect() that failed, the newest of them, for the pages of those that they asked for. */
#include <errno.h>
#include <stdlib.h>
#include "core/text/fmt.h"
#include "views/call.h"
#include "views/panes/calls.h"

#define KEPT 256
#define SHOWN 8

struct top_calls { struct twt_event v[KEPT]; size_t n; };

int calls_keep(struct top *t, const struct twt_event *ev)
{
	if (!t->calls)
		t->calls = calloc(1, sizeof(*t->calls));
	if (!t->calls)
		return -ENOMEM;
	t->calls->v[t->calls->n++ % KEPT] = *ev;
	return 0;
}

void calls_free(struct top *t)
{
	free(t->calls);
	t->calls = NULL;
}

void calls_say(const struct top *t, struct strbuf *b, bool (*is_of)(const void *row, const struct twt_event *ev), const void *row)
{
	size_t n = t->calls ? t->calls->n : 0, oldest = n > KEPT ? n - KEPT : 0, said = 0;

	for (; n > oldest && said < SHOWN; n--) {
		const struct twt_event *ev = &t->calls->v[(n - 1) % KEPT];

		if (!is_of(row, ev))
			continue;
		strbuf_adds(b, said++ ? "                " : "  failed calls: ");
		call_text(b, t->env, ev);
		strbuf_addc(b, '\n');
	}
}
