/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/needs.h"
#include <string.h>
#include "cli/cmd.h"
#include "run/opts.h"
#include "twtrace.h"
#include "views/view.h"

/* Groups and filters that are no process's. What is not listed here is taken to need everything. */
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

__u32 needs_of_command(const struct command *c)
{
	return c->view && c->view->needs ? c->view->needs : TWT_NEED_ALL;
}

__u32 needs_of(const struct options *o)
{
	__u32 needs = needs_of_command(o->cmd);

	/* Whoever reads the recording may ask for anything. */
	if (o->write_path || (o->by && !is_nameless(o->by)) || !filter_only(o->filter, NAMELESS_FILTERS))
		needs = TWT_NEED_ALL;
	return needs;
}
