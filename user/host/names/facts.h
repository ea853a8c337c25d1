/* SPDX-License-Identifier: GPL-2.0-only */
/* All that is known about a cgroup: what its path says, and what the files of whoever made it add. Never talks to a daemon. */
#ifndef HOST_NAMES_FACTS_H
#define HOST_NAMES_FACTS_H
#include <linux/types.h>
#include <stdbool.h>
#include "core/event/cgroup_name.h"
#include "core/event/names.h"
#include "host/names/places.h"

#define FACT_LEN (NAME_PART_MAX + 1)

struct facts {
	struct cgroup_name cg;
	const char *runtime;			/* NULL: unknown */
	char name[FACT_LEN], image[FACT_LEN], pod[FACT_LEN], pod_namespace[FACT_LEN];
};

/* @tgid: a process in it, whose monitor may tell a name; 0: none is known. @now_ns as for places_refresh(). */
void facts_find(struct places *p, const char *cgroup_path, __u32 tgid, __u64 now_ns, struct facts *ret);
/* A container or pod is there, but its name was not found: it may be written a moment later. */
bool facts_lack_name(const struct facts *f);
/* As a record of cgroup @id. */
void facts_record(const struct facts *f, const char *cgroup_path, __u64 id, __u64 ts_ns, struct twt_name *ret);

/* One engine's files each. True if that engine knows the container, whose id is in @f->cg. (engines.c) */
bool facts_docker(const struct places *p, struct facts *f);
bool facts_containerd(const struct places *p, struct facts *f);
bool facts_crio(const struct places *p, struct facts *f);
bool facts_storage(const struct places *p, struct facts *f);
bool facts_conmon(struct facts *f, __u32 tgid);
/* What kubelets write below /var/log, whatever the engine: the pod by its uid, the container by its id. (kubelet.c) */
void facts_kubelet(const struct places *p, struct facts *f);
#endif
