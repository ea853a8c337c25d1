// SPDX-License-Identifier: GPL-2.0-only
/* What a row is called: its cgroup, container, pod, unit, network namespace, where the stream has names. */
#include "views/closers/closers.h"

__u64 closers_cgroup(const struct closers_view *v, const struct closer_row *r)
{
	if (!r->key.known)
		return 0;
	return v->by == CLOSERS_BY_CGROUP ? r->key.num : v->by == CLOSERS_BY_PID ? r->cgroup : 0;
}

const struct name *closers_name(const struct closers_view *v, const struct closer_row *r)
{
	const struct names *ns = tracker_names(v->env->tracker);
	enum name_by by;

	if (!r->key.known)
		return NULL;
	if (v->by == CLOSERS_BY_NETNS)
		return names_netns(ns, (__u32)r->key.num);
	if (closers_name_by(v->by, &by))
		return names_of_group(ns, by, (__u32)r->key.num);
	return names_cgroup(ns, closers_cgroup(v, r));
}

bool closers_label(const struct closers_view *v, const struct closer_row *r, struct strbuf *b)
{
	const struct name *n = closers_name(v, r);
	const char *s = NULL;
	enum name_by by;

	if (closers_name_by(v->by, &by))
		return name_label_by(n, by, b);
	if (v->by == CLOSERS_BY_NETNS)
		s = name_part(n, TWT_NP_NETNS);
	else if (v->by == CLOSERS_BY_CGROUP)
		s = name_part(n, TWT_NP_PATH);
	if (s)
		strbuf_adds(b, s);
	return s != NULL;
}
