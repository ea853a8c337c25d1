/* SPDX-License-Identifier: GPL-2.0-only */
/* The container that a cgroup belongs to, from its path. */
#ifndef CORE_TEXT_CONTAINER_H
#define CORE_TEXT_CONTAINER_H
#include <stdbool.h>

#define CONTAINER_ID_LEN 64

/*
 * Container engines name a container's cgroup after its id, 64 hex digits: /docker/ID, /system.slice/docker-ID.scope,
 * .../cri-containerd-ID.scope, .../libpod-ID.scope, and so on. The innermost one counts. False where there is none.
 */
bool container_id(const char *path, char ret[CONTAINER_ID_LEN + 1]);
#endif
