/* SPDX-License-Identifier: GPL-2.0-only */
/* New cgroups, for those who want names: what is in them may be gone before anybody can look. */
#ifndef CGROUP_BPF_H
#define CGROUP_BPF_H

#include "event.bpf.h"

/* Hierarchy 0 is v2's, whose ids are those of events (bpf_get_current_cgroup_id()). */
static __always_inline void on_cgroup(struct cgroup *cgrp)
{
	struct twt_event *ev;

	if (cgrp->root->hierarchy_id)
		return;
	ev = event_begin(TWT_CGROUP);
	if (!ev)
		return;
	ev->arg0 = cgrp->kn->id;
	event_send(ev);
	wake_reader(true);	/* it may be gone soon */
}

#endif
