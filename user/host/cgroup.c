/* SPDX-License-Identifier: GPL-2.0-only */
#include "host/cgroup.h"
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SLOTS 131072		/* half of them are used at most */
#define CGROUPS_MAX (SLOTS / 2)
#define DEPTH_MAX 64
#define LOOK_APART_NS 1000000000ULL

struct known { __u64 id; char *path; };

struct cgroup_cache {
	char *root;		/* where the hierarchy is mounted; NULL: nowhere */
	struct known *slots;	/* open addressing; path NULL = free */
	size_t n;
	bool looked;
	__u64 looked_ns;
};

/* The mount point of the v2 hierarchy: /sys/fs/cgroup, or .../unified beside version 1. */
static char *find_root(void)
{
	char *line = NULL, *root = NULL, dir[PATH_MAX];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t size = 0;

	if (!f)
		return NULL;
	while (!root && getline(&line, &size, f) > 0) {
		const char *rest = strstr(line, " - cgroup2 ");

		if (rest && sscanf(line, "%*s %*s %*s %*s %4095s", dir) == 1)
			root = strdup(dir);
	}
	free(line);
	(void)fclose(f);
	return root;
}

struct cgroup_cache *cgroup_cache_new(void)
{
	struct cgroup_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->slots = calloc(SLOTS, sizeof(*c->slots));
	if (!c->slots) {
		free(c);
		return NULL;
	}
	c->root = find_root();
	return c;
}

void cgroup_cache_free(struct cgroup_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(c->slots[i].path);
	free(c->slots);
	free(c->root);
	free(c);
}

static struct known *slot_of(const struct cgroup_cache *c, __u64 id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL) >> 47;	/* 17 bits: SLOTS */

	while (c->slots[i].path && c->slots[i].id != id)
		i = (i + 1) % SLOTS;
	return &c->slots[i];
}

static void remember(struct cgroup_cache *c, __u64 id, const char *path)
{
	struct known *k = slot_of(c, id);

	if (k->path || c->n == CGROUPS_MAX)
		return;
	k->path = strdup(path);
	if (!k->path)
		return;
	k->id = id;
	c->n++;
}

/* A cgroup's id is the inode number of its folder. @path has room for PATH_MAX and is as it was afterwards. */
static void look_through(struct cgroup_cache *c, char *path, int depth)
{
	size_t root = strlen(c->root), len = strlen(path);
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (stat(path, &st))
		return;
	remember(c, st.st_ino, path[root] ? path + root : "/");
	d = depth < DEPTH_MAX && c->n < CGROUPS_MAX ? opendir(path) : NULL;
	if (!d)
		return;
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (e->d_type != DT_DIR || e->d_name[0] == '.' || len + n + 2 > PATH_MAX)
			continue;
		path[len] = '/';
		memcpy(path + len + 1, e->d_name, n + 1);
		look_through(c, path, depth + 1);
		path[len] = '\0';
	}
	(void)closedir(d);
}

const char *cgroup_path(struct cgroup_cache *c, __u64 id, __u64 now_ns)
{
	const char *known = slot_of(c, id)->path;
	char path[PATH_MAX];

	if (known || !id || !c->root || (c->looked && now_ns - c->looked_ns < LOOK_APART_NS))
		return known;
	c->looked = true;
	c->looked_ns = now_ns;
	(void)snprintf(path, sizeof(path), "%s", c->root);
	look_through(c, path, 0);
	return slot_of(c, id)->path;
}
