// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/netns.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PF_KTHREAD 0x00200000	/* include/linux/sched.h */

/* What a look found; first_pid: of the process that started first. */
struct first { __u32 pid; unsigned long long start; };
struct look { const struct places *p; struct netns_want *want; struct first *first; size_t n; };

static struct netns_want *wanted(const struct look *l, unsigned long inode)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->want[i].inode == inode)
			return &l->want[i];
	}
	return NULL;
}

/* Container network plugins put namespaces there too, called cni-UUID: that tells nobody anything. */
static int by_file(void *ctx, const char *name)
{
	struct look *l = ctx;
	struct netns_want *w;
	char path[PATH_MAX];
	struct stat st;

	if (!strncmp(name, "cni-", 4) || snprintf(path, sizeof(path), "%s/run/netns/%s", l->p->root, name) >= (int)sizeof(path) ||
	    stat(path, &st))
		return 0;
	w = wanted(l, st.st_ino);
	if (w && !w->name[0])
		(void)snprintf(w->name, sizeof(w->name), "%s", name);
	return 0;
}

static unsigned long long start_of(const char *pid)
{
	char path[64], text[1024], *end;
	unsigned long long start = ~0ULL;
	unsigned int flags = 0;
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "re");
	n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[n] = '\0';
	end = strrchr(text, ')');
	if (end && sscanf(end, ") %*c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &flags, &start) != 2)
		start = ~0ULL;
	if (flags & PF_KTHREAD)		/* names a namespace only where nothing else is in it */
		start = ~0ULL - 1;
	if (f)
		(void)fclose(f);
	return start;
}

/* Nothing is older than process 1: where that is in the namespace, others are not asked. */
static void by_process(struct look *l, const char *pid)
{
	char path[64];
	struct netns_want *w;
	struct first *first;
	unsigned long long start;
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	if (stat(path, &st))
		return;
	w = wanted(l, st.st_ino);
	if (!w || w->name[0])
		return;
	first = &l->first[w - l->want];
	if (first->pid == 1)
		return;
	start = strcmp(pid, "1") ? start_of(pid) : 0;
	if (!first->pid || start < first->start)
		*first = (struct first){ (__u32)strtoul(pid, NULL, 10), start };
}

__u32 netns_of_process(__u32 tgid)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%u/ns/net", tgid);
	return stat(path, &st) ? 0 : (__u32)st.st_ino;
}

bool netns_name_of(const struct name *n, struct strbuf *b)
{
	const char *id = name_part(n, TWT_NP_CONTAINER), *s = name_part(n, TWT_NP_POD);

	if (s) {
		strbuf_addf(b, "pod:%s/%s", name_part(n, TWT_NP_POD_NAMESPACE) ? name_part(n, TWT_NP_POD_NAMESPACE) : "", s);
		return true;
	}
	if (!id)
		return false;
	s = name_part(n, TWT_NP_CONTAINER_NAME);
	if (s)
		strbuf_addf(b, "container:%s", s);
	else
		strbuf_addf(b, strlen(id) == CONTAINER_ID_LEN ? "container:%.12s" : "container:%s", id);
	return true;
}

static void name_by_process(const struct cgroups *cs, struct places *p, __u64 now_ns, const struct first *first, struct netns_want *w)
{
	char path[PATH_MAX], comm[32] = "", name[64];
	struct strbuf b = { 0 };
	struct names *ns = names_new();
	struct twt_name rec;
	struct facts facts;
	FILE *f;

	if (ns && cgroups_of_process(cs, first->pid, path)) {
		facts_find(p, path, first->pid, now_ns, &facts);
		facts_record(&facts, path, 1, now_ns, &rec);
		(void)names_add(ns, &rec);
		(void)netns_name_of(names_cgroup(ns, 1), &b);
	}
	names_free(ns);
	if (!b.len) {
		(void)snprintf(name, sizeof(name), "/proc/%u/comm", first->pid);
		f = fopen(name, "re");
		if (f && fgets(comm, sizeof(comm), f))
			comm[strcspn(comm, "\n")] = '\0';
		if (f)
			(void)fclose(f);
		strbuf_addf(&b, "pid:%u/%s", first->pid, comm);
	}
	if (!b.failed)
		(void)snprintf(w->name, sizeof(w->name), "%s", b.s);
	strbuf_free(&b);
}

void netns_find_names(const struct cgroups *cs, struct places *p, __u64 now_ns, struct netns_want *want, size_t n)
{
	struct look l = { p, want, calloc(n, sizeof(*l.first)), n };
	bool left = false;
	struct dirent *e;
	DIR *d;

	if (!l.first)
		return;
	for (size_t i = 0; i < n; i++)
		want[i].name[0] = '\0';
	(void)places_list(p, by_file, &l, "/run/netns");
	for (size_t i = 0; i < n; i++)
		left |= !want[i].name[0];
	d = left ? opendir("/proc") : NULL;
	while (d && (e = readdir(d))) {
		if (isdigit((unsigned char)e->d_name[0]) && strlen(e->d_name) <= 10)
			by_process(&l, e->d_name);
	}
	if (d)
		(void)closedir(d);
	for (size_t i = 0; i < n; i++) {
		if (!want[i].name[0] && l.first[i].pid)
			name_by_process(cs, p, now_ns, &l.first[i], &want[i]);
	}
	free(l.first);
}
