// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/find.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "host/names/cgroups.h"
#include "host/names/facts.h"

#define ID_PREFIX_MIN 4		/* as --container */
#define PATHS_MAX 8192

struct search {
	const char *name;
	bool pod;
	struct places places;
	struct cgroups cgroups;
	struct facts facts;
	struct path { char *text; bool is_it; } *paths;	/* of cgroups that were looked at */
	size_t n_paths;
	__u32 inode, other;
	bool refused;
};

bool find_netns_takes(const char *text)
{
	return !strncmp(text, "container:", 10) || !strncmp(text, "pod:", 4);
}

static bool is_it(const struct search *s)
{
	const struct facts *f = &s->facts;
	char both[2 * FACT_LEN];
	size_t len = strlen(s->name);

	if (s->pod) {
		(void)snprintf(both, sizeof(both), "%s/%s", f->pod_namespace, f->pod);
		return f->pod[0] && !strcmp(s->name, strchr(s->name, '/') ? both : f->pod);
	}
	if (!f->cg.container[0])
		return false;
	return !strcmp(s->name, f->name) || !strcmp(s->name, f->cg.container) ||
	       (len >= ID_PREFIX_MIN && strspn(s->name, "0123456789abcdef") == len && !strncmp(f->cg.container, s->name, len));
}

/* Processes of one cgroup are in one container: its files are read once. */
static bool path_is_it(struct search *s, const char *path, __u32 pid)
{
	bool it;

	for (size_t i = s->n_paths; i-- > 0;) {
		if (!strcmp(s->paths[i].text, path))
			return s->paths[i].is_it;
	}
	facts_find(&s->places, path, pid, 0, &s->facts);
	it = is_it(s);
	if (s->n_paths < PATHS_MAX) {
		s->paths[s->n_paths].text = strdup(path);
		s->paths[s->n_paths].is_it = it;
		s->n_paths += s->paths[s->n_paths].text != NULL;
	}
	return it;
}

static void look_at(struct search *s, const char *pid)
{
	char path[PATH_MAX], ns[64];
	__u32 id = (__u32)strtoul(pid, NULL, 10);
	struct stat st;

	if (!cgroups_of_process(&s->cgroups, id, path) || !path_is_it(s, path, id))
		return;
	(void)snprintf(ns, sizeof(ns), "/proc/%u/ns/net", id);
	if (stat(ns, &st)) {
		s->refused |= errno == EACCES || errno == EPERM;
		return;
	}
	if (!s->inode)
		s->inode = (__u32)st.st_ino;
	else if (s->inode != st.st_ino)
		s->other = (__u32)st.st_ino;
}

static int verdict(const struct search *s, const char *text, __u32 *ret_inode, char *err, size_t errlen)
{
	const char *what = s->pod ? "pod" : "container";

	if (s->inode && s->other) {
		(void)snprintf(err, errlen, "there are several such as '%s', in network namespaces %u and %u: give %s", text, s->inode, s->other,
			       s->pod ? "pod:NAMESPACE/NAME" : "container: and its id, or the inode number");
		return -EEXIST;
	}
	if (s->inode) {
		*ret_inode = s->inode;
		return 0;
	}
	if (s->refused) {
		(void)snprintf(err, errlen, "no permission to look at the network namespace of %s '%s': run with sudo", what, s->name);
		return -EACCES;
	}
	(void)snprintf(err, errlen, "no running %s '%s'; names are those of docker ps, podman ps or kubectl get pods on this host", what, s->name);
	return -ENOENT;
}

int find_netns(const char *text, const char *root, __u32 *ret_inode, char *err, size_t errlen)
{
	struct search *s = calloc(1, sizeof(*s));
	struct dirent *e;
	DIR *d = NULL;
	int ret = -ENOMEM;

	if (!s || places_init(&s->places, root))
		goto out;
	s->paths = calloc(PATHS_MAX, sizeof(*s->paths));
	if (!s->paths)
		goto out;
	s->pod = !strncmp(text, "pod:", 4);
	s->name = strchr(text, ':') + 1;
	if (!*s->name) {
		(void)snprintf(err, errlen, "the name is missing in '%s'; write container:NAME or pod:NAMESPACE/NAME", text);
		ret = -EINVAL;
		goto out;
	}
	cgroups_init(&s->cgroups);
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		if (isdigit((unsigned char)e->d_name[0]) && strlen(e->d_name) <= 10)
			look_at(s, e->d_name);
	}
	ret = verdict(s, text, ret_inode, err, errlen);
out:
	if (ret == -ENOMEM)
		(void)snprintf(err, errlen, "out of memory");
	if (d)
		(void)closedir(d);
	while (s && s->n_paths)
		free(s->paths[--s->n_paths].text);
	if (s && s->places.root)
		places_free(&s->places);
	if (s) {
		cgroups_free(&s->cgroups);
		free(s->paths);
	}
	free(s);
	return ret;
}
