/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/needs.h"
#include <string.h>
#include "cli/cmd.h"
#include "run/opts.h"
#include "twtrace.h"
#include "views/view.h"

/* Groups and filters that are no process's. What is not listed here is taken to be one's. */
static const char *const nameless_by[] = { "lport", "rport", "laddr", "raddr", "raddr:rport", "closekind", "end", NULL };
#define NAMELESS_FILTERS (1U << FK_LPORT | 1U << FK_RPORT | 1U << FK_PORT | 1U << FK_LADDR | 1U << FK_RADDR | 1U << FK_FAMILY | \
			  1U << FK_STATE | 1U << FK_NETNS)

static bool is_nameless(const char *by)
{
	for (int i = 0; nameless_by[i]; i++)
		if (!strcmp(nameless_by[i], by))
			return true;
	return false;
}

/* Looks of its own, which no option adds to. */
static __u32 looks_of(const struct command *c)
{
	bool listeners = c->view && c->view->may_want_listeners, looks = c->takes & TAKES_EXPLAIN || (c->view && c->view->wants_looks);

	return (listeners ? TWT_NEED_LISTENERS : 0) | (looks ? TWT_NEED_LOOKS : 0);
}

__u32 needs_of_command(const struct command *c)
{
	return looks_of(c) | (c->view && c->view->needs ? c->view->needs : TWT_NEED_ALL);
}

__u32 needs_of(const struct options *o)
{
	__u32 needs = needs_of_command(o->cmd);

	if ((o->by && !is_nameless(o->by)) || !filter_only(o->filter, NAMELESS_FILTERS))
		needs |= TWT_NEED_NAMES;
	if (o->write_path)	/* whoever reads the recording may ask for anything */
		needs |= TWT_NEED_ALL;
	return needs;
}
