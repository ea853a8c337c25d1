// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/facts.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Which files may know a container, by what its path says about the engine; first come, first served. */
enum { DOCKER = 1, CONTAINERD = 2, CRIO = 4, STORAGE = 8, CONMON = 16, ALL = 31 };
static const struct { const char *runtime; unsigned int files; } who_knows[] = {
	{ "docker", DOCKER }, { "containerd", CONTAINERD }, { "cri-o", CRIO | STORAGE | CONMON }, { "podman", STORAGE | CONMON },
	{ "lxc", 0 }, { "nspawn", 0 },
};

static bool ask(struct places *p, struct facts *f, unsigned int files, __u32 tgid)
{
	bool found = false;

	if (files & DOCKER && facts_docker(p, f))
		return true;
	if (files & CONTAINERD && facts_containerd(p, f))
		return true;
	if (files & CRIO && facts_crio(p, f))
		return true;
	if (files & STORAGE)
		found = facts_storage(p, f);
	if (files & CONMON && !f->name[0] && tgid)
		found |= facts_conmon(f, tgid);
	return found;
}

/* nspawn's and LXC's containers have a name for an id. */
static void find_named(struct facts *f)
{
	if (f->runtime && (!strcmp(f->runtime, "lxc") || !strcmp(f->runtime, "nspawn")))
		(void)snprintf(f->name, FACT_LEN, "%.*s", NAME_PART_MAX, f->cg.container);
}

/* systemd-machined: a link from the unit to the machine's name. */
static void find_machine(const struct places *p, struct facts *f)
{
	char path[4096], to[CGROUP_NAME_LEN];
	ssize_t n;

	if (f->cg.machine[0] || strncmp(f->cg.slice, "machine", 7) != 0 || !f->cg.unit[0] ||
	    snprintf(path, sizeof(path), "%s/run/systemd/machines/unit:%s", p->root, f->cg.unit) >= (int)sizeof(path))
		return;
	n = readlink(path, to, sizeof(to) - 1);
	if (n <= 0)
		return;
	to[n] = '\0';
	(void)snprintf(f->cg.machine, sizeof(f->cg.machine), "%s", strrchr(to, '/') ? strrchr(to, '/') + 1 : to);
}

void facts_find(struct places *p, const char *cgroup_path, __u32 tgid, __u64 now_ns, struct facts *ret)
{
	struct facts *f = ret;
	unsigned int files = ALL;

	memset(f, 0, sizeof(*f));
	cgroup_name_parse(cgroup_path, &f->cg);
	f->runtime = f->cg.runtime;
	find_machine(p, f);
	for (size_t i = 0; f->runtime && i < sizeof(who_knows) / sizeof(who_knows[0]); i++) {
		if (!strcmp(f->runtime, who_knows[i].runtime))
			files = who_knows[i].files;
	}
	if (f->cg.container[0] || f->cg.maybe_id[0]) {
		if (f->cg.has_uid)
			places_of_user(p, f->cg.uid);
		if (!f->cg.container[0])
			files = CONTAINERD;
		if (!ask(p, f, files, tgid) && files && places_refresh(p, now_ns))
			(void)ask(p, f, files, tgid);
	}
	facts_kubelet(p, f);
	find_named(f);
}

bool facts_lack_name(const struct facts *f)
{
	return (f->cg.container[0] && !f->name[0]) || (f->cg.pod_uid[0] && !f->pod[0]);
}

void facts_record(const struct facts *f, const char *cgroup_path, __u64 id, __u64 ts_ns, struct twt_name *ret)
{
	name_begin(ret, TWT_NAME_CGROUP, id, ts_ns);
	name_add(ret, TWT_NP_PATH, cgroup_path);
	if (f->cg.container[0]) {
		name_add(ret, TWT_NP_RUNTIME, f->runtime);
		name_add(ret, TWT_NP_CONTAINER, f->cg.container);
		name_add(ret, TWT_NP_CONTAINER_NAME, f->name);
		name_add(ret, TWT_NP_IMAGE, f->image);
		name_add(ret, TWT_NP_OUTER, f->cg.outer);
	}
	if (f->cg.container[0] || f->cg.pod_uid[0]) {
		name_add(ret, TWT_NP_POD, f->pod);
		name_add(ret, TWT_NP_POD_NAMESPACE, f->pod_namespace);
		name_add(ret, TWT_NP_POD_UID, f->cg.pod_uid);
	}
	name_add(ret, TWT_NP_UNIT, f->cg.unit);
	name_add(ret, TWT_NP_USER_UNIT, f->cg.user_unit);
	name_add(ret, TWT_NP_SESSION, f->cg.session);
	name_add(ret, TWT_NP_MACHINE, f->cg.machine);
}
