// SPDX-License-Identifier: GPL-2.0-only
/* The cgroup of a row, by number and by path. */
#include "views/closers/closers.h"

__u64 closers_cgroup(const struct closers_view *v, const struct closer_row *r)
{
	if (!r->key.known)
		return 0;
	return v->by == CLOSERS_BY_CGROUP ? r->key.num : v->by == CLOSERS_BY_PID ? r->cgroup : 0;
}

const char *closers_cgroup_path(const struct closers_view *v, const struct closer_row *r, __u64 now_ns)
{
	__u64 id = closers_cgroup(v, r);

	return v->cgroups && id ? cgroup_path(v->cgroups, id, now_ns) : NULL;
}
