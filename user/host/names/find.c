// SPDX-License-Identifier: GPL-2.0-only
#include "host/names/find.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "host/names/facts.h"
#include "host/names/walk.h"

#define ID_PREFIX_MIN 4		/* as --container */

struct search {
	const char *name;
	bool pod;
	__u32 inode, other;
	bool refused;
};

bool find_netns_takes(const char *text)
{
	return !strncmp(text, "container:", 10) || !strncmp(text, "pod:", 4);
}

static bool is_it(void *ctx, const struct facts *f)
{
	const struct search *s = ctx;
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

static void look_at(void *ctx, __u32 pid)
{
	struct search *s = ctx;
	struct stat st;
	char ns[64];

	(void)snprintf(ns, sizeof(ns), "/proc/%u/ns/net", pid);
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
	static const struct walk_ops ops = { is_it, look_at };
	struct search s = { .pod = !strncmp(text, "pod:", 4), .name = strchr(text, ':') + 1 };

	if (!*s.name) {
		(void)snprintf(err, errlen, "the name is missing in '%s'; write container:NAME or pod:NAMESPACE/NAME", text);
		return -EINVAL;
	}
	if (walk_processes(root, &ops, &s)) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	return verdict(&s, text, ret_inode, err, errlen);
}
