// SPDX-License-Identifier: GPL-2.0-only
/* The filter of the command line and the one that was typed. */
#include "views/screen/screen.h"

bool top_wants_of(const struct top *t, const struct conn *c, const struct actors *as, __u32 states)
{
	return filter_match(t->env->filter, c, as, states) && (!t->filter || filter_match(t->filter, c, as, states));
}

bool top_wants(const struct top *t, const struct conn *c, __u32 states)
{
	return top_wants_of(t, c, tracker_actors(t->env->tracker), states);
}
