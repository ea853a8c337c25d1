/* SPDX-License-Identifier: GPL-2.0-only */
/* What others write: paths of cgroups, JSON of container engines, names in a recording. */
#include <stdlib.h>
#include <string.h>
#include "core/event/cgroup_name.h"
#include "core/text/json_pick.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static int element(void *ctx, const char *text, size_t len)
{
	char id[8] = "";
	const struct json_want want = { { "id" }, id, sizeof(id) };

	(void)ctx;
	(void)json_pick(text, len, &want, 1);
	return 0;
}

static void path(const char *text)
{
	struct cgroup_name n;

	cgroup_name_parse(text, &n);
	/* What names a container's files is a plain id, or one component of the path. */
	if (strchr(n.container, '/') && !n.machine[0])
		abort();
	if (strchr(n.maybe_id, '/') || strchr(n.unit, '/') || strchr(n.user_unit, '/') || strlen(n.pod_uid) > 36)
		abort();
	if (n.outer[0] && !n.container[0])
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	char *text = malloc(len + 1), a[32] = "", b[4] = "", c[1] = "";
	const struct json_want want[] = {
		{ { "Config", "Labels", "a.b" }, a, sizeof(a) }, { { "names", "0" }, b, sizeof(b) }, { { "a" }, c, sizeof(c) },
	};

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	path(text);
	(void)json_pick(text, len, want, 3);
	(void)json_each(text, len, element, NULL);
	if (strlen(a) >= sizeof(a) || strlen(b) >= sizeof(b) || c[0])
		abort();
	free(text);
	return 0;
}
