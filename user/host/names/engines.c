// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each engine keeps on disk about a container, by its id. Formats: docker's container/container.go, the OCI runtime's config.json with
 * containerd's and CRI-O's pkg/annotations, containers/storage's containers.json, conmon's options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/json_pick.h"
#include "host/names/facts.h"

#define ID_LEN 72
#define METADATA_LEN 65536

bool facts_docker(const struct places *p, struct facts *f)
{
	const struct json_want want[] = {
		{ { "Name" }, f->name, FACT_LEN }, { { "Config", "Image" }, f->image, FACT_LEN },
		{ { "Config", "Labels", "io.kubernetes.pod.name" }, f->pod, FACT_LEN },
		{ { "Config", "Labels", "io.kubernetes.pod.namespace" }, f->pod_namespace, FACT_LEN },
		{ { "Config", "Labels", "io.kubernetes.container.name" }, NULL, 0 },
	};
	char kube_name[FACT_LEN] = "", *text = NULL;
	struct json_want mine[5];
	size_t len;

	if (!container_id_valid(f->cg.container, strlen(f->cg.container)))
		return false;
	for (size_t i = 0; !text && i < p->n[PLACE_DOCKER]; i++)
		text = places_read(p, &len, "%s/containers/%s/config.v2.json", p->dir[PLACE_DOCKER][i], f->cg.container);
	if (!text)
		return false;
	memcpy(mine, want, sizeof(mine));
	mine[4].to = kube_name;
	mine[4].size = sizeof(kube_name);
	(void)json_pick(text, len, mine, 5);
	free(text);
	if (f->name[0] == '/')
		memmove(f->name, f->name + 1, strlen(f->name));
	if (kube_name[0])
		memcpy(f->name, kube_name, sizeof(kube_name));
	f->runtime = "docker";
	return true;
}

/* --- containerd: the OCI configuration of each task, by namespace ------------------------------------------------------- */

struct task { const struct places *p; struct facts *f; const char *dir, *id; };

static int read_task(void *ctx, const char *namespace)
{
	struct task *t = ctx;
	struct facts *f = t->f;
	const struct json_want want[] = {
		{ { "annotations", "io.kubernetes.cri.container-name" }, f->name, FACT_LEN },
		{ { "annotations", "io.kubernetes.cri.image-name" }, f->image, FACT_LEN },
		{ { "annotations", "io.kubernetes.cri.sandbox-name" }, f->pod, FACT_LEN },
		{ { "annotations", "io.kubernetes.cri.sandbox-namespace" }, f->pod_namespace, FACT_LEN },
		{ { "annotations", "io.kubernetes.cri.sandbox-uid" }, f->cg.pod_uid, sizeof(f->cg.pod_uid) },
		{ { "annotations", "nerdctl/name" }, f->name, FACT_LEN },
	};
	size_t len;
	char *text = places_read(t->p, &len, "%s/io.containerd.runtime.v2.task/%s/%s/config.json", t->dir, namespace, t->id);

	if (!text)
		return 0;
	(void)json_pick(text, len, want, sizeof(want) / sizeof(want[0]));
	free(text);
	if (strcmp(namespace, "moby") != 0)
		f->runtime = "containerd";
	return 1;
}

/* A component of a path that leads nowhere else. */
static bool is_plain(const char *s)
{
	return *s && *s != '.' && !strchr(s, '/');
}

bool facts_containerd(const struct places *p, struct facts *f)
{
	bool maybe = !f->cg.container[0];
	struct task t = { p, f, NULL, maybe ? f->cg.maybe_id : f->cg.container };
	bool found = false;

	if (!is_plain(t.id) || (maybe && !is_plain(f->cg.maybe_namespace)))
		return false;
	for (size_t i = 0; !found && i < p->n[PLACE_CONTAINERD]; i++) {
		t.dir = p->dir[PLACE_CONTAINERD][i];
		found = maybe ? read_task(&t, f->cg.maybe_namespace) :
			places_list(p, read_task, &t, "%s/io.containerd.runtime.v2.task", t.dir);
	}
	if (found && maybe)	/* ctr's and nerdctl's users choose ids */
		memcpy(f->cg.container, f->cg.maybe_id, sizeof(f->cg.container));
	if (found && !f->name[0] && !f->cg.pod_uid[0] && !container_id_valid(t.id, strlen(t.id)))
		(void)snprintf(f->name, FACT_LEN, "%.*s", NAME_PART_MAX, t.id);
	return found;
}

/* --- podman and CRI-O ---------------------------------------------------------------------------------------------------- */

/* The folder of a storage driver: "overlay-containers". */
static bool is_driver(const char *name)
{
	size_t n = strlen(name);

	return n > 11 && !strcmp(name + n - 11, "-containers");
}

struct stored { const struct places *p; struct facts *f; const char *dir; };

static int read_crio(void *ctx, const char *driver)
{
	struct stored *s = ctx;
	struct facts *f = s->f;
	const struct json_want want[] = {
		{ { "annotations", "io.kubernetes.container.name" }, f->name, FACT_LEN },
		{ { "annotations", "io.kubernetes.cri-o.ImageName" }, f->image, FACT_LEN },
		{ { "annotations", "io.kubernetes.pod.name" }, f->pod, FACT_LEN },
		{ { "annotations", "io.kubernetes.pod.namespace" }, f->pod_namespace, FACT_LEN },
		{ { "annotations", "io.kubernetes.pod.uid" }, f->cg.pod_uid, sizeof(f->cg.pod_uid) },
	};
	size_t len;
	char *text = is_driver(driver) ? places_read(s->p, &len, "%s/%s/%s/userdata/config.json", s->dir, driver, f->cg.container) : NULL;

	if (!text)
		return 0;
	(void)json_pick(text, len, want, sizeof(want) / sizeof(want[0]));
	free(text);
	return f->pod[0] ? 1 : 0;
}

/* In the folders of the storage. */
static bool in_storage(const struct places *p, struct facts *f, int (*fn)(void *ctx, const char *driver))
{
	struct stored s = { p, f, NULL };
	bool found = false;

	if (!container_id_valid(f->cg.container, strlen(f->cg.container)))
		return false;
	for (size_t i = 0; !found && i < p->n[PLACE_STORAGE]; i++) {
		s.dir = p->dir[PLACE_STORAGE][i];
		found = places_list(p, fn, &s, "%s", s.dir) == 1;
	}
	return found;
}

bool facts_crio(const struct places *p, struct facts *f)
{
	if (!in_storage(p, f, read_crio))
		return false;
	f->runtime = "cri-o";
	return true;
}

/* One of containers.json; its metadata is JSON in a string. */
static int is_stored(void *ctx, const char *element, size_t len)
{
	struct facts *f = ctx;
	char id[ID_LEN] = "", *metadata;
	const struct json_want by_id = { { "id" }, id, sizeof(id) };
	const struct json_want inner[] = {
		{ { "name" }, f->name, FACT_LEN }, { { "image-name" }, f->image, FACT_LEN },
	};
	struct json_want want[2] = { { { "names", "0" }, f->name, FACT_LEN }, { { "metadata" }, NULL, METADATA_LEN } };

	(void)json_pick(element, len, &by_id, 1);
	if (strcmp(id, f->cg.container) != 0)
		return 0;
	metadata = calloc(1, METADATA_LEN);
	if (!metadata)
		return 1;
	want[1].to = metadata;
	(void)json_pick(element, len, want, 2);
	(void)json_pick(metadata, strlen(metadata), inner, f->name[0] ? 0 : 1);
	(void)json_pick(metadata, strlen(metadata), inner + 1, 1);
	free(metadata);
	return 1;
}

static int read_stored(void *ctx, const char *driver)
{
	static const char *const files[] = { "containers.json", "volatile-containers.json" };
	struct stored *s = ctx;
	int found = 0;
	size_t len;

	for (size_t i = 0; is_driver(driver) && found != 1 && i < 2; i++) {
		char *text = places_read(s->p, &len, "%s/%s/%s", s->dir, driver, files[i]);

		found = text ? json_each(text, len, is_stored, s->f) : 0;
		free(text);
	}
	return found == 1;
}

bool facts_storage(const struct places *p, struct facts *f)
{
	if (!in_storage(p, f, read_stored))
		return false;
	if (!f->runtime)
		f->runtime = "podman";
	return true;
}

/* --- conmon: the container's parent, whose command line anybody may read --------------------------------------------------- */

#define ANCESTORS 8

static char *read_proc(__u32 pid, const char *what, size_t *ret_len)
{
	static const struct places here = { .root = (char *)"" };

	return places_read(&here, ret_len, "/proc/%u/%s", pid, what);
}

static __u32 parent_of(__u32 pid)
{
	char *text = read_proc(pid, "stat", NULL), *end = text ? strrchr(text, ')') : NULL;
	unsigned int parent = 0;

	if (end && sscanf(end, ") %*c %u", &parent) != 1)
		parent = 0;
	free(text);
	return parent;
}

/* "-c ID -n NAME", "--cid", "--name". */
static bool read_conmon(struct facts *f, const char *args, size_t len)
{
	const char *id = NULL, *name = NULL, *a, *next;

	for (a = args; a < args + len; a = next) {
		next = a + strlen(a) + 1;
		if (next >= args + len)
			break;
		if (!strcmp(a, "-c") || !strcmp(a, "--cid"))
			id = next;
		else if (!strcmp(a, "-n") || !strcmp(a, "--name"))
			name = next;
	}
	if (!id || !name || strcmp(id, f->cg.container) != 0)
		return false;
	if (!f->name[0])
		(void)snprintf(f->name, FACT_LEN, "%.*s", NAME_PART_MAX, name);
	return true;
}

bool facts_conmon(struct facts *f, __u32 tgid)
{
	bool found = false;

	for (int i = 0; !found && tgid > 1 && i < ANCESTORS; i++, tgid = parent_of(tgid)) {
		char *comm = read_proc(tgid, "comm", NULL), *args;
		size_t len;

		if (comm && !strcmp(comm, "conmon\n")) {
			args = read_proc(tgid, "cmdline", &len);
			found = args && read_conmon(f, args, len);
			free(args);
		}
		free(comm);
	}
	return found;
}
