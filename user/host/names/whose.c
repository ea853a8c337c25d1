// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/whose.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "host/names/cgroups.h"
#include "host/names/facts.h"

#define PATHS_MAX 8192

struct whose {
	struct places places;
	struct cgroups cgroups;
	struct names *names;
	struct facts facts;
	struct twt_name rec;
	char *paths[PATHS_MAX];		/* the name of paths[i] is that of "cgroup" i + 1 */
	size_t n_paths;
};

struct whose *whose_new(const char *root)
{
	struct whose *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->names = names_new();
	if (!w->names || places_init(&w->places, root)) {
		names_free(w->names);
		free(w);
		return NULL;
	}
	cgroups_init(&w->cgroups);
	return w;
}

void whose_free(struct whose *w)
{
	if (!w)
		return;
	while (w->n_paths)
		free(w->paths[--w->n_paths]);
	cgroups_free(&w->cgroups);
	places_free(&w->places);
	names_free(w->names);
	free(w);
}

const struct name *whose_process(struct whose *w, __u32 tgid)
{
	char path[PATH_MAX];
	size_t i;

	if (!cgroups_of_process(&w->cgroups, tgid, path))
		return NULL;
	for (i = 0; i < w->n_paths; i++) {
		if (!strcmp(w->paths[i], path))
			return names_cgroup(w->names, i + 1);
	}
	if (i == PATHS_MAX)
		return NULL;
	w->paths[i] = strdup(path);
	if (!w->paths[i])
		return NULL;
	w->n_paths++;
	facts_find(&w->places, path, tgid, 0, &w->facts);
	facts_record(&w->facts, path, i + 1, 0, &w->rec);
	(void)names_add(w->names, &w->rec);
	return names_cgroup(w->names, i + 1);
}
