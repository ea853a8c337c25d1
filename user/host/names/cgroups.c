// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/cgroups.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "host/proc.h"

#define DEPTH_MAX 64
#define LOOK_APART_NS 1000000000ULL
#define ROOT_ID 1	/* where v2 is mounted nowhere: its root exists all the same (CGROUP_SUPER_MAGIC's kernfs, first inode) */

/* The mount point of the v2 hierarchy: /sys/fs/cgroup, or .../unified beside version 1. The whole of it before a part. */
static void find_root(char ret[PATH_MAX])
{
	char *line = NULL, part[PATH_MAX], dir[PATH_MAX];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t size = 0;
	bool whole = false;

	ret[0] = '\0';
	while (f && !whole && getline(&line, &size, f) > 0) {
		if (!strstr(line, " - cgroup2 ") || sscanf(line, "%*s %*s %*s %4095s %4095s", part, dir) != 2)
			continue;
		whole = !strcmp(part, "/");
		if (whole || !ret[0])
			memcpy(ret, dir, sizeof(dir));
	}
	free(line);
	if (f)
		(void)fclose(f);
}

/* Line by line what @tgid is in: hierarchy 0 is v2. False: there is no such process. */
static bool each_line(const char *pid, bool (*fn)(void *ctx, const char *controllers, const char *path), void *ctx)
{
	char name[64], *line = NULL, *end;
	size_t size = 0;
	bool more = true;
	FILE *f;

	(void)snprintf(name, sizeof(name), "/proc/%s/cgroup", pid);
	f = fopen(name, "re");
	if (!f)
		return false;
	while (more && getline(&line, &size, f) > 0) {
		char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

		end = strchr(line, '\n');
		if (!path || strlen(path) > PATH_MAX)
			continue;
		if (end)
			*end = '\0';
		*path++ = '\0';
		more = fn(ctx, strncmp(line, "0:", 2) ? controllers + 1 : "0", path);
	}
	free(line);
	(void)fclose(f);
	return true;
}

static bool each_line_of(__u32 tgid, bool (*fn)(void *ctx, const char *controllers, const char *path), void *ctx)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%u", tgid);
	return each_line(pid, fn, ctx);
}

static bool is_v1(void *ctx, const char *controllers, const char *path)
{
	(void)path;
	*(bool *)ctx |= strcmp(controllers, "0") != 0;
	return !*(bool *)ctx;
}

void cgroups_init(struct cgroups *cs)
{
	struct stat st;

	memset(cs, 0, sizeof(*cs));
	find_root(cs->root);
	cs->root_id = cs->root[0] && !stat(cs->root, &st) ? st.st_ino : ROOT_ID;
	cs->sees_pids = proc_sees_all_pids();
	(void)each_line("self", is_v1, &cs->has_v1);
}

/* --- what a process says ------------------------------------------------------------------------------------------------- */

static bool take_v2(void *ctx, const char *controllers, const char *path)
{
	if (strcmp(controllers, "0") != 0)
		return true;
	(void)snprintf(ctx, PATH_MAX, "%s", path);
	return false;
}

/* Paths of v1 by how much they say. */
static const char *const v1_order[] = { "name=systemd", "memory", "pids", "cpu" };
#define V1_KINDS (sizeof(v1_order) / sizeof(v1_order[0]))
struct v1 { unsigned int best; char *path; };

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; list; list = strchr(list, ','), list = list ? list + 1 : NULL) {
		if (!strncmp(list, word, n) && (list[n] == '\0' || list[n] == ','))
			return true;
	}
	return false;
}

static bool take_v1(void *ctx, const char *controllers, const char *path)
{
	struct v1 *v = ctx;

	for (unsigned int i = 0; i < v->best; i++) {
		if (!has_word(controllers, v1_order[i]))
			continue;
		v->best = i;
		(void)snprintf(v->path, PATH_MAX, "%s", path);
	}
	return true;
}

bool cgroups_v1_path(__u32 tgid, char ret[PATH_MAX])
{
	struct v1 v = { V1_KINDS, ret };

	ret[0] = '\0';
	return each_line_of(tgid, take_v1, &v) && ret[0] && strcmp(ret, "/") != 0;
}

bool cgroups_ask_v1(const struct cgroups *cs, __u64 id)
{
	return cs->has_v1 && cs->sees_pids && id == cs->root_id;
}

bool cgroups_of_process(const struct cgroups *cs, __u32 tgid, char ret[PATH_MAX])
{
	ret[0] = '\0';
	if (!each_line_of(tgid, take_v2, ret))
		return false;
	if (cs->has_v1 && (!ret[0] || !strcmp(ret, "/")) && !cgroups_v1_path(tgid, ret))
		(void)snprintf(ret, PATH_MAX, "/");
	return ret[0] != '\0';
}

/* The process may have moved since; if its cgroup is gone by now, it has not. */
static bool process_is_in(const struct cgroups *cs, __u64 id, __u32 tgid, char ret[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	char full[2 * PATH_MAX];
	struct stat st;
	size_t n;

	ret[0] = '\0';
	if (!cs->sees_pids || !tgid || !each_line_of(tgid, take_v2, ret) || ret[0] != '/')
		return false;
	n = strlen(ret);
	if (n >= sizeof(deleted) && !strcmp(ret + n - sizeof(deleted) + 1, deleted)) {
		ret[n - sizeof(deleted) + 1] = '\0';
		return true;
	}
	(void)snprintf(full, sizeof(full), "%s%s", cs->root, ret);
	return !stat(full, &st) && st.st_ino == id;
}

/* --- a look through all of them ------------------------------------------------------------------------------------------ */

/* A cgroup's id is the inode number of its folder. @path has room for PATH_MAX and is, but where it was found, as it was. */
static bool look_through(char *path, size_t len, __u64 id, int depth)
{
	bool found = false;
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (!stat(path, &st) && st.st_ino == id)
		return true;
	d = depth < DEPTH_MAX ? opendir(path) : NULL;
	while (d && !found && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (e->d_type != DT_DIR || e->d_name[0] == '.' || len + n + 2 > PATH_MAX)
			continue;
		path[len] = '/';
		memcpy(path + len + 1, e->d_name, n + 1);
		found = look_through(path, len + n + 1, id, depth + 1);
		if (!found)
			path[len] = '\0';
	}
	if (d)
		(void)closedir(d);
	return found;
}

bool cgroups_path(struct cgroups *cs, __u64 id, __u32 tgid, __u64 now_ns, char ret[PATH_MAX])
{
	size_t root = strlen(cs->root);

	if (id == cs->root_id) {
		memcpy(ret, "/", 2);
		return true;
	}
	if (!root)
		return false;
	if (process_is_in(cs, id, tgid, ret))
		return true;
	if (cs->looked && now_ns - cs->looked_ns < LOOK_APART_NS)
		return false;
	cs->looked = true;
	cs->looked_ns = now_ns;
	cs->scans++;
	memcpy(ret, cs->root, root + 1);
	if (!look_through(ret, root, id, 0))
		return false;
	memmove(ret, ret + root, strlen(ret + root) + 1);
	return true;
}
