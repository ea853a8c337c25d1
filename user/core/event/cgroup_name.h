/* SPDX-License-Identifier: GPL-2.0-only */
/* What the path of a cgroup says about the processes in it: container, pod, unit. The paths of v2 and of v1 look the same. */
#ifndef CORE_EVENT_CGROUP_NAME_H
#define CORE_EVENT_CGROUP_NAME_H
#include <stdbool.h>
#include <stddef.h>

#define CGROUP_NAME_LEN 256		/* a component has 255 bytes at most */
#define POD_UID_LEN 37
#define CONTAINER_ID_LEN 64		/* hex digits */

/*
 * Raw bytes of the path: whoever may make a cgroup chose them, so escape before printing, and check before they become a part of a
 * file's name. "" where the path does not say.
 */
struct cgroup_name {
	const char *runtime;			/* "docker", "containerd", "cri-o", "podman", "lxc", "nspawn"; NULL: not told */
	char container[CGROUP_NAME_LEN];	/* innermost one: 64 hex digits, or the name of an LXC or nspawn container */
	char outer[CGROUP_NAME_LEN];		/* the container that it is in */
	char pod_uid[POD_UID_LEN];		/* with dashes; of a static pod 32 hex digits */
	char unit[CGROUP_NAME_LEN];		/* systemd's, escaped as systemctl prints it; of a systemd in the container, if one is there */
	char user_unit[CGROUP_NAME_LEN];	/* ... of a user's manager */
	char session[CGROUP_NAME_LEN];		/* of session-N.scope: N */
	char slice[CGROUP_NAME_LEN];
	char machine[CGROUP_NAME_LEN];		/* nspawn's and libvirt's, unescaped */
	/* No container by any rule, but containerd's way to name one: /NAMESPACE/ID, both any text. Only its files can tell. */
	char maybe_namespace[CGROUP_NAME_LEN], maybe_id[CGROUP_NAME_LEN];
	bool has_uid;				/* below a user's slice: */
	unsigned int uid;
};

void cgroup_name_parse(const char *path, struct cgroup_name *ret);
/* Is it 64 lower-case hex digits, as engines make ids? */
bool container_id_valid(const char *id, size_t len);
#endif
