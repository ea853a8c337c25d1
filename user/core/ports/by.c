// SPDX-License-Identifier: GPL-2.0-only
/* What rows can be. */
#include <errno.h>
#include <string.h>
#include "core/ports/ports.h"

static const char *const by_names[PORTS_BY_MAX] = {
	[PORTS_BY_DEST] = "destination", [PORTS_BY_PID] = "pid", [PORTS_BY_COMM] = "comm", [PORTS_BY_RADDR] = "raddr",
	[PORTS_BY_CONTAINER] = "container", [PORTS_BY_POD] = "pod", [PORTS_BY_UNIT] = "unit",
};

const char *ports_by_name(enum ports_by by)
{
	return by < PORTS_BY_MAX ? by_names[by] : "-";
}

bool ports_name_by(enum ports_by by, enum name_by *ret_by)
{
	if (by < PORTS_BY_CONTAINER || by > PORTS_BY_UNIT)
		return false;
	*ret_by = (enum name_by)(NAME_BY_CONTAINER + (by - PORTS_BY_CONTAINER));
	return true;
}

int ports_by_parse(const char *text, enum ports_by *ret)
{
	for (unsigned int i = 0; i < PORTS_BY_MAX; i++) {
		if (!strcmp(text, by_names[i])) {
			*ret = (enum ports_by)i;
			return 0;
		}
	}
	return -EINVAL;
}
