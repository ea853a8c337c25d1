// SPDX-License-Identifier: GPL-2.0-only
#include "core/text/container.h"
#include <stddef.h>
#include <string.h>

bool container_id(const char *path, char ret[CONTAINER_ID_LEN + 1])
{
	const char *found = NULL;
	size_t n;

	for (; *path; path += n ? n : 1) {
		n = strspn(path, "0123456789abcdef");
		if (n == CONTAINER_ID_LEN)
			found = path;
	}
	if (!found)
		return false;
	memcpy(ret, found, CONTAINER_ID_LEN);
	ret[CONTAINER_ID_LEN] = '\0';
	return true;
}
