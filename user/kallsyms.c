// SPDX-License-Identifier: GPL-2.0-only
#include "kallsyms.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "ffffffff81000000 t name" or "... name	[module]". */
static void match_line(const char *line, size_t len, struct ksym *syms)
{
	static const char *const names[SYM_MAX] = {
		[SYM_TW_TIMER] = "tw_timer_handler", [SYM_REQSK_TIMER] = "reqsk_timer_handler",
		[SYM_PREEMPT_COUNT] = "__preempt_count", [SYM_PCPU_HOT] = "pcpu_hot",
		[SYM_PER_CPU_OFFSET] = "__per_cpu_offset",
	};
	const char *name = memchr(line, ' ', len), *end = line + len;
	size_t i, name_len;

	if (!name || end - name < 4)
		return;
	name += 3;
	name_len = end - name;
	for (i = 0; i < SYM_MAX; i++) {
		if (syms[i].present || strncmp(names[i], name, name_len) || names[i][name_len])
			continue;
		syms[i].present = true;
		syms[i].address = strtoul(line, NULL, 16);
	}
}

void kallsyms_read(struct ksym ret[SYM_MAX])
{
	char buf[65536], *line, *nl;
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t got;

	memset(ret, 0, SYM_MAX * sizeof(*ret));
	if (fd < 0)
		return;
	while ((got = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		have += got;
		for (line = buf; (nl = memchr(line, '\n', buf + have - line)); line = nl + 1)
			match_line(line, nl - line, ret);
		have = buf + have - line;
		if (have == sizeof(buf))	/* a line of 64 KiB: none of ours */
			have = 0;
		memmove(buf, line, have);
	}
	close(fd);
}
