/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of user/web/, as they are there: made a part of the program when it is built. */
#ifndef VIEWS_LIVE_ASSETS_H
#define VIEWS_LIVE_ASSETS_H
#include <stdbool.h>
#include <stddef.h>

struct asset {
	const char *type;	/* for Content-Type */
	const unsigned char *bytes;
	size_t len;
};

bool asset_find(const char *path, struct asset *ret);	/* false: there is none */
#endif
