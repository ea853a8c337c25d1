/* SPDX-License-Identifier: GPL-2.0-only */
/* Mappings of a process, as the text of /proc/PID/maps has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host/unwind/parts.h"

bool maps_at(const char *maps, __u64 at, struct mapping *ret)
{
	const char *next;

	for (const char *s = maps; s && *s; s = next ? next + 1 : NULL) {
		unsigned long long start, end;
		struct mapping m;
		char *rest, exec;

		next = strchr(s, '\n');
		start = strtoull(s, &rest, 16);
		end = *rest == '-' ? strtoull(rest + 1, &rest, 16) : 0;
		if (at < start || at >= end)
			continue;
		if (sscanf(rest, " %*c%*c%c%*c %llx %x:%x %llu", &exec, &m.offset, &m.major, &m.minor, &m.inode) != 5)
			return false;
		m.start = start;
		m.end = end;
		m.exec = exec == 'x';
		*ret = m;
		return true;
	}
	return false;
}
