// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/cgroups.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "host/proc.h"

#define DEPTH_MAX 64
#define REST 20		/* times the processor time of a look */
#define FOUND_MAX 65536
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

static void keep(struct cgroups *cs, __u64 id, const char *path)
{
	struct found *grown;
	size_t cap;

	if (cs->n_found == cs->cap_found) {
		cap = cs->cap_found ? cs->cap_found * 2 : 256;
		grown = cap <= FOUND_MAX ? realloc(cs->found, cap * sizeof(*grown)) : NULL;
		if (!grown)
			return;
		cs->found = grown;
		cs->cap_found = cap;
	}
	cs->found[cs->n_found++] = (struct found){ id, cs->paths.len };
	strbuf_add(&cs->paths, path, strlen(path) + 1);
}

/* A cgroup's id is the inode number of its folder. @path has room for PATH_MAX and is as it was afterwards. */
static void look_through(struct cgroups *cs, char *path, size_t len, int depth)
{
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (stat(path, &st))
		return;
	keep(cs, st.st_ino, path + strlen(cs->root));
	d = depth < DEPTH_MAX && cs->n_found < FOUND_MAX ? opendir(path) : NULL;
	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (e->d_type != DT_DIR || e->d_name[0] == '.' || len + n + 2 > PATH_MAX)
			continue;
		path[len] = '/';
		memcpy(path + len + 1, e->d_name, n + 1);
		look_through(cs, path, len + n + 1, depth + 1);
		path[len] = '\0';
	}
	if (d)
		(void)closedir(d);
}

static __u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

static int by_id(const void *va, const void *vb)
{
	const struct found *a = va, *b = vb;

	return a->id < b->id ? -1 : a->id > b->id;
}

static void look(struct cgroups *cs)
{
	__u64 began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	size_t root = strlen(cs->root);
	char path[PATH_MAX];

	cs->n_found = 0;
	strbuf_reset(&cs->paths);
	memcpy(path, cs->root, root + 1);
	look_through(cs, path, root, 0);
	qsort(cs->found, cs->n_found, sizeof(*cs->found), by_id);
	cs->scans++;
	cs->rest_until_ns = clock_ns(CLOCK_MONOTONIC) + (clock_ns(CLOCK_THREAD_CPUTIME_ID) - began) * REST;
}

static bool was_found(const struct cgroups *cs, __u64 id, char ret[PATH_MAX])
{
	const struct found key = { .id = id }, *f = cs->n_found ? bsearch(&key, cs->found, cs->n_found, sizeof(key), by_id) : NULL;

	if (f && !cs->paths.failed)
		(void)snprintf(ret, PATH_MAX, "%s", cs->paths.s + f->at);
	return f && !cs->paths.failed;
}

int cgroups_path(struct cgroups *cs, __u64 id, __u32 tgid, char ret[PATH_MAX])
{
	if (id == cs->root_id) {
		memcpy(ret, "/", 2);
		return 0;
	}
	if (!cs->root[0])
		return -ENOENT;
	if (process_is_in(cs, id, tgid, ret) || was_found(cs, id, ret))
		return 0;
	if (clock_ns(CLOCK_MONOTONIC) < cs->rest_until_ns)
		return -EAGAIN;
	look(cs);
	return was_found(cs, id, ret) ? 0 : -ENOENT;
}

void cgroups_free(struct cgroups *cs)
{
	free(cs->found);
	strbuf_free(&cs->paths);
}
