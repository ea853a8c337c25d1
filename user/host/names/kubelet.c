// SPDX-License-Identifier: GPL-2.0-only
/*
 * /var/log/pods/NAMESPACE_POD_UID/ and /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log: made before the container starts, the same
 * with every engine. No Kubernetes name has an underscore in it.
 */
#include <stdio.h>
#include <string.h>
#include "host/names/facts.h"

/* The part of @name up to @end, if it fits. */
static bool keep(char ret[FACT_LEN], const char *name, const char *end)
{
	size_t n = (size_t)(end - name);

	if (!n || n >= FACT_LEN)
		return false;
	memcpy(ret, name, n);
	ret[n] = '\0';
	return true;
}

static int is_pod(void *ctx, const char *name)
{
	struct facts *f = ctx;
	size_t len = strlen(name), uid = strlen(f->cg.pod_uid);
	const char *first = strchr(name, '_'), *second = first ? strchr(first + 1, '_') : NULL;

	if (len <= uid || !second || strcmp(second + 1, f->cg.pod_uid) != 0)
		return 0;
	if (keep(f->pod_namespace, name, first) && keep(f->pod, first + 1, second))
		return 1;
	f->pod_namespace[0] = f->pod[0] = '\0';
	return 0;
}

static int is_container(void *ctx, const char *name)
{
	struct facts *f = ctx;
	size_t len = strlen(name), id = strlen(f->cg.container);
	const char *end, *first = strchr(name, '_'), *second = first ? strchr(first + 1, '_') : NULL;

	if (!second || len < id + 5 || strcmp(name + len - 4, ".log") != 0)
		return 0;
	end = name + len - 4 - id - 1;
	if (end <= second || *end != '-' || strncmp(end + 1, f->cg.container, id) != 0)
		return 0;
	return keep(f->name, second + 1, end) ? 1 : 0;
}

void facts_kubelet(const struct places *p, struct facts *f)
{
	if (!f->cg.pod_uid[0])
		return;
	if (!f->pod[0])
		(void)places_list(p, is_pod, f, "/var/log/pods");
	if (!f->name[0] && f->cg.container[0])
		(void)places_list(p, is_container, f, "/var/log/containers");
}
