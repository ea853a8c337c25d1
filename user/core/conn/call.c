/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/conn/call.h"
#include <errno.h>
#include <string.h>

int call_conn(const struct twt_event *ev, const struct names *names, struct conn *ret_c, struct actors **ret_as)
{
	struct actors *as = actors_new(1);
	struct conn c = { .netns = ev->netns, .family = ev->family, .lport = ev->lport, .rport = ev->rport, .state = ev->new_state };

	if (!as)
		return -ENOMEM;
	actors_set_names(as, names);
	memcpy(c.laddr, ev->laddr, sizeof(c.laddr));
	memcpy(c.raddr, ev->raddr, sizeof(c.raddr));
	c.owner = c.opener = actors_of_event(as, ev);
	c.role = (ev->arg0 & TWT_CALL_WHICH) == TWT_CALL_CONNECT ? ROLE_CLIENT : ROLE_LISTENER;
	*ret_c = c;
	*ret_as = as;
	return 0;
}
