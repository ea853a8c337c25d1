/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hosts of several recordings are called. */
#ifndef CORE_SEVERAL_HOSTS_H
#define CORE_SEVERAL_HOSTS_H
#include <stddef.h>
#include "core/several/weave.h"

#define HOST_NAME_LEN 64	/* HOST_NAME_MAX, and its NUL */

/* The value of "host=" in a recording's @about ("key=value\n" lines), cut to fit; raw bytes of others. "" if there is none. */
void host_of(const char *about, char ret[HOST_NAME_LEN]);

struct hosts { size_t n; char name[WEAVE_MAX][2 * HOST_NAME_LEN]; };

/*
 * Names for @n recordings (up to WEAVE_MAX), no two the same: what their hosts are called; where that is said by more than one, or by none, the file's name too:
 * "web-1:before". @about, @path: of each, never NULL.
 */
void hosts_name(struct hosts *h, size_t n, const char *const about[], const char *const path[]);
#endif
