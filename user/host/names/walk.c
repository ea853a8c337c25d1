// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/walk.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "host/names/cgroups.h"
#include "host/names/facts.h"

#define PATHS_MAX 8192

struct walk {
	const struct walk_ops *ops;
	void *ctx;
	struct places places;
	struct cgroups cgroups;
	struct facts facts;
	struct path { char *text; bool wanted; } *paths;	/* of cgroups that were looked at */
	size_t n_paths;
};

/* Processes of one cgroup are in one container: its files are read once. */
static bool is_wanted(struct walk *w, const char *path, __u32 pid)
{
	bool wanted;

	for (size_t i = w->n_paths; i-- > 0;) {
		if (!strcmp(w->paths[i].text, path))
			return w->paths[i].wanted;
	}
	facts_find(&w->places, path, pid, 0, &w->facts);
	wanted = w->ops->cgroup(w->ctx, &w->facts);
	if (w->n_paths < PATHS_MAX) {
		w->paths[w->n_paths].text = strdup(path);
		w->paths[w->n_paths].wanted = wanted;
		w->n_paths += w->paths[w->n_paths].text != NULL;
	}
	return wanted;
}

static void look_at(struct walk *w, const char *name)
{
	__u32 pid = (__u32)strtoul(name, NULL, 10);
	char path[PATH_MAX];

	if (cgroups_of_process(&w->cgroups, pid, path) && is_wanted(w, path, pid) && w->ops->process)
		w->ops->process(w->ctx, pid);
}

int walk_processes(const char *root, const struct walk_ops *ops, void *ctx)
{
	struct walk *w = calloc(1, sizeof(*w));
	const struct dirent *e;
	int ret = -ENOMEM;
	DIR *d;

	if (!w || places_init(&w->places, root))
		goto out;
	w->ops = ops;
	w->ctx = ctx;
	w->paths = calloc(PATHS_MAX, sizeof(*w->paths));
	if (!w->paths)
		goto out_places;
	cgroups_init(&w->cgroups);
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		if (isdigit((unsigned char)e->d_name[0]) && strlen(e->d_name) <= 10)
			look_at(w, e->d_name);
	}
	if (d)
		(void)closedir(d);
	while (w->n_paths)
		free(w->paths[--w->n_paths].text);
	cgroups_free(&w->cgroups);
	ret = 0;
out_places:
	free(w->paths);
	places_free(&w->places);
out:
	free(w);
	return ret;
}
